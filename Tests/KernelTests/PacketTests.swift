import Foundation
import Packets
import SystemPackage
import Testing

extension InGuest {
  /// Packets that are not one piece, or not a whole frame.
  @Suite struct PacketTests {
    /// A datagram put together from its fragments: each is a buffer of its own.
    @Test func reassembledDatagramsAreWhole() throws {
      let network = try Network()
      let scratch = try Scratch()
      let file = scratch.file("written.pcapng")
      var payload = (0..<9000).map { UInt8(truncatingIfNeeded: $0 &* 7 >> 4) }
      payload.replaceSubrange(3992..<3996, with: [0xde, 0xad, 0xbe, 0xef])
      var other = payload
      other[3995] = 0
      let netcap = try Netcap(
        skb: "-f", "udp_rcv,ip_local_deliver_finish", "-e", "udp[4000:4] = 0xdeadbeef", "-w", file,
        "--capture-max-size", "65535", "--stats")
      try network.datagrams([other, payload, other], port: 9003)
      let outcome = try netcap.end()
      #expect(outcome.status == 0)
      let written = try packets(in: CaptureReader(FilePath(file)))
      #expect(written.map(\.point).sorted { $0! < $1! } == ["ip_local_deliver_finish", "udp_rcv"])
      for packet in written {
        #expect(packet.bytes.count == 14 + 20 + 8 + 9000)
        #expect(Array(packet.bytes.suffix(9000)) == payload)
      }
      #expect(!outcome.errors.contains("not judged"))
    }

    /// What sendfile(2) sends are pages of the file, and segments of up to 64 KiB.
    @Test func largeSegmentsAreWhole() throws {
      let network = try Network()
      let scratch = try Scratch()
      let file = scratch.file("written.pcap")
      let netcap = try Netcap(
        skb: "-f", "tcp_v4_rcv", "-e", "tcp dst port 9004", "-w", file, "--capture-max-size",
        "65535", "--stats")
      let content = (0..<600_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) }
      #expect(try network.transfer(content, port: 9004) == content)
      let outcome = try netcap.end()
      #expect(outcome.status == 0)
      #expect(try outcome.ledger.isBalanced)
      var seen = [UInt8](repeating: 0, count: content.count)
      var filled = 0
      var first: UInt32?
      for packet in try packets(in: CaptureReader(FilePath(file))) {
        let segment = packet.bytes[34...]
        let number = segment[38..<42].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        let isOpening = segment[47] & 2 != 0
        if isOpening { first = number &+ 1 }
        let data = segment[(34 + Int(segment[46] >> 4) * 4)...]
        let length = Int(packet.bytes[16]) << 8 | Int(packet.bytes[17])
        #expect(length == packet.bytes.count - 14 || length == 0)
        guard !data.isEmpty, let first else { continue }
        let start = Int(number &- first)
        try #require(start + data.count <= seen.count)
        seen.replaceSubrange(start..<start + data.count, with: data)
        filled += data.count
      }
      #expect(filled >= content.count)
      #expect(seen == content)
    }

    /// The tag is not among the packet's bytes then, but the filter and the file have it.
    @Test func offloadedTagsAreSeen() throws {
      let network = try Network()
      for (end, last) in [(network.client, 1), (network.server, 2)] {
        for setting in [
          "link add link veth0 name tagged type vlan id 5", "link set tagged up",
          "address add 10.9.5.\(last)/24 dev tagged",
        ] { try run("ip", ["-n", end.name] + setting.words) }
        let features = try run("ethtool", "-k", "veth0", in: end)
        #expect(features.contains("tx-vlan-offload: on"))
      }
      let netcap = try Netcap(
        skb: "-f", "net:netif_receive_skb,net:net_dev_start_xmit,icmp_rcv", "-e",
        "icmp or (vlan 5 and icmp)", "--json", "-t", "-nnet")
      try network.ping("10.9.5.2", count: 1)
      try network.ping(count: 1)
      let outcome = try netcap.end()
      #expect(outcome.status == 0)
      let tagged = try outcome.packets.filter { $0.text.contains("vlan 5") }
      // Request and reply, each when it leaves and when it comes.
      #expect(tagged.count == 4)
      for packet in tagged {
        #expect(packet.dev == "veth0")
        #expect(packet.content[12..<18] == [0x81, 0, 0, 5, 8, 0])
        #expect(packet.len == 14 + 4 + 20 + 64 && packet.caplen == packet.len)
      }
      #expect(Set(tagged.map(\.point)).count >= 1)
      let plain = try outcome.packets.filter { !$0.text.contains("vlan 5") }
      #expect(plain.allSatisfy { $0.content[12..<14] == [8, 0] })
    }

    /// Both ends have the same name and number: the namespace tells them apart.
    @Test func interfacesAreThoseOfTheNamespace() throws {
      let network = try Network()
      let netcap = try Netcap(
        skb: "-f", "net:netif_receive_skb,ip_output", "-i", "veth0", "-e", "icmp", "--json",
        in: network.client)
      try network.ping(count: 2)
      try run("ping", "-c", "1", "-n", "127.0.0.1", in: network.client)
      let outcome = try netcap.end()
      #expect(outcome.status == 0)
      let packets = try outcome.packets
      #expect(packets.count == 2)
      #expect(packets.allSatisfy { $0.dev == "veth0" && $0.netns == network.client.inode })
      #expect(packets.allSatisfy { $0.text.contains("echo reply") })
      let ledger = try outcome.ledger
      let receiving = try #require(ledger["net:netif_receive_skb"])
      #expect(receiving.other_interface >= 4)
      // No device is chosen yet there.
      let sending = try #require(ledger["ip_output"])
      #expect(sending.no_interface >= 4 && sending.emitted == 0)
      #expect(ledger.isBalanced)
    }
  }
}
