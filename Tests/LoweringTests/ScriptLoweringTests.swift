import Corpus
import Foundation
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
    let unit = try MadeProbe.unit("drops")
    let lowered = try unit.lower()
    let row = try #require(lowered.c.split(separator: "\n").first { $0.contains("nc_row(") })
    #expect(lowered.scriptLine(of: row, in: unit.script)?.number == 5)
    #expect(lowered.scriptLine(of: "  nc_send(run); ", in: unit.script)?.number == 6)
    #expect(lowered.scriptLine(of: "no such line", in: unit.script) == nil)
    #expect(lowered.scriptLine(of: "", in: unit.script) == nil)
  }

  /// A function of an imported script has lines of its own: those of the C, and a refusal's.
  @Test func linesOfAnImportedScript() throws {
    let imported = SourceText(
      name: "net/*odd*/.ncs", text: "ncs 1\n\nfunc long(p) = p.len > 1000\n")
    let span = Span(22..<34)
    func script(_ value: TypedExpression) -> Script {
      let function = FunctionInstance(
        name: "long", parameterCount: 0, result: value.type,
        body: Body(statements: [TypedStatement(.returning(value), span: span)]),
        source: imported)
      var script = Script.of([], emit: [TypedExpression(.call(0, []), value.type)])
      script.functions = [function]
      return script
    }
    func unit(_ script: Script) -> ScriptUnit {
      ScriptUnit(script: script, probe: 0, mechanism: .run, point: nil, hasCompareExchange: true)
    }
    let length = TypedExpression(.packetLength(depth: 0))
    let sound = script(.comparison(.greater, length, .number(1000)))
    let lowered = try unit(sound).lower()
    let lines = lowered.c.split(separator: "\n")
    let marker = try #require(lines.firstIndex { $0.contains("func long(p) = p.len > 1000") })
    let place = lowered.scriptLine(of: lines[marker + 1], in: sound)
    #expect(place?.source == imported && place?.number == 3, "\(lines[marker])")

    let payload = TypedExpression(.payloadText(.udp, depth: 0), .text, span: span)
    let refusal = #expect(throws: Diagnostic.self) { try unit(script(payload)).lower() }
    #expect(refusal?.place == Diagnostic.Place(imported, span))
  }

  /// What is tried without scratch memory: all of a body, or what decides before anything is done.
  @Test func usualForms() throws {
    let port = TypedExpression.field(.udp, "dport")
    let isPort = TypedStatement.require(port == 53)
    let comm = TypedExpression.context(.comm, .text)
    func count(_ keys: TypedExpression...) -> TypedStatement {
      TypedStatement(.tableAdd(table: 0, keys: keys, value: .number(1)))
    }
    func ending(
      _ statements: [TypedStatement], emit: [TypedExpression]? = nil,
      by mechanism: ScriptMechanism = .fentry, isInPlace: Bool = true
    ) throws -> String? {
      var script = Script.of(statements, emit: emit)
      script.tables = [
        TableDefinition(
          name: "t", keyNames: [], keys: [], aggregation: .count, presentation: .decimal,
          maximum: 1)
      ]
      let c = try ScriptUnit(
        script: script, probe: 0, mechanism: mechanism, point: MadeProbe.unit("ports").point,
        hasCompareExchange: true, readsInPlace: isInPlace
      ).lower().c
      #expect(c.contains("#define NC_USUAL_FORM") == c.contains("nc_body_usual("))
      return c.split(separator: "nc_body_usual(").dropFirst().first?.split(separator: "\n}").first?
        .split(separator: "\n").last.map { $0.trimmingCharacters(in: .whitespaces) }
    }
    let whole = "return NC_HANDLED;"
    let decision = "return NC_UNDECIDED;"
    #expect(try ending([isPort]) == whole)
    #expect(try ending([isPort, count(port)]) == whole)
    #expect(try ending([count(.context(.cpu))]) == whole)
    #expect(try ending([isPort], emit: [port]) == decision)
    #expect(try ending([isPort, count(comm)]) == decision)
    #expect(try ending([isPort, count(port)], emit: [port]) == decision)
    // Nothing is decided, or not before something is done.
    #expect(try ending([], emit: [port]) == nil)
    #expect(try ending([count(comm)]) == nil)
    #expect(try ending([count(port), isPort], emit: [port]) == nil)
    #expect(try ending([.require(TypedExpression(.hasLayer(.tcp, depth: 1), .boolean))]) == nil)
    #expect(try ending([isPort], by: .fexit) == nil)
    #expect(try ending([isPort], isInPlace: false) == nil)
  }

  /// However much stands between them, names that end in digits (`ip6`) and numbered ones differ.
  @Test(arguments: 0..<80)
  func noTwoVariablesHaveOneName(between: Int) throws {
    let integer = ValueType.integer(.decimal)
    func set(_ index: Int, _ value: TypedExpression) -> TypedStatement {
      TypedStatement(.set(local: index, value))
    }
    let fillers = (0..<between).map {
      set(0, .arithmetic(.add, .context(.time), .number(Int64($0))))
    }
    let script = Script.of(
      [set(0, .field(.ip6, "hops"))] + fillers
        + [
          set(1, .field(.ip, "ttl")), set(2, .field(.icmp6, "type")), set(3, .field(.icmp, "type")),
        ],
      locals: ["x", "has_x", "x_5", "x_there", "x", "x"].map { .init(name: $0, type: integer) })
    let lowered = try ScriptUnit(
      script: script, probe: 0, mechanism: .run, point: nil, hasCompareExchange: true
    ).lower()
    let body = try #require(lowered.c.components(separatedBy: "nc_body(struct nc_run *run)").last)
    let names = body.matches(of: #/\b(?:bool|int|u64(?: \*)?) ?(\w+) = /#).map {
      String($0.output.1)
    }
    #expect(names.count > 10 && Set(names).count == names.count, "\(names)")
  }

  @Test(arguments: [ScriptMechanism.fexit, .kretprobe, .uretprobe])
  func atAReturnNoBufferIsLookedInto(mechanism: ScriptMechanism) throws {
    let skb = TypedExpression.context(.skb, .integer(.pointer))
    let looked = TypedExpression(
      .kernel(
        KernelRead(
          base: .pointer(skb), hops: [.init(structure: "sk_buff", path: "len", isOptional: false)],
          value: .integer(bytes: 4, isSigned: false, isBigEndian: false), text: "x")))
    for script in [
      Script.of([], emit: [looked]),
      Script.of(
        [TypedStatement(.set(local: 0, skb))],
        locals: [.init(name: "s", type: .integer(.pointer))]),
    ] {
      let refusal = #expect(throws: Diagnostic.self) {
        try ScriptUnit(
          script: script, probe: 0, mechanism: mechanism, point: MadeProbe.unit("returns").point,
          hasCompareExchange: true
        ).lower()
      }
      #expect(refusal?.message.hasPrefix("at a return the skb may be") == true)
    }
  }

  @Test func aPacketBehindTheRegisters() {
    let point = ScriptPoint(
      kind: .kprobe, name: "f", packet: .argument(6),
      place: .init(SourceText(name: "made.ncs", text: "kprobe:f"), Span(0..<8)))
    let refusal = #expect(throws: Diagnostic.self) {
      try ScriptUnit(
        script: .of([]), probe: 0, mechanism: .kprobe, point: point, hasCompareExchange: true
      ).lower()
    }
    #expect(refusal?.message.hasSuffix("the packet of f is argument 7") == true)
    #expect(refusal?.place == point.place)
  }

  @Test func whatNetcapDoesIsRefused() {
    var script = Script.of([TypedStatement(.showPacket, span: Span(2..<4))])
    script.source = SourceText(name: "made.ncs", text: "abcdef")
    let unit = ScriptUnit(
      script: script, probe: 0, mechanism: .run, point: nil, hasCompareExchange: true)
    let refusal = #expect(throws: Diagnostic.self) { try unit.lower() }
    #expect(refusal?.place?.span == Span(2..<4))
  }

  /// A first filter is not judged before the headers are there that it asks about, and what is beside the
  /// packet is not looked for in its place.
  @Test func headersAreMadeFirst() throws {
    var script = Script.of([
      TypedStatement(.filter(0), span: Span(0..<2)), TypedStatement(.rebuild, span: Span(2..<4)),
    ])
    script.filters = [try PacketFilter(compiling: SourceText(name: "filter", text: "udp"))]
    let unit = ScriptUnit(
      script: script, probe: 0, mechanism: .fentry,
      point: try MadeProbe.unit("outgoing").point, hasCompareExchange: true)
    let c = try unit.lower().c
    #expect(!c.contains("NC_FILTER_FIRST") && c.contains("script_filter_0(run, 0)"))
  }
}
