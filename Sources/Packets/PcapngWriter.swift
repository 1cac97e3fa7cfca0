/// Encodes pcapng files: Ethernet, nanoseconds, host byte order.
///
/// Layout: draft-ietf-opsawg-pcapng.
package struct PcapngWriter: Sendable {
  private var interfaces: UInt32 = 0

  package init() {}

  /// The section's header, once, before everything else.
  ///
  /// - Parameter comments: each at most 65535 bytes.
  package func appendSection(
    hardware: String, operatingSystem: String, application: String, comments: [String] = [],
    to buffer: inout ByteBuffer
  ) {
    appendBlock(.section, to: &buffer) { buffer in
      buffer.append(number: PcapngFormat.byteOrderMagic)
      buffer.append(number: UInt16(1))  // version 1.0
      buffer.append(number: UInt16(0))
      buffer.append(number: UInt64.max)  // the section's length is not known
      appendOption(.hardware, hardware, to: &buffer)
      appendOption(.operatingSystem, operatingSystem, to: &buffer)
      appendOption(.application, application, to: &buffer)
      for comment in comments { appendOption(.comment, comment, to: &buffer) }
      appendOptionsEnd(to: &buffer)
    }
  }

  /// An interface that packets can be said to come from.
  ///
  /// - Returns: its number, for ``append(_:interface:to:comment:)``.
  package mutating func appendInterface(
    name: String, description: String, to buffer: inout ByteBuffer
  ) -> UInt32 {
    appendBlock(.interface, to: &buffer) { buffer in
      buffer.append(number: LinkType.ethernet.fileNumber)
      buffer.append(zeros: 2)
      buffer.append(number: FilterProgram.snapshotLength)
      appendOption(.interfaceName, name, to: &buffer)
      appendOption(.interfaceDescription, description, to: &buffer)
      appendOption(.timeResolution, to: &buffer) { $0.append(number: UInt8(9)) }
      appendOptionsEnd(to: &buffer)
    }
    defer { interfaces += 1 }
    return interfaces
  }

  /// - Parameter comment: appends the packet's comment, as UTF-8; if it appends nothing, the packet
  ///   has none.
  package func append(
    _ packet: PacketRecord, interface: UInt32, to buffer: inout ByteBuffer,
    comment: (inout ByteBuffer) -> Void
  ) {
    precondition(interface < interfaces, "a packet of an interface that the file does not have")
    appendBlock(.packet, to: &buffer) { buffer in
      buffer.append(number: interface)
      buffer.append(number: UInt32(truncatingIfNeeded: packet.timeNanoseconds >> 32))
      buffer.append(number: UInt32(truncatingIfNeeded: packet.timeNanoseconds))
      buffer.append(number: packet.storedLength)
      buffer.append(number: packet.statedLength)
      packet.appendBytes(to: &buffer)
      buffer.append(zeros: PcapngFormat.padding(Int(packet.storedLength)))
      if appendOption(.comment, to: &buffer, comment) {
        appendOptionsEnd(to: &buffer)
      }
    }
  }

  private func appendBlock(
    _ kind: PcapngFormat.Block, to buffer: inout ByteBuffer, _ body: (inout ByteBuffer) -> Void
  ) {
    let start = buffer.count
    buffer.append(number: kind.rawValue)
    buffer.append(number: UInt32(0))
    body(&buffer)
    let length = UInt32(buffer.count + 4 - start)
    buffer.append(number: length)
    buffer.replace(at: start + 4, with: length)
  }

  private func appendOption(
    _ option: PcapngFormat.Option, _ text: String, to buffer: inout ByteBuffer
  ) {
    appendOption(option, to: &buffer) { $0.append(text) }
  }

  /// An option unless its value is empty; a value that is too long is cut.
  @discardableResult
  private func appendOption(
    _ option: PcapngFormat.Option, to buffer: inout ByteBuffer, _ value: (inout ByteBuffer) -> Void
  ) -> Bool {
    let start = buffer.count
    buffer.append(number: option.rawValue)
    buffer.append(number: UInt16(0))
    value(&buffer)
    let length = min(buffer.count - start - 4, Int(UInt16.max))
    guard length > 0 else {
      buffer.truncate(to: start)
      return false
    }
    buffer.truncate(to: start + 4 + length)
    buffer.replace(at: start + 2, with: UInt16(length))
    buffer.append(zeros: PcapngFormat.padding(length))
    return true
  }

  private func appendOptionsEnd(to buffer: inout ByteBuffer) {
    buffer.append(number: UInt32(0))
  }
}

/// Numbers of the pcapng format.
enum PcapngFormat {
  enum Block: UInt32 {
    case section = 0x0a0d_0d0a
    case interface = 1
    case obsoletePacket = 2
    case simplePacket = 3
    case packet = 6
  }

  /// Options; 2 to 4 have a meaning of their own in each kind of block.
  struct Option: RawRepresentable, Equatable {
    let rawValue: UInt16

    static let end = Option(rawValue: 0)
    static let comment = Option(rawValue: 1)
    static let hardware = Option(rawValue: 2)
    static let operatingSystem = Option(rawValue: 3)
    static let application = Option(rawValue: 4)
    static let interfaceName = Option(rawValue: 2)
    static let interfaceDescription = Option(rawValue: 3)
    static let timeResolution = Option(rawValue: 9)
    static let timeOffset = Option(rawValue: 14)
  }

  /// The longest block that is read: libpcap's limit.
  static let blockLimit = 16 << 20

  static let byteOrderMagic: UInt32 = 0x1a2b_3c4d

  /// Bytes up to the next multiple of four.
  static func padding(_ length: Int) -> Int { -length & 3 }
}
