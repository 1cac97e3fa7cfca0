/// Lays a script out: four spaces a level, one space where there is one, a statement a line.
///
/// It moves tokens and never changes one, so that the meaning stays. Kept are comments, single blank
/// lines, line breaks within a statement, blocks on one line that fit, and the text of C blocks.
package struct Formatter {
  /// How long a line with a block on it may be, without a comment behind it.
  static var lineLimit: Int { 100 }

  private let parser: Parser
  /// Of what is laid out now; lines are finished but for the last one.
  private var lines: [Substring] = []
  private var line = ""
  /// Whether the text so far, if any, ends with a blank line or an open brace: no blank line follows.
  private var isFresh = true

  private init(_ parser: Parser) { self.parser = parser }

  /// - Returns: the text laid out; nil where it cannot be parsed, for which the diagnostics say why.
  package static func format(_ source: SourceText) -> (text: String?, diagnostics: [Diagnostic]) {
    format(Parser(source))
  }

  /// The same for what stands at a prompt.
  package static func format(
    prompt source: SourceText
  ) -> (text: String?, diagnostics: [Diagnostic]) {
    format(Parser(prompt: source))
  }

  private static func format(
    _ parser: consuming Parser
  ) -> (text: String?, diagnostics: [Diagnostic]) {
    var parser = parser
    _ = parser.script()
    if !parser.diagnostics.isEmpty { return (nil, parser.diagnostics) }
    var formatter = Formatter(parser)
    var reader = LayoutReader(parser.taken[...])
    for statement in reader.statements() { formatter.add(statement, indent: 0) }
    formatter.addComments(before: parser.current, indent: 0)
    formatter.endLine()
    let text = formatter.lines.map { $0 + "\n" }.joined()
    return (text, [])
  }

  // MARK: Lines

  private mutating func endLine() {
    guard !line.isEmpty else { return }
    lines.append(Substring(line))
    line = ""
    isFresh = false
  }

  private mutating func startLine(indent: Int, isAfterBlank: Bool) {
    endLine()
    if isAfterBlank, !isFresh { lines.append("") }
    line = String(repeating: " ", count: indent)
  }

  private func text(_ token: TakenToken) -> String {
    parser.lexer.text(token.token.span.start..<token.token.span.end)
  }

  /// The comments before a token: the first perhaps behind what is there, the others on their lines.
  private mutating func addComments(before token: Token, indent: Int) {
    for comment in token.comments {
      if comment.lineBreaks == 0, !line.isEmpty {
        let isBehindBrace = line.last == "{"
        line += "  " + comment.text
        endLine()
        isFresh = isBehindBrace
      } else {
        startLine(indent: indent, isAfterBlank: comment.lineBreaks > 1)
        line += comment.text
        endLine()
      }
    }
  }

  // MARK: Statements

  private mutating func add(_ statement: LaidStatement, indent: Int) {
    let breaksBlocks = !fits(statement, indent: indent)
    var indents = Indents(statement: indent)
    var previous: TakenToken?
    for (index, item) in statement.items.enumerated() {
      let token = item.first
      if index == 0 {
        addComments(before: token.token, indent: indent)
        startLine(indent: indent, isAfterBlank: token.token.lineBreaks > 1)
      } else {
        let next = indents.next(token)
        if Self.breaks(before: token) {
          addComments(before: token.token, indent: next)
          startLine(indent: next, isAfterBlank: token.token.lineBreaks > 1)
          indents.line = next
        } else if Self.hasSpace(between: previous, token) {
          line += " "
        }
      }
      switch item {
      case .token(let token):
        indents.take(token)
        add(text(token))
        previous = token
      case .block(let block):
        if block.isOnOneLine && !breaksBlocks {
          add(flat(block))
        } else {
          add(block, indent: indent)
          indents.line = indent
        }
        previous = block.close
      }
    }
  }

  /// A token's text; that of C may have several lines.
  private mutating func add(_ text: String) {
    line += text
    guard line.utf8.contains(UInt8(ascii: "\n")) else { return }
    var parts = line.split(separator: "\n", omittingEmptySubsequences: false)
    let last = parts.removeLast()
    lines += parts
    line = String(last)
    isFresh = false
  }

  /// Whether a token begins a line: because it did, or because comments stand before it.
  private static func breaks(before token: TakenToken) -> Bool {
    !token.token.comments.isEmpty
      || token.token.startsLine && !token.layout.contains(.opensBlock)
  }

  private static func hasSpace(between previous: TakenToken?, _ token: TakenToken) -> Bool {
    guard let previous else { return false }
    return !previous.layout.contains(.tightAfter) && !token.layout.contains(.tightBefore)
  }

  private mutating func add(_ block: LaidBlock, indent: Int) {
    if block.statements.isEmpty, block.close.token.comments.isEmpty {
      line += "{}"
      return
    }
    line += "{"
    // Comments behind the brace stay there; nothing else follows it on its line.
    let first = block.statements.first?.items[0].first ?? block.close
    if first.token.comments.first?.lineBreaks != 0 { endLine() }
    isFresh = true
    for statement in block.statements { add(statement, indent: indent + 4) }
    addComments(before: block.close.token, indent: indent + 4)
    startLine(indent: indent, isAfterBlank: false)
    line += "}"
  }

  // MARK: Blocks on one line

  private func flat(_ block: LaidBlock) -> String {
    block.statements.isEmpty
      ? "{}" : "{ \(block.statements.map(flat).joined(separator: "; ")) }"
  }

  private func flat(_ statement: LaidStatement) -> String {
    var text = ""
    var previous: TakenToken?
    for item in statement.items {
      if Self.hasSpace(between: previous, item.first) { text += " " }
      switch item {
      case .token(let token):
        text += self.text(token)
        previous = token
      case .block(let block):
        text += flat(block)
        previous = block.close
      }
    }
    return text
  }

  /// Whether each line of the statement that has a whole block on it is short enough.
  private func fits(_ statement: LaidStatement, indent: Int) -> Bool {
    var width = indent
    var hasBlock = false
    var previous: TakenToken?
    var indents = Indents(statement: indent)
    for (index, item) in statement.items.enumerated() {
      let token = item.first
      let next = indents.next(token)
      if index > 0, Self.breaks(before: token) {
        if hasBlock, width > Self.lineLimit { return false }
        (width, hasBlock) = (next, false)
        indents.line = next
      } else if Self.hasSpace(between: previous, token) {
        width += 1
      }
      switch item {
      case .token(let token):
        let lines = text(token).split(separator: "\n", omittingEmptySubsequences: false)
        if lines.count > 1 {
          if hasBlock, width + lines[0].count > Self.lineLimit { return false }
          (width, hasBlock) = (0, false)
        }
        width += lines.last?.unicodeScalars.count ?? 0
        indents.take(token)
        previous = token
      case .block(let block):
        if block.isOnOneLine {
          width += flat(block).unicodeScalars.count
          hasBlock = hasBlock || !block.statements.isEmpty
        } else {
          if hasBlock, width + 1 > Self.lineLimit { return false }
          (width, hasBlock) = (indent + 1, false)
          indents.line = indent
        }
        previous = block.close
      }
    }
    return !hasBlock || width <= Self.lineLimit
  }
}

/// Where the lines of a statement begin that are not its first.
private struct Indents {
  let statement: Int
  /// Of the line that is being laid out.
  var line: Int
  /// Of the lines that the brackets open now were opened on.
  private var opened: [Int] = []

  init(statement: Int) {
    self.statement = statement
    line = statement
  }

  /// Where a token would begin a line. A closing bracket stands under the line of its opening one.
  mutating func next(_ token: TakenToken) -> Int {
    if token.layout.contains(.closes), let last = opened.popLast() { return last }
    return (opened.last ?? statement) + 4
  }

  mutating func take(_ token: TakenToken) {
    if token.layout.contains(.opens) { opened.append(line) }
  }
}
