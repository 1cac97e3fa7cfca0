import Foundation
import Packets
import SystemPackage
import Testing

extension InGuest {
  /// Written packets are those that tcpdump writes, and other programs read the files.
  @Suite struct FileTests {
    @Test func packetsAreThoseOfTcpdump() throws {
      let network = try Network()
      try network.withoutOffloads()
      let scratch = try Scratch()
      // Not what the kernel sends of its own accord.
      let filter = "ip host 10.9.0.1 or (ip6 host fd00:9::1 and icmp6[0] >= 128 and icmp6[0] < 130)"
      // At once: it would end without what the kernel has not handed on within its last second.
      let tcpdump = try Running(
        "tcpdump",
        [
          "--immediate-mode", "-i", "veth0", "-Q", "in", "-s", "65535", "-B", "8192", "-U", "-Z",
          "root", "-n", "-w",
          scratch.file("tcpdump.pcap"), filter,
        ], in: network.server)
      try tcpdump.waitForErrors(containing: "listening on", within: .seconds(60))
      let netcap = try Netcap(
        skb: "-f", "tracepoint:net:netif_receive_skb", "-i", "veth0", "-e", filter, "-w",
        scratch.file("netcap.pcap"), "--capture-max-size", "65535", "--stats", in: network.server)
      try network.ping()
      try network.ping("fd00:9::2")
      let content = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
      #expect(try network.transfer(content, port: 9001) == content)
      try network.datagrams(
        [[1], [UInt8](repeating: 2, count: 1472), [UInt8](repeating: 3, count: 5000)], port: 9002)
      let outcome = try netcap.end()
      tcpdump.signal(SIGINT)
      #expect(try tcpdump.wait(within: .seconds(30)) == 0)

      #expect(outcome.status == 0)
      let ours = try packets(in: CaptureReader(FilePath(scratch.file("netcap.pcap"))))
      let theirs = try packets(in: CaptureReader(FilePath(scratch.file("tcpdump.pcap"))))
      #expect(try tcpdump.errors.contains("\n0 packets dropped by kernel"))
      #expect(ours.count > 40)
      let isOrdered = { (a: FilePacket, b: FilePacket) in a.bytes.lexicographicallyPrecedes(b.bytes)
      }
      #expect(ours.sorted(by: isOrdered).map(\.bytes) == theirs.sorted(by: isOrdered).map(\.bytes))
      #expect(ours.allSatisfy { $0.originalLength == $0.bytes.count })
      // Both say when it was, on the same clock.
      let seconds = { (packets: [FilePacket]) in Double(packets[0].time!) / 1e9 }
      #expect(abs(seconds(ours) - seconds(theirs)) < 0.5)
      let ledger = try outcome.ledger
      #expect(ledger.isBalanced && ledger.received == ours.count)
    }

    @Test func otherProgramsReadTheFile() throws {
      let network = try Network()
      let scratch = try Scratch()
      let file = scratch.file("written.pcapng")
      let netcap = try Netcap(
        skb: "-f", "icmp_rcv,ip_output", "-e", "icmp and host 10.9.0.2", "-w", file, "--json",
        "-t", "-nnt")
      try network.ping()
      let outcome = try netcap.end()
      #expect(outcome.status == 0)
      let seen = try outcome.packets
      #expect(seen.count == 8)

      let fields = "-e frame.interface_name -e frame.comment -e eth.src -e eth.dst -e icmp.type"
      let shown = try run("tshark", ["-r", file, "-T", "fields"] + fields.words)
      let rows = shown.split(separator: "\n").map { $0.split(separator: "\t") }
      #expect(rows.count == 8)
      for (row, packet) in zip(rows, seen) {
        try #require(row.count == 5, "\(row)")
        #expect(row[0] == packet.point)
        #expect(row[1].contains("point=\(packet.point) cpu="))
        #expect(row[1].contains(" process=\(packet.comm)-"))
        // On its way out a packet has no Ethernet header yet: one with zeros is put before it.
        let isOut = packet.point == "ip_output"
        #expect(packet.link == (isOut ? "none" : "ethernet"))
        #expect(row[1].contains("(no link header: zero Ethernet addresses added)") == isOut)
        #expect((row[2] == "00:00:00:00:00:00" && row[3] == "00:00:00:00:00:00") == isOut)
        #expect(row[4] == (packet.text.contains("request") ? "8" : "0"))
      }
      let dumped = try run("tcpdump", "-nnt", "-r", file).split(separator: "\n")
      #expect(dumped.map(String.init) == seen.map(\.text))
    }

    @Test func standardOutputTakesAFile() throws {
      let network = try Network()
      let netcap = try Netcap(
        skb: "-f", "icmp_rcv", "-e", "host 10.9.0.2", "-w", "-", "-c", "3")
      try network.ping()
      let outcome = try netcap.wait()
      #expect(outcome.status == 0)
      let written = try packets(in: CaptureReader(outcome.output))
      #expect(written.count == 3)
      #expect(written.allSatisfy { $0.point == "icmp_rcv" && $0.bytes[14 + 9] == 1 })
    }
  }
}
