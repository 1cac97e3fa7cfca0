import Kernel
import Language
import Syntax
import Testing

/// Kinds of programs, where they are attached, and what can go wrong.
@Suite struct AttachPlaceTests {
  private func point(_ kind: ScriptPoint.Kind, _ name: String) -> ScriptPoint {
    let source = SourceText(name: "script", text: name)
    return ScriptPoint(kind: kind, name: name, place: Diagnostic.Place(source, source.span))
  }

  @Test func sections() {
    for (section, kind) in [
      ("fentry", .fentry), ("fentry/icmp_rcv", .fentry), ("kretprobe.multi/x*", .kretprobeMulti),
      ("tp/skb/kfree_skb", .tracepoint), ("tracepoint", .tracepoint),
      ("raw_tracepoint/x", .rawTracepoint), ("usdt", .usdt), ("xdp", nil), ("", nil),
    ] as [(String, ProgramKind?)] {
      #expect(ProgramKind(section: section) == kind, "\(section)")
    }
    for kind in ProgramKind.allCases { #expect(ProgramKind(section: kind.rawValue) == kind) }
  }

  @Test func candidates() {
    #expect(ProgramKind.candidates(for: .function) == [.fentry, .kprobe])
    #expect(ProgramKind.candidates(for: .function, isMany: true) == [.kprobeMulti, .kprobe])
    #expect(ProgramKind.candidates(for: .functionReturn) == [.fexit, .kretprobe])
    let tracepoint = ScriptPoint.Kind.tracepoint(category: "skb")
    #expect(ProgramKind.candidates(for: tracepoint) == [.typedTracepoint, .tracepoint])
    #expect(ProgramKind.candidates(for: tracepoint, usesRecord: true) == [.tracepoint])
    #expect(ProgramKind.candidates(for: .userMark(path: "/x", provider: "p")) == [.usdt])
  }

  @Test func places() {
    #expect(AttachPlace(point(.function, "f"), by: .fentry) == .prepared)
    #expect(AttachPlace(point(.function, "f"), by: .kprobe) == .function("f"))
    #expect(
      AttachPlace(point(.functionReturn, "f"), by: .kretprobe, address: 9)
        == .function("f", address: 9))
    let tracepoint = point(.tracepoint(category: "skb"), "kfree_skb")
    #expect(AttachPlace(tracepoint, by: .typedTracepoint) == .prepared)
    #expect(
      AttachPlace(tracepoint, by: .tracepoint)
        == .tracepoint(category: "skb", name: "kfree_skb"))
    #expect(AttachPlace(point(.rawTracepoint, "x"), by: .rawTracepoint) == .rawTracepoint("x"))
    #expect(
      AttachPlace(point(.userFunction(path: "/x"), "main"), by: .uprobe)
        == .userFunction(path: "/x", name: "main"))
    #expect(
      AttachPlace(point(.userReturn(path: "/x"), "0x1f0"), by: .uretprobe)
        == .userOffset(path: "/x", offset: 0x1f0))
    #expect(
      AttachPlace(point(.userMark(path: "/x", provider: "p"), "m"), by: .usdt)
        == .userMark(path: "/x", provider: "p", name: "m"))
  }

  @Test func causes() {
    func failure(_ errno: Int32, _ log: String = "") -> LoadFailure {
      LoadFailure(step: "attach", errno: errno, log: log)
    }
    #expect(failure(2).cause == .notFound)
    #expect(failure(3).cause == .notFound)
    #expect(failure(22).cause == .notTraceable)
    #expect(failure(99).cause == .notTraceable)
    #expect(failure(95).cause == .notSupported)
    #expect(failure(1).cause == .notPermitted)
    #expect(failure(12).cause == .exhausted)
    #expect(failure(71).cause == .other)
    #expect(failure(95, "libbpf: a\nlibbpf: usdt: no\n").reason == "usdt: no")
    #expect(failure(2, "libbpf: a\n").reason == "No such file or directory")
    let verifier = "-- BEGIN PROG LOAD LOG --\nR1 invalid mem access\n-- END PROG LOAD LOG --\n"
    #expect(failure(13, verifier).cause == .verifier)
    #expect(failure(13, verifier).reason == "R1 invalid mem access")
  }
}
