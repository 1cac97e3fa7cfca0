import Foundation
import MadePackets
import Session
import Syntax
import SystemPackage
import Testing

/// A collection in a folder of its own.
private final class Collection {
  let folder: URL

  init(_ files: [String: String] = [:], recordings: [String] = []) throws {
    folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("netcap-cases-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for (name, text) in files { try write(Data(text.utf8), name) }
    for name in recordings { try write(Data(WebCapture.file()), name) }
  }

  deinit {
    do { try FileManager.default.removeItem(at: folder) } catch {
      Issue.record("\(folder.path) stays behind: \(error)")
    }
  }

  func write(_ data: Data, _ name: String) throws {
    let file = folder.appendingPathComponent(name)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try data.write(to: file)
  }

  func text(_ name: String) throws -> String {
    try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
  }
}

extension Collection {
  var cases: ScriptCases {
    var cases = ScriptCases()
    cases.add(FilePath(folder.path))
    return cases
  }
}

/// What `netcap test` finds and says.
@Suite struct ScriptTestingTests {
  private static let echoes = """
    ncs 1
    option type: int = 8
    probe p = icmp_rcv { where icmp.type == type; emit icmp.seq, skb.mark }
    on p { print "{seq} {mark}" }

    """

  private func verdicts(
    _ collection: Collection, accepts: Bool = false
  ) -> [ScriptTesting.Verdict] {
    let testing = ScriptTesting(reserved: ["port"], accepts: accepts)
    return collection.cases.cases.map { testing.run($0) }
  }

  @Test func aCaseIsARecordingAndWhatIsSaid() throws {
    let note = "note: 'a.pcap' does not have skb.mark: absent there\n"
    let collection = try Collection(
      ["x/p.ncs": Self.echoes, "x/p.cases/a.out": "1 -\n2 -\n" + note],
      recordings: ["x/p.cases/a.pcap"])
    #expect(verdicts(collection) == [.passed])
    try collection.write(Data("1 -\n3 -\n".utf8), "x/p.cases/a.out")
    #expect(
      verdicts(collection) == [
        .differs(["@ line 1", "  1 -", "- 3 -", "+ 2 -", "+ " + note.dropLast()])
      ])
  }

  @Test func whatIsSaidIsAccepted() throws {
    let collection = try Collection(["p.ncs": Self.echoes], recordings: ["p.cases/a.pcap"])
    guard case .unexpected(let lines) = verdicts(collection).first else {
      Issue.record("nothing was expected")
      return
    }
    #expect(lines.contains("+ 1 -"))
    #expect(verdicts(collection, accepts: true) == [.written])
    #expect(verdicts(collection, accepts: true) == [.passed])
    #expect(try collection.text("p.cases/a.out").hasPrefix("1 -\n2 -\n"))
  }

