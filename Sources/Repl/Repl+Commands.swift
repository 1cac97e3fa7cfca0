internal import Glibc
internal import Kernel
internal import Language
internal import Library
internal import Output
internal import Processes
internal import Session
internal import Syntax
internal import SystemPackage

/// What the commands do.
extension Repl {
  func perform(_ command: ReplCommand) throws(SessionError) {
    switch command {
    case .help(let topic): try help(topic)
    case .probes: answer(try session.probeLines())
    case .detach(let selection): try detach(selection)
    case .attach(let selection): try attach(selection)
    case .edit(let name): try edit(name)
    case .undo:
      guard let change = try session.undo() else {
        return answer(["nothing to take back"])
      }
      tell(change)
    case .why(let name): answer(try session.why(try probe(name)))
    case .tables(let name): try tables(name)
    case .list(let list):
      answer(
        try asked { () throws(Diagnostic) in
          try KernelAnswer.text(of: list, facts)
        })
    case .type(let question):
      answer(
        try asked { () throws(Diagnostic) in
          try facts.text(of: question)
        })
    case .c(let name): try showC(try probe(name))
    case .pause:
      try needKernel()
      session.isPaused = true
    case .resume:
      try needKernel()
      resume()
    case .rate(let rate):
      try needKernel()
      session.rate = rate
    case .record(let file): try record(file)
    case .load(let file): try load(file)
    case .save(let file): try save(file)
    case .clear(let selection): try clear(selection)
    case .set(let flags): session.setFlags(flags)
    case .wait(let goal): try wait(goal)
    case .quit: end()
    }
  }

  private func asked(
    _ body: () throws(Diagnostic) -> String
  ) throws(SessionError) -> [String] {
    do throws(Diagnostic) {
      return try body().split(separator: "\n", omittingEmptySubsequences: false).dropLast().map {
        String($0)
      }
    } catch {
      throw .usage(error)
    }
  }

  private func help(_ topic: String?) throws(SessionError) {
    answer(try asked { () throws(Diagnostic) in try ReplHelp.text(of: topic) })
  }

  // MARK: Declarations

  /// Declares, asks, and says what came of it.
  func enter(_ input: LiveInput) throws(SessionError) {
    try session.enter(input, told: { tell($0) }, failed: { fail($0.diagnostics) })
  }

  func tell(_ change: LiveChange) {
    for note in change.notes { say(note) }
    for name in change.detached { answer(["\(name): detached"]) }
    for line in change.takenBack { answer([line]) }
    for one in change.attached {
      let what = one.isReplacement ? "replaced" : "attached"
      answer([
        "\(one.name): \(what) (\(one.how), \(one.instructions) insns, "
          + "\(Int64(one.duration / .milliseconds(1))) ms)"
      ])
    }
  }

  /// A probe or path of the session.
  private func probe(_ name: String) throws(SessionError) -> String {
    if session.text.probeNames.contains(name) { return name }
    throw unknown("probe or path", name, among: session.text.probeNames)
  }

  private func unknown(
    _ what: String, _ name: String, among names: [String]
  ) -> SessionError {
    let near = nearestNames(to: name, among: names)
    let hint =
      near.isEmpty
      ? names.isEmpty ? "there is none" : "there are: \(names.joined(separator: ", "))"
      : "did you mean \(near.joined(separator: ", "))?"
    return .usage(Diagnostic(.error, "there is no \(what) '\(name)'", hints: [hint]))
  }

  private func detach(_ selection: ReplCommand.Selection) throws(SessionError) {
    let names: [String]
    switch selection {
    case .all: names = session.text.probeNames.filter { !session.detached.contains($0) }
    case .one(let name):
      names = [try probe(name)]
      if session.detached.contains(name) { return answer(["\(name): is detached already"]) }
    }
    tell(try session.detach(names))
  }

  private func attach(_ selection: ReplCommand.Selection) throws(SessionError) {
    let names: [String]
    switch selection {
    case .all: names = session.text.probeNames.filter { session.detached.contains($0) }
    case .one(let name):
      names = [try probe(name)]
      if !session.detached.contains(name) { return answer(["\(name): is attached already"]) }
    }
    tell(try session.attach(names))
  }

