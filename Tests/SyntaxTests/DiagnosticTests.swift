import Syntax
import Testing

@Suite struct DiagnosticTests {
  @Test func messageAlone() {
    #expect(Diagnostic(.warning, "something is odd").rendered() == "warning: something is odd")
  }

  @Test func caretsStandUnderTheSpan() {
    let source = SourceText(name: "-e", text: "host 1 and prot 2")
    let diagnostic = Diagnostic(
      .error, "unknown word", at: Diagnostic.Place(source, Span(11..<15)),
      hints: ["did you mean port?"])
    #expect(
      diagnostic.rendered() == """
        error: unknown word
         --> -e:1:12
          | host 1 and prot 2
          |            ^^^^
          = did you mean port?
        """)
  }

  @Test func onlyTheLineOfTheSpanIsShown() {
    let source = SourceText(name: "a.ncs", text: "one\n\ttwo bad\nthree")
    let diagnostic = Diagnostic(.error, "no", at: Diagnostic.Place(source, Span(9..<12)))
    #expect(
      diagnostic.rendered() == "error: no\n --> a.ncs:2:6\n  | \ttwo bad\n  | \t    ^^^")
  }

  @Test func columnsCountScalarsNotBytes() {
    let source = SourceText(name: "-t", text: "größe x")
    let diagnostic = Diagnostic(.error, "no", at: Diagnostic.Place(source, Span(8..<9)))
    #expect(diagnostic.rendered() == "error: no\n --> -t:1:7\n  | größe x\n  |       ^")
  }

  @Test func anEmptySpanBehindTheEndHasOneCaret() {
    let source = SourceText(name: "-f", text: "a,")
    let diagnostic = Diagnostic(.error, "no", at: Diagnostic.Place(source, Span(2..<2)))
    #expect(diagnostic.rendered() == "error: no\n --> -f:1:3\n  | a,\n  |   ^")
  }

  @Test func spansOutsideTheTextDoNotTrap() {
    let source = SourceText(name: "-f", text: "a")
    let diagnostic = Diagnostic(.error, "no", at: Diagnostic.Place(source, Span(5..<9)))
    #expect(diagnostic.rendered().hasPrefix("error: no\n --> -f:1:2"))
  }

  @Test(arguments: [
    ("\u{1b}[31mred", "\\u{1b}[31mred"), ("a\u{202e}b", "a\\u{202e}b"),
    ("tab\tstays", "tab\tstays"),
    ("\u{9b}", "\\u{9b}"), ("ünï", "ünï"), ("line\nfeed", "line\\u{a}feed"),
  ])
  func nothingReachesTheTerminalAsACommand(_ text: String, _ safe: String) {
    #expect(text.terminalSafe == safe)
  }
}
