import Kernel
import Language
import SystemPackage
import Testing

/// What scripts can name, in types and a tracefs that are made here.
@Suite struct KernelTypesTests {
  private static let u32 = KernelType.integer(bytes: 4, isSigned: false, isBigEndian: false)
  private static let int = KernelType.integer(bytes: 4, isSigned: true, isBigEndian: false)

  static func btf() throws -> BTF {
    let made = MadeTypes()
    let int = made.integer("int")
    let u32 = made.typedef("u32", made.typedef("__u32", made.integer("unsigned int", encoding: 0)))
    let u16 = made.integer("unsigned short", size: 2, encoding: 0)
    let u8 = made.typedef("__u8", made.integer("unsigned char", size: 1, encoding: 0))
    let be16 = made.typedef("__be16", u16)
    let be32 = made.typedef("__be32", u32)
    let char = made.integer("char", size: 1, encoding: 0)
    let bool = made.typedef("bool", made.integer("_Bool", size: 1, encoding: 4))
    let wide = made.integer("__int128", size: 16)
    let reason = made.enumeration(
      "skb_drop_reason", [("SKB_NOT_DROPPED_YET", 0), ("SKB_DROP_REASON_NO_SOCKET", 3)])
    _ = made.enumeration("", [("TCP_ESTABLISHED", 1), ("TCP_CLOSE", 7)])
    let mode = made.typedef("mode_t", made.enumeration("", [("TCP_CLOSE", 7), ("MODE_X", 8)]))
    _ = made.enumeration("other", [("TCP_CLOSE", 70)])

    let ports = made.structure("", size: 4)
    made.field("skc_dport", be16, bit: 0)
    made.field("skc_num", u16, bit: 16)
    let anyPorts = made.union("", size: 4)
    made.field("skc_portpair", u32, bit: 0)
    made.field("", ports, bit: 0)
    let common = made.structure("sock_common", size: 16)
    made.field("", anyPorts, bit: 0)
    let sock = made.structure("sock", size: 64)
    made.field("__sk_common", common, bit: 0)
    made.field("sk_mark", u32, bit: 128)
    _ = made.structure("inet_sock", size: 128)
    made.field("sk", sock, bit: 0)
    let net = made.pointer(made.structure("net"))
    let namespace = made.structure("", size: 8)
    made.field("net", net, bit: 0)
    let holder = made.typedef("possible_net_t", namespace)
    let nameless = made.structure("", size: 8)
    made.field("rtt_us", u32, bit: 0)
    // What is in a structure has to be there before it.
    let fields: [(String, Int32, UInt32)] = [
      ("address", be32, 0), ("flag", bool, 32), ("state", made.const(reason), 96),
      ("mode", mode, 128), ("name", made.array(char, 16), 160), ("mac", made.array(u8, 6), 288),
      ("grid", made.array(made.array(be16, 2), 3), 336), ("holder", holder, 448),
      ("rtt_est", nameless, 512), ("list", made.array(nameless, 2), 576),
      ("sk", made.pointer(made.const(sock)), 704), ("text", made.pointer(made.const(char)), 768),
      ("data", made.pointer(0), 832),
      ("call", made.pointer(made.prototype([("n", int)])), 896),
      ("both", made.pointer(made.union("named_union", size: 8)), 960),
      ("hidden", made.pointer(holder), 1024), ("wide", wide, 1088), ("embedded", sock, 1216),
    ]
    _ = made.structure("all", size: 256)
    for (name, type, bit) in fields { made.field(name, type, bit: bit) }
    made.field("low", u32, bit: 1728, bits: 3)

    let pair = made.structure("pair", size: 16)
    made.function(
      "pass", [("pair", pair), ("flag", bool), ("sk", made.pointer(sock)), ("", 0)],
      returns: int)
    made.function("pass_on", [("sk", made.pointer(sock))])
    made.function("pass_on", [("sk", made.pointer(sock)), ("n", int)])
    _ = made.typedef("pid_t", int)
    made.tracepoint("kfree_skb", [("skb", made.pointer(made.structure("sk_buff"))), ("n", int)])
    made.tracepoint("shared", [("rc", int)])
    let entry = made.structure("trace_entry", size: 8)
    let untyped = made.pointer(0)
    let rest = made.array(char, 0)
    _ = made.structure("trace_event_raw_kfree_skb", size: 32)
    made.field("ent", entry, bit: 0)
    made.field("skbaddr", untyped, bit: 64)
    made.field("reason", reason, bit: 128)
    made.field("protocol", be16, bit: 160)
    made.field("__data_loc_name", u32, bit: 192)
    made.field("__data", rest, bit: 224)
    let kernel = try made.done()

    let more = MadeTypes(base: made)
    more.function("pass_module", [("sk", more.pointer(sock))])
    more.function("pass", [])
    let sockPointer = more.pointer(sock)
    _ = more.structure("nft_thing", size: 8)
    more.field("sk", sockPointer, bit: 0)
    _ = more.enumeration("nft_verdict", [("NFT_JUMP", -3)], signed: true)
    more.tracepoint("nft_trace", [("n", int)])
    return BTF(
      kernel: kernel, modules: [try more.done(module: "nf_tables", base: kernel)])
  }

