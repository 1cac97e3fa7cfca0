internal import Packets

/// The body of the fast form: loads from the window at offsets that are constants. It is inlined
/// twice, for packets as long as the window and, with `is_short`, for others: only these have to be
/// as long as what a load takes in.
///
/// One pass in program order carries what is known before each instruction along its jumps, which
/// go forward but for the loops of `protochain`: those, as everything else that needs an offset
/// which is not known, are left to the slow form.
struct FilterWindowForm {
  private let program: FilterProgram
  private let alignment: Int
  private var out: FilterBody
  private var known: [Knowledge?]
  /// The bytes of the packet that the emitted statements look at.
  private(set) var looksAt = IndexRanges()
  /// Some packets are left to the slow form.
  private(set) var retries = false
  var window: Int { looksAt.ranges.last?.upperBound ?? 0 }

  /// What holds whenever control is at an instruction.
  private struct Knowledge {
    var a: UInt32? = 0
    var x: UInt32? = 0
    var memory: [UInt32?] = Array(repeating: 0, count: 16)
    /// The packet is at least this long.
    var length: UInt32 = 0

    subscript(register: FilterOperation.Register) -> UInt32? {
      get {
        switch register {
        case .a: a
        case .x: x
        }
      }
      set {
        switch register {
        case .a: a = newValue
        case .x: x = newValue
        }
      }
    }

    /// What holds when either this or `other` does.
    func merged(with other: Knowledge) -> Knowledge {
      Knowledge(
        a: a == other.a ? a : nil,
        x: x == other.x ? x : nil,
        memory: zip(memory, other.memory).map { $0 == $1 ? $0 : nil },
        length: min(length, other.length))
    }
  }

  init(_ program: FilterProgram, alignment: Int) {
    self.program = program
    self.alignment = alignment
    out = FilterBody(program)
    known = Array(repeating: nil, count: program.operations.count)
  }

  mutating func body() -> String {
    known[0] = Knowledge()
    for index in program.operations.indices {
      guard let state = known[index], index == 0 || !out.isAbsorbed(index) else { continue }
      out.begin(index)
      emit(program.operations[index], at: index, knowing: state)
    }
    return out.text()
  }

  private mutating func emit(
    _ operation: FilterOperation, at index: Int, knowing before: Knowledge
  ) {
    var after = before
    switch operation {
    case .loadAbsolute(let size, let offset):
      guard load(offset, size, &after) else { return }
    case .loadIndirect(let size, let offset):
      guard let x = before.x else { return retry() }
      let (sum, wraps) = x.addingReportingOverflow(offset)
      guard !wraps else { return out.return("0") }
      guard load(sum, size, &after) else { return }
    case .loadHeaderLength(let offset):
      guard reach(offset, 1, &after) else { return }
      // Options are rare; without them everything behind has a constant offset.
      out.add("if ((\(number(offset, 1)) & 0xf) != 5)")
      out.add("\treturn NC_FILTER_RETRY;")
      retries = true
      out.set("x", "x = 20;")
      after.x = 20
    case .loadConstant(let register, let k):
      out.set(register.name, "\(register.name) = \(k);")
      after[register] = k
    case .loadMemory(let register, let slot):
      out.set(register.name, "\(register.name) = m\(slot);", reads: ["m\(slot)"])
      after[register] = before.memory[slot]
    case .loadLength(let register):
      out.set(register.name, "\(register.name) = packet_len;")
      after[register] = nil
    case .store(let register, let slot):
      out.set("m\(slot)", "m\(slot) = \(register.name);", reads: [register.name])
      after.memory[slot] = before[register]
    case .arithmetic(let arithmetic, let operand):
      out.arithmetic(arithmetic, operand)
      after.a = result(arithmetic, before.a, operand, x: before.x)
    case .negate:
      out.set("a", "a = -a;", reads: ["a"])
      after.a = before.a.map { 0 &- $0 }
    case .copyAToX:
      out.set("x", "x = a;", reads: ["a"])
      after.x = before.a
    case .copyXToA:
      out.set("a", "a = x;", reads: ["x"])
      after.a = before.x
    case .jump(let target):
      guard target > index else { return retry() }
      out.jump(to: target)
      note(after, at: target)
      return
    case .branch(let comparison, let operand, let ifTrue, let ifFalse):
      out.branch(comparison, operand, ifTrue: ifTrue, ifFalse: ifFalse, at: index)
      note(after, at: ifTrue)
      note(after, at: ifFalse)
      return
    case .return(.constant(let value)):
      return out.return(value == 0 ? "0" : "1")
    case .return(.a):
      return out.return("a != 0", reads: ["a"])
    }
    note(after, at: index + 1)
  }

  private mutating func retry() {
    out.return("NC_FILTER_RETRY")
    retries = true
  }

  private mutating func note(_ knowledge: Knowledge, at index: Int) {
    known[index] = known[index]?.merged(with: knowledge) ?? knowledge
  }

  /// A = the number at `offset`. False if control does not go on from here.
  private mutating func load(_ offset: UInt32, _ size: Int, _ state: inout Knowledge) -> Bool {
    guard reach(offset, size, &state) else { return false }
    out.set("a", "a = \(number(offset, size));")
    state.a = nil
    return true
  }

  /// Makes sure that the packet has the bytes. False if control does not go on from here.
  private mutating func reach(_ offset: UInt32, _ size: Int, _ state: inout Knowledge) -> Bool {
    let end = UInt64(offset) + UInt64(size)
    guard end <= UInt64(FilterWindow.limit) else {
      retry()
      return false
    }
    looksAt.insert(Int(offset)..<Int(end))
    if state.length < UInt32(end) {
      out.add("if (is_short && packet_len < \(end))")
      out.add("\treturn 0;")
      state.length = UInt32(end)
    }
    return true
  }

  /// The number of `size` bytes at `offset` of the window, put together from aligned ones.
  private func number(_ offset: UInt32, _ size: Int) -> String {
    let address = Int(offset) + alignment
    let parts: [Int]
    switch (size, address % 4) {
    case (4, 0): parts = [4]
    case (4, 2): parts = [2, 2]
    case (4, _): parts = [1, 2, 1]
    case (2, 0), (2, 2): parts = [2]
    case (2, _): parts = [1, 1]
    default: parts = [1]
    }
    var at = Int(offset)
    var shift = size * 8
    return parts.map { part in
      shift -= part * 8
      defer { at += part }
      let load = "nc_window_u\(part * 8)(window, \(at))"
      return shift == 0 ? load : "\(load) << \(shift)"
    }.joined(separator: " | ")
  }

  /// A after an operation, where that is known.
  private func result(
    _ arithmetic: FilterOperation.Arithmetic, _ a: UInt32?, _ operand: FilterOperation.Operand,
    x: UInt32?
  ) -> UInt32? {
    let right: UInt32? =
      switch operand {
      case .constant(let k): k
      case .x: x
      }
    guard let a, let right else { return nil }
    switch arithmetic {
    case .add: return a &+ right
    case .subtract: return a &- right
    case .multiply: return a &* right
    case .divide: return right == 0 ? nil : a / right
    case .modulo: return right == 0 ? nil : a % right
    case .and: return a & right
    case .or: return a | right
    case .xor: return a ^ right
    case .shiftLeft: return right < 32 ? a << right : 0
    case .shiftRight: return right < 32 ? a >> right : 0
    }
  }
}
