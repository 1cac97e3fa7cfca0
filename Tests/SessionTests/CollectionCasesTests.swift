import Documents
import Foundation
import Library
import MadePackets
import Session
import SystemPackage
import Testing

/// The recorded cases of `stdlib/` and of `docs/examples`, as `netcap test` runs them.
@Suite struct CollectionCasesTests {
  /// Scripts of the kernel's own values that have no recording; `StdlibValueTests` has what they say
  /// of a kernel.
  private static let untested = [
    "gethostlatency", "mtu-drops", "netfilter-drop", "nettop", "nettxlat", "qdisc-latency",
    "resets", "skbdrop", "skblife", "tcp-trace", "tcpaccept", "tcpconnect", "tcplife",
    "tcpretrans", "tcpsynbl", "tcpwin", "ttl-drops", "udpconnect", "undump",
  ]

  private static func find(_ folder: String) -> ScriptCases {
    let path = Documents.root.appendingPathComponent(folder).path
    return ScriptTesting(reserved: [], accepts: false).find([path])
  }

  @Test(arguments: ["stdlib", "docs/examples"])
  func casesPass(folder: String) {
    let found = Self.find(folder)
    #expect(found.problems.isEmpty && !found.cases.isEmpty)
    let testing = ScriptTesting(reserved: [], accepts: false)
    for test in found.cases {
      let verdict = testing.run(test)
      #expect(verdict == .passed, "\(test.script) \(test.name)")
    }
  }

  @Test func everyScriptHasACase() {
    let names = Self.find("stdlib").untested
      .filter { !$0.removingLastComponent().string.hasSuffix("/net") }
      .map { $0.stem ?? "" }
    #expect(names.sorted() == Self.untested)
  }

  /// The recording of the documents is made here; `UPDATE=1` writes it.
  @Test func theExampleIsWhatIsMade() throws {
    let file = Documents.root.appendingPathComponent("docs/examples/web.pcap")
    let made = Data(WebCapture.file())
    let kept = FileManager.default.fileExists(atPath: file.path) ? try Data(contentsOf: file) : nil
    if made != kept, ProcessInfo.processInfo.environment["UPDATE"] == "1" {
      try made.write(to: file)
    }
    #expect(made == kept, "UPDATE=1 writes docs/examples/web.pcap")
  }

  /// `docs/stdlib.md` has every script once, with what it says of itself.
  @Test func theIndexIsComplete() throws {
    let rows = try Documents.text("docs/stdlib.md")
      .matches(of: /(?m)^\| ([^|]+) \| \[([^\]]+)\]\(\.\.\/stdlib\/([^)]+)\.ncs\) \|/)
    #expect(rows.map { String($0.2) }.sorted() == Stdlib.names)
    for row in rows {
      #expect(row.2 == row.3)
      let script = Manual.scripts().scripts.first { $0.name == row.2 && $0.folder == "stdlib" }
      #expect(script?.summary == String(row.1), "\(row.2)")
    }
    let text = try Documents.text("docs/stdlib.md")
    let tools = """
      tcpdrop tcplife tcpretrans tcpconnect tcpaccept tcpsynbl undump gethostlatency skblife skbdrop
      nettxlat netsize ipecn superping tcpwin udpconnect dropwatch netfilter_drop packet_contents
      tcp_trace nettop
      """
    for tool in tools.split(whereSeparator: { $0 == " " || $0 == "\n" }) {
      #expect(text.contains("`\(tool)` ("), "\(tool)")
    }
  }
}
