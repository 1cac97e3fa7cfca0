/// Reads a script word by word.
///
/// What a word is depends on where it stands: in a point `*` belongs to a name, and behind `c` stands
/// C. The parser says so, by going back to where a token began and asking for the other thing.
package struct Lexer: Sendable {
  let source: SourceText
  let bytes: [UInt8]
  /// Where it reads on; behind what has been read.
  var offset: Int
  /// Reading ends here.
  let end: Int
  private var isAtStart = true

  package init(_ source: SourceText) {
    self.init(source, bytes: Array(source.text.utf8), within: source.span)
  }

  /// Reads a part of a text: what stands between the braces of an interpolation.
  package init(_ source: SourceText, bytes: [UInt8], within span: Span) {
    self.source = source
    self.bytes = bytes
    offset = span.start
    end = span.end
  }

  /// The next token; at the end again and again the end.
  package mutating func next() -> Token {
    let (comments, lineBreaks) = trivia()
    var token = scan()
    token.comments = comments
    token.lineBreaks = lineBreaks
    return token
  }

  /// The byte `distance` behind a place, or 0 behind the end.
  func byte(_ index: Int) -> UInt8 { index < end ? bytes[index] : 0 }

  func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

  func problem(_ message: String, at range: Range<Int>, hints: [String] = []) -> Diagnostic {
    Diagnostic(.error, message, at: Diagnostic.Place(source, Span(range)), hints: hints)
  }

  // MARK: Between tokens

  private mutating func trivia() -> ([ScriptComment], lineBreaks: Int) {
    var comments: [ScriptComment] = []
    var lineBreaks = 0
    if isAtStart {
      isAtStart = false
      lineBreaks = 1
      if offset == 0, bytes.starts(with: [0xEF, 0xBB, 0xBF]) { offset = 3 }
      if offset == 0, byte(0) == UInt8(ascii: "#"), byte(1) == UInt8(ascii: "!") {
        comments.append(comment(.shebang, lineBreaks: 1))
        lineBreaks = 0
      }
    }
    while offset < end {
      switch bytes[offset] {
      case UInt8(ascii: "\n"):
        lineBreaks += 1
        offset += 1
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"):
        offset += 1
      case UInt8(ascii: "/") where byte(offset + 1) == UInt8(ascii: "/"):
        let isThree = byte(offset + 2) == UInt8(ascii: "/")
        let isFour = isThree && byte(offset + 3) == UInt8(ascii: "/")
        let kind: ScriptComment.Kind = isThree && !isFour ? .documentation : .ordinary
        comments.append(comment(kind, lineBreaks: lineBreaks))
        lineBreaks = 0
      default:
        return (comments, lineBreaks)
      }
    }
    return (comments, lineBreaks)
  }

  private mutating func comment(_ kind: ScriptComment.Kind, lineBreaks: Int) -> ScriptComment {
    let start = offset
    offset = lineEnd(from: start)
    var last = offset
    while last > start, [0x20, 0x09, 0x0D].contains(bytes[last - 1]) { last -= 1 }
    return ScriptComment(
      kind: kind, text: text(start..<last), span: Span(start..<last), lineBreaks: lineBreaks)
  }

  func lineEnd(from start: Int) -> Int {
    var index = start
    while index < end, bytes[index] != UInt8(ascii: "\n") { index += 1 }
    return index
  }

  // MARK: Tokens

  private mutating func scan() -> Token {
    let start = offset
    guard start < end else { return Token(.end, span: Span(start..<start)) }
    let first = bytes[start]
    if Lexer.isDigit(first) { return number() }
    if Lexer.isNameByte(first) { return word() }
    switch first {
    case UInt8(ascii: "\""): return string()
    case UInt8(ascii: "'"): return characterLiteral()
    case UInt8(ascii: "/") where byte(start + 1) == UInt8(ascii: "*"): return blockComment()
    default: return mark()
    }
  }

  private mutating func word() -> Token {
    let start = offset
    while offset < end, Lexer.isNameByte(bytes[offset]) { offset += 1 }
    return Token(.identifier(text(start..<offset)), span: Span(start..<offset))
  }

  /// A function, tracepoint or category at a place: a name that may contain `*`, and `.` inside.
  ///
  /// - Returns: nil if none stands there; then nothing is read.
  mutating func pointName(at start: Int) -> Token? {
    var index = start
    while index < end {
      let next = bytes[index]
      let isPart = Lexer.isNameByte(next) || next == UInt8(ascii: "*")
      let isDot =
        next == UInt8(ascii: ".") && index > start
        && (Lexer.isNameByte(byte(index + 1)) || byte(index + 1) == UInt8(ascii: "*"))
      guard isPart || isDot else { break }
      index += 1
    }
    guard index > start, !Lexer.isDigit(bytes[start]) else { return nil }
    offset = index
    return Token(.identifier(text(start..<index)), span: Span(start..<index))
  }

  private mutating func mark() -> Token {
    let start = offset
    // `a.b???c` is a field that may be missing, and its default.
    let isThreeQuestions = (0..<3).allSatisfy { byte(start + $0) == UInt8(ascii: "?") }
    for length in (isThreeQuestions ? 1...1 : 1...3).reversed() where start + length <= end {
      var key: UInt32 = 0
      for index in (0..<length).reversed() { key = key << 8 | UInt32(bytes[start + index]) }
      if let mark = Mark.byBytes[key] {
        offset = start + length
        return Token(.mark(mark), span: Span(start..<offset))
      }
    }
    return invalidCharacter()
  }

  private mutating func invalidCharacter() -> Token {
    let start = offset
    offset += 1
    while offset < end, bytes[offset] & 0xC0 == 0x80 { offset += 1 }
    let character = text(start..<offset)
    let hints: [String] =
      switch character {
      case "#": ["a comment begins with //"]
      case "\\": ["a line that ends in an operator, a comma or an open bracket goes on by itself"]
      case "`", "\u{201C}", "\u{201D}", "\u{201E}", "\u{2018}", "\u{2019}":
        ["a text stands in plain quotes: \"…\""]
      case "\u{A0}": ["it looks like a space, but is another character"]
      default: []
      }
    return Token(
      .invalid, span: Span(start..<offset),
      problems: [
        problem("no part of the language: '\(character)'", at: start..<offset, hints: hints)
      ])
  }

  /// `'M'`, which C has.
  private mutating func characterLiteral() -> Token {
    let start = offset
    let lineEnd = lineEnd(from: start)
    var close = start + 1
    while close < lineEnd, bytes[close] != UInt8(ascii: "'") {
      close += bytes[close] == UInt8(ascii: "\\") && close + 1 < lineEnd ? 2 : 1
    }
    guard close < lineEnd else {
      offset = start + 1
      return Token(
        .invalid, span: Span(start..<offset),
        problems: [
          problem(
            "no part of the language: '", at: start..<offset,
            hints: ["a text stands in double quotes: \"…\""])
        ])
    }
    offset = close + 1
    let content = text(start + 1..<close)
    let scalars = content.unicodeScalars
    if scalars.count == 1, let scalar = scalars.first {
      return Token(
        .integer(Int64(scalar.value)), span: Span(start..<offset),
        problems: [
          problem(
            "a character is no value here", at: start..<offset,
            hints: [
              "its number is 0x\(String(scalar.value, radix: 16)); a text is \"\(content)\""
            ])
        ])
    }
    return Token(
      .string([.text(Span(start + 1..<close))]), span: Span(start..<offset),
      problems: [
        problem(
          "a text stands in double quotes", at: start..<offset, hints: ["write \"\(content)\""])
      ])
  }

  private mutating func blockComment() -> Token {
    let start = offset
    var index = start + 2
    while index < end, !(bytes[index] == UInt8(ascii: "*") && byte(index + 1) == UInt8(ascii: "/"))
    {
      index += 1
    }
    offset = index < end ? index + 2 : lineEnd(from: start)
    return Token(
      .invalid, span: Span(start..<offset),
      problems: [
        problem(
          "a comment begins with // and ends with its line", at: start..<start + 2,
          hints: ["begin each line of it with //"])
      ])
  }

  static func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

  static func isNameByte(_ byte: UInt8) -> Bool {
    isDigit(byte) || (byte | 0x20) &- UInt8(ascii: "a") < 26 || byte == UInt8(ascii: "_")
  }
}
