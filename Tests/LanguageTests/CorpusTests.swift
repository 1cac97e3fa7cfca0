import Corpus
import Language
import MadeScripts
import Syntax
import Testing

/// Scripts and what becomes of them: `errors/*.ncs` with what is said of them, `scripts/*.ncs` with
/// what they mean.
@Suite struct CorpusTests {
  static let corpus = Corpus()

  static func names(_ folder: String) throws -> [String] {
    try corpus.names(in: folder, suffix: ".ncs")
  }

  /// Imported scripts are beside, in `modules`.
  static func importing(
    _ path: String, _ from: SourceText
  ) -> Result<ScriptTree, Diagnostic> {
    let text: String
    do {
      text = try corpus.text("modules/\(path).ncs")
    } catch {
      return .failure(Diagnostic(.error, "there is no script '\(path)'"))
    }
    let parsed = Parser(SourceText(name: "\(path).ncs", text: text)).parse()
    return parsed.diagnostics.first.map { .failure($0) } ?? .success(parsed.tree)
  }

  static func check(
    _ file: String, name: String, options: [String: String] = [:]
  ) throws -> Checker.Outcome {
    let text = try corpus.text(file)
    // `// no kernel` in the text: on a machine without one. `// --port 80`: of the command line.
    let types: any KernelTypes = text.contains("// no kernel\n") ? NoKernelTypes() : MadeKernel()
    var given = options
    for line in text.split(separator: "\n") where line.hasPrefix("// --") {
      let words = line.dropFirst(5).split(separator: " ", maxSplits: 1)
      given[String(words[0])] = words.count > 1 ? String(words[1]) : ""
    }
    let parsed = Parser(SourceText(name: name, text: text)).parse()
    var outcome = Checker(
      tree: parsed.tree, types: types, options: given, importer: importing,
      files: { path, _ in
        path == "there.c"
          ? .success(SourceText(name: path, text: "#define ONE 1\n"))
          : .failure(Diagnostic(.error, "cannot read \(path): No such file or directory"))
      }
    ).check()
    outcome.diagnostics = parsed.diagnostics + outcome.diagnostics
    return outcome
  }

  @Test(arguments: try names("errors")) func errors(_ name: String) throws {
    let outcome = try Self.check("errors/\(name).ncs", name: "\(name).ncs")
    let said = outcome.diagnostics.map { $0.rendered() + "\n" }.joined(separator: "\n")
    #expect(!outcome.diagnostics.isEmpty)
    try Self.corpus.expect(said, in: "errors/\(name).txt")
  }

  @Test(arguments: try names("scripts")) func scripts(_ name: String) throws {
    let outcome = try Self.check("scripts/\(name).ncs", name: "\(name).ncs")
    let said = outcome.diagnostics.map { $0.rendered() + "\n" }.joined(separator: "\n")
    let script = try #require(outcome.script, "\(said)")
    try Self.corpus.expect(said + ScriptDump(script).text(), in: "scripts/\(name).typed")
  }
}
