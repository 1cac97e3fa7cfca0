import Repl
import Testing

@Suite struct ReplLineTests {
  @Test func lines() {
    #expect(ReplLine("  ") == .blank)
    #expect(ReplLine("  :why  icmp_rcv ") == .command(name: "why", arguments: "icmp_rcv"))
    #expect(ReplLine(":quit") == .command(name: "quit", arguments: ""))
    #expect(ReplLine("probe icmp_rcv { }") == .script("probe icmp_rcv { }"))
  }
}
