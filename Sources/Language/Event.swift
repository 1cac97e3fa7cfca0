public import Packets

/// A packet seen at a point. Its bytes are lent for the duration of a call, never kept.
///
/// Public, as what else is done for every event of a flood: the compiler inlines nothing less into other
/// modules.
public struct Event {
  /// Wall clock at the event, nanoseconds since 1970-01-01 UTC.
  public var timeNanoseconds: UInt64
  /// Index into the session's points.
  public var point: Int
  /// Where it ran.
  public var cpu: UInt32
  /// The process that the kernel was running, `pid` as ps(1) has it.
  public var processID: UInt32
  /// The thread of it.
  public var threadID: UInt32
  /// The thread's name, as the kernel has it: not to be trusted on a terminal.
  public var command: KernelName
  /// The index of `skb->dev`, 0 if not set.
  public var interfaceIndex: UInt32
  /// And its name.
  public var interfaceName: KernelName
  /// Inode number of the interface's network namespace, 0 if not known.
  public var namespace: UInt32
  /// The address of the sk_buff.
  public var skb: UInt64
  /// `skb->protocol`, an EtherType in host order.
  public var etherType: UInt16
  /// What the captured bytes start with.
  public var link: LinkType
  /// Bytes of the packet from its start, captured or not.
  public var packetLength: Int
  /// Some bytes could not be read; `bytes` ends before them.
  public var isCutByFault: Bool
  /// Headers that the packet did not have yet where it was seen: `rebuild` made them of its socket.
  public var madeHeaders: MadeHeaders
  /// What a script's `emit` sent: 64-bit words, first one whose bit `i` says that field `i` is present,
  /// then each field's ``ValueType/wordCount`` words, zeros where it is absent. Empty without a script.
  public var fields: UnsafeRawBufferPointer
  /// The captured bytes.
  public var bytes: UnsafeRawBufferPointer

  /// See the properties.
  @inlinable
  public init(
    timeNanoseconds: UInt64, point: Int, cpu: UInt32, processID: UInt32, threadID: UInt32,
    command: KernelName, interfaceIndex: UInt32, interfaceName: KernelName, namespace: UInt32,
    skb: UInt64, etherType: UInt16, link: LinkType, packetLength: Int, isCutByFault: Bool,
    madeHeaders: MadeHeaders = [],
    fields: UnsafeRawBufferPointer = UnsafeRawBufferPointer(start: nil, count: 0),
    bytes: UnsafeRawBufferPointer
  ) {
    self.timeNanoseconds = timeNanoseconds
    self.point = point
    self.cpu = cpu
    self.processID = processID
    self.threadID = threadID
    self.command = command
    self.interfaceIndex = interfaceIndex
    self.interfaceName = interfaceName
    self.namespace = namespace
    self.skb = skb
    self.etherType = etherType
    self.link = link
    self.packetLength = packetLength
    self.isCutByFault = isCutByFault
    self.madeHeaders = madeHeaders
    self.fields = fields
    self.bytes = bytes
  }
}

/// Headers that are not in a packet's buffer, in the order in which they stand; bits as `event.h` has them.
public struct MadeHeaders: OptionSet, Sendable, Hashable {
  /// Bits of `NC_EVENT_MADE_*`.
  public let rawValue: UInt8

  /// Bits that mean nothing are dropped.
  @inlinable
  public init(rawValue: UInt8) {
    self.rawValue = rawValue & 0b1110
  }

  /// Ethernet, with a tag that the device would have put in.
  public static let ethernet = MadeHeaders(rawValue: 2)
  /// IPv4 or IPv6; or their lengths, where those had not been filled in.
  public static let network = MadeHeaders(rawValue: 4)
  /// TCP or UDP
  public static let transport = MadeHeaders(rawValue: 8)

  /// As output names them.
  package static let names: [(header: MadeHeaders, name: String)] = [
    (.ethernet, "ethernet"), (.network, "network"), (.transport, "transport"),
  ]

  /// The names of those that were made, outermost first.
  package var names: [String] {
    MadeHeaders.names.filter { contains($0.header) }.map(\.name)
  }

  /// The headers with these names; nil if one is none.
  package init?(names: [Substring]) {
    self = []
    for name in names {
      guard let known = MadeHeaders.names.first(where: { $0.name == name }) else { return nil }
      insert(known.header)
    }
  }
}

/// Up to 15 bytes and a NUL, as the kernel keeps the names of threads and interfaces.
///
/// Two words rather than a `String`: events are decoded without looking at the text.
public struct KernelName: Sendable, Hashable, CustomStringConvertible {
  /// The bytes in memory order.
  public var words: (UInt64, UInt64)

  /// The 16 bytes as the kernel has them.
  @inlinable
  public init(words: (UInt64, UInt64)) {
    self.words = words
  }

  /// The 16 bytes at the start of `bytes`.
  package init(_ bytes: UnsafeRawBufferPointer) {
    self.init(
      words: (
        bytes.loadUnaligned(as: UInt64.self),
        bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
      ))
  }

  /// The first 15 bytes of a text.
  package init(_ text: String) {
    words = (0, 0)
    withUnsafeMutableBytes(of: &words) { $0.copyBytes(from: text.utf8.prefix(15)) }
  }

  package var isEmpty: Bool {
    withUnsafeBytes(of: words) { $0[0] == 0 }
  }

  /// The bytes before the first NUL; what is not UTF-8 becomes U+FFFD.
  public var description: String {
    withUnsafeBytes(of: words) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }

  /// Equal in all 16 bytes.
  public static func == (a: KernelName, b: KernelName) -> Bool { a.words == b.words }

  /// Over all 16 bytes.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(words.0)
    hasher.combine(words.1)
  }
}
