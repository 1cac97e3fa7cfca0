import Language
import Packets
import Runtime
import Syntax

let nowhere = Span(0..<0)

/// Typed expressions, as the checker would make them.
extension TypedExpression {
  static func int(_ value: Int64, _ presentation: Presentation = .decimal) -> TypedExpression {
    TypedExpression(.constant(value), .integer(presentation), span: nowhere)
  }
  static func bool(_ value: Bool) -> TypedExpression {
    TypedExpression(.constant(value ? 1 : 0), .boolean, span: nowhere)
  }
  static func text(_ value: String) -> TypedExpression {
    TypedExpression(.text(value), .text, span: nowhere)
  }
  static func address(_ value: AddressValue) -> TypedExpression {
    TypedExpression(.address(value), .address, span: nowhere)
  }
  static func absent(_ type: ValueType = .integer(.decimal)) -> TypedExpression {
    TypedExpression(.absent, type, span: nowhere)
  }
  static func local(_ index: Int, _ type: ValueType = .integer(.decimal)) -> TypedExpression {
    TypedExpression(.local(index), type, span: nowhere)
  }
  static func event(_ index: Int, _ type: ValueType = .integer(.decimal)) -> TypedExpression {
    TypedExpression(.eventField(index), type, span: nowhere)
  }
  static func field(_ layer: Layer, _ name: String, depth: Int = 0) -> TypedExpression {
    let field = layer.field(named: name)!
    let type: ValueType =
      switch field.kind {
      case .number: .integer(.decimal)
      case .hex: .integer(.hex)
      case .flag: .boolean
      case .mac: .mac
      case .address4, .address6: .address
      }
    return TypedExpression(.packetField(layer, field, depth: depth), type, span: nowhere)
  }
  static func has(_ layer: Layer, depth: Int = 0) -> TypedExpression {
    TypedExpression(.hasLayer(layer, depth: depth), .boolean, span: nowhere)
  }
  static func context(_ field: ContextField, _ type: ValueType) -> TypedExpression {
    TypedExpression(.context(field), type, span: nowhere)
  }
  static func make(_ kind: Kind, _ type: ValueType = .integer(.decimal)) -> TypedExpression {
    TypedExpression(kind, type, span: nowhere)
  }
  static func not(_ value: TypedExpression) -> TypedExpression { make(.not(value), .boolean) }
  static func calculate(
    _ operation: ArithmeticOperator, _ a: TypedExpression, _ b: TypedExpression
  ) -> TypedExpression { make(.arithmetic(operation, a, b), a.type) }
  static func compare(
    _ operation: ComparisonOperator, _ a: TypedExpression, _ b: TypedExpression
  ) -> TypedExpression { make(.comparison(operation, a, b), .boolean) }
  static func line(_ pieces: TextPiece...) -> TypedExpression {
    make(.interpolation(pieces), .text)
  }
  static func table(
    _ index: Int, takes: Bool = false, order: TableQuery.Order = .byKey, top: Int64? = nil
  ) -> TypedExpression {
    make(
      .table(TableQuery(table: index, takes: takes, order: order, limit: top.map { .int($0) })),
      .integer(.decimal))
  }
}

extension TextPiece {
  static func value(_ value: TypedExpression) -> TextPiece { .value(value, ValueFormat()) }
}

extension TypedStatement {
  static func make(_ kind: Kind) -> TypedStatement { TypedStatement(kind, span: nowhere) }
  static func print(_ values: TypedExpression...) -> TypedStatement { make(.print(values)) }
  static func `where`(_ test: TypedExpression) -> TypedStatement { make(.requirement(test)) }
  static func set(_ local: Int, _ value: TypedExpression) -> TypedStatement {
    make(.set(local: local, value))
  }
  static func add(
    _ table: Int, _ keys: [TypedExpression], _ value: TypedExpression = .int(1)
  ) -> TypedStatement { make(.tableAdd(table: table, keys: keys, value: value)) }
  static func emit(_ values: TypedExpression?...) -> TypedStatement {
    make(.emit(Emission(values: values)))
  }
}

extension Body.Local {
  static func int(_ name: String) -> Body.Local {
    Body.Local(name: name, type: .integer(.decimal))
  }
}

extension Script {
  static func made() -> Script { Script(source: SourceText(name: "test.ncs", text: "")) }

  /// Adds a probe at `f`; returns its index.
  @discardableResult
  mutating func probe(
    _ statements: [TypedStatement], fields: [EventField] = [], locals: [Body.Local] = [],
    emits: Bool = false, at points: [String] = ["f"], capture: Int = 65535,
    path: ProbeDefinition.PathRole? = nil
  ) -> Int {
    probes.append(
      ProbeDefinition(
        name: "p\(probes.count)",
        points: points.map {
          ScriptPoint(
            kind: .function, name: $0, packet: .argument(0),
            place: Diagnostic.Place(source, nowhere))
        }, fields: fields, body: Body(locals: locals, statements: statements), emitsAtEnd: emits,
        captureLength: capture, path: path, span: nowhere))
    return probes.count - 1
  }

