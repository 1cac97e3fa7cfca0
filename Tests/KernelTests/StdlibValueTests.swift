import Foundation
import Testing

extension InGuest {
  /// What the scripts that come with netcap say of this kernel's arguments, packets and sockets: the
  /// values, of traffic that is known. Sessions of one group begin together and see the same.
  @Suite struct StdlibValueTests {
    private static let port: UInt16 = 9101
    private static let closedPort: UInt16 = 9102
    /// For all of a group; in a guest clang takes seconds for each object that is not in the cache yet.
    private static let readyTime = Duration.seconds(600)
    private let pid = ProcessInfo.processInfo.processIdentifier

    /// What scripts said while something happened.
    private func said(
      by scripts: [String], while traffic: () throws -> Void
    ) throws -> [String: Netcap.Outcome] {
      let start = ContinuousClock.now
      let sessions = try scripts.map { line in
        (line.words[0], try Netcap(starting: ["-s"] + line.words))
      }
      for (_, netcap) in sessions {
        try netcap.process.waitForErrors(containing: "; ^C ends it", within: Self.readyTime)
      }
      let ready = ContinuousClock.now
      try traffic()
      usleep(300_000)
      for (_, netcap) in sessions { netcap.process.signal(SIGINT) }
      var outcomes: [String: Netcap.Outcome] = [:]
      for (name, netcap) in sessions {
        let outcome = try netcap.wait()
        #expect(outcome.status == 0, "\(name): \(outcome.errors)")
        outcomes[name] = outcome
      }
      print(
        "\(scripts.count) scripts: ready after \(ready - start), \(ContinuousClock.now - start)")
      return outcomes
    }

    /// Whether a script said a line that matches all of it.
    private func expect(
      _ said: [String: Netcap.Outcome], _ script: String, _ pattern: String, count: Int? = nil,
      at location: SourceLocation = #_sourceLocation
    ) throws {
      let expression = try Regex("^(?:\(pattern))$")
      let outcome = try #require(said[script])
      let found = outcome.lines.count { $0.wholeMatch(of: expression) != nil }
      #expect(
        count.map { found == $0 } ?? (found > 0),
        "\(script): \(found) lines match \(pattern) of\n\(outcome.text)\(outcome.errors)",
        sourceLocation: location)
    }

    private var hasReasons: Bool {
      get throws {
        try String(
          contentsOfFile: "/sys/kernel/tracing/events/skb/kfree_skb/format", encoding: .utf8
        ).contains(" reason;")
      }
    }

