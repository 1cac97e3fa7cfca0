internal import CLibpcap

/// A classic BPF program: what libpcap makes of a pcap-filter(7) expression.
package struct FilterProgram: Sendable, Equatable, Hashable {
  /// One instruction, `struct bpf_insn`: jumps are relative to the next instruction.
  package struct Instruction: Sendable, Equatable, Hashable {
    package let code: UInt16
    package let jumpTrue: UInt8
    package let jumpFalse: UInt8
    package let k: UInt32

    package init(code: UInt16, jumpTrue: UInt8 = 0, jumpFalse: UInt8 = 0, k: UInt32) {
      self.code = code
      self.jumpTrue = jumpTrue
      self.jumpFalse = jumpFalse
      self.k = k
    }
  }

  package let instructions: [Instruction]
  /// The same, decoded.
  package let operations: [FilterOperation]

  /// Nil unless every instruction is one of classic BPF's, every jump stays inside, and the last
  /// instruction returns.
  package init?(instructions: [Instruction]) {
    var operations: [FilterOperation] = []
    operations.reserveCapacity(instructions.count)
    for (index, instruction) in instructions.enumerated() {
      guard let operation = FilterOperation(instruction, at: index) else { return nil }
      guard operation.targets.allSatisfy(instructions.indices.contains) else { return nil }
      operations.append(operation)
    }
    guard case .return = operations.last else { return nil }
    self.instructions = instructions
    self.operations = operations
  }

  private init(returning value: UInt32) {
    instructions = [Instruction(code: UInt16(BPF_RET | BPF_K), k: value)]
    operations = [.return(.constant(value))]
  }

  /// Matches every packet: what the empty expression means.
  package static let acceptAll = FilterProgram(returning: snapshotLength)
  package static let rejectAll = FilterProgram(returning: 0)

  /// What a matching filter returns: the bytes to keep. pcap's customary upper limit.
  package static let snapshotLength: UInt32 = 262_144
}
