extension LayerDefinition {
  static let ipv4 = LayerDefinition(
    title: "Internet Protocol version 4", source: "RFC 791", minimumLength: 20,
    fields: [
      PacketField("version", at: 0, bits: 4, "4"),
      PacketField("hlen", at: 4, bits: 4, "header length in 32-bit words"),
      PacketField("tos", byte: 1, bytes: 1, as: .hex, "type of service: DSCP and ECN"),
      PacketField("dscp", at: 8, bits: 6, "differentiated services code point"),
      PacketField("ecn", at: 14, bits: 2, "explicit congestion notification"),
      PacketField("len", byte: 2, bytes: 2, "bytes of header and data"),
      PacketField("id", byte: 4, bytes: 2, "identification"),
      PacketField("flags.df", at: 49, bits: 1, as: .flag, "do not fragment"),
      PacketField("flags.mf", at: 50, bits: 1, as: .flag, "more fragments follow"),
      PacketField("frag", at: 51, bits: 13, "fragment offset in 8-byte units"),
      PacketField("ttl", byte: 8, bytes: 1, "time to live"),
      PacketField("proto", byte: 9, bytes: 1, "protocol of the data"),
      PacketField("checksum", byte: 10, bytes: 2, as: .hex, "header checksum"),
      PacketField("src", byte: 12, bytes: 4, as: .address4, "source address"),
      PacketField("dst", byte: 16, bytes: 4, as: .address4, "destination address"),
    ])
}
