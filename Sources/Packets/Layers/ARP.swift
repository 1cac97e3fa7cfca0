extension LayerDefinition {
  static let arp = LayerDefinition(
    title: "Address Resolution Protocol for IPv4 over Ethernet", source: "RFC 826",
    minimumLength: 28,
    fields: [
      PacketField("hardware", byte: 0, bytes: 2, "hardware type, 1 for Ethernet"),
      PacketField("protocol", byte: 2, bytes: 2, as: .hex, "EtherType of the protocol"),
      PacketField("op", byte: 6, bytes: 2, "1 request, 2 reply"),
      PacketField("sender_mac", byte: 8, bytes: 6, as: .mac, "sender's hardware address"),
      PacketField("sender", byte: 14, bytes: 4, as: .address4, "sender's protocol address"),
      PacketField("target_mac", byte: 18, bytes: 6, as: .mac, "target's hardware address"),
      PacketField("target", byte: 24, bytes: 4, as: .address4, "target's protocol address"),
    ])
}
