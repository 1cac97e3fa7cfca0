import Kernel
import Language
import SystemPackage
import Testing

extension InGuest {
  /// What scripts can name in a real kernel, as root.
  @Suite struct TypesKernelTests {
    private func types() throws -> any KernelTypes {
      let types = KernelFacts().scriptTypes
      try #require(types.isKnown)
      return types
    }

    private static let int = KernelType.integer(bytes: 4, isSigned: true, isBigEndian: false)
    private static let u16 = KernelType.integer(bytes: 2, isSigned: false, isBigEndian: false)

    @Test func members() throws {
      let types = try types()
      #expect(
        types.member("mark", of: "sk_buff")
          == KernelMember(
            path: "mark", type: .integer(bytes: 4, isSigned: false, isBigEndian: false)))
      #expect(types.member("__sk_common", of: "sock")?.type == .structure("sock_common"))
      #expect(
        types.member("skc_dport", of: "sock_common")?.type
          == .integer(bytes: 2, isSigned: false, isBigEndian: true))
      #expect(types.member("skc_num", of: "sock_common")?.type == Self.u16)
      #expect(types.member("sk_dport", of: "sock")?.path == "__sk_common.skc_dport")
      #expect(types.member("protocol", of: "sk_buff")?.type.isBigEndian == true)
      #expect(types.member("pkt_type", of: "sk_buff")?.type == .bitField(isSigned: false))
      #expect(types.member("sk", of: "sk_buff")?.type == .pointer(.structure("sock")))
      #expect(types.member("name", of: "net_device")?.type == .characters(16))
      let holder = try #require(types.member("nd_net", of: "net_device"))
      guard case .structure(let name) = holder.type else {
        Issue.record("\(holder)")
        return
      }
      #expect(types.member("net", of: name)?.type == .pointer(.structure("net")))
      #expect(types.memberNames(of: "iphdr").contains("daddr"))
    }

    @Test func enumerations() throws {
      let types = try types()
      let facts = KernelFacts()
      if let reasons = facts.dropReasons {
        let enumeration = try #require(types.enumeration("skb_drop_reason"))
        #expect(enumeration.cases.count == reasons.count)
        #expect(enumeration.commonPrefix == "SKB_DROP_REASON_")
        #expect(enumeration.cases.contains { $0.name == "SKB_DROP_REASON_NO_SOCKET" })
      } else {
        #expect(types.enumeration("skb_drop_reason") == nil)
      }
      #expect(types.enumerators(named: "TCP_SYN_SENT").map(\.value) == [2])
      #expect(types.enumerators(named: "IPPROTO_UDP").map(\.value) == [17])
    }

    @Test func functions() throws {
      let types = try types()
      let rcv = try #require(types.functions(matching: "tcp_v4_rcv").first)
      #expect(rcv.arguments.map(\.type) == [.pointer(.structure("sk_buff"))])
      #expect(rcv.returned == Self.int)
      let deliver = try #require(types.functions(matching: "ip_local_deliver_finish").first)
      #expect(deliver.arguments.map(\.place) == [0, 1, 2])
      let tcp = types.functions(matching: "tcp_*")
      #expect(tcp.count > 100 && tcp.allSatisfy { $0.name.hasPrefix("tcp_") })
      #expect(Set(tcp.map(\.name)).count == tcp.count)
    }

    @Test func tracepointRecords() throws {
      let types = try types()
      let drop = try #require(types.tracepoints(category: "skb", matching: "kfree_skb").first)
      let address = try #require(drop.arguments.first { $0.name == "skbaddr" })
      #expect(address == .init(name: "skbaddr", type: .pointer(.void), place: 8))
      #expect(drop.typedArguments.first?.type == .pointer(.structure("sk_buff")))
      #expect(
        drop.arguments.first { $0.name == "reason" }?.type
          == types.enumeration("skb_drop_reason").map { .enumeration(name: $0.name, bytes: 4) })

      let change = try #require(
        types.tracepoints(category: "sock", matching: "inet_sock_set_state").first)
      let fields = Dictionary(uniqueKeysWithValues: change.arguments.map { ($0.name, $0.type) })
      #expect(fields["oldstate"] == Self.int && fields["newstate"] == Self.int)
      #expect(fields["sport"] == Self.u16)
      let byte = KernelType.integer(bytes: 1, isSigned: false, isBigEndian: false)
      #expect(fields["saddr"] == .array(byte, count: 4))
      #expect(fields["daddr_v6"] == .array(byte, count: 16))
      #expect(change.typedArguments.first?.type == .pointer(.structure("sock")))

      // Its record has no structure of its own in BTF.
      let receive = try #require(
        types.tracepoints(category: "net", matching: "netif_receive_skb").first)
      #expect(receive.isRecordKnown)
      #expect(receive.arguments.prefix(3).map(\.name) == ["skbaddr", "len", "name"])
      #expect(receive.arguments[2].type == .locatedText)

      let call = try #require(
        types.tracepoints(category: "syscalls", matching: "sys_enter_openat").first)
      #expect(call.arguments.contains { $0.name == "flags" } && call.typedArguments.isEmpty)
      #expect(types.tracepoints(category: "skb", matching: "*").count >= 3)
      #expect(types.tracepoints(category: "skb", matching: "absent").isEmpty)
      #expect(types.tracepointNames().contains("net:net_dev_xmit"))
    }

    /// What a script asks for at its start takes a small part of the time that it may.
    @Test func looksUpQuickly() throws {
      let clock = ContinuousClock()
      let facts = KernelFacts()
      let read = try clock.measure { try #require(facts.scriptTypes.isKnown) }
      let types = facts.scriptTypes
      let asked = clock.measure {
        for name in ["icmp_rcv", "tcp_v4_rcv", "ip_local_deliver", "no_such_function"] {
          _ = types.functions(matching: name)
        }
        for (name, structure) in [
          ("mark", "sk_buff"), ("len", "sk_buff"), ("sk_family", "sock"), ("ifindex", "net_device"),
          ("bytes_acked", "tcp_sock"), ("skc_dport", "sock_common"), ("absent", "sock"),
        ] { _ = types.member(name, of: structure) }
        for name in ["TCP_CLOSE", "IPPROTO_TCP", "NO_SUCH"] { _ = types.enumerators(named: name) }
        _ = types.enumeration("skb_drop_reason")
        _ = types.tracepoints(category: "skb", matching: "kfree_skb")
      }
      let glob = clock.measure { _ = types.functions(matching: "tcp_*") }
      let all = clock.measure { _ = types.tracepoints(category: "net", matching: "*") }
      print("types: read \(read), asked \(asked), tcp_* \(glob), net:* \(all)")
      #expect(asked < .seconds(10), "a debug build in an emulated machine")
    }
  }
}

extension KernelType {
  fileprivate var isBigEndian: Bool {
    if case .integer(_, _, let isBigEndian) = self { isBigEndian } else { false }
  }
}
