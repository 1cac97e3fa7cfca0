import CLibbpf
import Corpus
import Foundation
import Packets
import SystemPackage
import Testing

extension InGuest {
  /// `netcap repl` on the running kernel, with lines that come from a pipe.
  @Suite struct PromptTests {
    @Test func aSession() throws {
      let network = try Network()
      let scratch = try Scratch()
      let prompt = try Prompt()
      let attached = try prompt.enter(
        "probe icmp_rcv { filter \"icmp[0] == 8\" }", until: " ms)\n")
      #expect(attached.hasPrefix("icmp_rcv: attached ("), "\(attached)")
      #expect(attached.contains(", skb = argument 1, "), "\(attached)")
      try network.ping(count: 1)
      try prompt.wait(for: "10.9.0.1 > 10.9.0.2: ICMP echo request")

      // What is said of its packets can be changed; it stays attached.
      try prompt.enter("on icmp_rcv { print \"{ip.src} ttl {ip.ttl}\" }")
      try prompt.enter("print \"changed\"", until: "changed\n")
      try network.ping(count: 2)
      try prompt.wait(for: "10.9.0.1 ttl 64\n10.9.0.1 ttl 64\n")
      #expect(try prompt.probe("icmp_rcv").suffix(3) == ["6", "3", "0"])

      // A second probe, with a table; the first goes on.
      try prompt.enter("table sizes[to]: count")
      try prompt.enter(
        "probe out = __dev_queue_xmit { filter \"icmp\"; sizes[ip.dst] += pkt.len }",
        until: "out: attached (")
      try network.ping(count: 2)
      try prompt.wait(for: "10.9.0.1 ttl 64\n10.9.0.1 ttl 64\n")
      let rows = try prompt.enter("sizes", until: "10.9.0.2    196\n")
      #expect(rows.contains("10.9.0.1    196\n"), "\(rows)")

      // The first is redefined: the second, and what it counted, stay.
      let replaced = try prompt.enter(
        "probe icmp_rcv { filter \"icmp[0] == 0\" }", until: "icmp_rcv: replaced (")
      #expect(!replaced.contains("out: "), "\(replaced)")
      try network.ping(count: 1)
      try prompt.wait(for: "10.9.0.2 ttl 64\n")
      _ = try prompt.enter("sizes", until: "10.9.0.2    294\n")
      let why = try prompt.enter(":why icmp_rcv", until: "instructions; attached in")
      #expect(why.contains("emitted                1  "), "\(why)")
      #expect(why.contains("filtered               1  "), "\(why)")

      // A mistake changes nothing.
      try prompt.enter("probe icmp_rcv { filter \"icmp and prot 1\" }")
      try prompt.enter("probe icmp_rcv { where args.nonsense == 1 }")
      try prompt.enter("print \"as before\"", until: "as before\n")
      #expect(try prompt.probe("icmp_rcv").suffix(3) == ["2", "1", "0"])

      // One is detached while the other goes on.
      try prompt.enter(":detach out", until: "out: detached\n")
      try network.ping(count: 1)
      try prompt.wait(for: "10.9.0.2 ttl 64\n")
      _ = try prompt.enter("sizes", until: "10.9.0.2    294\n")
      #expect(try prompt.probe("out") == ["out", "detached"])
      try prompt.enter(":undo", until: "out: attached (")
      let file = scratch.file("session.ncs")
      try prompt.enter(":save \(file)", until: "4 declarations")
      try prompt.enter("exit 3")
      let outcome = try prompt.end()
      #expect(outcome.status == 3, "\(outcome.errors)")
      #expect(outcome.errors.contains("'prot'"), "\(outcome.errors)")
      #expect(outcome.errors.contains("'nonsense'"), "\(outcome.errors)")

      // What was saved is a script.
      let formatted = try Netcap.run("fmt", "--check", file)
      #expect(formatted.status == 0, "\(formatted.errors)")
      let script = try Netcap(starting: ["-s", file])
      try script.process.waitForErrors(containing: "; ^C ends it", within: Netcap.readyTime)
      try network.ping(count: 1)
      let ended = try script.end()
      #expect(ended.text == "10.9.0.2 ttl 64\n", "\(ended.text) \(ended.errors)")
    }

