/// What a line could go on with at the cursor.
package struct Completion: Sendable, Equatable {
  /// Where what is replaced begins, in UTF-8 bytes of the line; it ends at the cursor.
  package let start: Int
  /// What could stand there, whole.
  package let candidates: [String]
  /// Follows the candidate if it is the only one: a blank, or nothing.
  package let suffix: String

  package init(start: Int, candidates: [String], suffix: String = "") {
    self.start = start
    self.candidates = candidates
    self.suffix = suffix
  }
}
