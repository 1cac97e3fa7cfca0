/// A protocol header that a script can look into: `tcp` of `pkt.tcp.dport`.
///
/// Where each layer of a packet is found, the same in the kernel (`bpf/layers.h`) and here
/// (``LayerParser``):
///
/// - A packet with an Ethernet header starts with `eth` (14 bytes). EtherTypes 0x8100 and 0x88a8 are
///   VLAN tags, two at most; `vlan` is the outer one, 4 bytes from behind the EtherType on. A packet
///   without one starts with `ip` or `ip6`, by the version in its first four bits.
/// - 0x0800 is `ip`: version 4, a header length of 20 or more; the upper layer follows the header, but
///   not in a fragment other than the first. 0x86dd is `ip6`: 40 bytes, version 6; hop-by-hop (0),
///   routing (43), fragment (44), authentication (51) and destination options (60) headers are
///   passed, eight at most; not in a fragment other than the first. 0x0806 is `arp`: 28 bytes.
/// - Protocol 6 is `tcp` (20 bytes), 17 `udp` (8), 1 over IPv4 `icmp` (8), 58 over IPv6 `icmp6` (8),
///   132 `sctp` (12).
/// - `inner` begins behind IP in IP (protocols 4 and 41), GRE version 0 (47; EtherTypes 0x0800, 0x86dd
///   and 0x6558), VXLAN (UDP port 4789, with the I flag) and Geneve (UDP port 6081); one tunnel deep.
///
/// A layer is there if the packet has all bytes of its fixed header and they can be read; else all its
/// fields are absent. Public as ``LayerParser``.
public enum Layer: Int, Sendable, Hashable, CaseIterable {
  case eth, vlan, arp, ip, ip6, tcp, udp, icmp, icmp6, sctp

  /// As scripts write it.
  package var name: String { "\(self)" }

  /// Bytes of the fixed header.
  package var minimumLength: Int { definition.minimumLength }

  package var fields: [PacketField] { definition.fields }

  package func field(named name: String) -> PacketField? { fields.first { $0.name == name } }

  /// The layer's protocol file.
  package var definition: LayerDefinition {
    switch self {
    case .eth: .ethernet
    case .vlan: .vlan
    case .arp: .arp
    case .ip: .ipv4
    case .ip6: .ipv6
    case .tcp: .tcp
    case .udp: .udp
    case .icmp: .icmp
    case .icmp6: .icmp6
    case .sctp: .sctp
    }
  }
}

/// What there is to know of a layer: one for each protocol, in a file of its own.
package struct LayerDefinition: Sendable {
  /// `Transmission Control Protocol`
  package let title: String
  /// RFC 9293
  package let source: String
  package let minimumLength: Int
  package let fields: [PacketField]
  /// Where the payload begins, from the layer's start; nil where scripts have no payload of it.
  package let payload: Payload?

  package enum Payload: Sendable, Equatable {
    case fixed(Int)
    /// Four bits at this bit offset count the header's 32-bit words.
    case words(bitOffset: Int)
  }

  package init(
    title: String, source: String, minimumLength: Int, payload: Payload? = nil,
    fields: [PacketField]
  ) {
    self.title = title
    self.source = source
    self.minimumLength = minimumLength
    self.payload = payload
    self.fields = fields
  }
}

/// One field of a layer, within its fixed header, in network byte order there.
package struct PacketField: Sendable, Hashable {
  package enum Kind: Sendable, Hashable {
    /// Up to 32 bits, in host order once read.
    case number
    /// Shown as hex unless a format says otherwise.
    case hex
    /// One bit.
    case flag
    case mac
    case address4
    case address6
  }

  /// May contain dots: `flags.rst`.
  package let name: String
  /// From the layer's start; bit 0 is the most significant one of byte 0.
  package let bitOffset: Int
  package let bitCount: Int
  package let kind: Kind
  /// One line.
  package let documentation: String

  package init(
    _ name: String, at bitOffset: Int, bits: Int, as kind: Kind = .number, _ documentation: String
  ) {
    self.name = name
    self.bitOffset = bitOffset
    self.bitCount = bits
    self.kind = kind
    self.documentation = documentation
  }

  /// A field of whole bytes.
  package init(
    _ name: String, byte: Int, bytes: Int, as kind: Kind = .number, _ documentation: String
  ) {
    self.init(name, at: byte * 8, bits: bytes * 8, as: kind, documentation)
  }
}
