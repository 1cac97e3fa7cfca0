import Corpus
import Language
import Lowering
import MadeScripts
import Packets
import Syntax
import Testing

private let corpus = Corpus()

/// `corpus/scripts`: probes made by hand, whose text says what they would be, and their C.
@Suite struct ScriptLoweringTests {
  @Test(arguments: MadeProbe.names)
  func generatedC(name: String) throws {
    let lowered = try MadeProbe.unit(name).lower()
    try corpus.expect(lowered.c, in: "scripts/\(name).c")
  }

  @Test func linesOfTheScript() throws {
    let lowered = try MadeProbe.unit("drops").lower()
    let row = try #require(lowered.c.split(separator: "\n").first { $0.contains("nc_row(") })
    #expect(lowered.scriptLine(of: row) == 5)
    #expect(lowered.scriptLine(of: "  nc_send(run); ") == 6)
    #expect(lowered.scriptLine(of: "no such line") == nil)
    #expect(lowered.scriptLine(of: "") == nil)
  }

  @Test func whatIsNotThereYet() {
    for kind in [
      TypedStatement.Kind.rebuild, .c(0), .requirementC(0),
      .emit(Emission(values: [], cBlock: 0)), .showPacket,
    ] {
      var script = Script.of([TypedStatement(kind, span: Span(2..<4))])
      script.source = SourceText(name: "made.ncs", text: "abcdef")
      let unit = ScriptUnit(
        script: script, probe: 0, mechanism: .run, point: nil, hasCompareExchange: true)
      let refusal = #expect(throws: Diagnostic.self) { try unit.lower() }
      #expect(refusal?.place?.span == Span(2..<4))
    }
  }
}
