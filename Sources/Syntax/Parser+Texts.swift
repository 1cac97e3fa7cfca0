extension Parser {
  /// A text in quotes, with what is interpolated.
  ///
  /// - Parameter isPcap: its backslashes are pcap's.
  mutating func stringLiteral(
    _ what: String, isPcap: Bool, _ layout: Layout = [], hints: [String] = []
  ) throws(Abandoned) -> StringLiteral {
    guard case .string(let parts) = current.kind else { throw unexpected(what, hints: hints) }
    let isSound = current.problems.isEmpty
    let token = take(layout)
    var pieces: [StringLiteral.Piece] = []
    var tallest = 1
    for part in parts {
      switch part {
      case .text(let span):
        let text = lexer.text(span.start..<span.end)
        pieces.append(.text(text, span))
        if !isPcap, isSound { append(Escapes(text, at: span, of: source).problems) }
      case .interpolation(let inner, let format, let span):
        guard let value = try interpolated(inner) else { continue }
        tallest = max(tallest, height + 1)
        pieces.append(
          .interpolation(
            value, format: format.map { Name(lexer.text($0.start..<$0.end), $0) }, span))
      }
    }
    height = tallest
    return StringLiteral(pieces: pieces, span: token.span)
  }

  /// The expression between the braces of an interpolation.
  private mutating func interpolated(_ span: Span) throws(Abandoned) -> Expression? {
    guard depth < Parser.nestingLimit else { throw tooDeep(at: span) }
    var inner = Parser(within: span, of: self)
    inner.depth += 1
    if inner.isAtEnd {
      report(
        "nothing stands between the braces", at: Span(span.start - 1..<span.end + 1),
        hints: ["{x} shows the value of x; a brace that is meant is \\{"])
      return nil
    }
    defer { append(inner.diagnostics) }
    do {
      let value = try inner.expression()
      height = inner.height
      if inner.isAtEnd, inner.current.comments.isEmpty { return value }
      if inner.isAtEnd {
        inner.report("a text has no comments in it", at: inner.current.comments[0].span)
      } else {
        _ = inner.unexpected("':' or '}'")
      }
      return nil
    } catch {
      return nil
    }
  }
}
