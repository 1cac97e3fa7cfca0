internal import Language
internal import Packets
internal import Syntax

/// An expression that can be an operand of any operator.
func grouped(_ text: String) -> String {
  let isSimple = text.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" }
  return isSimple ? text : "(\(text))"
}

extension ScriptBody {
  // MARK: Conditions

  /// Whether an expression is present and true, as a C expression.
  func condition(_ expression: TypedExpression) throws(Diagnostic) -> String {
    switch expression.kind {
    case .constant(let number):
      return number != 0 ? "true" : "false"
    case .comparison(let comparison, let left, let right):
      let (a, b) = (try value(left), try value(right))
      if a.present == "false" || b.present == "false" { return "false" }
      let test = Self.compare(comparison, a, b, left.type, right.type)
      return CValue.both(CValue.both(a.present, b.present), test)
    case .and(let left, let right):
      return try connect(left, right, isAnd: true)
    case .or(let left, let right):
      return try connect(left, right, isAnd: false)
    case .not(let operand):
      return "!\(grouped(try condition(operand)))"
    case .isPresent(let operand):
      return try value(operand).present
    case .hasLayer(let layer, let depth):
      return has(layer, depth)
    case .hasState(let state, let keys):
      return flag("\(try row(of: state, keys)) != NULL", "has")
    case .isInPrefix(let address, let prefix, let bits):
      let address = try value(address)
      if address.present == "false" { return "false" }
      let test =
        "nc_in_prefix(\(address.words[0]), \(address.words[1]), \(hexadecimal(prefix.high)), "
        + "\(hexadecimal(prefix.low)), \(bits))"
      return CValue.both(address.present, test)
    case .filterMatches(let filter, let depth):
      return "\(shared.filter(filter))(run, \(depth)) == 1"
    default:
      let value = try self.value(expression)
      if value.present == "false" { return "false" }
      return CValue.both(value.present, value.words[0])
    }
  }

  /// `&&` and `||`: what the right side computes is computed only if it counts.
  private func connect(
    _ left: TypedExpression, _ right: TypedExpression, isAnd: Bool
  ) throws(Diagnostic) -> String {
    let first = try condition(left)
    let (second, lines) = try apart { () throws(Diagnostic) in try condition(right) }
    if lines.isEmpty {
      return "\(grouped(first)) \(isAnd ? "&&" : "||") \(grouped(second))"
    }
    let result = name(isAnd ? "both" : "either")
    line("bool \(result) = \(first);")
    line("if (\(isAnd ? "" : "!")\(result)) {")
    append(lines)
    line("\t\(result) = \(second);")
    line("}")
    return result
  }

  private static func compare(
    _ comparison: ComparisonOperator, _ a: CValue, _ b: CValue, _ left: ValueType,
    _ right: ValueType
  ) -> String {
    let sign = comparison.cText
    switch left {
    case .integer, .boolean, .mac, .stack:
      if left.isUnsigned || right.isUnsigned || comparison.isEquality {
        return "\(a.words[0]) \(sign) \(b.words[0])"
      }
      return "(s64)\(a.words[0]) \(sign) (s64)\(b.words[0])"
    case .address:
      let same = "\(a.words[0]) == \(b.words[0]) && \(a.words[1]) == \(b.words[1])"
      switch comparison {
      case .equal: return "(\(same))"
      case .notEqual: return "!(\(same))"
      case .less, .lessOrEqual, .greater, .greaterOrEqual:
        return
          "(\(a.words[0]) != \(b.words[0]) ? \(a.words[0]) \(sign) \(b.words[0]) : "
          + "\(a.words[1]) \(sign) \(b.words[1]))"
      }
    case .text where !comparison.isEquality:
      return "nc_order(\(a.words[0]), \(b.words[0])) \(sign) 0"
    case .text, .flow, .record:
      var words = left.wordCount
      if case .record = left { words += 1 }
      return "\(comparison == .equal ? "" : "!")nc_same(\(a.words[0]), \(b.words[0]), \(words))"
    }
  }

  // MARK: Values

