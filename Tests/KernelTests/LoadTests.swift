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

    private func check(_ outcome: Netcap.Outcome) throws {
      #expect(outcome.status == 0)
      let ledger = try outcome.ledger
      let row = ledger.points[0]
      #expect(ledger.isBalanced, "\(outcome.errors)")
      #expect(row.emitted == ledger.received)
      // What was missed may have been anybody's packet: nobody looked at it.
      let seen = row.emitted + row.ring_full
      #expect(
        seen <= Self.count && seen + (row.missed ?? 0) >= Self.count, "\(outcome.errors)")
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
  }
}
