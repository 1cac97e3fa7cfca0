internal import Glibc

/// How the time of a packet is shown: tcpdump's `-t` flags.
package struct TimeFormat: Sendable, Equatable {
  package enum Style: Sendable, Equatable {
    /// `12:00:01.123456`, local time. No flag.
    case timeOfDay
    /// `-t`
    case none
    /// `1795406401.123456`. `-tt`
    case unix
    /// ` 00:00:00.000012` since the packet before. `-ttt`
    case sincePrevious
    /// `2026-11-23 12:00:01.123456`, local time. `-tttt`
    case dateAndTime
    /// ` 00:00:00.000012` since the first packet. `-ttttt`
    case sinceFirst
  }

  package var style: Style
  /// Nine digits of a second rather than six. `--nano`
  package var isNano: Bool

  package init(style: Style = .timeOfDay, isNano: Bool = false) {
    self.style = style
    self.isNano = isNano
  }
}

/// Writes times as tcpdump 4.99 does, and knows the packets before: `ts_print()`.
struct TimeRenderer {
  private let format: TimeFormat
  /// What deltas count from, in units of the last digit shown.
  private var reference: UInt64?
  /// The second that `clock` shows.
  private var second = UInt64.max
  /// `[YYYY-MM-DD ]HH:MM:SS.` at `second`.
  private var clock = ByteBlock()

  init(_ format: TimeFormat) {
    self.format = format
  }

  /// Appends the time and the space behind it, or nothing.
  mutating func append(_ nanoseconds: UInt64, to queue: inout ByteQueue) {
    let unitsPerSecond: UInt64 = format.isNano ? 1_000_000_000 : 1_000_000
    let digits = format.isNano ? 9 : 6
    let units = format.isNano ? nanoseconds : nanoseconds / 1000
    switch format.style {
    case .none: return
    case .unix:
      queue.appendDecimal(units / unitsPerSecond)
      queue.append(UInt8(ascii: "."))
      queue.appendDecimal(units % unitsPerSecond, width: digits)
    case .timeOfDay, .dateAndTime:
      let second = units / unitsPerSecond
      if second != self.second { setClock(second) }
      clock.append(to: &queue)
      queue.appendDecimal(units - second * unitsPerSecond, width: digits)
    case .sincePrevious, .sinceFirst:
      let base = reference ?? units
      if reference == nil || format.style == .sincePrevious { reference = units }
      queue.append(UInt8(ascii: units < base ? "-" : " "))
      let delta = units < base ? base - units : units - base
      let seconds = delta / unitsPerSecond
      queue.appendDecimal(seconds / 3600 % 24, width: 2)
      queue.append(UInt8(ascii: ":"))
      queue.appendDecimal(seconds / 60 % 60, width: 2)
      queue.append(UInt8(ascii: ":"))
      queue.appendDecimal(seconds % 60, width: 2)
      queue.append(UInt8(ascii: "."))
      queue.appendDecimal(delta % unitsPerSecond, width: digits)
    }
    queue.append(UInt8(ascii: " "))
  }

  private mutating func setClock(_ second: UInt64) {
    self.second = second
    var time = time_t(second)
    var fields = tm()
    localtime_r(&time, &fields)
    let pattern = format.style == .dateAndTime ? "%Y-%m-%d %H:%M:%S." : "%H:%M:%S."
    clock.count = withUnsafeMutableBytes(of: &clock.words) {
      strftime($0.baseAddress!.assumingMemoryBound(to: CChar.self), $0.count, pattern, &fields)
    }
  }
}

/// Up to 32 bytes in place.
struct ByteBlock {
  var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
  var count = 0

  func append(to queue: inout ByteQueue) {
    withUnsafeBytes(of: words) { queue.append(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
  }
}
