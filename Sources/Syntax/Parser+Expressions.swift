extension Parser {
  mutating func expression() throws(Abandoned) -> Expression {
    try nested { parser throws(Abandoned) in try parser.rangeExpression() }
  }

  private mutating func rangeExpression() throws(Abandoned) -> Expression {
    let lower = try binary(0)
    if isAtLineEnd { return lower }
    guard isAt(.range) || isAt(.twoDots) || isAt(.threeDots) else { return lower }
    if !isAt(.range) {
      report(
        "a range is written ..<", at: current.span, hints: ["0..<8 is 0 to 7"])
    }
    take(.tight)
    let lowerHeight = height
    let upper = try binary(0)
    try grow(over: lowerHeight, at: upper.span)
    return Expression(.range(lower, upper), span: Span(lower.span.start..<upper.span.end))
  }

  /// Notes that an operator stands above the operands just read.
  private mutating func grow(over other: Int, at span: Span) throws(Abandoned) {
    height = max(height, other) + 1
    if height > Parser.nestingLimit { throw tooDeep(at: span) }
  }

  // MARK: Operators

  private mutating func binary(_ minimum: Int) throws(Abandoned) -> Expression {
    var left = try unary()
    var previous: BinaryOperator?
    while let next = infixOperator(), next.precedence >= minimum {
      let mark = current.span
      if let previous, previous.precedence == next.precedence,
        next.precedence == BinaryOperator.equal.precedence
      {
        report(
          "comparisons do not chain", at: mark, hints: ["compare twice: a < b && b < c"])
      }
      try refuseSteps(next)
      previous = next
      take()
      let leftHeight = height
      let isRightAssociative = next == .otherwise
      let right = try nested { parser throws(Abandoned) in
        try parser.binary(isRightAssociative ? next.precedence : next.precedence + 1)
      }
      try grow(over: leftHeight, at: mark)
      left = Expression(
        .binary(next, left, right), span: Span(left.span.start..<right.span.end))
    }
    return left
  }

  /// The operator that the current token is, if it goes on with the expression before it.
  private mutating func infixOperator() -> BinaryOperator? {
    if isAtLineEnd {
      if case .mark(let mark) = current.kind, let found = BinaryOperator(rawValue: mark.rawValue),
        found != .minus, found != .times, found != .and
      {
        report(
          "a line does not begin with '\(mark.rawValue)'", at: current.span,
          hints: ["at the end of the line before, it goes on with the next one"])
        return found
      }
      return nil
    }
    switch current.kind {
    case .mark(let mark): return BinaryOperator(rawValue: mark.rawValue)
    case .identifier("in"): return .isIn
    case .identifier("and"), .identifier("or"):
      let word = isAt("and") ? "and" : "or"
      let next = peek()
      guard !next.startsLine, next.startsOperand else { return nil }
      let meant: BinaryOperator = word == "and" ? .both : .either
      report(
        "there is no '\(word)'", at: current.span, hints: ["did you mean \(meant.rawValue)?"])
      return meant
    default: return nil
    }
  }

  /// `x++` and `x--`, which C has.
  private mutating func refuseSteps(_ first: BinaryOperator) throws(Abandoned) {
    guard first == .plus || first == .minus else { return }
    let second = peek()
    guard second.kind == current.kind, second.span.start == current.span.end else { return }
    let sign = first.rawValue
    report(
      "there is no \(sign)\(sign)", at: Span(current.span.start..<second.span.end),
      hints: ["did you mean \(sign)= 1?"])
    throw Abandoned()
  }

  private mutating func unary() throws(Abandoned) -> Expression {
    let start = current.span.start
    switch current.kind {
    case .mark(let mark):
      if let found = UnaryOperator(rawValue: mark.rawValue) {
        take(.tightAfter)
        return try prefixed(start) { .unary(found, $0) }
      }
      if mark == .times || mark == .and || mark == .plus {
        let hints =
          mark == .plus
          ? ["a number needs no +"] : ["fields are read with '.', through pointers too"]
        throw unexpected("a value", hints: hints)
      }
    case .identifier("has") where hasOperand(behind: peek()):
      take()
      return try prefixed(start) { .has($0) }
    case .identifier("not") where hasOperand(behind: peek()):
      report("there is no 'not'", at: current.span, hints: ["did you mean !?"])
      take()
      return try prefixed(start) { .unary(.not, $0) }
    default: break
    }
    return try postfix()
  }

  /// Whether a word that can be an operator before a value is one.
  private func hasOperand(behind next: Token) -> Bool {
    if next.startsLine, brackets == 0 { return false }
    switch next.kind {
    case .identifier(let word): return !["in", "and", "or"].contains(word)
    case .integer, .duration, .string, .mark(.openParenthesis): return true
    default: return false
    }
  }

  private mutating func prefixed(
    _ start: Int, _ make: (Expression) -> Expression.Kind
  ) throws(Abandoned) -> Expression {
    let operand = try nested { parser throws(Abandoned) in try parser.unary() }
    try grow(over: 0, at: operand.span)
    return Expression(make(operand), span: Span(start..<operand.span.end))
  }

  // MARK: Members, indexes, calls

  private mutating func postfix() throws(Abandoned) -> Expression {
    var value = try primary()
    while true {
      // A line that begins with a dot goes on with the one before it.
      if isAt(.dot) || isAt(.arrow) {
        value = try member(of: value)
      } else if isAtLineEnd {
        return value
      } else if isAt(.openBracket) {
        value = try subscripted(value)
      } else if isAt(.openParenthesis) {
        let ownHeight = height
        let arguments = try arguments(isTight: true)
        height = max(height, ownHeight)
        value = Expression(.call(value, arguments), span: span(from: value.span.start))
      } else if isAt(.question) {
        throw refuseQuestion()
      } else {
        return value
      }
      try grow(over: 0, at: value.span)
    }
  }

  private mutating func member(of value: Expression) throws(Abandoned) -> Expression {
    if isAt(.arrow) {
      report(
        "fields are read with '.', through pointers too", at: current.span,
        hints: ["write . for ->"])
    }
    take(.tight)
    if case .integer = current.kind {
      throw unexpected("a field's name", hints: ["an address stands in quotes, an index in []"])
    }
    let field = try name("a field's name")
    let isOptional = isAt(.question) && current.span.start == lastEnd
    if isOptional { take(.tightBefore) }
    return Expression(
      .member(value, field, isOptional: isOptional), span: span(from: value.span.start))
  }

  private mutating func refuseQuestion() -> Abandoned {
    let isTernary = current.span.start > lastEnd || peek().startsOperand
    report(
      isTernary ? "there is no ?:" : "'?' stands behind a field or a function", at: current.span,
      hints: isTernary
        ? ["if … { … } else { … } chooses; a ?? b is b where a is absent"]
        : ["args.x? is absent where this kernel has no such field"])
    return Abandoned()
  }

  private mutating func subscripted(_ value: Expression) throws(Abandoned) -> Expression {
    let ownHeight = height
    let kind = try bracketed(.closeBracket, isTight: true) { parser throws(Abandoned) in
      if parser.isAt(.closeBracket) {
        throw parser.unexpected("an index", hints: ["a table without keys has no brackets"])
      }
      let first = try parser.expression()
      var tallest = max(ownHeight, parser.height)
      if parser.isAt(.colon) {
        parser.take(.tight)
        let count = try parser.expression()
        parser.height = max(tallest, parser.height)
        return Expression.Kind.slice(value, first, count)
      }
      var indexes = [first]
      while parser.isAt(.comma) {
        parser.take(.tightBefore)
        if parser.isAt(.closeBracket) { break }
        indexes.append(try parser.expression())
        tallest = max(tallest, parser.height)
      }
      parser.height = tallest
      return .index(value, indexes)
    }
    return Expression(kind, span: span(from: value.span.start))
  }

  /// `(skb: 2)`, `(a, b)`; also of a point.
  mutating func arguments(isTight: Bool) throws(Abandoned) -> [ArgumentSyntax] {
    try items(isTight: isTight, separator: .colon)
  }

  /// Values in parentheses, each with or without a name before `:` or `=`.
  private mutating func items(
    isTight: Bool, separator: Mark
  ) throws(Abandoned) -> [ArgumentSyntax] {
    try bracketed(.closeParenthesis, isTight: isTight) { parser throws(Abandoned) in
      var items: [ArgumentSyntax] = []
      var tallest = 0
      while !parser.isAt(.closeParenthesis) {
        let name = parser.itemName(separator)
        let value = try parser.expression()
        items.append(ArgumentSyntax(name: name, value: value))
        tallest = max(tallest, parser.height)
        guard parser.isAt(.comma) else { break }
        parser.take(.tightBefore)
        if parser.isAtEnd { throw parser.unexpected("a value") }
      }
      parser.height = tallest
      return items
    }
  }

  private mutating func itemName(_ separator: Mark) -> Name? {
    guard case .identifier(let text) = current.kind else { return nil }
    let next = peek()
    guard next.kind == .mark(.colon) || next.kind == .mark(.assign) else { return nil }
    let name = Name(text, take().span)
    if !isAt(separator) {
      report(
        separator == .colon
          ? "an argument's name is followed by ':'" : "a value's name is followed by '='",
        at: current.span,
        hints: [separator == .colon ? "as in f(skb: 2)" : "as in (born = time, pid)"])
    }
    take(isAt(.colon) ? .tightBefore : [])
    return name
  }

  // MARK: Operands

  private mutating func primary() throws(Abandoned) -> Expression {
    height = 1
    let token = current
    switch token.kind {
    case .identifier(let text):
      take()
      switch text {
      case "true": return Expression(.boolean(true), span: token.span)
      case "false": return Expression(.boolean(false), span: token.span)
      default: return Expression(.name(text), span: token.span)
      }
    case .integer(let value):
      take()
      return Expression(.integer(value), span: token.span)
    case .duration(let value):
      take()
      return Expression(.duration(value), span: token.span)
    case .string:
      let literal = try stringLiteral("a text", isPcap: false)
      return Expression(.string(literal), span: literal.span)
    case .mark(.openParenthesis):
      return try parenthesized()
    case .mark(.at), .mark(.dollar):
      throw refuseSigil()
    case .mark, .c, .invalid, .end:
      throw unexpected("a value")
    }
  }

  /// A value in parentheses, or several: a record.
  private mutating func parenthesized() throws(Abandoned) -> Expression {
    let start = current.span.start
    let items = try items(isTight: false, separator: .assign)
    let span = span(from: start)
    guard let first = items.first else {
      report("nothing stands in the parentheses", at: span, hints: ["expected a value"])
      throw Abandoned()
    }
    if items.count == 1, first.name == nil { return Expression(first.value.kind, span: span) }
    try grow(over: 0, at: span)
    return Expression(.record(items), span: span)
  }

  /// `@x` and `$x`, which bpftrace has.
  private mutating func refuseSigil() -> Abandoned {
    let isTable = isAt(.at)
    let next = peek()
    let name: String
    if case .identifier(let text) = next.kind { name = text } else { name = "x" }
    report(
      "a name has no '\(isTable ? "@" : "$")'", at: current.span,
      hints: [
        isTable
          ? "a table is declared: table \(name)[key]: count; then \(name)[key] += 1"
          : "write let \(name) = …, then \(name)"
      ])
    return Abandoned()
  }
}

extension Token {
  /// Whether a value can begin with it.
  var startsOperand: Bool {
    switch kind {
    case .identifier, .integer, .duration, .string: true
    case .mark(let mark): [.openParenthesis, .not, .minus, .complement].contains(mark)
    case .c, .invalid, .end: false
    }
  }
}
