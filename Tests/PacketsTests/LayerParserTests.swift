import Corpus
import Packets
import Testing

@Suite struct LayerParserTests {
  /// A packet, and where its layers are.
  struct Case: CustomStringConvertible {
    var name: String
    var link = LinkType.ethernet
    var bytes: [UInt8]
    var layers: [(Layer, depth: Int, offset: Int)]
    var innerStart: Int?
    /// Bytes that have to be there for a layer to be found, beside its own.
    var description: String { name }
  }

  private static func big(_ number: Int) -> [UInt8] { [UInt8(number >> 8), UInt8(number & 0xff)] }

  private static func eth(_ type: Int, _ payload: [UInt8]) -> [UInt8] {
    [0xaa, 1, 2, 3, 4, 5, 0xba, 7, 8, 9, 10, 11] + big(type) + payload
  }

  private static func ip(_ proto: UInt8, _ payload: [UInt8], options: Int = 0, fragment: Int = 0)
    -> [UInt8]
  {
    [0x45 + UInt8(options), 0xb9] + big(20 + 4 * options + payload.count) + [0x12, 0x34]
      + big(fragment) + [63, proto, 0xfe, 0xdc, 192, 0, 2, 1, 198, 51, 100, 7]
      + [UInt8](repeating: 1, count: 4 * options) + payload
  }

  private static func ip6(_ next: UInt8, _ payload: [UInt8]) -> [UInt8] {
    [0x6a, 0xbc, 0xde, 0xf1] + big(payload.count) + [next, 62]
      + (0..<16).map { UInt8(0x20 + $0) } + (0..<16).map { UInt8(0xc0 + $0) } + payload
  }

