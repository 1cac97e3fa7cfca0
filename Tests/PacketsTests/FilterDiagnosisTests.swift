import Corpus
import Packets
import Syntax
import Testing

private let corpus = Corpus()

/// `corpus/refused.txt`: filters that are refused, each followed by what the user is told.
@Suite struct FilterDiagnosisTests {
  @Test func messages() throws {
    let lines = try corpus.text("refused.txt").split(
      separator: "\n", omittingEmptySubsequences: false)
    var actual = ""
    for line in lines where line.hasPrefix("$ ") {
      let text = String(line.dropFirst(2))
      actual += line + "\n"
      do {
        _ = try FilterProgram.compile(SourceText(name: "-e", text: text), link: .ethernet)
        actual += "accepted\n\n"
      } catch {
        actual += error.rendered() + "\n\n"
      }
    }
    try corpus.expect(actual, in: "refused.txt")
  }

  @Test func zeroByte() {
    #expect(throws: Diagnostic.self) {
      try FilterProgram.compile(SourceText(name: "-e", text: "tcp\0"), link: .ethernet)
    }
  }

  @Test(arguments: ["", " ", "\t\n"])
  func emptyMatchesEverything(text: String) throws {
    for link in [LinkType.ethernet, .rawIP] {
      let program = try FilterProgram.compile(SourceText(name: "-e", text: text), link: link)
      #expect(program == .acceptAll)
      let interpreter = FilterInterpreter(program)
      let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
      let matches = interpreter.matches(nothing, packetLength: 0)
      #expect(matches)
    }
  }

  @Test func disassemblyIsTcpdumps() throws {
    let source = SourceText(name: "-e", text: "ip host 10.9.0.2")
    #expect(
      try FilterProgram.compile(source, link: .rawIP).disassembled() == [
        "(000) ldb      [0]",
        "(001) and      #0xf0",
        "(002) jeq      #0x40            jt 3\tjf 8",
        "(003) ld       [12]",
        "(004) jeq      #0xa090002       jt 7\tjf 5",
        "(005) ld       [16]",
        "(006) jeq      #0xa090002       jt 7\tjf 8",
        "(007) ret      #262144",
        "(008) ret      #0",
      ])
  }
}
