/// Makes a tree of a script's text, and says what is wrong with it.
///
/// Recursive descent; expressions by precedence. Keywords are such only where they can be: a name that
/// `=`, `.` or `[` follows is a name. A line's end counts only where a statement may end: where
/// something has to follow, it may stand on the next line.
package struct Parser {
  let source: SourceText
  let isPrompt: Bool
  var lexer: Lexer
  /// The token to look at; not taken yet.
  var current: Token
  /// Tokens behind `current` that have been looked at.
  private var ahead: [Token] = []
  /// Every token taken so far: what a ``Formatter`` lays out.
  private(set) var taken: [TakenToken] = []
  /// Where the last token taken ends.
  var lastEnd = 0
  private(set) var diagnostics: [Diagnostic] = []
  /// Whether everything that is missing is missing at the end.
  private var isOnlyCutOff = true
  /// Open parentheses and brackets, between which line ends do not count.
  var brackets = 0
  /// How deep in constructs that contain their like.
  var depth = 0
  /// How deep the expression is that was read last: chains of operators make trees too.
  var height = 0
  /// Set before a statement's first token is taken.
  var isAtStatement = false
  /// Within the braces of a text: the end of it is not the end of the source.
  let isFragment: Bool

  /// For a file.
  package init(_ source: SourceText) {
    self.init(source, isPrompt: false)
  }

  /// For what is typed at a prompt: statements and expressions may stand among the declarations.
  package init(prompt source: SourceText) {
    self.init(source, isPrompt: true)
  }

  private init(_ source: SourceText, isPrompt: Bool) {
    self.source = source
    self.isPrompt = isPrompt
    isFragment = false
    lexer = Lexer(source)
    current = lexer.next()
  }

  /// For the expression in an interpolation of another's text.
  init(within span: Span, of parser: Parser) {
    source = parser.source
    isPrompt = parser.isPrompt
    isFragment = true
    lexer = Lexer(source, bytes: parser.lexer.bytes, within: span)
    current = lexer.next()
    lastEnd = span.start
    depth = parser.depth
    brackets = 1
  }

  /// Reads all of the text.
  ///
  /// - Returns: what could be read; what is wrong with the rest; and whether it only ended too early, so
  ///   that more text can make it right.
  package consuming func parse() -> (
    tree: ScriptTree, diagnostics: [Diagnostic], isIncomplete: Bool
  ) {
    let tree = script()
    return (tree, diagnostics, !diagnostics.isEmpty && isOnlyCutOff)
  }

  /// Nesting beyond this is refused: trees are walked recursively.
  static var nestingLimit: Int { 200 }

  /// More mistakes than these are not told.
  static var diagnosticsLimit: Int { 100 }

  // MARK: Tokens

  /// A token behind the current one.
  mutating func peek(_ distance: Int = 1) -> Token {
    while ahead.count < distance { ahead.append(lexer.next()) }
    return ahead[distance - 1]
  }

  /// Takes the current token.
  @discardableResult
  mutating func take(_ layout: Layout = []) -> Token {
    let token = current
    record(token, layout)
    for problem in token.problems { report(problem, isAtEnd: false) }
    current = ahead.isEmpty ? lexer.next() : ahead.removeFirst()
    return token
  }

  private mutating func record(_ token: Token, _ layout: Layout) {
    var layout = layout
    if isAtStatement {
      layout.insert(.startsStatement)
      isAtStatement = false
    }
    let hasLineBreak =
      token.kind == .c
      && lexer.bytes[token.span.start..<token.span.end].contains(UInt8(ascii: "\n"))
    taken.append(TakenToken(token: token, layout: layout, hasLineBreak: hasLineBreak))
    lastEnd = token.span.end
  }

  /// Takes a `;`. As it means no more than a line's end, what stands before it stands before the next
  /// token.
  mutating func takeSeparator() {
    let separator = take(.separates)
    if !separator.comments.isEmpty {
      if current.comments.isEmpty {
        current.lineBreaks = max(1, current.lineBreaks)
      } else {
        current.comments[0].lineBreaks = max(1, current.comments[0].lineBreaks)
      }
      current.comments = separator.comments + current.comments
    } else if current.comments.isEmpty {
      current.lineBreaks = max(current.lineBreaks, separator.lineBreaks)
    }
  }

  /// Takes the function, tracepoint or category that begins at the current token, if one does.
  mutating func takePointName(_ layout: Layout = []) -> Token? {
    guard var token = lexer.pointName(at: current.span.start) else { return nil }
    ahead.removeAll()
    token.comments = current.comments
    token.lineBreaks = current.lineBreaks
    record(token, layout)
    current = lexer.next()
    return token
  }

  /// Takes the C in the braces that begin at the current token.
  mutating func takeC() -> CBlock {
    ahead.removeAll()
    let open = current
    let (span, isClosed) = lexer.cText(from: open.span.start)
    let token = Token(
      .c, span: Span(open.span.start..<lexer.offset), lineBreaks: open.lineBreaks,
      comments: open.comments)
    record(token, [])
    if !isClosed {
      report(
        "the C block is not closed", at: open.span, hints: ["a '}' is missing"], isAtEnd: true)
    }
    current = lexer.next()
    return CBlock(text: lexer.text(span.start..<span.end), span: span)
  }

  func isAt(_ mark: Mark) -> Bool { current.kind == .mark(mark) }

  func isAt(_ word: String) -> Bool { current.kind == .identifier(word) }

  var isAtEnd: Bool { current.kind == .end }

  /// Whether the statement may end before the current token: its line does, and no bracket is open.
  var isAtLineEnd: Bool { isAtEnd || (current.startsLine && brackets == 0) }

  /// Whether the statement has to end before the current token.
  var isAtStatementEnd: Bool { isAtLineEnd || isAt(.semicolon) || isAt(.closeBrace) }

  func span(from start: Int) -> Span { Span(start..<max(start, lastEnd)) }

  // MARK: Errors

  /// What is left out of the tree has been reported.
  struct Abandoned: Error {}

  mutating func report(
    _ message: String, at span: Span, hints: [String] = [], isAtEnd: Bool = false
  ) {
    report(
      Diagnostic(.error, message, at: Diagnostic.Place(source, span), hints: hints),
      isAtEnd: isAtEnd)
  }

  mutating func report(_ diagnostic: Diagnostic, isAtEnd: Bool) {
    if !isAtEnd { isOnlyCutOff = false }
    // One place, one error: the first is the cause.
    if let last = diagnostics.last, let place = last.place,
      place.span.start == diagnostic.place?.span.start
    {
      return
    }
    guard diagnostics.count < Parser.diagnosticsLimit else { return }
    diagnostics.append(diagnostic)
  }

  mutating func append(_ others: [Diagnostic]) {
    for diagnostic in others { report(diagnostic, isAtEnd: false) }
  }

  /// Says that something else was expected than the current token.
  ///
  /// - Parameter words: what it may have been meant to be.
  mutating func unexpected(
    _ expected: String, hints: [String] = [], words: [String] = []
  ) -> Abandoned {
    var hints = hints
    // A short name is near to everything.
    if case .identifier(let word) = current.kind, word.count > 1 {
      let near = nearestNames(to: word, among: words)
      if !near.isEmpty { hints = ["did you mean \(near.joined(separator: ", "))?"] }
    }
    if current.kind == .invalid {
      for problem in current.problems { report(problem, isAtEnd: false) }
      return Abandoned()
    }
    let isEndOfLine = isAtEnd || (current.startsLine && !isAtStatement)
    let span = isEndOfLine ? Span(lastEnd..<lastEnd) : current.span
    report(
      "expected \(expected), found \(isEndOfLine && !isAtEnd ? "the end of the line" : found())",
      at: span, hints: hints, isAtEnd: isAtEnd)
    return Abandoned()
  }

  /// The current token, as a message says it.
  func found() -> String {
    switch current.kind {
    case .end: isFragment ? "the end of the braces" : "the end of the text"
    case .string: "a text in quotes"
    case .identifier, .integer, .duration, .mark, .c, .invalid:
      "'\(lexer.text(current.span.start..<current.span.end))'"
    }
  }

  mutating func expect(
    _ mark: Mark, _ layout: Layout = [], hints: [String] = []
  ) throws(Abandoned) {
    guard isAt(mark) else { throw unexpected("'\(mark.rawValue)'", hints: hints) }
    take(layout)
  }

  /// Takes a name; `what` is what it names.
  mutating func name(
    _ what: String, _ layout: Layout = [], hints: [String] = []
  ) throws(Abandoned) -> Name {
    guard case .identifier(let text) = current.kind else { throw unexpected(what, hints: hints) }
    let token = take(layout)
    return Name(text, token.span)
  }

  /// Runs what may contain its like again, and refuses where that goes too deep.
  mutating func nested<Result>(
    _ body: (inout Parser) throws(Abandoned) -> Result
  ) throws(Abandoned) -> Result {
    guard depth < Parser.nestingLimit else { throw tooDeep(at: current.span) }
    depth += 1
    defer { depth -= 1 }
    return try body(&self)
  }

  mutating func tooDeep(at span: Span) -> Abandoned {
    report(
      "nested too deeply", at: span, hints: ["parts of it can have names of their own: let, func"])
    return Abandoned()
  }

  /// Reads between brackets, the first of which is the current token; line ends do not count there.
  mutating func bracketed<Result>(
    _ close: Mark, isTight: Bool, _ body: (inout Parser) throws(Abandoned) -> Result
  ) throws(Abandoned) -> Result {
    take(isTight ? [.opens, .tightBefore, .tightAfter] : [.opens, .tightAfter])
    brackets += 1
    let result = try body(&self)
    guard isAt(close) else { throw unexpected("',' or '\(close.rawValue)'") }
    brackets -= 1
    take([.closes, .tightBefore])
    return result
  }

  // MARK: Recovery

  /// After an error in a statement: to the next one, or to the brace that closes the block.
  mutating func skipStatement(from start: Int) {
    brackets = 0
    isAtStatement = false
    if current.span.start == start, !isAt(.closeBrace), !isAtEnd { skipToken() }
    while !isAtEnd, !isAt(.closeBrace), !current.startsLine {
      let isSeparator = isAt(.semicolon)
      skipToken()
      if isSeparator { return }
    }
  }

  /// After an error in a declaration: to what looks like the next one.
  mutating func skipDeclaration(from start: Int) {
    brackets = 0
    isAtStatement = false
    if current.span.start == start, !isAtEnd { skipToken() }
    while !isAtEnd {
      if current.startsLine, startsDeclaration() || isAtColumnOne { return }
      let isSeparator = isAt(.semicolon)
      skipToken()
      if isSeparator, startsDeclaration() { return }
    }
  }

  var isAtColumnOne: Bool {
    !isAt(.closeBrace)
      && (current.span.start == 0 || lexer.bytes[current.span.start - 1] == UInt8(ascii: "\n"))
  }

  /// Skips one token, or all from an open brace to its closing one. What is wrong with a token itself
  /// is still said.
  private mutating func skipToken() {
    let isC = isAt("c")
    let isBrace = isAt(.openBrace)
    take()
    if isC, isAt(.openBrace) {
      _ = takeC()
    } else if isBrace {
      var open = 1
      while open > 0, !isAtEnd {
        if isAt(.openBrace) { open += 1 }
        if isAt(.closeBrace) { open -= 1 }
        take()
      }
    }
  }
}
