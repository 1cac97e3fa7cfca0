internal import Output
internal import Session
package import Syntax

/// What `:help` says.
package enum ReplHelp {
  /// All commands with their summaries, and how declarations begin.
  package static var overview: String {
    Columns.text(CommandName.allCases.map { [$0.usage, $0.row.summary] }) + declarations
  }

  private static let declarations = """

    Anything else declares something, which takes effect at once, or is a statement or a value:
      probe icmp_rcv { filter "icmp" }         a probe without on shows its packets
      on icmp_rcv { print "{ip.src} {ip.ttl}" }
      table sizes[comm]: hist
      every 5s { print take(sizes).top(10) }
    A declaration of a name that there is replaces it. A line that is not complete goes on in the
    next one. Tab completes, and :help NAME explains: :help probe, :help tcp.flags, :help :why.

    """

  /// What there is to say of a command (with its colon or without) or of a name of the language; of
  /// nothing: the overview.
  ///
  /// - Throws: a diagnostic with the nearest names.
  package static func text(of topic: String?) throws(Diagnostic) -> String {
    guard let topic else { return overview }
    if topic.hasPrefix(":") {
      if let command = CommandName(rawValue: String(topic.dropFirst())) { return text(of: command) }
      throw unknown(topic, among: CommandName.allCases.map { ":\($0.rawValue)" })
    }
    let command = CommandName(rawValue: topic).map { text(of: $0) }
    do throws(SessionError) {
      // `clear` is a command, and a statement too.
      return [command, try Manual.text(of: topic)].compactMap { $0 }.joined(separator: "\n")
    } catch {
      if let command { return command }
      guard case .usage = error else {
        throw error.diagnostics.first ?? unknown(topic, among: [])
      }
      throw unknown(topic, among: Manual.names().union(CommandName.allCases.map(\.rawValue)))
    }
  }

  private static func text(of command: CommandName) -> String {
    let lines = command.row.help.split(separator: "\n").map { "  \($0)\n" }.joined()
    return "\(command.usage): \(command.row.summary)\n\(lines)"
  }

  private static func unknown(_ topic: String, among names: some Sequence<String>) -> Diagnostic {
    let near = nearestNames(to: topic, among: names)
    return Diagnostic(
      .error, "nothing is called '\(topic)'",
      hints: [
        near.isEmpty
          ? ":help shows all commands, :list fields and :list builtins the names of the language"
          : "did you mean \(near.joined(separator: ", "))?"
      ])
  }
}
