/// An expression at its place.
package struct Expression: Sendable, Equatable {
  package var kind: Kind
  package var span: Span

  package init(_ kind: Kind, span: Span) {
    self.kind = kind
    self.span = span
  }

  package indirect enum Kind: Sendable, Equatable {
    /// `42`, `0xff`, `0b101`, with `_` between digits; the 64 bits of it.
    case integer(Int64)
    /// `1.5s`, `30ms`: nanoseconds.
    case duration(Int64)
    case boolean(Bool)
    case string(StringLiteral)
    case name(String)
    /// `a.b`, and `a.b?` where this kernel may lack it.
    case member(Expression, Name, isOptional: Bool)
    /// `t[a, b]`, `args[1]`, `tcp[13]`
    case index(Expression, [Expression])
    /// `udp[8:2]`: offset and count.
    case slice(Expression, Expression, Expression)
    /// `f(x)`, `take(t).top(10)`, `tcp_sock(sock)`
    case call(Expression, [ArgumentSyntax])
    case unary(UnaryOperator, Expression)
    case binary(BinaryOperator, Expression, Expression)
    /// `has tcp`
    case has(Expression)
    /// `(born = time, pid)`, `(pid = pid)`. One value without a name is just that value: it is not a
    /// record, and the parentheses are in its span.
    case record([ArgumentSyntax])
    /// `0..<8`
    case range(Expression, Expression)
  }
}

/// `x`, `skb: 2`, `born = time`.
package struct ArgumentSyntax: Sendable, Equatable {
  package var name: Name?
  package var value: Expression

  package init(name: Name?, value: Expression) {
    self.name = name
    self.value = value
  }
}

package enum UnaryOperator: String, Sendable, Equatable, CaseIterable {
  case not = "!"
  case minus = "-"
  case complement = "~"
}

/// Operators with two operands, tightest first: `* / %`, `+ -`, `<< >>`, `&`, `^`, `|`, comparisons
/// and `in`, `&&`, `||`, `??`.
package enum BinaryOperator: String, Sendable, Equatable, CaseIterable {
  case times = "*"
  case divide = "/"
  case remainder = "%"
  case plus = "+"
  case minus = "-"
  case shiftLeft = "<<"
  case shiftRight = ">>"
  case and = "&"
  case exclusiveOr = "^"
  case or = "|"
  case equal = "=="
  case notEqual = "!="
  case less = "<"
  case lessOrEqual = "<="
  case greater = ">"
  case greaterOrEqual = ">="
  case isIn = "in"
  case both = "&&"
  case either = "||"
  case otherwise = "??"

  /// Higher binds tighter. All are left-associative but `??`; comparisons do not chain.
  package var precedence: Int {
    switch self {
    case .times, .divide, .remainder: 10
    case .plus, .minus: 9
    case .shiftLeft, .shiftRight: 8
    case .and: 7
    case .exclusiveOr: 6
    case .or: 5
    case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual, .isIn: 4
    case .both: 3
    case .either: 2
    case .otherwise: 1
    }
  }
}

/// A text in quotes, in pieces. Which escapes count is up to where it stands: a pcap filter keeps its
/// backslashes, so pieces are as they were written.
package struct StringLiteral: Sendable, Equatable {
  package enum Piece: Sendable, Equatable {
    /// Written text, escapes as they stand.
    case text(String, Span)
    /// `{x}`, `{x:-16}`; the format without the colon, as it was written.
    case interpolation(Expression, format: Name?, Span)
  }

  package var pieces: [Piece]
  /// With the quotes.
  package var span: Span

  package init(pieces: [Piece], span: Span) {
    self.pieces = pieces
    self.span = span
  }

  /// The written text if nothing is interpolated.
  package var plainText: String? {
    var text = ""
    for piece in pieces {
      guard case .text(let part, _) = piece else { return nil }
      text += part
    }
    return text
  }
}
