package import Kernel
package import Language
package import Library
internal import Session
package import Syntax
internal import SystemPackage

/// Where completion looks names up; each is asked only where it can stand.
package struct CompletionSources {
  package var types: () -> any KernelTypes
  /// What has been declared in the session.
  package var declarations: () -> [Declaration]
  package var interfaces: () -> [String]
  /// Names of scripts that can be imported or loaded.
  package var scripts: () -> [String]
  /// An imported script.
  package var script: (_ name: String) -> ScriptTree?
  /// Names in a folder, which is as it was typed: empty, or with a `/` at its end. Those of folders
  /// have one, too.
  package var files: (_ folder: String) -> [String]

  package init(
    types: @escaping () -> any KernelTypes, declarations: @escaping () -> [Declaration],
    interfaces: @escaping () -> [String] = { [] }, scripts: @escaping () -> [String] = { [] },
    script: @escaping (String) -> ScriptTree? = { _ in nil },
    files: @escaping (String) -> [String] = { _ in [] }
  ) {
    self.types = types
    self.declarations = declarations
    self.interfaces = interfaces
    self.scripts = scripts
    self.script = script
    self.files = files
  }

  /// This machine's.
  package static func ofThisMachine(
    _ facts: KernelFacts, library: ScriptLibrary, declarations: @escaping () -> [Declaration]
  ) -> CompletionSources {
    CompletionSources(
      types: { facts.scriptTypes }, declarations: declarations, interfaces: { Interfaces.all() },
      scripts: { library.entries().scripts.map(\.name) },
      script: { name in
        let prompt = SourceText(name: "prompt", text: "")
        do throws(Diagnostic) {
          let file = try library.script(
            importing: name, from: ScriptFile(source: prompt, origin: .text),
            at: Diagnostic.Place(prompt, prompt.span))
          return Parser(file.source).parse().tree
        } catch {
          // It is said when the import is made.
          return nil
        }
      },
      files: names)
  }

  /// More names of a folder are not shown.
  private static let fileLimit = 10_000

  private static func names(in folder: String) -> [String] {
    Folder.entries(of: folder.isEmpty ? "." : FilePath(folder), limit: fileLimit)
      .map { $0.isFolder ? $0.name + "/" : $0.name }
  }
}
