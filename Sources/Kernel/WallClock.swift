#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// From the kernel's clock, which events are stamped by, to the time of day.
package enum WallClock {
  /// CLOCK_REALTIME − CLOCK_MONOTONIC, nanoseconds, from the closest of a few pairs of readings. Added
  /// to an event's time it is the time since 1970-01-01 UTC.
  package static func offset() -> Int64 {
    var best: (width: Int64, offset: Int64) = (.max, 0)
    for _ in 0..<3 {
      let before = nanoseconds(CLOCK_MONOTONIC)
      let wall = nanoseconds(CLOCK_REALTIME)
      let after = nanoseconds(CLOCK_MONOTONIC)
      if after - before < best.width {
        best = (after - before, wall - (before + (after - before) / 2))
      }
    }
    return best.offset
  }

  private static func nanoseconds(_ clock: clockid_t) -> Int64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }
}
