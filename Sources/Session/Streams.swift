internal import Output
internal import Syntax
internal import SystemPackage

/// A session's standard output and standard error.
final class Streams {
  /// What was asked for goes there, and nothing else.
  let output: Writer
  /// Diagnostics, progress and the ledger.
  let messages: Writer

  init(standardOutput: FileDescriptor, standardError: FileDescriptor) {
    output = Writer(standardOutput, name: "standard output")
    messages = Writer(standardError, name: "standard error")
  }

  func say(_ diagnostic: Diagnostic) {
    messages.append(diagnostic.rendered() + "\n")
    // An error here has nowhere to be told.
    do { try messages.flush() } catch {}
  }

  /// What keeps the packets of a script's events.
  ///
  /// - Parameters:
  ///   - path: what the user wrote after `-w`; nil: nothing is kept.
  ///   - types: what the script asked of the kernel's types, as a recording keeps it.
  func recorder(_ path: String?, types: [String]) throws(SessionError) -> PcapFile? {
    guard let path else { return nil }
    do throws(OutputError) {
      return try PcapFile(
        path: SourceText(name: "-w", text: path), application: Version.application,
        comments: types, messages: messages, showsProgress: false)
    } catch {
      throw SessionError(error)
    }
  }

  /// Writes all that is queued; blocks.
  func drain(_ writer: Writer) throws(SessionError) {
    do throws(OutputError) {
      var set = PollSet()
      while !writer.isEmpty {
        try writer.flush()
        set.removeAll()
        writer.addInterests(to: &set)
        if !writer.isEmpty { set.wait(until: nil) }
      }
    } catch {
      if case .failed(let diagnostic) = error { throw .cannotRun([diagnostic]) }
    }
  }

  /// The end of a session: what became of every packet, then why it ended, if there is a reason.
  func report(
    _ ledger: Ledger, asJSON: Bool, inFull: Bool, _ failure: SessionError?
  ) throws(SessionError) {
    if asJSON { output.append(json: ledger) }
    if inFull {
      for line in ledger.statistics() { messages.append(line + "\n") }
    } else if ledger.lost > 0 || !ledger.losses().isEmpty {
      for line in ledger.losses() { messages.append(line + "\n") }
    }
    try drain(messages)
    if failure == nil { try drain(output) }
    if let failure { throw failure }
  }
}
