internal import CLibpcap
internal import Synchronization

/// libpcap's compiler, filter machine and disassembler, one caller at a time: the compiler resolves
/// names through static buffers, and `bpf_image` returns one.
enum Libpcap {
  private static let turn = Mutex<Void>(())

  /// Why `pcap_compile` refused, in its words.
  struct Refusal: Error {
    let message: String
  }

  /// `pcap_compile` for packets of a file (not of a socket: VLAN tags are in the bytes).
  static func compile(
    _ text: String, link: LinkType
  ) throws(Refusal) -> [FilterProgram.Instruction] {
    try turn.withLock { _ throws(Refusal) in
      guard let handle = pcap_open_dead(link.number, Int32(FilterProgram.snapshotLength)) else {
        throw Refusal(message: "out of memory")
      }
      defer { pcap_close(handle) }
      var program = pcap_bpf_program()
      let optimize: Int32 = 1
      let unknownNetmask = UInt32.max
      guard pcap_compile(handle, &program, text, optimize, unknownNetmask) == 0 else {
        throw Refusal(message: String(cString: pcap_geterr(handle)))
      }
      defer { pcap_freecode(&program) }
      let instructions = UnsafeBufferPointer(start: program.bf_insns, count: Int(program.bf_len))
      return instructions.map {
        FilterProgram.Instruction(code: $0.code, jumpTrue: $0.jt, jumpFalse: $0.jf, k: $0.k)
      }
    }
  }

  /// One line an instruction, as `tcpdump -d` prints them.
  static func disassemble(_ program: FilterProgram) -> [String] {
    let interpreter = FilterInterpreter(program)
    return turn.withLock { _ in
      program.instructions.indices.map {
        String(cString: bpf_image(interpreter.instructions.baseAddress! + $0, Int32($0)))
      }
    }
  }
}

/// libpcap's own interpreter of classic BPF, `bpf_filter`.
package struct FilterInterpreter: ~Copyable {
  fileprivate let instructions: UnsafeMutableBufferPointer<pcap_bpf_insn>

  package init(_ program: FilterProgram) {
    instructions = .allocate(capacity: program.instructions.count)
    for (index, instruction) in program.instructions.enumerated() {
      instructions.initializeElement(
        at: index,
        to: pcap_bpf_insn(
          code: instruction.code, jt: instruction.jumpTrue, jf: instruction.jumpFalse,
          k: instruction.k))
    }
  }

  deinit { instructions.deallocate() }

  /// What it says to a packet.
  ///
  /// - Parameters:
  ///   - bytes: what was captured of the packet.
  ///   - packetLength: how long it was.
  package borrowing func matches(_ bytes: UnsafeRawBufferPointer, packetLength: Int) -> Bool {
    bpf_filter(
      instructions.baseAddress, bytes.assumingMemoryBound(to: UInt8.self).baseAddress,
      UInt32(truncatingIfNeeded: packetLength), UInt32(truncatingIfNeeded: bytes.count)) != 0
  }
}

extension LinkType {
  /// libpcap's number for it (`DLT_*`; not always the number that files carry).
  var number: Int32 {
    switch self {
    case .ethernet: DLT_EN10MB
    case .rawIP: DLT_RAW
    }
  }
}