  /// Writes what computes a value.
  func value(_ expression: TypedExpression) throws(Diagnostic) -> CValue {
    switch expression.kind {
    case .constant(let number):
      return CValue(present: "true", words: [word(constant(number))])
    case .address(let address):
      return CValue(present: "true", words: [address.high, address.low].map(hexadecimal))
    case .text(let text):
      return CValue(present: "true", words: [shared.text(text)])
    case .absent:
      return .absent
    case .local(let index):
      return locals[index]
    case .option(let index):
      return option(index)
    case .comparison, .and, .or, .not, .isPresent, .hasLayer, .hasState, .isInPrefix,
      .filterMatches:
      return CValue(present: "true", words: [word(try condition(expression), "is")])
    case .isRebuilt:
      return CValue(present: "true", words: [shared.rebuilds ? "(run->s->packet.made != 0)" : "0"])
    case .packetField(let layer, let field, let depth):
      return try packetField(layer, field, depth)
    case .packetBytes(let layer, let depth, let fromPayload, let offset, let count):
      return try packetBytes(layer, depth, fromPayload, offset, count, expression.span)
    case .payloadLength(let layer, let depth):
      return try payloadLength(layer, depth, expression.span)
    case .packetLength(let depth):
      return try packetLength(depth)
    case .capturedLength:
      let length = "nc_packet_at_hand(&run->s->packet)"
      return CValue(
        present: "true",
        words: [word("\(length) < run->capture ? \(length) : run->capture", "caplen")])
    case .packetFlow(let depth):
      return try packetFlow(depth)
    case .context(let field):
      return try context(field)
    case .kernel(let read):
      return try kernelValue(read, expression)
    case .flowMember(let flow, let member):
      return try flowMember(flow, member)
    case .reversed(let flow):
      return try reversed(flow)
    case .member(let record, let index):
      return try member(record, index)
    case .negate(let operand):
      return try unary("-", operand)
    case .complement(let operand):
      return try unary("~", operand)
    case .arithmetic(let operation, let left, let right):
      return try arithmetic(operation, left, right)
    case .coalesce(let left, let right):
      return try coalesce(left, right)
    case .call(let index, let arguments):
      for argument in arguments { try refuseBuffer(argument) }
      return try call(index, arguments)
    case .state(let state, let keys, let member):
      return try stateValue(state, keys, member)
    case .eventField, .payloadText, .interpolation, .packetSummary, .table, .hops, .journey,
      .eventNumber, .colour, .hop,
      .rowKey, .rowValue:
      throw problem("this cannot be had in the kernel", expression.span)
    }
  }

  private func option(_ index: Int) -> CValue {
    switch shared.script.options[index].value {
    case nil: .absent
    case .integer(let number): CValue(present: "true", words: [word(constant(number))])
    case .text(let text): CValue(present: "true", words: [shared.text(text)])
    case .address(let address):
      CValue(present: "true", words: [address.high, address.low].map(hexadecimal))
    }
  }

  private func unary(_ sign: String, _ operand: TypedExpression) throws(Diagnostic) -> CValue {
    let operand = try value(operand)
    if operand.present == "false" { return .absent }
    return CValue(present: operand.present, words: [word("\(sign)(u64)\(operand.words[0])")])
  }

  private func arithmetic(
    _ operation: ArithmeticOperator, _ left: TypedExpression, _ right: TypedExpression
  ) throws(Diagnostic) -> CValue {
    let (a, b) = (try value(left), try value(right))
    if a.present == "false" || b.present == "false" { return .absent }
    let present = CValue.both(a.present, b.present)
    let isUnsigned = left.type.isUnsigned || right.type.isUnsigned
    let (x, y) = ("(u64)\(a.words[0])", b.words[0])
    func number(_ text: String) -> CValue { CValue(present: present, words: [word(text)]) }
    switch operation {
    case .add: return number("\(x) + \(y)")
    case .subtract: return number("\(x) - \(y)")
    case .multiply: return number("\(x) * \(y)")
    case .and: return number("\(x) & \(y)")
    case .or: return number("\(x) | \(y)")
    case .exclusiveOr: return number("\(x) ^ \(y)")
    case .shiftLeft: return number("\(x) << (\(y) & 63)")
    case .shiftRight:
      return number(
        left.type.isUnsigned ? "\(x) >> (\(y) & 63)" : "(u64)((s64)\(x) >> (\(y) & 63))")
    case .divide, .remainder:
      let isThere = flag(CValue.both(present, "\(y) != 0"), "divides")
      let result = name("v")
      line("u64 \(result) = 0;")
      line("if (\(isThere))")
      let isDivision = operation == .divide
      if isUnsigned {
        line("\t\(result) = \(x) \(isDivision ? "/" : "%") \(y);")
      } else {
        line("\t\(result) = \(isDivision ? "nc_divide" : "nc_remainder")(\(x), \(y));")
      }
      return CValue(present: isThere, words: [result])
    }
  }

  private func coalesce(
    _ left: TypedExpression, _ right: TypedExpression
  ) throws(Diagnostic) -> CValue {
    let first = try value(left)
    if first.isAlwaysPresent { return first }
    if first.present == "false" { return try value(right) }
    let (second, lines) = try apart { () throws(Diagnostic) in try value(right) }
    if second.present == "false" { return first }
    let isMemory = left.type.memoryWords != nil
    let present = name("has")
    let count = left.type == .address ? 2 : 1
    let words = (0..<count).map { _ in name("v") }
    line("bool \(present) = \(first.present);")
    for (name, word) in zip(words, first.words) {
      line(isMemory ? "const u64 *\(name) = \(word);" : "u64 \(name) = \(word);")
    }
    line("if (!\(present)) {")
    append(lines)
    for (name, word) in zip(words, second.words) { line("\t\(name) = \(word);") }
    line("\t\(present) = \(second.present);")
    line("}")
    return CValue(present: present, words: words)
  }

