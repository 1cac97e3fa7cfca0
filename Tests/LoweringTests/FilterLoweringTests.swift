import Corpus
import Language
import Lowering
import Packets
import Syntax
import Testing

private let corpus = Corpus()

/// `corpus/filters`: a pcap-filter expression and the C that both of its programs become.
@Suite struct FilterLoweringTests {
  @Test(arguments: try corpus.names(in: "filters", suffix: ".filter"))
  func generatedC(name: String) throws {
    let text = String(try corpus.text("filters/\(name).filter").prefix { $0 != "\n" })
    let filter = try PacketFilter(compiling: SourceText(name: name, text: text))
    let ethernet = FilterLowering(name: "ethernet", program: filter.ethernet, link: .ethernet)
    let rawIP = FilterLowering(name: "raw_ip", program: filter.rawIP, link: .rawIP)
    try corpus.expect(ethernet.lower().c + "\n" + rawIP.lower().c, in: "filters/\(name).c")
  }
}
