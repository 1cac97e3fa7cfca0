import Corpus
import Packets
import Testing

/// Whatever the bytes are, the readers give packets or an error.
@Suite struct ReaderFuzzTests {
  private static let files: [[UInt8]] = {
    let data = (0..<60).map { UInt8($0) }
    return [false, true].flatMap { isBigEndian in
      var pcap = MadeCapture(isBigEndian: isBigEndian)
      pcap.pcapHeader(0xa1b2_c3d4, link: 1)
      var pcapng = MadeCapture(isBigEndian: isBigEndian)
      pcapng.section()
      pcapng.interface(1, snapLength: 96) {
        $0.option(2, "eth0")
        $0.option(9, [9])
      }
      for index in 0..<4 as Range<UInt32> {
        pcap.pcapRecord(index, 0, length: 60, data)
        pcapng.packet(interface: 0, time: UInt64(index), length: 60, data) {
          $0.option(1, "comment")
          $0.u32(0)
        }
        pcapng.block(3) {
          $0.u32(60)
          $0.bytes += data
        }
      }
      return [pcap.bytes, pcapng.bytes]
    }
  }()

  @Test func everyBeginning() {
    for file in Self.files {
      let whole = readAll(file)
      #expect(whole.error == nil)
      for count in 0..<file.count {
        let read = readAll(Array(file.prefix(count)))
        #expect(read.packets == Array(whole.packets.prefix(read.packets.count)))
        switch read.error {
        case nil, .truncated: break
        case .notACapture: #expect(count < 4)
        case .system, .unsupported, .corrupt: Issue.record("\(count) bytes: \(read.error!)")
        }
      }
    }
  }

  @Test func changes() {
    var random = FuzzSetting.random
    var errors = 0
    let runs = FuzzSetting.rounds(20_000)
    for run in 0..<runs {
      var file = Self.files[run % Self.files.count]
      for _ in 0..<Int.random(in: 1...8, using: &random) {
        let at = Int.random(in: 0..<file.count, using: &random)
        switch Int.random(in: 0..<5, using: &random) {
        case 0: file[at] = [0, 1, 0x7f, 0x80, 0xff].randomElement(using: &random)!
        case 1: file[at] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 2: file.removeSubrange(at..<min(at + 4, file.count))
        case 3: file.insert(contentsOf: file[at..<min(at + 8, file.count)], at: at)
        default: file[at] = UInt8.random(in: .min ... .max, using: &random)
        }
        if file.isEmpty { break }
      }
      if readAll(file).error != nil { errors += 1 }
    }
    // Both happen: the changes are neither harmless nor hopeless.
    if runs >= 1000 { #expect(errors > runs / 10 && errors < runs) }
  }
}
