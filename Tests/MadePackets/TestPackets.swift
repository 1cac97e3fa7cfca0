package import Packets

/// A packet that filters are tried on.
package struct TestPacket {
  package let bytes: [UInt8]
  /// The packet's length on the wire, of which `bytes` may be only the first.
  package let length: Int
  package let link: LinkType
  package let description: String

  package init(bytes: [UInt8], length: Int, link: LinkType, description: String) {
    self.bytes = bytes
    self.length = length
    self.link = link
    self.description = description
  }
}

/// Packets of real protocols, then the same changed and cut short: the same in every run.
package enum TestPackets {
  package static let all: [TestPacket] = make()

  private static func make() -> [TestPacket] {
    var random = Repeatable(2024)
    var sound: [TestPacket] = []
    for (name, frame, ethernetLength) in frames(&random) {
      sound.append(
        TestPacket(bytes: frame.bytes, length: frame.count, link: .ethernet, description: name))
      if let ethernetLength {
        let packet = Array(frame.bytes.dropFirst(ethernetLength))
        sound.append(
          TestPacket(bytes: packet, length: packet.count, link: .rawIP, description: name))
      }
    }
    var packets = sound
    for packet in sound {
      packets.append(changed(packet, &random))
      packets.append(changed(packet, &random))
      packets.append(cut(packet, &random))
      packets.append(cutByCapture(packet, &random))
      packets.append(cut(changed(packet, &random), &random))
    }
    for link in [LinkType.ethernet, .rawIP] {
      packets.append(TestPacket(bytes: [], length: 0, link: link, description: "empty"))
      packets.append(TestPacket(bytes: [], length: 60, link: link, description: "nothing captured"))
      for count in 1...20 {
        let bytes = (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &random) }
        packets.append(TestPacket(bytes: bytes, length: count, link: link, description: "noise"))
      }
    }
    let long = sound[0].bytes + Array(repeating: 0x55, count: 70_000)
    packets.append(
      TestPacket(bytes: long, length: long.count, link: .ethernet, description: "very long"))
    return packets
  }

  /// Up to four bytes among the headers replaced: by anything, or by a number of a protocol.
  private static func changed(_ packet: TestPacket, _ random: inout Repeatable) -> TestPacket {
    guard !packet.bytes.isEmpty else { return packet }
    let telling: [UInt8] = [
      0, 1, 4, 6, 17, 41, 43, 44, 51, 58, 59, 60, 0x45, 0x46, 0x60, 0x81, 0x86,
    ]
    var bytes = packet.bytes
    for _ in 0..<Int.random(in: 1...4, using: &random) {
      let at = Int.random(in: 0..<min(bytes.count, 90), using: &random)
      bytes[at] =
        Bool.random(using: &random)
        ? telling.randomElement(using: &random)!
        : UInt8.random(in: .min ... .max, using: &random)
    }
    return TestPacket(
      bytes: bytes, length: packet.length, link: packet.link,
      description: packet.description + ", changed")
  }

  /// A shorter packet.
  private static func cut(_ packet: TestPacket, _ random: inout Repeatable) -> TestPacket {
    let count = Int.random(in: 0...min(packet.bytes.count, 90), using: &random)
    return TestPacket(
      bytes: Array(packet.bytes.prefix(count)), length: count, link: packet.link,
      description: packet.description + ", \(count) bytes long")
  }

  /// A packet of the same length of which less was captured.
  private static func cutByCapture(_ packet: TestPacket, _ random: inout Repeatable) -> TestPacket {
    let count = Int.random(in: 0...min(packet.bytes.count, 90), using: &random)
    return TestPacket(
      bytes: Array(packet.bytes.prefix(count)), length: packet.length, link: packet.link,
      description: packet.description + ", \(count) bytes captured")
  }

  private typealias Frame = (name: String, frame: Octets, ethernetLength: Int?)

  private static func frames(_ random: inout Repeatable) -> [Frame] {
    var frames: [Frame] = []
    let (mac1, mac2) = (Header.macs[0], Header.macs[1])

    func add(_ name: String, _ type: UInt16, _ payload: Octets, to: Octets? = nil) {
      let isIP = type == 0x0800 || type == 0x86dd
      frames.append(
        (name, Header.ethernet(to ?? mac2, mac1, type) + payload, isIP ? 14 : nil))
    }

    for (name, version, packet) in networkPackets(&random) {
      let type: UInt16 = version == 4 ? 0x0800 : 0x86dd
      add(name, type, packet, to: Header.macs.randomElement(using: &random))
      switch Int.random(in: 0..<6, using: &random) {
      case 0: add("vlan 7, " + name, 0x8100, Header.vlan(7, type) + packet)
      case 1: add("vlan 5:100, " + name, 0x8100, Header.vlan(5 << 13 | 100, type) + packet)
      case 2:
        add("qinq, " + name, 0x88a8, Header.vlan(100, 0x8100) + Header.vlan(7, type) + packet)
      case 3:
        add(
          "mpls, " + name, 0x8847,
          Header.mpls(100, bottom: false) + Header.mpls(1024, bottom: true) + packet)
      case 4:
        let proto: UInt16 = version == 4 ? 0x0021 : 0x0057
        add("pppoe, " + name, 0x8864, Header.pppoe(session: 0x11, packet, proto: proto))
      default:
        let outer = Header.udp(40000, 6081, Header.geneve(type, options: 1, packet))
        add("geneve, " + name, 0x0800, Header.ipv4(17, Header.v4[0], Header.v4[1], outer))
      }
    }
    for operation in 1...4 as ClosedRange<UInt16> {
      add("arp", 0x0806, Header.arp(operation, Header.v4[0], Header.v4[1]), to: Header.macs[2])
      add("rarp", 0x8035, Header.arp(operation, Header.v4[1], Header.v4[0]))
      add("vlan arp", 0x8100, Header.vlan(7, 0x0806) + Header.arp(1, Header.v4[2], Header.v4[1]))
      add(
        "double vlan arp", 0x8100,
        Header.vlan(1, 0x8100) + Header.vlan(7, 0x0806) + Header.arp(1, Header.v4[2], Header.v4[1]))
    }
    add("pppoe discovery", 0x8863, [0x11, 0x09] + .u16(0, 4, 0x0101, 0))
    add("mpls alone", 0x8847, Header.mpls(1024, bottom: true) + .zeros(40))
    add("lldp", 0x88cc, .zeros(40), to: Header.macs[5])
    add("loopback", 0x9000, .zeros(46))
    for type in [0x6001, 0x6002, 0x6003, 0x6004, 0x6007, 0x809b, 0x80f3, 0x8137] as [UInt16] {
      add("old protocol", type, .zeros(46))
    }
    let llc: [(String, Octets)] = [
      ("stp", [0x42, 0x42, 3] + .zeros(35)), ("iso", [0xfe, 0xfe, 3, 0x83] + .zeros(35)),
      ("ipx", [0xe0, 0xe0, 3] + .zeros(35)), ("netbeui", [0xf0, 0xf0, 3] + .zeros(35)),
      ("snap aarp", [0xaa, 0xaa, 3, 0, 0, 0, 0x80, 0xf3] + .zeros(30)),
      ("snap atalk", [0xaa, 0xaa, 3, 8, 0, 7, 0x80, 0x9b] + .zeros(30)),
      ("ipx raw", [0xff, 0xff, 0, 30] + .zeros(30)), ("llc test", [0, 1, 0xf3] + .zeros(20)),
      ("llc rr", [0x04, 0x04, 0x01, 0x01] + .zeros(20)),
    ]
    for (name, payload) in llc {
      add(name, UInt16(payload.count), payload, to: Header.macs[5])
    }
    return frames
  }

  private typealias Network = (name: String, version: Int, packet: Octets)

  private static func networkPackets(_ random: inout Repeatable) -> [Network] {
    var packets: [Network] = []
    let v4 = Header.v4
    let v6 = Header.v6

    func port() -> UInt16 { Header.ports.randomElement(using: &random)! }
    func payload() -> Octets {
      let text: Octets = [0x47, 0x45, 0x54, 0x20]
      return text + .zeros(Int.random(in: 0...40, using: &random))
    }

    var transports: [(String, UInt8, Octets)] = []
    for flags in [0x02, 0x12, 0x10, 0x18, 0x11, 0x04, 0x29, 0x00, 0xc2] as [UInt8] {
      transports.append(
        (
          "tcp flags \(flags)", 6,
          Header.tcp(port(), port(), flags: flags, options: Int(flags % 4), payload())
        ))
    }
    for _ in 0..<8 { transports.append(("udp", 17, Header.udp(port(), port(), payload()))) }
    for _ in 0..<3 { transports.append(("sctp", 132, Header.sctp(port(), port()))) }
    for type in [0, 3, 5, 8, 11, 13, 17] as [UInt8] {
      transports.append(("icmp \(type)", 1, Header.icmp(type, type % 5, payload())))
    }
    for (name, number) in [
      ("igmp", 2), ("ipip", 4), ("igrp", 9), ("gre", 47), ("esp", 50), ("pim", 103), ("vrrp", 112),
    ] as [(String, UInt8)] {
      transports.append((name, number, .zeros(24)))
    }
    transports.append(
      (
        "gre udp", 47,
        .u16(0, 0x0800)
          + Header.ipv4(17, v4[2], v4[3], Header.udp(53, 53, payload()))
      ))
    transports.append(
      (
        "ah tcp", 51,
        Header.authentication(next: 6, Header.tcp(80, 9000, flags: 2, payload()))
      ))

    for (name, number, content) in transports {
      let (from, to) = (v4.randomElement(using: &random)!, v4.randomElement(using: &random)!)
      packets.append((name, 4, Header.ipv4(number, from, to, content)))
      let options = Int.random(in: 1...10, using: &random)
      packets.append(
        (
          "\(name), \(options) words of options", 4,
          Header.ipv4(number, to, from, content, options: options, tos: 0xb8, ttl: 1)
        ))
      if Int.random(in: 0..<3, using: &random) == 0 {
        packets.append(
          ("\(name), first fragment", 4, Header.ipv4(number, from, to, content, fragment: 0x2000)))
        packets.append(
          ("\(name), later fragment", 4, Header.ipv4(number, from, to, content, fragment: 0x20b9)))
      }
    }

    var transports6 = transports.filter { $0.1 != 1 && $0.1 != 2 }
    for type in [1, 2, 3, 128, 129, 133, 134, 135, 136, 143] as [UInt8] {
      transports6.append(("icmp6 \(type)", 58, Header.icmp(type, 0, payload())))
    }
    transports6.append(("nothing", 59, .zeros(8)))
    for (name, number, content) in transports6 {
      let (from, to) = (v6.randomElement(using: &random)!, v6.randomElement(using: &random)!)
      packets.append(("ip6 " + name, 6, Header.ipv6(number, from, to, content)))
      var (next, chain, names) = (number, content, name)
      for _ in 0..<Int.random(in: 1...6, using: &random) {
        let kind = ([0, 43, 44, 60, 51] as [UInt8]).randomElement(using: &random)!
        switch kind {
        case 44:
          let offset = UInt16.random(in: 0...1, using: &random) * 185
          chain = Header.fragment6(next: next, offset: offset, chain)
        case 51: chain = Header.authentication(next: next, chain)
        default:
          chain = Header.extension6(
            next: next, length: UInt8.random(in: 0...2, using: &random), chain)
        }
        next = kind
        names = "\(kind), \(names)"
      }
      packets.append(("ip6 " + names, 6, Header.ipv6(next, to, from, chain)))
    }
    return packets
  }
}
