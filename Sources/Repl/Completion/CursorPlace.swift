internal import Syntax

/// Where in a text its end is: what has been typed before the cursor, as words in brackets.
struct CursorPlace {
  /// What the end is in.
  enum Part: Equatable {
    case code
    /// A text in quotes, whose content begins at an offset.
    case text(from: Int)
    /// `{x` in a text: from behind the brace.
    case interpolation(from: Int)
    /// `{x:` in a text: from behind the colon.
    case format(from: Int)
    /// Comments, C, numbers.
    case nothing
  }

  struct Frame {
    enum Kind: Equatable {
      case block, set, parenthesis, bracket
    }

    let kind: Kind
    /// The token that opened it.
    let open: Int
    /// The first token of the statement that is being written in a block.
    var statement: Int
  }

  let source: SourceText
  let bytes: [UInt8]
  /// All that stand before the word at the cursor; of a text in quotes, before that.
  private(set) var tokens: [Token] = []
  /// The word at the cursor: from here to the end.
  private(set) var wordStart: Int
  private(set) var part = Part.code
  /// Open brackets, the outermost first.
  private(set) var frames: [Frame] = []
  /// The first token of the declaration that is being written.
  private(set) var declaration = 0

  init(_ text: String) {
    source = SourceText(name: "prompt", text: text)
    bytes = Array(text.utf8)
    wordStart = bytes.count
    readTokens()
    if part != .nothing { findFrames() }
  }

  var word: String { String(decoding: bytes[wordStart...], as: UTF8.self) }

  /// Tokens of the declaration that is being written.
  var declarationTokens: ArraySlice<Token> { tokens[min(declaration, tokens.count)...] }

  /// Tokens of the statement that is being written; outside of blocks, of the declaration.
  var statementTokens: ArraySlice<Token> {
    let start = frames.last { $0.kind == .block }?.statement ?? declaration
    return tokens[min(start, tokens.count)...]
  }

  /// Open brackets within the statement.
  var innerFrames: ArraySlice<Frame> {
    frames[(frames.lastIndex { $0.kind == .block }.map { $0 + 1 } ?? 0)...]
  }

  var isInBlock: Bool { frames.contains { $0.kind == .block } }

  /// The text before the statement that is being written.
  var textBeforeStatement: String {
    guard let first = statementTokens.first else {
      return String(decoding: bytes[..<(partStart ?? wordStart)], as: UTF8.self)
    }
    return String(decoding: bytes[..<first.span.start], as: UTF8.self)
  }

  /// The opening quote of the text that the cursor is in.
  private var partStart: Int? {
    switch part {
    case .text, .interpolation, .format: quote
    case .code, .nothing: nil
    }
  }

  private(set) var quote: Int?

  func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

  // MARK: Words

  private mutating func readTokens() {
    var lexer = Lexer(source)
    while true {
      let token = lexer.next()
      if token.kind == .end {
        if let last = token.comments.last, token.lineBreaks == 0, last.kind != .shebang {
          part = .nothing
        }
        end = token
        return
      }
      if opensC(token) {
        guard lexer.cText(from: token.span.start).1 else {
          part = .nothing
          return
        }
        tokens.append(Token(.c, span: token.span, lineBreaks: token.lineBreaks))
        continue
      }
      if token.span.end == bytes.count, isAtCursor(token) { return }
      tokens.append(token)
    }
  }

  /// What follows the last of the tokens: the word at the cursor, or the end.
  private var end = Token(.end, span: Span(0..<0))

  private func opensC(_ token: Token) -> Bool {
    guard token.kind == .mark(.openBrace), let last = tokens.last, last.kind == .identifier("c")
    else { return false }
    guard let before = tokens.dropLast().last, !last.startsLine else { return true }
    switch before.kind {
    case .identifier(let word): return word == "where" || word == "from"
    case .mark(let mark): return [.openBrace, .closeBrace, .semicolon].contains(mark)
    case .c: return true
    case .integer, .duration, .string, .invalid, .end: return false
    }
  }

  /// Whether the last token is still being written; then it is none of the tokens.
  private mutating func isAtCursor(_ token: Token) -> Bool {
    switch token.kind {
    case .identifier: wordStart = token.span.start
    case .string:
      part = textPart(from: token.span.start)
      if part == .code { return false }
      quote = token.span.start
    case .integer, .duration, .invalid, .c: part = .nothing
    case .mark, .end: return false
    }
    end = token
    return true
  }

