internal import Glibc
internal import Language
internal import Library
internal import Output
package import Syntax
internal import SystemPackage

/// `netcap test`: runs the recorded cases of scripts, as any user, and compares what they say.
///
/// No kernel is asked: what a case says is the same on every machine. Nothing is written and no
/// command is run, whatever the script asks for.
package final class ScriptTesting {
  /// How a case ended.
  package enum Verdict: Sendable, Equatable {
    case passed
    /// Lines that differ.
    case differs([String])
    /// It has no `.out` yet, and said this.
    case unexpected([String])
    /// What it said was written to its `.out`.
    case written
    /// It could not be run.
    case failed(Diagnostic)
  }

  /// Cases by verdict.
  package struct Count: Sendable, Equatable {
    package var passed = 0
    package var failed = 0
    package var written = 0
  }

  private let reserved: Set<String>
  private let accepts: Bool
  package private(set) var count = Count()

  /// - Parameters:
  ///   - reserved: names of netcap's own options, which a script's must not have.
  ///   - accepts: what is said becomes what is expected.
  package init(reserved: Set<String>, accepts: Bool) {
    self.reserved = reserved
    self.accepts = accepts
    // Recordings are shown in one time zone.
    setenv("TZ", "UTC", 1)
    tzset()
    // That tcpdump has ended, a write to it tells.
    signal(SIGPIPE, SIG_IGN)
  }

  /// Finds what is to be tested: scripts by path or by name in a collection, and folders.
  ///
  /// - Parameter names: none: the folder that netcap runs in.
  package func find(_ names: [String]) -> ScriptCases {
    var cases = ScriptCases()
    for name in names.isEmpty ? ["."] : names {
      var info = stat()
      if ScriptLibrary.looksLikePath(name) || stat(name, &info) == 0 {
        cases.add(FilePath(name))
        continue
      }
      do throws(Diagnostic) {
        let file = try ScriptLibrary.ofUser().script(name)
        if case .collection = file.origin {
          cases.add(FilePath(file.source.name))
        } else {
          throw Diagnostic(
            .error, "'\(name)' comes with netcap, without its cases",
            hints: ["they are in netcap's sources, in stdlib/"])
        }
      } catch {
        cases.report(error)
      }
    }
    return cases
  }

  /// Runs a case and counts it.
  package func run(_ test: ScriptCase) -> Verdict {
    let verdict: Verdict
    do throws(Diagnostic) {
      verdict = try compare(test, try said(by: test))
    } catch {
      verdict = .failed(error)
    }
    switch verdict {
    case .passed: count.passed += 1
    case .written: count.written += 1
    case .differs, .unexpected, .failed: count.failed += 1
    }
    return verdict
  }

  private func compare(_ test: ScriptCase, _ said: [UInt8]) throws(Diagnostic) -> Verdict {
    let expected = test.hasOutput ? try bytes(of: test.output) : nil
    if said == expected { return .passed }
    if accepts {
      try attempt("write '\(test.output)'") {
        let file = try FileDescriptor.open(
          test.output, .writeOnly, options: [.create, .truncate],
          permissions: [.ownerReadWrite, .groupRead, .otherRead])
        try file.closeAfter { _ = try file.writeAll(said) }
      }
      return .written
    }
    let lines = LineDifference(expected: expected ?? [], actual: said).rendered()
    return expected == nil ? .unexpected(lines) : .differs(lines)
  }

  // MARK: Running

  /// What goes to standard output, then what goes to standard error, then the exit status if it is
  /// not 0.
  private func said(by test: ScriptCase) throws(Diagnostic) -> [UInt8] {
    var words = CaseWords()
    if test.hasWords {
      let text = String(decoding: try bytes(of: test.words), as: UTF8.self)
      words = try CaseWords(SourceText(name: test.words.string, text: text))
    }
    let recording = try recording(test, words)
    let flags = try DisplayFlags(parsing: words.flags)
    let output = try temporary()
    let messages = try temporary()
    defer { for file in [output, messages] { close(file.rawValue) } }
    var ending = ""
    do throws(SessionError) {
      var request = ReplayRequest(path: SourceText(name: "-r", text: recording), flags: flags)
      request.file = test.folder.pushing(FilePath(recording))
      // C blocks are left out, which the replay says.
      let script = try load(
        test, words, RecordedTypes(of: request.file) ?? NoKernelTypes(), messages)
      request.count = words.count
      request.isJSON = words.isJSON
      request.tellsEffects = true
      let status = try ReplaySession(
        script, request, standardOutput: output, standardError: messages
      ).run()
      if status != 0 { ending = "exit status \(status)\n" }
    } catch {
      ending = error.diagnostics.map { $0.rendered() + "\n" }.joined()
      ending += "exit status \(error.exitStatus)\n"
    }
    return try content(of: output) + content(of: messages) + Array(ending.utf8)
  }

  private func recording(
    _ test: ScriptCase, _ words: CaseWords
  ) throws(Diagnostic) -> String {
    let all = test.recordings + (words.recording.map { [$0] } ?? [])
    if all.count == 1 { return all[0] }
    throw Diagnostic(
      .error,
      all.isEmpty
        ? "the case has no recording"
        : "the case has several recordings: "
          + all.joined(separator: ", "),
      hints: [
        "it is \(test.name).pcapng or \(test.name).pcap in \(test.folder), "
          + "or named by -r in \(test.name).args"
      ])
  }

  private func load(
    _ test: ScriptCase, _ words: CaseWords, _ types: any KernelTypes, _ messages: FileDescriptor
  ) throws(SessionError) -> Script {
    let loader = ScriptLoader(reserved: reserved)
    let file: ScriptFile
    do throws(Diagnostic) {
      file = try loader.library.script(test.script.string)
    } catch {
      throw .cannotRun([error])
    }
    // What the script is called must not depend on where the collection is.
    let name = test.script.lastComponent?.string ?? test.script.string
    let outcome = loader.load(
      ScriptFile(source: SourceText(name: name, text: file.source.text), origin: file.origin),
      types: types, arguments: words.arguments)
    guard let script = outcome.script else { throw .mistakes(outcome.diagnostics) }
    let warnings = outcome.diagnostics.map { $0.rendered() + "\n" }.joined()
    do { _ = try messages.writeAll(warnings.utf8) } catch {
      throw .cannotRun([Diagnostic(.error, "cannot write what the script says: \(error)")])
    }
    return script
  }

  // MARK: Files

  private func attempt<Value>(
    _ what: String, _ body: () throws -> Value
  ) throws(Diagnostic) -> Value {
    do { return try body() } catch { throw Diagnostic(.error, "cannot \(what): \(error)") }
  }

  private func bytes(of path: FilePath) throws(Diagnostic) -> [UInt8] {
    try attempt("read '\(path)'") {
      let file = try FileDescriptor.open(path, .readOnly, options: .closeOnExec)
      return try file.closeAfter { try file.rest() }
    }
  }

  private func content(of file: FileDescriptor) throws(Diagnostic) -> [UInt8] {
    try attempt("read what the script said") {
      try file.seek(offset: 0, from: .start)
      return try file.rest()
    }
  }

  /// A file without a name.
  private func temporary() throws(Diagnostic) -> FileDescriptor {
    let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    return try attempt("make a file in \(folder)") {
      var name = "\(folder)/netcap-test-XXXXXX".utf8CString
      let file = name.withUnsafeMutableBufferPointer { mkstemp($0.baseAddress!) }
      guard file >= 0 else { throw Errno(rawValue: errno) }
      _ = name.withUnsafeBufferPointer { unlink($0.baseAddress!) }
      _ = fcntl(file, F_SETFD, FD_CLOEXEC)
      return FileDescriptor(rawValue: file)
    }
  }
}
