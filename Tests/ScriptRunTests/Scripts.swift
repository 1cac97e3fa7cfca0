import Kernel
import Language
import Lowering
import Packets
import Processes
import Syntax
import SystemPackage
import Testing

/// Whether this machine and this user can run eBPF programs.
enum BpfHere {
  static let obstacle: String? = {
    guard Clang.find() != nil else { return "no clang" }
    do throws(ScriptRun.Failure) {
      _ = try run(Script.of([]))
      return nil
    } catch .load(let failure) {
      return "\(failure.step): \(failure.reason)"
    } catch {
      return "\(error)"
    }
  }()

  static func run(
    _ script: Script, window: Int = ScriptUnit.standardWindow, hasCompareExchange: Bool = true,
    compiler: String? = nil
  ) throws(ScriptRun.Failure) -> ScriptRun {
    let named = compiler.flatMap { findExecutable($0) }.map { Clang(executable: $0) }
    return try ScriptRun(
      script, clang: named ?? Clang.find()!, window: window,
      hasCompareExchange: hasCompareExchange)
  }
}

/// One after the other: what libbpf says while it loads is kept in one place for the process.
@Suite(
  .serialized,
  .enabled(if: BpfHere.obstacle == nil, "eBPF cannot be run here: \(BpfHere.obstacle ?? "")"))
enum InKernel {}

private let nowhere = Span(0..<0)

/// Typed scripts by hand: what the checker would make of a text.
extension TypedExpression {
  init(_ kind: Kind, _ type: ValueType = .integer(.decimal)) {
    self.init(kind, type, span: nowhere)
  }

  static func number(_ value: Int64, _ presentation: Presentation = .decimal) -> TypedExpression {
    TypedExpression(.constant(value), .integer(presentation))
  }

  static func text(_ text: String) -> TypedExpression { TypedExpression(.text(text), .text) }

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
    return TypedExpression(.packetField(layer, field, depth: depth), type)
  }

  static func comparison(
    _ comparison: ComparisonOperator, _ a: TypedExpression, _ b: TypedExpression
  ) -> TypedExpression {
    TypedExpression(.comparison(comparison, a, b), .boolean)
  }

  static func == (a: TypedExpression, b: Int64) -> TypedExpression {
    comparison(.equal, a, .number(b))
  }

  static func arithmetic(
    _ operation: ArithmeticOperator, _ a: TypedExpression, _ b: TypedExpression
  ) -> TypedExpression { TypedExpression(.arithmetic(operation, a, b), a.type) }

  static prefix func ! (a: TypedExpression) -> TypedExpression {
    TypedExpression(.not(a), .boolean)
  }

  static func && (a: TypedExpression, b: TypedExpression) -> TypedExpression {
    TypedExpression(.and(a, b), .boolean)
  }

  static func || (a: TypedExpression, b: TypedExpression) -> TypedExpression {
    TypedExpression(.or(a, b), .boolean)
  }

  static func local(_ index: Int, _ type: ValueType = .integer(.decimal)) -> TypedExpression {
    TypedExpression(.local(index), type)
  }

  static func context(_ field: ContextField, _ type: ValueType = .integer(.decimal))
    -> TypedExpression
  { TypedExpression(.context(field), type) }

  static func kernel(_ text: String, _ type: ValueType = .integer(.decimal)) -> TypedExpression {
    let value: KernelRead.Value =
      switch type {
      case .text: .string
      case .address: .address6
      case .flow: .socketFlow
      default: .integer(bytes: 8, isSigned: false, isBigEndian: false)
      }
    return TypedExpression(
      .kernel(KernelRead(base: .argument(0), hops: [], value: value, text: text)), type)
  }

  var isPresent: TypedExpression { TypedExpression(.isPresent(self), .boolean) }
}

extension TypedStatement {
  init(_ kind: Kind) { self.init(kind, span: nowhere) }

  static func require(_ test: TypedExpression) -> TypedStatement {
    TypedStatement(.requirement(test))
  }
}

extension Script {
  /// One probe with these statements, and an `emit` of these values at the end.
  static func of(
    _ statements: [TypedStatement], emit: [TypedExpression]? = nil, locals: [Body.Local] = [],
    widths: [Int: EventField.Width] = [:], capture: Int = 65535
  ) -> Script {
    var script = Script(source: SourceText(name: "made.ncs", text: ""))
    var body = Body(locals: locals, statements: statements)
    if let emit { body.statements.append(TypedStatement(.emit(Emission(values: emit)))) }
    script.probes = [
      ProbeDefinition(
        name: "made", points: [],
        fields: (emit ?? []).enumerated().map {
          EventField(name: "f\($0)", type: $1.type, width: widths[$0])
        },
        body: body, emitsAtEnd: false, captureLength: capture, span: nowhere)
    ]
    return script
  }
}

/// Values of an event's fields: nil where absent.
func fields(_ words: [UInt64], _ types: [ValueType]) -> [[UInt64]?] {
  var at = 1
  return types.enumerated().map { index, type in
    defer { at += type.wordCount }
    return words[0] >> UInt64(index) & 1 == 1 ? Array(words[at..<at + type.wordCount]) : nil
  }
}

extension ScriptRun {
  /// The fields of the one event that is sent.
  func values(
    on input: Input, _ emitted: [TypedExpression]
  ) throws -> [[UInt64]?] {
    let outcome = try run(on: input)
    try #require(outcome.emissions.count == 1)
    return fields(outcome.emissions[0], emitted.map(\.type))
  }
}
