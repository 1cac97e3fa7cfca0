/// What Tab can make of a line.
package struct Completion: Sendable, Equatable {
  /// Byte offset in the line of what is replaced, up to the cursor.
  package let start: Int
  /// Full replacements, sorted, each once.
  package let candidates: [String]
  /// What follows a lone candidate: " " or nothing.
  package let suffix: String

  package init(start: Int, candidates: [String], suffix: String) {
    self.start = start
    self.candidates = candidates
    self.suffix = suffix
  }
}
