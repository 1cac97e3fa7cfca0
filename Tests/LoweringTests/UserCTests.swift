import Corpus
import Language
import Lowering
import MadeScripts
import Syntax
import Testing

private let corpus = Corpus()

/// C blocks without clang: how bodies call them, and what clang is given.
@Suite struct UserCTests {
  /// A probe on an entry, with each kind of block.
  private static func unit(_ mechanism: ScriptMechanism = .kprobe) -> ScriptUnit {
    let text = """
      probe p = tcp_rcv_established {
          where c { return sock->sk_rcvbuf > limit; }
          c { bpf_printk("x"); } emit a: s8, mark = skb.mark, b from c {
              #include <linux/tcp.h>
              return user->b = AF_INET; }
      }
      """
    func block(_ opening: String, _ closing: String) -> CBlock {
      let start = text.firstRange(of: opening)!.upperBound
      let end = text[start...].firstRange(of: closing)!.lowerBound
      let utf8 = text.utf8
      return CBlock(
        text: String(text[start..<end]),
        span: Span(
          utf8.distance(
            from: utf8.startIndex, to: start)..<utf8.distance(from: utf8.startIndex, to: end)))
    }
    func field(_ name: String, _ bits: Int?) -> EventField {
      EventField(
        name: name, type: .integer(.decimal),
        width: bits.map { EventField.Width(bits: $0, isSigned: true) })
    }
    let mark = TypedExpression(
      .kernel(
        KernelRead(
          base: .skb, hops: [.init(structure: "sk_buff", path: "mark", isOptional: false)],
          value: .integer(bytes: 4, isSigned: false, isBigEndian: false), text: "skb.mark")),
      .integer(.decimal))
    var script = Script.of([])
    script.source = SourceText(name: "blocks.ncs", text: text)
    script.options = [
      ScriptOption(name: "limit", kind: .int, value: .integer(9), documentation: "")
    ]
    script.cBlocks = [
      block("where c {", "}"), block("    c {", "}"), block("from c {", "}"),
    ]
    script.probes[0].fields = [field("a", 8), field("mark", nil), field("b", nil)]
    script.probes[0].emitsAtEnd = false
    script.probes[0].body = Body(statements: [
      TypedStatement(.requirementC(0), span: script.cBlocks[0].span),
      TypedStatement(.c(1), span: script.cBlocks[1].span),
      TypedStatement(
        .emit(Emission(values: [nil, mark, nil], cBlock: 2, cFields: [0, 2])),
        span: script.cBlocks[2].span),
    ])
    let point = ScriptPoint(
      kind: .kprobe, name: "tcp_rcv_established", packet: .argument(1), sockArgument: 0,
      place: .init(SourceText(name: "made.ncs", text: ""), Span(0..<0)))
    return ScriptUnit(
      script: script, probe: 0, mechanism: mechanism, point: point, hasCompareExchange: true)
  }

  @Test func generatedC() throws {
    let lowered = try Self.unit().lower()
    let user = try #require(lowered.userC)
    try corpus.expect(lowered.c, in: "scripts/blocks.c")
    try corpus.expect(user.preprocessorText, in: "scripts/blocks.preprocessed.c")
  }

  /// The verifier quotes lines of what was made of a block.
  @Test func linesOfTheScript() throws {
    let unit = Self.unit()
    let lowered = try unit.lower()
    let made = "struct x {\n\tint a;\n};\n/* line 4 */\n        return 5;\n}\n"
    #expect(lowered.scriptLine(of: "return 5;", in: unit.script, userC: made)?.number == 4)
    #expect(lowered.scriptLine(of: "int a;", in: unit.script, userC: made) == nil)
  }

  @Test func errorsOfClangAreAtTheirPlace() throws {
    let user = try #require(try Self.unit().lower().userC)
    let said = user.diagnostics(
      """
      script:2:28: error: no member named 'sk_rcvbuf' in 'struct sock'
      script:2:28: note: somewhere else
      types:1:1: error: not of the script
      script:5:16: warning: no error
      script:99:4: fatal error: beyond: the end
      2 errors generated.
      """)
    #expect(
      said.map(\.message) == [
        "no member named 'sk_rcvbuf' in 'struct sock'", "beyond: the end",
      ])
    #expect(
      said[0].rendered().split(separator: "\n").last == "  |                            ^^^^^^^^^")
  }
}
