import Foundation
import Packets
import SystemPackage
import Testing

extension InGuest {
  /// More packets than can be handled: what is lost is counted.
  @Suite struct LoadTests {
    private static let count = 20_000

    private func flood(_ network: Network, port: UInt16) throws {
      let receiver = try Socket(.udp, in: network.server)
      try receiver.bind(Network.serverAddress, port)
      let sender = try Socket(.udp, in: network.client)
      try sender.connect(Network.serverAddress, port)
      // Addresses are resolved before the flood.
      let payload = [UInt8](repeating: 0x2a, count: 64)
      for _ in 0..<Self.count { try sender.send(payload) }
    }

    private func check(_ outcome: Netcap.Outcome, of count: Int = Self.count) throws {
      #expect(outcome.status == 0)
      let ledger = try outcome.ledger
      let row = ledger.points[0]
      #expect(ledger.isBalanced, "\(outcome.errors)")
      #expect(row.emitted == ledger.received)
      // What was missed may have been anybody's packet: nobody looked at it.
      let seen = row.emitted + row.ring_full
      #expect(
        seen <= count && seen + (row.missed ?? 0) >= count, "\(outcome.errors)")
      if row.ring_full > 0 { #expect(outcome.errors.contains("lost: the ring buffer was full")) }
    }

    @Test func writtenFloodIsAccountedFor() throws {
      let network = try Network()
      let scratch = try Scratch()
      let file = scratch.file("written.pcap")
      let netcap = try Netcap(
        skb: "-f", "__dev_queue_xmit", "-e", "udp dst port 9006", "-w", file, "--stats")
      try flood(network, port: 9006)
      let outcome = try netcap.end()
      try check(outcome)
      let written = try packets(in: CaptureReader(FilePath(file)))
      #expect(try written.count == outcome.ledger.received)
      #expect(written.allSatisfy { $0.bytes.count == 14 + 20 + 8 + 64 })
    }

    @Test func displayedFloodIsAccountedFor() throws {
      let network = try Network()
      let netcap = try Netcap(
        skb: "-f", "__dev_queue_xmit", "-e", "udp dst port 9007", "--stats")
      try flood(network, port: 9007)
      let outcome = try netcap.end()
      try check(outcome)
      #expect(try outcome.lines.count == outcome.ledger.received)
      #expect(outcome.lines.allSatisfy { $0.hasSuffix("> 10.9.0.2.9007: UDP, length 64") })
    }

    /// Many packets, each with a stack and what a user action says: every packet's lines stand together
    /// and in order, and none is missing that the ledger does not name.
    @Test func linesOfAPacketStandTogether() throws {
      let scratch = try Scratch()
      let action = scratch.file("number.c")
      try """
      struct xcap_user_extend {
          uint32_t sequence;
      };
      static int xcap_user_action(void *ctx, void *pkt, u32 pkt_len, struct xcap_user_extend *user,
                                  u16 trace_index)
      {
          struct sk_buff *skb = pkt;
          __be32 *payload = (__be32 *)(skb->head + skb->transport_header + 8);

          user->sequence = ntohl(*payload);
          return 1;
      }
      """.write(toFile: action, atomically: true, encoding: .utf8)
      let count = Int(ProcessInfo.processInfo.environment["NETCAP_FLOOD_PACKETS"] ?? "") ?? 20_000
      let network = try Network()
      let netcap = try Netcap(
        skb: "-f", "udp_rcv", "-e", "udp dst port 9014", "-S", "--user-action", action, "-t",
        "-nnA",
        "--stats")
      let receiver = try Socket(.udp, in: network.server)
      try receiver.bind(Network.serverAddress, 9014)
      let sender = try Socket(.udp, in: network.client)
      try sender.connect(Network.serverAddress, 9014)
      // What imitates the lines behind it.
      let tail = Array("\n--> No 7's pkt User Action >> {sequence: 7; }\n".utf8)
      var sent = 0
      func send(_ packets: Int) throws {
        for _ in 0..<packets {
          let number = withUnsafeBytes(of: UInt32(sent).bigEndian) { Array($0) }
          try sender.send(number + tail)
          sent += 1
        }
      }
      /// The last packet that is shown so far.
      func shown() throws -> Int {
        String(decoding: try netcap.process.outputEnd(8192), as: UTF8.self)
          .split(separator: "{sequence: ").compactMap { Int($0.prefix { $0.isNumber }) }.max() ?? 0
      }
      // In step with what is shown, however slow this machine is; the other half as fast as it can: of
      // fifty thousand packets some are lost.
      while sent < count / 2 {
        try send(500)
        #expect(try eventually(within: .seconds(120)) { try shown() > sent - 5_000 })
      }
      try send(count - sent)
      // Packets are shown in order: all that are in the ring by now, when a later one is.
      let all = try eventually(within: .seconds(900)) {
        try send(1)
        usleep(500_000)
        return try shown() >= count
      }
      #expect(all)
      let outcome = try netcap.end()
      try check(outcome, of: sent)
      var sequences: [Int] = []
      var rest = outcome.text.split(separator: "\n")[...]
      while let line = rest.popFirst() {
        // Of the packet: its line, its header in letters, what imitates.
        guard line.hasPrefix("--> No \(sequences.count)'s pkt User Action >> {sequence: "),
          rest.first == "--> No \(sequences.count)'s packet's kstack: "
        else { continue }
        let digits = line.split(separator: ":").last?.prefix { $0 != ";" }.dropFirst() ?? ""
        sequences.append(try #require(Int(digits), "\(line)"))
        rest.removeFirst()
        var frames = 0
        while let frame = rest.first, frame.hasPrefix("    ") {
          frames += 1
          rest.removeFirst()
        }
        #expect(frames > 3)
        if let next = rest.first { #expect(next.hasPrefix("udp_rcv: "), "\(next)") }
      }
      let ledger = try outcome.ledger
      print("\(sent) packets: \(sequences.count) shown, \(ledger.points[0].ring_full) lost")
      #expect(sequences.count == Int(ledger.received))
      #expect(sequences.count > count / 2)
      #expect(zip(sequences, sequences.dropFirst()).allSatisfy { $0 < $1 }, "not in order")
    }
  }
}
