import Language
import Lowering
import Session
import Syntax
import Testing

/// Declarations of a live session as text: what takes whose place, and where mistakes are said to be.
@Suite struct LiveTextTests {
  private func input(_ text: String, isFile: Bool = false) throws -> LiveInput {
    try LiveInput(SourceText(name: "prompt", text: text), isFile: isFile)
  }

  private func declarations(_ text: String) throws -> [LiveDeclaration] {
    try input(text, isFile: true).items.compactMap {
      if case .declaration(let one) = $0 { one } else { nil }
    }
  }

  private func session(_ texts: String...) throws -> LiveText {
    var session = LiveText()
    for text in texts { session.declare(try declarations(text)) }
    return session
  }

  @Test func declarationsHaveTheirComments() throws {
    let found = try declarations(
      """
      ncs 1
      /// What it is for.
      option port: port = 9000   /// the port

      // of drops
      probe drop = tracepoint:skb:kfree_skb {
          filter "tcp"
      }
      on drop { show pkt }; on drop { print 1 }
      """)
    #expect(
      found.map(\.text) == [
        "/// What it is for.\noption port: port = 9000   /// the port",
        "// of drops\nprobe drop = tracepoint:skb:kfree_skb {\n    filter \"tcp\"\n}",
        "on drop { show pkt }", "on drop { print 1 }",
      ])
    #expect(
      found.map(\.role) == [.value("port"), .probe("drop"), .on("drop"), .on("drop")])
  }

  @Test func namesakesAreReplacedInTheirPlace() throws {
    var session = try session(
      "table t[k]: count", "probe icmp_rcv { t[ip.src] += 1 }", "on icmp_rcv { print 1 }",
      "every 1s { print t }")
    session.declare(try declarations("probe icmp_rcv { t[ip.dst] += 1 }"))
    session.declare(try declarations("on icmp_rcv { print 2 }\non icmp_rcv { print 3 }"))
    #expect(
      session.declarations.map(\.text) == [
        "table t[k]: count", "probe icmp_rcv { t[ip.dst] += 1 }", "on icmp_rcv { print 2 }",
        "on icmp_rcv { print 3 }", "every 1s { print t }",
      ])
    #expect(session.probeNames == ["icmp_rcv"])
  }

  @Test func whatIsEditedMayHaveAnotherName() throws {
    var session = try session("probe icmp_rcv { }", "on icmp_rcv { print 1 }", "table t[k]: count")
    session.replace(
      Array(session.declarations[..<2]), with: try declarations("probe in = icmp_rcv { }"))
    #expect(session.declarations.map(\.text) == ["probe in = icmp_rcv { }", "table t[k]: count"])
    // A name that another one has is taken from it.
    session.replace([session.declarations[0]], with: try declarations("state t[k]"))
    #expect(session.declarations.map(\.text) == ["state t[k]"])
  }

  @Test func placesAreThoseOfWhatWasTyped() throws {
    let session = try session("table t[k]: count", "\n\nprobe icmp_rcv { t[ip.src] += 1 }")
    let written = session.written()
    let range = try #require(written.source.text.firstRange(of: "ip.src"))
    let start = written.source.text.utf8.distance(
      from: written.source.text.startIndex, to: range.lowerBound)
    let place = written.place(Diagnostic.Place(written.source, Span(start..<start + 6)))
    #expect(
      place.source == SourceText(name: "prompt", text: "\n\nprobe icmp_rcv { t[ip.src] += 1 }"))
    #expect(place.span == Span(21..<27))
  }

  @Test func expressionsArePrinted() throws {
    func asked(_ text: String) throws -> String? {
      guard case .statement(let asked)? = try input(text).items.first else { return nil }
      return asked.before + asked.text + asked.after
    }
    #expect(try asked("drops.top(3)") == "print drops.top(3)")
    #expect(try asked("clear drops") == "clear drops")
    #expect(
      try asked("1.5s in ms")
        == "let value_at_prompt = 1.5s\nprint \"{value_at_prompt:ms}\"")
    #expect(try asked("x in y") == "print x in y")
  }

  @Test(arguments: ["probe icmp_rcv {", "print 1 +", "table t["])
  func moreCanFollow(_ text: String) {
    #expect(throws: LiveInput.Problem.self) { try input(text) }
    do throws(LiveInput.Problem) {
      _ = try LiveInput(SourceText(name: "prompt", text: text))
    } catch {
      guard case .incomplete = error else {
        Issue.record("\(error)")
        return
      }
    }
  }

  /// What stands before a probe in the script, and what is numbered because of it, is no part of it.
  @Test func otherDeclarationsChangeNoProbe() throws {
    func text(_ session: LiveText) throws -> String {
      let written = session.written()
      let script = try #require(
        Checker(
          tree: Parser(written.source).parse().tree, types: NoKernelTypes(), isPrompt: true
        ).check().script)
      let probe = try #require(script.probes.firstIndex { $0.name == "icmp_rcv" })
      return try ScriptUnit(
        script: script, probe: probe, mechanism: .kprobe, point: script.probes[probe].points.first,
        hasCompareExchange: true
      ).lower().textWithoutPlaces
    }
    let probe = "probe icmp_rcv { filter \"icmp\"; where is_echo(pkt); t[ip.src] += 1 }"
    let rest = "func is_echo(p) = p.icmp.type == 8"
    let alone = try text(session(rest, "table t[k]: count", probe))
    let after = try text(
      session(
        "func other(p) = p.icmp.type == 0", "table other_table[k]: count",
        "probe tcp_v4_rcv {\n    filter \"tcp\"\n    where other(pkt)\n    other_table[ip.src] += 1\n}",
        rest, "table t[k]: count", probe))
    #expect(alone == after)
    let changed = try text(
      session(rest, "table t[k]: count", probe.replacing("\"icmp\"", with: "\"icmp[0] == 8\"")))
    #expect(alone != changed)
  }
}
