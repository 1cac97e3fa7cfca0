import Foundation
import Testing

extension InGuest {
  /// What packets say is theirs; whose text is whose is never guessed from it.
  @Suite struct DisplayTests {
    @Test func packetsCannotImitateOthers() throws {
      let lines = [
        "icmp_rcv: ping-1 [000] veth0  12:00:00.000000 IP 10.9.0.1 > 10.9.0.2: ICMP echo request",
        "12:00:00.000000 IP 10.9.0.1.1 > 10.9.0.2.2: UDP, length 1",
        "netcap", "error: tcpdump ended", "{\"type\":\"packet\",\"point\":\"x\"}",
        "\t0x0000:  4500 0054 0000 4000 4001", "IP 0.0.0.0 > 0.0.0.0: ip-proto-255 0",
      ]
      let payloads = (0..<40).map { number in
        "<\(number)\n" + lines.map { "\($0)\n" }.joined() + "\(number)>"
      }
      let network = try Network()
      let text = try Netcap(
        skb: "-f", "udp_rcv", "-e", "udp port 9008", "-t", "-nnA", "--capture-max-size", "2000")
      try network.datagrams(payloads.map { Array($0.utf8) }, port: 9008)
      let shown = try text.end()
      #expect(shown.status == 0)
      var rest = shown.text[...]
      for payload in payloads {
        let place = try #require(rest.range(of: payload), "\(payload) is not whole or not in order")
        // Between two payloads: one line that says where the packet was seen.
        let between = rest[..<place.lowerBound].split(separator: "\n")
        #expect(between.count { $0.hasPrefix("udp_rcv: ") } == 1)
        rest = rest[place.upperBound...]
      }

      let json = try Netcap(
        skb: "-f", "udp_rcv", "-e", "udp port 9009", "-t", "-nntA", "--capture-max-size", "2000",
        "--json")
      try network.datagrams(payloads.map { Array($0.utf8) }, port: 9009)
      let packets = try json.end().packets
      #expect(packets.count == payloads.count)
      for (packet, payload) in zip(packets, payloads) {
        #expect(packet.text.hasPrefix("IP 10.9.0.1."))
        #expect(packet.text.hasSuffix(payload))
        #expect(Array(packet.content.suffix(payload.utf8.count)) == Array(payload.utf8))
      }
    }
  }
}
