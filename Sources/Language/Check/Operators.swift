internal import Syntax

/// Operators: what they take, and what comes of it.
extension Check {
  func unary(
    _ op: UnaryOperator, _ operand: Expression, at span: Span, expecting expected: ValueType?
  ) -> TypedExpression? {
    switch op {
    case .not:
      guard let value = condition(operand) else { return nil }
      if case .constant(let number) = value.kind {
        return TypedExpression(.constant(number == 0 ? 1 : 0), .boolean, span: span)
      }
      return TypedExpression(.not(value), .boolean, span: span)
    case .minus, .complement:
      guard let value = integer(of: operand, what: "the operand of '\(op.rawValue)'") else {
        return nil
      }
      let type = value.type == .integer(.duration) ? value.type : .integer(.decimal)
      if let number = value.constantInteger {
        return TypedExpression(.constant(op == .minus ? 0 &- number : ~number), type, span: span)
      }
      if op == .complement {
        return TypedExpression(.complement(value), value.type.arithmetic, span: span)
      }
      return TypedExpression(.negate(value), type, span: span)
    }
  }

  func binary(
    _ op: BinaryOperator, _ left: Expression, _ right: Expression, at span: Span,
    expecting expected: ValueType?
  ) -> TypedExpression? {
    switch op {
    case .both, .either:
      let a = condition(left)
      let b = condition(right)
      guard let a, let b else { return nil }
      return TypedExpression(op == .both ? .and(a, b) : .or(a, b), .boolean, span: span)
    case .otherwise: return coalesce(left, right, at: span, expecting: expected)
    case .isIn: return membership(left, right, at: span)
    case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual:
      return comparison(op, left, right, at: span)
    case .times, .divide, .remainder, .plus, .minus, .shiftLeft, .shiftRight, .and, .exclusiveOr,
      .or:
      let a = value(of: left)
      let b = value(of: right)
      guard let a, let b else { return nil }
      return arithmetic(op, a, b, at: span)
    }
  }

  // MARK: Arithmetic

  func arithmetic(
    _ op: BinaryOperator, _ a: TypedExpression, _ b: TypedExpression, at span: Span
  ) -> TypedExpression? {
    for side in [a, b] where !side.type.isInteger {
      report(
        "'\(op.rawValue)' takes numbers, and this is \(side.type.described)", at: side.span,
        hints: side.type == .text && !body.isKernel ? ["put texts together: \"{a}{b}\""] : [])
      return nil
    }
    guard let operation = op.arithmetic, case .integer(let p) = a.type,
      case .integer(let q) = b.type
    else { return nil }
    let type = ValueType.integer(Presentation.result(of: op, p, q))
    if operation == .divide || operation == .remainder, b.constantInteger == 0 {
      report("this divides by zero", at: b.span)
      return nil
    }
    if let x = a.constantInteger, let y = b.constantInteger {
      let isUnsigned = p.isUnsigned || q.isUnsigned
      if let folded = operation.folded(x, y, isUnsigned: isUnsigned) {
        return TypedExpression(.constant(folded), type, span: span)
      }
    }
    return TypedExpression(.arithmetic(operation, a, b), type, span: span)
  }

  // MARK: Comparisons

  /// Both sides; a name that only the other side's type explains is looked up after it.
  private func sides(_ left: Expression, _ right: Expression) -> (TypedExpression, TypedExpression)?
  {
    if isDeferred(left), !isDeferred(right) {
      let b = value(of: right)
      let a = value(of: left, orMissing: b)
      guard let a, let b else { return nil }
      return (a, b)
    }
    let a = value(of: left)
    let b = value(of: right, orMissing: a)
    guard let a, let b else { return nil }
    return (a, b)
  }

  /// An enumerator, perhaps without its prefix: a name that is nothing else.
  private func isDeferred(_ expression: Expression) -> Bool {
    guard case .name(let name) = expression.kind, body.binding(of: name) == nil,
      modules[module].names[name] == nil
    else { return false }
    return looksLikeEnumerator(name)
  }

  /// A value that meets another: where that one is missing in this kernel, an enumerator may be so
  /// too.
  func value(of expression: Expression, orMissing other: TypedExpression?) -> TypedExpression? {
    if isDeferred(expression), case .name(let name) = expression.kind {
      let isKnown =
        !types.enumerators(named: name).isEmpty
        || Catalogue.enumerations.contains { $0.cases.contains { $0.name == name } }
      if let other, isWild(other), !isKnown {
        return TypedExpression(.absent, .integer(.decimal), span: expression.span)
      }
      // Not known yet: nothing to be said of the name.
      if other == nil, !isKnown { return nil }
    }
    return value(of: expression, expecting: other?.type)
  }

