/// Something that is wrong with what the user wrote or asked for.
///
/// Rendering is apart (``Diagnostic/rendered()``), so that tests and `--json` see the parts.
package struct Diagnostic: Error, Sendable, Equatable {
  package enum Severity: String, Sendable {
    case error, warning, note
  }

  /// A place in a source text.
  package struct Place: Sendable, Equatable {
    package let source: SourceText
    package let span: Span

    package init(_ source: SourceText, _ span: Span) {
      self.source = source
      self.span = span
    }

    /// All of an argument, or of the value of an option, of a command line.
    package init(argument name: String, _ text: String) {
      source = SourceText(name: name, text: text)
      span = source.span
    }
  }

  package let severity: Severity
  /// One line, lower case, no full stop.
  package let message: String
  package let place: Place?
  /// How to mend it, one line each.
  package let hints: [String]

  package init(
    _ severity: Severity = .error, _ message: String, at place: Place? = nil, hints: [String] = []
  ) {
    self.severity = severity
    self.message = message
    self.place = place
    self.hints = hints
  }

  /// The message, then the source line with carets under the span, then the hints.
  ///
  /// Columns count Unicode scalars; a tab in the source is repeated before the carets, so that they
  /// stand under their text on any terminal.
  package func rendered() -> String {
    var lines = ["\(severity.rawValue): \(message.terminalSafe)"]
    if let place {
      let bytes = Array(place.source.text.utf8)
      let start = min(place.span.start, bytes.count)
      let end = min(max(place.span.end, start), bytes.count)
      let newline = UInt8(ascii: "\n")
      let lineStart = bytes[..<start].lastIndex(of: newline).map { $0 + 1 } ?? 0
      let lineEnd = bytes[start...].firstIndex(of: newline) ?? bytes.count
      let line = String(decoding: bytes[lineStart..<lineEnd], as: UTF8.self)
      let before = String(decoding: bytes[lineStart..<start], as: UTF8.self)
      let marked = String(decoding: bytes[start..<max(start, min(end, lineEnd))], as: UTF8.self)
      let lineNumber = bytes[..<start].count { $0 == newline } + 1
      lines.append(
        " --> \(place.source.name):\(lineNumber):\(before.unicodeScalars.count + 1)")
      lines.append("  | \(line.terminalSafe)")
      let indent = before.unicodeScalars.map { $0 == "\t" ? "\t" : " " }.joined()
      let carets = String(repeating: "^", count: max(1, marked.unicodeScalars.count))
      lines.append("  | \(indent)\(carets)")
    }
    lines += hints.map { "  = \($0.terminalSafe)" }
    return lines.joined(separator: "\n")
  }
}

extension String {
  /// The text with everything that a terminal could take for a command replaced by a visible escape.
  package var terminalSafe: String {
    var result = ""
    for scalar in unicodeScalars {
      switch scalar.value {
      case 0x09, 0x20...0x7E, 0xA0...0x200D, 0x2010...0x2027, 0x2030...0x2065, 0x206A...0x10FFFF:
        result.unicodeScalars.append(scalar)
      default:
        result += "\\u{" + String(scalar.value, radix: 16) + "}"
      }
    }
    return result
  }
}
