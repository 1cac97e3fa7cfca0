import Documents
import Foundation
import Library
import MadePackets
import Session
import SystemPackage
import Testing

/// The recorded cases of `stdlib/` and of `docs/examples`, as `netcap test` runs them.
@Suite struct CollectionCasesTests {
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
    let untested = Self.find("stdlib").untested
      .filter { !$0.removingLastComponent().string.hasSuffix("/net") }
    #expect(untested.isEmpty)
  }

  /// The recordings of the documents and of cases are made here; `UPDATE=1` writes them.
  @Test(arguments: ["web.pcap", "kernel.pcapng"])
  func theExampleIsWhatIsMade(name: String) throws {
    let file = Documents.root.appendingPathComponent("docs/examples/\(name)")
    let made = Data(name == "web.pcap" ? WebCapture.file() : KernelCapture.file())
    let kept = FileManager.default.fileExists(atPath: file.path) ? try Data(contentsOf: file) : nil
    if made != kept, ProcessInfo.processInfo.environment["UPDATE"] == "1" {
      try made.write(to: file)
    }
    #expect(made == kept, "UPDATE=1 writes docs/examples/\(name)")
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
