package import Syntax

/// The declarations of a live session, in their order, and the script that they make.
package struct LiveText: Sendable, Equatable {
  package private(set) var declarations: [LiveDeclaration] = []

  package init() {}

  /// Adds declarations; each takes the place of those that it is named like.
  package mutating func declare(_ added: [LiveDeclaration]) {
    var rest = added
    // Several of one name, as a file may have, stay together.
    while let first = rest.first {
      let alike = rest.filter { $0.role == first.role }
      rest.removeAll { $0.role == first.role }
      if let place = declarations.firstIndex(where: { $0.role == first.role }) {
        declarations.removeAll { $0.role == first.role }
        declarations.insert(contentsOf: alike, at: min(place, declarations.count))
      } else {
        declarations += alike
      }
    }
  }

  /// Puts other declarations into the place of some.
  package mutating func replace(_ old: [LiveDeclaration], with new: [LiveDeclaration]) {
    let place = declarations.firstIndex { old.contains($0) } ?? declarations.count
    declarations.removeAll { old.contains($0) }
    let others = declarations
    // What takes a name that another one has takes its place too.
    let names = Set(new.map(\.role))
    declarations.removeAll { names.contains($0.role) }
    let before = others[..<min(place, others.count)].count { !names.contains($0.role) }
    declarations.insert(contentsOf: new, at: before)
  }

  /// Names that commands about probes take.
  package var probeNames: [String] {
    declarations.compactMap { if case .probe(let name) = $0.role { name } else { nil } }
  }

  /// The declarations as they were parsed.
  package var syntax: [Declaration] { Parser(written().source).parse().tree.declarations }

  /// The script, and which part of it is whose.
  package struct Written: Sendable {
    package let source: SourceText
    fileprivate let places: [(range: Range<Int>, origin: SourceText, start: Int)]

    /// A place in the script as the user knows it: in what was typed, or in the file.
    package func place(_ place: Diagnostic.Place) -> Diagnostic.Place {
      guard place.source == source,
        let part = places.last(where: { $0.range.lowerBound <= place.span.start })
      else { return place }
      let moved = part.start - part.range.lowerBound
      let end = min(place.span.end, part.range.upperBound)
      let span = Span(
        place.span.start + moved..<max(place.span.start, end) + moved)
      return Diagnostic.Place(part.origin, span)
    }

    package func diagnostic(_ diagnostic: Diagnostic) -> Diagnostic {
      Diagnostic(
        diagnostic.severity, diagnostic.message, at: diagnostic.place.map(place),
        hints: diagnostic.hints)
    }

    package func error(_ error: SessionError) -> SessionError {
      switch error {
      case .usage(let problem): .usage(diagnostic(problem))
      case .mistakes(let problems): .mistakes(problems.map(diagnostic))
      case .cannotRun(let problems): .cannotRun(problems.map(diagnostic))
      }
    }
  }

  /// The script of all declarations.
  ///
  /// - Parameters:
  ///   - without: what is left out.
  ///   - asked: a statement that is run at once, as `begin` of its own; the script's others are left
  ///     out.
  package func written(
    without isLeftOut: (LiveDeclaration) -> Bool = { _ in false }, asking asked: Asked? = nil
  ) -> Written {
    var text = "ncs \(Parser.newestVersion)\n"
    var places: [(range: Range<Int>, origin: SourceText, start: Int)] = []
    for declaration in declarations where !isLeftOut(declaration) {
      if asked != nil, declaration.role == .begin || declaration.role == .end { continue }
      text += "\n"
      let start = text.utf8.count
      text += declaration.text
      places.append((start..<text.utf8.count, declaration.origin, declaration.start))
      text += "\n"
    }
    if let asked {
      text += "\nbegin {\n" + asked.before
      let start = text.utf8.count
      text += asked.text
      places.append((start..<text.utf8.count, asked.origin, asked.start))
      text += asked.after + "\n}\n"
    }
    return Written(source: SourceText(name: "session", text: text), places: places)
  }

  /// A statement, or an expression, whose value is printed.
  package struct Asked: Sendable, Equatable {
    /// What the user wrote, which stands between the two others.
    package var text: String
    package var before = ""
    package var after = ""
    /// Where that is from.
    package var origin: SourceText
    package var start: Int

    /// - Parameter isPrinted: it is an expression.
    package init(_ text: String, isPrinted: Bool, origin: SourceText, start: Int) {
      self.text = text
      self.origin = origin
      self.start = start
      if isPrinted { before = "print " }
    }

    /// An expression that is printed as text of a format: `1.5s in ms`.
    package init(_ text: String, format: String, origin: SourceText, start: Int) {
      self.init(text, isPrinted: false, origin: origin, start: start)
      before = "let value_at_prompt = "
      after = "\nprint \"{value_at_prompt:\(format)}\""
    }
  }
}