  private func showC(_ name: String) throws(SessionError) {
    for text in try session.sources(of: name) {
      answer(text.split(separator: "\n", omittingEmptySubsequences: false).map { String($0) })
    }
  }

  // MARK: Editing

  private func edit(_ name: String) throws(SessionError) {
    let old = session.declarations(named: name)
    if old.isEmpty {
      throw unknown(
        "declaration", name, among: session.text.declarations.map(\.title))
    }
    let written = old.map(\.text).joined(separator: "\n\n") + "\n"
    // A text that was not taken goes on, as long as it is about the same.
    let draft = rejected[name].flatMap { $0.of == written ? $0.text : nil }
    let after = try edited(draft ?? written)
    rejected[name] = nil
    if after == draft || after == written { return answer(["\(name): unchanged"]) }
    rejected[name] = (written, after)
    let source = SourceText(name: "the edited \(name)", text: after)
    let input: LiveInput
    do throws(LiveInput.Problem) {
      input = try LiveInput(source, isFile: true)
    } catch {
      if case .mistakes(let mistakes) = error { throw notTaken(.mistakes(mistakes), name) }
      return
    }
    let new = input.items.compactMap {
      if case .declaration(let one) = $0 { one } else { nil }
    }
    do throws(SessionError) {
      tell(try session.replace(old, with: new))
    } catch {
      throw notTaken(error, name)
    }
    rejected[name] = nil
  }

  private func notTaken(_ error: SessionError, _ name: String) -> SessionError {
    .mistakes(
      error.diagnostics + [
        Diagnostic(
          .note, "\(name) is as it was", hints: [":edit \(name) goes on with the edited text"])
      ])
  }

