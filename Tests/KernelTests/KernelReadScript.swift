import Corpus

/// Makes scripts at random that read the kernel's memory at points that every kernel of the lab has:
/// arguments, packets and sockets, through chains of pointers, of every type, present and absent.
struct KernelReadScript {
  private var random: RepeatableNumbers
  /// What has been made use of, for a test to print.
  private(set) var used: Set<String> = []

  init(seed: UInt64) {
    // Seeds one after the other begin far apart.
    random = RepeatableNumbers(state: (seed &+ 1) &* 0x9e37_79b9_7f4a_7c15 | 1)
    for _ in 0..<8 { _ = random.next() }
  }

  /// A point with what can be read there, by kind.
  struct Point {
    let point: String
    var integers: [String]
    var texts: [String] = []
    var addresses: [String] = []
    var macs: [String] = []
    var flows: [String] = []
  }

  private static let packet = Point(
    point: "",
    integers: [
      "skb.len", "skb.data_len", "skb.mark", "skb.protocol", "skb.pkt_type", "skb.priority",
      "skb.ip_summed", "skb.mac_len", "skb.dev.mtu", "skb.dev.ifindex", "dev.mtu", "dev.flags",
      "skb.dev.nd_net.net.ns.inum", "skb.head", "skb.sk", "sk_buff(skb.sk).no_such?",
      "skb.no_such?", "skb.dev.no_such?", "net_device(skb.dev).mtu", "netns", "cgroup",
      "sk_buff(skb.dev.no_such?).len", "skb.sk.sk_mark", "pkt.len", "skb.encapsulation",
    ], texts: ["skb.dev.name", "text(skb.dev.name)", "text(skb.no_such?)"],
    macs: ["mac(skb.dev.dev_addr)", "mac(dev.no_such?)"],
    flows: ["pkt.flow", "pkt.flow.reverse"])

  private static let socket = Point(
    point: "",
    integers: [
      "sock.sk_mark", "sock.sk_err", "sock.sk_rcvbuf", "sock.sk_sndbuf", "sock.sk_type",
      "sock.sk_protocol", "sock.__sk_common.skc_num", "sock.__sk_common.skc_dport",
      "sock.__sk_common.skc_family", "sock.__sk_common.skc_bound_dev_if", "sock.state",
      "inet_sock(sock).inet_sport", "sock.sk_socket.type", "sock.no_such?", "sock.sk_socket",
      "socket(sock.sk_socket).type", "sock.flow.sport", "sock.__sk_common.skc_net.net.ns.inum",
    ], addresses: ["addr(sock.__sk_common.skc_daddr)", "sock.flow.src", "sock.flow.dst"],
    flows: ["sock.flow", "sock.flow.reverse"])

  private static let tcp = Point(
    point: "",
    integers: [
      "tcp_sock(sock).snd_cwnd", "tcp_sock(sock).bytes_acked", "tcp_sock(sock).bytes_received",
      "tcp_sock(sock).srtt_us", "inet_connection_sock(sock).icsk_ca_state",
      "tcp_ca_state(inet_connection_sock(sock).icsk_ca_state)",
      "inet_connection_sock(sock).icsk_retransmits", "tcp_sock(sock).packets_out",
    ], texts: ["inet_connection_sock(sock).icsk_ca_ops.name"])

  private static func at(_ point: String, _ parts: Point..., more: Point) -> Point {
    var all = more
    for part in parts {
      all.integers += part.integers
      all.texts += part.texts
      all.addresses += part.addresses
      all.macs += part.macs
      all.flows += part.flows
    }
    return Point(
      point: point, integers: all.integers, texts: all.texts, addresses: all.addresses,
      macs: all.macs, flows: all.flows)
  }

  static let points = [
    at(
      "ip_rcv", packet,
      more: Point(
        point: "",
        integers: ["args.dev.mtu", "args.orig_dev.ifindex", "args.pt.type", "args[2]", "args.no?"],
        texts: ["args.dev.name"])),
    at("kprobe:icmp_rcv", packet, more: Point(point: "", integers: ["args[1]", "args.skb.len"])),
    at(
      "tcp_rcv_established", packet, socket, tcp,
      more: Point(point: "", integers: ["args.sk", "args.skb.mark", "sock(args.sk).sk_mark"])),
    at(
      "tracepoint:sock:inet_sock_set_state", socket, tcp,
      more: Point(
        point: "",
        integers: [
          "args.oldstate", "args.newstate", "tcp_state(args.newstate)", "args.sport", "args.dport",
          "args.family", "args.protocol", "args.skaddr",
        ], addresses: ["addr(args.saddr)", "addr(args.daddr)"])),
    at(
      "tracepoint:skb:kfree_skb", packet,
      more: Point(point: "", integers: ["args.reason?", "args.protocol", "args.location"])),
    at(
      "tracepoint:net:net_dev_queue", packet,
      more: Point(point: "", integers: ["args.len"], texts: ["args.name"])),
    at(
      "return:tcp_v4_connect", socket,
      more: Point(
        point: "",
        integers: ["retval", "args.addr_len", "args.sk", "args[3]", "sock(args.sk).state"])),
    at(
      "tcp_sendmsg", socket, tcp,
      more: Point(
        point: "", integers: ["args.size", "args[3]", "args.msg.msg_flags", "args.msg.msg_namelen"])
    ),
    at(
      "{tcp_v4_rcv, udp_rcv}", packet,
      more: Point(point: "", integers: ["args.skb.len", "args[1]"])),
  ]

