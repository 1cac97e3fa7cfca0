import Corpus
import Language
import MadeScripts
import Syntax
import Testing

/// Trees of texts that are not whole.
@Suite struct PartialTests {
  /// Scripts with pieces cut out, wherever: something is said, and nothing crashes.
  @Test func anyTreeIsChecked() throws {
    var generator = Generator(state: 7)
    var checked = 0
    for folder in ["scripts", "errors"] {
      for name in try CorpusTests.names(folder) {
        let bytes = Array(try CorpusTests.corpus.text("\(folder)/\(name).ncs").utf8)
        for _ in 0..<(folder == "scripts" ? 24 : 2) {
          let start = Int(generator.next() % UInt64(bytes.count))
          let end = min(bytes.count, start + Int(generator.next() % 24))
          let cut = Array(bytes[..<start] + bytes[end...])
          let text = String(decoding: cut, as: UTF8.self)
          let parsed = Parser(SourceText(name: name, text: text)).parse()
          let types: any KernelTypes = checked % 4 == 0 ? NoKernelTypes() : MadeKernel()
          let outcome = Checker(
            tree: parsed.tree, types: types, importer: CorpusTests.importing
          ).check()
          for diagnostic in outcome.diagnostics { _ = diagnostic.rendered() }
          if let script = outcome.script { _ = ScriptDump(script).text() }
          checked += 1
        }
      }
    }
    #expect(checked > 500)
  }

  private struct Generator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state >> 33
    }
  }
}
