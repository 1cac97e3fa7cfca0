import Kernel
import SystemPackage
import Testing

/// Types of the kernel that the tests run on, as C.
@Suite(.enabled(if: hostBTF, "this kernel has no BTF")) struct KernelTypeTextTests {
  private func types(_ names: Set<String>) throws -> KernelTypeText {
    try KernelTypeText(of: try BTF().kernel, naming: names)
  }

  @Test func whatIsNamedIsDeclared() throws {
    let types = try types(["sk_buff", "mark"])
    #expect(types.c.contains("struct sk_buff {"))
    #expect(types.c.contains("mark;"))
    #expect(types.c.contains("struct net_device;"))
    #expect(!types.c.contains("struct net_device {"))
    #expect(types.bitFields.isSuperset(of: ["pkt_type", "cloned"]))
  }

  @Test func membersThatAreNamedAreFollowed() throws {
    let types = try types(["sk_buff", "dev", "ifindex", "sk", "u64", "IPPROTO_TCP"])
    #expect(types.c.contains("struct net_device {"))
    #expect(types.c.contains("struct sock {"))
    #expect(types.c.contains("IPPROTO_TCP = 6"))
    #expect(types.bitFields.contains("skc_reuse"))
  }

  @Test func nothingIsNamed() throws {
    #expect(try types(["no_such_name_at_all", "another"]) == .none)
  }

  @Test(.enabled(if: Clang.find() != nil, "there is no clang")) func theyCompile() throws {
    let names: Set = [
      "sk_buff", "tcp_sock", "task_struct", "net_device", "net", "page", "bpf_map", "iphdr",
      "pt_regs",
    ]
    let use = "struct all { struct task_struct a; struct tcp_sock b; struct net c; } all;\n"
    let clang = try #require(Clang.find())
    #expect(try !clang.object(for: try types(names).c + use).isEmpty)
  }

  @Test func kernelsAreToldApart() throws {
    let types = try BTF().kernel
    #expect(types.fingerprint == (try BTF().kernel.fingerprint))
    #expect(types.fingerprint != (try MadeTypes().done().fingerprint))
  }
}