    /// A connection over which the client sends 100 bytes, and its end; a refused one; one that is
    /// not answered, so that its SYN is sent twice.
    private func connect(_ network: Network) throws {
      let listener = try Socket(.tcp, in: network.server)
      try listener.bind(Network.serverAddress, Self.port)
      try listener.listen()
      var client: Socket? = try Socket(.tcp, in: network.client)
      try client?.connect(Network.serverAddress, Self.port)
      var accepted: Socket? = try listener.accept()
      try client?.send([UInt8](repeating: 7, count: 100))
      #expect(try accepted?.receive().count == 100)
      try client?.finish()
      #expect(try accepted?.receive().isEmpty == true)
      accepted = nil
      usleep(100_000)
      client = nil
      let refused = try Socket(.tcp, in: network.client)
      #expect(throws: (any Error).self) {
        try refused.connect(Network.serverAddress, Self.closedPort)
      }
      let attempt = try Running("nc", ["-w2", Network.serverAddress, "9000"], in: network.client)
      _ = try attempt.wait(within: .seconds(30))
    }

    /// A datagram socket is connected, something said over a UNIX socket.
    private func talk(_ network: Network) throws {
      let asker = try Socket(.udp, in: network.client)
      try asker.connect(Network.serverAddress, 53)
      var ends: [Int32] = [0, 0]
      #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
      #expect(write(ends[0], "said over it", 12) == 12)
      var buffer = [UInt8](repeating: 0, count: 64)
      #expect(read(ends[1], &buffer, 64) == 12)
      for end in ends { close(end) }
    }

    @Test func connectionsAndDrops() throws {
      let network = try Network()
      try run("iptables", "-A INPUT -p tcp --dport 9000 -j DROP".words, in: network.server)
      let said = try said(by: [
        "tcplife", "tcpconnect", "tcpaccept", "tcp-trace --port \(Self.port)",
        "tcpwin --port \(Self.port)", "tcpretrans", "tcpsynbl", "resets", "drops --port 9000",
        "skbdrop", "netfilter-drop", "dropwatch", "nettop", "udpconnect", "undump",
      ]) {
        try connect(network)
        try talk(network)
        // Tables that come every five seconds.
        sleep(5)
      }
      let there = #"10\.9\.0\.1:\d+ > 10\.9\.0\.2"#
      let back = "10\\.9\\.0\\.2:\(Self.port) > 10\\.9\\.0\\.1:\\d+"
      let clock = #"\d\d:\d\d:\d\d\S*"#
      // Acknowledged are the opening, 100 bytes, and the end; received 100 bytes, and the end.
      try expect(
        said, "tcplife",
        "\(clock) +\(pid) .* \(there):\(Self.port) +10[12] B +[01] B +\\d+\\.\\d+ms", count: 1)
      try expect(said, "tcplife", ".* \(back) +[01] B +10[01] B +\\d+\\.\\d+ms", count: 1)
      try expect(
        said, "tcpconnect", "\(clock) +\(pid) .* 10\\.9\\.0\\.1 > 10\\.9\\.0\\.2:\(Self.port)",
        count: 1)
      try expect(said, "tcpconnect", ".* nc +10\\.9\\.0\\.1 > 10\\.9\\.0\\.2:9000", count: 1)
      try expect(
        said, "tcpaccept", "\(clock) +\(pid) .* 10\\.9\\.0\\.1:\\d+ at port \(Self.port)",
        count: 1)
      try expect(
        said, "tcp-trace",
        "\(clock) \(there):\(Self.port) SYN_SENT -> ESTABLISHED cwnd 10 srtt \\d+ us", count: 1)
      try expect(
        said, "tcp-trace", "\(clock) \(back) ESTABLISHED -> CLOSE_WAIT cwnd 10 .*", count: 1)
      try expect(said, "tcpwin", "\(clock),\(back),10,\\d+,\\d+,\\d+")
      try expect(
        said, "tcpretrans", "\(clock) \(there):9000 +SYN_SENT +Loss +[01] in flight again",
        count: 1)
      try expect(said, "tcpretrans", "Loss +SYN_SENT +1", count: 1)
      // listen(8), and nobody else waited.
      try expect(said, "tcpsynbl", "limit +8|8.*")
      try expect(
        said, "resets", "\(clock) 10\\.9\\.0\\.2:\(Self.closedPort) resets 10\\.9\\.0\\.1:\\d+",
        count: 1)
      try expect(said, "resets", "peer +10\\.9\\.0\\.2 +1", count: 1)
      let reason = try hasReasons ? "NETFILTER_DROP" : "-"
      try expect(said, "drops", "    \(reason) mark 0x0", count: 2)
      // Two rows: the second SYN comes from a timer, by another way.
      try expect(said, "drops", " *\(reason) +1", count: 2)
      if try hasReasons {
        try expect(said, "dropwatch", "\(reason) +[12]")
      } else {
        // What the kernel gives no reason for is not left out there.
        try expect(said, "dropwatch", " *- +\\d+")
      }
      try expect(said, "dropwatch", " +nf_hook_slow\\+0x.*")
      try expect(said, "skbdrop", "\(reason): IP \(there.replacing(":", with: "\\."))\\.9000: .*")
      // Both SYNs in one table, or one in each of two; the hook is LOCAL_IN.
      try expect(said, "netfilter-drop", " *1 +\(there):9000 +[12]")
      try expect(said, "nettop", " *\(pid) .* 100")
      try expect(said, "udpconnect", "\(clock) +\(pid) .* 10\\.9\\.0\\.2:53", count: 1)
      try expect(said, "undump", "\(clock) +\(pid) .* 12 bytes: said over it", count: 1)
    }

    /// The sum of a histogram's rows.
    private func total(_ outcome: Netcap.Outcome) throws -> Int {
      outcome.lines.reduce(0) { sum, line in
        guard let match = line.firstMatch(of: /^  \[[^)]*\) +(\d+) \|/) else { return sum }
        return sum + (Int(match.1) ?? 0)
      }
    }

    /// Buffers on their way, behind the server over a link that takes 1000 bytes, to a third namespace;
    /// and a name that is looked up.
    @Test func buffersAndNames() throws {
      let network = try Network()
      let far = "netcap-far-\(UUID().uuidString.prefix(8))"
      try run("ip", "netns", "add", far)
      defer { do { try run("ip", "netns", "delete", far) } catch { Issue.record(error) } }
      try run(
        "ip", "link", "add", "veth1", "netns", network.server.name, "mtu", "1000", "type", "veth",
        "peer", "name", "veth0", "netns", far)
      for (end, settings) in [
        (network.server.name, ["address add 10.9.1.1/24 dev veth1", "link set veth1 up"]),
        (
          far,
          [
            "address add 10.9.1.2/24 dev veth0", "link set veth0 up",
            "route add default via 10.9.1.1",
          ]
        ), (network.client.name, ["route add 10.9.1.0/24 via 10.9.0.2"]),
      ] {
        for setting in settings { try run("ip", ["-n", end] + setting.words) }
      }
      try run("sysctl", "-qw", "net.ipv4.ip_forward=1", in: network.server)
      let said = try said(by: [
        "mtu-drops", "ttl-drops", "qdisc-latency", "nettxlat", "skblife", "gethostlatency",
      ]) {
        try network.ping(count: 4)
        var found: UnsafeMutablePointer<addrinfo>?
        #expect(getaddrinfo("localhost", nil, nil, &found) == 0)
        freeaddrinfo(found)
        for flags in ["-s 1200 -M do", "-t 1"] {
          let ping = try Running(
            "ping", "\(flags) -c 1 -W 2 -n 10.9.1.2".words, in: network.client)
          #expect(try ping.wait(within: .seconds(30)) == 1)
        }
      }
      // Four requests and four replies, and what the neighbours asked each other.
      for script in ["qdisc-latency", "nettxlat"] {
        let outcome = try #require(said[script])
        #expect(outcome.text.contains("veth0"), "\(script): \(outcome.text)")
        #expect(try total(outcome) >= 8, "\(script): \(outcome.text)")
      }
      #expect(try total(try #require(said["skblife"])) >= 8)
      try expect(said, "gethostlatency", "\\S+ +\(pid) .* \\d+\\.\\d+ ?ms localhost", count: 1)
      try expect(said, "mtu-drops", #"\S+ 10\.9\.0\.2 says: at most 1000 bytes"#, count: 1)
      try expect(
        said, "mtu-drops", #"\S+ too big for the next link: IP 10\.9\.0\.1 > 10\.9\.1\.2: .*"#,
        count: 1)
      try expect(said, "ttl-drops", #"10\.9\.0\.1 +10\.9\.1\.2 +1"#, count: 1)
    }

    /// `netcap skb … --script` sees the packets that `netcap skb …` sees.
    @Test func aCommandLineAsAScript() throws {
      let network = try Network()
      let words =
        "-f icmp_rcv,kprobe:__dev_queue_xmit@1,net:netif_receive_skb".words
        + ["-e", "icmp and host 10.9.0.2", "-c", "12"]
      let folder = try Scratch()
      let script = try Netcap.run("skb", words[0], words[1], words[2], words[3], "--script")
      #expect(script.status == 0, "\(script.errors)")
      try Data(script.output).write(to: URL(fileURLWithPath: folder.file("seen.ncs")))
      let sessions = [
        try Netcap(starting: ["skb"] + words),
        try Netcap(starting: ["-c", "12", "-s", folder.file("seen.ncs")]),
      ]
      for netcap in sessions {
        try netcap.process.waitForErrors(containing: "; ^C ends it", within: Netcap.readyTime)
      }
      try network.ping(count: 2)
      let said = try sessions.map { netcap in
        let outcome = try netcap.wait()
        #expect(outcome.status == 0, "\(outcome.errors)")
        // Each point's clock reading is its own probe's.
        return outcome.lines.map { $0.replacing(/\d\d:\d\d:\d\d\.\d+/, with: "") }
      }
      #expect(said[0].count == 12)
      #expect(said[0] == said[1])
    }
  }
}
