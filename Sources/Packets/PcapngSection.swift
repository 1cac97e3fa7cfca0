/// The content of a pcapng block: what is between its two lengths.
struct PcapngBlock {
  let fields: CaptureFields
  /// Where the block begins in the file.
  let offset: Int

  var length: Int { fields.bytes.count }

  func expect(_ minimum: Int, _ what: String) throws(CaptureError) {
    guard length >= minimum else { throw .corrupt("\(what) of \(length) bytes", offset: offset) }
  }

  /// Looks at each option from an offset of the content on.
  func forEachOption(
    from start: Int, _ body: (PcapngFormat.Option, CaptureFields) -> Void
  ) throws(CaptureError) {
    var at = start
    while at + 4 <= length {
      let option = PcapngFormat.Option(rawValue: fields.u16(at))
      let end = at + 4 + Int(fields.u16(at + 2))
      if option == .end { return }
      guard end <= length else { throw .corrupt("an option beyond its block", offset: offset) }
      body(option, fields[at + 4..<end])
      at = end + PcapngFormat.padding(end - at)
    }
  }
}

extension CaptureFields {
  /// The bytes as text; what is not UTF-8 becomes U+FFFD.
  var text: String { String(decoding: bytes, as: UTF8.self) }
}

/// What has been read of a section of a pcapng file: packets refer to its interfaces.
struct PcapngSection {
  struct Packet {
    var time: UInt64?
    var interface: Int
    var originalLength: Int
    /// In the block's content.
    var bytes: Range<Int>
    var comments: [String] = []
  }

  var isSwapped = false
  /// Counts changes of `interfaces`.
  private(set) var version = 0
  var interfaces: [CaptureInterface] = [] {
    didSet { version += 1 }
  }

  /// Of the section's header.
  private(set) var comments: [String] = []

  init(isSwapped: Bool = false, version: Int = 0) {
    self.isSwapped = isSwapped
    self.version = version
  }

  /// Takes in a block; returns the packet if it holds one.
  mutating func read(_ kind: UInt32, _ block: PcapngBlock) throws(CaptureError) -> Packet? {
    switch PcapngFormat.Block(rawValue: kind) {
    case .section:
      try block.expect(16, "a section")
      guard block.fields.u16(4) == 1 else {
        throw .unsupported(
          "version \(block.fields.u16(4)).\(block.fields.u16(6)) of the pcapng format")
      }
      try block.forEachOption(from: 16) { option, value in
        if option == .comment { comments.append(value.text) }
      }
      return nil
    case .interface:
      try readInterface(block)
      return nil
    case .packet:
      try block.expect(20, "a packet")
      return try packet(block, interface: Int(block.fields.u32(0)))
    case .obsoletePacket:
      try block.expect(20, "a packet")
      return try packet(block, interface: Int(block.fields.u16(0)))
    case .simplePacket:
      try block.expect(4, "a packet")
      let interface = try interface(0, block)
      let length = Int(block.fields.u32(0))
      let limit = interface.snapshotLength == 0 ? Int.max : Int(interface.snapshotLength)
      let bytes = try range(4, min(length, limit), block)
      return Packet(time: nil, interface: 0, originalLength: length, bytes: bytes)
    case nil:
      return nil
    }
  }

  private func packet(_ block: PcapngBlock, interface index: Int) throws(CaptureError) -> Packet {
    let interface = try interface(index, block)
    let bytes = try range(20, Int(block.fields.u32(12)), block)
    var packet = Packet(
      time: interface.clock.nanoseconds(block.fields.upperFirst(4)), interface: index,
      originalLength: Int(block.fields.u32(16)), bytes: bytes)
    let end = bytes.upperBound
    try block.forEachOption(from: end + PcapngFormat.padding(end)) { option, value in
      if option == .comment { packet.comments.append(value.text) }
    }
    return packet
  }

  private mutating func readInterface(_ block: PcapngBlock) throws(CaptureError) {
    try block.expect(8, "an interface")
    var interface = CaptureInterface(
      linkNumber: block.fields.u16(0), snapshotLength: block.fields.u32(4))
    try block.forEachOption(from: 8) { option, value in
      switch option {
      case .comment: interface.comments.append(value.text)
      case .interfaceName: interface.name = value.text
      case .interfaceDescription: interface.description = value.text
      case .timeResolution where value.bytes.count >= 1:
        interface.clock.resolution = value.bytes[0]
      case .timeOffset where value.bytes.count >= 8:
        interface.clock.offsetSeconds = Int64(bitPattern: value.u64(0))
      default: break
      }
    }
    interfaces.append(interface)
  }

  private func interface(
    _ index: Int, _ block: PcapngBlock
  ) throws(CaptureError) -> CaptureInterface {
    guard interfaces.indices.contains(index) else {
      throw .corrupt("a packet of interface \(index), which there is not", offset: block.offset)
    }
    return interfaces[index]
  }

  private func range(
    _ start: Int, _ length: Int, _ block: PcapngBlock
  ) throws(CaptureError) -> Range<Int> {
    guard length <= block.length - start else {
      throw .corrupt("a packet of \(length) bytes in a smaller block", offset: block.offset)
    }
    return start..<start + length
  }
}

/// What the numbers that an interface's packets have for a time mean.
struct CaptureClock: Sendable, Equatable {
  /// `if_tsresol`: a negative power of ten, or, with the top bit, of two.
  var resolution: UInt8 = 6
  /// `if_tsoffset`
  var offsetSeconds: Int64 = 0

  /// Nanoseconds since 1970; nil where they do not fit, or lie before.
  func nanoseconds(_ units: UInt64) -> UInt64? {
    let second: UInt128 = 1_000_000_000
    let exponent = Int(resolution & 0x7f)
    var time: UInt128
    if resolution & 0x80 != 0 {
      time = (UInt128(units) * second) >> UInt128(exponent)
    } else if exponent <= 9 {
      time = UInt128(units) * CaptureClock.powerOfTen(9 - exponent)
    } else {
      // A 64-bit number has at most 20 digits.
      time = exponent - 9 > 20 ? 0 : UInt128(units) / CaptureClock.powerOfTen(exponent - 9)
    }
    let offset = UInt128(offsetSeconds.magnitude) * second
    if offsetSeconds >= 0 {
      time += offset
    } else {
      guard time >= offset else { return nil }
      time -= offset
    }
    return UInt64(exactly: time)
  }

  private static func powerOfTen(_ exponent: Int) -> UInt128 {
    (0..<exponent).reduce(1) { power, _ in power * 10 }
  }
}
