import SystemPackage
import Testing

@testable import Kernel

/// What the kernel's texts say of the user, of lockdown and of memory.
@Suite struct SettingsTests {
  @Test func capabilities() {
    let status = "Name:\tx\nCapPrm:\t0000000000000000\nCapEff:\t000000c000201000\nCapBnd:\t0\n"
    let privileges = Privileges(
      user: 1000, effective: Privileges.capabilities(inStatus: status) ?? 0,
      isInInitialUserNamespace: true)
    #expect(privileges.has(.bpf))
    #expect(privileges.has(.perfmon))
    #expect(privileges.has(.sysAdmin))
    #expect(privileges.has(.netAdmin))
    #expect(Privileges.capabilities(inStatus: "Name:\tx\n") == nil)
  }

  @Test(
    arguments: [
      (0x0, [.bpf, .perfmon]), (1 << 39, [.perfmon]), (1 << 38, [.bpf]),
      (1 << 38 | 1 << 39, []), (1 << 21, []), (1 << 12, [.bpf, .perfmon]),
    ] as [(UInt64, [Privileges.Capability])])
  func missingCapabilities(effective: UInt64, missing: [Privileges.Capability]) {
    let privileges = Privileges(user: 0, effective: effective, isInInitialUserNamespace: true)
    #expect(privileges.missing == missing)
  }

  @Test(arguments: [
    ("         0          0 4294967295", true), ("0 1000 1", false), ("", false),
    ("0 100000 65536", false),
  ])
  func userNamespaces(map: String, isInitial: Bool) {
    #expect(Privileges.isWholeRange(map) == isInitial)
  }

  @Test(arguments: [
    ("none [integrity] confidentiality", "integrity"), ("[none] integrity confidentiality", "none"),
    ("none", nil), ("", nil),
  ])
  func lockdown(line: String, mode: String?) {
    #expect(Features.selected(line) == mode)
  }

  @Test func settingsAreReadBelowTheRoot() throws {
    let folder = try TemporaryFolder()
    try folder.write("proc/sys/kernel/kptr_restrict", "2\n")
    let root = Privileges(user: 0, effective: .max, isInInitialUserNamespace: true)
    let features = Features(types: nil, privileges: root, root: folder.path)
    #expect(features.setting("kptr_restrict") == 2)
    #expect(features.setting("absent") == nil)
    #expect(features.lockdown == nil)
    #expect(features.kprobe.reason == "this kernel has no kprobes (CONFIG_KPROBE_EVENTS)")
    #expect(features.fentry.reason == "fentry needs BTF, which this kernel lacks")
  }

  @Test func withoutPrivilegesNothingIsTried() throws {
    let nobody = Privileges(user: 65534, effective: 0, isInInitialUserNamespace: true)
    let features = Features(types: try BTFTests.kernel().kernel, privileges: nobody)
    #expect(features.ringBuffer == .unknown(reason: "only root can ask the kernel"))
    #expect(features.kernelReads == .unknown(reason: "only root can ask the kernel"))
  }

  @Test func featuresThatTypesTell() throws {
    let root = Privileges(user: 0, effective: .max, isInInitialUserNamespace: true)
    let without = Features(types: try BTFTests.kernel().kernel, privileges: root)
    #expect(without.kprobeMulti.isRuledOut)
    #expect(without.perfLink.isRuledOut)
    #expect(without.programMisses.isRuledOut)
    #expect(without.kprobeMisses.isRuledOut)
    let types = MadeTypes()
    let number = types.integer("u64", size: 8)
    _ = types.structure("bpf_kprobe_multi_link")
    _ = types.structure("bpf_prog_info", size: 16)
    types.field("recursion_misses", number, bit: 64)
    types.linkInfo(number)
    _ = types.enumeration("bpf_link_type", [("BPF_LINK_TYPE_PERF_EVENT", 7)])
    let with = Features(types: try types.done(), privileges: root)
    #expect(with.kprobeMulti == .available)
    #expect(with.perfLink == .available)
    #expect(with.programMisses == .available)
    #expect(with.kprobeMisses == .available)
  }

  // MARK: Where memory is

  private typealias Segment = Tracer.PageAddresses.Segment

  /// The program headers of a guest's /proc/kcore.
  private static let kcore = [
    Segment(virtual: 0xffff_ffff_8100_0000, physical: 0x100_0000, size: 0x302_c000),
    Segment(virtual: 0xffff_c900_0000_0000, physical: nil, size: 0x1fff_ffff_ffff),
    Segment(virtual: 0xffff_ffff_c000_0000, physical: nil, size: 0x3f00_0000),
    Segment(virtual: 0xffff_8880_0000_1000, physical: 0x1000, size: 0x9e000),
    Segment(virtual: 0xffff_ea00_0000_0000, physical: nil, size: 0x3000),
    Segment(virtual: 0xffff_8880_0010_0000, physical: 0x10_0000, size: 0x7fee_0000),
    Segment(virtual: 0xffff_ea00_0000_4000, physical: nil, size: 0x1ff_c000),
  ]

  @Test func memoryAndItsPages() throws {
    #expect(
      Tracer.PageAddresses(Self.kcore, pageSize: 64)
        == Tracer.PageAddresses(
          pageOffset: 0xffff_8880_0000_0000, vmemmap: 0xffff_ea00_0000_0000))
  }

  @Test func memoryThatWasPutElsewhere() throws {
    let moved = Self.kcore.map { segment in
      let shift: UInt64 =
        segment.virtual >= 0xffff_ffff_8000_0000
        ? 0 : segment.physical == nil ? 0x1_4000_0000 : 0x3_c000_0000
      return Segment(
        virtual: segment.virtual + shift, physical: segment.physical, size: segment.size)
    }
    #expect(
      Tracer.PageAddresses(moved, pageSize: 64)
        == Tracer.PageAddresses(
          pageOffset: 0xffff_8883_c000_0000, vmemmap: 0xffff_ea01_4000_0000))
  }

  @Test func whatDoesNotFitIsNotBelieved() {
    #expect(Tracer.PageAddresses([], pageSize: 64) == nil)
    #expect(Tracer.PageAddresses(Self.kcore, pageSize: 56) == nil)
    for index in 3...6 {
      var segments = Self.kcore
      segments[index] = Segment(
        virtual: segments[index].virtual + 0x10_0000, physical: segments[index].physical,
        size: segments[index].size)
      #expect(Tracer.PageAddresses(segments, pageSize: 64) == nil, "segment \(index)")
    }
  }

  // MARK: Patterns

  @Test(arguments: [
    ("icmp_*", "icmp_rcv", true), ("icmp_*", "xicmp_rcv", false), ("*rcv", "icmp_rcv", true),
    ("tcp_v[46]_rcv", "tcp_v6_rcv", true), ("tcp_v?_rcv", "tcp_v4_rcv", true),
    ("tcp_v?_rcv", "tcp_v_rcv", false), ("icmp_rcv", "icmp_rcv", true), ("icmp", "icmp_rcv", false),
    ("skb:*", "skb:kfree_skb", true), ("", "x", false),
  ])
  func globs(pattern: String, name: String, matches: Bool) {
    #expect(Glob(pattern).matches(name) == matches)
  }
}
