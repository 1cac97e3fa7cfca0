import Testing

extension InGuest {
  /// Points of each kind: who sees which packets.
  @Suite struct PointTests {
    private func trace(
      _ points: String, _ filter: String, traffic: (Network) throws -> Void
    ) throws -> Netcap.Outcome {
      let network = try Network()
      try run("iptables", "-A INPUT -p tcp --dport 9000 -j DROP".words, in: network.server)
      let netcap = try Netcap(
        skb: "-f", points, "-e", filter, "--json", "--capture-max-size", "2048", "-t", "-nnt")
      try traffic(network)
      let outcome = try netcap.end()
      #expect(outcome.status == 0, "\(outcome.errors)")
      let ledger = try outcome.ledger
      #expect(ledger.isBalanced)
      #expect(ledger.lost == 0)
      return outcome
    }

    /// ICMP, TCP and UDP over IPv4, ping over IPv6, and a packet that is dropped.
    private func everything(_ network: Network) throws {
      try network.ping(count: 2)
      try network.ping("fd00:9::2", count: 2)
      #expect(try network.transfer([UInt8](repeating: 7, count: 100), port: 9001).count == 100)
      let attempt = try Running(
        "nc", ["-w1", Network.serverAddress, "9000"], in: network.client)
      _ = try attempt.wait(within: .seconds(30))
    }

    @Test func eachPointSeesItsPackets() throws {
      let outcome = try trace(
        "icmp_rcv,ip_rcv@1@,fentry:__dev_queue_xmit,tcp_v4_rcv,tracepoint:net:netif_receive_skb,"
          + "skb:kfree_skb,ipv6_rcv,icmpv6_rcv",
        "host 10.9.0.2 or ip6 host fd00:9::2", traffic: everything)
      let packets = try outcome.packets
      func texts(_ point: String) -> [String] {
        packets.filter { $0.point == point }.map(\.text)
      }
      func count(_ point: String, _ part: String) -> Int {
        texts(point).count { $0.contains(part) }
      }
      #expect(texts("icmp_rcv").count == 4)
      #expect(count("icmp_rcv", "ICMP echo request") == 2)
      #expect(count("icmp_rcv", "ICMP echo reply") == 2)
      for point in ["ip_rcv", "__dev_queue_xmit", "net:netif_receive_skb"] {
        #expect(count(point, "ICMP echo request") == 2, "\(point)")
        #expect(count(point, "> 10.9.0.2.9001: Flags [S]") == 1, "\(point)")
        #expect(count(point, "> 10.9.0.2.9000: Flags [S]") >= 1, "\(point)")
      }
      #expect(count("tcp_v4_rcv", "10.9.0.2.9001") == texts("tcp_v4_rcv").count)
      #expect(count("tcp_v4_rcv", "> 10.9.0.2.9001: Flags [S]") == 1)
      #expect(count("skb:kfree_skb", "> 10.9.0.2.9000: Flags [S]") >= 1)
      for point in ["ipv6_rcv", "icmpv6_rcv"] {
        #expect(count(point, "fd00:9::1 > fd00:9::2: ICMP6, echo request") == 2, "\(point)")
        #expect(texts(point).allSatisfy { $0.hasPrefix("IP6 ") }, "\(point)")
      }
      let elsewhere = packets.filter { $0.dev != "veth0" }
      #expect(elsewhere.isEmpty, "\(elsewhere.map { ($0.point, $0.dev, $0.text) })")
    }

    /// One program serves all of these; before attach cookies it tells them by their addresses.
    @Test func severalKprobesKeepApart() throws {
      let outcome = try trace(
        "kprobe:icmp_rcv,kprobe:tcp_v4_rcv@1,kprobe:ip_rcv@1@,kprobe:udp_rcv,kprobe:icmpv6_rcv",
        "host 10.9.0.2 or ip6 host fd00:9::2"
      ) {
        try everything($0)
        try $0.datagrams([Array("hello".utf8)], port: 9002)
      }
      #expect(try outcome.ledger.points.allSatisfy { $0.mechanism == "kprobe" })
      let packets = try outcome.packets
      func protocols(_ point: String) -> Set<UInt8> {
        Set(packets.filter { $0.point == point }.map { $0.content[14 + 9] })
      }
      #expect(protocols("icmp_rcv") == [1])
      #expect(protocols("tcp_v4_rcv") == [6])
      #expect(protocols("udp_rcv") == [17])
      #expect(protocols("ip_rcv") == [1, 6, 17])
      let six = packets.filter { $0.point == "icmpv6_rcv" }
      #expect(six.count >= 4 && six.allSatisfy { $0.content[12..<14] == [0x86, 0xdd] })
    }
  }
}
