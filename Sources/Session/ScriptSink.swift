internal import Glibc
internal import Language
internal import Output
internal import Runtime
internal import Syntax

/// A running script as a sink: events go to its handlers, and what these say to the view.
final class ScriptSink: Sink {
  private let runtime: ScriptRuntime
  private let view: ScriptView
  /// Is shown events without a packet; nil: a script may mean to have them.
  private let watch: HeaderWatch?
  /// Timers run behind the clock by this, so that events that are still in the ring come first.
  private static let lag: UInt64 = 50_000_000
  /// Takes what is over out of the kernel's states, so that they have room.
  private let sweep: (_ now: UInt64) throws(StoreError) -> Void
  private var nextSweep: UInt64 = 0
  private static let sweepInterval: UInt64 = 1_000_000_000

  init(
    runtime: ScriptRuntime, view: ScriptView, watch: HeaderWatch?,
    sweep: @escaping (_ now: UInt64) throws(StoreError) -> Void
  ) {
    self.runtime = runtime
    self.view = view
    self.watch = watch
    self.sweep = sweep
  }

  /// The script has said `exit`.
  var isOver: Bool { runtime.exitStatus != nil }
  /// With this status.
  var exitStatus: Int32? { runtime.exitStatus }

  func begin(points: [PointLabel]) throws(OutputError) {
    try view.begin(points: points)
    try guarded { () throws(StoreError) in
      try runtime.begin()
      // Timers count from here.
      try runtime.advance(to: Self.now)
    }
  }

  /// Timers count from here, unless they do already.
  func startClock() throws(OutputError) {
    try guarded { () throws(StoreError) in try runtime.advance(to: Self.now - Self.lag) }
  }

  func consume(_ event: Event) throws(OutputError) {
    if event.packetLength == 0 { watch?.see(event) }
    try guarded { () throws(StoreError) in try runtime.consume(event) }
  }

  var wantsMore: Bool { view.wantsMore }

  func idle(now: ContinuousClock.Instant) throws(OutputError) { try view.idle(now: now) }

  func addInterests(to set: inout PollSet) { view.addInterests(to: &set) }

  var wakeTime: ContinuousClock.Instant? {
    var times: [ContinuousClock.Instant] = []
    if let time = view.wakeTime { times.append(time) }
    if let due = runtime.wakeTime {
      let wait = Int64(clamping: due &+ Self.lag) - Int64(clamping: Self.now)
      times.append(.now + .nanoseconds(max(0, wait)))
    }
    return times.min()
  }

  func handle(_ ready: PollSet, now: ContinuousClock.Instant) throws(OutputError) {
    try guarded { () throws(StoreError) in
      let time = Self.now - Self.lag
      if time >= nextSweep {
        try sweep(time)
        nextSweep = time + Self.sweepInterval
      }
      if let due = runtime.wakeTime, due <= time { try runtime.advance(to: time) }
    }
    try view.handle(ready, now: now)
  }

  func finish() throws(OutputError) {
    var problem: OutputError?
    do throws(OutputError) {
      try guarded { () throws(StoreError) in try runtime.end() }
    } catch {
      problem = error
    }
    // What there is to show and to write does not depend on it.
    try view.finish()
    if let problem { throw problem }
  }

  var isFinished: Bool { view.isFinished }

  func abandon() { view.abandon() }

  var tally: SinkTally { view.tally }

  var tallies: [SinkTally] { view.tallies.isEmpty ? [view.tally] : view.tallies }

  private func guarded(_ body: () throws(StoreError) -> Void) throws(OutputError) {
    do throws(StoreError) {
      try body()
    } catch {
      throw .failed(Diagnostic(.error, error.message))
    }
  }

  /// The clock of events: nanoseconds since 1970.
  private static var now: UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}
