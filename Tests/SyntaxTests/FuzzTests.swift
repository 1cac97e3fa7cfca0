import Corpus
import Foundation
import Syntax
import Testing

private let corpus = Corpus()

/// Whatever the text is, the parser ends, and says where in it something is wrong.
///
/// `NETCAP_FUZZ_ROUNDS` is how many texts are tried, `NETCAP_FUZZ_SEED` where they begin.
@Suite struct FuzzTests {
  /// What is put into texts.
  private static let snippets = [
    "(", ")", "[", "]", "{", "}", "\"", "\\", "\n", "\n\n", ";", ",", ":", ".", "?", "??", "->",
    "=",
    "==", "+", "-", "*", "!", "|", "||", "..<", "//", "/// doc\n", "// note\n", " ", "\t", "\0",
    "é",
    "'", "c {", "where c {", "from c {", "emit ", "if x {", "} else {", "else", "probe ", "on x {",
    "path ", "table ", "state ", "filter \"", "print \"{", "{x:", "0x", "1.5s", "9999999999999h",
    "has ", "in ", "ncs 1\n", "every 5s {", "a.b?", "t[k] += 1", "\u{1f40d}", "\r\n", "\u{feff}",
  ]

  /// What may stand in many places between tokens.
  private static let layouts = [
    " ", "\n", "\n\n", "\n\n\n", "\t", ";", " ;\n", " // note\n", "\n// note\n", " /// doc\n",
    "\n/// doc\n", "\n\n/// doc\n\n", "\r\n", " // a\n // b\n",
  ]

  private static func seeds() throws -> [[UInt8]] {
    try ["parse", "errors", "format"].flatMap { folder in
      try corpus.names(in: folder, suffix: ".ncs").map { try corpus.bytes("\(folder)/\($0).ncs") }
    }
  }

  private static func mutate(
    _ text: inout [UInt8], _ seeds: [[UInt8]], _ random: inout RepeatableNumbers
  ) {
    for _ in 0..<Int.random(in: 1...6, using: &random) {
      let at = Int.random(in: 0...text.count, using: &random)
      let length = Int.random(in: 1...12, using: &random)
      switch Int.random(in: 0..<9, using: &random) {
      case 0: text.removeSubrange(at..<min(at + length, text.count))
      case 1: text.insert(contentsOf: text[at..<min(at + length, text.count)], at: at)
      case 2, 3: text.insert(contentsOf: snippets.randomElement(using: &random)!.utf8, at: at)
      case 4: text.removeSubrange(at...)
      case 5:
        let other = seeds.randomElement(using: &random)!
        let from = Int.random(in: 0...other.count, using: &random)
        text.insert(contentsOf: other[from..<min(from + 4 * length, other.count)], at: at)
      case 6, 7:
        guard let space = text[at...].firstIndex(where: { $0 == 0x20 || $0 == 0x0a }) else { break }
        text.insert(contentsOf: layouts.randomElement(using: &random)!.utf8, at: space)
      default: if at < text.count { text[at] = UInt8.random(in: 0x20..<0x7f, using: &random) }
      }
    }
  }

  @Test func changedTexts() throws {
    let rounds = FuzzSetting.rounds(10_000)
    var random = FuzzSetting.random
    let seeds = try Self.seeds()
    var sound = 0
    for round in 0..<rounds {
      let before = random.state
      var bytes = seeds.randomElement(using: &random)!
      Self.mutate(&bytes, seeds, &random)
      let source = SourceText(name: "fuzz", text: String(decoding: bytes, as: UTF8.self))
      let isPrompt = Bool.random(using: &random)
      let where_ = Testing.Comment(rawValue: "NETCAP_FUZZ_SEED=\(before) NETCAP_FUZZ_ROUNDS=1")
      let (tree, diagnostics, isIncomplete) =
        isPrompt ? Parser(prompt: source).parse() : Parser(source).parse()
      #expect(!isIncomplete || !diagnostics.isEmpty, where_)
      let end = source.text.utf8.count
      for diagnostic in diagnostics {
        let span = try #require(diagnostic.place, where_).span
        #expect(0 <= span.start && span.start <= span.end && span.end <= end, where_)
      }
      if round % 64 == 0 { #expect(Self.strays(in: tree, end: end).isEmpty, where_) }
      if diagnostics.isEmpty {
        sound += 1
        FormatterTests.check(source, tree, isPrompt: isPrompt, where_)
        for _ in 0..<4 {
          Self.checkBeginning(of: source, isPrompt: isPrompt, where_, &random)
        }
      }
    }
    // Both happen: the changes are neither harmless nor hopeless.
    if rounds >= 1000 { #expect(sound > 0 && sound < rounds) }
  }

  /// That what a sound text begins with can become sound.
  private static func checkBeginning(
    of source: SourceText, isPrompt: Bool, _ place: Testing.Comment?,
    _ random: inout RepeatableNumbers
  ) {
    let bytes = Array(source.text.utf8)
    let end = PrefixTests.boundaries(source).randomElement(using: &random)!
    // In a point, a name with dots is one token.
    let dot = UInt8(ascii: ".")
    if end < bytes.count && bytes[end] == dot || end > 0 && bytes[end - 1] == dot { return }
    let text = String(decoding: bytes[..<end], as: UTF8.self)
    let beginning = SourceText(name: source.name, text: text)
    let (_, diagnostics, isIncomplete) =
      isPrompt ? Parser(prompt: beginning).parse() : Parser(beginning).parse()
    let said = diagnostics.map { $0.rendered() }
    #expect(
      isIncomplete || said == [],
      "\(place.map { "\($0)" } ?? ""): \(text.debugDescription), of \(source.text.debugDescription)"
    )
  }

  /// Spans of a tree that are not in the text.
  private static func strays(in value: Any, end: Int) -> [Span] {
    if let span = value as? Span {
      return 0 <= span.start && span.start <= span.end && span.end <= end ? [] : [span]
    }
    return Mirror(reflecting: value).children.flatMap { strays(in: $0.value, end: end) }
  }

  /// Far more than is allowed, of everything that contains its like.
  @Test(arguments: [
    ("(", "x", ")"), ("!", "x", ""), ("- ", "x", ""), ("f(", "x", ")"), ("t[", "x", "]"),
    ("", "x", ".y"), ("", "x", "[1]"), ("", "x", "()"), ("", "1", " + 1"), ("", "1", " ?? 1"),
    ("", "a", " && b"), ("has ", "x", ""), ("(a = ", "x", ")"), ("1 + (", "x", ")"),
    ("if x { ", "y", " }"), ("if x { } else ", "if x { }", ""), ("for i in x { ", "y", " }"),
    ("begin { ", "", " }"), ("probe {", "a", "}"), ("{", "}", ""), ("\"{", "x", "}\""),
    ("let a = \"{\"{", "x", "}\"}\""), ("a | ", "b", ""), ("probe a | ", "b", ""),
  ])
  func deepNesting(_ before: String, _ middle: String, _ after: String) {
    for count in [100, 199, 200, 201, 5000] {
      let text =
        String(repeating: before, count: count) + middle + String(repeating: after, count: count)
      let (tree, diagnostics, _) = Parser(prompt: SourceText(name: "deep", text: text)).parse()
      #expect(tree == tree)
      _ = Formatter.format(prompt: SourceText(name: "deep", text: text))
      if count == 5000, !before.hasPrefix("probe a") && !before.hasPrefix("a |") {
        #expect(!diagnostics.isEmpty)
      }
    }
  }
}
