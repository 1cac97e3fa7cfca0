import Documents
import Language
import Syntax
import Testing

/// The scripts that ship.
@Suite struct StdlibTests {
  static func scripts() throws -> [String] {
    try Documents.files(below: "stdlib").filter { $0.hasSuffix(".ncs") }
  }

  @Test(arguments: try scripts()) func isSound(_ file: String) throws {
    let parsed = Parser(SourceText(name: file, text: try Documents.text(file))).parse()
    let outcome = Checker(
      tree: parsed.tree, types: NoKernelTypes(),
      importer: { path, _ in
        do {
          let text = try Documents.text("stdlib/\(path).ncs")
          return .success(Parser(SourceText(name: path, text: text)).parse().tree)
        } catch {
          return .failure(Diagnostic(.error, "\(error)"))
        }
      }
    ).check()
    let said = (parsed.diagnostics + outcome.diagnostics).map { $0.rendered() }
    #expect(said.isEmpty, "\(said.joined(separator: "\n"))")
  }
}
