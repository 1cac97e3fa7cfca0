internal import Language
internal import Packets

extension Compiler {
  /// Code for numbers, booleans, macs and stacks.
  func integer(_ expression: TypedExpression) -> IntegerCode {
    switch expression.kind {
    case .constant(let value): return { _ in value }
    case .local(let index):
      let offset = locals[index].offset
      return { machine in
        let place = machine.pointee.words + offset
        return place[0] != 0 ? Int64(bitPattern: place[1]) : nil
      }
    case .option(let index):
      guard case .integer(let value)? = script.options[index].value else { return { _ in nil } }
      return { _ in value }
    case .eventField(let index): return eventInteger(index)

    case .packetField(let layer, let field, let depth): return packetInteger(layer, field, depth)
    case .packetBytes(let layer, let depth, let fromPayload, let offset, let count):
      return packetBytes(layer, depth, fromPayload, offset, count)
    case .payloadLength(let layer, let depth):
      return { machine in machine.payload(of: layer, depth).map { Int64($0.count) } }
    case .packetLength(let depth):
      if depth == 0 { return { machine in Int64(machine.pointee.packetLength) } }
      return { machine in
        guard let start = machine.innerStart, start <= machine.pointee.packetLength else {
          return nil
        }
        return Int64(machine.pointee.packetLength - start)
      }
    case .capturedLength:
      if isKernelHalf {
        return { machine in Int64(min(machine.pointee.bytes.count, machine.pointee.captureLimit)) }
      }
      return { machine in Int64(machine.pointee.bytes.count) }
    case .context(let field): return contextInteger(field)
    case .kernel(let read): return recordedInteger(read)

    case .flowMember(let base, let member): return flowInteger(base, member)
    case .member(let base, let member): return integer(memberWords(base, member))
    case .state(let index, let keys, let member):
      return integer(stateMember(index, keys, member ?? 0))
    case .negate(let value):
      let code = integer(value)
      return { machine in code(machine).map { 0 &- $0 } }
    case .complement(let value):
      let code = integer(value)
      return { machine in code(machine).map { ~$0 } }
    case .arithmetic(let operation, let a, let b): return arithmetic(operation, a, b)
    case .coalesce(let a, let b):
      let (a, b) = (integer(a), integer(b))
      return { machine in a(machine) ?? b(machine) }
    case .call(let index, let arguments): return call(index, arguments).integer

    // Never absent.
    case .not, .comparison, .isInPrefix, .and, .or, .isPresent, .hasState, .hasLayer,
      .filterMatches, .isRebuilt:
      let test = test(expression)
      return { machine in test(machine) ? 1 : 0 }

    case .journey(let field): return journeyInteger(field)
    case .eventNumber: return { machine in machine.pointee.number }
    case .hop(let field): return hopInteger(field)
    case .rowKey(let index): return integer(rowKeyWords(index))
    case .rowValue(let value): return rowInteger(value)

    // Of other types.
    case .absent, .address, .text, .packetFlow, .reversed, .payloadText, .interpolation,
      .packetSummary, .table, .hops, .colour:
      return { _ in nil }
    }
  }

  /// Code for booleans where only true matters: conditions, `where`, operands of `&& || !`.
  func test(_ expression: TypedExpression) -> TestCode {
    switch expression.kind {
    case .constant(let value):
      let isTrue = value != 0
      return { _ in isTrue }
    case .not(let value):
      let code = test(value)
      return { machine in !code(machine) }
    case .and(let a, let b):
      let (a, b) = (test(a), test(b))
      return { machine in a(machine) && b(machine) }
    case .or(let a, let b):
      let (a, b) = (test(a), test(b))
      return { machine in a(machine) || b(machine) }
    case .comparison(let operation, let a, let b): return comparison(operation, a, b)
    case .isInPrefix(let value, let prefix, let bits):
      let code = address(value)
      let high: UInt64 = bits >= 64 ? .max : bits == 0 ? 0 : ~(UInt64.max >> UInt64(bits))
      let low: UInt64 =
        bits >= 128 ? .max : bits <= 64 ? 0 : ~(UInt64.max >> UInt64(bits - 64))
      let (wantedHigh, wantedLow) = (prefix.high & high, prefix.low & low)
      return { machine in
        guard let value = code(machine) else { return false }
        return value.high & high == wantedHigh && value.low & low == wantedLow
      }
    case .isPresent(let value): return isPresent(value)
    case .hasState(let index, let keys):
      let find = find(index, keys)
      return { machine in
        var isThere = false
        find(machine) { isThere = $0 != nil }
        return isThere
      }
    case .hasLayer(let layer, let depth):
      return { machine in machine.offset(of: layer, depth) != nil }
    case .filterMatches(let index, let depth): return filter(index, depth)
    case .isRebuilt: return { machine in machine.pointee.context.isRebuilt }
    default:
      let code = integer(expression)
      return { machine in (code(machine) ?? 0) != 0 }
    }
  }