    /// What is read is recorded from the moment on that it is asked for, and replayed.
    @Test func recording() throws {
      let network = try Network()
      let scratch = try Scratch()
      let file = scratch.file("trace.pcapng")
      let prompt = try Prompt()
      try prompt.enter(
        "probe icmp_rcv { filter \"icmp[0] == 8\"; emit skb.len }", until: " ms)\n")
      try prompt.enter(":record \(file)", until: "recording into")
      try network.ping(count: 2)
      try prompt.wait(for: "seq 2, length 64 len=64\n")
      // What comes later is recorded too, and what is not shown.
      try prompt.enter(
        "probe out = __dev_queue_xmit { filter \"icmp[0] == 8\" }", until: "out: attached (")
      try prompt.enter(":pause")
      try prompt.enter("print \"paused\"", until: "paused\n")
      try network.ping(count: 1)
      try prompt.enter(":wait 300ms")
      try prompt.enter(":resume", until: "(2 not shown while paused)\n")
      try prompt.enter(":record off", until: "\(file): closed\n")
      try network.ping(count: 1)
      let outcome = try prompt.end()
      #expect(outcome.status == 0, "\(outcome.errors)")
      let written = try packets(in: CaptureReader(FilePath(file)))
      #expect(written.map(\.point) == ["icmp_rcv", "icmp_rcv", "__dev_queue_xmit", "icmp_rcv"])
      let replay = try Netcap.run(
        "-x", "probe icmp_rcv { where skb.len == 64; emit skb.len }", "-r", file)
      #expect(replay.lines.count == 3, "\(replay.text) \(replay.errors)")
    }

    /// A disk that is full ends the recording, and nothing else.
    @Test func aFullDisk() throws {
      let network = try Network()
      let prompt = try Prompt()
      try prompt.enter("probe icmp_rcv { filter \"icmp[0] == 8\" }", until: " ms)\n")
      try prompt.enter(":record /dev/full")
      try network.ping(count: 1)
      try prompt.wait(for: "seq 1, length 64\n")
      try prompt.enter(":wait 2s")
      try prompt.enter("print \"on\"", until: "on\n")
      try network.ping(count: 1)
      try prompt.wait(for: "seq 1, length 64\n")
      let outcome = try prompt.end()
      #expect(outcome.errors.contains("/dev/full"), "\(outcome.errors)")
    }

    @Test func commands() throws {
      let scratch = try Scratch()
      let editor = scratch.file("editor")
      try "#!/bin/sh\nsed -i s/skb.mark/skb.len/ \"$1\"\n".write(
        toFile: editor, atomically: true, encoding: .utf8)
      chmod(editor, 0o755)
      let prompt = try Prompt(environment: ["EDITOR": editor])
      try prompt.enter("probe icmp_rcv { emit skb.mark }", until: " ms)\n")
      try prompt.enter(":edit icmp_rcv", until: "icmp_rcv: replaced (")
      try prompt.enter(":edit icmp_rcv", until: "icmp_rcv: unchanged\n")
      let c = try prompt.enter(":c icmp_rcv", until: "nc_body(")
      #expect(c.contains("probe icmp_rcv"), "\(c)")
      try prompt.enter(":list icmp_rc*", until: "icmp_rcv ")
      try prompt.enter(":type function icmp_rcv", until: "int icmp_rcv(struct sk_buff *skb);")
      try prompt.enter(":type struct iphdr", until: "struct iphdr {")
      try prompt.enter(":detach *", until: "icmp_rcv: detached\n")
      try prompt.enter(":why icmp_rcv", until: "icmp_rcv: detached; :attach icmp_rcv puts it back")
      try prompt.enter(":attach *", until: "icmp_rcv: attached (")
      try prompt.enter(":load drops", until: "drop: attached (")
      try prompt.enter("skb_drop_reason(2)")
      try prompt.enter("1.5s in ms", until: "1500.000ms\n")
      try prompt.enter(":detach nothing")
      try prompt.enter(":nothing")
      try prompt.enter("print \"end\"", until: "end\n")
      let outcome = try prompt.end()
      #expect(outcome.status == 1)
      #expect(outcome.errors.contains("there is no command ':nothing'"), "\(outcome.errors)")
      #expect(
        outcome.errors.contains("there is no probe or path 'nothing'"), "\(outcome.errors)")
    }

    /// `exit` ends the session though its input has not ended.
    @Test func exitEndsAtOnce() throws {
      let network = try Network()
      let prompt = try Prompt()
      try prompt.enter("probe icmp_rcv { filter \"icmp[0] == 8\" }", until: " ms)\n")
      try prompt.enter("// {braces}\nbegin { print \"begun\" } // }", until: "begun\n")
      try prompt.enter("on icmp_rcv { print \"over\"; exit 4 }")
      try prompt.enter("print \"ready\"", until: "ready\n")
      try network.ping(count: 1)
      #expect(try prompt.process.wait(within: .seconds(60)) == 4)
      let text = try prompt.text
      #expect(text.hasSuffix("over\n"), "\(text)")
    }

