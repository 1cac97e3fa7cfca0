package import Language

/// A kernel that was made up: what scripts of the corpus name.
package struct MadeKernel: KernelTypes {
  package let isKnown = true

  package init() {}

  private static func number(_ bytes: Int, signed: Bool = false, big: Bool = false) -> KernelType {
    .integer(bytes: bytes, isSigned: signed, isBigEndian: big)
  }

  private static func pointer(_ structure: String) -> KernelType { .pointer(.structure(structure)) }

  private static let u8 = number(1)
  private static let u32 = number(4)
  private static let int = number(4, signed: true)
  private static let be16 = number(2, big: true)
  private static let be32 = number(4, big: true)

  /// Members: name, path (through anonymous structures the same), type.
  private static let structures: [String: [(String, KernelType)]] = [
    "sk_buff": [
      ("dev", pointer("net_device")), ("sk", pointer("sock")), ("len", u32), ("mark", u32),
      ("protocol", be16), ("pkt_type", .bitField(isSigned: false)), ("cb", .characters(48)),
      ("head", .pointer(u8)), ("hash", u32), ("tstamp", number(8, signed: true)),
    ],
    "net_device": [
      ("name", .characters(16)), ("ifindex", int), ("mtu", u32), ("dev_addr", .pointer(u8)),
      ("perm_addr", .array(u8, count: 32)), ("broadcast", .array(u8, count: 6)),
      ("stats", .structure("net_device_stats")),
    ],
    "net_device_stats": [("rx_packets", number(8)), ("tx_packets", number(8))],
    "sock": [
      ("__sk_common", .structure("sock_common")), ("sk_mark", u32), ("sk_err", int),
      ("sk_socket", pointer("socket")), ("sk_user_data", .pointer(.void)),
    ],
    "sock_common": [
      ("skc_daddr", be32), ("skc_rcv_saddr", be32), ("skc_dport", be16), ("skc_num", number(2)),
      ("skc_family", number(2)), ("skc_state", u8), ("skc_v6_daddr", .structure("in6_addr")),
    ],
    "tcp_sock": [
      ("bytes_acked", number(8)), ("srtt_us", u32), ("snd_cwnd", u32),
      ("inet_conn", .structure("inet_connection_sock")),
    ],
    "inet_connection_sock": [("icsk_retransmits", u8)],
    "in6_addr": [("in6_u", .other("union"))],
    "socket": [("type", number(2)), ("flags", number(8))],
    "msghdr": [("msg_namelen", int), ("msg_name", .pointer(.void))],
    "wrapped": [("skb", pointer("sk_buff")), ("count", int)],
  ]

  static let dropReasons = Enumeration(
    name: "skb_drop_reason",
    cases: [
      ("SKB_NOT_DROPPED_YET", 0), ("SKB_CONSUMED", 1), ("SKB_DROP_REASON_NOT_SPECIFIED", 2),
      ("SKB_DROP_REASON_NO_SOCKET", 3), ("SKB_DROP_REASON_PKT_TOO_SMALL", 4),
      ("SKB_DROP_REASON_TCP_CSUM", 5), ("SKB_DROP_REASON_NETFILTER_DROP", 8),
      ("SKB_DROP_REASON_TCP_RESET", 23),
    ].map { Enumeration.Case(name: $0.0, value: $0.1) })

  private static let tcpStates = Enumeration(
    name: "",
    cases: [
      ("TCP_ESTABLISHED", 1), ("TCP_SYN_SENT", 2), ("TCP_SYN_RECV", 3), ("TCP_FIN_WAIT1", 4),
      ("TCP_TIME_WAIT", 6), ("TCP_CLOSE", 7), ("TCP_LISTEN", 10),
    ].map { Enumeration.Case(name: $0.0, value: $0.1) })

  private static let verdicts = [
    Enumeration(
      name: "nf_verdict",
      cases: [
        Enumeration.Case(name: "NF_DROP", value: 0), Enumeration.Case(name: "NF_ACCEPT", value: 1),
      ]),
    Enumeration(
      name: "other_verdict", cases: [Enumeration.Case(name: "NF_DROP", value: 7)]),
  ]

  private static let enumerations = [dropReasons, tcpStates] + verdicts

  private static func function(
    _ name: String, _ arguments: [(String, KernelType)], _ returned: KernelType? = int,
    module: String? = nil
  ) -> KernelSignature {
    KernelSignature(
      name: name, module: module,
      arguments: arguments.enumerated().map {
        KernelSignature.Argument(name: $1.0, type: $1.1, place: $0)
      }, returned: returned)
  }

  private static let skb = pointer("sk_buff")
  private static let sock = pointer("sock")

  static let functions: [KernelSignature] = [
    function("icmp_rcv", [("skb", skb)]),
    function("ip_rcv", [("skb", skb), ("dev", pointer("net_device"))]),
    function("ip_local_deliver", [("skb", skb)]),
    function(
      "ip_local_deliver_finish", [("net", pointer("net")), ("sk", sock), ("skb", skb)]),
    function("ip_output", [("net", pointer("net")), ("sk", sock), ("skb", skb)]),
    function("tcp_v4_rcv", [("skb", skb)]),
    function("tcp_rcv_established", [("sk", sock), ("skb", skb)], nil),
    function("tcp_v4_connect", [("sk", sock), ("uaddr", .pointer(.void)), ("addr_len", int)]),
    function("tcp_reset", [("sk", sock), ("skb", skb)], nil),
    function(
      "tcp_sendmsg", [("sk", sock), ("msg", pointer("msghdr")), ("size", number(8))]),
    function("udp_rcv", [("skb", skb)]),
    function("udp_sendmsg", [("sk", sock), ("msg", pointer("msghdr")), ("len", number(8))]),
    function("br_forward", [("to", .pointer(.void)), ("skb", skb)], nil, module: "bridge"),
    function("nf_hook_slow", [("skb", skb), ("state", .pointer(.void)), ("s", u32)]),
    function(
      "wrapped_rcv",
      [("pkt", pointer("wrapped")), ("reason", .enumeration(name: "skb_drop_reason", bytes: 4))]),
    function("inet_gifconf", [("dev", pointer("net_device")), ("len", int)]),
  ]

  private static func record(_ fields: [(String, KernelType, Int)]) -> [KernelSignature.Argument] {
    fields.map { KernelSignature.Argument(name: $0.0, type: $0.1, place: $0.2) }
  }

  static let tracepoints: [KernelSignature] = [
    KernelSignature(
      name: "kfree_skb", category: "skb",
      arguments: record([
        ("skbaddr", .pointer(.void), 8), ("location", .pointer(.void), 16),
        ("protocol", number(2), 24),
        ("reason", .enumeration(name: "skb_drop_reason", bytes: 4), 28),
      ]),
      typedArguments: record([
        ("skb", skb, 0), ("location", .pointer(.void), 1),
        ("reason", .enumeration(name: "skb_drop_reason", bytes: 4), 2),
      ])),
    KernelSignature(
      name: "consume_skb", category: "skb",
      arguments: record([("skbaddr", .pointer(.void), 8), ("location", .pointer(.void), 16)]),
      typedArguments: record([("skb", skb, 0)])),
    KernelSignature(
      name: "inet_sock_set_state", category: "sock",
      arguments: record([
        ("skaddr", .pointer(.void), 8), ("oldstate", int, 16), ("newstate", int, 20),
        ("sport", number(2), 24), ("dport", number(2), 26), ("family", number(2), 28),
        ("protocol", number(2), 30), ("saddr", .array(u8, count: 4), 32),
        ("daddr", .array(u8, count: 4), 36), ("saddr_v6", .array(u8, count: 16), 40),
        ("daddr_v6", .array(u8, count: 16), 56),
      ]),
      typedArguments: record([("sk", sock, 0), ("oldstate", int, 1), ("newstate", int, 2)])),
    KernelSignature(
      name: "netif_receive_skb", category: "net",
      arguments: record([
        ("skbaddr", .pointer(.void), 8), ("len", u32, 16), ("name", .locatedText, 20),
      ]), typedArguments: record([("skb", skb, 0)])),
    KernelSignature(
      name: "secret", category: "net", arguments: [],
      typedArguments: record([("skb", skb, 0)]), isRecordKnown: false),
  ]

  static func matches(_ name: String, _ pattern: String) -> Bool {
    let parts = pattern.split(separator: "*", omittingEmptySubsequences: false)
    guard parts.count > 1 else { return name == pattern }
    guard name.hasPrefix(parts[0]), name.hasSuffix(parts[parts.count - 1]) else { return false }
    return parts.count == 2 && name.count >= pattern.count - 1
  }

  package func functions(matching pattern: String) -> [KernelSignature] {
    Self.functions.filter { Self.matches($0.name, pattern) }
  }

  package func tracepoints(category: String, matching pattern: String) -> [KernelSignature] {
    Self.tracepoints.filter {
      Self.matches($0.category ?? "", category) && Self.matches($0.name, pattern)
    }
  }

  package func member(_ name: String, of structure: String) -> KernelMember? {
    Self.structures[structure]?.first { $0.0 == name }.map { KernelMember(path: $0.0, type: $0.1) }
  }

  package func hasStructure(_ name: String) -> Bool { Self.structures[name] != nil }

  package func memberNames(of structure: String) -> [String] {
    Self.structures[structure]?.map(\.0) ?? []
  }

  package func enumeration(_ name: String) -> Enumeration? {
    name.isEmpty ? nil : Self.enumerations.first { $0.name == name }
  }

  package func enumerators(named name: String) -> [(enumeration: Enumeration, value: Int64)] {
    Self.enumerations.flatMap { enumeration in
      enumeration.cases.filter { $0.name == name }.map { (enumeration, $0.value) }
    }
  }

  package func functionNames() -> [String] { Self.functions.map(\.name) }

  package func tracepointNames() -> [String] {
    Self.tracepoints.map { "\($0.category ?? ""):\($0.name)" }
  }

  package func names(of kind: KernelNameKind, beginning prefix: String) -> [String] {
    let all: [String] =
      switch kind {
      case .function: functionNames()
      case .skbFunction: Self.functions.filter(\.takesSkb).map(\.name)
      case .tracepoint: tracepointNames()
      case .structure: Array(Self.structures.keys)
      case .enumeration: Self.enumerations.map(\.name).filter { !$0.isEmpty }
      case .enumerator: Self.enumerations.flatMap { $0.cases.map(\.name) }
      }
    return all.filter { $0.hasPrefix(prefix) }
  }
}
