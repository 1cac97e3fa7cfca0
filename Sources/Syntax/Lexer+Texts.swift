extension Lexer {
  /// How deep texts in quotes may stand in each other's interpolations.
  private static var nestingLimit: Int { 50 }

  /// `"…{x:-16}…"`; it ends with its line at the latest.
  mutating func string() -> Token {
    let start = offset
    var parts: [Token.StringPart] = []
    var index = start + 1
    var textStart = index
    func textPart(to stop: Int) -> [Token.StringPart] {
      stop > textStart ? [.text(Span(textStart..<stop))] : []
    }
    while index < end, bytes[index] != UInt8(ascii: "\n") {
      switch bytes[index] {
      case UInt8(ascii: "\""):
        parts += textPart(to: index)
        offset = index + 1
        return Token(.string(parts), span: Span(start..<offset))
      case UInt8(ascii: "\\"):
        index += escapeLength(at: index)
      case UInt8(ascii: "{"):
        guard let found = interpolation(at: index, depth: 0) else {
          return stringWithOpenBrace(from: start, brace: index)
        }
        parts += textPart(to: index)
        parts.append(
          .interpolation(
            expression: found.expression, format: found.format, Span(index..<found.end)))
        index = found.end
        textStart = index
      default:
        index += 1
      }
    }
    index = min(index, end)
    parts += textPart(to: index)
    offset = index
    return Token(
      .string(parts), span: Span(start..<index),
      problems: [
        problem(
          "the text is not closed on its line", at: start..<index,
          hints: ["it ends with \"; a line break in it is \\n"])
      ])
  }

  /// How much a backslash keeps from meaning something to the lexer; the brace of `\u{…}` too.
  private func escapeLength(at backslash: Int) -> Int {
    switch byte(backslash + 1) {
    case UInt8(ascii: "\n"): 1
    case UInt8(ascii: "u") where byte(backslash + 2) == UInt8(ascii: "{"): 3
    default: 2
    }
  }

  /// A text whose `{` has no `}`: taken as if it were text, so that what follows can be read.
  private mutating func stringWithOpenBrace(from start: Int, brace: Int) -> Token {
    var index = brace + 1
    while index < end, bytes[index] != UInt8(ascii: "\n"), bytes[index] != UInt8(ascii: "\"") {
      index += bytes[index] == UInt8(ascii: "\\") ? escapeLength(at: index) : 1
    }
    index = min(index, end)
    let isClosed = byte(index) == UInt8(ascii: "\"") && index < end
    offset = isClosed ? index + 1 : index
    return Token(
      .string([]), span: Span(start..<offset),
      problems: [
        problem(
          "'{' has no '}' in this text", at: brace..<brace + 1,
          hints: ["{x} shows the value of x; a brace that is meant is \\{"])
      ])
  }

  private typealias Interpolation = (expression: Span, format: Span?, end: Int)

  /// From a `{` to its `}`, on one line.
  private func interpolation(at open: Int, depth: Int) -> Interpolation? {
    var index = open + 1
    var brackets = 0
    while index < end, bytes[index] != UInt8(ascii: "\n") {
      switch bytes[index] {
      case UInt8(ascii: "\""):
        guard depth < Lexer.nestingLimit, let close = skipString(at: index, depth: depth + 1)
        else { return nil }
        index = close
        continue
      case UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "{"): brackets += 1
      case UInt8(ascii: ")"), UInt8(ascii: "]"): brackets -= 1
      case UInt8(ascii: "}") where brackets <= 0:
        return (Span(open + 1..<index), nil, index + 1)
      case UInt8(ascii: "}"): brackets -= 1
      case UInt8(ascii: ":") where brackets <= 0:
        guard
          let close = bytes[index..<end].firstIndex(where: {
            $0 == UInt8(ascii: "}") || $0 == UInt8(ascii: "\n")
          }), bytes[close] == UInt8(ascii: "}")
        else { return nil }
        return (Span(open + 1..<index), Span(index + 1..<close), close + 1)
      default: break
      }
      index += 1
    }
    return nil
  }

  /// The place behind the closing quote of a text in an interpolation.
  private func skipString(at start: Int, depth: Int) -> Int? {
    var index = start + 1
    while index < end, bytes[index] != UInt8(ascii: "\n") {
      switch bytes[index] {
      case UInt8(ascii: "\""): return index + 1
      case UInt8(ascii: "\\"): index += escapeLength(at: index)
      case UInt8(ascii: "{"):
        guard let found = interpolation(at: index, depth: depth) else { return nil }
        index = found.end
      default: index += 1
      }
    }
    return nil
  }

  /// The C between a `{` at a place and its `}`. Braces in C's texts, characters and comments do not
  /// count.
  ///
  /// - Returns: the span of the text, and whether it is closed; reading goes on behind it.
  package mutating func cText(from open: Int) -> (Span, isClosed: Bool) {
    var index = open + 1
    var depth = 1
    while index < end {
      switch bytes[index] {
      case UInt8(ascii: "\""), UInt8(ascii: "'"):
        index = skipCLiteral(at: index)
        continue
      case UInt8(ascii: "/") where byte(index + 1) == UInt8(ascii: "/"):
        index = lineEnd(from: index)
        continue
      case UInt8(ascii: "/") where byte(index + 1) == UInt8(ascii: "*"):
        index += 2
        while index < end, bytes[index] != UInt8(ascii: "*") || byte(index + 1) != UInt8(ascii: "/")
        {
          index += 1
        }
        index += 2
        continue
      case UInt8(ascii: "{"): depth += 1
      case UInt8(ascii: "}"):
        depth -= 1
        if depth == 0 {
          offset = index + 1
          return (Span(open + 1..<index), true)
        }
      default: break
      }
      index += 1
    }
    offset = end
    return (Span(min(open + 1, end)..<end), false)
  }

  /// Behind a text or character of C, which ends with its line at the latest.
  private func skipCLiteral(at start: Int) -> Int {
    let quote = bytes[start]
    var index = start + 1
    while index < end {
      switch bytes[index] {
      case quote: return index + 1
      case UInt8(ascii: "\n"): return index
      case UInt8(ascii: "\\"): index += 2
      default: index += 1
      }
    }
    return end
  }
}
