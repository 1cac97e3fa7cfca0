package import Kernel
package import Language
package import Output
internal import Library
internal import Packets
internal import Runtime
internal import Syntax
package import SystemPackage

/// Declarations that take effect while the session runs: `netcap repl`.
///
/// Everything that is declared makes one script, which is checked as a whole with each change. What a
/// change does not concern goes on as it is; a change that fails changes nothing.
package final class LiveSession {
  package struct Request: Sendable {
    /// A recording instead of this kernel.
    package var readFile: String?
    package var flags: DisplayFlags
    package var allowsRun = false
    package var skipsC = false
    package var process: Int32?
    package var mbufOffsets: String?
    /// Values of the options that the declarations have: `--name value`.
    package var arguments: [String] = []

    package init(flags: DisplayFlags) { self.flags = flags }
  }

  private let request: Request
  let facts: KernelFacts
  let streams: Streams
  let run: Run
  /// Compiles and attaches.
  private let worker: Worker
  /// Waits until a descriptor is readable; the session's loop goes on meanwhile.
  package var wait: (FileDescriptor) -> Void = { _ in }

  enum Run {
    case kernel(KernelRun)
    case recording(RecordingRun)
  }

  /// What can be taken back.
  private struct Snapshot: Equatable {
    var text = LiveText()
    /// Names of probes that are not attached.
    var detached: Set<String> = []
  }

  private var current = Snapshot()
  private var earlier: [Snapshot] = []
  /// How many changes are remembered.
  private static let undoLimit = 1000
  /// Where packets are kept, as pcapng: then events carry what the script read.
  private var recordsValues = false

  /// What was declared.
  package var text: LiveText { current.text }
  package var detached: Set<String> { current.detached }
  /// What is recorded into; nil: nothing.
  package internal(set) var recording: String?

  package var isOfRecording: Bool {
    if case .recording = run { true } else { false }
  }

  /// The script as it runs.
  package var script: Script {
    switch run {
    case .kernel(let run): run.script
    case .recording(let run): run.script
    }
  }

  /// - Parameters:
  ///   - output: where what scripts say goes: one that keeps it, for a session in the kernel.
  ///   - messages: the same for diagnostics.
  ///   - stop: readable when a recording is to be left.
  /// - Throws: why nothing can be traced here.
  package init(
    _ request: Request, facts: KernelFacts, output: Writer, messages: Writer, wantsColour: Bool,
    stop: FileDescriptor
  ) throws(SessionError) {
    self.request = request
    self.facts = facts
    streams = Streams(output: output, messages: messages, wantsColour: wantsColour)
    do throws(Errno) { worker = try Worker() } catch {
      throw .cannotRun([Diagnostic(.error, "cannot start a thread: \(error)")])
    }
    if let file = request.readFile {
      var replay = ReplayRequest(
        path: SourceText(name: "-r", text: file), flags: request.flags)
      do throws(CaptureError) { _ = try CaptureReader(replay.file) } catch {
        throw .cannotRun([replay.cannotRead(error)])
      }
      replay.allowsRun = request.allowsRun
      run = .recording(RecordingRun(replay, streams: streams, stop: stop))
    } else {
      var settings = KernelRun.Settings(flags: request.flags)
      settings.allowsRun = request.allowsRun
      settings.process = request.process
      if let text = request.mbufOffsets {
        do throws(Diagnostic) { settings.mbufLayout = try MbufOffsets.parse(text) } catch {
          throw .usage(error)
        }
      }
      run = .kernel(try KernelRun(facts: facts, streams: streams, settings: settings))
    }
  }

  // MARK: Declarations

  /// Takes in what was typed, one after the other; what follows a mistake is not looked at.
  ///
  /// - Parameters:
  ///   - tell: is told of each change that was made.
  ///   - fail: what went wrong when a `begin` was run; the declarations stay.
  package func enter(
    _ input: LiveInput, told tell: (LiveChange) -> Void, failed fail: (SessionError) -> Void
  ) throws(SessionError) {
    var rest = input.items[...]
    while let item = rest.first {
      switch item {
      case .statement(let asked):
        rest.removeFirst()
        try ask(asked)
      case .declaration:
        let added = rest.prefix { if case .declaration = $0 { true } else { false } }
        rest = rest.dropFirst(added.count)
        let declarations = added.compactMap {
          if case .declaration(let one) = $0 { one } else { nil }
        }
        tell(try declare(declarations))
        for declaration in declarations {
          do throws(SessionError) { try begin(declaration) } catch { fail(error) }
        }
      }
    }
  }

  /// Declares all of these at once, or none.
  private func declare(_ added: [LiveDeclaration]) throws(SessionError) -> LiveChange {
    var next = current
    next.text.declare(added)
    for declaration in added {
      // What is declared anew is attached.
      if case .probe(let name) = declaration.role { next.detached.remove(name) }
    }
    return try change(to: next)
  }

  /// What stands in the braces of `begin` is run when it is declared, once; on a recording it is run with
  /// the rest.
  private func begin(_ declaration: LiveDeclaration) throws(SessionError) {
    guard !isOfRecording, let body = declaration.body else { return }
    let text = Array(declaration.text.utf8)[body]
    try ask(
      LiveText.Asked(
        String(decoding: text, as: UTF8.self), isPrinted: false, origin: declaration.origin,
        start: declaration.start + body.lowerBound))
  }

  package func detach(_ names: [String]) throws(SessionError) -> LiveChange {
    var next = current
    next.detached.formUnion(names)
    return try change(to: next)
  }

  package func attach(_ names: [String]) throws(SessionError) -> LiveChange {
    var next = current
    next.detached.subtract(names)
    return try change(to: next)
  }

  /// Takes the last change back; nil: there is none.
  package func undo() throws(SessionError) -> LiveChange? {
    guard let before = earlier.last else { return nil }
    let (old, new) = (current.text.declarations, before.text.declarations)
    var change = try change(to: before, isUndo: true)
    earlier.removeLast()
    for declaration in old where !new.contains(declaration) {
      if case .probe = declaration.role, !isOfRecording { continue }
      let isBack = new.contains { $0.role == declaration.role }
      change.takenBack.append("\(declaration.title): \(isBack ? "as before" : "gone")")
    }
    for declaration in new where !old.contains(where: { $0.role == declaration.role }) {
      if case .probe = declaration.role, !isOfRecording { continue }
      change.takenBack.append("\(declaration.title): there again")
    }
    return change
  }

  private func change(
    to next: Snapshot, isUndo: Bool = false
  ) throws(SessionError) -> LiveChange {
    let change = try apply(next, recorder: nil)
    if next != current, !isUndo {
      earlier.append(current)
      if earlier.count > Self.undoLimit { earlier.removeFirst() }
    }
    current = next
    return change
  }

  /// - Parameter recorder: what keeps every packet from here on, where that changes.
  private func apply(
    _ next: Snapshot, recorder: (any PacketFile)??
  ) throws(SessionError) -> LiveChange {
    let written = written(next)
    do throws(SessionError) {
      switch run {
      case .kernel(let run):
        let values = recordsValues
        let outcome = try whileTurning { [self] () -> Result<KernelRun.Plan, SessionError> in
          do throws(SessionError) {
            var (script, notes, _) = try check(written)
            if values { script = script.recordingKernelValues() }
            var plan = try run.plan(script, detached: next.detached)
            plan.notes = notes + plan.notes
            return .success(plan)
          } catch {
            return .failure(error)
          }
        }
        let plan = try outcome.get()
        var change = try run.carryOut(plan, recorder: recorder)
        change.notes = change.notes.map(written.diagnostic)
        return change
      case .recording(let run):
        let (script, notes, _) = try check(written)
        try run.change(to: script, runs: changesWhatRuns(next))
        return LiveChange(notes: notes.map(written.diagnostic))
      }
    } catch {
      throw written.error(error)
    }
  }

  /// Whether a recording says anything else after this change. What is only added, to be used later, changes
  /// nothing.
  private func changesWhatRuns(_ next: Snapshot) -> Bool {
    let (old, new) = (current.text.declarations, next.text.declarations)
    let acts = new.filter(\.acts)
    if acts.isEmpty { return false }
    return next.detached != current.detached || acts != old.filter(\.acts)
      || new.contains { one in !old.contains(one) && old.contains { $0.role == one.role } }
  }

  /// What is not attached is not in the script that a recording runs on; in the kernel it is checked all
  /// the same.
  private func written(_ state: Snapshot, asking asked: LiveText.Asked? = nil) -> LiveText.Written {
    state.text.written(
      without: { [isOfRecording] declaration in
        switch declaration.role {
        case .probe(let name), .on(let name): isOfRecording && state.detached.contains(name)
        case .every, .begin, .end, .value, .store, .importing, .c: false
        }
      }, asking: asked)
  }

  /// The script of a text, warnings, and what it asked of the kernel's types.
  ///
  /// - Parameter isAsked: it is a statement of the prompt. A declaration may be for another kernel's
  ///   recording, and name what this one does not have.
  private func check(
    _ written: LiveText.Written, isAsked: Bool = false
  ) throws(SessionError) -> (Script, [Diagnostic], [String]) {
    func load(_ types: any KernelTypes) throws(SessionError) -> (Script, [Diagnostic], [String]) {
      let observed = ObservedTypes(types)
      let outcome = ScriptLoader(reserved: []).load(
        ScriptFile(
          source: written.source, origin: folder.map { .path(folder: $0) } ?? .text),
        types: observed,
        arguments: arguments(for: written.source), isPrompt: true)
      guard let script = outcome.script else { throw .mistakes(outcome.diagnostics) }
      return (script, outcome.diagnostics, observed.recorded)
    }
    guard let file = request.readFile else { return try load(facts.scriptTypes) }
    let (script, notes, types) = try scriptTypes(
      forRecording: FilePath(file), ofKernel: facts.scriptTypes, isStrict: isAsked, load)
    if !request.skipsC { try script.refuseC() }
    return (script, notes, types)
  }

  /// Does something on the worker; the loop goes on meanwhile.
  private func whileTurning<Value>(
    _ work: @escaping () -> Value
  ) throws(SessionError) -> Value {
    do throws(Errno) {
      let job = try worker.start(work)
      wait(job.done)
      // It is over, but for a session that is to end: that waits without its loop.
      var set = PollSet()
      set.add(job.done, .read)
      while !set.isReady(job.done, .read) { set.wait(until: nil) }
      if let result = job.result { return result }
    } catch {
      throw .cannotRun([Diagnostic(.error, "cannot go on: \(error)")])
    }
    throw .cannotRun([Diagnostic(.error, "cannot go on")])
  }

  // MARK: Statements

  /// Runs a statement, or prints the value of an expression.
  private func ask(_ asked: LiveText.Asked) throws(SessionError) {
    let written = written(current, asking: asked)
    do throws(SessionError) {
      let (script, notes, _) = try check(written, isAsked: true)
      for note in notes where note.severity == .warning { streams.say(written.diagnostic(note)) }
      if let changed = changedStore(script) {
        throw .mistakes([
          Diagnostic(
            .error, "'\(changed)' keeps values of other types",
            at: Diagnostic.Place(written.source, written.source.span),
            hints: ["what probes put into it says what its keys are"])
        ])
      }
      switch run {
      case .kernel(let run): try run.ask(script)
      case .recording(let run): try run.ask(script)
      }
    } catch {
      throw written.error(error)
    }
  }

  /// A table or state of the session that the script has otherwise.
  private func changedStore(_ asked: Script) -> String? {
    let mine = script.storeIdentities
    return asked.storeIdentities.first { asked in
      mine.contains { $0.name == asked.name && $0 != asked }
    }?.name
  }

  package func print(table name: String) throws(SessionError) {
    try ask(
      LiveText.Asked(
        name, isPrinted: true, origin: SourceText(name: "table", text: name), start: 0))
  }

  package func clear(table name: String) throws(SessionError) {
    let text = "clear \(name)"
    try ask(
      LiveText.Asked(
        text, isPrinted: false, origin: SourceText(name: "table", text: text), start: 0))
  }

  // MARK: Recording

  /// Every packet of an event is kept in a file from here on.
  package func record(to path: String) throws(SessionError) {
    guard case .kernel = run else {
      throw .usage(Diagnostic(.error, "this is a recording already"))
    }
    let isPcapng = path.isPcapngName
    let written = written(current)
    let types = try check(written).2
    let file: PcapFile
    do throws(OutputError) {
      file = try PcapFile(
        path: SourceText(name: ":record", text: path), application: Version.application,
        comments: types, messages: streams.messages, showsProgress: false)
    } catch {
      throw SessionError(error)
    }
    let before = recordsValues
    recordsValues = isPcapng
    do throws(SessionError) {
      _ = try apply(current, recorder: file)
    } catch {
      recordsValues = before
      throw error
    }
    recording = path
  }

  package func stopRecording() throws(SessionError) {
    let before = recordsValues
    recordsValues = false
    do throws(SessionError) {
      _ = try apply(current, recorder: .some(nil))
    } catch {
      recordsValues = before
      throw error
    }
    recording = nil
  }

  /// Words of the command line that are no option's of the declarations.
  package var unusedArguments: [String] {
    let used = arguments(for: written(current).source)
    return request.arguments.filter { !used.contains($0) }
  }

  /// Values of options, while the declarations have these.
  private func arguments(for source: SourceText) -> [String] {
    if request.arguments.isEmpty { return [] }
    let options = Parser(source).parse().tree.options.map { "--\($0.name.text)" }
    var isOfOption = false
    return request.arguments.filter { word in
      if word.hasPrefix("--") {
        isOfOption = options.contains(word.split(separator: "=").first.map(String.init) ?? word)
      }
      return isOfOption
    }
  }

  // MARK: Text

  /// Names are looked for there first: in the folder of a script that was loaded.
  package var folder: FilePath?

  /// What `:edit` shows: the declarations of this name.
  package func declarations(named name: String) -> [LiveDeclaration] {
    text.declarations.filter {
      switch $0.role {
      case .probe(let one), .on(let one), .value(let one), .store(let one), .importing(let one):
        one == name
      case .every, .begin, .end, .c: $0.title == name
      }
    }
  }

  /// Puts other declarations into the place of some.
  package func replace(
    _ old: [LiveDeclaration], with new: [LiveDeclaration]
  ) throws(SessionError) -> LiveChange {
    var next = current
    next.text.replace(old, with: new)
    return try change(to: next)
  }
}
