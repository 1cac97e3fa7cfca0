import Kernel
import Language
import Syntax
import SystemPackage
import Testing

/// What `:type` says, on types that are made here.
@Suite struct TypeQuestionTests {
  private func facts() throws -> KernelFacts {
    let types = MadeTypes()
    let int = types.integer("int")
    let long = types.integer("long", size: 8)
    let handler = types.pointer(types.prototype([("n", int)], returns: int))
    let pair = types.structure("", size: 8)
    types.field("low", int, bit: 0)
    types.field("high", int, bit: 32)
    let either = types.union("", size: 8)
    types.field("whole", long, bit: 0)
    types.field("", pair, bit: 0)
    let (words, pairs) = (types.array(int, 2), types.array(pair, 1))
    let skb = types.structure("sk_buff", size: 40)
    types.field("", either, bit: 0)
    types.field("cb", words, bit: 64)
    types.field("kind", int, bit: 128, bits: 3)
    types.field("rest", int, bit: 131, bits: 5)
    types.field("inner", pairs, bit: 192)
    types.field("handler", handler, bit: 256)
    _ = types.union("word", size: 8)
    types.field("whole", long, bit: 0)
    _ = types.typedef("pair_t", pair)
    _ = types.enumeration("verdict", [("DROP", 0), ("ACCEPT", 1)])
    let pointer = types.pointer(skb)
    types.function("icmp_rcv", [("skb", pointer)], returns: int)
    types.function("collapse", [("to", pointer), ("n", int), ("from", pointer)])
    types.function("plain", [("n", int)], returns: long)
    let kernel = try types.done()
    let more = MadeTypes(base: types)
    _ = more.structure("nft_chain", size: 4)
    more.field("n", int, bit: 0)
    more.function("nft_do_chain", [("skb", pointer)])
    let btf = BTF(kernel: kernel, modules: [try more.done(module: "nf_tables", base: kernel)])
    let nobody = Privileges(user: 65534, effective: 0, isInInitialUserNamespace: true)
    return KernelFacts(
      privileges: nobody, symbols: KernelSymbols(path: "/nonexistent/kallsyms")
    ) {
      .success(btf)
    } tracefs: {
      Tracefs(places: [])
    }
  }

  @Test func structuresHaveOffsets() throws {
    #expect(
      try facts().text(of: .structure("sk_buff")) == """
        struct sk_buff {          /* 40 bytes */
          union {
            long whole;           /* 0 */
            struct {
              int low;            /* 0 */
              int high;           /* 4 */
            };
          };
          int cb[2];              /* 8 */
          int kind: 3;            /* 16:0 */
          int rest: 5;            /* 16:3 */
          struct {
            int low;              /* 24 */
            int high;             /* 28 */
          } inner[1];
          int (*handler)(int n);  /* 32 */
        };

        """)
  }

  @Test func unionsAndTypedefsAreFoundToo() throws {
    let facts = try facts()
    #expect(try facts.text(of: .structure("word")).hasPrefix("union word {"))
    #expect(try facts.text(of: .structure("pair_t")).contains("int high;  /* 4 */"))
    #expect(
      try facts.text(of: .enumeration("verdict"))
        == "enum verdict {\n  DROP = 0,\n  ACCEPT = 1,\n};\n")
  }

  @Test func modulesHaveTypesOfTheirOwn() throws {
    let facts = try facts()
    #expect(
      try facts.text(of: .structure("nft_chain")).hasPrefix("/* of the module nf_tables */\nstruct")
    )
    #expect(
      try facts.text(of: .function("nft_do_chain")).hasPrefix("/* of the module nf_tables */\nvoid")
    )
  }

  @Test func functionsSayWhichArgumentIsThePacket() throws {
    let facts = try facts()
    #expect(
      try facts.text(of: .function("icmp_rcv")).hasPrefix(
        "int icmp_rcv(struct sk_buff *skb);\n  the skb is argument 1\n"))
    #expect(
      try facts.text(of: .function("collapse")).contains(
        "  arguments 1 and 3 are skbs: the first is taken, or collapse(skb: 3)\n"))
    #expect(try facts.text(of: .function("plain")).contains("takes no skb"))
  }

  @Test(arguments: [
    (TypeQuestion.structure("sk_bufff"), "this kernel has no struct 'sk_bufff'", "sk_buff"),
    (.function("icmp_rvc"), "this kernel has no function 'icmp_rvc'", "icmp_rcv"),
    (.enumeration("verdct"), "this kernel has no enum 'verdct'", "verdict"),
  ])
  func theNearestNameIsSaid(question: TypeQuestion, message: String, near: String) throws {
    let facts = try facts()
    do {
      _ = try facts.text(of: question)
      Issue.record("there is none")
    } catch {
      #expect(error.message == message)
      #expect(error.hints == ["did you mean \(near)?"])
    }
  }

  @Test(arguments: [
    (KernelNameKind.function, "", ["collapse", "icmp_rcv", "nft_do_chain", "plain"]),
    (.skbFunction, "", ["collapse", "icmp_rcv", "nft_do_chain"]), (.skbFunction, "pl", []),
    (.function, "pl", ["plain"]), (.structure, "", ["nft_chain", "sk_buff"]),
    (.enumeration, "v", ["verdict"]), (.enumerator, "A", ["ACCEPT"]),
  ])
  func namesThatBeginSo(kind: KernelNameKind, prefix: String, names: [String]) throws {
    #expect(try facts().scriptTypes.names(of: kind, beginning: prefix).sorted() == names)
  }
}
