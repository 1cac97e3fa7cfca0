package import SystemPackage

/// A packet of a capture file. The bytes are lent.
package struct CapturedPacket {
  /// Since 1970-01-01 UTC; nil where the file has none, or one that no clock shows.
  package var timeNanoseconds: UInt64?
  /// Index into ``CaptureReader/interfaces``.
  package var interface = 0
  /// Length of the packet as it was.
  package var originalLength = 0
  package var bytes = UnsafeRawBufferPointer(start: nil, count: 0)
  package var comments: [String] = []
}

/// Where packets of a capture file come from. A pcap file has one, without a name.
package struct CaptureInterface: Sendable, Equatable {
  /// `LINKTYPE_*`.
  package let linkNumber: UInt16
  /// Nil for a link type that netcap does not know.
  package var link: LinkType? { LinkType(fileNumber: linkNumber) }
  /// The most bytes kept of a packet; 0: all.
  package let snapshotLength: UInt32
  package var name: String?
  package var description: String?
  package var comments: [String] = []
  var clock = CaptureClock()
}

/// Reads pcap files (microseconds or nanoseconds) and pcapng files, of either byte order.
///
/// Call ``advance()``, look at the packet with ``withPacket(_:)``, and so on until there is no more.
/// Whatever the bytes are, the worst that comes of them is an error.
package struct CaptureReader: ~Copyable {
  private enum Format {
    case pcap(isSwapped: Bool, nanosecondsPerUnit: UInt64)
    case pcapng
  }

  private var source: CaptureSource
  private let format: Format
  private var section = PcapngSection()
  /// The packet that ``advance()`` came to: its bytes are those of the source, lent until the reader is next
  /// changed. For where each instruction counts: a closure is not paid for, as by ``withPacket(_:)``.
  package private(set) var packet = CapturedPacket()
  /// Bytes of the source that the current packet is in, to be consumed before the next; 0: there is none.
  private var pending = 0

  /// Those that the packets so far are of; in pcapng a new section begins with none.
  package var interfaces: [CaptureInterface] { section.interfaces }
  private var seenVersion = -1

  /// Of the header of the section that was begun last: none before ``advance()``, and in pcap.
  package var comments: [String] { section.comments }

  package init(_ path: FilePath) throws(CaptureError) {
    let descriptor: FileDescriptor
    do {
      descriptor = try FileDescriptor.open(path, .readOnly, options: .closeOnExec)
    } catch let error as Errno {
      throw .system(error)
    } catch {
      throw .system(.ioError)
    }
    try self.init(CaptureSource(descriptor))
  }

  package init(_ bytes: [UInt8]) throws(CaptureError) {
    try self.init(CaptureSource(bytes))
  }

  private init(_ input: consuming CaptureSource) throws(CaptureError) {
    guard try input.prepare(4) == 4 else { throw .notACapture }
    let magic = input.lend(4).loadUnaligned(as: UInt32.self)
    switch magic {
    case PcapngFormat.Block.section.rawValue:
      format = .pcapng
    case PcapFormat.magicMicroseconds, PcapFormat.magicNanoseconds,
      PcapFormat.magicMicroseconds.byteSwapped, PcapFormat.magicNanoseconds.byteSwapped:
      let isSwapped =
        magic != PcapFormat.magicMicroseconds && magic != PcapFormat.magicNanoseconds
      let unswapped = isSwapped ? magic.byteSwapped : magic
      guard try input.prepare(PcapFormat.headerLength) == PcapFormat.headerLength else {
        throw .truncated(offset: 0)
      }
      let header = CaptureFields(bytes: input.lend(PcapFormat.headerLength), isSwapped: isSwapped)
      guard header.u16(4) == 2, header.u16(6) >= 3 else {
        throw .unsupported("version \(header.u16(4)).\(header.u16(6)) of the pcap format")
      }
      // The upper bits tell of a frame check sequence.
      section.interfaces = [
        CaptureInterface(
          linkNumber: UInt16(truncatingIfNeeded: header.u32(20)), snapshotLength: header.u32(16))
      ]
      input.consume(PcapFormat.headerLength)
      format = .pcap(
        isSwapped: isSwapped,
        nanosecondsPerUnit: unswapped == PcapFormat.magicNanoseconds ? 1 : 1000)
    default:
      throw .notACapture
    }
    source = input
  }

  /// Goes on to the next packet. False: there is no more.
  package mutating func advance() throws(CaptureError) -> Bool {
    source.consume(pending)
    pending = 0
    switch format {
    case .pcap(let isSwapped, let unit): try readRecord(isSwapped, unit)
    case .pcapng: try readBlocks()
    }
    return pending > 0
  }

  /// Whether ``interfaces`` have become others since this was last asked; the first time, yes.
  package mutating func hasNewInterfaces() -> Bool {
    if section.version == seenVersion { return false }
    seenVersion = section.version
    return true
  }

  /// Lends the packet that ``advance()`` came to. Mutating, so that the reader is not copied about.
  package mutating func withPacket<Result, Failure: Error>(
    _ body: (CapturedPacket) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    precondition(pending > 0, "no packet has been advanced to")
    return try body(packet)
  }

  private mutating func readRecord(
    _ isSwapped: Bool, _ unit: UInt64
  ) throws(CaptureError) {
    let headerLength = PcapFormat.recordHeaderLength
    let got = try source.prepare(headerLength)
    if got == 0 { return }
    guard got == headerLength else { throw .truncated(offset: source.offset) }
    let header = CaptureFields(bytes: source.lend(headerLength), isSwapped: isSwapped)
    let time = UInt64(header.u32(0)) * 1_000_000_000 + UInt64(header.u32(4)) * unit
    let length = try packetLength(header.u32(8))
    let originalLength = Int(header.u32(12))
    guard try source.prepare(headerLength + length) == headerLength + length else {
      throw .truncated(offset: source.offset)
    }
    pending = headerLength + length
    packet.timeNanoseconds = time
    packet.originalLength = originalLength
    packet.bytes = UnsafeRawBufferPointer(
      start: source.lend(pending).baseAddress.unsafelyUnwrapped + headerLength, count: length)
  }

  /// Reads blocks up to and with the next that holds a packet.
  private mutating func readBlocks() throws(CaptureError) {
    while let (kind, length) = try readBlockHeader() {
      guard try source.prepare(length) == length else { throw .truncated(offset: source.offset) }
      let block = CaptureFields(bytes: source.lend(length), isSwapped: section.isSwapped)
      guard block.u32(length - 4) == length else {
        throw .corrupt("a block has two lengths", offset: source.offset)
      }
      let content = PcapngBlock(fields: block[8..<length - 4], offset: source.offset)
      if let found = try section.read(kind, content) {
        _ = try packetLength(UInt32(found.bytes.count))
        pending = length
        packet = CapturedPacket(
          timeNanoseconds: found.time, interface: found.interface,
          originalLength: found.originalLength,
          bytes: UnsafeRawBufferPointer(
            rebasing: block.bytes[found.bytes.lowerBound + 8..<found.bytes.upperBound + 8]),
          comments: found.comments)
        return
      }
      source.consume(length)
    }
  }

  /// The next block's type and its length with all that belongs to it; nil at the end.
  private mutating func readBlockHeader() throws(CaptureError) -> (kind: UInt32, length: Int)? {
    let got = try source.prepare(12)
    if got == 0 { return nil }
    guard got == 12 else { throw .truncated(offset: source.offset) }
    let header = source.lend(12)
    // The same in both byte orders: what follows tells which.
    if header.loadUnaligned(as: UInt32.self) == PcapngFormat.Block.section.rawValue {
      let magic = header.loadUnaligned(fromByteOffset: 8, as: UInt32.self)
      guard [magic, magic.byteSwapped].contains(PcapngFormat.byteOrderMagic) else {
        throw .corrupt("a section of no byte order", offset: source.offset)
      }
      section = PcapngSection(
        isSwapped: magic != PcapngFormat.byteOrderMagic, version: section.version + 1)
    }
    let fields = CaptureFields(bytes: header, isSwapped: section.isSwapped)
    let length = Int(fields.u32(4))
    guard length >= 12, length % 4 == 0, length <= PcapngFormat.blockLimit else {
      throw .corrupt("a block of \(length) bytes", offset: source.offset)
    }
    return (fields.u32(0), length)
  }

  /// Captured bytes of a packet, which have the limit that libpcap has for them.
  @inline(__always)
  private func packetLength(_ length: UInt32) throws(CaptureError) -> Int {
    guard length <= FilterProgram.snapshotLength else {
      throw .corrupt("a packet of \(length) bytes", offset: source.offset)
    }
    return Int(length)
  }
}
