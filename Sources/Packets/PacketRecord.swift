/// A packet as capture files keep it. The bytes are lent. Public to be inlined into other modules.
public struct PacketRecord {
  /// Since 1970-01-01 UTC.
  public var timeNanoseconds: UInt64
  /// Length of the packet as it was, without `framing`.
  public var originalLength: Int
  /// An Ethernet header to put before the bytes.
  public var framing: EthernetFraming?
  /// What was captured of the packet.
  public var bytes: UnsafeRawBufferPointer

  /// See the properties.
  @inlinable
  public init(
    timeNanoseconds: UInt64, originalLength: Int, framing: EthernetFraming? = nil,
    bytes: UnsafeRawBufferPointer
  ) {
    self.timeNanoseconds = timeNanoseconds
    self.originalLength = originalLength
    self.framing = framing
    self.bytes = bytes
  }

  /// Bytes that the file keeps of the packet.
  @inline(__always)
  var storedLength: UInt32 { UInt32(clamping: bytes.count + framingLength) }

  /// Bytes that the file says the packet had: never fewer than it keeps.
  @inline(__always)
  var statedLength: UInt32 { UInt32(clamping: max(originalLength, bytes.count) + framingLength) }

  private var framingLength: Int { framing == nil ? 0 : EthernetFraming.length }

  @inline(__always)
  func appendBytes(to buffer: inout ByteBuffer) {
    framing?.append(to: &buffer)
    buffer.append(bytes)
  }
}
