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
