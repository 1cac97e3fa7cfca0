import Kernel
import Language
import Lowering
import Syntax
import Testing

/// Points that a kernel has.
@Suite struct ResolveTests {
  @Test func theFirstSkbIsTaken() throws {
    let point = try MadeKernel().resolve(.function, "skb_peek")
    #expect(point.skbArgument == 2)
    #expect(point.mechanisms == [.fentry, .kprobe])
    #expect(point.notes.isEmpty)
    #expect(point.btfID != nil)
  }

  @Test func aSecondSkbIsSaid() throws {
    let kernel = try MadeKernel()
    let first = try kernel.resolve(.function, "tcp_collapse_two")
    #expect(first.skbArgument == 1)
    #expect(first.notes.map(\.severity) == [.note])
    #expect(
      first.notes.map(\.message) == [
        "'tcp_collapse_two' takes 2 skbs: argument 1 is traced, tcp_collapse_two@3 would be the "
          + "other"
      ])
    let third = try kernel.resolve(.function, "tcp_collapse_two", 3)
    #expect(third.skbArgument == 3)
    #expect(third.notes.isEmpty)
  }

  @Test func aPrefixDecidesTheMechanism() throws {
    let kernel = try MadeKernel()
    #expect(try kernel.resolve(.kprobe, "icmp_rcv").mechanisms == [.kprobe])
    #expect(try kernel.resolve(.fentry, "icmp_rcv").mechanisms == [.fentry])
  }

  @Test func anUntypedPointerMayBeAnSkb() throws {
    #expect(try MadeKernel().resolve(.function, "any", 1).skbArgument == 1)
  }

  @Test func aModulesFunctionNamesItsModule() throws {
    #expect(try MadeKernel().resolve(.function, "nft_do_chain").module == "nf_tables")
  }

  @Test func aStructureByValueTakesTwoSlots() throws {
    let point = try MadeKernel().resolve(.function, "after_pair")
    #expect(point.skbArgument == 2)
    #expect(point.skbSlot == 3)
  }

  @Test func aKprobeSeesOnlyRegisters() throws {
    let kernel = try MadeKernel()
    #expect(try kernel.resolve(.function, "late_skb").mechanisms == [.fentry])
    #expect(try kernel.resolve(.function, "late_skb").skbSlot == 7)
    let extra = try kernel.resolve(.function, "skb_first", 1, extra: 7)
    #expect(extra.mechanisms == [.fentry])
    #expect(extra.extraSlot == 7)
  }

  @Test func whatBTFDoesNotDescribeNeedsTheArgument() throws {
    let kernel = try MadeKernel()
    let point = try kernel.resolve(.function, "odd_rcv", 2)
    #expect(point.mechanisms == [.kprobe])
    #expect(point.module == "without_btf")
    #expect(point.skbArgument == 2)
    #expect(point.btfID == nil)
    #expect(try kernel.resolve(.function, "in_assembler", 1).mechanisms == [.kprobe])
    #expect(try MadeKernel(btf: false).resolve(.function, "icmp_rcv", 1).mechanisms == [.kprobe])
  }

  @Test func tracepoints() throws {
    let kernel = try MadeKernel()
    let point = try kernel.resolve(.tracepoint(category: "net"), "net_dev_xmit")
    #expect(point.skbArgument == 2)
    #expect(point.mechanisms == [.tracepoint])
    #expect(point.displayName == "net:net_dev_xmit")
    #expect(try kernel.resolve(.perhapsTracepoint(category: "skb"), "kfree_skb").skbArgument == 1)
    #expect(try kernel.resolve(.tracepoint(category: "skb"), "kfree_skb", 2).skbArgument == 2)
  }

  @Test func withoutTracefsTheCategoryIsBelieved() throws {
    let kernel = try MadeKernel(tracefs: false)
    #expect(try kernel.resolve(.tracepoint(category: "x"), "kfree_skb").category == "x")
    #expect(throws: Diagnostic.self) { try kernel.resolve(.tracepoint(category: "x"), "absent") }
  }

  @Test func severalFunctionsOfOneNameAreWarnedOf() throws {
    let kernel = try MadeKernel()
    let points = [
      try kernel.resolve(.function, "twice", 1), try kernel.resolve(.function, "icmp_rcv"),
    ]
    #expect(
      try kernel.facts.ambiguities(among: points).map(\.message) == [
        "this kernel has 2 functions 'twice': which of them is traced is its choice"
      ])
  }

  /// A point that cannot be traced, and what is said of it.
  struct Refusal: Sendable, CustomTestStringConvertible {
    let kind: Point.Kind
    let name: String
    var argument: Int? = nil
    var extra: Int? = nil
    var types = true
    let message: String
    let hints: [String]

    var testDescription: String { name + (argument.map { "@\($0)" } ?? "") }
  }

  static let refusals = [
    Refusal(
      kind: .function, name: "icmp_rvc",
      message: "no function 'icmp_rvc' in this kernel or its loaded modules",
      hints: ["did you mean icmp_rcv?"]),
    Refusal(
      kind: .function, name: "quite_another_name",
      message: "no function 'quite_another_name' in this kernel or its loaded modules",
      hints: ["netcap list functions shows those that take an skb"]),
    Refusal(
      kind: .function, name: "net_dev_xmit",
      message: "no function 'net_dev_xmit' in this kernel or its loaded modules",
      hints: ["there is a tracepoint of this name: net:net_dev_xmit"]),
    Refusal(
      kind: .function, name: "only_parts",
      message: "'only_parts' cannot be traced: the compiler made only_parts.isra.0 of it",
      hints: ["its arguments may be others there; trace a function that calls it"]),
    Refusal(
      kind: .function, name: "no_skb", message: "function 'no_skb' takes no skb",
      hints: ["no_skb(struct sock *sk, int n)"]),
    Refusal(
      kind: .function, name: "any", message: "function 'any' takes no skb",
      hints: ["any(void *data)", "if argument 1 is an skb all the same, say so: any@1"]),
    Refusal(
      kind: .function, name: "skb_peek", argument: 1,
      message: "argument 1 of 'skb_peek' is no skb: int count",
      hints: ["skb_peek(int count, const struct sk_buff *skb)", "argument 2 is the skb"]),
    Refusal(
      kind: .function, name: "tcp_collapse_two", argument: 2,
      message: "argument 2 of 'tcp_collapse_two' is no skb: int n",
      hints: [
        "tcp_collapse_two(struct sk_buff *to, int n, struct sk_buff *from)",
        "arguments 1 and 3 are skbs",
      ]),
    Refusal(
      kind: .function, name: "icmp_rcv", argument: 2,
      message: "function 'icmp_rcv' has no argument 2: it takes 1",
      hints: ["icmp_rcv(struct sk_buff *skb)", "argument 1 is the skb"]),
    Refusal(
      kind: .function, name: "nothing", argument: 1,
      message: "function 'nothing' has no argument 1: it takes none", hints: ["nothing(void)"]),
    Refusal(
      kind: .function, name: "icmp_rcv", argument: 1, extra: 2,
      message: "function 'icmp_rcv' has no argument 2: it takes 1",
      hints: ["icmp_rcv(struct sk_buff *skb)"]),
    Refusal(
      kind: .function, name: "odd_rcv",
      message: "this kernel has no BTF for its module without_btf, so the skb of 'odd_rcv' is "
        + "not known",
      hints: ["say which argument it is, counted from 1: odd_rcv@N"]),
    Refusal(
      kind: .kprobe, name: "late_skb",
      message: "a kprobe cannot see argument 7 of 'late_skb': only the first 6 are in registers",
      hints: [
        "late_skb(int, int, int, int, int, int, struct sk_buff *skb)",
        "fentry:late_skb can, where the kernel has it",
      ]),
    Refusal(
      kind: .fentry, name: "odd_rcv", argument: 1,
      message: "fentry cannot be used for 'odd_rcv': this kernel has no BTF for its module "
        + "without_btf",
      hints: ["kprobe:odd_rcv@N can, N being the argument that is the skb"]),
    Refusal(
      kind: .function, name: "icmp_rcv", types: false,
      message: "this kernel has no BTF, so the skb of 'icmp_rcv' is not known",
      hints: ["say which argument it is, counted from 1: icmp_rcv@N"]),
    Refusal(
      kind: .tracepoint(category: "net"), name: "net_dev_xmti",
      message: "no tracepoint 'net:net_dev_xmti' in this kernel or its loaded modules",
      hints: ["did you mean net:net_dev_xmit?"]),
    Refusal(
      kind: .perhapsTracepoint(category: "net"), name: "kfree_skb",
      message: "no tracepoint 'net:kfree_skb' in this kernel or its loaded modules",
      hints: ["did you mean skb:kfree_skb?"]),
    Refusal(
      kind: .tracepoint(category: "sched"), name: "sched_switch",
      message: "tracepoint 'sched_switch' takes no skb", hints: ["sched_switch(int preempt)"]),
    Refusal(
      kind: .tracepoint(category: "syscalls"), name: "sys_enter",
      message: "tracepoint 'syscalls:sys_enter' has no skb that BTF describes", hints: []),
    Refusal(
      kind: .tracepoint(category: ".."), name: "..",
      message: "no tracepoint '..:..' in this kernel or its loaded modules",
      hints: ["netcap list tracepoints shows those that take an skb"]),
    Refusal(
      kind: .tracepoint(category: "skb"), name: "kfree_skb", types: false,
      message: "tracepoint 'skb:kfree_skb' cannot be used: this kernel has no BTF", hints: []),
  ]

  @Test(arguments: refusals) func refuses(_ refusal: Refusal) throws {
    let kernel = try MadeKernel(btf: refusal.types)
    let point = kernel.point(
      refusal.kind, refusal.name, refusal.argument, extra: refusal.extra)
    let error = #expect(throws: Diagnostic.self) { try kernel.facts.resolve(point) }
    #expect(error?.message == refusal.message)
    #expect(error?.hints == refusal.hints)
    #expect(error?.place == point.place)
    #expect(error?.severity == .error)
  }
}
