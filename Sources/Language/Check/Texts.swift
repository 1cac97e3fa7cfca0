internal import Syntax

/// Quoted texts: escapes, values put in, formats.
extension Check {
  /// A literal as a value: a constant, or text with values put in.
  func text(_ literal: StringLiteral) -> TypedExpression? {
    var pieces: [TextPiece] = []
    var isWhole = true
    for piece in literal.pieces {
      switch piece {
      case .text(let written, let span):
        // What is wrong with its escapes the parser has said.
        pieces.append(.text(Escapes(written, at: span, of: source).text))
      case .interpolation(let expression, let format, let span):
        guard allowsInterpolation(at: span) else { return nil }
        guard let value = printable(expression), let style = self.format(format, of: value) else {
          isWhole = false
          continue
        }
        pieces.append(.value(value, style))
      }
    }
    guard isWhole else { return nil }
    var plain = ""
    for piece in pieces {
      guard case .text(let part) = piece else {
        return TypedExpression(.interpolation(pieces), .text, span: literal.span)
      }
      plain += part
    }
    if body.isKernel, plain.utf8.count > ValueType.textLimit {
      report(
        "a text in the kernel has at most \(ValueType.textLimit) bytes, and this has "
          + "\(plain.utf8.count)", at: literal.span)
      return nil
    }
    return TypedExpression(.text(plain), .text, span: literal.span)
  }

  private func allowsInterpolation(at span: Span) -> Bool {
    switch body.place {
    case .event, .plain, .function(isKernel: false): return true
    case .probe, .function(isKernel: true):
      report(
        "values are put into a text in netcap, not in the kernel", at: span,
        hints: ["emit the value, and print the text in on"])
    case .constant:
      report("no values can be put into this text", at: span, hints: ["\\{ is a brace"])
    }
    return false
  }

  /// What may stand between braces and be printed.
  func printable(_ expression: Expression) -> TypedExpression? {
    guard let value = value(of: expression) else { return nil }
    if case .table = value.kind {
      report(
        "a table is printed by itself", at: expression.span,
        hints: ["print \(written(expression.span))"])
      return nil
    }
    return value
  }

  // MARK: Formats

  /// The format of `{x:…}`; nil if it is none, or not one for such a value, which has been said.
  func format(_ name: Name?, of value: TypedExpression) -> ValueFormat? {
    guard let name else { return ValueFormat() }
    guard let format = ValueFormat(name.text) else {
      reportNoFormat(name)
      return nil
    }
    if let problem = format.style.problem(with: value.type) {
      report("'\(name.text)' shows \(problem)", at: name.span)
      return nil
    }
    if format.digits != nil, ![.bytes, .us, .ms, .s, .clock, .date].contains(format.style) {
      report(
        "digits behind the point are for durations, times and bytes", at: name.span,
        hints: ["for example {x:.3ms}"])
      return nil
    }
    return format
  }

  private func reportNoFormat(_ name: Name) {
    let style = String(name.text.drop { "-#.".contains($0) || $0.isNumber })
    let styles = ValueFormat.Style.allCases.map(\.rawValue).filter { !$0.isEmpty }
    report(
      "'\(name.text)' is no format", at: name.span,
      hints: (style.isEmpty ? [] : suggestion(for: style, among: styles)).orElse(
        "a format is [-][#][0][width][.digits], then \(styles.joined(separator: " ")); at most "
          + "\(ValueFormat.widthLimit) columns"))
  }
}

extension ValueFormat {
  /// The most columns that a format can ask for.
  package static let widthLimit = 1000

  /// `-16`, `#x`, `08x`, `.3ms`; nil if it is no format.
  package init?(_ text: String) {
    self.init()
    var rest = text[...]
    func take(_ character: Character) -> Bool {
      guard rest.first == character else { return false }
      rest = rest.dropFirst()
      return true
    }
    func number() -> Int? {
      let digits = rest.prefix { ("0"..."9").contains($0) }
      rest = rest.dropFirst(digits.count)
      return Int(digits)
    }
    isLeft = take("-")
    isAlternate = take("#")
    isZeroPadded = take("0")
    if rest.first.map({ ("0"..."9").contains($0) }) == true {
      guard let width = number(), width <= Self.widthLimit else { return nil }
      self.width = width
    }
    if take(".") {
      guard let digits = number(), digits <= 9 else { return nil }
      self.digits = digits
    }
    guard let style = Style(rawValue: String(rest)) else { return nil }
    self.style = style
  }
}

extension ValueFormat.Style {
  /// "a number, and this is an address", or nil if values of the type can be shown so.
  func problem(with type: ValueType) -> String? {
    let isSuitable: Bool
    let what: String
    switch self {
    case .standard: return nil
    case .hex: (isSuitable, what) = (type.isInteger || type == .mac || type == .boolean, "a number")
    case .character, .bytes, .us, .ms, .s, .clock, .date, .errno, .decimal, .upperHex,
      .octal, .binary:
      (isSuitable, what) = (type.isInteger, "a number")
    case .kstack: (isSuitable, what) = (type == .stack, "a stack")
    case .text, .hexText: (isSuitable, what) = (type == .text, "a text")
    }
    return isSuitable ? nil : "\(what), and this is \(type.described)"
  }
}
