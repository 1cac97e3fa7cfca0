/// Bytes of protocol headers, big-endian.
package struct Octets: ExpressibleByArrayLiteral {
  package var bytes: [UInt8] = []

  package init(arrayLiteral elements: UInt8...) { bytes = elements }
  package init(_ bytes: [UInt8]) { self.bytes = bytes }

  package static func u16(_ numbers: UInt16...) -> Octets {
    Octets(numbers.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xff)] })
  }

  package static func u32(_ numbers: UInt32...) -> Octets {
    Octets(numbers.flatMap { number in (0..<4).map { UInt8(number >> (24 - 8 * $0) & 0xff) } })
  }

  package static func zeros(_ count: Int) -> Octets { Octets(Array(repeating: 0, count: count)) }

  package static func + (a: Octets, b: Octets) -> Octets { Octets(a.bytes + b.bytes) }

  package var count: Int { bytes.count }
}

/// A sequence of random numbers that is the same in every run (SplitMix64).
package struct Repeatable: RandomNumberGenerator {
  private var state: UInt64

  package init(_ seed: UInt64) { state = seed }

  package mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}

/// Headers, as the filters of `corpus/filters.txt` look for them. Checksums are not filled in: no
/// filter computes one.
package enum Header {
  package static let macs: [Octets] = [
    [0x02, 0, 0, 0, 0, 1], [0x02, 0, 0, 0, 0, 2], [0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
    [0x01, 0x00, 0x5e, 0, 0, 1], [0x33, 0x33, 0, 0, 0, 1], [0x01, 0x80, 0xc2, 0, 0, 0],
  ]
  package static let v4: [UInt32] = [
    0x0a09_0001, 0x0a09_0002, 0xc000_0201, 0xc0a8_0117, 0xe000_0001, 0xffff_ffff, 0x7f00_0001,
  ]
  package static let v6: [Octets] = [
    .u32(0x2001_0db8, 0, 0, 1), .u32(0x2001_0db8, 0, 0, 2), .u32(0xfe80_0000, 0, 0, 0x1234),
    .u32(0xff02_0000, 0, 0, 1), .u32(0x2001_0db8, 0x0001_0000, 0, 9),
  ]
  package static let ports: [UInt16] = [22, 53, 80, 443, 9000, 1024, 6081, 33333, 65535, 0]

  package static func ethernet(_ to: Octets, _ from: Octets, _ type: UInt16) -> Octets {
    to + from + .u16(type)
  }

  package static func vlan(_ tag: UInt16, _ type: UInt16) -> Octets { .u16(tag, type) }

  package static func mpls(_ label: UInt32, bottom: Bool) -> Octets {
    .u32(label << 12 | (bottom ? 0x100 : 0) | 64)
  }

  package static func pppoe(session: UInt16, _ payload: Octets, proto: UInt16) -> Octets {
    [0x11, 0x00] + .u16(session, UInt16(payload.count + 2), proto) + payload
  }

  package static func arp(_ operation: UInt16, _ from: UInt32, _ to: UInt32) -> Octets {
    .u16(1, 0x0800, 0x0604, operation) + macs[0] + .u32(from) + macs[1] + .u32(to)
  }

  package static func ipv4(
    _ proto: UInt8, _ from: UInt32, _ to: UInt32, _ payload: Octets, options: Int = 0,
    fragment: UInt16 = 0x4000, tos: UInt8 = 0, ttl: UInt8 = 64
  ) -> Octets {
    let words = 5 + options
    return [0x40 | UInt8(words), tos] + .u16(UInt16(words * 4 + payload.count), 0x1234, fragment)
      + [ttl, proto, 0, 0] + .u32(from, to)
      + Octets((0..<options * 4).map { _ in 1 }) + payload
  }

  package static func ipv6(_ next: UInt8, _ from: Octets, _ to: Octets, _ payload: Octets) -> Octets
  {
    .u32(0x6000_0000) + .u16(UInt16(payload.count)) + [next, 64] + from + to + payload
  }

  /// An extension header of `length` times 8 bytes behind the first 8.
  package static func extension6(next: UInt8, length: UInt8, _ payload: Octets) -> Octets {
    [next, length] + .zeros(6 + 8 * Int(length)) + payload
  }

  package static func fragment6(next: UInt8, offset: UInt16, _ payload: Octets) -> Octets {
    [next, 0] + .u16(offset << 3) + .u32(77) + payload
  }

  package static func authentication(next: UInt8, _ payload: Octets) -> Octets {
    [next, 4] + .u16(0) + .u32(1, 2, 3, 4, 5) + payload
  }

  package static func tcp(
    _ from: UInt16, _ to: UInt16, flags: UInt8, options: Int = 0, _ payload: Octets
  )
    -> Octets
  {
    .u16(from, to) + .u32(1000, 2000) + [UInt8(5 + options) << 4, flags] + .u16(512, 0, 0)
      + Octets((0..<options * 4).map { _ in 1 }) + payload
  }

  package static func udp(_ from: UInt16, _ to: UInt16, _ payload: Octets) -> Octets {
    .u16(from, to, UInt16(8 + payload.count), 0) + payload
  }

  package static func sctp(_ from: UInt16, _ to: UInt16) -> Octets {
    .u16(from, to) + .u32(7, 0) + [1, 0] + .u16(20) + .zeros(16)
  }

  package static func icmp(_ type: UInt8, _ code: UInt8, _ payload: Octets) -> Octets {
    [type, code] + .u16(0, 1, 2) + payload
  }

  package static func geneve(_ type: UInt16, options: Int, _ payload: Octets) -> Octets {
    [UInt8(options), 0] + .u16(type) + .u32(42 << 8) + .zeros(options * 4) + payload
  }
}