  @Test func wordsOfACase() throws {
    let collection = try Collection(
      [
        "p.ncs": Self.echoes, "p.cases/reply.args": "-r '../two words.pcap' -c 1 --type=0 --json\n",
      ],
      recordings: ["two words.pcap"])
    #expect(verdicts(collection, accepts: true) == [.written])
    #expect(
      try collection.text("p.cases/reply.out").hasPrefix(
        "{\"type\":\"print\",\"text\":\"1 -\"}\n"))
  }

  @Test(arguments: [
    ("-c", "-c needs a value"), ("-c x", "no number of events"), ("'", "not closed"),
    ("-t -w", "not a display flag"),
  ])
  func wordsThatMakeNoSense(words: String, message: String) throws {
    let collection = try Collection(
      ["p.ncs": Self.echoes, "p.cases/a.args": words], recordings: ["p.cases/a.pcap"])
    guard case .failed(let diagnostic) = verdicts(collection)[0] else {
      Issue.record("it was run")
      return
    }
    #expect(diagnostic.message.contains(message), "\(diagnostic.message)")
  }

  /// Mistakes can be expected, too; what they name does not depend on where the collection is.
  @Test func aMistakeIsWhatIsSaid() throws {
    let collection = try Collection(
      ["p.ncs": Self.echoes, "p.cases/a.args": "--tpye 1", "q.ncs": "ncs 1\nprob x {}\n"],
      recordings: ["p.cases/a.pcap", "q.cases/a.pcap"])
    #expect(verdicts(collection, accepts: true) == [.written, .written])
    let option = try collection.text("p.cases/a.out")
    #expect(option.contains("did you mean --type?") && option.hasSuffix("\nexit status 2\n"))
    let syntax = try collection.text("q.cases/a.out")
    #expect(syntax.contains("--> q.ncs:2:1") && syntax.hasSuffix("\nexit status 2\n"))
  }

  @Test func whatCannotBeRun() throws {
    let collection = try Collection(
      [
        "a.ncs": Self.echoes, "a.cases/lone.out": "", "b.ncs": Self.echoes,
        "b.cases/two.args": "-r x.pcap",
        "gone.cases/a.out": "", "untested.ncs": Self.echoes, ".hidden/c.ncs": Self.echoes,
      ], recordings: ["b.cases/two.pcap", "b.cases/two.pcapng"])
    let messages = verdicts(collection).map {
      if case .failed(let diagnostic) = $0 { diagnostic.message } else { "\($0)" }
    }
    #expect(
      messages == [
        "the case has no recording",
        "the case has several recordings: two.pcapng, two.pcap, x.pcap",
      ])
    let found = collection.cases
    #expect(found.untested.map(\.lastComponent?.string) == ["untested.ncs"])
    #expect(found.problems.map(\.message).joined().contains("cases of 'gone.ncs'"))
  }

  @Test func aRecordingThatIsNoneIsSaid() throws {
    let collection = try Collection(
      ["p.ncs": Self.echoes, "p.cases/a.pcap": "no capture file, but a text of some length"])
    #expect(verdicts(collection, accepts: true) == [.written])
    let said = try collection.text("p.cases/a.out")
    #expect(said.contains("cannot read 'a.pcap'") && said.hasSuffix("exit status 1\n"), "\(said)")
  }

  @Test func nothingIsDoneOnlySaid() throws {
    let script = """
      ncs 1
      probe p = icmp_rcv { where icmp.type == 8 }
      on p { save pkt to "seq-{icmp.seq}.pcap"; run "touch", "seq{icmp.seq}"; exit 3 }

      """
    let collection = try Collection(["p.ncs": script], recordings: ["p.cases/a.pcap"])
    #expect(verdicts(collection, accepts: true) == [.written])
    #expect(
      try collection.text("p.cases/a.out")
        == "save pkt to \"seq-1.pcap\"\nrun \"touch\", \"seq1\"\nexit status 3\n")
  }

  @Test func namesThatNothingHas() {
    let testing = ScriptTesting(reserved: [], accepts: false)
    #expect(
      testing.find(["drops"]).problems.first?.message
        == "'drops' comes with netcap, without its cases")
    #expect(testing.find(["drosp"]).problems.first?.message == "there is no script 'drosp'")
    #expect(
      testing.find(["/dev/null"]).problems.first?.message
        == "'/dev/null' is no script and no folder")
    #expect(testing.find(["no/such"]).problems.first?.message.contains("cannot read") == true)
  }
}

/// Lines that differ.
@Suite struct LineDifferenceTests {
  private func difference(_ expected: String, _ actual: String) -> [String] {
    LineDifference(expected: Array(expected.utf8), actual: Array(actual.utf8)).rendered()
  }

  @Test func equalTextsHaveNone() {
    #expect(difference("", "") == [])
    #expect(difference("a\nb\n", "a\nb\n") == [])
  }

  @Test func changesHaveTheirSurroundings() {
    let old = (1...12).map { "\($0)\n" }.joined()
    let new = old.replacingOccurrences(of: "6\n", with: "six\n")
    #expect(
      difference(old, new) == ["@ line 4", "  4", "  5", "- 6", "+ six", "  7", "  8"])
    #expect(difference(old, old + "13\n") == ["@ line 11", "  11", "  12", "+ 13"])
    #expect(difference("1\n" + old, old) == ["@ line 1", "  1", "- 1", "  2", "  3"])
    let two = new.replacingOccurrences(of: "12\n", with: "")
    #expect(difference(old, two).filter { $0.hasPrefix("@") } == ["@ line 4", "@ line 10"])
  }

  @Test func aMissingLineEndIsADifference() {
    #expect(difference("a\n", "a") == ["@ line 1", "- a", "+ a (no line end)"])
  }

  @Test func largeTextsTakeNoTime() {
    let old = (0..<50_000).map { "\($0)\n" }.joined()
    let new = (0..<50_000).map { "x\($0)\n" }.joined()
    let start = ContinuousClock.now
    #expect(difference(old, new).count == 100_001)
    #expect(ContinuousClock.now - start < .seconds(20))
  }

  @Test func nothingReachesATerminal() {
    #expect(difference("", "\u{1b}[1m\n") == ["@ line 1", "+ \\u{1b}[1m"])
  }
}
