internal import Language
package import Syntax

/// A declaration of a live session: its text, and what it is known by.
package struct LiveDeclaration: Sendable, Equatable {
  /// One of these is there at a time; another one takes its place.
  package enum Role: Sendable, Hashable {
    /// A probe or a path.
    case probe(String)
    case on(String)
    case every(String)
    case begin
    case end
    /// `option`, `const`, `func`, `filter`
    case value(String)
    /// A table or a state.
    case store(String)
    case importing(String)
    /// C for C blocks, by its text.
    case c(String)
  }

  package let role: Role
  /// With the comments above it.
  package let text: String
  /// What it was read from, and where it begins there.
  package let origin: SourceText
  package let start: Int
  /// Of `begin`: where in ``text`` what stands between its braces is.
  var body: Range<Int>?

  /// As messages call it: `probe icmp_rcv`.
  package var title: String {
    switch role {
    case .probe(let name): name
    case .on(let name): "on \(name)"
    case .every(let interval): "every \(interval)"
    case .begin: "begin"
    case .end: "end"
    case .value(let name), .store(let name): name
    case .importing(let path): "import \"\(path)\""
    case .c: "c"
    }
  }

  /// Something runs: it is not only there to be used.
  package var acts: Bool {
    switch role {
    case .probe, .on, .every, .begin, .end: true
    case .value, .store, .importing, .c: false
    }
  }
}

/// What was typed at the prompt, or read from a file.
package struct LiveInput: Sendable {
  package enum Item: Sendable, Equatable {
    case declaration(LiveDeclaration)
    case statement(LiveText.Asked)
  }

  package let source: SourceText
  package let items: [Item]

  /// What is amiss with a text.
  package enum Problem: Error {
    /// More text can make it right.
    case incomplete
    case mistakes([Diagnostic])
  }

  /// - Parameter isFile: only declarations may be there.
  package init(_ source: SourceText, isFile: Bool = false) throws(Problem) {
    let parsed = (isFile ? Parser(source) : Parser(prompt: source)).parse()
    if parsed.isIncomplete, !isFile { throw .incomplete }
    let errors = parsed.diagnostics.filter { $0.severity == .error }
    if !errors.isEmpty { throw .mistakes(errors) }
    self.source = source
    let bytes = Array(source.text.utf8)
    var items: [Item] = []
    var end = parsed.tree.version?.span.end ?? 0
    for declaration in parsed.tree.declarations {
      let (start, text) = Self.text(bytes, from: end, to: declaration.span)
      end = Self.endOfComment(bytes, behind: declaration.span.end)
      let tail = String(decoding: bytes[declaration.span.end..<end], as: UTF8.self)
      guard case .statement(let statement) = declaration.kind else {
        if let role = Self.role(of: declaration, bytes) {
          var one = LiveDeclaration(role: role, text: text + tail, origin: source, start: start)
          if case .begin(let block) = declaration.kind {
            one.body = block.span.start + 1 - start..<block.span.end - 1 - start
          }
          items.append(.declaration(one))
        }
        continue
      }
      items.append(.statement(Self.asked(statement, bytes, source)))
    }
    self.items = items
  }

  private static func asked(
    _ statement: Statement, _ bytes: [UInt8], _ source: SourceText
  ) -> LiveText.Asked {
    func text(_ span: Span) -> String {
      String(decoding: bytes[span.start..<span.end], as: UTF8.self)
    }
    guard case .expression(let expression) = statement.kind else {
      return LiveText.Asked(
        text(statement.span), isPrinted: false, origin: source, start: statement.span.start)
    }
    if case .binary(.isIn, let value, let format) = expression.kind,
      case .name(let name) = format.kind, Catalogue.formats.contains(where: { $0.name == name })
    {
      return LiveText.Asked(
        text(value.span), format: name, origin: source, start: value.span.start)
    }
    return LiveText.Asked(
      text(expression.span), isPrinted: true, origin: source, start: expression.span.start)
  }

  /// The text of what ends with `span`, and where it begins: with the comments above, without the
  /// blanks before these.
  private static func text(_ bytes: [UInt8], from: Int, to span: Span) -> (Int, String) {
    var start = min(from, span.start)
    let blanks: Set<UInt8> = [9, 10, 13, 32, UInt8(ascii: ";")]
    while start < span.start, blanks.contains(bytes[start]) { start += 1 }
    return (start, String(decoding: bytes[start..<span.end], as: UTF8.self))
  }

  /// A comment on the line that a declaration ends with belongs to it.
  private static func endOfComment(_ bytes: [UInt8], behind end: Int) -> Int {
    var place = end
    while place < bytes.count, bytes[place] == 32 || bytes[place] == 9 { place += 1 }
    guard place + 1 < bytes.count, bytes[place] == UInt8(ascii: "/"),
      bytes[place + 1] == UInt8(ascii: "/")
    else { return end }
    return bytes[place...].firstIndex(of: 10) ?? bytes.count
  }

  private static func role(
    of declaration: Declaration, _ bytes: [UInt8]
  ) -> LiveDeclaration.Role? {
    switch declaration.kind {
    case .option(let option): return .value(option.name.text)
    case .constant(let name, _), .filter(let name, _): return .value(name.text)
    case .function(let function): return .value(function.name.text)
    case .table(let table): return .store(table.name.text)
    case .state(let state): return .store(state.name.text)
    case .importing(let item): return .importing(item.alias?.text ?? item.path.plainText ?? "")
    case .c:
      return .c(
        String(decoding: bytes[declaration.span.start..<declaration.span.end], as: UTF8.self))
    // One without a name is refused when it is checked.
    case .probe(let probe):
      return .probe(probe.name?.text ?? probe.points.usualName ?? "")
    case .path(let path): return .probe(path.name.text)
    case .on(let name, _): return .on(name.text)
    case .every(let interval, _):
      return .every(
        String(decoding: bytes[interval.span.start..<interval.span.end], as: UTF8.self))
    case .begin: return .begin
    case .end: return .end
    case .statement: return nil
    }
  }
}
