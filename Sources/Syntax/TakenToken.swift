/// A token as the parser understood it, for laying it out again.
struct TakenToken: Sendable {
  var token: Token
  var layout: Layout
  /// Whether it is C of several lines.
  var hasLineBreak = false
}

/// What a token's part in the script means for the spaces and lines around it.
struct Layout: OptionSet, Sendable {
  let rawValue: UInt16

  /// No space before it.
  static let tightBefore = Layout(rawValue: 1)
  /// No space behind it.
  static let tightAfter = Layout(rawValue: 2)
  /// A bracket that lines may be broken behind.
  static let opens = Layout(rawValue: 4)
  static let closes = Layout(rawValue: 8)
  /// The braces around statements.
  static let opensBlock = Layout(rawValue: 16)
  static let closesBlock = Layout(rawValue: 32)
  /// The first token of a statement or declaration.
  static let startsStatement = Layout(rawValue: 64)
  /// `;`, which a line's end replaces.
  static let separates = Layout(rawValue: 128)

  static let tight: Layout = [.tightBefore, .tightAfter]
}
