/// What a script touches, for `netcap check --explain`.
package struct Explanation: Sendable, Equatable {
  /// Files that `save` writes, as the script has them.
  package var files: [String] = []
  /// Commands that `run` starts.
  package var commands: [String] = []
  /// Names of the kernel that no kernel was asked for.
  package var unchecked: [String] = []

  package init() {}

  mutating func addFile(_ path: TypedExpression, options: [ScriptOption]) {
    let text = Self.text(of: path)
    if !files.contains(text) { files.append(text) }
  }

  mutating func addCommand(_ command: TypedExpression) {
    let text = Self.text(of: command)
    if !commands.contains(text) { commands.append(text) }
  }

  private static func text(of value: TypedExpression) -> String {
    switch value.kind {
    case .text(let text): text
    case .interpolation(let pieces):
      pieces.map { piece in
        if case .text(let text) = piece { text } else { "…" }
      }.joined()
    default: "…"
    }
  }
}