  private func isPresent(_ value: TypedExpression) -> TestCode {
    switch value.type {
    case .integer, .boolean, .mac, .stack:
      let code = integer(value)
      return { machine in code(machine) != nil }
    case .address:
      let code = address(value)
      return { machine in code(machine) != nil }
    case .flow:
      let code = flow(value)
      return { machine in code(machine) != nil }
    case .text:
      let code = text(value)
      return { machine in code(machine) != nil }
    case .record:
      let code = words(value)
      let scratch = reserve(value.type.localWordCount)
      return { machine in code(machine, machine.pointee.words + scratch) }
    }
  }

  private func eventInteger(_ index: Int) -> IntegerCode {
    let offset = 1 + fields[..<index].reduce(0) { $0 + $1.type.wordCount }
    let bit = UInt64(1) << UInt64(index)
    return { machine in
      guard let fields = machine.pointee.fields, fields[0] & bit != 0 else { return nil }
      return Int64(bitPattern: fields[offset])
    }
  }

  // MARK: Operators

  private func arithmetic(
    _ operation: ArithmeticOperator, _ left: TypedExpression, _ right: TypedExpression
  ) -> IntegerCode {
    let (a, b) = (integer(left), integer(right))
    func both(_ combine: @escaping (Int64, Int64) -> Int64?) -> IntegerCode {
      { machine in
        guard let a = a(machine), let b = b(machine) else { return nil }
        return combine(a, b)
      }
    }
    let isUnsigned = left.type.isUnsigned || right.type.isUnsigned
    switch operation {
    case .add:
      return { machine in
        guard let a = a(machine), let b = b(machine) else { return nil }
        return a &+ b
      }
    case .subtract:
      return { machine in
        guard let a = a(machine), let b = b(machine) else { return nil }
        return a &- b
      }
    case .multiply: return both { $0 &* $1 }
    case .divide:
      if isUnsigned {
        return both {
          $1 == 0 ? nil : Int64(bitPattern: UInt64(bitPattern: $0) / UInt64(bitPattern: $1))
        }
      }
      return both { $1 == 0 ? nil : $1 == -1 ? 0 &- $0 : $0 / $1 }
    case .remainder:
      if isUnsigned {
        return both {
          $1 == 0 ? nil : Int64(bitPattern: UInt64(bitPattern: $0) % UInt64(bitPattern: $1))
        }
      }
      return both { $1 == 0 ? nil : $1 == -1 ? 0 : $0 % $1 }
    case .and: return both { $0 & $1 }
    case .or: return both { $0 | $1 }
    case .exclusiveOr: return both { $0 ^ $1 }
    case .shiftLeft: return both { $0 &<< $1 }
    case .shiftRight:
      if left.type.isUnsigned {
        return both { Int64(bitPattern: UInt64(bitPattern: $0) &>> UInt64(bitPattern: $1)) }
      }
      return both { $0 &>> $1 }
    }
  }

  private func comparison(
    _ operation: ComparisonOperator, _ left: TypedExpression, _ right: TypedExpression
  ) -> TestCode {
    switch left.type {
    case .integer, .boolean, .mac, .stack:
      let isUnsigned = left.type.isUnsigned || right.type.isUnsigned
      return isUnsigned
        ? compareUnsigned(operation, integer(left), integer(right))
        : compareSigned(operation, left, right)
    case .address: return compare(operation, address(left), address(right))
    case .flow: return compareFlows(operation, flow(left), flow(right))
    case .text:
      return compareName(operation, left, right) ?? compare(operation, text(left), text(right))
    case .record: return compareRecords(operation, left, right)
    }
  }