  private func call(
    _ index: Int, _ arguments: [TypedExpression]
  ) throws(Diagnostic) -> CValue {
    let function = shared.script.functions[index]
    var parts = ["run"]
    for argument in arguments {
      let value = try self.value(argument)
      let isMemory = argument.type.memoryWords != nil
      let count = argument.type == .address ? 2 : 1
      parts.append(value.present)
      parts += value.words.prefix(count).map {
        isMemory && value.present == "false" ? "nc_zeros" : $0
      }
    }
    let present: String
    if let words = function.result.memoryWords {
      let result = slot(words)
      parts.append(result)
      present = flag("\(shared.function(index))(\(parts.joined(separator: ", ")))", "has")
      return CValue(present: present, words: [result])
    }
    let result = name("result")
    line("u64 \(result)[\(function.result.wordCount)] = {};")
    parts.append(result)
    present = flag("\(shared.function(index))(\(parts.joined(separator: ", ")))", "has")
    return CValue(
      present: present, words: (0..<function.result.wordCount).map { word("\(result)[\($0)]") })
  }

  // MARK: Parts

  private func flowMember(
    _ flow: TypedExpression, _ member: FlowMember
  ) throws(Diagnostic) -> CValue {
    let flow = try value(flow)
    if flow.present == "false" { return .absent }
    let words = flow.words[0]
    let parts: [String] =
      switch member {
      case .src: ["\(words)[0]", "\(words)[1]"]
      case .dst: ["\(words)[2]", "\(words)[3]"]
      case .sport: ["\(words)[4] >> 32"]
      case .dport: ["\(words)[4] >> 16 & 0xffff"]
      case .proto: ["\(words)[4] & 0xffff"]
      }
    return CValue(present: flow.present, words: try read(parts, where: flow.present))
  }

  /// Words of memory, read where they are there.
  private func read(
    _ parts: [String], where present: String
  ) throws(Diagnostic) -> [String] {
    if present == "true" { return parts.map { word($0) } }
    return parts.map { part in
      let name = name("v")
      line("u64 \(name) = \(present) ? \(part) : 0;")
      return name
    }
  }

  private func reversed(_ flow: TypedExpression) throws(Diagnostic) -> CValue {
    let flow = try value(flow)
    if flow.present == "false" { return .absent }
    let target = name("reverse")
    line("u64 *\(target) = \(slot(5));")
    line("if (\(flow.present))")
    line("\tnc_reverse(\(target), \(flow.words[0]));")
    return CValue(present: flow.present, words: [target])
  }

  private func member(_ record: TypedExpression, _ index: Int) throws(Diagnostic) -> CValue {
    guard case .record(let members) = record.type else { return .absent }
    let record = try value(record)
    if record.present == "false" { return .absent }
    return try member(index, of: members, row: record.words[0], present: record.present)
  }

  /// A member of a record whose presence word is at `row`.
  private func member(
    _ index: Int, of members: [ValueType.Member], row: String, present: String
  ) throws(Diagnostic) -> CValue {
    let type = members[index].type
    let at = 1 + members[..<index].reduce(0) { $0 + $1.type.wordCount }
    let isThere = flag(CValue.both(present, "(\(row)[0] >> \(index) & 1)"), "has")
    if type.memoryWords != nil {
      return CValue(present: isThere, words: ["(\(row) + \(at))"])
    }
    return CValue(
      present: isThere,
      words: try read((0..<type.wordCount).map { "\(row)[\(at + $0)]" }, where: isThere))
  }

  // MARK: States

  /// The row that a state has for a key, as a pointer that may be NULL.
  private func row(of state: Int, _ keys: [TypedExpression]) throws(Diagnostic) -> String {
    try key(keys)
    let row = name("row")
    let lifetime = shared.script.states[state].lifetime ?? 0
    line(
      "const u64 *\(row) = nc_state_get(&\(shared.state(state)), run->s->key, nc_now(run), "
        + "\(constant(lifetime)));")
    return row
  }

  private func stateValue(
    _ state: Int, _ keys: [TypedExpression], _ member: Int?
  ) throws(Diagnostic) -> CValue {
    let definition = shared.script.states[state]
    let row = try row(of: state, keys)
    // A copy: what the row holds can change, and the row go.
    let words = 1 + definition.members.reduce(0) { $0 + $1.type.wordCount }
    let kept = name("kept")
    let present = flag("\(row) != NULL", "has")
    line("u64 *\(kept) = \(slot(words));")
    line("if (\(row))")
    line("\tnc_copy(\(kept), \(row) + 1, \(words));")
    guard let member = member ?? (isSingle(definition) ? 0 : nil) else {
      return CValue(present: present, words: [kept])
    }
    return try self.member(member, of: definition.members, row: kept, present: present)
  }

  private func isSingle(_ state: StateDefinition) -> Bool {
    state.members.count == 1 && state.members[0].name.isEmpty
  }
}

extension ComparisonOperator {
  fileprivate var cText: String {
    switch self {
    case .equal: "=="
    case .notEqual: "!="
    case .less: "<"
    case .lessOrEqual: "<="
    case .greater: ">"
    case .greaterOrEqual: ">="
    }
  }

  fileprivate var isEquality: Bool { self == .equal || self == .notEqual }
}
