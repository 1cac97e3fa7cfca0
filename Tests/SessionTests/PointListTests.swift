import Language
import Session
import Syntax
import Testing

@Suite struct PointListTests {
  static func parse(_ text: String) throws -> [Point] {
    try PointList(SourceText(name: "-f", text: text)).parse()
  }

  @Test func everyForm() throws {
    let text =
      "a, b@2 ,c@1@3,d@1@,kprobe:e@4,fentry:f,tracepoint:net:g,tp:skb:h,net:i"
    let points = try Self.parse(text)
    #expect(points.map(\.name) == ["a", "b", "c", "d", "e", "f", "g", "h", "i"])
    #expect(points.map(\.skbArgument) == [nil, 2, 1, 1, 4, nil, nil, nil, nil])
    #expect(points.map(\.extraArgument) == [nil, nil, 3, 2, nil, nil, nil, nil, nil])
    #expect(
      points.map(\.kind) == [
        .function, .function, .function, .function, .kprobe, .fentry, .tracepoint(category: "net"),
        .tracepoint(category: "skb"), .perhapsTracepoint(category: "net"),
      ])
    #expect(points[7].displayName == "skb:h")
  }

  @Test func aPointKnowsWhereItStands() throws {
    let points = try Self.parse("ip_rcv, icmp_rcv@1")
    #expect(points[1].place.span == Span(8..<18))
  }

  /// What is wrong, and the bytes that the carets stand under.
  @Test(arguments: [
    ("", "expected a function or a tracepoint", 0..<0),
    ("a,,b", "expected a function or a tracepoint", 2..<2),
    ("a,", "expected a function or a tracepoint", 2..<2),
    ("a@0", "expected the number of an argument, 1 to 12", 2..<3),
    ("a@13", "expected the number of an argument, 1 to 12", 2..<4),
    ("a@x", "expected the number of an argument, 1 to 12", 2..<3),
    ("a@", "expected the number of an argument, 1 to 12", 1..<2),
    ("a@1@2@3", "expected at most two argument numbers", 5..<7),
    ("tp:skb:kfree_skb@1", "a tracepoint takes no '@'", 16..<18),
    ("tp:kfree_skb", "a tracepoint has a category", 3..<12),
    ("kprobes:x:y", "'kprobes' is not a kind of point", 0..<7),
    ("usdt:a:b:c", "'usdt' is not a kind of point", 0..<4),
    ("a b", "this cannot be part of the name of a function", 1..<2),
    ("a;reboot", "this cannot be part of the name of a function", 1..<2),
    ("kprobe:", "expected the name of a function", 7..<7),
    ("a, a@1", "'a' is named twice", 3..<6),
  ])
  func everyMistake(_ text: String, _ message: String, _ span: Range<Int>) throws {
    let diagnostic = try #require(throws: Diagnostic.self) { try Self.parse(text) }
    #expect(diagnostic.message == message)
    #expect(diagnostic.place?.span == Span(span))
  }

  @Test func aMistypedPrefixIsGuessed() throws {
    let diagnostic = try #require(throws: Diagnostic.self) { try Self.parse("tracepont:skb:x") }
    #expect(diagnostic.hints == ["did you mean tracepoint?"])
  }
}
