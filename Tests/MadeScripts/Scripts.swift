package import Language
package import Packets
internal import Syntax

private let nowhere = Span(0..<0)

/// Typed scripts by hand: what the checker would make of a text.
extension TypedExpression {
  package init(_ kind: Kind, _ type: ValueType = .integer(.decimal)) {
    self.init(kind, type, span: nowhere)
  }

  package static func number(_ value: Int64, _ presentation: Presentation = .decimal)
    -> TypedExpression
  {
    TypedExpression(.constant(value), .integer(presentation))
  }

  package static func text(_ text: String) -> TypedExpression {
    TypedExpression(.text(text), .text)
  }

  package static func field(_ layer: Layer, _ name: String, depth: Int = 0) -> TypedExpression {
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

  package static func comparison(
    _ comparison: ComparisonOperator, _ a: TypedExpression, _ b: TypedExpression
  ) -> TypedExpression {
    TypedExpression(.comparison(comparison, a, b), .boolean)
  }

  package static func == (a: TypedExpression, b: Int64) -> TypedExpression {
    comparison(.equal, a, .number(b))
  }

  package static func arithmetic(
    _ operation: ArithmeticOperator, _ a: TypedExpression, _ b: TypedExpression
  ) -> TypedExpression { TypedExpression(.arithmetic(operation, a, b), a.type) }

  package static prefix func ! (a: TypedExpression) -> TypedExpression {
    TypedExpression(.not(a), .boolean)
  }

  package static func && (a: TypedExpression, b: TypedExpression) -> TypedExpression {
    TypedExpression(.and(a, b), .boolean)
  }

  package static func || (a: TypedExpression, b: TypedExpression) -> TypedExpression {
    TypedExpression(.or(a, b), .boolean)
  }

  package static func local(_ index: Int, _ type: ValueType = .integer(.decimal)) -> TypedExpression
  {
    TypedExpression(.local(index), type)
  }

  package static func context(_ field: ContextField, _ type: ValueType = .integer(.decimal))
    -> TypedExpression
  { TypedExpression(.context(field), type) }

  package static func kernel(_ text: String, _ type: ValueType = .integer(.decimal))
    -> TypedExpression
  {
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

  package var isPresent: TypedExpression { TypedExpression(.isPresent(self), .boolean) }
}

extension TypedStatement {
  package init(_ kind: Kind) { self.init(kind, span: nowhere) }

  package static func require(_ test: TypedExpression) -> TypedStatement {
    TypedStatement(.requirement(test))
  }
}

extension Script {
  /// One probe with these statements, and an `emit` of these values at the end.
  package static func of(
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
package func fields(_ words: [UInt64], _ types: [ValueType]) -> [[UInt64]?] {
  var at = 1
  return types.enumerated().map { index, type in
    defer { at += type.wordCount }
    return words[0] >> UInt64(index) & 1 == 1 ? Array(words[at..<at + type.wordCount]) : nil
  }
}
