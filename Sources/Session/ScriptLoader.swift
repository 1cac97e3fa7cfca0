package import Language
package import Library
package import Syntax

/// From a script's text to a checked script: parsing, imports, options, checking.
package struct ScriptLoader {
  package let library: ScriptLibrary
  /// Names of netcap's own options, which a script's must not have.
  private let reserved: Set<String>

  package init(library: ScriptLibrary = .ofUser(), reserved: Set<String>) {
    self.library = library
    self.reserved = reserved
  }

  /// What came of it. `script` is nil if there is an error among the diagnostics.
  package struct Outcome {
    package var tree: ScriptTree
    package var script: Script?
    package var diagnostics: [Diagnostic]
    package var explanation: Explanation?
  }

  /// - Parameters:
  ///   - arguments: the words of the command line that are the script's own.
  ///   - isPrompt: more is going to be declared: what nothing uses is no mistake.
  package func load(
    _ file: ScriptFile, types: any KernelTypes, arguments: [String], isPrompt: Bool = false
  ) -> Outcome {
    var parsed = Parser(file.source).parse()
    if file.origin == .text, parsed.tree.version == nil {
      // Who types a text means today's language.
      parsed.tree.version = ScriptTree.Version(number: Parser.newestVersion, span: Span(0..<0))
    }
    var diagnostics = parsed.diagnostics
    guard !diagnostics.contains(where: { $0.severity == .error }) else {
      return Outcome(tree: parsed.tree, diagnostics: diagnostics)
    }
    diagnostics += reservedNames(in: parsed.tree)
    var options: [String: String] = [:]
    do throws(Diagnostic) {
      options = try ScriptArguments(tree: parsed.tree).values(of: arguments)
    } catch {
      diagnostics.append(error)
    }
    let imports = Imports(library: library, script: file)
    let outcome = Checker(
      tree: parsed.tree, types: types, options: options, isPrompt: isPrompt,
      importer: { imports.tree(importing: $0, from: $1) },
      files: { path, _ in
        do throws(Diagnostic) {
          return .success(try library.c(path, for: file))
        } catch {
          return .failure(error)
        }
      }
    ).check()
    diagnostics += imports.diagnostics + outcome.diagnostics
    let isSound = !diagnostics.contains { $0.severity == .error }
    return Outcome(
      tree: parsed.tree, script: isSound ? outcome.script : nil, diagnostics: diagnostics,
      explanation: outcome.explanation)
  }

  private func reservedNames(in tree: ScriptTree) -> [Diagnostic] {
    tree.options.filter { reserved.contains($0.name.text) }.map {
      Diagnostic(
        .error, "--\($0.name.text) is an option of netcap's own",
        at: Diagnostic.Place(tree.source, $0.name.span), hints: ["give this one another name"])
    }
  }
}

extension ScriptTree {
  /// The options that the script itself declares, in their order.
  package var options: [OptionSyntax] {
    declarations.compactMap {
      if case .option(let option) = $0.kind { option } else { nil }
    }
  }
}

/// Scripts that take part in one that is being loaded; each is read and parsed once.
private final class Imports {
  private let library: ScriptLibrary
  private var files: [String: ScriptFile]
  private var trees: [String: ScriptTree] = [:]
  /// What is wrong with imported scripts beyond the first error, which the importer is told.
  private(set) var diagnostics: [Diagnostic] = []

  init(library: ScriptLibrary, script: ScriptFile) {
    self.library = library
    files = [script.source.name: script]
  }

  func tree(
    importing path: String, from importer: SourceText
  ) -> Result<ScriptTree, Diagnostic> {
    let asking = files[importer.name] ?? ScriptFile(source: importer, origin: .text)
    do throws(Diagnostic) {
      let file = try library.script(
        importing: path, from: asking, at: Diagnostic.Place(importer, Span(0..<0)))
      if let tree = trees[file.source.name] { return .success(tree) }
      files[file.source.name] = file
      let parsed = Parser(file.source).parse()
      trees[file.source.name] = parsed.tree
      let errors = parsed.diagnostics.filter { $0.severity == .error }
      diagnostics += parsed.diagnostics.filter { $0.severity != .error } + errors.dropFirst()
      if let first = errors.first { return .failure(first) }
      return .success(parsed.tree)
    } catch {
      // The checker knows where the import stands.
      return .failure(Diagnostic(error.severity, error.message, hints: error.hints))
    }
  }
}
