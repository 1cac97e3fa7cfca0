import CLibbpf
import Kernel
import Testing

/// What a kernel's types say, on types that are made here.
@Suite struct BTFTests {
  /// A kernel with an skb in all the ways that a parameter can be one.
  static func kernel() throws -> BTF {
    let types = MadeTypes()
    let int = types.integer("int")
    let skb = types.structure("sk_buff")
    let sock = types.structure("sock")
    let skbPointer = types.pointer(skb)
    let constSkb = types.pointer(types.const(skb))
    let alias = types.typedef("skb_ptr_t", types.const(types.volatile(skbPointer)))
    let voidPointer = types.pointer(0)
    let handler = types.pointer(types.prototype([("skb", skbPointer)], returns: int))
    types.function("icmp_rcv", [("skb", skbPointer)], returns: int)
    types.function("skb_peek", [("count", int), ("skb", constSkb)])
    types.function("by_typedef", [("sk", types.pointer(sock)), ("skb", alias)])
    types.function("tcp_collapse_two", [("to", skbPointer), ("n", int), ("from", skbPointer)])
    types.function("no_skb", [("sk", types.pointer(sock)), ("n", int)])
    types.function("pointer_to_pointer", [("skbs", types.pointer(skbPointer))])
    types.function("register_handler", [("handler", handler)])
    types.function("any", [("data", voidPointer)])
    types.function("printk_like", [("skb", skbPointer), ("", 0)])
    types.function("nothing", [])
    types.function("twice", [("skb", skbPointer)])
    types.function("marked_notrace", [("skb", skbPointer)])
    types.function("inlined", [("skb", skbPointer)])
    types.function("forbidden", [("skb", skbPointer)])
    types.function("late_skb", [("", int)] * 6 + [("skb", skbPointer)])
    types.function("skb_first", [("skb", skbPointer)] + [("", int)] * 6)
    let pair = types.structure("pair", size: 16)
    types.function("after_pair", [("pair", pair), ("skb", skbPointer)])
    let large = types.structure("large", size: 24)
    types.function("after_large", [("large", large), ("skb", skbPointer)])
    types.tracepoint("kfree_skb", [("skb", skbPointer), ("location", voidPointer)])
    types.tracepoint("net_dev_xmit", [("rc", int), ("skb", constSkb)])
    types.tracepoint("sched_switch", [("preempt", int)])
    _ = types.typedef("btf_trace_odd", int)
    let kernel = try types.done()

    let more = MadeTypes(base: types)
    more.function("nft_do_chain", [("priv", voidPointer), ("skb", skbPointer)])
    more.function("icmp_rcv", [("skb", skbPointer), ("n", int)])
    more.tracepoint("nft_trace", [("skb", skbPointer)])
    return BTF(kernel: kernel, modules: [try more.done(module: "nf_tables", base: kernel)])
  }

  @Test(arguments: [
    ("icmp_rcv", [1]), ("skb_peek", [2]), ("by_typedef", [2]), ("tcp_collapse_two", [1, 3]),
    ("no_skb", []), ("pointer_to_pointer", []), ("register_handler", []), ("any", []),
    ("printk_like", [1]), ("nothing", []), ("nft_do_chain", [2]),
  ])
  func skbArguments(name: String, expected: [Int]) throws {
    let btf = try Self.kernel()
    let function = try #require(btf.function(named: name))
    #expect(function.skbArguments == expected)
    #expect((btf.skbFunction(named: name) != nil) == !expected.isEmpty)
  }

  @Test(arguments: [
    ("icmp_rcv", "icmp_rcv(struct sk_buff *skb)"),
    ("skb_peek", "skb_peek(int count, const struct sk_buff *skb)"),
    ("by_typedef", "by_typedef(struct sock *sk, skb_ptr_t skb)"),
    ("pointer_to_pointer", "pointer_to_pointer(struct sk_buff **skbs)"),
    ("register_handler", "register_handler(int (*handler)(struct sk_buff *skb))"),
    ("printk_like", "printk_like(struct sk_buff *skb, ...)"),
    ("nothing", "nothing(void)"),
  ])
  func prototypes(name: String, expected: String) throws {
    #expect(try #require(try Self.kernel().function(named: name)).prototype == expected)
  }

