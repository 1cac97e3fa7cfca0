import Foundation
import Testing

extension InGuest {
  /// `netcap repl` as a person sees it, with packets that come meanwhile.
  @Suite struct TerminalTests {
    private func start(_ arguments: String = "") async throws -> Tmux {
      let terminal = try await Tmux(
        columns: 100, rows: 30, environment: "NETCAP_CLANG=clang",
        command: "\(Netcap.binary) repl \(arguments); echo left with $?; exec cat")
      await terminal.wait("the first prompt") { $0.last == "netcap>" }
      return terminal
    }

    /// From a question to a script, on one terminal.
    @Test func aSession() async throws {
      let network = try Network()
      let scratch = try Scratch()
      let terminal = try await start()
      defer {
        terminal.end()
        terminal.remove()
      }
      terminal.enter("probe icmp_rcv { filter \"icmp[0] == 8\" }")
      await terminal.wait("the first probe") { rows in
        rows.contains { $0.hasPrefix("icmp_rcv: attached (") } && rows.last == "netcap>"
      }

      // Packets above a line that is half typed.
      terminal.type("probe out = __dev_queue_xm")
      terminal.press("Tab")
      await terminal.wait(bottom: "netcap> probe out = __dev_queue_xmit")
      try network.ping(count: 3)
      await terminal.wait("packets above the line") { rows in
        rows.filter { $0.contains("10.9.0.1 > 10.9.0.2: ICMP echo request") }.count == 3
          && rows.last == "netcap> probe out = __dev_queue_xmit"
      }
      terminal.enter(" { filter \"icmp\" }")
      await terminal.wait("the second probe") { rows in
        rows.contains { $0.hasPrefix("out: attached (") } && rows.last == "netcap>"
      }
      terminal.enter("probe icmp_rcv { filter \"icmp[0] == 0\" }")
      await terminal.wait("the first probe redefined") { rows in
        rows.contains { $0.hasPrefix("icmp_rcv: replaced (") } && rows.last == "netcap>"
      }
      try network.ping(count: 1)
      await terminal.wait("what it says now") { rows in
        rows.contains {
          $0.hasPrefix("icmp_rcv: ") && $0.contains("10.9.0.2 > 10.9.0.1: ICMP echo reply")
        } && rows.last == "netcap>"
      }
      terminal.enter(":why icmp_rcv")
      await terminal.wait("what became of the packets") { rows in
        rows.contains { $0.contains("emitted                1  events that were sent") }
      }

      // One goes on when the other is gone.
      terminal.enter(":detach icmp_rcv")
      await terminal.wait("it is detached") { $0.contains("icmp_rcv: detached") }
      terminal.press("C-l")
      await terminal.wait("an empty screen") { $0 == ["netcap>"] }
      try network.ping(count: 1)
      await terminal.wait("the other's packets") { rows in
        rows.filter { $0.hasPrefix("__dev_queue_xmit: ") }.count == 2
          && !rows.contains { $0.hasPrefix("icmp_rcv: ") } && rows.last == "netcap>"
      }
      let file = scratch.file("session.ncs")
      terminal.enter(":save \(file)")
      await terminal.wait("it is saved", everywhere: true) { rows in
        rows.contains { $0.contains("2 declarations; netcap -s") }
      }
      terminal.enter(":quit")
      await terminal.wait("the end") { $0.last == "left with 0" }

      let script = try Netcap(starting: ["-s", file])
      try script.process.waitForErrors(containing: "; ^C ends it", within: Netcap.readyTime)
      try network.ping(count: 1)
      let outcome = try script.end()
      #expect(outcome.lines.count == 3, "\(outcome.text) \(outcome.errors)")
    }

    /// As many events as come, and keys that are seen all the same; `:detach` ends them at once.
    @Test func aFlood() async throws {
      let network = try Network()
      let terminal = try await start()
      defer {
        terminal.end()
        terminal.remove()
      }
      terminal.enter("probe udp_rcv { filter \"udp dst port 9033\" }")
      await terminal.wait("the probe") { rows in
        rows.contains { $0.hasPrefix("udp_rcv: attached (") } && rows.last == "netcap>"
      }
      let flood = try Numbers(in: network, port: 9033, pause: 0)
      await terminal.wait("packets") { $0.contains { $0.hasPrefix("udp_rcv: ") } }
      terminal.type("print \"in between\"")
      await terminal.wait(bottom: "netcap> print \"in between\"")
      terminal.press("C-u")
      terminal.type(":detach udp_rcv")
      await terminal.wait(bottom: "netcap> :detach udp_rcv")
      terminal.press("Enter")
      // No line of a packet follows.
      await terminal.wait("it is detached") { rows in
        rows.contains("udp_rcv: detached") && rows.last == "netcap>"
          && !rows.drop { $0 != "udp_rcv: detached" }.contains { $0.hasPrefix("udp_rcv: o") }
      }
      terminal.press("C-l")
      await terminal.wait("nothing more comes") { rows in
        !rows.contains { $0.hasPrefix("udp_rcv: ") } && rows.last == "netcap>"
      }
      usleep(1_000_000)
      #expect(try !terminal.screen().contains { $0.hasPrefix("udp_rcv: ") })
      #expect(try flood.end() > 1000)
      terminal.enter(":quit")
      await terminal.wait("the end") { $0.last == "left with 0" }
    }
  }
}