  private static let none = Tracefs(places: [])

  private func types() throws -> BTFKernelTypes {
    BTFKernelTypes(btf: try Self.btf(), tracefs: Self.none)
  }

  @Test func members() throws {
    let types = try types()
    let expected: [(String, KernelType)] = [
      ("address", .integer(bytes: 4, isSigned: false, isBigEndian: true)), ("flag", .boolean),
      ("state", .enumeration(name: "skb_drop_reason", bytes: 4)),
      ("mode", .enumeration(name: "mode_t", bytes: 4)), ("name", .characters(16)),
      ("mac", .array(.integer(bytes: 1, isSigned: false, isBigEndian: false), count: 6)),
      (
        "grid",
        .array(.array(.integer(bytes: 2, isSigned: false, isBigEndian: true), count: 2), count: 3)
      ),
      ("holder", .structure("possible_net_t")), ("rtt_est", .structure("all.rtt_est")),
      ("list", .array(.structure("all.list"), count: 2)), ("sk", .pointer(.structure("sock"))),
      ("text", .pointer(.integer(bytes: 1, isSigned: true, isBigEndian: false))),
      ("data", .pointer(.void)), ("call", .other("void (*)(int n)")),
      ("both", .pointer(.other("union named_union"))),
      ("hidden", .pointer(.other("possible_net_t"))), ("wide", .other("__int128")),
      ("embedded", .structure("sock")), ("low", .bitField(isSigned: false)),
    ]
    for (name, type) in expected {
      #expect(types.member(name, of: "all") == KernelMember(path: name, type: type), "\(name)")
    }
    #expect(types.memberNames(of: "all") == expected.map(\.0))
    #expect(types.member("absent", of: "all") == nil)
    #expect(types.member("address", of: "absent") == nil)
  }