    /// What goes on over events goes on over changes, too: journeys, timers, states.
    @Test func pathsTimersAndStates() throws {
      let network = try Network()
      let prompt = try Prompt()
      try prompt.enter(
        "path rx = ip_rcv -> icmp_rcv by skb within 2s { filter \"icmp[0] == 8\" }")
      try prompt.enter("on rx { for hop in hops { print \"hop {hop.name}\" } }")
      try prompt.enter("state seen[id]")
      try prompt.enter(
        "probe first = __dev_queue_xmit { filter \"icmp[0] == 8\"; where !(seen[icmp.id] == 1); "
          + "seen[icmp.id] = 1; emit id = icmp.id }", until: "first: attached (")
      try prompt.enter("on first { print \"first of {id}\" }")
      try prompt.enter("every 500ms { print \"tick\" }", until: "tick\n")
      try network.ping(count: 2)
      let text = try prompt.wait(for: "hop ip_rcv\nhop icmp_rcv\n")
      #expect(text.components(separatedBy: "first of ").count == 2, "\(text)")
      try prompt.enter(
        "probe other = udp_rcv { filter \"udp port 1\" }", until: "other: attached (")
      try network.ping(count: 1)
      try prompt.wait(for: "hop ip_rcv\nhop icmp_rcv\n")
      try prompt.wait(for: "tick\n")
      try prompt.enter(":why rx", until: "rx: at icmp_rcv, by ")
      try prompt.enter(":detach rx", until: "rx: detached\n")
      try network.ping(count: 1)
      let rest = try prompt.wait(for: "first of ")
      #expect(!rest.contains("hop "), "\(rest)")
      let outcome = try prompt.end()
      #expect(outcome.status == 0, "\(outcome.errors)")
    }

    /// Other probes are attached, detached and redefined at random: one that is not concerned misses
    /// nothing, and nothing is left behind.
    @Test func changesConcernNobodyElse() throws {
      let count = Int(ProcessInfo.processInfo.environment["NETCAP_PROMPT_CYCLES"] ?? "") ?? 50
      let seed = UInt64(ProcessInfo.processInfo.environment["NETCAP_PROMPT_SEED"] ?? "") ?? 1
      let network = try Network()
      let programs = Self.programs()
      let prompt = try Prompt()
      try prompt.enter(
        "probe steady = udp_rcv { filter \"udp dst port 9031\"; emit number = udp[8:4] }",
        until: " ms)\n")
      try prompt.enter("on steady { print \"n {number}\" }")
      try prompt.enter("probe out = __dev_queue_xmit { filter \"icmp\" }", until: " ms)\n")
      try prompt.enter("probe back = ip_rcv { filter \"icmp\" }", until: " ms)\n")
      try prompt.enter(":wait 1s")
      try prompt.enter("print \"begun\"", until: "begun\n")
      let before = try Resources(of: prompt.process.processID)

      let traffic = try Numbers(in: network, port: 9031)
      var generator = RepeatableNumbers(state: seed)
      let variants = ["icmp", "icmp[0] == 8", "tcp or icmp", "ip proto 1"]
      for round in 0..<count {
        let name = ["out", "back"].randomElement(using: &generator)!
        let point = name == "out" ? "__dev_queue_xmit" : "ip_rcv"
        switch Int.random(in: 0..<5, using: &generator) {
        case 0: try prompt.enter(":detach \(name)")
        case 1: try prompt.enter(":attach \(name)")
        case 2: try prompt.enter(":undo")
        default:
          let filter = variants.randomElement(using: &generator)!
          try prompt.enter("probe \(name) = \(point) { filter \"\(filter)\" }")
        }
        try prompt.enter("print \"round \(round)\"", until: "round \(round)\n")
      }
      let sent = try traffic.end()
      for (name, point) in [("out", "__dev_queue_xmit"), ("back", "ip_rcv")] {
        try prompt.enter("probe \(name) = \(point) { filter \"icmp\" }")
      }
      try prompt.enter(":wait 2s")
      try prompt.enter("print \"over\"", until: "over\n")
      let after = try Resources(of: prompt.process.processID)
      #expect(after.descriptors == before.descriptors, "seed \(seed): descriptors are leaked")
      #expect(
        after.kilobytes < before.kilobytes + 30_000 + 60 * count,
        "seed \(seed): \(before.kilobytes) kB, then \(after.kilobytes)")
      let outcome = try prompt.end()
      #expect(outcome.status == 0, "seed \(seed): \(outcome.errors)")
      let numbers = outcome.lines.filter { $0.hasPrefix("n ") }.map {
        Int($0.dropFirst(2)) ?? -1
      }
      #expect(sent > 100)
      // Two processors may each have had one of two neighbours.
      #expect(
        numbers.sorted() == Array(0..<sent), "seed \(seed): of \(sent), \(numbers.count) were seen")
      #expect(Self.programs() <= programs, "programs are left behind")
    }

    /// eBPF programs that the kernel has.
    private static func programs() -> Int {
      var count = 0
      var number: UInt32 = 0
      while bpf_prog_get_next_id(number, &number) == 0 { count += 1 }
      return count
    }
  }
}

/// What a process holds.
private struct Resources {
  let descriptors: Int
  let kilobytes: Int

  init(of process: Int32) throws {
    descriptors = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/fd").count
    let status = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
    kilobytes = Int(line?.split(whereSeparator: { $0 == " " || $0 == "\t" })[1] ?? "") ?? 0
  }
}
