internal import Packets

/// The slow form: every byte through `nc_packet_load`.
struct FilterLoadForm {
  private let program: FilterProgram
  private var out: FilterBody
  private var loads = false
  /// Where the loops of `protochain` begin again.
  private let loopStarts: Set<Int>

  init(_ program: FilterProgram) {
    self.program = program
    out = FilterBody(program)
    loopStarts = Set(
      program.operations.enumerated().flatMap { index, operation in
        operation.targets.filter { $0 <= index }
      })
  }

  mutating func body() -> String {
    for index in program.operations.indices where index == 0 || !out.isAbsorbed(index) {
      out.begin(index)
      if loopStarts.contains(index) {
        out.add("if (++rounds > NC_FILTER_ROUNDS)")
        out.add("\treturn NC_FILTER_FAULT;")
      }
      emit(program.operations[index], at: index)
    }
    // 64 bits: the verifier of 5.10 forgets the value of a smaller number on the stack.
    let counter = loopStarts.isEmpty ? [] : ["nc_u64 rounds = 0;"]
    var text = out.text(declaring: counter + (loads ? ["int error;"] : []))
    if loads {
      text += "\nfailed:\n\treturn error > 0 ? 0 : NC_FILTER_FAULT;"
    }
    return text
  }

  private mutating func emit(_ operation: FilterOperation, at index: Int) {
    switch operation {
    case .loadAbsolute(let size, let offset):
      load("a", offset, size)
    case .loadIndirect(let size, let offset):
      loads = true
      out.add(
        "error = nc_filter_load_indirect(packet, x, \(offset), \(size), &a);", reads: ["a", "x"])
      out.add("if (error)")
      out.add("\tgoto failed;")
    case .loadHeaderLength(let offset):
      load("x", offset, 1)
      out.set("x", "x = 4 * (x & 0xf);", reads: ["x"])
    case .loadConstant(let register, let k):
      out.set(register.name, "\(register.name) = \(k);")
    case .loadMemory(let register, let slot):
      out.set(register.name, "\(register.name) = m\(slot);", reads: ["m\(slot)"])
    case .loadLength(let register):
      out.set(register.name, "\(register.name) = packet_len;")
    case .store(let register, let slot):
      out.set("m\(slot)", "m\(slot) = \(register.name);", reads: [register.name])
    case .arithmetic(let arithmetic, let operand):
      out.arithmetic(arithmetic, operand)
    case .negate:
      out.set("a", "a = -a;", reads: ["a"])
    case .copyAToX:
      out.set("x", "x = a;", reads: ["a"])
    case .copyXToA:
      out.set("a", "a = x;", reads: ["x"])
    case .jump(let target):
      out.jump(to: target)
    case .branch(let comparison, let operand, let ifTrue, let ifFalse):
      out.branch(comparison, operand, ifTrue: ifTrue, ifFalse: ifFalse, at: index)
    case .return(.constant(let value)):
      out.return(value == 0 ? "0" : "1")
    case .return(.a):
      out.return("a != 0", reads: ["a"])
    }
  }

  private mutating func load(_ register: String, _ offset: UInt32, _ size: Int) {
    // No packet is that long, and the sum of offset and size must not wrap.
    guard offset >> 31 == 0 else {
      out.return("0")
      return
    }
    loads = true
    out.add("error = nc_packet_load(packet, \(offset), \(size), &\(register));", reads: [register])
    out.add("if (error)")
    out.add("\tgoto failed;")
  }
}

extension FilterOperation.Register {
  /// The C variable.
  var name: String {
    switch self {
    case .a: "a"
    case .x: "x"
    }
  }
}
