import Corpus
import Syntax
import Testing

private let corpus = Corpus()

/// `corpus/parse`: scripts and their trees. `corpus/errors`: scripts and what the user is told.
@Suite struct ParserTests {
  @Test(arguments: try corpus.names(in: "parse", suffix: ".ncs"))
  func trees(_ name: String) throws {
    let source = SourceText(name: "\(name).ncs", text: try corpus.text("parse/\(name).ncs"))
    let (tree, diagnostics, isIncomplete) = ParserTests.parse(source)
    let problems = diagnostics.map { $0.rendered() + "\n" }.joined()
    try corpus.expect(TreeDump(tree).text + problems, in: "parse/\(name).tree")
    #expect(diagnostics.isEmpty && !isIncomplete)
    ParserTests.checkSpans(tree)
  }

  @Test(arguments: try corpus.names(in: "errors", suffix: ".ncs"))
  func diagnostics(_ name: String) throws {
    let source = SourceText(name: "\(name).ncs", text: try corpus.text("errors/\(name).ncs"))
    let (_, diagnostics, isIncomplete) = ParserTests.parse(source)
    #expect(!diagnostics.isEmpty)
    let text = diagnostics.map { $0.rendered() + "\n" }.joined(separator: "\n")
    try corpus.expect(text + (isIncomplete ? "\nincomplete\n" : ""), in: "errors/\(name).txt")
  }

  /// As a prompt parses what begins with this line, else as a file.
  static let promptLine = "// prompt\n"

  static func parse(
    _ source: SourceText
  ) -> (tree: ScriptTree, diagnostics: [Diagnostic], isIncomplete: Bool) {
    source.text.hasPrefix(promptLine)
      ? Parser(prompt: source).parse() : Parser(source).parse()
  }

  /// That declarations stand in order, within the text.
  static func checkSpans(_ tree: ScriptTree) {
    var end = 0
    for declaration in tree.declarations {
      #expect(declaration.span.start >= end && declaration.span.end >= declaration.span.start)
      end = declaration.span.end
    }
    #expect(end <= tree.source.text.utf8.count)
  }
}