  mutating func on(
    _ trigger: Handler.Trigger, locals: [Body.Local] = [], _ statements: TypedStatement...
  ) {
    handlers.append(
      Handler(trigger: trigger, body: Body(locals: locals, statements: statements)))
  }

  @discardableResult
  mutating func table(
    _ name: String = "t", keys: [(String, ValueType)] = [], _ aggregation: Aggregation = .count,
    as presentation: Presentation = .decimal, max: Int = 10240
  ) -> Int {
    tables.append(
      TableDefinition(
        name: name, keyNames: keys.map(\.0), keys: keys.map(\.1), aggregation: aggregation,
        presentation: presentation, maximum: max))
    return tables.count - 1
  }
}

/// Keeps what a script says.
final class FakeOutput: ScriptOutput {
  var text = ""
  var ran: [[String]] = []
  var saved: [String] = []
  var recorded = 0
  var tables: [PrintedTable] = []
  let wantsValues: Bool

  init(wantsValues: Bool = false) { self.wantsValues = wantsValues }

  func print(_ line: Line, of packet: ShownPacket?) {
    var bytes = line.bytes
    for summary in line.summaries.reversed() {
      let name = packet.map { "<packet of \($0.event.bytes.count)>" } ?? "<no packet>"
      bytes.insert(contentsOf: name.utf8, at: summary)
    }
    text += String(decoding: bytes, as: UTF8.self)
  }

  func print(_ table: PrintedTable) {
    tables.append(table)
    text += String(decoding: table.text(), as: UTF8.self)
  }

  func show(_ packet: ShownPacket) {
    text += "show \(packet.event.bytes.count)"
    for field in packet.fields { text += " \(field.name)=\(field.text)" }
    text += "\n"
  }

  func save(_ packet: ShownPacket, to path: String) { saved.append(path) }
  func run(_ command: [String]) { ran.append(command) }
  let isRecording = true
  var values: [String] = []
  func record(_ packet: ShownPacket) {
    recorded += 1
    values.append(packet.values)
  }
}

/// A packet of a recording that owns its bytes.
struct MadePacket {
  var bytes: [UInt8]
  var time: UInt64 = 1_000_000_000
  var link = LinkType.ethernet
  var length: Int?
  var context = EventContext()
  var recorded: [String: String] = [:]
  /// Nil: it is of a capture that is not netcap's.
  var probes: [Int]?
  var skb: UInt64 = 0

  /// Has it enter the probes.
  func replay(_ runtime: ScriptRuntime) throws {
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count + 1, alignment: 8)
    defer { copy.deallocate() }
    copy.copyBytes(from: bytes)
    var context = context
    context.time = time
    let event = Event(
      timeNanoseconds: time, point: 0, cpu: 0, processID: 0, threadID: 0, command: KernelName(""),
      interfaceIndex: 0, interfaceName: KernelName(""), namespace: 0, skb: skb, etherType: 0,
      link: link, packetLength: length ?? bytes.count, isCutByFault: false,
      bytes: UnsafeRawBufferPointer(rebasing: copy[..<bytes.count]))
    if let probes {
      try runtime.replay(
        ReplayPacket(event: event, context: context, recorded: recorded, probes: probes))
    } else {
      try runtime.replay(
        PlainPacket(
          timeNanoseconds: time, length: event.packetLength, link: link, bytes: event.bytes))
    }
  }
}

/// Runs a script over packets; returns what it printed.
func run(
  _ script: Script, _ packets: [MadePacket], output: FakeOutput = FakeOutput(),
  environment: PrintingEnvironment = PrintingEnvironment(),
  then body: (ScriptRuntime) throws -> Void = { _ in }
) throws -> String {
  let runtime = ScriptRuntime(
    script, store: MemoryStore(script), output: output, points: [], environment: environment)
  try runtime.begin()
  for packet in packets { try packet.replay(runtime) }
  try runtime.end()
  try body(runtime)
  return output.text
}

/// What an expression prints in the half in netcap, for a packet.
func printed(
  _ expression: TypedExpression, _ packet: MadePacket = MadePacket(bytes: Frames.tcp()),
  _ prepare: (inout Script) -> Void = { _ in }
) throws -> String {
  var script = Script.made()
  prepare(&script)
  script.probe([], emits: true)
  script.on(.probe(0), .print(expression))
  return String(try run(script, [packet]).dropLast())
}
