/// One word, number, text or mark of a script, with the comments before it.
package struct Token: Sendable, Equatable {
  package enum Kind: Sendable, Equatable {
    /// A name or a contextual keyword; in a point it may contain `*` and `.`.
    case identifier(String)
    /// The 64 bits of a number.
    case integer(Int64)
    /// Nanoseconds.
    case duration(Int64)
    case string([StringPart])
    case mark(Mark)
    /// `{ … }` of C, with the braces.
    case c
    /// What is wrong with it is in `problems`.
    case invalid
    /// Behind the last one.
    case end
  }

  /// A part of a text in quotes, as a range of the source.
  package enum StringPart: Sendable, Equatable {
    case text(Span)
    /// `{expression:format}`: both without what parts them, and the whole with the braces.
    case interpolation(expression: Span, format: Span?, Span)
  }

  package var kind: Kind
  package var span: Span
  /// Line breaks since the token or comment before it; the first one of a text has one.
  package var lineBreaks: Int
  package var comments: [ScriptComment]
  /// Found while reading it; reported once, when the parser takes it.
  package var problems: [Diagnostic]

  package init(
    _ kind: Kind, span: Span, lineBreaks: Int = 0, comments: [ScriptComment] = [],
    problems: [Diagnostic] = []
  ) {
    self.kind = kind
    self.span = span
    self.lineBreaks = lineBreaks
    self.comments = comments
    self.problems = problems
  }

  package var startsLine: Bool { lineBreaks > 0 }
}

/// A comment, which goes to its line's end.
package struct ScriptComment: Sendable, Equatable {
  package enum Kind: Sendable {
    /// `//`
    case ordinary
    /// `///`
    case documentation
    /// `#!` in the first line
    case shebang
  }

  package var kind: Kind
  /// With the slashes, without spaces at its end.
  package var text: String
  package var span: Span
  /// Line breaks since the token or comment before it: none for one behind something.
  package var lineBreaks: Int

  package init(kind: Kind, text: String, span: Span, lineBreaks: Int) {
    self.kind = kind
    self.text = text
    self.span = span
    self.lineBreaks = lineBreaks
  }

  /// What a `///` comment says.
  package var documentation: String {
    let text = self.text.dropFirst(3)
    return String(text.first == " " ? text.dropFirst() : text)
  }
}

/// Brackets, operators and what else is not a word.
package enum Mark: String, Sendable, Equatable, CaseIterable {
  case openParenthesis = "("
  case closeParenthesis = ")"
  case openBracket = "["
  case closeBracket = "]"
  case openBrace = "{"
  case closeBrace = "}"
  case comma = ","
  case semicolon = ";"
  case colon = ":"
  case dot = "."
  case range = "..<"
  case twoDots = ".."
  case threeDots = "..."
  case arrow = "->"
  case question = "?"
  case otherwise = "??"
  case assign = "="
  case equal = "=="
  case notEqual = "!="
  case less = "<"
  case lessOrEqual = "<="
  case greater = ">"
  case greaterOrEqual = ">="
  case shiftLeft = "<<"
  case shiftRight = ">>"
  case plus = "+"
  case minus = "-"
  case times = "*"
  case divide = "/"
  case remainder = "%"
  case and = "&"
  case or = "|"
  case exclusiveOr = "^"
  case complement = "~"
  case not = "!"
  case both = "&&"
  case either = "||"
  case plusAssign = "+="
  case minusAssign = "-="
  case timesAssign = "*="
  case divideAssign = "/="
  case remainderAssign = "%="
  case andAssign = "&="
  case orAssign = "|="
  case exclusiveOrAssign = "^="
  case shiftLeftAssign = "<<="
  case shiftRightAssign = ">>="
  case at = "@"
  case dollar = "$"

  /// The marks by their bytes, the first one lowest.
  static let byBytes: [UInt32: Mark] = Dictionary(
    uniqueKeysWithValues: allCases.map { mark in
      (mark.rawValue.utf8.reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }, mark)
    })

  /// The operator of `+=` and its like.
  var compoundOperator: BinaryOperator? {
    switch self {
    case .plusAssign: .plus
    case .minusAssign: .minus
    case .timesAssign: .times
    case .divideAssign: .divide
    case .remainderAssign: .remainder
    case .andAssign: .and
    case .orAssign: .or
    case .exclusiveOrAssign: .exclusiveOr
    case .shiftLeftAssign: .shiftLeft
    case .shiftRightAssign: .shiftRight
    default: nil
    }
  }
}
