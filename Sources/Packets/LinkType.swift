/// What a packet's first byte belongs to.
public enum LinkType: Sendable, Equatable, Hashable {
  /// An Ethernet header (`LINKTYPE_ETHERNET`, 1).
  case ethernet
  /// An IPv4 or IPv6 header (`LINKTYPE_RAW`, 101).
  case rawIP

  /// The number in capture files (`LINKTYPE_*`).
  package var fileNumber: UInt16 {
    switch self {
    case .ethernet: 1
    case .rawIP: 101
    }
  }

  /// Nil for a link type that netcap does not know.
  package init?(fileNumber: UInt16) {
    switch fileNumber {
    case 1: self = .ethernet
    // LINKTYPE_RAW, what OpenBSD and the others wrote for DLT_RAW, LINKTYPE_IPV4, LINKTYPE_IPV6
    case 101, 12, 14, 228, 229: self = .rawIP
    default: return nil
    }
  }
}