  private func compareSigned(
    _ operation: ComparisonOperator, _ left: TypedExpression, _ right: TypedExpression
  ) -> TestCode {
    let a = integer(left)
    if case .constant(let b) = right.kind {
      switch operation {
      case .equal: return { machine in a(machine) == .some(b) }
      case .notEqual: return { machine in a(machine).map { $0 != b } ?? false }
      case .less: return { machine in a(machine).map { $0 < b } ?? false }
      case .lessOrEqual: return { machine in a(machine).map { $0 <= b } ?? false }
      case .greater: return { machine in a(machine).map { $0 > b } ?? false }
      case .greaterOrEqual: return { machine in a(machine).map { $0 >= b } ?? false }
      }
    }
    return compare(operation, a, integer(right))
  }

  private func compareUnsigned(
    _ operation: ComparisonOperator, _ a: @escaping IntegerCode, _ b: @escaping IntegerCode
  ) -> TestCode {
    compare(
      operation, { machine in a(machine).map { UInt64(bitPattern: $0) } },
      { machine in b(machine).map { UInt64(bitPattern: $0) } })
  }

  private func compare<Value: Comparable>(
    _ operation: ComparisonOperator, _ a: @escaping (Machine) -> Value?,
    _ b: @escaping (Machine) -> Value?
  ) -> TestCode {
    func both(_ holds: @escaping (Value, Value) -> Bool) -> TestCode {
      { machine in
        guard let a = a(machine), let b = b(machine) else { return false }
        return holds(a, b)
      }
    }
    switch operation {
    case .equal: return both { $0 == $1 }
    case .notEqual: return both { $0 != $1 }
    case .less: return both { $0 < $1 }
    case .lessOrEqual: return both { $0 <= $1 }
    case .greater: return both { $0 > $1 }
    case .greaterOrEqual: return both { $0 >= $1 }
    }
  }

  private func compareFlows(
    _ operation: ComparisonOperator, _ a: @escaping FlowCode, _ b: @escaping FlowCode
  ) -> TestCode {
    let wantsEqual = operation == .equal
    return { machine in
      guard let a = a(machine), let b = b(machine) else { return false }
      return (a == b) == wantsEqual
    }
  }

  private func compareRecords(
    _ operation: ComparisonOperator, _ left: TypedExpression, _ right: TypedExpression
  ) -> TestCode {
    let (a, b) = (words(left), words(right))
    let count = left.type.localWordCount
    let (placeA, placeB) = (reserve(count), reserve(count))
    let wantsEqual = operation == .equal
    return { machine in
      let words = machine.pointee.words
      guard a(machine, words + placeA), b(machine, words + placeB) else { return false }
      return (0..<count).allSatisfy { words[placeA + $0] == words[placeB + $0] } == wantsEqual
    }
  }

  /// `comm == "curl"`: two words are compared, nothing is allocated.
  private func compareName(
    _ operation: ComparisonOperator, _ left: TypedExpression, _ right: TypedExpression
  ) -> TestCode? {
    guard operation == .equal || operation == .notEqual, case .text(let text) = right.kind else {
      return nil
    }
    let read: (Machine) -> KernelName?
    switch left.kind {
    case .context(.comm): read = { $0.pointee.context.command }
    case .context(.interfaceName): read = { $0.pointee.context.interfaceName }
    default: return nil
    }
    let wantsEqual = operation == .equal
    let name = KernelName(text)
    if text.utf8.count > 15 { return { machine in read(machine) != nil && !wantsEqual } }
    return { machine in
      guard let value = read(machine) else { return false }
      return (value == name) == wantsEqual
    }
  }
}

extension Text: Comparable {
  package static func < (a: Text, b: Text) -> Bool {
    a.bytes.lexicographicallyPrecedes(b.bytes)
  }

  package static func == (a: Text, b: Text) -> Bool { a.bytes == b.bytes }
}
