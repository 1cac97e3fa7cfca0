import Syntax
import Testing

@Suite struct SuggestionTests {
  static let names = ["icmp_rcv", "igmp_rcv", "icmp_send", "ip_rcv", "tcp_v4_rcv", "udp_rcv"]

  @Test func nearestFirst() {
    #expect(nearestNames(to: "icmp_rvc", among: Self.names).first == "icmp_rcv")
    #expect(nearestNames(to: "icmp_rc", among: Self.names).first == "icmp_rcv")
  }

  @Test func nothingWhereNothingIsNear() {
    #expect(nearestNames(to: "frobnicate", among: Self.names).isEmpty)
    #expect(nearestNames(to: "", among: Self.names).isEmpty)
    #expect(nearestNames(to: "icmp_rcv", among: []).isEmpty)
  }

  @Test func caseDoesNotCount() {
    #expect(nearestNames(to: "ICMP_RCV", among: Self.names).first == "icmp_rcv")
  }

  @Test func noMoreThanTheLimit() {
    #expect(nearestNames(to: "xcmp_rcv", among: Self.names, limit: 1).count == 1)
  }
}
