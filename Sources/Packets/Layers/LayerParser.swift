/// Finds where the layers of a packet begin, by the rules of ``Layer``, and reads their fields.
///
/// Bytes that were not captured are not there: a layer whose fixed header is not whole is absent.
/// Nothing is allocated; one parser serves one packet after another. The bytes are given again to
/// whatever reads them, as they are only lent. Public to be inlined into other modules.
public struct LayerParser {
  /// From the packet's first byte, -1 for an absent layer: ten of the packet, ten of the inner one.
  @usableFromInline var offsets = InlineArray<20, Int32>(repeating: -1)
  /// Where the IP header of each depth says that the packet ends; -1: there is none.
  private var ends = InlineArray<2, Int32>(repeating: -1)
  /// The upper layer's protocol at each depth, extension headers passed.
  private var protocols = InlineArray<2, UInt8>(repeating: 0)

  /// Where the packet inside of a tunnel begins, captured or not; nil: there is none.
  package private(set) var innerStart: Int?
  /// What the packet inside of a tunnel starts with.
  package private(set) var innerLink = LinkType.ethernet

  /// The most of a packet that is looked at, so that offsets fit: more than any capture keeps.
  private static let limit = 1 << 30
  private static let extensionLimit = 8

  package init() {}

  // MARK: Finding

  /// Looks at another packet.
  ///
  /// - Parameters:
  ///   - bytes: what was captured of it.
  ///   - link: what it starts with.
  package mutating func parse(_ bytes: UnsafeRawBufferPointer, link: LinkType) {
    offsets = InlineArray(repeating: -1)
    ends = InlineArray(repeating: -1)
    protocols = InlineArray(repeating: 0)
    innerStart = nil
    let packet = PacketBytes(bytes, limit: LayerParser.limit)
    switch link {
    case .ethernet: parseEthernet(packet, at: 0, depth: 0)
    case .rawIP: parseIP(packet, at: 0, depth: 0)
    }
  }

  private mutating func set(_ layer: Layer, _ depth: Int, _ offset: Int) {
    offsets[depth * 10 + layer.rawValue] = Int32(truncatingIfNeeded: offset)
  }

  private mutating func parseEthernet(_ packet: PacketBytes, at start: Int, depth: Int) {
    guard packet.has(start, 14) else { return }
    set(.eth, depth, start)
    var type = packet.u16(start + 12)
    var at = start + 14
    var tags = 0
    while type == 0x8100 || type == 0x88a8 {
      guard tags < 2, packet.has(at, 4) else { return }
      if tags == 0 { set(.vlan, depth, at) }
      type = packet.u16(at + 2)
      at += 4
      tags += 1
    }
    parse(etherType: type, packet, at: at, depth: depth)
  }

  /// Without a link header, the first four bits tell which IP it is.
  private mutating func parseIP(_ packet: PacketBytes, at start: Int, depth: Int) {
    guard packet.has(start, 1) else { return }
    switch packet.u8(start) >> 4 {
    case 4: parseIPv4(packet, at: start, depth: depth)
    case 6: parseIPv6(packet, at: start, depth: depth)
    default: break
    }
  }

  private mutating func parse(
    etherType: UInt16, _ packet: PacketBytes, at start: Int, depth: Int
  ) {
    switch etherType {
    case 0x0800: parseIPv4(packet, at: start, depth: depth)
    case 0x86dd: parseIPv6(packet, at: start, depth: depth)
    case 0x0806: if packet.has(start, 28) { set(.arp, depth, start) }
    default: break
    }
  }

  private mutating func parseIPv4(_ packet: PacketBytes, at start: Int, depth: Int) {
    guard packet.has(start, 20) else { return }
    let first = packet.u8(start)
    let headerLength = Int(first & 15) * 4
    guard first >> 4 == 4, headerLength >= 20 else { return }
    set(.ip, depth, start)
    ends[depth] = Int32(truncatingIfNeeded: start + Int(packet.u16(start + 2)))
    protocols[depth] = packet.u8(start + 9)
    guard packet.u16(start + 6) & 0x1fff == 0 else { return }
    parse(
      protocol: packet.u8(start + 9), isIPv6: false, packet, at: start + headerLength, depth: depth)
  }

