import Corpus
import Syntax
import Testing

private let corpus = Corpus()

/// What a prompt has to know: whether more text can make a text right.
@Suite struct PrefixTests {
  /// Places behind a token, in the text.
  static func boundaries(_ source: SourceText) -> [Int] {
    var lexer = Lexer(source)
    var ends = [0]
    while case let token = lexer.next(), token.kind != .end { ends.append(token.span.end) }
    return ends
  }

  /// A name with dots is one token only where a point stands, which the lexer alone cannot know.
  @Test(arguments: try corpus.names(in: "parse", suffix: ".ncs").filter { $0 != "symbols" })
  func everyBeginningCanBecomeRight(_ name: String) throws {
    let text = try corpus.text("parse/\(name).ncs")
    let bytes = Array(text.utf8)
    for end in PrefixTests.boundaries(SourceText(name: name, text: text)) {
      for suffix in ["", "\n"] {
        let beginning = String(decoding: bytes[..<end], as: UTF8.self) + suffix
        let source = SourceText(name: name, text: beginning)
        let (_, diagnostics, isIncomplete) = ParserTests.parse(source)
        let said = diagnostics.map { $0.rendered() }.joined(separator: "\n")
        #expect(diagnostics.isEmpty || isIncomplete, "\(said)")
        if diagnostics.isEmpty { #expect(!isIncomplete) }
      }
    }
  }

  @Test(arguments: [
    "(", "f(", "f(a", "f(a,", "t[", "t[a", "t[a,", "udp[8:", "1 +", "a ??", "!", "-", "a.", "a in",
    "0..<", "let", "let x", "let x =", "x =", "x +=", "print", "print a,", "if", "if x", "if x {",
    "if x { } else", "if x { } else if", "for", "for i", "for i in", "for i in x", "save pkt",
    "save pkt to", "probe", "probe p =", "probe icmp_rcv", "probe kprobe:", "probe tracepoint:skb",
    "probe tracepoint:skb:", "probe uprobe:", "probe uprobe:\"/x\"", "probe {a", "probe {a,",
    "probe a |", "probe f(skb:", "probe f {", "probe f { filter", "probe f { where c {", "path p",
    "path p = a", "path p = a ->", "path p = a -> b by", "path p = a -> b by skb within",
    "path p = a -> b by skb within 2s,", "table t", "table t:", "table t[", "table t[a]",
    "table t: lhist(", "table t: count,", "table t: count, max", "state s,", "state s, for",
    "option", "option x", "option x:", "option x: int =", "import", "import \"a\" as", "const",
    "const x", "const x =", "func", "func f", "func f(", "func f(a,", "func f(a)", "func f(a) =",
    "func f() {", "filter web", "filter web =", "on", "on x", "on x {", "every", "every 5s",
    "begin", "begin {", "ncs", "ncs 1\nncs", "(a = 1,", "if x {\n  print x\n", "print a +\n",
    "f(\n",
  ])
  func incomplete(_ text: String) {
    let (_, diagnostics, isIncomplete) = Parser(prompt: SourceText(name: "p", text: text)).parse()
    #expect(isIncomplete && !diagnostics.isEmpty)
  }

  @Test(arguments: [
    ")", "]", "}", "f(a))", "1 + )", "1 2", "a b", "\"open", "print \"open", "print \"{open\"",
    "print \"{a +}\"", "print \"{}\"", "print \"\\q\"", "prob icmp_rcv {", "prob icmp_rcv", "x++",
    "a < b < c", "a < b < ", "if x = 1 {", "if x = 1", "a and b", "not x", "a ? b :", "*x", "@x",
    "if a { }\nelse", "else", "let 5", "let x:", "for 3", "table t[1", "probe f?(", "probe a, b",
    "probe f { fliter \"x\"", "const a = 5sec", "const a = 1.5", "every {", "10.0.0.1", "'a'",
    "f(a b", "(a b", "t[a b", "probe kprobe:{", "x = = 1", "ncs 2", "f() = 1", "#", "/* open",
    "stack?", "path p = a by", "if x { print a b", "begin { else",
  ])
  func invalid(_ text: String) {
    let (_, diagnostics, isIncomplete) = Parser(prompt: SourceText(name: "p", text: text)).parse()
    #expect(!isIncomplete && !diagnostics.isEmpty)
  }
}