  private static func bytes(_ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: 37 * $0 + 129) }
  }

  private static func udp(_ port: Int, _ payload: [UInt8]) -> [UInt8] {
    big(1000) + big(port) + big(8 + payload.count) + [9, 9] + payload
  }

  static let cases: [Case] = [
    Case(name: "nothing known", bytes: eth(0x88b5, bytes(30)), layers: [(.eth, 0, 0)]),
    Case(name: "arp", bytes: eth(0x0806, bytes(28)), layers: [(.eth, 0, 0), (.arp, 0, 14)]),
    Case(
      name: "tcp", bytes: eth(0x0800, ip(6, bytes(20))),
      layers: [(.eth, 0, 0), (.ip, 0, 14), (.tcp, 0, 34)]),
    Case(
      name: "tcp behind options", bytes: eth(0x0800, ip(6, bytes(24), options: 10)),
      layers: [(.eth, 0, 0), (.ip, 0, 14), (.tcp, 0, 74)]),
    Case(
      name: "udp without a link header", link: .rawIP, bytes: ip(17, udp(53, [1, 2])),
      layers: [(.ip, 0, 0), (.udp, 0, 20)]),
    Case(
      name: "icmp", bytes: eth(0x0800, ip(1, bytes(8))),
      layers: [(.eth, 0, 0), (.ip, 0, 14), (.icmp, 0, 34)]),
    Case(
      name: "sctp", bytes: eth(0x0800, ip(132, bytes(12))),
      layers: [(.eth, 0, 0), (.ip, 0, 14), (.sctp, 0, 34)]),
    Case(
      name: "icmp6 over IPv4 is none", bytes: eth(0x0800, ip(58, bytes(8))),
      layers: [(.eth, 0, 0), (.ip, 0, 14)]),
    Case(
      name: "icmp over IPv6 is none", bytes: eth(0x86dd, ip6(1, bytes(8))),
      layers: [(.eth, 0, 0), (.ip6, 0, 14)]),
    Case(
      name: "icmp6", link: .rawIP, bytes: ip6(58, bytes(8)),
      layers: [(.ip6, 0, 0), (.icmp6, 0, 40)]),
    Case(
      name: "one tag", bytes: eth(0x8100, big(0xb07b) + big(0x0800) + ip(6, bytes(20))),
      layers: [(.eth, 0, 0), (.vlan, 0, 14), (.ip, 0, 18), (.tcp, 0, 38)]),
    Case(
      name: "two tags",
      bytes: eth(0x88a8, big(1) + big(0x8100) + big(2) + big(0x86dd) + ip6(17, udp(1, []))),
      layers: [(.eth, 0, 0), (.vlan, 0, 14), (.ip6, 0, 22), (.udp, 0, 62)]),
    Case(
      name: "three tags",
      bytes: eth(
        0x8100,
        big(1) + big(0x8100) + big(2) + big(0x8100) + big(3) + big(0x0800)
          + ip(6, bytes(20))),
      layers: [(.eth, 0, 0), (.vlan, 0, 14)]),
    Case(
      name: "first fragment", bytes: eth(0x0800, ip(6, bytes(20), fragment: 0x2000)),
      layers: [(.eth, 0, 0), (.ip, 0, 14), (.tcp, 0, 34)]),
    Case(
      name: "later fragment", bytes: eth(0x0800, ip(6, bytes(20), fragment: 0x2001)),
      layers: [(.eth, 0, 0), (.ip, 0, 14)]),
    Case(
      name: "a header too short", bytes: eth(0x0800, [0x44] + ip(6, bytes(20)).dropFirst()),
      layers: [(.eth, 0, 0)]),
    Case(
      name: "another version", bytes: eth(0x0800, [0x65] + ip(6, bytes(20)).dropFirst()),
      layers: [(.eth, 0, 0)]),
    Case(
      name: "extension headers",
      bytes: eth(
        0x86dd,
        ip6(
          0,
          [43, 1] + bytes(14) + [60, 0] + bytes(6) + [51, 0] + bytes(6) + [44, 0] + bytes(6)
            + [6, 0, 0, 1] + bytes(4) + bytes(20))),
      layers: [(.eth, 0, 0), (.ip6, 0, 14), (.tcp, 0, 102)]),
    Case(
      name: "later fragment of IPv6",
      bytes: eth(0x86dd, ip6(44, [6, 0, 0, 8] + bytes(4) + bytes(20))),
      layers: [(.eth, 0, 0), (.ip6, 0, 14)]),
    Case(
      name: "eight extension headers",
      bytes: ip6Chain(8), layers: [(.eth, 0, 0), (.ip6, 0, 14), (.udp, 0, 118)]),
    Case(
      name: "nine extension headers", bytes: ip6Chain(9), layers: [(.eth, 0, 0), (.ip6, 0, 14)]),
    Case(
      name: "IP in IP", bytes: eth(0x0800, ip(4, ip(6, bytes(20)))),
      layers: [(.eth, 0, 0), (.ip, 0, 14), (.ip, 1, 34), (.tcp, 1, 54)], innerStart: 34),
    Case(
      name: "IPv6 in IP", bytes: eth(0x0800, ip(41, ip6(17, udp(1, [])))),
      layers: [(.eth, 0, 0), (.ip, 0, 14), (.ip6, 1, 34), (.udp, 1, 74)], innerStart: 34),
    Case(
      name: "one tunnel deep", bytes: eth(0x0800, ip(4, ip(4, ip(6, bytes(20))))),
      layers: [(.eth, 0, 0), (.ip, 0, 14), (.ip, 1, 34)], innerStart: 34),
    Case(
      name: "GRE", bytes: eth(0x0800, ip(47, [0, 0] + big(0x0800) + ip(6, bytes(20)))),
      layers: [(.eth, 0, 0), (.ip, 0, 14), (.ip, 1, 38), (.tcp, 1, 58)], innerStart: 38),
    Case(
      name: "GRE with checksum, key and sequence number",
      bytes: eth(0x0800, ip(47, [0xb0, 0] + big(0x6558) + bytes(12) + eth(0x0806, bytes(28)))),
      layers: [(.eth, 0, 0), (.ip, 0, 14), (.eth, 1, 50), (.arp, 1, 64)], innerStart: 50),
    Case(
      name: "GRE version 1", bytes: eth(0x0800, ip(47, [0, 1] + big(0x0800) + ip(6, bytes(20)))),
      layers: [(.eth, 0, 0), (.ip, 0, 14)]),
    Case(
      name: "GRE with a source route",
      bytes: eth(0x0800, ip(47, [0x40, 0] + big(0x0800) + ip(6, bytes(20)))),
      layers: [(.eth, 0, 0), (.ip, 0, 14)]),
    Case(
      name: "VXLAN",
      bytes: eth(
        0x0800, ip(17, udp(4789, [8, 0, 0, 0, 0, 0, 1, 0] + eth(0x0800, ip(6, bytes(20)))))),
      layers: [
        (.eth, 0, 0), (.ip, 0, 14), (.udp, 0, 34), (.eth, 1, 50), (.ip, 1, 64), (.tcp, 1, 84),
      ], innerStart: 50),
    Case(
      name: "VXLAN without the flag",
      bytes: eth(0x0800, ip(17, udp(4789, [0, 0, 0, 0, 0, 0, 1, 0] + eth(0x0806, bytes(28))))),
      layers: [(.eth, 0, 0), (.ip, 0, 14), (.udp, 0, 34)]),
    Case(
      name: "Geneve",
      bytes: eth(
        0x86dd,
        ip6(17, udp(6081, [2, 0] + big(0x6558) + bytes(4) + bytes(8) + eth(0x0806, bytes(28))))),
      layers: [(.eth, 0, 0), (.ip6, 0, 14), (.udp, 0, 54), (.eth, 1, 78), (.arp, 1, 92)],
      innerStart: 78),
    Case(
      name: "Geneve version 1",
      bytes: eth(0x0800, ip(17, udp(6081, [0x40, 0] + big(0x6558) + bytes(4) + bytes(42)))),
      layers: [(.eth, 0, 0), (.ip, 0, 14), (.udp, 0, 34)]),
  ]

  private static func ip6Chain(_ count: Int) -> [UInt8] {
    var payload: [UInt8] = []
    for index in 0..<count { payload += [index == count - 1 ? 17 : 60, 0] + bytes(6) }
    return eth(0x86dd, ip6(60, payload + udp(1, [])))
  }

  private func expectLayers(_ test: Case, _ bytes: [UInt8]) {
    bytes.withUnsafeBytes { bytes in
      var parser = LayerParser()
      // What was there before does not matter.
      let other = Self.cases[25].bytes
      other.withUnsafeBytes { parser.parse($0, link: .ethernet) }
      parser.parse(bytes, link: test.link)
      for depth in 0...1 {
        for layer in Layer.allCases {
          var expected = test.layers.first { $0.0 == layer && $0.depth == depth }?.offset
          if let offset = expected, bytes.count < offset + layer.minimumLength {
            expected = nil
          }
          let found = parser.offset(of: layer, depth: depth)
          if found != expected {
            Issue.record(
              "\(test.name), \(bytes.count) bytes: \(layer) \(depth) at \(found as Int?), not \(expected as Int?)"
            )
          }
        }
      }
      if bytes.count == test.bytes.count { #expect(parser.innerStart == test.innerStart) }
    }
  }

  @Test(arguments: cases) func `layers are found`(test: Case) {
    expectLayers(test, test.bytes)
  }

  /// A layer is there as soon as its own header is: those before it are shorter.
  @Test(arguments: cases) func `layers are cut at every byte`(test: Case) {
    for length in 0..<test.bytes.count { expectLayers(test, Array(test.bytes.prefix(length))) }
  }

  @Test(arguments: cases) func `fields are read`(test: Case) {
    test.bytes.withUnsafeBytes { bytes in
      var parser = LayerParser()
      parser.parse(bytes, link: test.link)
      for (layer, depth, offset) in test.layers {
        #expect(parser.offset(of: layer, depth: depth) == offset)
        for field in layer.fields {
          let place = bytes.baseAddress! + offset
          switch field.kind {
          case .number, .hex, .flag, .mac:
            var expected: UInt64 = 0
            for bit in field.bitOffset..<field.bitOffset + field.bitCount {
              expected = expected << 1 | UInt64(bytes[offset + bit / 8] >> UInt8(7 - bit % 8) & 1)
            }
            #expect(field.number(at: place) == expected, "\(layer).\(field.name)")
          case .address4:
            let expected = (0..<4).reduce(0 as UInt32) {
              $0 << 8 | UInt32(bytes[offset + field.bitOffset / 8 + $1])
            }
            #expect(PacketAddress.v4(at: place + field.bitOffset / 8) == expected)
          case .address6:
            let octets = bytes[(offset + field.bitOffset / 8)...].prefix(16)
            let (high, low) = PacketAddress.v6(at: place + field.bitOffset / 8)
            #expect(high == octets.prefix(8).reduce(0) { $0 << 8 | UInt64($1) })
            #expect(low == octets.suffix(8).reduce(0) { $0 << 8 | UInt64($1) })
          }
        }
      }
    }
  }

  private func payload(_ layer: Layer, _ bytes: [UInt8], link: LinkType = .rawIP) -> Range<Int>? {
    bytes.withUnsafeBytes { bytes in
      var parser = LayerParser()
      parser.parse(bytes, link: link)
      return parser.payload(of: layer, depth: 0, in: bytes)
    }
  }

  @Test func `a payload ends where the IP header says`() {
    let segment = Array(Self.bytes(12) + [0x60, 0, 0, 0, 0, 0, 0, 0] + Self.bytes(4) + [7, 7, 7])
    #expect(payload(.tcp, Self.ip(6, segment)) == 44..<47)
    // Padding behind the packet is none of it.
    #expect(payload(.tcp, Self.ip(6, segment) + Self.bytes(9)) == 44..<47)
    #expect(payload(.tcp, Array(Self.ip(6, segment).prefix(40))) == 44..<47)
    #expect(payload(.udp, Self.ip6(17, Self.udp(1, [1, 2, 3]))) == 48..<51)
    #expect(payload(.udp, Self.ip6(17, Self.udp(1, []))) == 48..<48)
    #expect(payload(.tcp, Self.ip6(17, Self.udp(1, []))) == nil)
    #expect(payload(.ip, Self.ip(17, Self.udp(1, []))) == nil)
    // The header says that the packet ends before its payload could begin.
    var short = Self.ip(17, Self.udp(1, [1, 2]))
    short[3] = 27
    #expect(payload(.udp, short) == nil)
  }

  @Test func noBytesCanDoHarm() {
    var generator = FuzzSetting.random
    for round in 0..<FuzzSetting.rounds(20_000) {
      var bytes = Self.cases[round % Self.cases.count].bytes
      for _ in 0..<Int.random(in: 1...6, using: &generator) {
        bytes[Int.random(in: 0..<bytes.count, using: &generator)] =
          UInt8.random(in: 0...255, using: &generator)
      }
      bytes.removeLast(Int.random(in: 0...bytes.count, using: &generator))
      bytes.withUnsafeBytes { bytes in
        var parser = LayerParser()
        parser.parse(bytes, link: round % 2 == 0 ? .ethernet : .rawIP)
        for depth in 0...1 {
          for layer in Layer.allCases {
            guard let offset = parser.offset(of: layer, depth: depth) else { continue }
            #expect(offset >= 0 && offset + layer.minimumLength <= bytes.count)
            if let payload = parser.payload(of: layer, depth: depth, in: bytes) {
              #expect(payload.lowerBound >= offset)
            }
          }
        }
      }
    }
  }
}
