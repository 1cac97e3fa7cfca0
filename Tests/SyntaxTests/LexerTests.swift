import Syntax
import Testing

/// What the corpus of trees does not show: places, and what stands before a token.
@Suite struct LexerTests {
  private func tokens(_ text: String) -> [Token] {
    var lexer = Lexer(SourceText(name: "a", text: text))
    var tokens: [Token] = []
    while true {
      tokens.append(lexer.next())
      if tokens.last?.kind == .end { return tokens }
    }
  }

  @Test func offsetsAreBytes() {
    let tokens = tokens("größe \"ö\" x")
    #expect(tokens.last?.span == Span(14..<14))
    #expect(tokens.dropLast().last?.span == Span(13..<14))
  }

  @Test func theLongestMarkIsOne() {
    let marks = tokens("<<=<<<=<->-..<...??=").compactMap { token -> Mark? in
      if case .mark(let mark) = token.kind { return mark }
      return nil
    }
    #expect(
      marks == [
        .shiftLeftAssign, .shiftLeft, .lessOrEqual, .less, .arrow, .minus, .range, .threeDots,
        .otherwise, .assign,
      ])
  }

  @Test(
    arguments: [
      ("0", 0), ("42", 42), ("1_000", 1000), ("0xff", 255), ("0XFF", 255), ("0b101", 5),
      ("0xffff_ffff_ffff_ffff", -1), ("18446744073709551615", -1),
      ("9223372036854775808", Int64.min),
    ] as [(String, Int64)])
  func integers(_ text: String, _ value: Int64) {
    #expect(tokens(text).map(\.kind) == [.integer(value), .end])
  }

  @Test(
    arguments: [
      ("1ns", 1), ("5us", 5000), ("30ms", 30_000_000), ("1.5s", 1_500_000_000),
      ("2m", 120_000_000_000), ("0.5h", 1_800_000_000_000), ("1.50us", 1500), ("0s", 0),
      ("9223372036854775807ns", Int64.max), ("0.000000001s", 1), ("1_0.2_5s", 10_250_000_000),
    ] as [(String, Int64)])
  func durations(_ text: String, _ value: Int64) {
    #expect(tokens(text).map(\.kind) == [.duration(value), .end])
  }

  @Test(arguments: ["9223372036854775808ns", "0.1ns", "2562048h", "1.2.3", "1__", "0x", "5y", "08"])
  func numbersThatAreNone(_ text: String) {
    #expect(tokens(text)[0].problems.count == 1)
    #expect(tokens(text)[0].span == Span(0..<text.utf8.count))
  }

  @Test func commentsAndLineBreaks() {
    let tokens = tokens("#!/x\n// a  \n\n/// b\nx // c\r\n//// d\n y")
    #expect(tokens[0].comments.map(\.text) == ["#!/x", "// a", "/// b"])
    #expect(tokens[0].comments.map(\.lineBreaks) == [1, 1, 2])
    #expect(tokens[0].comments.map(\.kind) == [.shebang, .ordinary, .documentation])
    #expect(tokens[0].lineBreaks == 1)
    #expect(tokens[1].comments.map(\.text) == ["// c", "//// d"])
    #expect(tokens[1].comments.map(\.lineBreaks) == [0, 1])
    #expect(tokens[1].comments.map(\.kind) == [.ordinary, .ordinary])
  }

  @Test func partsOfATextArePlaces() {
    let text = "\"a{t[\"}\"]:x}b{c}\\{\""
    #expect(
      tokens(text)[0].kind
        == .string([
          .text(Span(1..<2)),
          .interpolation(expression: Span(3..<9), format: Span(10..<11), Span(2..<12)),
          .text(Span(12..<13)),
          .interpolation(expression: Span(14..<15), format: nil, Span(13..<16)),
          .text(Span(16..<18)),
        ]))
  }

  @Test func theEndStaysTheEnd() {
    var lexer = Lexer(SourceText(name: "a", text: "x"))
    _ = lexer.next()
    #expect(lexer.next().kind == .end)
    #expect(lexer.next().kind == .end)
  }
}