  // MARK: Choices

  private mutating func below(_ limit: Int) -> Int { Int(random.next() % UInt64(limit)) }

  private mutating func chance(_ percent: Int) -> Bool { below(100) < percent }

  private mutating func pick<Element>(_ items: [Element]) -> Element { items[below(items.count)] }

  private mutating func read(_ items: [String]) -> String {
    let item = pick(items)
    used.insert(item)
    return item
  }

  // MARK: Texts

  /// A script of so many probes. What it prints and its tables have no time in them.
  mutating func text(probes count: Int) -> String {
    var text = "ncs 1\n"
    var left = Self.points
    for index in 0..<count {
      let point = left.remove(at: below(left.count))
      used.insert(point.point)
      text += "table t\(index)[a, b]: \(pick(["count", "stats", "max", "quantiles"])), max 512\n"
      text += "state s\(index)[k]\n"
      text += "probe p\(index) = \(point.point) {\n\(body(point, index))}\n"
      let values = fields.indices.map { "{e\($0)}" }.joined(separator: " ")
      text += "on p\(index) { print \"\(index) {func} \(values)\" }\n"
      text += "end { print t\(index) }\n"
    }
    return text
  }

  /// Kinds of the event's fields.
  private var fields: [Kind] = []

  private enum Kind: CaseIterable {
    case integer, boolean, text, address, mac, flow
  }

  private mutating func body(_ point: Point, _ index: Int) -> String {
    var lines: [String] = []
    if chance(25) { lines.append("where !(\(expression(.boolean, point, 1)))") }
    fields = (0..<(4 + below(5))).map { _ in pick(Kind.allCases.filter { has($0, point) }) }
    lines.append("s\(index)[tid] = (one = \(expression(.integer, point, 1)), two = pid)")
    if chance(60) { lines.append(sample(point, index)) }
    if chance(40) {
      lines.append("if \(expression(.boolean, point, 1)) { \(sample(point, index)) }")
    }
    if chance(30) { lines.append("if \(expression(.boolean, point, 1)) { return }") }
    if chance(20) { lines.append("where \(expression(.boolean, point, 1)) || cpu >= 0") }
    lines.append(emission(point))
    if chance(25) { lines.append("if has s\(index)[tid] { \(emission(point)) }") }
    if chance(50) { lines.append("delete s\(index)[tid]") }
    return lines.map { "    \($0)\n" }.joined()
  }

  private mutating func sample(_ point: Point, _ index: Int) -> String {
    let keys = "\(expression(.integer, point, 0)), \(expression(.flow, point, 0))"
    return "t\(index)[\(keys)] += \(expression(.integer, point, 1))"
  }

  private mutating func emission(_ point: Point) -> String {
    var values: [String] = []
    for (number, kind) in fields.enumerated() {
      values.append("e\(number) = \(expression(kind, point, 2))")
    }
    return "emit " + values.joined(separator: ", ")
  }

  private func has(_ kind: Kind, _ point: Point) -> Bool {
    switch kind {
    case .integer, .boolean, .flow: true
    case .text: !point.texts.isEmpty
    case .address: !point.addresses.isEmpty
    case .mac: !point.macs.isEmpty
    }
  }

  private mutating func expression(_ kind: Kind, _ point: Point, _ depth: Int) -> String {
    if kind != .boolean, depth > 0, chance(20) {
      return "(\(expression(kind, point, 0)) ?? \(expression(kind, point, depth - 1)))"
    }
    switch kind {
    case .integer:
      let leaf = read(point.integers)
      // Every event has these already.
      if ["pkt.len", "netns", "cgroup"].contains(leaf) { return "(\(leaf) + 0)" }
      if depth == 0 || chance(60) { return leaf }
      return "(\(leaf) \(pick(["+", "-", "&", "|", "^", ">>", "*", "%"])) \(1 + below(9)))"
    case .text: return read(point.texts)
    case .address: return read(point.addresses)
    case .mac: return read(point.macs)
    case .flow:
      let flows = point.flows
      return flows.isEmpty ? "pkt.flow" : read(flows)
    case .boolean:
      switch below(4) {
      case 0: return "has \(read(point.integers))"
      case 1 where has(.address, point):
        return "\(read(point.addresses)) in \"10.9.0.0/16\""
      case 2 where has(.text, point): return "\(read(point.texts)) == \"veth0\""
      default:
        return "\(read(point.integers)) \(pick(["==", "<", ">="])) \(below(40))"
      }
    }
  }

  /// All that there is to be read.
  static var everything: Set<String> {
    var all: Set<String> = []
    for point in points {
      all.insert(point.point)
      for reads in [point.integers, point.texts, point.addresses, point.macs, point.flows] {
        all.formUnion(reads)
      }
    }
    return all
  }
}
