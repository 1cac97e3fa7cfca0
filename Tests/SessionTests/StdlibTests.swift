import Kernel
import Language
import Library
import Lowering
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

  /// The path of a file in a point takes options.
  @Test func aPathTakesOptions() throws {
    let source = try #require(Stdlib.script(named: "gethostlatency"))
    for (arguments, path) in [
      ([], "/lib/x86_64-linux-gnu/libc.so.6"), (["--libc", "/opt/libc.so"], "/opt/libc.so"),
    ] {
      let script = ScriptLoader(library: ScriptLibrary(folders: []), reserved: []).load(
        ScriptFile(source: source, origin: .stdlib), types: NoKernelTypes(), arguments: arguments
      ).script
      #expect(script?.probes.first?.points.first?.kind == .userFunction(path: path))
    }
  }

  /// What can be lowered of it is C that compiles.
  @Test(arguments: Stdlib.names)
  func scriptIsCompiled(_ name: String) throws {
    guard let script = try load(name, KernelFacts().scriptTypes).script,
      let clang = Clang.find()
    else { return }
    for (index, probe) in script.probes.enumerated() {
      for point in probe.points.prefix(1) {
        for mechanism in ScriptUnit.mechanisms(for: point, in: script, probe: index) {
          let unit = ScriptUnit(
            script: script, probe: index, mechanism: mechanism, point: point,
            hasCompareExchange: true)
          do {
            _ = try ScriptObject(try unit.lower(), of: unit, clang: clang, types: nil)
          } catch {
            Issue.record("\(name): \(probe.name) by \(mechanism): \(error)")
          }
        }
      }
    }
  }

  @Test(arguments: Stdlib.names)
  func scriptIsLaidOut(_ name: String) throws {
    let source = try #require(Stdlib.script(named: name))
    #expect(Formatter.format(source).text == source.text)
  }
}
