import SystemPackage
import Testing

@testable import Kernel

/// Why a function can or cannot be traced.
@Suite struct SurveyTests {
  private func survey(
    _ kernel: MadeKernel, fentry: Availability = .available, kprobe: Availability = .available,
    tracefs: Bool = true
  ) throws -> Survey {
    let types = try #require(kernel.facts.types)
    let names = Set(types.allSkbFunctions().map(\.name))
    return Survey(
      fentry: fentry, kprobe: kprobe, symbols: try kernel.facts.symbols.lookUp(names),
      traceable: kernel.facts.tracefs.traceable(among: names), blacklist: ["forbidden"],
      traceableProblem: Survey.untold(kernel.facts.tracefs))
  }

  private static let notrace = Availability.unavailable(
    reason: "not traceable: the kernel was built so (notrace)")
  private static let inlined = Availability.unavailable(
    reason: "inlined: the kernel has no such function any more")
  private static let two = Availability.unknown(
    reason: "2 functions have this name: which is traced, the kernel decides")

  @Test(
    arguments: [
      ("icmp_rcv", .available, .available),
      ("nft_do_chain", .available, .available),
      ("marked_notrace", notrace, notrace),
      ("inlined", inlined, inlined),
      ("twice", two, two),
      ("forbidden", .available, .unavailable(reason: "the kernel allows no kprobe on it")),
      (
        "late_skb",
        .unknown(
          reason: "arguments on the stack: whether fentry passes them on, only trying tells"),
        .unavailable(reason: "a kprobe sees 6 arguments; the skb is number 7")
      ),
      (
        "printk_like", .unavailable(reason: "fentry passes on no variable arguments"), .available
      ),
      (
        "after_large", .unavailable(reason: "fentry passes on no argument larger than 16 bytes"),
        .available
      ),
    ] as [(String, Availability, Availability)])
  func reasons(name: String, fentry: Availability, kprobe: Availability) throws {
    let kernel = try MadeKernel()
    let function = try #require(kernel.facts.types?.function(named: name))
    let found = try survey(kernel).mechanisms(for: function)
    #expect(found.fentry == fentry)
    #expect(found.kprobe == kprobe)
  }

  @Test func partsOfAFunctionAreNotTheFunction() throws {
    let kernel = try MadeKernel()
    let function = try #require(kernel.facts.types?.function(named: "by_typedef"))
    var survey = try survey(kernel)
    survey.symbols = [
      "by_typedef": KernelSymbol(variants: ["by_typedef.cold", "by_typedef.isra.0"])
    ]
    #expect(
      survey.mechanisms(for: function).kprobe.reason
        == "the compiler made by_typedef.isra.0 of it, whose arguments may be others")
    survey.symbols = ["by_typedef": KernelSymbol(variants: ["by_typedef.cold"])]
    #expect(survey.mechanisms(for: function).kprobe.reason?.hasPrefix("inlined") == true)
  }

  @Test func withoutTracefsOnlyTryingTells() throws {
    let kernel = try MadeKernel(tracefs: false)
    let function = try #require(kernel.facts.types?.function(named: "icmp_rcv"))
    let found = try survey(kernel).mechanisms(for: function)
    let unknown = Availability.unknown(
      reason: "this kernel has no tracefs, so only trying tells")
    #expect(found == FunctionMechanisms(fentry: unknown, kprobe: unknown))
  }

  @Test func whatTheKernelLacksGoesFirst() throws {
    let kernel = try MadeKernel()
    let function = try #require(kernel.facts.types?.function(named: "marked_notrace"))
    let none = Availability.unavailable(reason: "this kernel has no kprobes")
    #expect(try survey(kernel, kprobe: none).mechanisms(for: function).kprobe == none)
  }

  // MARK: Texts of the kernel

  @Test func traceableFunctions() throws {
    let kernel = try MadeKernel()
    let traceable = kernel.facts.tracefs.traceable(among: [
      "icmp_rcv", "nft_do_chain", "marked_notrace", "twice",
    ])
    #expect(
      traceable == ["icmp_rcv": [nil], "nft_do_chain": ["nf_tables"], "twice": [nil, nil]])
    #expect(try MadeKernel(tracefs: false).facts.tracefs.traceable(among: ["icmp_rcv"]) == nil)
  }

  @Test func blacklist() {
    let text = """
      0xffffffff81a00930-0xffffffff81a00950\tasm_exc_divide_error
      0xffffffffc0001000-0xffffffffc0001010\tin_module [some]
      nonsense

      """
    #expect(KprobeBlacklist.names(in: text) == ["asm_exc_divide_error", "in_module"])
  }

  @Test func categories() {
    let text = "skb:kfree_skb\nnet:net_dev_xmit\nother:kfree_skb\nnonsense\n"
    #expect(
      Tracefs.categories(inEvents: text) == [
        "kfree_skb": ["skb", "other"], "net_dev_xmit": ["net"],
      ])
  }

  @Test func tracefsStates() throws {
    let folder = try TemporaryFolder()
    let place = folder.path.appending("tracing")
    #expect(Tracefs(places: [place]).state == .absent)
    try folder.write("tracing/README", "")
    #expect(Tracefs(places: [place]).state == .notMounted)
    try folder.write("tracing/events/skb/kfree_skb/format", "")
    #expect(Tracefs(places: [place]).state == .readable(place))
    #expect(Tracefs(places: [folder.path.appending("absent"), place]).state == .readable(place))
  }
}
