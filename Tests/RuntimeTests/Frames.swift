/// Frames made by hand.
enum Frames {
  static func big(_ number: Int) -> [UInt8] { [UInt8(number >> 8 & 0xff), UInt8(number & 0xff)] }

  static func ethernet(_ type: Int, _ payload: [UInt8]) -> [UInt8] {
    [2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1] + big(type) + payload
  }

  static func ipv4(
    _ proto: Int, _ payload: [UInt8], source: [UInt8] = [10, 0, 0, 1],
    destination: [UInt8] = [10, 0, 0, 2], ttl: UInt8 = 64, id: Int = 1
  ) -> [UInt8] {
    [0x45, 0] + big(20 + payload.count) + big(id) + [0x40, 0, ttl, UInt8(proto), 0x12, 0x34]
      + source + destination + payload
  }

  static func ipv6(_ next: Int, _ payload: [UInt8], hops: UInt8 = 64) -> [UInt8] {
    [0x60, 0, 0, 0] + big(payload.count) + [UInt8(next), hops] + address6(1) + address6(2)
      + payload
  }

  static func address6(_ last: UInt8) -> [UInt8] {
    [0xfd, 0] + [UInt8](repeating: 0, count: 13) + [last]
  }

  static func tcpSegment(
    _ sport: Int = 40000, _ dport: Int = 443, flags: UInt8 = 0x18, _ payload: [UInt8] = []
  ) -> [UInt8] {
    big(sport) + big(dport) + [0, 0, 0, 1, 0, 0, 0, 2, 0x50, flags, 2, 0, 0xab, 0xcd, 0, 0]
      + payload
  }

  static func udpDatagram(
    _ sport: Int = 40000, _ dport: Int = 53, _ payload: [UInt8] = []
  ) -> [UInt8] {
    big(sport) + big(dport) + big(8 + payload.count) + [0, 0] + payload
  }

  static func tcp(
    _ sport: Int = 40000, _ dport: Int = 443, flags: UInt8 = 0x18, _ payload: [UInt8] = [],
    source: [UInt8] = [10, 0, 0, 1], destination: [UInt8] = [10, 0, 0, 2], ttl: UInt8 = 64
  ) -> [UInt8] {
    ethernet(
      0x0800,
      ipv4(
        6, tcpSegment(sport, dport, flags: flags, payload), source: source,
        destination: destination, ttl: ttl))
  }

  static func udp(
    _ payload: [UInt8] = [], _ sport: Int = 40000, _ dport: Int = 53, id: Int = 1
  ) -> [UInt8] {
    ethernet(0x0800, ipv4(17, udpDatagram(sport, dport, payload), id: id))
  }
}
