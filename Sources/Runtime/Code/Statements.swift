internal import Language
internal import Packets

extension Compiler {
  /// Code for statements, one after the other.
  func block(_ statements: [TypedStatement]) -> StatementCode {
    let codes = statements.map { CompiledStatement(run: statement($0)) }
    switch codes.count {
    case 0: return { _ in .next }
    case 1: return codes[0].run
    case 2:
      let (first, second) = (codes[0].run, codes[1].run)
      return { machine in
        let outcome = first(machine)
        return outcome == .next ? second(machine) : outcome
      }
    default:
      return { machine in
        for code in codes {
          let outcome = code.run(machine)
          if outcome != .next { return outcome }
        }
        return .next
      }
    }
  }

  private func statement(_ statement: TypedStatement) -> StatementCode {
    switch statement.kind {
    case .set(let local, let value):
      let assign = assign(locals[local], value)
      return { machine in
        assign(machine)
        return .next
      }
    case .tableAdd(let table, let keys, let value): return add(table, keys, value)
    case .stateSet(let state, let keys, let values): return set(state, keys, values)
    case .stateDelete(let state, let keys): return delete(state, keys)
    case .condition(let condition, let then, let otherwise):
      let (test, then, otherwise) = (test(condition), block(then), block(otherwise))
      return { machine in test(machine) ? then(machine) : otherwise(machine) }
    case .loop(let local, let from, let to, let body): return loop(local, from, to, body)
    case .returning(let value): return returning(value)

    case .filter(let index):
      let matches = filter(index, 0)
      return { machine in matches(machine) ? .next : .stopped }
    case .requirement(let condition):
      let test = test(condition)
      return { machine in test(machine) ? .next : .stopped }
    case .capture(let length):
      return { machine in
        machine.pointee.captureLimit = max(0, length)
        return .next
      }
    // C is skipped: all gets through.
    case .rebuild, .c, .requirementC: return { _ in .next }
    case .emit(let emission): return emit(emission)

    case .print(let values): return print(values)
    case .showPacket:
      let output = output
      return { machine in
        if let packet = machine.shown { output.show(packet) }
        return .next
      }
    case .savePacket(let path): return save(path)
    case .clearTable(let table):
      let store = store
      return { machine in
        do throws(StoreError) { try store.clear(table: table) } catch { machine.note(error) }
        return .next
      }
    case .clearState(let state):
      let store = store
      return { machine in
        do throws(StoreError) { try store.clear(state: state) } catch { machine.note(error) }
        return .next
      }
    case .exit(let status):
      let code = status.map { integer($0) }
      return { machine in
        machine.pointee.exitStatus = Int32(truncatingIfNeeded: (code?(machine) ?? 0) & 0xff)
        return .stopped
      }
    case .run(let command): return run(command)
    case .forEachHop(let body): return forEachHop(body)
    case .forEachRow(let query, let body): return forEachRow(query, body)
    }
  }

  // MARK: Tables and states

  /// Adds a sample; an absent one is none.
  private func add(
    _ table: Int, _ keys: [TypedExpression], _ value: TypedExpression
  ) -> StatementCode {
    let key = key(keys)
    let memory = samples.tables[table]
    if case .constant(let value) = value.kind {
      return { machine in
        memory.add(key(machine), value)
        return .next
      }
    }
    let value = integer(value)
    return { machine in
      guard let value = value(machine) else { return .next }
      memory.add(key(machine), value)
      return .next
    }
  }

  private func set(
    _ state: Int, _ keys: [TypedExpression], _ values: [TypedExpression]
  ) -> StatementCode {
    let key = key(keys)
    // Presence bits and words: what a key looks like, too.
    let value = self.key(values)
    if let memory {
      let state = memory.states[state]
      return { machine in
        // The values may read what the state has: they come first.
        let value = value(machine)
        state.set(key(machine), value, now: machine.pointee.context.time ?? 0)
        return .next
      }
    }
    let store = store
    let keyWords = 1 + keys.reduce(0) { $0 + $1.type.wordCount }
    let valueWords = 1 + values.reduce(0) { $0 + $1.type.wordCount }
    return { machine in
      let value = Array(UnsafeBufferPointer(start: value(machine), count: valueWords))
      let key = Array(UnsafeBufferPointer(start: key(machine), count: keyWords))
      do throws(StoreError) {
        try store.set(
          state: state, key: key, value: value, now: machine.pointee.context.time ?? 0)
      } catch {
        machine.note(error)
      }
      return .next
    }
  }

  private func delete(_ state: Int, _ keys: [TypedExpression]) -> StatementCode {
    let key = key(keys)
    if let memory {
      let state = memory.states[state]
      return { machine in
        state.delete(key(machine))
        return .next
      }
    }
    let store = store
    let keyWords = 1 + keys.reduce(0) { $0 + $1.type.wordCount }
    return { machine in
      let key = Array(UnsafeBufferPointer(start: key(machine), count: keyWords))
      do throws(StoreError) {
        try store.delete(state: state, key: key)
      } catch {
        machine.note(error)
      }
      return .next
    }
  }

