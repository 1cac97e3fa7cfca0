import Corpus
import Language
import MadeScripts
import Syntax
import Testing

/// What a script asked of a kernel's types, in a recording: the script means the same by it.
@Suite struct RecordedTypesTests {
  private func check(_ name: String, _ types: any KernelTypes) throws -> Checker.Outcome {
    let text = try CorpusTests.corpus.text("scripts/\(name).ncs")
    let parsed = Parser(SourceText(name: "\(name).ncs", text: text)).parse()
    return Checker(
      tree: parsed.tree, types: types, importer: CorpusTests.importing
    ).check()
  }

  @Test(arguments: try CorpusTests.names("scripts"))
  func scriptsMeanTheSame(_ name: String) throws {
    let observed = ObservedTypes(MadeKernel())
    guard let script = try check(name, observed).script else { return }
    guard let recorded = RecordedTypes(observed.recorded) else {
      #expect(observed.recorded.isEmpty)
      return
    }
    let outcome = try check(name, recorded)
    let said = outcome.diagnostics.map { $0.rendered() }.joined(separator: "\n")
    let again = try #require(outcome.script, "\(said)")
    // What a point reads that the kernel lacks is absent, and not known to be lacking.
    func dump(_ script: Script) -> String {
      ScriptDump(script).text().replacing(" missing '", with: " '")
    }
    #expect(dump(again) == dump(script))
    // They can be recorded once more.
    let second = ObservedTypes(recorded)
    _ = try check(name, second)
    func lines(_ types: ObservedTypes) -> Set<Substring> {
      Set(types.recorded.flatMap { $0.split(separator: "\n") })
    }
    #expect(lines(second).isSubset(of: lines(observed)))
  }

  @Test func otherNamesAreUnchecked() throws {
    let observed = ObservedTypes(MadeKernel())
    _ = observed.functions(matching: "ip_*")
    _ = observed.member("mark", of: "sk_buff")
    let recorded = try #require(RecordedTypes(["a comment"] + observed.recorded))
    #expect(recorded.functions(matching: "ip_rcv").map(\.name) == ["ip_rcv"])
    #expect(
      recorded.functions(matching: "ip*_deliver*h").map(\.name) == ["ip_local_deliver_finish"])
    #expect(recorded.functions(matching: "icmp_rcv").isEmpty && !recorded.isKnown)
    #expect(recorded.member("mark", of: "sk_buff") == MadeKernel().member("mark", of: "sk_buff"))
    #expect(recorded.member("len", of: "sk_buff") == nil)
    _ = observed.functions(matching: "gone")
    let more = try #require(RecordedTypes(observed.recorded))
    #expect(more.lacks(.function("gone")) && !more.lacks(.function("other")))
    #expect(RecordedTypes(["a comment"]) == nil && RecordedTypes([]) == nil)
  }

  /// Whatever a file says: what cannot be understood is not there.
  @Test func nonsenseIsPassedOver() throws {
    let stars = String(repeating: "*", count: 50_000)
    let lines = [
      "enum", "enum e x:A", "enum e 1", "member a b c", "member a b c i3ul", "member a b c i4xl",
      "member a b c \(stars)v", "member a b c a:v", "member a b c a9", "member a b c c-1",
      "function f", "function f - 99999 - x@0@v", "function f - 1 - x@0", "function f - 1 - x@-1@v",
      "tracepoint c t - 1 known x@0@v", "tracepoint c t - n known / ", "", " ", "x y z",
      "struct s t", "lacks", "lacks function", "lacks function a b", "lacks all things",
    ]
    let text = (["netcap types 1"] + lines + ["struct last"]).joined(separator: "\n")
    let types = try #require(RecordedTypes([text]))
    #expect(types.functions(matching: "*").isEmpty && types.enumeration("e") == nil)
    #expect(types.tracepoints(category: "*", matching: "*").isEmpty)
    #expect(types.memberNames(of: "a").isEmpty)
    #expect(types.hasStructure("last"))
  }
}