  private func comparison(
    _ op: BinaryOperator, _ left: Expression, _ right: Expression, at span: Span
  ) -> TypedExpression? {
    guard let (a, b) = sides(left, right), let operation = op.comparison,
      let (x, y) = met(a, b, verb: "compared with")
    else { return nil }
    if operation != .equal, operation != .notEqual, !x.type.isInteger {
      report(
        "\(x.type.described) is neither less nor more than another", at: span,
        hints: x.type == .address ? ["ask for a network: ip.src in \"10.0.0.0/8\""] : [])
      return nil
    }
    if case .record = x.type {
      report("records are not compared", at: span, hints: ["compare their members"])
      return nil
    }
    return TypedExpression(.comparison(operation, x, y), .boolean, span: span)
  }

  private func coalesce(
    _ left: Expression, _ right: Expression, at span: Span, expecting expected: ValueType?
  ) -> TypedExpression? {
    let a = value(of: left, expecting: expected)
    let b = value(of: right, orMissing: a)
    guard let a, let b, let (x, y) = met(a, b, verb: "replaced by") else { return nil }
    let type = isWild(x) ? y.type : x.type.joined(with: y.type) ?? x.type
    return TypedExpression(.coalesce(x, y), type, span: span)
  }

  private func membership(
    _ left: Expression, _ right: Expression, at span: Span
  ) -> TypedExpression? {
    switch right.kind {
    case .range(let low, let high):
      guard let value = integer(of: left, what: "what is in a range"),
        let from = integer(of: low, what: "a bound"), let to = integer(of: high, what: "a bound")
      else { return nil }
      return TypedExpression(
        .and(
          TypedExpression(.comparison(.greaterOrEqual, value, from), .boolean, span: span),
          TypedExpression(.comparison(.less, value, to), .boolean, span: span)), .boolean,
        span: span)
    case .record(let items):
      guard let value = value(of: left) else { return nil }
      var result: TypedExpression?
      for item in items {
        guard let other = self.value(of: item.value, orMissing: value),
          let (x, y) = met(value, other, verb: "compared with")
        else { return nil }
        let equal = TypedExpression(.comparison(.equal, x, y), .boolean, span: span)
        result = result.map { TypedExpression(.or($0, equal), .boolean, span: span) } ?? equal
      }
      return result
    default: return prefixMembership(left, right, at: span)
    }
  }

  private func prefixMembership(
    _ left: Expression, _ right: Expression, at span: Span
  ) -> TypedExpression? {
    let a = value(of: left)
    let b = value(of: right)
    guard var a, let b else { return nil }
    if isWild(a) { a = a.retyped(.address) }
    guard a.type == .address else {
      report(
        "an address is in a network, and this is \(a.type.described)", at: a.span,
        hints: ["a number is in a range or a list: x in 1..<1024, x in (80, 443)"])
      return nil
    }
    let text: String
    switch b.kind {
    case .text(let written): text = written
    case .option(let index):
      guard case .text(let given) = script.options[index].value else { fallthrough }
      text = given
    default:
      report(
        "a network is a text that is known before the script runs", at: b.span,
        hints: ["for example: ip.src in \"10.0.0.0/8\""])
      return nil
    }
    guard let (address, bits) = AddressValue.prefix(text) else {
      report(
        "'\(text)' is no network", at: b.span,
        hints: ["for example \"10.0.0.0/8\", or \"2001:db8::/32\""])
      return nil
    }
    guard address.masked(to: bits) == address else {
      report(
        "'\(text)' has bits behind the prefix", at: b.span,
        hints: [
          "the network is \(address.masked(to: bits).written)/\(text.split(separator: "/").last ?? "")"
        ])
      return nil
    }
    return TypedExpression(.isInPrefix(a, address, bits: bits), .boolean, span: span)
  }

  // MARK: Meeting

  /// A value as the type that it meets has it: literals become what they stand for.
  func adapted(_ value: TypedExpression, to type: ValueType) -> TypedExpression {
    if value.type == type { return value }
    if isWild(value) { return value.retyped(type) }
    switch (value.kind, value.type, type) {
    case (.text(let text), .text, .address):
      if let address = AddressValue(text) {
        return TypedExpression(.address(address), .address, span: value.span)
      }
    case (.text(let text), .text, .mac):
      if let mac = macAddress(text) {
        return TypedExpression(.constant(mac), .mac, span: value.span)
      }
    case (.text(let text), .text, .integer(.enumeration(let index))):
      let enumeration = script.enumerations[index]
      let names = [text, enumeration.commonPrefix + text]
      if let found = enumeration.cases.first(where: { names.contains($0.name) }) {
        return TypedExpression(.constant(found.value), type, span: value.span)
      }
    case (.constant(let number), .integer, .boolean) where number == 0 || number == 1:
      return value.retyped(.boolean)
    case (.constant, .integer(.decimal), .integer): return value.retyped(type)
    default: break
    }
    return value
  }

