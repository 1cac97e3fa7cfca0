/// Encodes pcap files: Ethernet, nanoseconds, host byte order.
///
/// Layout: draft-ietf-opsawg-pcap.
package struct PcapWriter: Sendable {
  package init() {}

  /// The file's header, once, before the first packet.
  package func appendHeader(to buffer: inout ByteBuffer) {
    buffer.append(number: PcapFormat.magicNanoseconds)
    buffer.append(number: UInt16(2))  // version 2.4
    buffer.append(number: UInt16(4))
    buffer.append(zeros: 8)
    buffer.append(number: FilterProgram.snapshotLength)
    buffer.append(number: UInt32(LinkType.ethernet.fileNumber))
  }

  package func append(_ packet: PacketRecord, to buffer: inout ByteBuffer) {
    let (seconds, nanoseconds) = packet.timeNanoseconds.quotientAndRemainder(
      dividingBy: 1_000_000_000)
    // At once: this is done for every packet of a flood.
    buffer.append(PcapFormat.recordHeaderLength) { header in
      header.storeBytes(
        of: (
          UInt32(truncatingIfNeeded: seconds), UInt32(truncatingIfNeeded: nanoseconds),
          packet.storedLength, packet.statedLength
        ), as: (UInt32, UInt32, UInt32, UInt32).self)
    }
    packet.appendBytes(to: &buffer)
  }
}

/// Numbers of the pcap format.
enum PcapFormat {
  static let magicMicroseconds: UInt32 = 0xa1b2_c3d4
  static let magicNanoseconds: UInt32 = 0xa1b2_3c4d
  static let headerLength = 24
  static let recordHeaderLength = 16
}
