import Corpus
import Language
import Lowering
import Syntax
import Testing

private let corpus = Corpus()

/// `corpus/probes`: mechanism, with `+` where the kernel lets memory be read in place, skb argument
/// (counted from 0) and filter, and the object's C.
@Suite struct ProbeLoweringTests {
  @Test(arguments: try corpus.names(in: "probes", suffix: ".probe"))
  func generatedC(name: String) throws {
    let text = try corpus.text("probes/\(name).probe").prefix { $0 != "\n" }
    let words = text.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
    let readsInPlace = words[0].hasSuffix("+")
    let mechanism = try #require(
      Mechanism(rawValue: String(words[0].dropLast(readsInPlace ? 1 : 0))))
    let filter =
      try words.count < 3
      ? nil
      : PacketFilter(
        compiling: SourceText(name: name, text: String(words[2])))
    let unit = ProbeUnit(
      mechanism: mechanism, skbArgument: try #require(Int(words[1])), filter: filter,
      readsInPlace: readsInPlace)
    try corpus.expect(ProbeLowering(unit).lower(), in: "probes/\(name).c")
  }
}
