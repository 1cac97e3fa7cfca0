/// A text that diagnostics can point into: a script, one argument of the command line, a pcap filter.
package struct SourceText: Sendable, Equatable, Hashable {
  /// What a diagnostic calls the text: a path, or `-e`.
  package let name: String
  package let text: String

  package init(name: String, text: String) {
    self.name = name
    self.text = text
  }

  /// The span of the whole text.
  package var span: Span { Span(0..<text.utf8.count) }

  /// The span of a line, counted from 1, without its end; beyond the last one it is empty.
  package func lineSpan(_ number: Int) -> Span {
    let bytes = Array(text.utf8)
    var start = 0
    for _ in 1..<max(1, number) {
      guard let end = bytes[start...].firstIndex(of: 10) else {
        return Span(bytes.count..<bytes.count)
      }
      start = end + 1
    }
    return Span(start..<(bytes[start...].firstIndex(of: 10) ?? bytes.count))
  }

  /// The same without the blanks around it.
  package func textSpan(ofLine number: Int) -> Span {
    let line = lineSpan(number)
    let bytes = Array(text.utf8)
    var (start, end) = (line.start, line.end)
    while start < end, bytes[start] == 32 || bytes[start] == 9 { start += 1 }
    while end > start, bytes[end - 1] == 32 || bytes[end - 1] == 9 { end -= 1 }
    return Span(start..<end)
  }
}

/// A range of UTF-8 offsets in one ``SourceText``.
package struct Span: Sendable, Equatable, Hashable {
  package let start: Int
  package let end: Int

  package init(_ range: Range<Int>) {
    start = range.lowerBound
    end = range.upperBound
  }
}
