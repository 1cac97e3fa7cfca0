import Testing

extension InGuest {
  /// What everybody tries first, as it is written in the documentation.
  @Suite struct AcceptanceTests {
    @Test(arguments: ["icmp_rcv@1", "icmp_rcv", "kprobe:icmp_rcv"])
    func pingsAreShown(_ point: String) throws {
      let network = try Network()
      let netcap = try Netcap(
        skb: "-f", point, "-e", "host 10.9.0.2", "-t", "-nnv", "-c", "2")
      try network.ping()
      let outcome = try netcap.wait()
      #expect(outcome.status == 0)
      let heads = outcome.lines.filter { $0.hasPrefix("icmp_rcv: ") }
      #expect(heads.count == 2, "\(outcome.text)")
      #expect(heads.allSatisfy { $0.contains(" veth0  ") && $0.contains("proto ICMP (1)") })
      let details = outcome.lines.filter { $0.contains("ICMP echo re") }
      #expect(details.count == 2 && details.allSatisfy { $0.contains("10.9.0.2") })
    }

    @Test func droppedPacketsAreShown() throws {
      let network = try Network()
      try run(
        "iptables", "-A INPUT -p tcp --dport 9000 -j DROP".words, in: network.server)
      let netcap = try Netcap(
        skb: "-f", "tracepoint:skb:kfree_skb", "-e", "tcp port 9000", "-t", "-nn", "-c", "1")
      let attempt = try Running(
        "nc", ["-w3", Network.serverAddress, "9000"], in: network.client)
      let outcome = try netcap.wait()
      _ = try attempt.wait(within: .seconds(30))
      #expect(outcome.status == 0)
      #expect(outcome.lines.count == 1)
      #expect(outcome.text.contains("> 10.9.0.2.9000: Flags [S]"), "\(outcome.text)")
      #expect(outcome.text.contains("skb:kfree_skb: "))
    }
  }
}
