import CNamespace
import Foundation
import Packets
import SystemPackage
import Testing

extension InGuest {
  /// `rebuild`: packets on their way out, before they have all their headers.
  @Suite struct RebuildTests {
    private static let client = (four: "10.9.0.1", six: "fd00:9::1")
    private static let server = (four: "10.9.0.2", six: "fd00:9::2")
    private static let payload = Array("nothing but payload".utf8)

    /// Where packets are looked at, and which headers are made there.
    private static let made = [
      "__tcp_transmit_skb": "ethernet, network, transport", "__ip_queue_xmit": "ethernet, network",
      "ip6_xmit": "ethernet, network", "udp_send_skb": "ethernet, network, transport",
      "udp_v6_send_skb": "ethernet, network, transport", "__ip_finish_output": "ethernet",
      "ip6_finish_output": "ethernet", "dev_hard_start_xmit": nil,
    ]

    /// From first to last is what the client sends.
    private static let script = """
      probe sent = {\(made.keys.sorted().map { $0 + "?" }.joined(separator: ", "))} {
          filter "tcp dst port 9020 or udp dst port 9021"
          rebuild
          capture 300
      }
      on sent {
          print "{func}|{pkt.flow.src}|{pkt.flow.dst}|{tcp.flags:x} {udp.len}|{pkt.rebuilt}"
      }
      """

    @Test func headersAreMade() throws {
      let network = try Network()
      let scratch = try Scratch()
      let file = scratch.file("sent.pcapng")
      let netcap = try Netcap(starting: ["-w", file, "-x", Self.script])
      try netcap.process.waitForErrors(containing: "; ^C ends it", within: Netcap.readyTime * 3)
      for (family, address) in [(AF_INET, Self.server.four), (AF_INET6, Self.server.six)] {
        try connect(network, family, address)
        try datagrams(network, family, address)
      }
      let live = try netcap.end()
      #expect(live.status == 0, "\(live.errors)")

      let lines = Set(live.lines.map(String.init))
      for (function, headers) in Self.made {
        if live.errors.contains("'\(function)'") { continue }  // not in this kernel, which was said
        for isSix in [false, true] where Self.sends(function, isSix: isSix) {
          let ends =
            isSix
            ? "\(Self.client.six)|\(Self.server.six)" : "\(Self.client.four)|\(Self.server.four)"
          for what in Self.kinds(function) {
            let line = "\(function)|\(ends)|\(what)|\(headers != nil)"
            #expect(lines.contains(line), "no \(line) in \(live.text)\n\(live.errors)")
          }
        }
      }
      let kept = try packets(in: CaptureReader(FilePath(file)))
      #expect(kept.count == live.lines.count)
      for packet in kept {
        let comment = packet.comments.joined()
        let headers = Self.made[packet.point ?? ""] ?? nil
        if let headers {
          #expect(comment.contains("(rebuilt: \(headers))"), "\(comment)")
        } else {
          #expect(!comment.contains("rebuilt"), "\(comment)")
        }
        try Self.checkIP(packet)
      }
      let replayed = try Netcap.run("-r", file, "-x", Self.script)
      #expect(replayed.text == live.text, "\(replayed.errors)")
    }

    /// At a return the packet is the one of the call, with the headers that were made there.
    @Test func atReturns() throws {
      let network = try Network()
      let netcap = try Netcap(
        starting: [
          "-x",
          """
          probe return:__ip_finish_output? {
              filter "udp dst port 9021 and ether[12:2] == 0x800"
              rebuild
              emit retval
          }
          on __ip_finish_output { print "{pkt.rebuilt} {retval} {pkt.eth.type:x} {udp.dport}" }
          """,
        ])
      try netcap.process.waitForErrors(containing: "; ^C ends it", within: Netcap.readyTime)
      try datagrams(network, AF_INET, Self.server.four)
      let outcome = try netcap.end()
      #expect(outcome.text == "true 0 800 9021\ntrue 0 800 9021\n", "\(outcome.errors)")
    }

    /// C sees the packet with its headers, too.
    @Test func packetsOfC() throws {
      let network = try Network()
      let netcap = try Netcap(
        starting: [
          "-x",
          """
          probe udp_send_skb? {
              filter "udp dst port 9021"
              rebuild
              emit first: u8, port: u16, len: u32 from c {
                  user->first = pkt[14];
                  user->port = pkt[36] << 8 | pkt[37];
                  user->len = pkt_len;
                  return 1;
              }
          }
          on udp_send_skb { print "{first:x} {port} {len}" }
          """,
        ])
      try netcap.process.waitForErrors(containing: "; ^C ends it", within: Netcap.readyTime)
      try datagrams(network, AF_INET, Self.server.four)
      let outcome = try netcap.end()
      let line = "45 9021 \(42 + Self.payload.count)\n"
      #expect(outcome.text == line + line, "\(outcome.errors)")
    }