  /// What the end of the text is in, of a text in quotes that begins at an offset.
  private func textPart(from start: Int) -> Part {
    enum Level {
      case text(Int)
      case code(Int, brackets: Int)
    }
    var levels: [Level] = [.text(start + 1)]
    var index = start + 1
    while index < bytes.count, let level = levels.last {
      let byte = bytes[index]
      switch (level, byte) {
      case (.text, UInt8(ascii: "\\")): index += 1
      case (.text, UInt8(ascii: "{")): levels.append(.code(index + 1, brackets: 0))
      case (.text, UInt8(ascii: "\"")): levels.removeLast()
      case (.code, UInt8(ascii: "\"")): levels.append(.text(index + 1))
      case (.code(let from, let open), UInt8(ascii: "(")),
        (.code(let from, let open), UInt8(ascii: "[")):
        levels[levels.count - 1] = .code(from, brackets: open + 1)
      case (.code(let from, let open), UInt8(ascii: ")")),
        (.code(let from, let open), UInt8(ascii: "]")):
        levels[levels.count - 1] = .code(from, brackets: open - 1)
      case (.code, UInt8(ascii: "}")): levels.removeLast()
      case (.code(_, let open), UInt8(ascii: ":")) where open <= 0:
        guard let close = bytes[index...].firstIndex(of: UInt8(ascii: "}")) else {
          return levels.count == 2 ? .format(from: index + 1) : .nothing
        }
        levels.removeLast()
        index = close
      case (.text, _), (.code, _): break
      }
      index += 1
    }
    switch levels.last {
    case nil: return .code
    case .text(let from) where levels.count == 1 && index == bytes.count: return .text(from: from)
    case .code(let from, _) where levels.count == 2: return .interpolation(from: from)
    case .text, .code: return .nothing
    }
  }

  // MARK: Brackets

  private mutating func findFrames() {
    for index in tokens.indices {
      begin(tokens[index], at: index)
      guard case .mark(let mark) = tokens[index].kind else { continue }
      switch mark {
      case .openParenthesis: frames.append(Frame(kind: .parenthesis, open: index, statement: 0))
      case .openBracket: frames.append(Frame(kind: .bracket, open: index, statement: 0))
      case .openBrace:
        frames.append(
          Frame(kind: opensSet(index) ? .set : .block, open: index, statement: index + 1))
      case .closeParenthesis: if frames.last?.kind == .parenthesis { frames.removeLast() }
      case .closeBracket: if frames.last?.kind == .bracket { frames.removeLast() }
      case .closeBrace:
        guard let open = frames.lastIndex(where: { $0.kind == .block || $0.kind == .set })
        else { continue }
        let wasBlock = frames[open].kind == .block
        frames.removeSubrange(open...)
        if wasBlock { startStatement(at: index + 1) }
      case .semicolon:
        if frames.last.map({ $0.kind == .block }) ?? true { startStatement(at: index + 1) }
      default: continue
      }
    }
    begin(end, at: tokens.count)
  }

  private mutating func startStatement(at index: Int) {
    if let last = frames.indices.last {
      frames[last].statement = index
    } else {
      declaration = index
    }
  }

  /// A line that begins with this token begins a statement, if the one before can end there.
  private mutating func begin(_ token: Token, at index: Int) {
    guard token.startsLine, index > 0, frames.last.map({ $0.kind == .block }) ?? true else {
      return
    }
    if case .mark(let mark) = tokens[index - 1].kind, !mark.canEndStatement { return }
    switch token.kind {
    case .mark(.dot), .mark(.openBrace), .mark(.arrow), .mark(.or): return
    case .identifier(let word) where frames.isEmpty && declaration < index:
      let words = tokens[declaration..<index].map(\.kind)
      // A path goes on until it is said how its packets are known again.
      if words[0] == .identifier("path"),
        !words.contains(.identifier("by")) || "within".hasPrefix(word)
      {
        return
      }
    default: break
    }
    startStatement(at: index)
  }

  /// `{` of a set of points, and not of a body.
  private func opensSet(_ index: Int) -> Bool {
    guard frames.allSatisfy({ $0.kind == .set }), declaration < index else { return false }
    guard case .identifier(let word) = tokens[declaration].kind, ["probe", "path"].contains(word)
    else { return false }
    if index == declaration + 1 { return true }
    return tokens[index - 1].startsPoint
  }
}

extension Token {
  /// Whether a point follows it, in a probe or path.
  var startsPoint: Bool {
    guard case .mark(let mark) = kind else { return false }
    return [.assign, .or, .either, .arrow, .openBrace, .comma].contains(mark)
  }

  /// Whether a value, or a part of one, ends with it; of a name that is if it is no keyword.
  var endsOperand: Bool {
    switch kind {
    case .identifier(let word): !["has", "in", "to", "from", "else"].contains(word)
    case .integer, .duration, .string, .c: true
    case .mark(let mark): [.closeParenthesis, .closeBracket, .question].contains(mark)
    case .invalid, .end: false
    }
  }
}

extension Mark {
  var canEndStatement: Bool {
    [.closeParenthesis, .closeBracket, .closeBrace, .question, .semicolon].contains(self)
  }
}
