/// A packet as capture files keep it. The bytes are lent.
package struct PacketRecord {
  /// Since 1970-01-01 UTC.
  package var timeNanoseconds: UInt64
  /// Length of the packet as it was, without `framing`.
  package var originalLength: Int
  /// An Ethernet header to put before the bytes.
  package var framing: EthernetFraming?
  /// What was captured of the packet.
  package var bytes: UnsafeRawBufferPointer

  package init(
    timeNanoseconds: UInt64, originalLength: Int, framing: EthernetFraming? = nil,
    bytes: UnsafeRawBufferPointer
  ) {
    self.timeNanoseconds = timeNanoseconds
    self.originalLength = originalLength
    self.framing = framing
    self.bytes = bytes
  }

  /// Bytes that the file keeps of the packet.
  var storedLength: UInt32 { UInt32(clamping: bytes.count + framingLength) }

  /// Bytes that the file says the packet had: never fewer than it keeps.
  var statedLength: UInt32 { UInt32(clamping: max(originalLength, bytes.count) + framingLength) }

  private var framingLength: Int { framing == nil ? 0 : EthernetFraming.length }

  func appendBytes(to buffer: inout ByteBuffer) {
    framing?.append(to: &buffer)
    buffer.append(bytes)
  }
}
