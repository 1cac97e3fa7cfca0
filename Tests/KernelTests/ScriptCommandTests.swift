import Foundation
import Testing

extension InGuest {
  /// `netcap -s` and `netcap -x` on the running kernel, as a user runs them.
  @Suite struct ScriptCommandTests {
    private func start(
      _ arguments: String..., in namespace: Namespace? = nil
    ) throws -> Netcap {
      let netcap = try Netcap(starting: arguments, in: namespace)
      try netcap.process.waitForErrors(containing: "; ^C ends it", within: Netcap.readyTime)
      return netcap
    }

    /// Whether the kernel gives reasons for what it drops.
    private var hasReasons: Bool {
      get throws {
        try String(
          contentsOfFile: "/sys/kernel/tracing/events/skb/kfree_skb/format", encoding: .utf8
        ).contains(" reason;")
      }
    }

    @Test func dropsAreExplained() throws {
      let network = try Network()
      try run("iptables", "-A INPUT -p tcp --dport 9000 -j DROP".words, in: network.server)
      let netcap = try start("-s", "drops", "--port", "9000", "-c", "1")
      let attempt = try Running("nc", ["-w3", Network.serverAddress, "9000"], in: network.client)
      let outcome = try netcap.wait()
      _ = try attempt.wait(within: .seconds(30))
      #expect(outcome.status == 0, "\(outcome.errors)")
      let text = outcome.text
      #expect(text.hasPrefix("skb:kfree_skb: "), "\(text)")
      #expect(text.contains("> 10.9.0.2.9000: Flags [S]"))
      let reason = try hasReasons ? "NETFILTER_DROP" : "-"
      #expect(text.contains("\n    \(reason) mark 0x0\n"), "\(text)")
      #expect(text.contains("nf_hook_slow+0x"))
      // The table at the end: its row has the reason, the count, and the same stack.
      let table = try #require(text.range(of: "reason"))
      #expect(text[table.lowerBound...].contains(reason), "\(text)")
      #expect(text[table.lowerBound...].contains("nf_hook_slow+0x"), "\(text)")
    }

    @Test func tablesCountExactly() throws {
      let network = try Network()
      let script = """
        table seen[source, ttl]: count
        table sizes[proto]: stats
        probe icmp_rcv {
            filter "host 10.9.0.2"
            where icmp.type == 8
            seen[ip.src, ip.ttl] += 1
            sizes[ip.proto] += pkt.len
        }
        end {
            for row in take(seen) { print "{row.source} {row.ttl} {row.value}" }
            for row in sizes { print "{row.proto} {row.count} {row.sum}" }
        }
        """
      let netcap = try start("-x", script)
      try network.ping(count: 5)
      let outcome = try netcap.end()
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(outcome.lines == ["10.9.0.1 64 5", "1 5 490"], "\(outcome.text)")
    }

    @Test func connectionsAreFollowed() throws {
      let network = try Network()
      let netcap = try start("-s", "tcplife")
      let content = [UInt8](repeating: 7, count: 5000)
      #expect(try network.transfer(content, port: 9001) == content)
      let outcome = try netcap.end()
      #expect(outcome.status == 0, "\(outcome.errors)")
      // The sender's side: what was acknowledged counts the bytes and the opening.
      let row = outcome.lines.first { $0.contains("> 10.9.0.2:9001 ") }
      let found = try #require(row, "\(outcome.text)")
      #expect(found.contains(" 10.9.0.1:") && found.hasSuffix("ms"), "\(found)")
    }

    @Test func packetsAreFollowedOverTheirPath() throws {
      let network = try Network()
      let script = """
        path rx = tracepoint:net:netif_receive_skb -> ip_rcv -> icmp_rcv by content within 2s {
            filter "icmp[icmptype] == icmp-echo and dst host 10.9.0.2"
        }
        on rx {
            print "{complete} {missing}"
            for hop in hops { print "{hop.name} {has hop.at}" }
        }
        """
      let netcap = try start("-x", script)
      try network.ping(count: 2)
      let outcome = try netcap.end()
      #expect(outcome.status == 0, "\(outcome.errors)")
      let one = ["true 0", "net:netif_receive_skb true", "ip_rcv true", "icmp_rcv true"]
      #expect(outcome.lines.map(String.init) == one + one, "\(outcome.text)")
    }

