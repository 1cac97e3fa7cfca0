import Kernel
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
}
