extension LayerDefinition {
  static let tcp = LayerDefinition(
    title: "Transmission Control Protocol", source: "RFC 9293", minimumLength: 20,
    payload: .words(bitOffset: 96),
    fields: [
      PacketField("sport", byte: 0, bytes: 2, "source port"),
      PacketField("dport", byte: 2, bytes: 2, "destination port"),
      PacketField("seq", byte: 4, bytes: 4, "sequence number"),
      PacketField("ack", byte: 8, bytes: 4, "acknowledgement number"),
      PacketField("hlen", at: 96, bits: 4, "header length in 32-bit words"),
      PacketField("flags", byte: 13, bytes: 1, as: .hex, "all eight flags"),
      PacketField("flags.cwr", at: 104, bits: 1, as: .flag, "congestion window reduced"),
      PacketField("flags.ece", at: 105, bits: 1, as: .flag, "ECN echo"),
      PacketField("flags.urg", at: 106, bits: 1, as: .flag, "urgent pointer is valid"),
      PacketField("flags.ack", at: 107, bits: 1, as: .flag, "acknowledgement number is valid"),
      PacketField("flags.psh", at: 108, bits: 1, as: .flag, "push"),
      PacketField("flags.rst", at: 109, bits: 1, as: .flag, "reset the connection"),
      PacketField("flags.syn", at: 110, bits: 1, as: .flag, "synchronize sequence numbers"),
      PacketField("flags.fin", at: 111, bits: 1, as: .flag, "no more data from the sender"),
      PacketField("window", byte: 14, bytes: 2, "receive window, not scaled"),
      PacketField("checksum", byte: 16, bytes: 2, as: .hex, "checksum"),
      PacketField("urgent", byte: 18, bytes: 2, "urgent pointer"),
    ])
}
