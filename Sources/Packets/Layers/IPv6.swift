extension LayerDefinition {
  static let ipv6 = LayerDefinition(
    title: "Internet Protocol version 6", source: "RFC 8200", minimumLength: 40,
    fields: [
      PacketField("version", at: 0, bits: 4, "6"),
      PacketField("class", at: 4, bits: 8, as: .hex, "traffic class: DSCP and ECN"),
      PacketField("dscp", at: 4, bits: 6, "differentiated services code point"),
      PacketField("ecn", at: 10, bits: 2, "explicit congestion notification"),
      PacketField("label", at: 12, bits: 20, as: .hex, "flow label"),
      PacketField("len", byte: 4, bytes: 2, "bytes behind the fixed header"),
      PacketField("next", byte: 6, bytes: 1, "next header, extension headers included"),
      PacketField("hops", byte: 7, bytes: 1, "hop limit"),
      PacketField("src", byte: 8, bytes: 16, as: .address6, "source address"),
      PacketField("dst", byte: 24, bytes: 16, as: .address6, "destination address"),
    ])
}
