import Syntax
import Testing

@Suite struct EscapesTests {
  private func escapes(_ text: String) -> Escapes {
    Escapes(text, at: Span(3..<3 + text.utf8.count), of: SourceText(name: "a", text: "   " + text))
  }

  @Test(arguments: [
    ("plain", "plain"), ("", ""), (#"a\tb\n"#, "a\tb\n"), (#"\"\\\{\}"#, "\"\\{}"),
    (#"\u{1f40d}\u{41}"#, "\u{1f40d}A"), ("größe", "größe"),
  ])
  func meanings(_ written: String, _ text: String) {
    #expect(escapes(written).text == text)
    #expect(escapes(written).problems.isEmpty)
  }

  @Test(arguments: [
    (#"ö\q"#, 5..<7), (#"\u{}"#, 3..<7), (#"\u{d800}x"#, 3..<11), (#"\u41"#, 3..<5),
    (#"a\"#, 4..<5),
  ])
  func problems(_ written: String, _ span: Range<Int>) {
    let escapes = escapes(written)
    #expect(escapes.problems.map { $0.place?.span } == [Span(span)])
    #expect(escapes.text == written)
  }
}
