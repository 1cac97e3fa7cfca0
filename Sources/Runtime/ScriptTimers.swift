/// `every 5s { … }`: what is to be run when, by the clock of the events.
struct ScriptTimers {
  private struct Timer {
    let interval: UInt64
    let code: StatementCode
    var due: UInt64 = 0
  }

  private var timers: [Timer]
  private var isStarted = false
  private(set) var skipped: UInt64 = 0

  /// Rounds that are made up for at once, when the clock jumps.
  private static let roundLimit: UInt64 = 100_000

  init(_ timers: [(interval: Int64, code: StatementCode)]) {
    self.timers = timers.map { Timer(interval: UInt64(max(1, $0.interval)), code: $0.code) }
  }

  /// The first round of each is one interval later.
  mutating func start(at time: UInt64) {
    isStarted = true
    for index in timers.indices { timers[index].due = time &+ timers[index].interval }
  }

  /// Goes on with the rounds of other timers; what these did not have begins at `time`.
  mutating func take(from before: ScriptTimers, at time: UInt64) {
    isStarted = before.isStarted
    skipped = before.skipped
    var others = before.timers
    for index in timers.indices {
      if let same = others.firstIndex(where: { $0.interval == timers[index].interval }) {
        timers[index].due = others.remove(at: same).due
      } else {
        timers[index].due = time &+ timers[index].interval
      }
    }
  }

  /// When the next is due.
  var next: UInt64? { isStarted ? timers.map(\.due).min() : nil }

  /// Runs what is due next, once.
  mutating func run(until time: UInt64, _ machine: Machine) {
    guard let next else { return }
    for index in timers.indices where timers[index].due == next {
      _ = timers[index].code(machine)
      let rounds = (time - next) / timers[index].interval
      if rounds > ScriptTimers.roundLimit {
        // A recording's clock has jumped by more than anybody wants to see.
        let left = rounds - ScriptTimers.roundLimit
        skipped += left
        timers[index].due &+= left &* timers[index].interval
      }
      timers[index].due &+= timers[index].interval
      if machine.pointee.exitStatus != nil { return }
    }
  }

  var losses: [String] {
    skipped == 0
      ? [] : ["every: \(skipped) rounds skipped: the clock of the events jumped ahead"]
  }
}
