import Glibc
import Testing

extension InGuest {
  /// `netcap list` and `netcap doctor` on a real kernel, as root.
  @Suite struct FactsKernelTests {
    /// One line of `netcap list`.
    struct Line {
      let name: String
      let skbArguments: String
      let module: String
      let mechanisms: Set<String>
      let remark: String

      init?(_ text: Substring) {
        let fields = text.split(separator: " ", maxSplits: 4, omittingEmptySubsequences: true)
        guard fields.count >= 4 else { return nil }
        name = String(fields[0])
        skbArguments = String(fields[1])
        module = String(fields[2])
        mechanisms = Set(fields[3].split(separator: ",").map(String.init))
        remark = fields.count > 4 ? String(fields[4].drop { $0 == " " }) : ""
      }
    }

    private func list(_ arguments: String...) throws -> [String: Line] {
      let run = try Netcap(starting: ["list"] + arguments).wait()
      #expect(run.status == 0, "\(run.errors)")
      let lines = run.lines.map { Line($0) }
      #expect(!lines.contains { $0 == nil }, "a line without its columns")
      return Dictionary(lines.compactMap { $0 }.map { ($0.name, $0) }) { first, _ in first }
    }

    @Test func doctorFindsThatPacketsCanBeTraced() throws {
      let run = try Netcap.run("doctor")
      #expect(run.status == 0)
      #expect(run.text.hasSuffix("Packets can be traced here.\n"))
      for finding in [
        "privileges", "BTF", "kernel memory", "ring buffer", "fentry", "kprobe", "tracepoint",
        "tracefs", "symbols", "page fragments", "clang", "tcpdump",
      ] {
        #expect(run.text.contains("\nyes  \(finding)  "), "\(finding): \(run.output)")
      }
      let json = try Netcap.run("doctor", "--json")
      #expect(json.status == 0)
      #expect(json.text.contains(#""can_trace":true,"obstacles":[]"#))
    }

    @Test func functionsHaveTheirSkbAndMechanisms() throws {
      let lines = try list("functions")
      #expect(lines.values.count { $0.mechanisms == ["fentry", "kprobe"] } >= 1200)
      for (name, argument) in [
        ("icmp_rcv", "1"), ("ip_rcv", "1"), ("tcp_v4_rcv", "1"), ("__dev_queue_xmit", "1"),
        ("ip_local_deliver_finish", "3"), ("udp_rcv", "1"),
      ] {
        let line = try #require(lines[name], "\(name)")
        #expect(line.skbArguments == argument, "\(name)")
        #expect(line.mechanisms == ["fentry", "kprobe"], "\(name)")
        #expect(line.remark == "", "\(name)")
      }
      let two = try #require(lines.values.first { $0.skbArguments == "4,5" })
      #expect(two.remark.contains("takes 2 skbs: the first is traced"))
      #expect(lines.values.allSatisfy { $0.mechanisms != ["-"] || !$0.remark.isEmpty })
    }

    @Test func tracepointsHaveTheirCategoryAndSkb() throws {
      let lines = try list("tracepoints")
      #expect(lines.count >= 20)
      #expect(lines["skb:kfree_skb"]?.skbArguments == "1")
      #expect(lines["net:netif_receive_skb"]?.skbArguments == "1")
      #expect(lines["tcp:tcp_probe"]?.skbArguments == "2")
      #expect(lines.values.count { $0.mechanisms == ["tracepoint"] } >= 20)
    }

    @Test func modulesHaveFunctionsOrAreNamed() throws {
      try KernelTests.run("modprobe", "ip6_tables")
      let hasTypes = access("/sys/kernel/btf/ip6_tables", R_OK) == 0
      let run = try Netcap.run("list", "functions", "ip6t_do_table")
      if hasTypes {
        let line = try #require(run.text.split(separator: "\n").first.flatMap { Line($0) })
        #expect(line.module == "ip6_tables")
        #expect(line.skbArguments != "-")
        #expect(line.mechanisms == ["fentry", "kprobe"])
      } else {
        #expect(run.status == 1)
        #expect(run.errors.contains("loaded modules have no BTF, so their functions are not shown"))
      }
    }

    /// What the list rules out, the kernel refuses, and netcap says why.
    @Test func whatIsRuledOutCannotBeTraced() throws {
      let lines = try list("functions")
      // The oldest kernel describes no function that it cannot trace.
      guard let line = lines.values.first(where: { $0.remark.hasPrefix("not traceable") }) else {
        #expect(access("/sys/kernel/btf/ip6_tables", R_OK) != 0)
        return
      }
      #expect(line.mechanisms == ["-"])
      let run = try Netcap.run("skb", "-f", line.name, "-c", "1")
      #expect(run.status == 1)
      #expect(run.errors.contains("function '\(line.name)' cannot be traced"))
      #expect(run.errors.contains("notrace"), "\(run.errors)")
    }

    @Test func withoutRootItSaysWhatRootCouldSee() throws {
      let outcomes = try Netcap.runUnprivileged(
        ["doctor"], ["list", "functions", "icmp_rcv"], ["list", "tracepoints", "kfree_skb"])
      let (doctor, functions, tracepoints) = (outcomes[0], outcomes[1], outcomes[2])
      #expect(doctor.status == 1)
      #expect(doctor.text.contains("\nno   privileges  "))
      #expect(doctor.text.hasSuffix("Packets cannot be traced here: privileges.\n"))
      #expect(functions.status == 0)
      #expect(functions.text.contains("fentry?,kprobe?"))
      #expect(functions.errors.contains("only root can ask the kernel"))
      #expect(tracepoints.text.contains("tracepoint?"))
      #expect(tracepoints.errors.contains("categories are not shown"))
    }

    @Test func aReaderThatGoesAwayIsNoError() throws {
      let command = "'\(Netcap.binary)' list functions 2>/dev/null | head -n 1 | wc -l"
      #expect(try KernelTests.run("sh", "-c", command) == "1\n")
    }
  }
}
