extension LayerDefinition {
  static let ethernet = LayerDefinition(
    title: "Ethernet", source: "IEEE 802.3", minimumLength: 14,
    fields: [
      PacketField("dst", byte: 0, bytes: 6, as: .mac, "destination address"),
      PacketField("src", byte: 6, bytes: 6, as: .mac, "source address"),
      PacketField("type", byte: 12, bytes: 2, as: .hex, "EtherType, or that of a VLAN tag"),
    ])

  /// From behind the tag's own EtherType on.
  static let vlan = LayerDefinition(
    title: "VLAN tag", source: "IEEE 802.1Q", minimumLength: 4,
    fields: [
      PacketField("prio", at: 0, bits: 3, "priority code point"),
      PacketField("dei", at: 3, bits: 1, as: .flag, "drop eligible"),
      PacketField("id", at: 4, bits: 12, "VLAN identifier"),
      PacketField("type", byte: 2, bytes: 2, as: .hex, "EtherType of what follows"),
    ])
}