  /// Two values that are compared or chosen from, with one representation; nil if they differ.
  func met(
    _ a: TypedExpression, _ b: TypedExpression, verb: String
  ) -> (TypedExpression, TypedExpression)? {
    let x = adapted(a, to: b.type)
    let y = adapted(b, to: x.type)
    if x.type.hasRepresentation(of: y.type) { return (x, y) }
    for (literal, other) in [(x, y), (y, x)] {
      guard case .text(let text) = literal.kind else { continue }
      switch other.type {
      case .address:
        report(
          "'\(text)' is no IP address", at: literal.span,
          hints: AddressValue.prefix(text) == nil ? [] : ["a network is asked for with in"])
        return nil
      case .mac:
        report(
          "'\(text)' is no MAC address", at: literal.span, hints: ["for example 02:00:00:00:00:01"])
        return nil
      case .integer(.enumeration(let index)):
        let enumeration = script.enumerations[index]
        report(
          "\(enumeration.name.isEmpty ? "the enum" : "enum \(enumeration.name)") has no '\(text)'",
          at: literal.span,
          hints: suggestion(for: text, among: enumeration.allNames))
        return nil
      case .integer, .boolean, .text, .flow, .stack, .record: break
      }
    }
    report(
      "\(x.type.described) cannot be \(verb) \(y.type.described)", at: y.span,
      hints: optionHint(x, y))
    return nil
  }

  private func optionHint(_ x: TypedExpression, _ y: TypedExpression) -> [String] {
    for (side, other) in [(x, y), (y, x)] {
      if case .option(let index) = side.kind, side.type == .text, other.type == .address {
        return ["declare it as an address: option \(script.options[index].name): addr"]
      }
    }
    return []
  }
}

extension ValueType {
  /// Of a number after arithmetic: names and times are lost.
  fileprivate var arithmetic: ValueType {
    switch self {
    case .integer(.hex), .integer(.unsigned), .integer(.pointer): self
    default: .integer(.decimal)
    }
  }
}

extension Presentation {
  /// How the result of an operation prints.
  static func result(of op: BinaryOperator, _ a: Presentation, _ b: Presentation) -> Presentation {
    switch (op, a, b) {
    case (.minus, .time, .time): return .duration
    case (.plus, .time, _), (.minus, .time, _), (.plus, _, .time): return .time
    case (.divide, .duration, .duration): return .decimal
    case (.plus, .duration, _), (.minus, .duration, _), (.times, .duration, _),
      (.divide, .duration, _), (.remainder, .duration, _), (.plus, _, .duration),
      (.times, _, .duration), (.minus, _, .duration):
      return .duration
    case (.and, .hex, _), (.and, _, .hex), (.or, .hex, _), (.or, _, .hex),
      (.exclusiveOr, .hex, _), (.exclusiveOr, _, .hex), (.shiftLeft, .hex, _),
      (.shiftRight, .hex, _):
      return .hex
    default: return a.isUnsigned || b.isUnsigned ? .unsigned : .decimal
    }
  }
}

extension BinaryOperator {
  var comparison: ComparisonOperator? {
    switch self {
    case .equal: .equal
    case .notEqual: .notEqual
    case .less: .less
    case .lessOrEqual: .lessOrEqual
    case .greater: .greater
    case .greaterOrEqual: .greaterOrEqual
    default: nil
    }
  }

  var arithmetic: ArithmeticOperator? {
    switch self {
    case .plus: .add
    case .minus: .subtract
    case .times: .multiply
    case .divide: .divide
    case .remainder: .remainder
    case .and: .and
    case .or: .or
    case .exclusiveOr: .exclusiveOr
    case .shiftLeft: .shiftLeft
    case .shiftRight: .shiftRight
    default: nil
    }
  }
}

extension ArithmeticOperator {
  /// The result for two numbers, as both halves work it out; nil for a division by zero.
  package func folded(_ x: Int64, _ y: Int64, isUnsigned: Bool) -> Int64? {
    switch self {
    case .add: x &+ y
    case .subtract: x &- y
    case .multiply: x &* y
    case .divide:
      if y == 0 {
        nil
      } else if isUnsigned {
        Int64(bitPattern: UInt64(bitPattern: x) / UInt64(bitPattern: y))
      } else {
        x.dividedReportingOverflow(by: y).partialValue
      }
    case .remainder:
      if y == 0 {
        nil
      } else if isUnsigned {
        Int64(bitPattern: UInt64(bitPattern: x) % UInt64(bitPattern: y))
      } else {
        y == -1 ? 0 : x % y
      }
    case .and: x & y
    case .or: x | y
    case .exclusiveOr: x ^ y
    case .shiftLeft: x &<< y
    case .shiftRight:
      isUnsigned ? Int64(bitPattern: UInt64(bitPattern: x) &>> UInt64(bitPattern: y)) : x &>> y
    }
  }
}
