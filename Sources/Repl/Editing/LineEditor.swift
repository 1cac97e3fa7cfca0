internal import CLibedit
package import Output
package import SystemPackage

/// What the prompt's lines are typed into.
///
/// Keys and the line are libedit's (``Libedit``); what they look like is painted from the line
/// (``Layout``, ``EditArea``), whenever all that has been typed is used up and the screen has taken
/// what was written before. One thread only; one editor in a process.
package final class LineEditor {
  package enum Input: Sendable, Equatable {
    /// Without its newline.
    case line(String)
    /// ^C: the line, and what it continues, is dropped.
    case interrupted
    /// ^D on an empty line, or the terminal is gone.
    case end
    /// `wait` has said that no line is wanted any more.
    case stopped
  }

  let screen: Screen
  let libedit: Libedit
  private let terminal: Terminal
  private let signals: TerminalSignals
  private let history: History
  let completer: (String, Int) -> Completion

  private var typed = TypedBytes()
  private var area: EditArea
  var size: (rows: Int, columns: Int)
  private var prompt = ""
  /// Characters for libedit that were not typed.
  private var replayed: ArraySlice<UInt8> = []
  private var isPasting = false
  private var isReading = false
  private var outcome: Input?
  private var isGone = false

  /// The terminal has another width, and is asked where the cursor is.
  private struct Question {
    let before: (line: [Unicode.Scalar], cursor: Int)
    let narrowest: Int
    let asked: ContinuousClock.Instant
  }
  private var question: Question?
  private var painted: (line: [Unicode.Scalar], cursor: Int) = ([], 0)
  /// All terminals answer; one that does not is not waited for.
  private static let patience = Duration.seconds(2)

  /// Takes the terminal over when the first line is read.
  ///
  /// - Parameters:
  ///   - terminal: what is typed; stays the caller's to close.
  ///   - screen: the same terminal, as what is written to.
  ///   - completer: asked at Tab, with the line and the cursor's offset in it in UTF-8 bytes.
  /// - Throws: ENOTTY where it is no terminal, and what pipe(2) says.
  package init(
    terminal: FileDescriptor, screen: Screen, history: History,
    completer: @escaping (String, Int) -> Completion
  ) throws(Errno) {
    Terminal.setLocale()
    self.terminal = try Terminal(terminal, isPlain: screen.isPlain)
    self.screen = screen
    self.history = history
    self.completer = completer
    libedit = try Libedit(terminal: terminal, lines: History.limit)
    signals = try TerminalSignals()
    area = EditArea(isPlain: screen.isPlain)
    size = screen.size
    for line in history.lines { libedit.remember(line) }
  }

  deinit { LineEditor.restoreAtOnce() }

  /// Asks for a line.
  ///
  /// - Parameters:
  ///   - prompt: stands before the line.
  ///   - wait: called again and again until there is a line. It polls what ``addInterests(to:)``
  ///     adds and whatever else the session waits for, and returns after the first of them, or false
  ///     if no line is wanted any more. It may call ``showAbove(_:)``, which is seen when it returns.
  package func readLine(prompt: String, wait: () -> Bool) -> Input {
    self.prompt = prompt
    outcome = nil
    isReading = true
    size = screen.size
    terminal.set(.editing, on: screen)
    withoutActuallyEscaping(wait) { wait in
      let isLine = libedit.run(
        next: { [unowned self] in nextCharacter(wait) },
        pressed: { [unowned self] in pressed($0, wait) })
      if isLine, outcome == nil { accept() }
    }
    let result = outcome ?? .end
    paintAtEnd()
    if result == .interrupted { screen.append("^C") }
    screen.append(area.leave())
    isReading = false
    terminal.set(.running, on: screen)
    flush()
    if case .line(let line) = result, history.add(line) { libedit.remember(line) }
    return result
  }

  /// Shows whole lines above the prompt; what is typed stays as it is, below them.
  ///
  /// Between two lines they are queued for the screen at once. Cheap: what comes until the screen
  /// can be painted again is shown together.
  package func showAbove(_ bytes: UnsafeRawBufferPointer) {
    if bytes.isEmpty { return }
    if isReading { screen.keepAbove(bytes) } else { screen.append(bytes) }
  }

  package func showAbove(_ text: String) {
    var text = text
    text.withUTF8 { showAbove(UnsafeRawBufferPointer($0)) }
  }

  /// What makes `wait` return for the editor's sake: keys, the window's size, room on the screen.
  package func addInterests(to set: inout PollSet) {
    set.add(terminal.descriptor, .read)
    set.add(signals.descriptor, .read)
    screen.addInterests(to: &set)
  }

  /// Forgets what has been typed for lines to come: a paste whose first lines were interrupted.
  package func dropTyped() {
    typed.removeAll()
    isPasting = false
  }

  /// Gives the terminal back as it was found.
  package func restore() {
    terminal.set(.found, on: screen)
    flush()
  }

  /// The same for a signal's handler that ends the process: async-signal-safe, and without the
  /// screen's queue.
  package static func restoreAtOnce() { Terminal.restoreAtOnce() }

  // MARK: - What libedit asks for

  /// The next character for libedit; nil: there will be none.
  private func nextCharacter(_ wait: () -> Bool) -> UInt32? {
    while true {
      if let byte = replayed.popFirst() { return UInt32(byte) }
      if isPasting {
        // The rest of a paste is for the next line; libedit knows the key that begins one.
        replayed = TypedBytes.pasteBegin[...]
        continue
      }
      switch typed.next(isSearching: libedit.isSearching) {
      case .character(let character): return character.value
      case .cursor(let column): widthHasChanged(column: column)
      case .incomplete: if !more(wait) { return nil }
      }
    }
  }

  private func pressed(_ key: nc_key, _ wait: () -> Bool) -> nc_after_key {
    switch key {
    case NC_KEY_ENTER: accept()
    case NC_KEY_INTERRUPT: outcome = .interrupted
    case NC_KEY_SUSPEND: suspend()
    case NC_KEY_CLEAR: clear()
    case NC_KEY_COMPLETE: complete()
    case NC_KEY_PASTE: paste(wait)
    default: break
    }
    return outcome == nil ? NC_GO_ON : NC_LINE_ENDS
  }

  private func accept() {
    var characters = libedit.line.characters
    if characters.last == "\n" { characters.removeLast() }
    var line = ""
    line.unicodeScalars.append(contentsOf: characters)
    outcome = .line(line)
  }

  private func paste(_ wait: () -> Bool) {
    isPasting = true
    while isPasting {
      switch typed.nextPasted() {
      case .text(let characters): libedit.insert(characters)
      case .newline: return accept()
      case .end: isPasting = false
      case .incomplete: if !more(wait) { return }
      }
    }
  }

  private func clear() {
    if !screen.isPlain { screen.append("\u{1b}[H\u{1b}[2J") }
    area.forget()
  }

  private func suspend() {
    paintAtEnd()
    screen.append(area.leave())
    restore()
    signals.stop()
    terminal.set(.editing, on: screen)
    size = screen.size
  }

  // MARK: - Waiting

  /// Paints, and waits until more has been typed or anything else has happened.
  ///
  /// - Returns: false if the line is at its end; ``outcome`` says why.
  private func more(_ wait: () -> Bool) -> Bool {
    obeySignals()
    if let question, question.asked + LineEditor.patience < .now { widthHasChanged(column: nil) }
    flush()
    if screen.isEmpty, question == nil {
      paint()
      flush()
    }
    if !isGone, !wait() {
      outcome = .stopped
      return false
    }
    if isGone || !terminal.read(into: &typed) {
      outcome = .end
      return false
    }
    return true
  }

  private func flush() {
    // An error is the terminal's end.
    do { try screen.flush() } catch { isGone = true }
  }

  private func obeySignals() {
    let signals = signals.take()
    if signals.continued {
      terminal.setAgain(on: screen)
      if area.isShown, !screen.isPlain { screen.append("\r\u{1b}[J") }
      area.forget()
      size = screen.size
    }
    if signals.resized { sizeHasChanged() }
  }

  private func sizeHasChanged() {
    let width = size.columns
    size = screen.size
    if size.columns == width || screen.isPlain || !area.isShown { return }
    question = Question(
      before: painted, narrowest: min(question?.narrowest ?? size.columns, size.columns),
      asked: .now)
    typed.questions += 1
    screen.append("\u{1b}[6n")
  }

  /// The terminal has said where the cursor is, or is not going to (nil).
  private func widthHasChanged(column: Int?) {
    if column == nil { typed.questions = 0 }
    // Only the last answer is about the width that it has now.
    guard let question, typed.questions == 0 else { return }
    self.question = nil
    area.widthHasChanged(
      rewrapped: layout(question.before.line, question.before.cursor),
      narrowest: question.narrowest, height: size.rows, column: column)
  }

  // MARK: - Painting

  private func layout(_ line: [Unicode.Scalar], _ cursor: Int) -> Layout {
    if screen.isPlain {
      return Layout(sliding: line, prompt: prompt, cursor: cursor, width: size.columns)
    }
    let bold = screen.showsColours ? ("\u{1b}[1m", "\u{1b}[0m") : ("", "")
    return Layout(prompt: prompt, style: bold, line: line, cursor: cursor, width: size.columns)
  }

  /// Shows what waits for its place above the prompt, and the line as it is.
  private func paint() {
    let line = libedit.line
    paint(line.characters, cursor: line.cursor)
  }

  /// The line with the cursor behind it, as the last that is seen of it.
  private func paintAtEnd() {
    if question != nil { widthHasChanged(column: nil) }
    var characters = libedit.line.characters
    if let newline = characters.firstIndex(of: "\n") { characters.removeSubrange(newline...) }
    paint(characters, cursor: characters.count)
  }

  private func paint(_ characters: [Unicode.Scalar], cursor: Int) {
    if !screen.above.isEmpty {
      screen.append(area.erase())
      screen.moveAbove()
    }
    painted = (characters, cursor)
    screen.append(area.paint(layout(characters, cursor), height: size.rows))
  }
}
