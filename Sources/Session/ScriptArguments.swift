internal import Language
internal import Syntax

/// A script's own options on the command line: `--name value`, `--name=value`, and `--name` for one
/// that is yes or no.
struct ScriptArguments {
  private let options: [OptionSyntax]

  init(tree: ScriptTree) {
    options = tree.options
  }

  /// The values that were given, by name; the checker reads them.
  func values(of arguments: [String]) throws(Diagnostic) -> [String: String] {
    var values: [String: String] = [:]
    var rest = arguments[...]
    while let word = rest.popFirst() {
      guard word.hasPrefix("--"), word.utf8.count > 2 else {
        throw Diagnostic(
          .error, "'\(word)' is not an option of the script", at: place(word), hints: [all])
      }
      let parts = word.dropFirst(2).split(
        separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = String(parts[0])
      let option = try option(named: name, word)
      if values[name] != nil {
        throw Diagnostic(.error, "--\(name) is given twice", at: place(word))
      }
      if parts.count == 2 {
        values[name] = String(parts[1])
      } else if option.type.text == ScriptOption.Kind.bool.rawValue {
        values[name] = "true"
      } else if let value = rest.popFirst() {
        values[name] = value
      } else {
        throw Diagnostic(.error, "--\(name) needs a value", at: place(word))
      }
    }
    return values
  }

  private func option(named name: String, _ word: String) throws(Diagnostic) -> OptionSyntax {
    if let option = options.first(where: { $0.name.text == name }) { return option }
    let near = nearestNames(to: name, among: options.map(\.name.text))
    throw Diagnostic(
      .error, "neither netcap nor the script has an option --\(name)", at: place(word),
      hints: [
        near.isEmpty
          ? all : "did you mean \(near.map { "--\($0)" }.joined(separator: ", "))?"
      ])
  }

  private var all: String {
    options.isEmpty
      ? "the script has no options"
      : "the script has: \(options.map { "--\($0.name.text)" }.joined(separator: ", "))"
  }

  private func place(_ word: String) -> Diagnostic.Place {
    Diagnostic.Place(argument: "command line", word)
  }
}
