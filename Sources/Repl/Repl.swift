internal import Glibc
internal import Kernel
internal import Language
internal import Library
internal import Output
package import Session
internal import Syntax
internal import SystemPackage

/// `netcap repl`: lines, from a terminal or from anywhere, that declare, ask and command while the
/// session runs.
package final class Repl {
  package struct Request: Sendable {
    /// What the session starts with: a script's path or name.
    package var script: String?
    package var session: LiveSession.Request

    package init(script: String?, session: LiveSession.Request) {
      self.script = script
      self.session = session
    }
  }

  let session: LiveSession
  let facts: KernelFacts
  let library: ScriptLibrary
  /// What scripts say, and what commands answer.
  let output: Writer
  /// Diagnostics.
  let messages: Writer
  private let request: Request
  private let stop: FileDescriptor
  private var face: Face

  /// Text waits until there is a place for it; else it is written at once.
  private let keepsText: Bool

  /// Lines that were read of a declaration that is not complete.
  private var pending = ""
  private var pendingLine = 0
  private var lineNumber = 0
  private var hasFailed = false
  private var isAtEnd = false
  /// The terminal is another program's.
  private var isLent = false
  /// What is being done is to be left.
  private var isInterrupted = false
  /// Nobody reads any more what is written.
  private var isUnread = false
  /// A file may be written again that this session has written or read.
  var ownFiles: Set<String> = []
  /// Texts that `:edit` did not take, by name.
  var rejected: [String: (of: String, text: String)] = [:]
  private var nextHeld = ContinuousClock.now
  /// Why lines are not kept for other sessions.
  private var historyProblem: Diagnostic?

  /// Where lines come from and where text goes.
  private enum Face {
    case terminal(LineEditor)
    /// No terminal, or not both: lines are executed as they come.
    case lines(LineSource, output: Writer, messages: Writer)
  }

  /// Bytes that are shown before anything else gets its turn.
  private static let shownAtOnce = 16 << 10
  /// How long what is left may take at the end.
  private static let finishTime = Duration.seconds(10)
  /// What was not shown is said at most so often.
  private static let heldInterval = Duration.seconds(1)

  /// Runs a session to its end.
  ///
  /// - Returns: the exit status: 1 where lines that come from no terminal have failed.
  package static func run(_ request: Request) throws(SessionError) -> Int32 {
    try Repl(request).run()
  }

  private init(_ request: Request) throws(SessionError) {
    self.request = request
    do throws(Errno) {
      stop = try Signals.install(forPrompt: true) { LineEditor.restoreAtOnce() }
    } catch {
      throw .cannotRun([Diagnostic(.error, "cannot handle signals: \(error)")])
    }
    facts = KernelFacts()
    library = .ofUser()
    let isTerminal = isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1
    let standardOutput = Writer(.standardOutput, name: "standard output")
    let standardError = Writer(.standardError, name: "standard error")
    // A recording is run while nothing is typed: as fast as its output is taken.
    let isDirect = request.session.readFile != nil
    keepsText = !isDirect
    output = isDirect ? standardOutput : Writer(keeping: "standard output")
    messages =
      isTerminal ? output : isDirect ? standardError : Writer(keeping: "standard error")
    let screen = isTerminal ? Screen(.standardOutput) : nil
    session = try LiveSession(
      request.session, facts: facts, output: output, messages: messages,
      wantsColour: screen?.showsColours ?? false, stop: stop)
    if let screen {
      let sources = CompletionSources.ofThisMachine(facts, library: library) { [session] in
        session.text.syntax
      }
      let completer = Completer(sources)
      var earlier: () -> String = { "" }
      do throws(Errno) {
        let history = History()
        historyProblem = history.problem
        let editor = try LineEditor(
          terminal: .standardInput, screen: screen, history: history,
          completer: { completer.complete($0, cursor: $1, earlier: earlier()) })
        face = .terminal(editor)
      } catch {
        throw .cannotRun([Diagnostic(.error, "cannot use the terminal: \(error)")])
      }
      earlier = { [unowned self] in pending }
    } else {
      face = .lines(LineSource(.standardInput), output: standardOutput, messages: standardError)
    }
    session.wait = { [unowned self] in turn(until: $0) { !isAtEnd } }
  }

  private func run() throws(SessionError) -> Int32 {
    if let historyProblem { say(historyProblem) }
    if let script = request.script {
      guarded { () throws(SessionError) in try load(script) }
    }
    if let word = session.unusedArguments.first {
      fail([Diagnostic(.error, "neither netcap nor the script has an option '\(word)'")])
    }
    while !isAtEnd, session.exitStatus == nil {
      switch face {
      case .terminal(let editor): read(editor)
      case .lines(let source, _, _): read(source)
      }
    }
    if !pending.isEmpty, session.exitStatus == nil { giveUpPending() }
    let losses = session.finish(showsRest: isLines) { show() }
    tellHeld(atEnd: true)
    for line in losses { messages.append(line + "\n") }
    showAll()
    if case .terminal(let editor) = face { editor.restore() }
    return session.exitStatus ?? (hasFailed ? 1 : 0)
  }

  // MARK: Lines

  private func read(_ editor: LineEditor) {
    let input = editor.readLine(prompt: pending.isEmpty ? "netcap> " : "   ...> ") {
      turn(nil, with: editor)
      return !isAtEnd && session.exitStatus == nil
    }
    switch input {
    case .line(let line): take(line)
    case .interrupted: pending = ""
    case .end, .stopped: isAtEnd = true
    }
  }

  private func read(_ source: LineSource) {
    let line = source.next { [self] descriptor in
      turn(until: descriptor) { !isAtEnd && session.exitStatus == nil }
    }
    guard let line else {
      isAtEnd = true
      return
    }
    take(line)
  }

  /// Executes a line, or keeps it until what it begins is complete.
  private func take(_ line: String) {
    isInterrupted = false
    defer { if !keepsText { showAll() } }
    lineNumber += 1
    if pending.isEmpty {
      pendingLine = lineNumber
      switch ReplLine(line) {
      case .blank: return
      case .command(let name, let arguments):
        return guarded { () throws(SessionError) in
          let command: ReplCommand
          do throws(Diagnostic) {
            command = try ReplCommand(name: name, arguments: arguments)
          } catch {
            throw .usage(error)
          }
          try perform(command)
        }
      case .script: break
      }
    }
    let text = pending + line
    do throws(LiveInput.Problem) {
      let input = try LiveInput(SourceText(name: sourceName, text: padding + text))
      pending = ""
      guarded { () throws(SessionError) in try enter(input) }
    } catch {
      switch error {
      case .incomplete: pending = text + "\n"
      case .mistakes(let mistakes):
        pending = ""
        fail(mistakes)
      }
    }
  }

  private func giveUpPending() {
    do throws(LiveInput.Problem) {
      _ = try LiveInput(SourceText(name: sourceName, text: padding + pending), isFile: true)
    } catch {
      if case .mistakes(let mistakes) = error { fail(mistakes) }
    }
  }

  private var isLines: Bool { if case .lines = face { true } else { false } }

  /// What diagnostics call the lines.
  private var sourceName: String {
    if case .terminal = face { "prompt" } else { "standard input" }
  }

  /// So that lines have the numbers that they have in the file.
  private var padding: String {
    if case .terminal = face { "" } else { String(repeating: "\n", count: pendingLine - 1) }
  }

  // MARK: Failures

  /// Does something; what goes wrong is said, and the session goes on.
  func guarded(_ body: () throws(SessionError) -> Void) {
    do throws(SessionError) { try body() } catch { fail(error.diagnostics) }
  }

  func fail(_ diagnostics: [Diagnostic]) {
    // At a terminal that is part of the conversation.
    if case .lines = face { hasFailed = true }
    for diagnostic in diagnostics { say(numbered(diagnostic)) }
  }

  /// A place in a command, as one in the file that it is from.
  private func numbered(_ diagnostic: Diagnostic) -> Diagnostic {
    guard case .lines = face, let place = diagnostic.place, place.source.name == "prompt" else {
      return diagnostic
    }
    let shift = pendingLine - 1
    return Diagnostic(
      diagnostic.severity, diagnostic.message,
      at: Diagnostic.Place(
        SourceText(name: sourceName, text: padding + place.source.text),
        Span(place.span.start + shift..<place.span.end + shift)), hints: diagnostic.hints)
  }

  func say(_ diagnostic: Diagnostic) {
    let text = diagnostic.rendered() + "\n"
    if isLines { messages.append(text) } else { session.say(text) }
  }

  func answer(_ lines: [String]) { for line in lines { session.say(line.terminalSafe + "\n") } }

  // MARK: The loop

  /// Goes round the loop until a descriptor is readable.
  ///
  /// - Returns: false if it is not, and no longer waited for.
  @discardableResult
  private func turn(until descriptor: FileDescriptor, while isWanted: () -> Bool) -> Bool {
    while isWanted() {
      if turn(descriptor, with: nil) { return true }
    }
    return false
  }

  /// Goes round the loop until a time.
  func turn(until time: ContinuousClock.Instant) {
    while !isAtEnd, !isInterrupted, session.exitStatus == nil, ContinuousClock.now < time {
      _ = turn(nil, with: nil, until: time)
    }
  }

  /// Goes round the loop as long as it is asked to.
  func turn(while isWanted: () -> Bool) {
    while !isInterrupted || isLent, isLent || !isAtEnd && session.exitStatus == nil, isWanted() {
      _ = turn(nil, with: nil, until: .now + .milliseconds(20))
    }
  }

  /// Once round the loop.
  ///
  /// - Parameters:
  ///   - editor: a line is being typed there.
  /// - Returns: whether the descriptor is readable.
  @discardableResult
  private func turn(
    _ descriptor: FileDescriptor?, with editor: LineEditor?,
    until time: ContinuousClock.Instant? = nil
  ) -> Bool {
    var set = PollSet()
    set.add(stop, .read)
    if let descriptor { set.add(descriptor, .read) }
    session.addInterests(to: &set)
    editor?.addInterests(to: &set)
    let hasShown = show()
    switch face {
    case .terminal(let editor): editor.screen.addInterests(to: &set)
    case .lines(_, let output, let messages):
      output.addInterests(to: &set)
      messages.addInterests(to: &set)
    }
    var wake = [session.wakeTime, time].compactMap { $0 }.min()
    if hasMore || hasShown { wake = .now }
    set.wait(until: wake)
    if set.isReady(stop, .read) { obeySignal() }
    hasMore = session.turn(set)
    tellHeld()
    show()
    return descriptor.map { set.isReady($0, .read) } ?? false
  }

  /// The ring has more than could be handed out at once.
  private var hasMore = false

  private func obeySignal() {
    switch Signals.take() {
    case SIGINT:
      switch face {
      // What is being done is interrupted, and lines that were typed ahead with it.
      case .terminal(let editor):
        editor.dropTyped()
        isInterrupted = true
      case .lines: isAtEnd = true
      }
    case nil: break
    default: isAtEnd = true
    }
  }

  private func tellHeld(atEnd: Bool = false) {
    let now = ContinuousClock.now
    if !atEnd, now < nextHeld || session.isPaused { return }
    nextHeld = now + Self.heldInterval
    for (count, reason) in session.takeHeld() {
      answer(["(\(count) not shown \(reason))"])
    }
  }

  /// Passes on what there is to be shown, as far as there is room for it.
  ///
  /// - Returns: whether there was anything.
  @discardableResult
  private func show() -> Bool {
    if !keepsText { return flush() }
    var isAnything = false
    switch face {
    case .terminal(let editor):
      if isLent { return false }
      // What is typed is never behind more than this.
      if editor.screen.isEmpty, editor.screen.above.isEmpty {
        output.takeLines(upTo: Self.shownAtOnce) {
          isAnything = true
          editor.showAbove($0)
        }
      }
      // While a line is typed this is the editor's.
      do throws(OutputError) { try editor.screen.flush() } catch { giveUp() }
    case .lines(_, let standardOutput, let standardError):
      for (from, to) in [(messages, standardError), (output, standardOutput)] {
        if to.hasRoom {
          from.takeLines(upTo: 1 << 20) {
            isAnything = true
            to.append($0)
          }
        }
        do throws(OutputError) { try to.flush() } catch { giveUp() }
      }
    }
    return isAnything
  }

  /// Writes what is queued.
  ///
  /// - Returns: whether something is left.
  private func flush() -> Bool {
    do throws(OutputError) {
      try messages.flush()
      try output.flush()
    } catch {
      giveUp()
      return false
    }
    return !messages.isEmpty || !output.isEmpty
  }

  private func giveUp() {
    isUnread = true
    isAtEnd = true
  }

  /// The same, until nothing is left.
  func showAll() {
    var set = PollSet()
    var isLeft = true
    // A terminal that is stopped does not keep the process.
    let deadline = ContinuousClock.now + Self.finishTime
    while isLeft, !isUnread, !isAtEnd || ContinuousClock.now < deadline {
      isLeft = show()
      set.removeAll()
      switch face {
      case .terminal(let editor):
        editor.screen.addInterests(to: &set)
        if !editor.screen.isEmpty { isLeft = true }
      case .lines(_, let output, let messages):
        output.addInterests(to: &set)
        messages.addInterests(to: &set)
        if !output.isEmpty || !messages.isEmpty { isLeft = true }
      }
      if isLeft { set.wait(until: .now + .milliseconds(20)) }
    }
  }

  /// Lends the terminal to another program.
  func withTerminal(_ body: () -> Void) {
    guard case .terminal(let editor) = face else { return body() }
    showAll()
    editor.restore()
    isLent = true
    body()
    isLent = false
    editor.restore()
  }

  func end() { isAtEnd = true }
}
