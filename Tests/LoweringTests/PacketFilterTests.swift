import Language
import Packets
import Syntax
import Testing

@Suite struct PacketFilterTests {
  @Test(arguments: ["vlan", "ether host 02:00:00:00:00:01", "arp", "not vlan", "llc", "ip or vlan"])
  func needsALinkHeader(text: String) throws {
    let filter = try PacketFilter(compiling: SourceText(name: "-e", text: text))
    #expect(filter.rawIP == .rejectAll)
    #expect(filter.ethernet != .rejectAll)
  }

  @Test(arguments: ["tcp", "host 10.9.0.2", "not arp", "len > 60"])
  func needsNone(text: String) throws {
    let filter = try PacketFilter(compiling: SourceText(name: "-e", text: text))
    #expect(filter.rawIP != .rejectAll)
  }

  @Test func refused() {
    let source = SourceText(name: "-e", text: "tcp prt 80")
    let refusal = #expect(throws: Diagnostic.self) { try PacketFilter(compiling: source) }
    #expect(refusal?.place == Diagnostic.Place(source, Span(4..<7)))
  }
}
