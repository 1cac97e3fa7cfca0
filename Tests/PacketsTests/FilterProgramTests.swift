import Packets
import Testing

@Suite struct FilterProgramTests {
  private typealias Instruction = FilterProgram.Instruction

  /// What libpcap's interpreter has no instruction for is no program: it would abort.
  @Test func unknownInstructions() {
    let known: Set<UInt16> = [
      0x00, 0x01, 0x02, 0x03, 0x20, 0x28, 0x30, 0x40, 0x48, 0x50, 0x60, 0x61, 0x80, 0x81, 0xb1,
      0x04, 0x0c, 0x14, 0x1c, 0x24, 0x2c, 0x34, 0x3c, 0x44, 0x4c, 0x54, 0x5c, 0x64, 0x6c, 0x74,
      0x7c,
      0x84, 0x94, 0x9c, 0xa4, 0xac, 0x05, 0x15, 0x1d, 0x25, 0x2d, 0x35, 0x3d, 0x45, 0x4d, 0x06,
      0x16,
      0x07, 0x87,
    ]
    for code in 0...0x1ff as ClosedRange<UInt16> {
      let program = FilterProgram(instructions: [
        Instruction(code: code, k: 0), Instruction(code: 0x06, k: 1),
      ])
      #expect((program != nil) == known.contains(code), "\(code)")
    }
  }

  @Test func badPrograms() {
    #expect(FilterProgram(instructions: []) == nil)
    #expect(FilterProgram(instructions: [Instruction(code: 0x00, k: 1)]) == nil)
    let end = Instruction(code: 0x06, k: 1)
    for jump in [
      Instruction(code: 0x05, k: 1), Instruction(code: 0x05, k: .max - 1),
      Instruction(code: 0x15, jumpTrue: 1, k: 0), Instruction(code: 0x15, jumpFalse: 255, k: 0),
    ] {
      #expect(FilterProgram(instructions: [jump, end]) == nil)
    }
    #expect(FilterProgram(instructions: [Instruction(code: 0x60, k: 16), end]) == nil)
    #expect(FilterProgram(instructions: [Instruction(code: 0x02, k: 16), end]) == nil)
    // Backward, as protochain jumps.
    #expect(FilterProgram(instructions: [Instruction(code: 0x05, k: .max), end]) != nil)
  }
}
