extension LayerDefinition {
  static let udp = LayerDefinition(
    title: "User Datagram Protocol", source: "RFC 768", minimumLength: 8, payload: .fixed(8),
    fields: [
      PacketField("sport", byte: 0, bytes: 2, "source port"),
      PacketField("dport", byte: 2, bytes: 2, "destination port"),
      PacketField("len", byte: 4, bytes: 2, "bytes of header and data"),
      PacketField("checksum", byte: 6, bytes: 2, as: .hex, "checksum"),
    ])
}