    @Test func recordingsReplay() throws {
      let network = try Network()
      let scratch = try Scratch()
      let file = scratch.file("written.pcapng")
      let script = """
        probe icmp_rcv { filter "host 10.9.0.2"; emit ip.ttl, id = icmp.id, size = pkt.len }
        on icmp_rcv { print "{func} {cpu} {comm} {ttl} {size} {icmp.seq} {pkt.summary}" }
        """
      let netcap = try start("-w", file, "-x", script)
      try network.ping(count: 3)
      let live = try netcap.end()
      #expect(live.status == 0, "\(live.errors)")
      #expect(live.lines.count == 6)
      let replayed = try Netcap.run("-r", file, "-x", script)
      #expect(replayed.status == 0, "\(replayed.errors)")
      #expect(replayed.text == live.text)
    }

    @Test func stacksAreRecorded() throws {
      let network = try Network()
      let scratch = try Scratch()
      let file = scratch.file("stacks.pcapng")
      let script = """
        table chains[stack]: count
        probe icmp_rcv { filter "host 10.9.0.2"; chains[stack] += 1; emit stack, cgroup }
        on icmp_rcv { print stack, cgroup }
        end { print chains }
        """
      let netcap = try start("-w", file, "-x", script)
      try network.ping(count: 1)
      let live = try netcap.end()
      #expect(live.status == 0, "\(live.errors)")
      #expect(live.text.contains("ip_local_deliver_finish+0x"), "\(live.text)")
      #expect(!live.text.contains("bpf_"), "\(live.text)")
      let replayed = try Netcap.run("-r", file, "-x", script)
      #expect(replayed.status == 0 && replayed.errors.isEmpty, "\(replayed.errors)")
      #expect(replayed.text == live.text)
    }

    @Test func emittedTimesAreOfTheDay() throws {
      let network = try Network()
      let script = """
        probe icmp_rcv { filter "host 10.9.0.2"; emit seen = time, ttl = ip.ttl }
        on icmp_rcv { print "{time - seen < 1s} {seen - time < 1s} {ttl}" }
        """
      let netcap = try start("-x", script)
      try network.ping(count: 1)
      let outcome = try netcap.end()
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(outcome.lines == ["true true 64", "true true 64"], "\(outcome.text)")
    }

    @Test func scriptsWithoutProbesRun() throws {
      let begun = try Netcap.run("-x", "begin { print 1 + 1499 }; end { print 2 }")
      #expect(begun.status == 0, "\(begun.errors)")
      #expect(begun.lines == ["1500", "2"], "\(begun.text)")
      let timed = try Netcap.run("-x", "every 100ms { print \"tick\"; exit 3 }")
      #expect(timed.status == 3, "\(timed.errors)")
      #expect(timed.lines == ["tick"], "\(timed.text)")
    }

    @Test func withoutACompilerNothingRuns() throws {
      let netcap = try Netcap(
        starting: ["-x", "probe icmp_rcv { where pkt.len == 123457 }"],
        environment: ["NETCAP_CLANG": "/nonexistent/clang"])
      let outcome = try netcap.wait()
      #expect(outcome.status == 1)
      #expect(outcome.errors.contains("clang"), "\(outcome.errors)")
    }

    @Test func badScriptsAreRefused() throws {
      let unknown = try Netcap.run("-x", "probe icmp_rvc {}")
      #expect(unknown.status == 2)
      #expect(unknown.errors.contains("did you mean icmp_rcv"), "\(unknown.errors)")
      let field = try Netcap.run("-x", "probe icmp_rcv { where skb.marc == 1 }")
      #expect(field.status == 2)
      #expect(field.errors.contains("mark"), "\(field.errors)")
    }
  }
}
