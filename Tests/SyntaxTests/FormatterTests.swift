import Corpus
import Syntax
import Testing

private let corpus = Corpus()

/// `corpus/format`: scripts and how they are laid out.
@Suite struct FormatterTests {
  @Test(arguments: try corpus.names(in: "format", suffix: ".ncs"))
  func layouts(_ name: String) throws {
    let source = SourceText(name: "\(name).ncs", text: try corpus.text("format/\(name).ncs"))
    let text = try #require(Formatter.format(source).text)
    try corpus.expect(text, in: "format/\(name).out")
    FormatterTests.check(source, Parser(source).parse().tree, isPrompt: false)
  }

  @Test(arguments: try corpus.names(in: "parse", suffix: ".ncs"))
  func meaningStays(_ name: String) throws {
    let source = SourceText(name: "\(name).ncs", text: try corpus.text("parse/\(name).ncs"))
    let isPrompt = source.text.hasPrefix(ParserTests.promptLine)
    let tree = ParserTests.parse(source).tree
    FormatterTests.check(source, tree, isPrompt: isPrompt)
  }

  @Test func whatCannotBeParsedIsNotTouched() {
    let (text, diagnostics) = Formatter.format(SourceText(name: "a", text: "probe {"))
    #expect(text == nil && diagnostics.count == 1)
  }

  /// That a script laid out has the same tree and the same comments, and stays as it is when laid out
  /// again.
  static func check(
    _ source: SourceText, _ tree: ScriptTree, isPrompt: Bool, _ place: Testing.Comment? = nil
  ) {
    func format(_ source: SourceText) -> String? {
      (isPrompt ? Formatter.format(prompt: source) : Formatter.format(source)).text
    }
    guard let text = format(source) else {
      Issue.record("not laid out", sourceLocation: #_sourceLocation)
      return
    }
    let again = SourceText(name: source.name, text: text)
    let (newTree, diagnostics, _) =
      isPrompt ? Parser(prompt: again).parse() : Parser(again).parse()
    let said = diagnostics.map { $0.rendered() }
    #expect(said == [], place)
    #expect(TreeDump(newTree).text == TreeDump(tree).text, place)
    #expect(comments(again) == comments(source), place)
    #expect(format(again) == text, place)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(text.isEmpty || lines.last == "" && lines.first != "", place)
  }

  private static func comments(_ source: SourceText) -> [String] {
    var lexer = Lexer(source)
    var comments: [String] = []
    var token = lexer.next()
    while true {
      comments += token.comments.map(\.text)
      if token.kind == .end { return comments }
      token = lexer.next()
    }
  }
}