  /// What the user's editor makes of a text.
  private func edited(_ text: String) throws(SessionError) -> String {
    func variable(_ name: String) -> String? {
      getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }
    let words = (variable("VISUAL") ?? variable("EDITOR") ?? "vi").split(separator: " ")
    guard let first = words.first, let program = findExecutable(String(first)) else {
      throw .cannotRun([
        Diagnostic(
          .error, "there is no editor '\(words.first ?? "")'", hints: ["set EDITOR to one"])
      ])
    }
    var path = Array("\(variable("TMPDIR") ?? "/tmp")/netcap-XXXXXX.ncs".utf8CString)
    let number = mkstemps(&path, 4)
    let name = String(decoding: path.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    guard number >= 0 else {
      throw .cannotRun([
        Diagnostic(.error, "cannot make a file to edit: \(Errno(rawValue: errno))")
      ])
    }
    defer { unlink(name) }
    let file = FileDescriptor(rawValue: number)
    do {
      _ = try file.closeAfter { try file.writeAll(text.utf8) }
      var status: Child.ExitStatus?
      var problem: Errno?
      withTerminal {
        do throws(Errno) {
          var child = try Child(
            executable: program, arguments: words.dropFirst().map { String($0) } + [name],
            environment: currentEnvironment(), standardInput: .standardInput,
            standardOutput: .standardOutput, standardError: .standardError, group: .inherited)
          turn {
            status = child.poll()
            return status == nil
          }
        } catch {
          problem = error
        }
      }
      if let problem {
        throw SessionError.cannotRun([Diagnostic(.error, "cannot start \(program): \(problem)")])
      }
      guard status == .exited(0) else {
        throw SessionError.cannotRun([
          Diagnostic(.error, "the editor has failed: nothing is changed")
        ])
      }
      let edited = try FileDescriptor.open(name, .readOnly, options: .closeOnExec)
      return String(decoding: try edited.closeAfter { try edited.rest() }, as: UTF8.self)
    } catch let error as SessionError {
      throw error
    } catch {
      throw .cannotRun([Diagnostic(.error, "cannot edit: \(error)")])
    }
  }

  // MARK: Tables

  private func tables(_ name: String?) throws(SessionError) {
    guard let name else { return answer(try session.tableLines()) }
    let tables = session.script.tables.map(\.name)
    guard tables.contains(name) else { throw unknown("table", name, among: tables) }
    try session.print(table: name)
  }

  private func clear(_ selection: ReplCommand.Selection) throws(SessionError) {
    switch selection {
    case .all: for name in session.storeNames { try session.clear(table: name) }
    case .one(let name):
      guard session.storeNames.contains(name) else {
        throw unknown("table or state", name, among: session.storeNames)
      }
      try session.clear(table: name)
    }
  }

  // MARK: Display

  private func needKernel() throws(SessionError) {
    if session.isOfRecording {
      throw .usage(Diagnostic(.error, "a recording is run at once, and shown whole"))
    }
  }

  private func resume() {
    session.isPaused = false
    for (count, reason) in session.takeHeld() {
      answer(["(\(count) not shown \(reason))"])
    }
  }

  private func record(_ file: String?) throws(SessionError) {
    guard let file else {
      guard let recording = session.recording else { return answer(["nothing is recorded"]) }
      try session.stopRecording()
      return answer(["\(recording): closed"])
    }
    let before = session.recording
    try session.record(to: file)
    if let before { answer(["\(before): closed"]) }
    answer(["recording into \(file); :record off ends it"])
  }

  // MARK: Files

  /// Takes in the declarations of a script.
  func load(_ name: String) throws(SessionError) {
    let file: ScriptFile
    do { file = try library.script(name) } catch { throw .cannotRun([error]) }
    let input: LiveInput
    do throws(LiveInput.Problem) {
      input = try LiveInput(file.source, isFile: true)
    } catch {
      if case .mistakes(let mistakes) = error { throw .mistakes(mistakes) }
      return
    }
    let before = session.folder
    session.folder = file.folder ?? before
    do throws(SessionError) {
      try enter(input)
    } catch {
      session.folder = before
      throw error
    }
    if case .path = file.origin { ownFiles.insert(name) }
  }

  private func save(_ name: String) throws(SessionError) {
    let written = session.text.written().source
    let formatted = Formatter.format(SourceText(name: name, text: written.text))
    guard let text = formatted.text else { throw .mistakes(formatted.diagnostics) }
    do {
      try write(text, to: FilePath(name), isOwn: ownFiles.contains(name))
    } catch {
      let hints =
        error as? Errno == .fileExists ? ["remove it, or give another name"] : []
      throw .cannotRun([Diagnostic(.error, "cannot write '\(name)': \(error)", hints: hints)])
    }
    ownFiles.insert(name)
    let count = session.text.declarations.count
    answer([
      "\(name): \(count) \(count == 1 ? "declaration" : "declarations"); netcap -s \(ScriptLibrary.looksLikePath(name) ? name : "./" + name) runs it"
    ])
    let detached = session.text.probeNames.filter { session.detached.contains($0) }
    if !detached.isEmpty {
      say(
        Diagnostic(
          .note, "detached here, but not in the script: \(detached.joined(separator: ", "))"))
    }
  }

  /// - Parameter isOwn: a file that is there already may be replaced.
  private func write(_ text: String, to file: FilePath, isOwn: Bool) throws {
    do {
      try TextFile.create(file, text)
    } catch Errno.fileExists where isOwn {
      let old = try FileDescriptor.open(file, .readOnly, options: .closeOnExec)
      try old.closeAfter { try TextFile.replace(file, open: old, with: text) }
    }
  }

  // MARK: Waiting

  private func wait(_ goal: ReplCommand.Goal) throws(SessionError) {
    switch goal {
    case .nanoseconds(let time): turn(until: .now + .nanoseconds(time))
    case .events(let name, let count):
      let name = try probe(name)
      if session.isOfRecording { return }
      if session.detached.contains(name) {
        throw .usage(
          Diagnostic(.error, "'\(name)' is detached", hints: [":attach \(name) puts it back"]))
      }
      var problem: SessionError?
      turn {
        do throws(SessionError) {
          return try session.eventCount(of: name) ?? .max < UInt64(count)
        } catch {
          problem = error
          return false
        }
      }
      if let problem { throw problem }
      // What was counted may still be in the ring.
      turn(until: .now + .milliseconds(100))
    }
  }
}