  // MARK: Control

  private func loop(
    _ local: Int, _ from: TypedExpression, _ to: TypedExpression, _ body: [TypedStatement]
  ) -> StatementCode {
    let (from, to, body) = (integer(from), integer(to), block(body))
    let place = locals[local].offset
    let limit = isKernelHalf ? Int64(TypedStatement.loopLimit) : .max
    return { machine in
      guard let first = from(machine), let end = to(machine), first < end else { return .next }
      let (rounds, isLong) = end.subtractingReportingOverflow(first)
      let last = isLong || rounds > limit ? first &+ limit : end
      var index = first
      while index < last {
        machine.pointee.words[place] = 1
        machine.pointee.words[place + 1] = UInt64(bitPattern: index)
        let outcome = body(machine)
        if outcome != .next { return outcome }
        index += 1
      }
      return .next
    }
  }

  private func returning(_ value: TypedExpression?) -> StatementCode {
    guard let value, let resultPlace else { return { _ in .returned } }
    let assign = assign(resultPlace, value)
    return { machine in
      assign(machine)
      return .returned
    }
  }

  // MARK: Events

  /// Queues an event: its fields' presence bits, then their words.
  private func emit(_ emission: Emission) -> StatementCode {
    let fields = emissionFields
    let total = 1 + fields.reduce(0) { $0 + $1.type.wordCount }
    var at = 1
    var parts: [(code: WordsCode, offset: Int, bit: UInt64, width: EventField.Width?)] = []
    for (index, field) in fields.enumerated() {
      if emission.cFields.contains(index) {
        parts.append((recordedWords(field), at, 1 << UInt64(index), field.width))
      } else if index < emission.values.count, let value = emission.values[index] {
        var code = words(value)
        if case .record = field.type { code = withoutMask(code, value.type) }
        parts.append((code, at, 1 << UInt64(index), field.width))
      }
      at += field.type.wordCount
    }
    let scratch = reserve(total)
    let all = parts
    return { machine in
      let place = machine.pointee.words + scratch
      place.update(repeating: 0, count: total)
      for part in all where part.code(machine, place + part.offset) {
        place[0] |= part.bit
        if let width = part.width { place[part.offset] = width.cut(place[part.offset]) }
      }
      machine.pointee.emissions.append(place, total, machine.pointee.captureLimit)
      return .next
    }
  }

  /// What C filled in when the event was recorded; absent in other recordings.
  private func recordedWords(_ field: EventField) -> WordsCode {
    let name = field.recordedName
    return { machine, place in
      guard let number = machine.pointee.recorded[name].flatMap({ RecordedValue.integer($0) })
      else { return false }
      place[0] = UInt64(bitPattern: number)
      return true
    }
  }

  /// A record's members as events have them.
  private func withoutMask(_ code: @escaping WordsCode, _ type: ValueType) -> WordsCode {
    let count = type.wordCount
    let scratch = reserve(type.localWordCount)
    return { machine, place in
      let words = machine.pointee.words + scratch
      let isPresent = code(machine, words)
      place.update(from: words + 1, count: count)
      return isPresent
    }
  }

  private func save(_ path: TypedExpression) -> StatementCode {
    let code = text(path)
    let output = output
    return { machine in
      if let packet = machine.shown, let path = code(machine) {
        output.save(packet, to: String(decoding: path.bytes, as: UTF8.self))
      }
      return .next
    }
  }

  /// Every argument is printed as `print` would, but for packet text, which is given as it is.
  private func run(_ command: [TypedExpression]) -> StatementCode {
    let arguments = command.map { argument -> (Machine) -> String in
      if argument.type == .text {
        let code = text(argument)
        return { machine in
          code(machine).map { String(decoding: $0.bytes, as: UTF8.self) } ?? "-"
        }
      }
      let print = printed(argument, ValueFormat())
      return { machine in
        machine.pointee.line.begin()
        print(machine)
        return String(decoding: machine.pointee.line.bytes, as: UTF8.self)
      }
    }
    let output = output
    return { machine in
      output.run(arguments.map { $0(machine) })
      return .next
    }
  }
}

extension EventField.Width {
  /// The bits that are kept of a number, as a number again.
  func cut(_ number: UInt64) -> UInt64 {
    if bits >= 64 { return number }
    let shift = UInt64(64 - bits)
    return isSigned
      ? UInt64(bitPattern: Int64(bitPattern: number << shift) >> Int64(shift))
      : (number << shift) >> shift
  }
}

extension EmissionQueue {
  mutating func append(_ place: UnsafePointer<UInt64>, _ count: Int, _ captureLimit: Int) {
    entries.append(Entry(start: words.count, captureLimit: captureLimit))
    words.append(contentsOf: UnsafeBufferPointer(start: place, count: count))
  }
}
