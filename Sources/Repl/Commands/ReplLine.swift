/// What a line at the prompt is.
package enum ReplLine: Sendable, Equatable {
  case blank
  /// `:name arguments`
  case command(name: String, arguments: String)
  /// Declarations, statements, expressions.
  case script(String)

  package init(_ text: String) {
    let blank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
    let trimmed = text.drop(while: blank)
    guard let first = trimmed.first else {
      self = .blank
      return
    }
    guard first == ":" else {
      self = .script(text)
      return
    }
    let name = trimmed.dropFirst().prefix { !blank($0) }
    var arguments = trimmed.dropFirst(1 + name.count).drop(while: blank)
    while let last = arguments.last, blank(last) { arguments.removeLast() }
    self = .command(name: String(name), arguments: String(arguments))
  }
}
