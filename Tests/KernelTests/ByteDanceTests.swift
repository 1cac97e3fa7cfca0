import Foundation
import Packets
import SystemPackage
import Testing

extension InGuest {
  /// Command lines of ByteDance's netcap and of the article about it: as they stand there, but for
  /// addresses and interfaces.
  @Suite struct ByteDanceTests {
    /// A line of a shell, in the folder of the article's files, until it has said something.
    private func said(
      _ line: String, until phrase: String, traffic: (Network) throws -> Void = { try $0.ping() }
    ) throws -> Netcap.Outcome {
      let network = try Network()
      try run("iptables", "-A INPUT -p tcp --dport 9000 -j DROP".words, in: network.server)
      let scratch = try Scratch()
      for (name, text) in try UserActionTests.articleFiles() {
        try text.write(toFile: scratch.file(name), atomically: true, encoding: .utf8)
      }
      let command = line.replacingOccurrences(of: "netcap ", with: "exec \(Netcap.binary) ")
      let process = try Running(
        "sh", ["-c", "cd \(scratch.path) && \(command)"], in: network.server)
      try process.waitForErrors(containing: "; ^C ends it", within: Netcap.readyTime)
      let appeared = try eventually(within: .seconds(60)) {
        try traffic(network)
        return String(decoding: try process.output, as: UTF8.self).contains(phrase)
      }
      process.signal(SIGINT)
      let status = try process.wait(within: Netcap.endTime)
      let outcome = Netcap.Outcome(
        status: status, output: try process.output, errors: try process.errors)
      #expect(appeared, "no '\(phrase)' in: \(outcome.text)")
      #expect(status == 0, "\(outcome.errors)")
      return outcome
    }

    private func connect(_ network: Network) throws {
      let attempt = try Running("nc", ["-w1", Network.serverAddress, "9000"], in: network.client)
      _ = try attempt.wait(within: .seconds(30))
    }

    static let shown = [
      #"netcap skb -f icmp_rcv@1 -i veth0 -e "host 10.9.0.1" -t "-nnv""#,
      #"netcap skb -f icmp_rcv@1 -e "host 10.9.0.1" -i veth0 -t "-nnv""#,
      #"netcap skb -f icmp_rcv@1 -e "host 10.9.0.1""#,
      #"netcap skb -f tracepoint:net:netif_receive_skb -i veth0 -e "host 10.9.0.1""#,
      #"netcap skb -f icmp_rcv@1 -e "host 10.9.0.1" -i veth0 -S"#,
      #"netcap skb -f icmp_rcv@1 -e "host 10.9.0.1" -i veth0 --user-filter skb_user_filter.c"#,
    ]

    @Test(arguments: shown) func packetsAreShown(_ line: String) throws {
      let outcome = try said(line, until: "ICMP echo request")
      #expect(outcome.text.contains(" veth0  "))
      #expect(outcome.text.contains("--> No 0's packet's kstack: \n    ") == line.hasSuffix(" -S"))
    }

    @Test func dropsWithStacks() throws {
      let outcome = try said(
        #"netcap skb -f tracepoint:skb:kfree_skb -e "tcp port 9000" -S"#,
        until: "packet's kstack: \n    ", traffic: connect)
      #expect(outcome.text.contains("> 10.9.0.2.9000: Flags [S]"))
      // By whom depends on the kernel: the rule, or what ran the rules.
      #expect(outcome.text.contains("\n    nf_hook_slow+0x"))
    }

    private static let way =
      "tracepoint:net:netif_receive_skb,ip_local_deliver@1,ip_local_deliver_finish@3,icmp_rcv@1 "
      + #"-e "host 10.9.0.1 and icmp" -i veth0"#
    static let gathers = [
      "netcap skb -f \(way)  --gather --gather-output-color cyan", "netcap skb -G -f \(way)",
    ]

    @Test(arguments: gathers) func packetsAreGathered(_ line: String) throws {
      let outcome = try said(line, until: "(ns) later received in icmp_rcv")
      let lines = outcome.lines.map(String.init)
      let place = try #require(lines.firstIndex { $0.hasPrefix("+-- No'0 packet received in ") })
      #expect(lines[place] == "+-- No'0 packet received in net:netif_receive_skb")
      for (offset, name) in ["ip_local_deliver", "ip_local_deliver_finish", "icmp_rcv"].enumerated()
      {
        #expect(lines[place + 1 + offset].hasSuffix(" (ns) later received in \(name)"))
      }
    }

    @Test func userCode() throws {
      let outcome = try said(
        #"netcap skb -f icmp_rcv@1 -e "host 10.9.0.1" -i veth0 --user-filter skb_user_filter.c "#
          + "--user-action skb_user_action.c --user-output-color green",
        until: "User Action")
      #expect(outcome.text.contains("\n--> No 0's \(UserActionTests.articleLine)\n"))
    }

    @Test func aFile() throws {
      let network = try Network()
      let scratch = try Scratch()
      let file = scratch.file("icmp.pcap")
      let netcap = try Netcap(
        skb: "-f", "icmp_rcv@1", "-e", "host 10.9.0.1", "-i", "veth0", "-w", file,
        in: network.server)
      try network.ping()
      let outcome = try netcap.end()
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(try packets(in: CaptureReader(FilePath(file))).count == 2)
    }

    /// `-t`, and the mechanism that there is one of where `dev_queue_xmit` is no function any more.
    @Test func sending() throws {
      let network = try Network()
      let netcap = try Netcap(
        starting: [
          "skb", "-f", "__dev_queue_xmit@1", "-e", "tcp and port 9000", "-i", "veth0", "-t",
          "-nnve",
          "-c", "1",
        ], in: network.client)
      try netcap.process.waitForErrors(containing: "; ^C ends it", within: Netcap.readyTime)
      try connect(network)
      let outcome = try netcap.wait()
      #expect(outcome.text.contains("10.9.0.2.9000: Flags [S]"), "\(outcome.text)\(outcome.errors)")
    }

    @Test func versionAndHelp() throws {
      let (version, same) = (try Netcap.run("version"), try Netcap.run("--version"))
      #expect(version.status == 0 && version.text == same.text)
      let (help, same2) = (try Netcap.run("help", "skb"), try Netcap.run("skb", "--help"))
      #expect(help.status == 0 && help.text == same2.text)
    }
  }
}
