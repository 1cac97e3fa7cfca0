internal import Language
internal import Packets

/// A number, boolean, mac or stack; nil: absent.
typealias IntegerCode = (Machine) -> Int64?
/// A boolean as a test: an absent one is false.
typealias TestCode = (Machine) -> Bool
typealias AddressCode = (Machine) -> AddressValue?
typealias FlowCode = (Machine) -> FlowValue?
typealias TextCode = (Machine) -> Text?
/// Writes a value's words to a place, zeros where it is absent; returns whether it is present.
typealias WordsCode = (Machine, UnsafeMutablePointer<UInt64>) -> Bool
typealias StatementCode = (Machine) -> Outcome

/// A statement's code in an array: a closure by itself would be called through another there.
struct CompiledStatement {
  let run: StatementCode
}

/// How a statement ended.
enum Outcome: UInt8 {
  case next
  /// `return`
  case returned
  /// A filter that does not match, or `exit`.
  case stopped
}

/// Turns a script's typed expressions and statements into closures, each for one type of value, so
/// that nothing is looked up and nothing is boxed while events come in.
///
/// All locals have a place of their own in ``MachineState/words``: functions are never recursive.
final class Compiler {
  let script: Script
  let store: any ScriptStore
  /// Where tables' samples go.
  let samples: MemoryStore
  /// Where states are, if that is in this process.
  let memory: MemoryStore?
  let printer: ValuePrinter
  let output: any ScriptOutput

  /// The half of the body that is being compiled.
  var isKernelHalf = false
  /// The probe whose event fields it refers to.
  var fields: [EventField] = []
  var emissionFields: [EventField] = []
  var locals: [LocalPlace] = []
  /// Tables that loops around the code at hand go over.
  var rowTables: [Int] = []
  /// Where `return` puts its value, and of what type it is; nil: a body without one.
  var resultPlace: LocalPlace?

  /// Words and texts that have been given away.
  private(set) var wordCount = 0
  private(set) var textCount = 0
  var functions: [FunctionKey: CompiledFunction] = [:]

  struct FunctionKey: Hashable {
    let index: Int
    let isKernelHalf: Bool
  }

  /// Where a local is: a word that is not zero if it is present, then its words; for a text, which of
  /// the texts.
  struct LocalPlace {
    let type: ValueType
    let offset: Int
  }

  init(
    _ script: Script, store: any ScriptStore, printer: ValuePrinter, output: any ScriptOutput
  ) {
    self.script = script
    self.store = store
    self.printer = printer
    self.output = output
    switch store {
    case let store as MemoryStore:
      samples = store
      memory = store
    case let store as MergedStore:
      samples = store.local
      memory = nil
    default: preconditionFailure("a store that nobody merges with what netcap adds")
    }
  }

  /// Words of the machine that belong to the caller alone.
  func reserve(_ count: Int) -> Int {
    defer { wordCount += count }
    return wordCount
  }

  func place(for type: ValueType) -> LocalPlace {
    if type == .text {
      defer { textCount += 1 }
      return LocalPlace(type: type, offset: textCount)
    }
    return LocalPlace(type: type, offset: reserve(1 + type.localWordCount))
  }

  /// Code for a body: all its statements.
  func body(_ body: Body) -> StatementCode {
    locals = body.locals.map { place(for: $0.type) }
    resultPlace = nil
    return block(body.statements)
  }

  /// Code for an expression of any type.
  func words(_ expression: TypedExpression) -> WordsCode {
    switch expression.type {
    case .integer, .boolean, .mac, .stack:
      let code = integer(expression)
      return { machine, place in
        guard let value = code(machine) else {
          place[0] = 0
          return false
        }
        place[0] = UInt64(bitPattern: value)
        return true
      }
    case .address:
      let code = address(expression)
      return { machine, place in
        guard let value = code(machine) else {
          place[0] = 0
          place[1] = 0
          return false
        }
        place[0] = value.high
        place[1] = value.low
        return true
      }
    case .flow:
      let code = flow(expression)
      return { machine, place in
        guard let value = code(machine) else {
          place.update(repeating: 0, count: 5)
          return false
        }
        value.write(to: place)
        return true
      }
    case .text: return textWords(expression)
    case .record: return record(expression)
    }
  }

  private func textWords(_ expression: TypedExpression) -> WordsCode {
    let count = ValueType.text.wordCount
    func name(_ read: @escaping (Machine) -> KernelName?) -> WordsCode {
      { machine, place in
        place.update(repeating: 0, count: count)
        guard let name = read(machine) else { return false }
        (place[0], place[1]) = name.words
        return true
      }
    }
    switch expression.kind {
    case .context(.comm): return name { $0.pointee.context.command }
    case .context(.interfaceName): return name { $0.pointee.context.interfaceName }
    case .eventField(let index): return eventWords(index)
    default:
      let code = text(expression)
      return { machine, place in
        guard let value = code(machine) else {
          place.update(repeating: 0, count: count)
          return false
        }
        value.write(to: place)
        return true
      }
    }
  }

  // MARK: Places that hold words

  /// The words of a field of the event.
  func eventWords(_ index: Int) -> WordsCode {
    let offset = 1 + fields[..<index].reduce(0) { $0 + $1.type.wordCount }
    let count = fields[index].type.wordCount
    let bit = UInt64(1) << UInt64(index)
    return { machine, place in
      guard let fields = machine.pointee.fields, fields[0] & bit != 0 else {
        place.update(repeating: 0, count: count)
        return false
      }
      place.update(from: fields + offset, count: count)
      return true
    }
  }

