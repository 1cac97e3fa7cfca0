extension LayerDefinition {
  static let sctp = LayerDefinition(
    title: "Stream Control Transmission Protocol", source: "RFC 9260", minimumLength: 12,
    payload: .fixed(12),
    fields: [
      PacketField("sport", byte: 0, bytes: 2, "source port"),
      PacketField("dport", byte: 2, bytes: 2, "destination port"),
      PacketField("tag", byte: 4, bytes: 4, as: .hex, "verification tag"),
      PacketField("checksum", byte: 8, bytes: 4, as: .hex, "CRC32c checksum"),
    ])
}
