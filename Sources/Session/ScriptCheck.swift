package import Kernel
internal import Language
internal import Library
package import Syntax

/// `netcap check`: what is wrong with scripts, and what they touch. Nothing is attached.
package struct ScriptCheck {
  private let usesKernel: Bool
  private let explains: Bool
  private let reserved: Set<String>
  private let facts: KernelFacts

  /// - Parameters:
  ///   - usesKernel: names of the kernel are looked up in the running one.
  ///   - reserved: names of netcap's own options, which a script's must not have.
  package init(
    usesKernel: Bool, explains: Bool, reserved: Set<String>, facts: KernelFacts = KernelFacts()
  ) {
    self.reserved = reserved
    self.usesKernel = usesKernel
    self.explains = explains
    self.facts = facts
  }

  package struct Outcome {
    /// For standard output.
    package var text: String
    /// Warnings, and mistakes where there are any.
    package var diagnostics: [Diagnostic]
    package var isSound: Bool
  }

  /// - Parameters:
  ///   - name: a file, `-` for standard input, or the name of a script of a collection.
  ///   - arguments: values of the script's options: `--name=value`.
  /// - Throws: `SessionError.cannotRun` where it cannot be read.
  package func check(_ name: String, arguments: [String]) throws(SessionError) -> Outcome {
    let loader = ScriptLoader(reserved: reserved)
    let file: ScriptFile
    do {
      file = try loader.library.script(name)
    } catch {
      throw .cannotRun([error])
    }
    let types: any KernelTypes = usesKernel ? facts.scriptTypes : NoKernelTypes()
    if usesKernel, !types.isKnown {
      throw .cannotRun([
        Diagnostic(
          .error, "this kernel's types cannot be read",
          hints: ["netcap doctor tells why; without --kernel its names are left unchecked"])
      ])
    }
    let loaded = loader.load(file, types: types, arguments: arguments)
    guard let script = loaded.script else {
      return Outcome(text: "", diagnostics: loaded.diagnostics, isSound: false)
    }
    if usesKernel {
      do {
        try ScriptCompilation(script, facts: facts).checkBlocks()
      } catch .mistakes(let mistakes) {
        return Outcome(text: "", diagnostics: mistakes, isSound: false)
      } catch {
        throw error
      }
    }
    let explanation = loaded.explanation ?? Explanation()
    var lines = [summary(name, script, explanation)]
    if explains { lines += explanation.lines(of: script).map { "  " + $0 } }
    return Outcome(
      text: lines.map { $0.terminalSafe + "\n" }.joined(), diagnostics: loaded.diagnostics,
      isSound: true)
  }

  private func summary(
    _ name: String, _ script: Script, _ explanation: Explanation
  ) -> String {
    var unchecked: [String] = []
    let count = explanation.unchecked.count
    if count > 0 { unchecked.append("\(count) \(count == 1 ? "name" : "names") of the kernel") }
    if !usesKernel, !script.cBlocks.isEmpty { unchecked.append("what is in C") }
    return unchecked.isEmpty
      ? "\(name): sound"
      : "\(name): sound, but for \(unchecked.joined(separator: " and ")), unchecked"
  }
}
