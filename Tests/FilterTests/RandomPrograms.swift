import MadePackets
import Packets

/// Classic BPF programs that no pcap-filter expression would become: every instruction, jumps to
/// anywhere ahead, registers that hold different numbers on different ways. The same in every run.
enum RandomPrograms {
  static func make(_ count: Int) -> [FilterProgram] {
    var random = Repeatable(7)
    return (0..<count).compactMap { _ in program(&random) }
  }

  private static func program(_ random: inout Repeatable) -> FilterProgram? {
    let count = Int.random(in: 8...40, using: &random)
    var instructions: [FilterProgram.Instruction] = []
    // libpcap's interpreter does not clear the memory: nothing is read that was not written.
    for slot in 0..<4 as Range<UInt32> {
      instructions.append(.init(code: slot % 2 == 0 ? 0x02 : 0x03, k: slot))
    }
    while instructions.count < count {
      instructions.append(instruction(left: count - instructions.count, &random))
    }
    instructions.append(.init(code: 0x06, k: 0))
    instructions.append(.init(code: 0x06, k: 1))
    instructions.append(.init(code: 0x16, k: 0))
    return FilterProgram(instructions: instructions)
  }

  /// One of the instructions, `left` before those that return.
  private static func instruction(
    left: Int, _ random: inout Repeatable
  ) -> FilterProgram.Instruction {
    func number(_ range: ClosedRange<UInt32>) -> UInt32 { .random(in: range, using: &random) }
    func size() -> UInt16 { [0x00, 0x08, 0x10].randomElement(using: &random)! }
    func ahead() -> UInt8 { UInt8(number(0...UInt32(left + 1))) }

    switch number(0...15) {
    case 0, 1: return .init(code: 0x20 | size(), k: number(0...70))
    case 2, 3: return .init(code: 0x40 | size(), k: number(0...30))
    case 4: return .init(code: 0xb1, k: number(0...30))
    case 5: return .init(code: 0x00, k: number(0...100))
    case 6: return .init(code: 0x01, k: number(0...40))
    case 7: return .init(code: Bool.random(using: &random) ? 0x60 : 0x61, k: number(0...3))
    case 8: return .init(code: Bool.random(using: &random) ? 0x80 : 0x81, k: 0)
    case 9: return .init(code: Bool.random(using: &random) ? 0x02 : 0x03, k: number(0...3))
    case 10: return .init(code: Bool.random(using: &random) ? 0x07 : 0x87, k: 0)
    case 11, 12:
      let operations: [UInt16] = [
        0x00, 0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70, 0x80, 0x90, 0xa0,
      ]
      let operation = operations.randomElement(using: &random)!
      if operation != 0x80, Bool.random(using: &random) {
        return .init(code: 0x0c | operation, k: 0)
      }
      // Constants that C and libpcap agree about: no shift by 32 or more, no division by zero.
      let k = operation == 0x60 || operation == 0x70 ? number(0...31) : number(1...300)
      return .init(code: 0x04 | operation, k: k)
    case 13: return .init(code: 0x05, k: UInt32(ahead()))
    default:
      let comparison = ([0x10, 0x20, 0x30, 0x40] as [UInt16]).randomElement(using: &random)!
      let operand: UInt16 = Bool.random(using: &random) ? 0x08 : 0x00
      return .init(
        code: 0x05 | comparison | operand, jumpTrue: ahead(), jumpFalse: ahead(),
        k: number(0...100))
    }
  }
}
