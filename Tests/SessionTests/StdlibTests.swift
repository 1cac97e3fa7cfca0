import Kernel
import Language
import Library
import Session
import Syntax
import Testing

/// The scripts that ship.
@Suite struct StdlibTests {
  private func load(_ name: String, _ types: any KernelTypes) throws -> ScriptLoader.Outcome {
    let source = try #require(Stdlib.script(named: name))
    return ScriptLoader(library: ScriptLibrary(folders: []), reserved: []).load(
      ScriptFile(source: source, origin: .stdlib), types: types, arguments: [])
  }

  @Test(arguments: Stdlib.names)
  func scriptIsSoundWithoutAKernel(_ name: String) throws {
    let outcome = try load(name, NoKernelTypes())
    let text = outcome.diagnostics.map { $0.rendered() }.joined(separator: "\n")
    #expect(outcome.script != nil && outcome.diagnostics.isEmpty, "\(text)")
  }

  @Test(arguments: Stdlib.names)
  func scriptIsSoundHere(_ name: String) throws {
    let outcome = try load(name, KernelFacts().scriptTypes)
    let text = outcome.diagnostics.map { $0.rendered() }.joined(separator: "\n")
    #expect(outcome.script != nil && outcome.diagnostics.isEmpty, "\(text)")
  }

  @Test(arguments: Stdlib.names)
  func scriptIsFormatted(_ name: String) throws {
    let source = try #require(Stdlib.script(named: name))
    let first = source.text.split(separator: "\n").prefix(3)
    #expect(first.contains("ncs 1"))
  }
}
