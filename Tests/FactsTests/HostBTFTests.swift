import Kernel
import Language
import SystemPackage
import Testing

/// The type information of the kernel that the tests run on, if it has any.
let hostBTF: Bool = {
  if (try? FileDescriptor.open("/sys/kernel/btf/vmlinux", .readOnly).close()) != nil { return true }
  print("SKIPPED: this kernel has no /sys/kernel/btf/vmlinux; its own types are not tested")
  return false
}()

@Suite(.enabled(if: hostBTF, "this kernel has no BTF")) struct HostBTFTests {
  @Test(arguments: [
    ("icmp_rcv", 1), ("ip_local_deliver_finish", 3), ("ip_rcv", 1), ("tcp_v4_rcv", 1),
    ("__dev_queue_xmit", 1),
  ])
  func wellKnownFunctions(name: String, argument: Int) throws {
    #expect(try #require(BTF().skbFunction(named: name)).skbArguments.first == argument)
  }

  @Test func wellKnownTracepoints() throws {
    let btf = try BTF()
    #expect(try #require(btf.tracepoint(named: "netif_receive_skb")).skbArguments == [1])
    #expect(try #require(btf.tracepoint(named: "kfree_skb")).skbArguments == [1])
    #expect(btf.allTracepoints().count { !$0.skbArguments.isEmpty } >= 20)
  }

  @Test func aKernelHasOverAThousandSkbFunctions() throws {
    #expect(try BTF().allSkbFunctions().count > 1000)
  }

  @Test func scriptsCanNameWhatIsThere() throws {
    let types = BTFKernelTypes(btf: try BTF(), tracefs: Tracefs(places: []))
    #expect(
      types.member("mark", of: "sk_buff")
        == KernelMember(
          path: "mark", type: .integer(bytes: 4, isSigned: false, isBigEndian: false)))
    #expect(types.member("dev", of: "sk_buff")?.type == .pointer(.structure("net_device")))
    #expect(types.member("name", of: "net_device")?.type == .characters(16))
    #expect(types.member("pkt_type", of: "sk_buff")?.type == .bitField(isSigned: false))
    #expect(
      types.member("skc_dport", of: "sock_common")?.type
        == .integer(bytes: 2, isSigned: false, isBigEndian: true))
    #expect(types.member("sk_family", of: "sock")?.path == "__sk_common.skc_family")
    #expect(types.member("bytes_acked", of: "tcp_sock") != nil)
    #expect(types.hasStructure("tcp_sock") && types.hasStructure("iphdr"))
    let rcv = try #require(types.functions(matching: "icmp_rcv").first)
    #expect(rcv.arguments.first?.type == .pointer(.structure("sk_buff")))
    #expect(rcv.returned == .integer(bytes: 4, isSigned: true, isBigEndian: false))
    #expect(types.functions(matching: "tcp_*").count > 100)
    #expect(types.enumerators(named: "TCP_SYN_SENT").map(\.value) == [2])
    #expect(types.enumerators(named: "IPPROTO_TCP").map(\.value) == [6])
    let change = types.tracepoints(category: "sock", matching: "inet_sock_set_state")
    #expect(
      change.first?.arguments.first { $0.name == "newstate" }?.type
        == .integer(bytes: 4, isSigned: true, isBigEndian: false))
  }
}
