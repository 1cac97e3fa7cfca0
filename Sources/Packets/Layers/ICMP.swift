extension LayerDefinition {
  static let icmp = LayerDefinition(
    title: "Internet Control Message Protocol", source: "RFC 792", minimumLength: 8,
    payload: .fixed(8), fields: messageFields)

  static let icmp6 = LayerDefinition(
    title: "Internet Control Message Protocol for IPv6", source: "RFC 4443", minimumLength: 8,
    payload: .fixed(8), fields: messageFields)

  private static let messageFields = [
    PacketField("type", byte: 0, bytes: 1, "message type"),
    PacketField("code", byte: 1, bytes: 1, "code of the type"),
    PacketField("checksum", byte: 2, bytes: 2, as: .hex, "checksum"),
    PacketField("id", byte: 4, bytes: 2, "identifier of an echo"),
    PacketField("seq", byte: 6, bytes: 2, "sequence number of an echo"),
    PacketField("mtu", byte: 4, bytes: 4, "ICMPv6 packet too big: the next link's MTU"),
    PacketField("nexthop_mtu", byte: 6, bytes: 2, "ICMP fragmentation needed: the next link's MTU"),
  ]
}
