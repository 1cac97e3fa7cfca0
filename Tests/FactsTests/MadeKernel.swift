import Kernel
import Language
import Syntax
import SystemPackage
import Testing

/// A kernel that is made for tests: its types, symbols and tracefs.
final class MadeKernel {
  let folder: TemporaryFolder
  let facts: KernelFacts

  static let symbols = """
    ffffffff81000000 T icmp_rcv
    ffffffff81000010 T skb_peek
    ffffffff81000020 t by_typedef
    ffffffff81000028 t printk_like
    ffffffff81000029 t after_large
    ffffffff81000030 T tcp_collapse_two
    ffffffff81000040 t no_skb
    ffffffff81000050 t twice
    ffffffff81000060 t twice
    ffffffff81000070 t only_parts.isra.0
    ffffffff81000080 t only_parts.isra.0.cold
    ffffffff81000090 T in_assembler
    ffffffff810000a0 T marked_notrace
    ffffffff810000b0 t any
    ffffffff810000c0 t late_skb
    ffffffff810000d0 t forbidden
    ffffffff82413d60 D page_offset_base
    ffffffffc0000000 t nft_do_chain\t[nf_tables]
    ffffffffc0000010 t icmp_rcv\t[nf_tables]
    ffffffffc0000020 t odd_rcv\t[without_btf]
    ffffffffc0000030 t icmp_rcv\t[__builtin__ftrace]

    """

  init(tracefs: Bool = true, btf: Bool = true) throws {
    let folder = try TemporaryFolder()
    self.folder = folder
    try folder.write("kallsyms", Self.symbols)
    if tracefs {
      for event in [
        "skb/kfree_skb", "net/net_dev_xmit", "sched/sched_switch", "syscalls/sys_enter",
      ] {
        try folder.write("tracing/events/\(event)/format", "name: x\n")
      }
      try folder.write(
        "tracing/available_events",
        "skb:kfree_skb\nnet:net_dev_xmit\nsched:sched_switch\nsyscalls:sys_enter\n")
      try folder.write(
        "tracing/available_filter_functions",
        """
        icmp_rcv
        skb_peek
        tcp_collapse_two
        twice
        twice
        late_skb
        forbidden
        printk_like
        after_large
        nft_do_chain [nf_tables]

        """)
    }
    // Without privileges nothing is asked of the kernel that the tests run on.
    let nobody = Privileges(user: 65534, effective: 0, isInInitialUserNamespace: true)
    let types = try BTFTests.kernel()
    facts = KernelFacts(
      privileges: nobody, symbols: KernelSymbols(path: folder.path.appending("kallsyms"))
    ) {
      btf ? .success(types) : .failure(.noSuchFileOrDirectory)
    } tracefs: {
      Tracefs(places: [folder.path.appending("tracing")])
    }
  }

  func point(_ kind: Point.Kind, _ name: String, _ argument: Int? = nil, extra: Int? = nil) -> Point
  {
    let source = SourceText(name: "-f", text: name)
    return Point(
      kind: kind, name: name, skbArgument: argument, extraArgument: extra,
      place: Diagnostic.Place(source, source.span))
  }

  func resolve(
    _ kind: Point.Kind, _ name: String, _ argument: Int? = nil, extra: Int? = nil
  ) throws(Diagnostic) -> ResolvedPoint {
    try facts.resolve(point(kind, name, argument, extra: extra))
  }
}
