/// The text that an ordinary text in quotes stands for: `\n`, `\t`, `\"`, `\\`, `\{`, `\u{1f40d}`.
///
/// Not for pcap filters: what a backslash means there is pcap's matter.
package struct Escapes {
  package private(set) var text = ""
  /// Escapes that there are not; each stands in `text` as it was written.
  package private(set) var problems: [Diagnostic] = []

  /// - Parameters:
  ///   - written: a piece of a text, as it stands in the source.
  ///   - span: where it stands.
  package init(_ written: String, at span: Span, of source: SourceText) {
    let scalars = Array(written.unicodeScalars)
    var offset = span.start
    var index = 0
    func width(_ range: Range<Int>) -> Int { scalars[range].reduce(0) { $0 + UTF8.width($1) } }
    while index < scalars.count {
      let start = index
      index += 1
      guard scalars[start] == "\\" else {
        text.unicodeScalars.append(scalars[start])
        offset += UTF8.width(scalars[start])
        continue
      }
      var meaning: Unicode.Scalar?
      if index < scalars.count {
        switch scalars[index] {
        case "n": meaning = "\n"
        case "t": meaning = "\t"
        case "\"", "\\", "{", "}": meaning = scalars[index]
        case "u":
          if let close = scalars[index...].firstIndex(of: "}"), index + 1 < close,
            scalars[index + 1] == "{"
          {
            let digits = scalars[index + 2..<close].reduce(into: "") {
              $0.unicodeScalars.append($1)
            }
            meaning = UInt32(digits, radix: 16).flatMap { Unicode.Scalar($0) }
            index = close
          }
        default: break
        }
        index += 1
      }
      let length = width(start..<index)
      if let meaning {
        text.unicodeScalars.append(meaning)
      } else {
        let escape = scalars[start..<index].reduce(into: "") { $0.unicodeScalars.append($1) }
        text += escape
        problems.append(
          Diagnostic(
            .error, "no escape: '\(escape)'",
            at: Diagnostic.Place(source, Span(offset..<offset + length)),
            hints: [
              "the escapes are \\n \\t \\\" \\\\ \\{ \\u{…}; a backslash that is meant is \\\\"
            ]
          ))
      }
      offset += length
    }
  }
}
