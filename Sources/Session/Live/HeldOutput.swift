internal import Runtime
internal import Output

/// What scripts of a live session say, as far as it is to be shown: the rest is counted. What is kept and
/// done beside is not concerned.
final class HeldOutput: ScriptOutput {
  private let view: ScriptView

  /// Nothing is shown.
  var isPaused = false
  /// So much is shown a second; nil: all.
  var rate: Int? {
    didSet { (credit, filledAt) = (Double(rate ?? 0), .now) }
  }
  private var credit = 0.0
  private var filledAt = ContinuousClock.now

  /// What was not shown, since it was last asked for.
  struct Held: Equatable {
    var paused: UInt64 = 0
    /// Beyond the rate.
    var beyond: UInt64 = 0
    /// The terminal, or tcpdump, was too slow.
    var slow: UInt64 = 0
    /// Its probe was gone.
    var late: UInt64 = 0
    /// The session was ended.
    var atEnd: UInt64 = 0
  }

  private var held = Held()

  init(_ view: ScriptView) { self.view = view }

  /// - Parameter withLate: what has been said too late is told now, and not later all at once.
  func takeHeld(withLate: Bool) -> Held {
    var (told, kept) = (held, Held())
    if !withLate { swap(&told.late, &kept.late) }
    held = kept
    return told
  }

  /// The session ends: what is not shown yet will not be.
  var isAtEnd = false
  /// From here on everything is shown: what is said at the end.
  var isOpen = false
  /// What there is no room for is not shown, so that it keeps nothing back.
  var isDropping = false
  /// What is said now is of a probe that has been detached.
  var isLate = false

  /// Whether the next is shown.
  private func admits() -> Bool {
    if isOpen { return true }
    if isLate {
      held.late += 1
      return false
    }
    if isAtEnd {
      held.atEnd += 1
      return false
    }
    if isPaused {
      held.paused += 1
      return false
    }
    if let rate {
      let now = ContinuousClock.now
      credit = min(Double(rate), credit + (now - filledAt) / .seconds(1) * Double(rate))
      filledAt = now
      if credit < 1 {
        held.beyond += 1
        return false
      }
    }
    if isDropping, !view.hasRoom {
      held.slow += 1
      return false
    }
    if rate != nil { credit -= 1 }
    return true
  }

  var wantsValues: Bool { view.wantsValues }

  func print(_ line: Line, of packet: ShownPacket?) {
    if admits() { view.print(line, of: packet) }
  }

  func print(_ table: PrintedTable) {
    if admits() { view.print(table) }
  }

  func show(_ packet: ShownPacket) {
    if admits() { view.show(packet) }
  }

  func save(_ packet: ShownPacket, to path: String) { view.save(packet, to: path) }
  func run(_ command: [String]) { view.run(command) }
  var isRecording: Bool { view.isRecording }
  func record(_ packet: ShownPacket) { view.record(packet) }
}
