import Language
import Packets

/// Frames made by hand, with right checksums where tcpdump looks at them.
enum Frames {
  static func ethernet(_ etherType: UInt16, _ payload: [UInt8]) -> [UInt8] {
    [2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1] + big(etherType) + payload
  }

  static func arp() -> [UInt8] {
    ethernet(
      0x0806,
      [0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 1, 10, 9, 0, 1, 0, 0, 0, 0, 0, 0, 10, 9, 0, 2])
  }

  static func ipv4(protocol number: UInt8, _ payload: [UInt8], id: UInt16 = 1) -> [UInt8] {
    var header: [UInt8] =
      [0x45, 0] + big(UInt16(20 + payload.count)) + big(id) + [0x40, 0, 64, number, 0, 0]
      + [10, 9, 0, 1, 10, 9, 0, 2]
    header.replaceSubrange(10..<12, with: big(checksum(header)))
    return header + payload
  }

  static func ipv6(next: UInt8, _ payload: [UInt8]) -> [UInt8] {
    [0x60, 0, 0, 0] + big(UInt16(payload.count)) + [next, 64] + address6(1) + address6(2) + payload
  }

  static func udp(port: UInt16 = 9999, _ payload: [UInt8]) -> [UInt8] {
    big(40000) + big(port) + big(UInt16(8 + payload.count)) + [0, 0] + payload
  }

  static func tcp(port: UInt16 = 9000, sequence: UInt32 = 1, _ payload: [UInt8]) -> [UInt8] {
    big(40000) + big(port) + big(UInt16(sequence >> 16)) + big(UInt16(sequence & 0xffff))
      + [0, 0, 0, 1, 0x50, 0x18, 2, 0, 0, 0, 0, 0] + payload
  }

  static func ping(sequence: UInt16 = 1) -> [UInt8] {
    var message: [UInt8] = [8, 0, 0, 0, 0, 7] + big(sequence) + [UInt8](repeating: 0x55, count: 48)
    message.replaceSubrange(2..<4, with: big(checksum(message)))
    return message
  }

  static func udpFrame(_ text: String, port: UInt16 = 9999) -> [UInt8] {
    ethernet(0x0800, ipv4(protocol: 17, udp(port: port, Array(text.utf8))))
  }

  static func pingFrame(sequence: UInt16 = 1) -> [UInt8] {
    ethernet(0x0800, ipv4(protocol: 1, ping(sequence: sequence)))
  }

  static func big(_ number: UInt16) -> [UInt8] { [UInt8(number >> 8), UInt8(number & 0xff)] }

  private static func address6(_ last: UInt8) -> [UInt8] {
    [0xfd, 0] + [UInt8](repeating: 0, count: 13) + [last]
  }

  private static func checksum(_ bytes: [UInt8]) -> UInt16 {
    var sum: UInt32 = 0
    for index in stride(from: 0, to: bytes.count - 1, by: 2) {
      sum += UInt32(bytes[index]) << 8 | UInt32(bytes[index + 1])
    }
    while sum > 0xffff { sum = (sum & 0xffff) + (sum >> 16) }
    return ~UInt16(sum)
  }
}

/// An event that owns its bytes.
struct Packet {
  var time: UInt64 = 1_795_406_401_123_456_789
  var point = 0
  var cpu: UInt32 = 1
  var processID: UInt32 = 812
  var command = KernelName("ping")
  var interface = KernelName("veth0")
  var link = LinkType.ethernet
  var etherType: UInt16 = 0x0800
  var packetLength: Int?
  var isCut = false
  var skb: UInt64 = 0xffff_8880_0123_4500
  var bytes: [UInt8]

  func with(_ body: (Event) throws -> Void) rethrows {
    try bytes.withUnsafeBytes { buffer in
      try body(
        Event(
          timeNanoseconds: time, point: point, cpu: cpu, processID: processID,
          threadID: processID + 1, command: command, interfaceIndex: interface.isEmpty ? 0 : 7,
          interfaceName: interface, namespace: 4_026_531_840, skb: skb,
          etherType: etherType, link: link, packetLength: packetLength ?? bytes.count,
          isCutByFault: isCut, bytes: buffer))
    }
  }
}
