import Corpus
import Packets
import Testing

private let corpus = Corpus()

/// What the writers encode, byte for byte, as hexadecimal digits (`xxd -r -p` makes files of them).
@Suite struct WriterTests {
  private static let first: [UInt8] = [
    0x02, 0, 0, 0, 0, 2, 0x02, 0, 0, 0, 0, 1, 0x08, 0x06, 0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 1,
    10, 9, 0, 1, 0, 0, 0, 0, 0, 0, 10, 9, 0, 2,
  ]
  /// Cut: an IPv4 header and four bytes.
  private static let second: [UInt8] = [
    0x45, 0, 0, 84, 0x12, 0x34, 0x40, 0, 64, 1, 0x14, 0x6f, 10, 9, 0, 1, 10, 9, 0, 2, 8, 0, 1,
  ]

  private func write(_ body: (PacketRecord) -> Void) {
    WriterTests.first.withUnsafeBytes {
      body(
        PacketRecord(
          timeNanoseconds: 1_700_000_000_123_456_789, originalLength: $0.count, bytes: $0))
    }
    WriterTests.second.withUnsafeBytes {
      body(
        PacketRecord(
          timeNanoseconds: 1_700_000_001_000_000_001, originalLength: 84,
          framing: EthernetFraming(etherType: 0x0800, packet: $0), bytes: $0))
    }
  }

  private func dump(_ buffer: borrowing ByteBuffer) -> String {
    var text = ""
    buffer.withUnsafeBytes { bytes in
      for start in stride(from: 0, to: bytes.count, by: 16) {
        var line = ByteBuffer()
        for byte in bytes[start..<min(start + 16, bytes.count)] {
          if byte < 16 { line.append("0") }
          line.append(hexadecimal: UInt64(byte))
          line.append(" ")
        }
        text += line.withUnsafeBytes { String(decoding: $0.dropLast(), as: UTF8.self) } + "\n"
      }
    }
    return text
  }

  @Test func pcap() throws {
    var buffer = ByteBuffer(capacity: 0)
    let writer = PcapWriter()
    writer.appendHeader(to: &buffer)
    write { writer.append($0, to: &buffer) }
    try corpus.expect(dump(buffer), in: "written/two.pcap.hex")
  }

  @Test func pcapng() throws {
    var buffer = ByteBuffer(capacity: 0)
    var writer = PcapngWriter()
    writer.appendSection(
      hardware: "x86_64", operatingSystem: "Linux 6.1.0", application: "netcap", to: &buffer)
    let received = writer.appendInterface(name: "icmp_rcv", description: "function", to: &buffer)
    let dropped = writer.appendInterface(name: "skb:kfree_skb", description: "", to: &buffer)
    var interface = received
    write {
      writer.append($0, interface: interface, to: &buffer) { comment in
        guard interface == received else { return }
        comment.append("cpu ")
        comment.append(decimal: 10)
        comment.append(" skb 0x")
        comment.append(hexadecimal: 0xffff_8880_1234_5600)
      }
      interface = dropped
    }
    try corpus.expect(dump(buffer), in: "written/two.pcapng.hex")
  }

  @Test func numbersAsText() {
    var buffer = ByteBuffer(capacity: 0)
    for number in [0, 9, 10, 99, 100, UInt64.max] {
      buffer.append(decimal: number)
      buffer.append(" ")
      buffer.append(hexadecimal: number)
      buffer.append(" ")
    }
    let text = buffer.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    #expect(
      text == "0 0 9 9 10 a 99 63 100 64 18446744073709551615 ffffffffffffffff ")
  }
}
