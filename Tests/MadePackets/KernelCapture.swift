import Packets

/// `docs/examples/kernel.pcapng`: what netcap records at points where the kernel tells of more than
/// packets, as `netcap -w` writes it, put together by hand.
///
/// curl, process 812 of 10.9.0.1, connects to nginx, process 640, at 10.9.0.2 port 80 and reads 3000 bytes;
/// at port 81 it is refused; at port 9000 its SYN is dropped by a rule, sent once more after a second,
/// and dropped again; two buffers go out and in; a packet is too big for a link and another one has
/// gone too far; curl asks a name server, and says something over a UNIX socket.
package enum KernelCapture {
  private static let client: UInt32 = 0x0a09_0001
  private static let server: UInt32 = 0x0a09_0002
  private static let far: UInt32 = 0x0a09_0102

  /// What the scripts asked of the types of the kernel.
  private static let types = """
    netcap types 1
    enum skb_drop_reason 2:SKB_DROP_REASON_NOT_SPECIFIED 3:SKB_DROP_REASON_NO_SOCKET \
    8:SKB_DROP_REASON_NETFILTER_DROP
    enum tcp_ca_state 0:TCP_CA_Open 1:TCP_CA_Disorder 2:TCP_CA_CWR 3:TCP_CA_Recovery 4:TCP_CA_Loss
    tracepoint skb kfree_skb - 0 known skbaddr@8@*v location@16@*v protocol@24@i2ul \
    reason@28@e4:skb_drop_reason / skb@0@*s:sk_buff location@1@*v reason@2@e4:skb_drop_reason
    """

  private struct Record {
    let microseconds: UInt64
    let point: String
    var process = "curl-812"
    var skb: UInt64 = 0
    /// Without the Ethernet header; nil: no packet.
    var packet: Octets?
    var values: [(String, String)] = []
  }

  /// The file: pcapng with an interface for each point.
  package static func file() -> [UInt8] {
    var buffer = ByteBuffer()
    var writer = PcapngWriter()
    writer.appendSection(
      hardware: "x86_64", operatingSystem: "Linux 6.1", application: "netcap", comments: [types],
      to: &buffer)
    let records = all.sorted { $0.microseconds < $1.microseconds }
    var points: [String] = []
    for record in records where !points.contains(record.point) { points.append(record.point) }
    for point in points {
      _ = writer.appendInterface(name: point, description: "recorded \(point)", to: &buffer)
    }
    for record in records {
      let frame =
        record.packet.map { Header.ethernet(Header.macs[1], Header.macs[0], 0x0800) + $0 }
        ?? .zeros(14)
      frame.bytes.withUnsafeBytes { bytes in
        writer.append(
          PacketRecord(
            // 2026-01-05 10:00:00 UTC
            timeNanoseconds: (1_767_607_200_000_000 + record.microseconds) * 1000,
            originalLength: frame.count, bytes: bytes),
          interface: UInt32(points.firstIndex(of: record.point)!), to: &buffer
        ) { $0.append(comment(record)) }
      }
    }
    return buffer.withUnsafeBytes { Array($0) }
  }

  private static func comment(_ record: Record) -> String {
    let thread = record.process.split(separator: "-").last ?? "0"
    let place =
      record.packet == nil
      ? " (no link header: zero Ethernet addresses added)" : " dev=veth0"
    let values = record.values.map { " \($0.0)=\($0.1)" }.joined()
    return "point=\(record.point) cpu=1 process=\(record.process)\(place) "
      + "skb=0x\(String(record.skb, radix: 16)) tid=\(thread) ifindex=2 netns=4026531840\(values)"
  }

  private static var all: [Record] {
    connection + accepted + refusal + drops + buffers + router + others
  }

  // MARK: Packets

  private static func segment(
    _ from: (UInt32, UInt16), _ to: (UInt32, UInt16), _ flags: UInt8, _ payload: Octets = []
  ) -> Octets {
    Header.ipv4(6, from.0, to.0, Header.tcp(from.1, to.1, flags: flags, payload))
  }

  private static let syn: UInt8 = 0x02
  private static let rst: UInt8 = 0x04
  private static let ack: UInt8 = 0x10

  // MARK: Events

  private static func sockFlow(_ port: UInt16, from sport: UInt16 = 40002) -> (String, String) {
    ("sock.flow", "10.9.0.1,\(sport),10.9.0.2,\(port),6")
  }

  private static func change(
    _ time: UInt64, _ old: Int, _ new: Int, port: UInt16 = 80, acked: Int = 0, received: Int = 0,
    srtt: Int = 0
  ) -> Record {
    Record(
      microseconds: time, point: "sock:inet_sock_set_state",
      values: [
        ("args.protocol", "6"), ("args.oldstate", "\(old)"), ("args.newstate", "\(new)"),
        ("args.sport", "40002"), ("args.dport", "\(port)"),
        ("sock", "0xffff888003210\(port == 80 ? 0 : 1)00"), sockFlow(port),
        ("tcp_sock(sock).snd_cwnd", "10"), ("tcp_sock(sock).srtt_us", "\(srtt)"),
        ("tcp_sock(sock).bytes_acked", "\(acked)"),
        ("tcp_sock(sock).bytes_received", "\(received)"),
      ])
  }

  /// As the client sees it: 37 bytes go, 3000 come.
  private static var connection: [Record] {
    func window(_ time: UInt64, cwnd: Int, inFlight: Int, _ payload: Int) -> Record {
      Record(
        microseconds: time, point: "tcp_rcv_established", skb: 0xffff_8880_0123_4500,
        packet: segment((server, 80), (client, 40002), ack, .zeros(payload)),
        values: [
          sockFlow(80), ("tcp_sock(sock).snd_cwnd", "\(cwnd)"),
          ("tcp_sock(sock).snd_ssthresh", "2147483647"), ("tcp_sock(sock).srtt_us", "1632"),
          ("tcp_sock(sock).packets_out", "\(inFlight)"),
        ])
    }
    return [
      change(0, 7, 2), change(200, 2, 1, srtt: 1600),
      Record(
        microseconds: 300, point: "tcp_sendmsg", values: [("args.size", "37"), ("args[3]", "37")]),
      window(500, cwnd: 10, inFlight: 1, 0), window(41_000, cwnd: 11, inFlight: 0, 1000),
      Record(
        microseconds: 41_200, point: "tcp_recvmsg", values: [("args.len", "4096")]),
      change(42_000, 1, 4, acked: 38, received: 3000, srtt: 1632),
      change(42_300, 4, 5, acked: 39, received: 3000, srtt: 1632),
      change(42_400, 5, 7, acked: 39, received: 3001, srtt: 1632),
    ]
  }

  /// As the server sees it; a second connection finds the queue full.
  private static var accepted: [Record] {
    func asked(_ time: UInt64, waiting: Int) -> Record {
      Record(
        microseconds: time, point: "tcp_v4_syn_recv_sock", process: "ksoftirqd/1-22",
        skb: 0xffff_8880_0123_4600, packet: segment((client, 40002), (server, 80), ack),
        values: [
          ("sock.sk_max_ack_backlog", "8"), ("sock.sk_ack_backlog", "\(waiting)"),
          ("sock.flow", "10.9.0.2,80,0.0.0.0,0,6"),
        ])
    }
    return [
      asked(150, waiting: 0), asked(160, waiting: 3), asked(170, waiting: 9),
      Record(
        microseconds: 250, point: "return:inet_csk_accept", process: "nginx-640",
        values: [
          ("retval", "0xffff888003219900"), ("sock(retval).__sk_common.skc_num", "80"),
          ("sock(retval).flow", "10.9.0.2,80,10.9.0.1,40002,6"),
        ]),
    ]
  }

  private static var refusal: [Record] {
    [
      change(100_000, 7, 2, port: 81),
      Record(
        microseconds: 100_100, point: "tcp_v4_send_reset", process: "ksoftirqd/1-22",
        skb: 0xffff_8880_0123_4700, packet: segment((client, 40003), (server, 81), syn),
        values: [
          ("sock.flow", "10.9.0.2,81,10.9.0.1,40003,6"),
          ("stack", "tcp_v4_send_reset+0x5;tcp_v4_rcv+0x6a1;ip_local_deliver_finish+0x8d"),
        ]),
      Record(
        microseconds: 100_200, point: "tcp_v4_rcv", skb: 0xffff_8880_0123_4800,
        packet: segment((server, 81), (client, 40003), rst | ack)),
      change(100_300, 2, 7, port: 81),
    ]
  }

  /// A rule drops what is for port 9000; nobody listens at UDP port 7; one is let go for no reason.
  private static var drops: [Record] {
    let packet = segment((client, 40004), (server, 9000), syn)
    let datagram = Header.ipv4(17, client, server, Header.udp(40005, 7, [1, 2, 3]))
    func drop(_ time: UInt64, _ packet: Octets, _ reason: Int, _ stack: String) -> Record {
      Record(
        microseconds: time, point: "skb:kfree_skb", skb: 0xffff_8880_0123_4900, packet: packet,
        values: [("args.reason", "\(reason)"), ("skb.mark", "0"), ("stack", stack)])
    }
    let hook = "nf_hook_slow+0xa2;ip_local_deliver+0x9c"
    return [200_000, 1_200_000].flatMap { time in
      [
        Record(
          microseconds: time, point: "nf_hook_slow", skb: 0xffff_8880_0123_4900, packet: packet,
          values: [("args.state.hook", "1")]),
        drop(time + 10, packet, 8, hook),
        Record(
          microseconds: time + 20, point: "return:nf_hook_slow", skb: 0xffff_8880_0123_4900,
          packet: packet, values: [("retval", "-1")]),
      ]
    } + [
      drop(1_300_000, datagram, 3, "udp_rcv+0x2b0;ip_local_deliver_finish+0x8d"),
      drop(1_300_100, datagram, 2, "kfree_skb_list+0x1c"),
      Record(
        microseconds: 1_199_900, point: "tcp:tcp_retransmit_skb", process: "swapper/1-0",
        skb: 0xffff_8880_0123_4900,
        values: [
          ("inet_connection_sock(sock).icsk_ca_state", "4"), ("sock.state", "2"),
          sockFlow(9000, from: 40004), ("tcp_sock(sock).retrans_out", "1"),
        ]),
    ]
  }

  /// The same buffers from point to point.
  private static var buffers: [Record] {
    let echo = Header.ipv4(1, client, server, Header.icmp(8, 0, .zeros(56)))
    func at(_ time: UInt64, _ point: String, _ skb: UInt64) -> Record {
      Record(
        microseconds: time, point: point, process: "ping-900",
        skb: 0xffff_8880_0125_0000 + skb << 8, packet: echo)
    }
    return [
      at(2_000_000, "__dev_queue_xmit", 0), at(2_000_002, "net:net_dev_queue", 0),
      at(2_000_005, "dev_hard_start_xmit", 0), at(2_000_006, "net:net_dev_start_xmit", 0),
      at(2_000_040, "net:netif_receive_skb", 1), at(2_000_090, "skb:consume_skb", 1),
      at(2_100_000, "__dev_queue_xmit", 2), at(2_100_001, "net:net_dev_queue", 2),
      at(2_100_300, "dev_hard_start_xmit", 2), at(2_100_301, "net:net_dev_start_xmit", 2),
      at(2_100_400, "net:netif_receive_skb", 3), at(2_101_500, "skb:kfree_skb", 3),
    ]
  }

  private static var router: [Record] {
    let big = Header.ipv4(1, client, far, Header.icmp(8, 0, .zeros(1200)))
    let old = Header.ipv4(1, client, far, Header.icmp(8, 0, .zeros(56)), ttl: 1)
    // Unreachable, as fragmentation is needed: the next link takes 1000 bytes.
    let answer = Header.ipv4(
      1, server, client, [3, 4] + .u16(0, 0, 1000) + Octets(Array(big.bytes.prefix(28))))
    return [
      Record(
        microseconds: 3_000_000, point: "__icmp_send", skb: 0xffff_8880_0123_4a00, packet: big,
        values: [("args.type", "3"), ("args.code", "4"), ("args.info", "1000")]),
      Record(
        microseconds: 3_000_100, point: "ip_rcv", skb: 0xffff_8880_0123_4b00, packet: answer),
      Record(
        microseconds: 3_100_000, point: "ip_forward", skb: 0xffff_8880_0123_4c00, packet: old),
    ]
  }

  private static var others: [Record] {
    [
      Record(
        microseconds: 4_000_000, point: "ip4_datagram_connect",
        values: [("args.sk", "0xffff888003217700")]),
      Record(
        microseconds: 4_000_050, point: "return:ip4_datagram_connect",
        values: [
          ("retval", "0"), ("sock(connecting[tid]).flow", "10.9.0.1,40006,10.9.0.2,53,17"),
        ]),
      Record(
        microseconds: 4_000_100, point: "udp_sendmsg", values: [("args.len", "29")]),
      Record(
        microseconds: 4_100_000, point: "unix_stream_read_actor",
        values: [
          ("text(skb.data)", "said%20over%20it"), ("skb.data", "0xffff888003300000"),
          ("skb.len", "12"),
        ]),
      Record(
        microseconds: 4_200_000, point: "getaddrinfo",
        values: [("text(args[1])", "web.example"), ("args[1]", "140724603453440")]),
      Record(microseconds: 4_212_500, point: "return:getaddrinfo"),
      Record(
        microseconds: 6_000_000, point: "tcp_recvmsg", process: "nginx-640",
        values: [("args.len", "1024")]),
    ]
  }
}
