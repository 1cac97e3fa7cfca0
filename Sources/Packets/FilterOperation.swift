internal import CLibpcap

/// A decoded classic BPF instruction. Registers: the accumulator A, the index X, 16 words M[].
package enum FilterOperation: Sendable, Equatable, Hashable {
  package enum Register: Sendable {
    case a, x
  }

  package enum Operand: Sendable, Equatable, Hashable {
    case constant(UInt32)
    case x
  }

  package enum Arithmetic: Sendable {
    case add, subtract, multiply, divide, modulo, or, and, xor, shiftLeft, shiftRight
  }

  package enum Comparison: Sendable {
    case equal, greater, greaterOrEqual, anyBit
  }

  /// A = the big-endian number of `size` (1, 2, 4) bytes at `offset`.
  case loadAbsolute(size: Int, offset: UInt32)
  /// The same at X + `offset`, which must not wrap around.
  case loadIndirect(size: Int, offset: UInt32)
  /// X = 4 times the low nibble of the byte at `offset`: the length of an IPv4 header.
  case loadHeaderLength(offset: UInt32)
  case loadConstant(Register, UInt32)
  case loadMemory(Register, Int)
  /// The packet's length on the wire.
  case loadLength(Register)
  case store(Register, Int)
  /// A = A op operand, modulo 2^32. Division by zero rejects the packet.
  case arithmetic(Arithmetic, Operand)
  case negate
  case copyAToX
  case copyXToA
  /// `target` is an index into the program; backward in the loops of `protochain`.
  case jump(target: Int)
  case branch(Comparison, Operand, ifTrue: Int, ifFalse: Int)
  /// Ends; the packet matches unless the value is 0.
  case `return`(ReturnValue)

  package enum ReturnValue: Sendable, Equatable, Hashable {
    case constant(UInt32)
    case a
  }

  /// The instruction at `index` of a program, or nil if there is no such one.
  package init?(_ instruction: FilterProgram.Instruction, at index: Int) {
    let code = Int32(instruction.code)
    let k = instruction.k
    let operand: Operand = code & 0x08 == BPF_X ? .x : .constant(k)
    let slot = k < BPF_MEMWORDS ? Int(k) : nil
    let isWord = code & 0x18 == BPF_W
    guard code <= 0xff else { return nil }
    switch code & 0x07 {
    case BPF_LD:
      guard let load = FilterOperation.load(code, k, slot) else { return nil }
      self = load
    case BPF_LDX:
      switch (code & 0xe0, slot) {
      case (BPF_IMM, _) where isWord: self = .loadConstant(.x, k)
      case (BPF_MEM, let slot?) where isWord: self = .loadMemory(.x, slot)
      case (BPF_LEN, _) where isWord: self = .loadLength(.x)
      case (BPF_MSH, _) where code & 0x18 == BPF_B: self = .loadHeaderLength(offset: k)
      default: return nil
      }
    case BPF_ST:
      guard let slot, code == BPF_ST else { return nil }
      self = .store(.a, slot)
    case BPF_STX:
      guard let slot, code == BPF_STX else { return nil }
      self = .store(.x, slot)
    case BPF_ALU:
      if code & 0xf0 == BPF_NEG {
        guard case .constant = operand else { return nil }
        self = .negate
      } else {
        guard let arithmetic = Arithmetic(code) else { return nil }
        self = .arithmetic(arithmetic, operand)
      }
    case BPF_JMP:
      let next = index + 1
      if code & 0xf0 == BPF_JA {
        guard case .constant = operand else { return nil }
        self = .jump(target: next + Int(Int32(bitPattern: k)))
      } else {
        guard let comparison = Comparison(code) else { return nil }
        self = .branch(
          comparison, operand, ifTrue: next + Int(instruction.jumpTrue),
          ifFalse: next + Int(instruction.jumpFalse))
      }
    case BPF_RET:
      switch code & 0xf8 {
      case BPF_K: self = .return(.constant(k))
      case BPF_A: self = .return(.a)
      default: return nil
      }
    default:
      switch code & 0xf8 {
      case BPF_TAX: self = .copyAToX
      case BPF_TXA: self = .copyXToA
      default: return nil
      }
    }
  }

  private static func load(_ code: Int32, _ k: UInt32, _ slot: Int?) -> FilterOperation? {
    let size: Int
    switch code & 0x18 {
    case BPF_W: size = 4
    case BPF_H: size = 2
    case BPF_B: size = 1
    default: return nil
    }
    switch (code & 0xe0, slot) {
    case (BPF_ABS, _): return .loadAbsolute(size: size, offset: k)
    case (BPF_IND, _): return .loadIndirect(size: size, offset: k)
    case (BPF_IMM, _) where size == 4: return .loadConstant(.a, k)
    case (BPF_MEM, let slot?) where size == 4: return .loadMemory(.a, slot)
    case (BPF_LEN, _) where size == 4: return .loadLength(.a)
    default: return nil
    }
  }

  /// Where the program may go from here, other than to the next instruction.
  package var targets: [Int] {
    switch self {
    case .jump(let target): [target]
    case .branch(_, _, let ifTrue, let ifFalse): [ifTrue, ifFalse]
    case .loadAbsolute, .loadIndirect, .loadHeaderLength, .loadConstant, .loadMemory, .loadLength,
      .store, .arithmetic, .negate, .copyAToX, .copyXToA, .return:
      []
    }
  }
}

extension FilterOperation.Arithmetic {
  fileprivate init?(_ code: Int32) {
    switch code & 0xf0 {
    case BPF_ADD: self = .add
    case BPF_SUB: self = .subtract
    case BPF_MUL: self = .multiply
    case BPF_DIV: self = .divide
    case BPF_MOD: self = .modulo
    case BPF_OR: self = .or
    case BPF_AND: self = .and
    case BPF_XOR: self = .xor
    case BPF_LSH: self = .shiftLeft
    case BPF_RSH: self = .shiftRight
    default: return nil
    }
  }
}

extension FilterOperation.Comparison {
  fileprivate init?(_ code: Int32) {
    switch code & 0xf0 {
    case BPF_JEQ: self = .equal
    case BPF_JGT: self = .greater
    case BPF_JGE: self = .greaterOrEqual
    case BPF_JSET: self = .anyBit
    default: return nil
    }
  }
}