  /// Code that puts a value where a local is kept.
  func assign(_ place: LocalPlace, _ value: TypedExpression) -> (Machine) -> Void {
    let offset = place.offset
    if place.type == .text {
      let code = text(value)
      return { machine in machine.pointee.texts[offset] = code(machine) }
    }
    let code = words(value)
    return { machine in
      let words = machine.pointee.words + offset
      words[0] = code(machine, words + 1) ? 1 : 0
    }
  }

  /// The words of a local, which is no text.
  func localWords(_ place: LocalPlace) -> WordsCode {
    let (offset, count) = (place.offset, place.type.localWordCount)
    return { machine, target in
      let words = machine.pointee.words + offset
      target.update(from: words + 1, count: count)
      return words[0] != 0
    }
  }

  /// Keys as tables and states have them: presence bits, then words. They are put together at the
  /// same place each time, which the code returns.
  func key(_ keys: [TypedExpression]) -> (Machine) -> UnsafeMutablePointer<UInt64> {
    struct Part {
      let code: WordsCode
      let offset: Int
      let bit: UInt64
    }
    var at = 1
    var parts: [Part] = []
    for (index, key) in keys.enumerated() {
      parts.append(Part(code: words(key), offset: at, bit: 1 << UInt64(index)))
      at += key.type.wordCount
    }
    let offset = reserve(at)
    switch parts.count {
    case 0:
      return { machine in
        let place = machine.pointee.words + offset
        place[0] = 0
        return place
      }
    case 1:
      let code = parts[0].code
      return { machine in
        let place = machine.pointee.words + offset
        place[0] = code(machine, place + 1) ? 1 : 0
        return place
      }
    default:
      let all = parts
      return { machine in
        let place = machine.pointee.words + offset
        var present: UInt64 = 0
        for part in all where part.code(machine, place + part.offset) { present |= part.bit }
        place[0] = present
        return place
      }
    }
  }

  // MARK: Records and states

  private func record(_ expression: TypedExpression) -> WordsCode {
    let count = expression.type.localWordCount
    switch expression.kind {
    case .local(let index): return localWords(locals[index])
    case .state(let index, let keys, nil): return state(index, keys, from: 0, count: count)
    case .eventField(let index):
      let code = eventWords(index)
      return { machine, place in
        // Events do not say which members are present.
        place[0] = .max
        return code(machine, place + 1)
      }
    case .coalesce(let first, let second):
      let (first, second) = (record(first), record(second))
      return { machine, place in first(machine, place) || second(machine, place) }
    case .call(let index, let arguments):
      let call = call(index, arguments)
      return { machine, place in call.words(machine, place) }
    default:
      return { _, place in
        place.update(repeating: 0, count: count)
        return false
      }
    }
  }

  /// Words of what a state keeps for a key, from its presence bits (0) on.
  func state(_ index: Int, _ keys: [TypedExpression], from: Int, count: Int) -> WordsCode {
    let find = find(index, keys)
    return { machine, place in
      var isPresent = false
      find(machine) { value in
        guard let value else { return place.update(repeating: 0, count: count) }
        place.update(from: value + from, count: count)
        isPresent = true
      }
      return isPresent
    }
  }

  /// A member of what a state keeps for a key.
  func stateMember(_ index: Int, _ keys: [TypedExpression], _ member: Int) -> WordsCode {
    let members = script.states[index].members
    let offset = 1 + members[..<member].reduce(0) { $0 + $1.type.wordCount }
    let count = members[member].type.wordCount
    let find = find(index, keys)
    return { machine, place in
      var isPresent = false
      find(machine) { value in
        guard let value, value[0] >> UInt64(member) & 1 != 0 else {
          return place.update(repeating: 0, count: count)
        }
        place.update(from: value + offset, count: count)
        isPresent = true
      }
      return isPresent
    }
  }

  typealias Found = (UnsafePointer<UInt64>?) -> Void

  /// Lends what a state keeps for a key: presence bits, then the members' words.
  func find(_ index: Int, _ keys: [TypedExpression]) -> (Machine, Found) -> Void {
    let key = key(keys)
    if let memory {
      let state = memory.states[index]
      return { machine, found in
        found(state.value(key(machine), now: machine.pointee.context.time ?? 0))
      }
    }
    let store = store
    let keyWords = 1 + keys.reduce(0) { $0 + $1.type.wordCount }
    return { machine, found in
      let words = Array(UnsafeBufferPointer(start: key(machine), count: keyWords))
      do throws(StoreError) {
        let value = try store.value(
          ofState: index, key: words, now: machine.pointee.context.time ?? 0)
        guard let value else { return found(nil) }
        value.withUnsafeBufferPointer { found($0.baseAddress) }
      } catch {
        machine.note(error)
        found(nil)
      }
    }
  }

  /// A member of a record that has a place.
  func memberWords(_ base: TypedExpression, _ member: Int) -> WordsCode {
    guard case .record(let members) = base.type else { return { _, _ in false } }
    if case .state(let index, let keys, nil) = base.kind {
      return stateMember(index, keys, member)
    }
    let code = record(base)
    let scratch = reserve(base.type.localWordCount)
    let offset = 1 + members[..<member].reduce(0) { $0 + $1.type.wordCount }
    let count = members[member].type.wordCount
    return { machine, place in
      let words = machine.pointee.words + scratch
      guard code(machine, words), words[0] >> UInt64(member) & 1 != 0 else {
        place.update(repeating: 0, count: count)
        return false
      }
      place.update(from: words + offset, count: count)
      return true
    }
  }

  /// A value that stands somewhere as words, as a number.
  func integer(_ code: @escaping WordsCode) -> IntegerCode {
    let scratch = reserve(1)
    return { machine in
      let place = machine.pointee.words + scratch
      return code(machine, place) ? Int64(bitPattern: place[0]) : nil
    }
  }
}