  private mutating func parseIPv6(_ packet: PacketBytes, at start: Int, depth: Int) {
    guard packet.has(start, 40), packet.u8(start) >> 4 == 6 else { return }
    set(.ip6, depth, start)
    ends[depth] = Int32(truncatingIfNeeded: start + 40 + Int(packet.u16(start + 4)))
    var next = packet.u8(start + 6)
    var at = start + 40
    protocols[depth] = next
    for _ in 0..<LayerParser.extensionLimit {
      var length = 8
      var isFollowed = true
      switch next {
      case 0, 43, 60: if packet.has(at, 8) { length = (Int(packet.u8(at + 1)) + 1) * 8 }
      case 44: if packet.has(at, 8) { isFollowed = packet.u16(at + 2) & 0xfff8 == 0 }
      case 51: if packet.has(at, 8) { length = (Int(packet.u8(at + 1)) + 2) * 4 }
      default: return parse(protocol: next, isIPv6: true, packet, at: at, depth: depth)
      }
      guard packet.has(at, 8) else { return }
      next = packet.u8(at)
      protocols[depth] = next
      if !isFollowed { return }
      at += length
    }
    parse(protocol: next, isIPv6: true, packet, at: at, depth: depth)
  }

  private mutating func parse(
    protocol number: UInt8, isIPv6: Bool, _ packet: PacketBytes, at start: Int, depth: Int
  ) {
    switch number {
    case 6: if packet.has(start, 20) { set(.tcp, depth, start) }
    case 17:
      guard packet.has(start, 8) else { return }
      set(.udp, depth, start)
      if depth == 0 { parseUDPTunnel(packet, port: packet.u16(start + 2), at: start + 8) }
    case 1: if !isIPv6, packet.has(start, 8) { set(.icmp, depth, start) }
    case 58: if isIPv6, packet.has(start, 8) { set(.icmp6, depth, start) }
    case 132: if packet.has(start, 12) { set(.sctp, depth, start) }
    case 4: if depth == 0 { parseInner(etherType: 0x0800, packet, at: start) }
    case 41: if depth == 0 { parseInner(etherType: 0x86dd, packet, at: start) }
    case 47: if depth == 0 { parseGRE(packet, at: start) }
    default: break
    }
  }

  private mutating func parseUDPTunnel(_ packet: PacketBytes, port: UInt16, at start: Int) {
    switch port {
    case 4789:
      guard packet.has(start, 8), packet.u8(start) & 0x08 != 0 else { return }
      parseInner(etherType: 0x6558, packet, at: start + 8)
    case 6081:
      guard packet.has(start, 8), packet.u8(start) >> 6 == 0 else { return }
      let options = Int(packet.u8(start) & 0x3f) * 4
      parseInner(etherType: packet.u16(start + 2), packet, at: start + 8 + options)
    default: break
    }
  }

  /// RFC 2784 and 2890: version 0, with or without checksum, key and sequence number.
  private mutating func parseGRE(_ packet: PacketBytes, at start: Int) {
    guard packet.has(start, 4) else { return }
    let flags = packet.u16(start)
    let (checksum, routing, key, sequence): (UInt16, UInt16, UInt16, UInt16) =
      (0x8000, 0x4000, 0x2000, 0x1000)
    guard flags & 7 == 0, flags & routing == 0 else { return }
    var length = 4
    if flags & checksum != 0 { length += 4 }
    if flags & key != 0 { length += 4 }
    if flags & sequence != 0 { length += 4 }
    parseInner(etherType: packet.u16(start + 2), packet, at: start + length)
  }

  private mutating func parseInner(etherType: UInt16, _ packet: PacketBytes, at start: Int) {
    switch etherType {
    case 0x6558:
      innerLink = .ethernet
      innerStart = start
      parseEthernet(packet, at: start, depth: 1)
    case 0x0800, 0x86dd:
      innerLink = .rawIP
      innerStart = start
      parse(etherType: etherType, packet, at: start, depth: 1)
    default: break
    }
  }

