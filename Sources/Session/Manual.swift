internal import Language
internal import Library
package import Syntax

/// `netcap doc` and `netcap list`: what the catalogue and scripts say of themselves.
package enum Manual {
  /// A row of the catalogue.
  package struct Entry: Sendable, Equatable {
    package let name: String
    package let signature: String
    package let documentation: String
    package let example: String
  }

  /// What expressions can name.
  package static func fields() -> [Entry] { entries(["fields"]) }

  /// Everything else that is built in.
  package static func builtins() -> [Entry] {
    entries(Catalogue.sections.map(\.name).filter { $0 != "fields" })
  }

  private static func entries(_ names: [String]) -> [Entry] {
    Catalogue.sections.filter { names.contains($0.name) }.flatMap(\.rows).map(entry)
  }

  private static func entry(_ row: Catalogue.Row) -> Entry {
    Entry(
      name: row.name, signature: row.signature, documentation: row.documentation,
      example: row.example)
  }

  /// What there is to say of a name, or of a script.
  ///
  /// - Throws: `SessionError.usage` for a name that nothing has.
  package static func text(of name: String) throws(SessionError) -> String {
    if ScriptLibrary.looksLikePath(name) { return try script(name) }
    let found = Catalogue.rows(named: name)
    if !found.isEmpty {
      return found.map { section, row in
        """
        \(row.name): \(section.title.lowercased())
          \(row.signature)
          \(row.documentation)
          for example: \(row.example)

        """
      }.joined(separator: "\n")
    }
    if scriptNames().contains(name) { return try script(name) }
    let near = nearestNames(to: name, among: names())
    throw .usage(
      Diagnostic(
        .error, "nothing is called '\(name)'", at: Diagnostic.Place(argument: "command line", name),
        hints: [
          near.isEmpty
            ? "netcap list fields and netcap list builtins show what there is"
            : "did you mean \(near.joined(separator: ", "))?"
        ]))
  }

  /// Everything that there is something to say of.
  package static func names() -> Set<String> {
    Set(Catalogue.sections.flatMap(\.rows).map(\.name) + scriptNames())
  }

  // MARK: Scripts

  private static func scriptNames() -> [String] {
    ScriptLibrary.ofUser().entries().scripts.map(\.name)
  }

  /// A script that can be run by its name.
  package struct ScriptEntry: Sendable, Equatable {
    package let name: String
    /// The first line that it says of itself.
    package let summary: String
    /// `stdlib`, or the folder that it is in.
    package let folder: String
  }

  /// All scripts that are found by name, and what is wrong with folders.
  package static func scripts() -> (scripts: [ScriptEntry], problems: [Diagnostic]) {
    let (found, problems) = ScriptLibrary.ofUser().entries()
    let entries = found.map { entry in
      let documentation = Parser(entry.source).parse().tree.documentation
      return ScriptEntry(
        name: entry.name,
        summary: String(documentation.prefix { $0 != "\n" }), folder: entry.folder)
    }
    return (entries, problems)
  }

  private static func script(_ name: String) throws(SessionError) -> String {
    let file: ScriptFile
    do {
      file = try ScriptLibrary.ofUser().script(name)
    } catch {
      throw .cannotRun([error])
    }
    let parsed = Parser(file.source).parse()
    guard !parsed.diagnostics.contains(where: { $0.severity == .error }) else {
      throw .mistakes(parsed.diagnostics)
    }
    var parts = [name]
    if !parsed.tree.documentation.isEmpty { parts.append(indented(parsed.tree.documentation)) }
    let described = parsed.tree.declarations.compactMap(described)
    if !described.isEmpty { parts.append(described.joined(separator: "\n")) }
    return parts.joined(separator: "\n\n").terminalSafeLines + "\n"
  }

  private static func indented(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { "  \($0)" }
      .joined(separator: "\n")
  }

  private static func described(_ declaration: Declaration) -> String? {
    let heading: String
    switch declaration.kind {
    case .option(let option): heading = "option --\(option.name.text): \(option.type.text)"
    case .constant(let name, _): heading = "const \(name.text)"
    case .function(let function):
      heading =
        "func \(function.name.text)(\(function.parameters.map(\.text).joined(separator: ", ")))"
    case .filter(let name, _): heading = "filter \(name.text)"
    case .table(let table): heading = "table \(table.name.text)\(keys(table.keys))"
    case .state(let state): heading = "state \(state.name.text)\(keys(state.keys))"
    case .probe(let probe):
      guard let name = probe.name else { return nil }
      heading = "probe \(name.text)"
    case .path(let path): heading = "path \(path.name.text)"
    case .importing, .on, .every, .begin, .end, .statement, .c: return nil
    }
    return declaration.documentation.isEmpty
      ? heading : heading + "\n" + indented(declaration.documentation)
  }

  private static func keys(_ names: [Name]) -> String {
    names.isEmpty ? "" : "[\(names.map(\.text).joined(separator: ", "))]"
  }
}

extension String {
  /// Each line made safe, line ends kept.
  fileprivate var terminalSafeLines: String {
    split(separator: "\n", omittingEmptySubsequences: false).map { String($0).terminalSafe }
      .joined(separator: "\n")
  }
}