  @Test func membersOfAnonymousStructures() throws {
    let types = try types()
    let dport = KernelType.integer(bytes: 2, isSigned: false, isBigEndian: true)
    #expect(
      types.member("skc_dport", of: "sock_common") == KernelMember(path: "skc_dport", type: dport))
    #expect(types.memberNames(of: "sock_common") == ["skc_portpair", "skc_dport", "skc_num"])
    #expect(types.memberNames(of: "sock") == ["__sk_common", "sk_mark"])
    // The kernel's macros.
    #expect(
      types.member("sk_dport", of: "sock")
        == KernelMember(path: "__sk_common.skc_dport", type: dport))
    #expect(types.member("inet_dport", of: "inet_sock")?.path == "sk.__sk_common.skc_dport")
    #expect(types.member("sk_absent", of: "sock") == nil)
    #expect(
      types.member("net", of: "possible_net_t")
        == KernelMember(path: "net", type: .pointer(.structure("net"))))
    for place in ["all.rtt_est", "all.list"] {
      #expect(types.member("rtt_us", of: place)?.type == Self.u32, "\(place)")
    }
    #expect(types.memberNames(of: "all.rtt_est") == ["rtt_us"])
    #expect(types.member("x", of: "all.absent") == nil)
  }

  @Test func structures() throws {
    let types = try types()
    for name in ["sock", "all", "nft_thing"] { #expect(types.hasStructure(name), "\(name)") }
    // What CO-RE could not find by this name.
    for name in ["possible_net_t", "named_union", "all.rtt_est", "absent", ""] {
      #expect(!types.hasStructure(name), "\(name)")
    }
    #expect(types.member("sk", of: "nft_thing")?.type == .pointer(.structure("sock")))
  }

  @Test func functions() throws {
    let types = try types()
    let pass = try #require(types.functions(matching: "pass").first)
    #expect(
      pass
        == KernelSignature(
          name: "pass",
          arguments: [
            .init(name: "pair", type: .other("struct pair"), place: 0),
            .init(name: "flag", type: .boolean, place: 2),
            .init(name: "sk", type: .pointer(.structure("sock")), place: 3),
          ], returned: Self.int))
    #expect(
      types.functions(matching: "pass*").map { "\($0.name) \($0.module ?? "")" } == [
        "pass ", "pass_module nf_tables", "pass_on ",
      ])
    #expect(types.functions(matching: "pass_module").first?.module == "nf_tables")
    #expect(types.functions(matching: "pass_on").first?.returned == nil)
    #expect(types.functions(matching: "absent").isEmpty)
    #expect(types.functions(matching: "absent*").isEmpty)
    #expect(types.functionNames().sorted() == ["pass", "pass_module", "pass_on"])
  }

  @Test func enumerations() throws {
    let types = try types()
    let reasons = try #require(types.enumeration("skb_drop_reason"))
    #expect(reasons.cases.map(\.value) == [0, 3])
    #expect(types.enumeration("mode_t")?.cases.map(\.name) == ["TCP_CLOSE", "MODE_X"])
    #expect(types.enumeration("nft_verdict")?.cases.map(\.value) == [-3])
    #expect(types.enumeration("absent") == nil)
    let close = types.enumerators(named: "TCP_CLOSE")
    #expect(close.map(\.value) == [7, 7, 70])
    #expect(close.map(\.enumeration.name) == ["", "", "other"])
    #expect(types.enumerators(named: "NFT_JUMP").map(\.value) == [-3])
    #expect(types.enumerators(named: "absent").isEmpty)
  }

  @Test func tracepointsWithoutTracefs() throws {
    let types = try types()
    let found = try #require(types.tracepoints(category: "skb", matching: "kfree_skb").first)
    #expect(found.category == "skb" && found.isRecordKnown)
    #expect(
      found.arguments == [
        .init(name: "skbaddr", type: .pointer(.void), place: 8),
        .init(name: "reason", type: .enumeration(name: "skb_drop_reason", bytes: 4), place: 16),
        .init(
          name: "protocol", type: .integer(bytes: 2, isSigned: false, isBigEndian: true),
          place: 20),
        .init(name: "name", type: .locatedText, place: 24),
      ])
    #expect(
      found.typedArguments == [
        .init(name: "skb", type: .pointer(.structure("sk_buff")), place: 0),
        .init(name: "n", type: Self.int, place: 1),
      ])
    let shared = try #require(types.tracepoints(category: "net", matching: "shared").first)
    #expect(!shared.isRecordKnown && shared.arguments.isEmpty)
    #expect(shared.typedArguments.map(\.name) == ["rc"])
    #expect(
      types.tracepoints(category: "*", matching: "*").map(\.name) == [
        "kfree_skb", "nft_trace", "shared",
      ])
    #expect(
      types.tracepoints(category: "nft", matching: "nft_trace").first?.module == "nf_tables")
    #expect(types.tracepoints(category: "skb", matching: "absent").isEmpty)
    #expect(types.tracepointNames().sorted() == ["kfree_skb", "nft_trace", "shared"])
  }

  private static let format = """
    name: shared
    ID: 1
    format:
    \tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;
    \tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;

    \tfield:const void * skaddr;\toffset:8;\tsize:8;\tsigned:0;
    \tfield:__be16 port;\toffset:16;\tsize:2;\tsigned:0;
    \tfield:enum skb_drop_reason reason;\toffset:20;\tsize:4;\tsigned:0;
    \tfield:enum unheard_of other;\toffset:24;\tsize:4;\tsigned:1;
    \tfield:__u8 saddr[4];\toffset:28;\tsize:4;\tsigned:0;
    \tfield:char comm[TASK_COMM_LEN];\toffset:32;\tsize:16;\tsigned:0;
    \tfield:__data_loc char[] name;\toffset:48;\tsize:4;\tsigned:0;
    \tfield:__data_loc __u8[] bytes;\toffset:52;\tsize:4;\tsigned:0;
    \tfield:const char * text;\toffset:56;\tsize:8;\tsigned:0;
    \tfield:struct sock *sk;\toffset:64;\tsize:8;\tsigned:0;
    \tfield:pid_t pid;\toffset:72;\tsize:4;\tsigned:1;
    \tfield:long unknown_long;\toffset:80;\tsize:8;\tsigned:1;
    \tfield:bool flag;\toffset:88;\tsize:1;\tsigned:0;
    \tfield:struct nothing whole;\toffset:96;\tsize:24;\tsigned:0;

    print fmt: "field:%d", REC->x
    """

  @Test func tracepointsByTracefs() throws {
    let folder = try TemporaryFolder()
    try folder.write("events/net/shared/format", Self.format)
    try folder.write(
      "events/skb/kfree_skb/format",
      """
      format:
      \tfield:void * skbaddr;\toffset:8;\tsize:8;\tsigned:0;
      \tfield:unsigned int reason;\toffset:16;\tsize:4;\tsigned:0;
      \tfield:unsigned short protocol;\toffset:24;\tsize:2;\tsigned:0;
      """)
    try folder.write("available_events", "net:shared\nskb:kfree_skb\n")
    let types = BTFKernelTypes(btf: try Self.btf(), tracefs: Tracefs(places: [folder.path]))
    let shared = try #require(types.tracepoints(category: "net", matching: "shared").first)
    #expect(shared.isRecordKnown && shared.typedArguments.map(\.name) == ["rc"])
    let expected: [(String, KernelType, Int)] = [
      ("skaddr", .pointer(.void), 8),
      ("port", .integer(bytes: 2, isSigned: false, isBigEndian: true), 16),
      ("reason", .enumeration(name: "skb_drop_reason", bytes: 4), 20),
      ("other", Self.int, 24),
      (
        "saddr", .array(.integer(bytes: 1, isSigned: false, isBigEndian: false), count: 4), 28
      ),
      ("comm", .characters(16), 32), ("name", .locatedText, 48),
      ("bytes", .other("__data_loc __u8[]"), 52),
      ("text", .pointer(.integer(bytes: 1, isSigned: true, isBigEndian: false)), 56),
      ("sk", .pointer(.structure("sock")), 64), ("pid", Self.int, 72),
      ("unknown_long", .integer(bytes: 8, isSigned: true, isBigEndian: false), 80),
      ("flag", .boolean, 88), ("whole", .structure("nothing"), 96),
    ]
    for (field, (name, type, place)) in zip(shared.arguments, expected) {
      #expect(field == .init(name: name, type: type, place: place), "\(name)")
    }
    #expect(shared.arguments.count == expected.count)
    // BTF's type where it agrees on the place.
    let kfree = try #require(types.tracepoints(category: "skb", matching: "kfree_skb").first)
    #expect(kfree.arguments[1].type == .enumeration(name: "skb_drop_reason", bytes: 4))
    #expect(
      kfree.arguments[2]
        == .init(
          name: "protocol", type: .integer(bytes: 2, isSigned: false, isBigEndian: false),
          place: 24))
    #expect(types.tracepointNames().sorted() == ["net:shared", "skb:kfree_skb"])
    #expect(types.tracepoints(category: "*", matching: "*").count == 2)
    #expect(types.tracepoints(category: "net", matching: "kfree_skb").isEmpty)
    // A tracepoint without an event.
    #expect(types.tracepoints(category: "nft", matching: "nft_trace").isEmpty)
    let bare = try #require(types.tracepoints(category: "*", matching: "nft_trace").first)
    #expect(bare.category == nil && bare.typedArguments.map(\.name) == ["n"])
    #expect(types.tracepoints(category: "n*", matching: "*").map(\.name) == ["shared"])
  }

  @Test func nothingIsKnownWithoutBTF() throws {
    let made = try MadeKernel(btf: false)
    #expect(!made.facts.scriptTypes.isKnown)
    #expect(made.facts.scriptTypes.functions(matching: "icmp_rcv").isEmpty)
    #expect(try MadeKernel().facts.scriptTypes.functions(matching: "icmp_rcv").count == 1)
  }
}