    /// Without headers nothing matches: that is said once, with what helps.
    @Test func fakeHeaders() throws {
      let network = try Network()
      let filter = ["-f", "__ip_queue_xmit", "-e", "tcp dst port 9020"]
      let blind = try Netcap(starting: ["skb"] + filter)
      try blind.process.waitForErrors(containing: "; ^C ends it", within: Netcap.readyTime)
      try connect(network, AF_INET, Self.server.four)
      let help = "= --fake-hdr makes headers of their sockets"
      try blind.process.waitForErrors(containing: help, within: Netcap.readyTime)
      let unseen = try blind.end()
      #expect(unseen.text.isEmpty && unseen.errors.components(separatedBy: help).count == 2)
      let seeing = try Netcap(starting: ["skb", "--fake-hdr", "-c", "1", "--json"] + filter)
      try seeing.process.waitForErrors(containing: "; ^C ends it", within: Netcap.readyTime)
      try connect(network, AF_INET, Self.server.four)
      let seen = try seeing.wait()
      #expect(seen.text.contains("\"rebuilt\":[\"ethernet\",\"network\"]"), "\(seen.text)")
      #expect(seen.text.contains("10.9.0.2.9020: Flags [S]"), "\(seen.text)")
    }

    /// From the IP header on, as at the point of a driver.
    /// Without a filter there is nothing that packets without headers could be told apart by: they are shown.
    @Test func withoutHeadersAndFilter() throws {
      let network = try Network()
      let netcap = try Netcap(starting: ["skb", "-S", "-f", "__ip_queue_xmit"])
      try netcap.process.waitForErrors(containing: "; ^C ends it", within: Netcap.readyTime)
      try connect(network, AF_INET, Self.server.four)
      let note = "packets at __ip_queue_xmit have no headers yet"
      try netcap.process.waitForErrors(containing: note, within: Netcap.readyTime)
      let outcome = try netcap.end()
      #expect(outcome.errors.components(separatedBy: note).count == 2, "said once")
    }

    @Test func startsThatAreGiven() throws {
      let network = try Network()
      let netcap = try Netcap(
        skb: "-f", "ip_rcv", "--skb-data", "--skb-data-offset", "-14", "-e", "udp dst port 9021",
        "-c", "1", "--json")
      try datagrams(network, AF_INET, Self.server.four)
      let seen = try netcap.wait()
      #expect(try seen.packets.map(\.len) == [42 + Self.payload.count], "\(seen.errors)")
    }

    /// A frame of AF_XDP has no header set: it starts at skb->data, whether or not headers are made.
    @Test func framesOfXDP() throws {
      let network = try Network()
      let netcap = try Netcap(
        skb: "-f", "__dev_direct_xmit", "-e", "ether proto 0x88b5", "-c", "1", "--json")
      var frame: [UInt8] = Array(repeating: 0xff, count: 6) + [2, 0, 0, 0, 0, 1, 0x88, 0xb5]
      frame += Array(repeating: 7, count: 50)
      let result = try network.client.within {
        frame.withUnsafeBytes { nc_send_by_xdp("veth0", $0.baseAddress!, UInt32($0.count)) }
      }
      #expect(result == 0)
      let outcome = try netcap.wait()
      #expect(try outcome.packets.map(\.content) == [frame], "\(outcome.text)\(outcome.errors)")
    }

    private static func sends(_ function: String, isSix: Bool) -> Bool {
      switch function {
      case "__ip_queue_xmit", "udp_send_skb", "__ip_finish_output": !isSix
      case "ip6_xmit", "udp_v6_send_skb", "ip6_finish_output": isSix
      default: true
      }
    }

    /// Flags of TCP, length of UDP.
    private static func kinds(_ function: String) -> [String] {
      let tcp = ["2 -", "18 -"]
      let udp = ["- \(8 + payload.count)"]
      return switch function {
      case "__tcp_transmit_skb", "__ip_queue_xmit", "ip6_xmit": tcp
      case "udp_send_skb", "udp_v6_send_skb": udp
      default: tcp + udp
      }
    }

    /// The lengths and the checksum of the IP header are those of the packet.
    private static func checkIP(_ packet: FilePacket) throws {
      let ip = Array(packet.bytes.dropFirst(14))
      let place = "\(packet.point ?? "") \(packet.comments)"
      if ip[0] >> 4 == 6 {
        #expect(Int(ip[4]) << 8 | Int(ip[5]) == ip.count - 40, "\(place)")
        return
      }
      #expect(Int(ip[2]) << 8 | Int(ip[3]) == ip.count, "\(place)")
      var sum = 0
      for index in stride(from: 0, to: 20, by: 2) {
        sum += Int(ip[index]) << 8 | Int(ip[index + 1])
      }
      while sum >> 16 != 0 { sum = sum & 0xffff + sum >> 16 }
      #expect(sum == 0xffff, "\(place)")
    }

    private func connect(_ network: Network, _ family: Int32, _ address: String) throws {
      let listener = try Socket(.tcp, family: family, in: network.server)
      try listener.bind(address, 9020)
      try listener.listen()
      let sender = try Socket(.tcp, family: family, in: network.client)
      try sender.connect(address, 9020)
      let receiver = try listener.accept()
      try sender.send(Self.payload)
      #expect(try receiver.receive() == Self.payload)
    }

    /// One to an address, and one of a connected socket.
    private func datagrams(_ network: Network, _ family: Int32, _ address: String) throws {
      let receiver = try Socket(.udp, family: family, in: network.server)
      try receiver.bind(address, 9021)
      let sender = try Socket(.udp, family: family, in: network.client)
      try sender.send(Self.payload, to: address, 9021)
      try sender.connect(address, 9021)
      try sender.send(Self.payload)
      for _ in 0..<2 { #expect(try receiver.receive() == Self.payload) }
    }
  }
}
