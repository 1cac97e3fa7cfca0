import Foundation
import SystemPackage
import Testing

extension InGuest {
  /// What cannot be done is refused with one clear error, and nothing is left behind.
  @Suite struct RefusalTests {
    struct Case: Sendable, CustomTestStringConvertible {
      let arguments: [String]
      let status: Int32
      let words: [String]
      var testDescription: String { arguments.joined(separator: " ") }
    }

    @Test(arguments: [
      Case(
        arguments: ["-f", "icmp_rvc"], status: 1,
        words: ["no function 'icmp_rvc'", "did you mean", "icmp_rcv"]),
      Case(
        arguments: ["-f", "skb:kfre_skb"], status: 1,
        words: ["no tracepoint 'skb:kfre_skb'", "skb:kfree_skb"]),
      Case(
        arguments: ["-f", "schedule"], status: 1, words: ["'schedule' takes no skb"]),
      Case(
        arguments: ["-f", "icmp_rcv@2"], status: 1,
        words: ["'icmp_rcv' has no argument 2", "argument 1 is the skb"]),
      Case(
        arguments: ["-f", "ip_rcv@2"], status: 1, words: ["argument 2 of 'ip_rcv' is no skb"]),
      Case(
        arguments: ["-f", "icmp_rcv", "-i", "veth7"], status: 1, words: ["veth7"]),
      Case(
        arguments: ["-f", "icmp_rcv", "-w", "/nowhere/x.pcap"], status: 1,
        words: ["/nowhere/x.pcap", "No such file or directory"]),
      Case(arguments: ["-f", "icmp_rcv", "-e", "tcp prot 80"], status: 2, words: ["^"]),
      Case(arguments: ["-f", "icmp_rcv@x"], status: 2, words: ["expected the number", "^"]),
      Case(arguments: ["-f", "icmp_rcv", "-t", "-w x"], status: 2, words: ["-w"]),
      Case(arguments: ["-f", "icmp_rcv", "-c", "-1"], status: 2, words: ["negative"]),
      Case(arguments: [], status: 2, words: ["--function"]),
    ])
    func badInputIsOneError(_ input: Case) throws {
      let outcome = try Netcap(starting: ["skb"] + input.arguments).wait()
      #expect(outcome.status == input.status)
      #expect(outcome.output.isEmpty)
      for word in input.words { #expect(outcome.errors.contains(word), "\(outcome.errors)") }
      let errors = outcome.errors.lowercased().components(separatedBy: "error: ").count - 1
      #expect(errors == 1, "\(outcome.errors)")
    }

    /// The entry of a breakpoint's own handler: no kernel lets itself be stopped there.
    @Test func aFunctionThatCannotBeTracedIsSaidToBeSo() throws {
      let forbidden = "asm_exc_int3"
      let list = try String(
        contentsOfFile: "/sys/kernel/debug/kprobes/blacklist", encoding: .utf8)
      try #require(list.contains("\t\(forbidden)\n"))
      let outcome = try Netcap.run("skb", "-f", "kprobe:\(forbidden)@1")
      #expect(outcome.status == 1)
      #expect(
        outcome.errors.contains("error: function '\(forbidden)' cannot be traced"),
        "\(outcome.errors)")
    }

    @Test func withoutPrivilegeTheReasonIsSaid() throws {
      let outcome = try Netcap.runUnprivileged(["skb", "-f", "icmp_rcv@1"])[0]
      #expect(outcome.status == 1)
      let errors = outcome.errors
      #expect(errors.contains("error: tracing needs "), "\(errors)")
      #expect(errors.contains("run it as root"))
    }
  }
}
