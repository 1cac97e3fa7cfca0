import Language
import Session
import Syntax
import Testing

@Suite struct SkbRequestTests {
  @Test func aCommandLineBecomesDeclarations() throws {
    let request = SkbRequest(
      functions: "icmp_rcv@1,ip_rcv", expression: "host 10.0.0.1", interface: "lo",
      captureMaxSize: 1500)
    let probe = try #require(try request.program().probes.first)
    #expect(probe.points.map(\.name) == ["icmp_rcv", "ip_rcv"])
    #expect(probe.filter?.source.text == "host 10.0.0.1")
    #expect(probe.interface?.name == "lo")
    #expect(probe.interface?.index == 1)
    #expect(probe.interface?.namespace != 0)
    #expect(probe.captureLength == 1500)
  }

  @Test func anyInterfaceIsNone() throws {
    let probe = try SkbRequest(functions: "a", interface: "any").program().probes[0]
    #expect(probe.interface == nil)
  }

  @Test(arguments: [0, -1, 65536])
  func captureSizesOutOfRange(_ size: Int) throws {
    let request = SkbRequest(functions: "a", captureMaxSize: size)
    let diagnostic = try #require(throws: Diagnostic.self) { try request.program() }
    #expect(diagnostic.place?.source.name == "--capture-max-size")
  }

  @Test func aNegativeCount() throws {
    let diagnostic = try #require(throws: Diagnostic.self) {
      try SkbRequest(functions: "a", count: -1).program()
    }
    #expect(diagnostic.place?.source.name == "-c")
  }

  @Test func aMistakeInTheFilterIsShownInTheFilter() throws {
    let diagnostic = try #require(throws: Diagnostic.self) {
      try SkbRequest(functions: "a", expression: "tcp prt 80").program()
    }
    #expect(diagnostic.place?.source == SourceText(name: "-e", text: "tcp prt 80"))
    #expect(diagnostic.place?.span == Span(4..<7))
  }

  @Test func anUnknownInterface() throws {
    let diagnostic = try #require(throws: Diagnostic.self) {
      try SkbRequest(functions: "a", interface: "loo").program()
    }
    #expect(diagnostic.message.contains("there is no interface 'loo'"))
    #expect(diagnostic.hints == ["did you mean lo?"])
  }

  @Test func flagsThatWriteFilesAreRefused() throws {
    #expect(throws: Diagnostic.self) {
      try SkbRequest(functions: "a", tcpdumpFlags: "-nnw/tmp/x").displayFlags()
    }
  }
}
