internal import Packets
internal import Syntax

/// `const` and `filter`: looked up when they are first named.
extension Check {
  func checkConstantsAndFilters() {
    for index in modules.indices {
      inModule(index) {
        for declaration in modules[index].tree.declarations {
          switch declaration.kind {
          case .constant(let name, let value): _ = constant(name, value)
          case .filter(let name, let text): _ = namedFilter(name, text)
          default: continue
          }
        }
      }
    }
  }

  /// The value of a constant of the module at hand; nil if it is wrong, which has been said.
  func constant(_ name: Name, _ expression: Expression) -> TypedExpression? {
    let key = "\(module).\(name.text)"
    switch constants[key] {
    case .found(let value): return value
    case .failed: return nil
    case .underway:
      report("'\(name.text)' is defined by itself", at: name.span)
      return nil
    case nil: break
    }
    constants[key] = .underway
    let before = body
    body = BodyState(place: .constant)
    defer { body = before }
    guard let value = value(of: expression) else {
      constants[key] = .failed
      return nil
    }
    guard value.isConstant else {
      report(
        "the value of a constant is known before the script runs", at: expression.span,
        hints: ["func \(name.text)() = … is worked out each time"])
      constants[key] = .failed
      return nil
    }
    constants[key] = .found(value)
    return value
  }

  /// The index of a declared filter, in the module at hand.
  func namedFilter(_ name: Name, _ text: StringLiteral) -> Int? {
    let key = "\(module).\(name.text)"
    switch filterIndexes[key] {
    case .found(let index): return index
    case .failed, .underway: return nil
    case nil: break
    }
    let index = filter(text)
    filterIndexes[key] = index.map { .found($0) } ?? .failed
    return index
  }

  /// A pcap filter with the values of options put in, and the place in the script of each byte.
  private struct FilterText {
    var text = ""
    /// Where a piece begins in `text`, where it stands in the script, and whether as it is.
    var pieces: [(start: Int, span: Span, isWritten: Bool)] = []

    func place(of span: Span, within literal: Span) -> Span {
      guard let first = piece(at: span.start) else { return literal }
      let last = piece(at: max(span.start, span.end - 1)) ?? first
      let start =
        first.isWritten ? first.span.start + (span.start - first.start) : first.span.start
      let end = last.isWritten ? last.span.start + (span.end - last.start) : last.span.end
      return Span(start..<max(start, end))
    }

    private func piece(at offset: Int) -> (start: Int, span: Span, isWritten: Bool)? {
      pieces.last { $0.start <= offset }
    }
  }

  /// The index of a filter's program in the script; nil if it is wrong, which has been said.
  func filter(_ literal: StringLiteral) -> Int? {
    guard let assembled = text(literal, of: .filter) else { return nil }
    let result: Result<PacketFilter, Diagnostic>
    if let known = compiledFilters[assembled.text] {
      result = known
    } else {
      do throws(Diagnostic) {
        result = .success(
          try PacketFilter(compiling: SourceText(name: "filter", text: assembled.text)))
      } catch {
        result = .failure(error)
      }
      compiledFilters[assembled.text] = result
    }
    switch result {
    case .success(let filter):
      if let index = script.filters.firstIndex(of: filter) { return index }
      script.filters.append(filter)
      return script.filters.count - 1
    case .failure(let problem):
      let span = problem.place.map { assembled.place(of: $0.span, within: literal.span) }
      report(problem.severity, problem.message, at: span ?? literal.span, hints: problem.hints)
      return nil
    }
  }

  /// What is known before the script runs: what its texts are for.
  enum EarlyText {
    case filter, path

    fileprivate var noun: String { self == .filter ? "pcap filter" : "path" }
  }

  /// A path with its options put in; nil if it is wrong, which has been said.
  func path(_ literal: StringLiteral) -> String? { text(literal, of: .path)?.text }

  private func text(_ literal: StringLiteral, of purpose: EarlyText) -> FilterText? {
    var result = FilterText()
    for piece in literal.pieces {
      switch piece {
      case .text(let text, let span):
        result.pieces.append((result.text.utf8.count, span, true))
        result.text += text
      case .interpolation(let expression, let format, let span):
        if let format {
          report("a \(purpose.noun) takes values as they are, without a format", at: format.span)
        }
        let before = body
        body = BodyState(place: .constant)
        let value = value(of: expression)
        body = before
        guard let value, let text = earlyValue(value, of: purpose, at: expression.span)
        else { return nil }
        result.pieces.append((result.text.utf8.count, span, false))
        result.text += text
      }
    }
    if result.pieces.isEmpty { result.pieces = [(0, literal.span, false)] }
    return result
  }

  private func earlyValue(
    _ value: TypedExpression, of purpose: EarlyText, at span: Span
  ) -> String? {
    switch value.kind {
    case .constant(let number) where value.type.isInteger: return String(number)
    case .text(let text): return text
    case .option(let index):
      let option = script.options[index]
      switch option.value {
      case .integer(let number): return String(number)
      case .text(let text): return text
      case .address(let address): return address.written
      case nil:
        report(
          "the \(purpose) needs a value for the option '\(option.name)'", at: span,
          hints: ["give it one: --\(option.name) …, or a default in its declaration"])
        return nil
      }
    default:
      report(
        purpose == .filter
          ? "a pcap filter is compiled before the script runs: it takes options and constants"
          : "a path is opened before the script runs: it takes options and constants",
        at: span, hints: purpose == .filter ? ["compare in a where instead"] : [])
      return nil
    }
  }
}

extension AddressValue {
  /// As libpcap reads it; all eight groups of an IPv6 address.
  var written: String {
    if let ipv4 {
      return [24, 16, 8, 0].map { String(ipv4 >> $0 & 0xff) }.joined(separator: ".")
    }
    return [high, low].flatMap { word in
      [48, 32, 16, 0].map { String(word >> $0 & 0xffff, radix: 16) }
    }.joined(separator: ":")
  }
}
