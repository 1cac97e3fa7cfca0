import Foundation
import Packets
import SystemPackage
import Testing

extension InGuest {
  /// `-G`: a packet's way over several points.
  @Suite struct GatherTests {
    private static let points =
      "tracepoint:net:netif_receive_skb,ip_local_deliver@1,icmp_rcv@1"
    private static let filter = "icmp and dst host 10.9.0.2"

    /// Records: the packet's line and those that begin with `+--` and `|`.
    private func records(_ outcome: Netcap.Outcome) -> [[String]] {
      var records: [[String]] = []
      for line in outcome.lines.map(String.init) {
        if !line.hasPrefix("+--"), !line.hasPrefix("|") { records.append([]) }
        if !records.isEmpty { records[records.count - 1].append(line) }
      }
      return records
    }

    @Test(arguments: [false, true]) func packetsAreFollowed(byPointer: Bool) throws {
      let network = try Network()
      let netcap = try Netcap(
        starting: [
          "skb", "-f", Self.points, "-e", Self.filter, "-i", "veth0", "-G", "-c", "3",
          "--gather-output-color", "cyan", "--stats",
        ] + (byPointer ? ["--gather-distinguish-by-pointer"] : []), in: network.server)
      try netcap.process.waitForErrors(containing: "; ^C ends it", within: Netcap.readyTime)
      try network.ping(count: 5)
      let outcome = try netcap.wait()
      #expect(outcome.status == 0, "\(outcome.errors)")
      let records = records(outcome)
      #expect(records.count == 3, "\(outcome.text)")
      for (number, record) in records.enumerated() {
        try #require(record.count == 4, "\(record)")
        #expect(record[0].hasPrefix("net:netif_receive_skb: ") && record[0].contains(" veth0  "))
        #expect(record[0].contains("ICMP echo request"))
        #expect(record[1] == "+-- No'\(number) packet received in net:netif_receive_skb")
        var before = 0
        for (line, name) in zip(record[2...], ["ip_local_deliver", "icmp_rcv"]) {
          let match = try #require(
            line.wholeMatch(of: /\|   \* (\d+) \(ns\) later received in (\w+)/), "\(line)")
          #expect(match.2 == name)
          let time = try #require(Int(match.1))
          #expect(time > before)
          before = time
        }
      }
      #expect(outcome.errors.contains("path seen: 3 complete"), "\(outcome.errors)")
    }

    /// Points that are not reached, that are reached more than once, and in another order.
    @Test func anyWay() throws {
      let network = try Network()
      let netcap = try Netcap(
        skb: "-f", "ip_rcv,tcp_v4_rcv,icmp_rcv,ip_local_deliver", "-e", Self.filter, "-G",
        "--gather-timeout", "500ms", "-c", "2", "--stats")
      try network.ping(count: 4)
      let outcome = try netcap.wait()
      #expect(outcome.status == 0, "\(outcome.errors)")
      let records = records(outcome)
      #expect(records.count == 2)
      for (number, record) in records.enumerated() {
        try #require(record.count == 5, "\(record)")
        #expect(record[1] == "+-- No'\(number) packet received in ip_rcv")
        #expect(record[2] == "|   * NOT received at tcp_v4_rcv")
        #expect(record[3].hasSuffix(" (ns) later received in icmp_rcv"))
        #expect(record[4].hasSuffix(" (ns) later received in ip_local_deliver"))
      }
      #expect(outcome.errors.contains("path seen: 0 complete, 2 timed out"), "\(outcome.errors)")
    }

    @Test func theBufferOverflows() throws {
      let network = try Network()
      let netcap = try Netcap(
        skb: "-f", "ip_rcv,tcp_v4_rcv", "-e", Self.filter, "-G", "--gather-buffer-size", "16",
        "--gather-timeout", "60", "--stats")
      try run(
        "ping", "-q -c 40 -i 0.02 -W 10 -n 10.9.0.2".words, in: network.client)
      let outcome = try netcap.end()
      #expect(outcome.errors.contains("path seen: 24 journeys refused: 16 were under way, its max"))
      #expect(
        outcome.errors.contains("path seen: 0 complete, 16 under way at the end"),
        "\(outcome.errors)")
      #expect(records(outcome).count == 16)
    }

    /// With `-S` and `-w`, which ByteDance's leaves out.
    @Test func withStacksAndAFile() throws {
      let network = try Network()
      let scratch = try Scratch()
      let file = scratch.file("g.pcapng")
      let netcap = try Netcap(
        skb: "-f", Self.points, "-e", Self.filter, "-G", "-S", "-w", file, "-c", "1",
        "--gather-histogram")
      try network.ping(count: 1)
      let outcome = try netcap.wait()
      #expect(outcome.status == 0, "\(outcome.errors)")
      let lines = outcome.lines.map(String.init)
      let place = try #require(lines.firstIndex { $0.hasPrefix("+-- No'0 ") }, "\(outcome.text)")
      #expect(lines[1] == StackDumpTests.heads[0] && place > 4)
      #expect(lines.contains { $0.contains("icmp_rcv") && $0.contains("|") })
      let written = try packets(in: CaptureReader(FilePath(file)))
      #expect(Set(written.compactMap(\.point)).count == 3, "\(written.map(\.point))")
      #expect(written.contains { $0.comments.joined().contains(" stack=") })
    }

    @Test func objects() throws {
      let network = try Network()
      let netcap = try Netcap(
        skb: "-f", Self.points, "-e", Self.filter, "-G", "-S", "--json", "-c", "1")
      try network.ping(count: 1)
      let outcome = try netcap.wait()
      let object =
        try JSONSerialization.jsonObject(with: Data((outcome.lines.first ?? "").utf8))
        as? [String: Any] ?? [:]
      #expect(object["point"] as? String == "net:netif_receive_skb", "\(outcome.text)")
      let fields = object["fields"] as? [String: Any] ?? [:]
      let hops = fields["hops"] as? [[String: Any]] ?? []
      #expect(
        hops.map { $0["name"] as? String } == [
          "net:netif_receive_skb", "ip_local_deliver", "icmp_rcv",
        ])
      #expect(hops.first?["at"] as? Int == 0 && hops.last?["at"] as? Int ?? 0 > 0)
      #expect((fields["stack"] as? [String])?.isEmpty == false)
      #expect(outcome.text.contains("\"paths\":[{\"name\":\"seen\",\"complete\":1,"))
    }
  }
}