  @Test func theKernelsFunctionGoesBeforeAModules() throws {
    let btf = try Self.kernel()
    #expect(try #require(btf.function(named: "icmp_rcv")).module == nil)
    #expect(try #require(btf.function(named: "nft_do_chain")).module == "nf_tables")
    #expect(btf.function(named: "absent") == nil)
    #expect(btf.function(named: "sk_buff") == nil)
  }

  @Test func allSkbFunctionsAreSortedAndNameTheirModule() throws {
    let all = try Self.kernel().allSkbFunctions().map { "\($0.module ?? "") \($0.name)" }
    #expect(
      all == [
        " after_large", " after_pair", " by_typedef", " forbidden", " icmp_rcv",
        "nf_tables icmp_rcv", " inlined", " late_skb", " marked_notrace",
        "nf_tables nft_do_chain", " printk_like", " skb_first", " skb_peek", " tcp_collapse_two",
        " twice",
      ])
  }

  @Test func tracepoints() throws {
    let btf = try Self.kernel()
    let xmit = try #require(btf.tracepoint(named: "net_dev_xmit"))
    #expect(xmit.skbArguments == [2])
    #expect(xmit.prototype == "net_dev_xmit(int rc, const struct sk_buff *skb)")
    #expect(try #require(btf.tracepoint(named: "nft_trace")).module == "nf_tables")
    #expect(btf.tracepoint(named: "odd") == nil)
    #expect(
      btf.allTracepoints().map(\.name) == [
        "kfree_skb", "net_dev_xmit", "nft_trace", "sched_switch",
      ])
  }

  @Test func shapesOfParameters() throws {
    let btf = try Self.kernel()
    let chain = try #require(btf.function(named: "nft_do_chain"))
    #expect(chain.parameters.map(\.shape) == [.untypedPointer, .skb])
    let none = try #require(btf.function(named: "no_skb"))
    #expect(none.parameters.map(\.shape) == [.other, .other])
    #expect(none.parameters.map(\.size) == [8, 4])
  }

  @Test func enumerators() throws {
    let made = MadeTypes()
    _ = made.enumeration("reason", [("NOT_YET", 0), ("NOT_SPECIFIED", 2), ("HIGH", 0xffff_fff0)])
    _ = made.enumeration("signed", [("NEGATIVE", -1)])
    _ = made.enumeration64("wide", [("BIG", 1 << 40)])
    let types = try made.done()
    let reasons = try #require(types.enumerators(ofEnum: "reason"))
    #expect(reasons.map(\.name) == ["NOT_YET", "NOT_SPECIFIED", "HIGH"])
    #expect(reasons.map(\.value) == [0, 2, 0xffff_fff0])
    #expect(types.enumerators(ofEnum: "signed")?.map(\.value) == [-1])
    #expect(types.enumerators(ofEnum: "wide")?.map(\.value) == [1 << 40])
    #expect(types.enumerators(ofEnum: "absent") == nil)
  }

  @Test func fields() throws {
    let made = MadeTypes()
    made.linkInfo(made.integer("u64", size: 8))
    let number = made.integer("u32")
    _ = made.structure("bits")
    made.field("low", number, bit: 0, bits: 3)
    made.field("high", number, bit: 3, bits: 5)
    let types = try made.done()
    let missed = try #require(types.field(of: "bpf_link_info", path: "perf_event.kprobe.missed"))
    #expect(missed.bitOffset == 128 + 64 + 128)
    #expect(missed.bitFieldSize == nil)
    #expect(types.name(missed.type) == "u64")
    let high = try #require(types.field(of: "bits", path: "high"))
    #expect(high.bitOffset == 3)
    #expect(high.bitFieldSize == 5)
    for path in ["perf_event.kprobe.absent", "perf_event..kprobe", "", "type.x", "kprobe"] {
      #expect(types.field(of: "bpf_link_info", path: path) == nil, "\(path)")
    }
    #expect(types.field(of: "absent", path: "x") == nil)
  }
}
