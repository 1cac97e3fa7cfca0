internal import Glibc
internal import Output
internal import Syntax
internal import SystemPackage

/// A session's standard output and standard error.
final class Streams {
  /// What was asked for goes there, and nothing else.
  let output: Writer
  /// Diagnostics, progress and the ledger.
  let messages: Writer

  init(output: Writer, messages: Writer, wantsColour: Bool) {
    self.output = output
    self.messages = messages
    self.wantsColour = wantsColour
  }

  init(standardOutput: FileDescriptor, standardError: FileDescriptor) {
    output = Writer(standardOutput, name: "standard output")
    messages = Writer(standardError, name: "standard error")
    func variable(_ name: String) -> String { getenv(name).map { String(cString: $0) } ?? "" }
    wantsColour =
      isatty(standardOutput.rawValue) == 1 && variable("NO_COLOR").isEmpty
      && variable("TERM") != "dumb"
  }

  /// Standard output is a terminal that shows colours, and its user has not said otherwise
  /// (https://no-color.org).
  let wantsColour: Bool

  func say(_ diagnostic: Diagnostic) {
    messages.append(diagnostic.rendered() + "\n")
    // An error here has nowhere to be told.
    do { try messages.flush() } catch {}
  }

  /// What keeps the packets of a script's events.
  ///
  /// - Parameters:
  ///   - path: what the user wrote after `-w`; nil: nothing is kept.
  ///   - rotation: which of them, or how they are spread over several files.
  ///   - types: what the script asked of the kernel's types, as a recording keeps it.
  ///   - isAlone: nothing else is said: a terminal may see how many packets there are.
  func recorder(
    _ path: String?, _ rotation: Rotation = .none, types: [String], isAlone: Bool = false
  ) throws(SessionError) -> (any PacketFile)? {
    guard let path else { return nil }
    do throws(OutputError) {
      return try packetFile(
        path, rotation, comments: types,
        showsProgress: isAlone && isatty(STDERR_FILENO) == 1)
    } catch {
      throw SessionError(error)
    }
  }

  /// What writes packets to where `-w` says: `-` is standard output.
  func packetFile(
    _ path: String, _ rotation: Rotation, comments: [String] = [], showsProgress: Bool
  ) throws(OutputError) -> any PacketFile {
    if path == "-" {
      return PcapFile(
        standardOutput: output, application: Version.application, comments: comments,
        messages: messages)
    }
    let source = SourceText(name: "-w", text: path)
    if case .pieces(let pieces) = rotation {
      return try RotatingFile(
        path: source, pieces: pieces, application: Version.application, comments: comments,
        messages: messages, showsProgress: showsProgress)
    }
    let last: Int? = if case .last(let count) = rotation { count } else { nil }
    return try PcapFile(
      path: source, application: Version.application, comments: comments, messages: messages,
      showsProgress: showsProgress, keepingLast: last)
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
