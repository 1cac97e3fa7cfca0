internal import Kernel
internal import Language
package import Output
internal import Runtime
internal import Syntax
internal import SystemPackage

/// What is shown, the loop, and the end.
extension LiveSession {
  // MARK: Display

  /// Says something behind what scripts have said before.
  package func say(_ text: String) {
    switch run {
    case .kernel(let run): run.view.say(text)
    case .recording: streams.output.append(text)
    }
  }

  package func setFlags(_ flags: DisplayFlags) {
    switch run {
    case .kernel(let run): run.view.setFlags(flags)
    case .recording(let run): run.flags = flags
    }
  }

  /// Nothing is shown while it is true; all else goes on.
  package var isPaused: Bool {
    get { if case .kernel(let run) = run { run.held.isPaused } else { false } }
    set { if case .kernel(let run) = run { run.held.isPaused = newValue } }
  }

  /// So many lines and packets are shown a second; nil: all.
  package var rate: Int? {
    get { if case .kernel(let run) = run { run.held.rate } else { nil } }
    set { if case .kernel(let run) = run { run.held.rate = newValue } }
  }

  /// What was not shown since this was last asked, by the reason.
  package func takeHeld() -> [(count: UInt64, reason: String)] {
    guard case .kernel(let run) = run else { return [] }
    // Of what is detached all at once, when it is gone.
    let held = run.held.takeHeld(withLate: !run.isLeaving)
    return [
      (held.paused, "while paused"), (held.beyond, "beyond the rate"),
      (held.slow, "as the terminal is too slow"),
      (held.atEnd, "as the session was ended"),
      (held.late, "of what is detached"),
    ].filter { $0.0 > 0 }
  }

  // MARK: The loop

  package func addInterests(to set: inout PollSet) {
    if case .kernel(let run) = run { run.addInterests(to: &set) }
  }

  package var wakeTime: ContinuousClock.Instant? {
    if case .kernel(let run) = run { run.wakeTime } else { nil }
  }

  /// Goes on after poll(2).
  ///
  /// - Returns: whether there is more to do at once.
  package func turn(_ set: PollSet) -> Bool {
    guard case .kernel(let run) = run else { return false }
    let hasMore = run.turn(set)
    if recording != nil, !run.view.isRecording {
      // It has failed, which was said. Programs go on as they are.
      recording = nil
    }
    return hasMore
  }

  /// A script has said `exit`: with this status.
  package var exitStatus: Int32? {
    switch run {
    case .kernel(let run): run.isOver
    case .recording(let run): run.exitStatus
    }
  }

  /// Detaches everything, hands out what is left, runs `end`.
  ///
  /// - Parameters:
  ///   - showsRest: what was seen before and is not shown yet is shown, however much it is.
  ///   - pass: takes what is said out of the writers.
  /// - Returns: one line for each kind of loss.
  package func finish(showsRest: Bool, pass: () -> Void) -> [String] {
    guard case .kernel(let run) = run else { return [] }
    let ledger = run.finish(showsRest: showsRest, pass: pass)
    do throws(StoreError) {
      return ledger.losses() + (try run.runtime.losses())
    } catch {
      return ledger.losses()
    }
  }
}