  // MARK: Asking

  /// Where a layer begins in the packet; nil: it is absent.
  @inlinable @inline(__always)
  public func offset(of layer: Layer, depth: Int) -> Int? {
    let offset = offsets[depth * 10 + layer.rawValue]
    return offset < 0 ? nil : Int(offset)
  }

  /// Where a layer's payload begins; nil: no such layer, or none that has a payload.
  ///
  /// - Parameter bytes: those that were parsed.
  package func payloadStart(
    of layer: Layer, depth: Int, in bytes: UnsafeRawBufferPointer
  ) -> Int? {
    guard let start = offset(of: layer, depth: depth) else { return nil }
    switch layer.definition.payload {
    case .fixed(let length): return start + length
    case .words(let bit):
      return start + Int(bytes[start + bit / 8] >> UInt8(4 - bit % 8) & 15) * 4
    case nil: return nil
    }
  }

  /// Where a layer's payload begins and ends, captured or not: the IP header tells its end. Nil: no
  /// such layer, or an end before the beginning.
  package func payload(
    of layer: Layer, depth: Int, in bytes: UnsafeRawBufferPointer
  ) -> Range<Int>? {
    guard let begin = payloadStart(of: layer, depth: depth, in: bytes) else { return nil }
    let end = Int(ends[depth])
    return begin <= end ? begin..<end : nil
  }

  /// Where the IP header of a depth says that its packet ends; nil: there is none.
  package func end(depth: Int) -> Int? { ends[depth] < 0 ? nil : Int(ends[depth]) }

  /// The protocol behind the IP header of a depth and its extensions; 0 without IP.
  package func upperProtocol(depth: Int) -> UInt8 { protocols[depth] }
}

/// The captured bytes of a packet.
private struct PacketBytes {
  private let base: UnsafeRawPointer?
  private let count: Int

  init(_ bytes: UnsafeRawBufferPointer, limit: Int) {
    base = bytes.baseAddress
    count = min(bytes.count, limit)
  }

  /// Whether `length` bytes from `offset` on were captured.
  @inline(__always)
  func has(_ offset: Int, _ length: Int) -> Bool { offset + length <= count }

  @inline(__always)
  func u8(_ offset: Int) -> UInt8 {
    base.unsafelyUnwrapped.load(fromByteOffset: offset, as: UInt8.self)
  }

  @inline(__always)
  func u16(_ offset: Int) -> UInt16 {
    UInt16(
      bigEndian: base.unsafelyUnwrapped.loadUnaligned(fromByteOffset: offset, as: UInt16.self))
  }
}

/// Reading a field whose layer is known to be there.
extension PacketField {
  /// An unsigned number of up to 32 bits, or the 48 of a mac.
  ///
  /// - Parameter layer: where the layer begins, with all bytes of its fixed header.
  package func number(at layer: UnsafeRawPointer) -> UInt64 {
    let first = bitOffset / 8
    let last = (bitOffset + bitCount - 1) / 8
    var number: UInt64 = 0
    for byte in first...last {
      number = number << 8 | UInt64(layer.load(fromByteOffset: byte, as: UInt8.self))
    }
    number >>= UInt64((last + 1) * 8 - bitOffset - bitCount)
    return bitCount == 64 ? number : number & (1 << UInt64(bitCount) - 1)
  }
}

/// Addresses in network byte order, as fields of layers hold them.
package enum PacketAddress {
  @inlinable
  package static func v4(at place: UnsafeRawPointer) -> UInt32 {
    UInt32(bigEndian: place.loadUnaligned(as: UInt32.self))
  }

  @inlinable
  package static func v6(at place: UnsafeRawPointer) -> (high: UInt64, low: UInt64) {
    (
      UInt64(bigEndian: place.loadUnaligned(as: UInt64.self)),
      UInt64(bigEndian: place.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
    )
  }
}
