internal import Syntax

extension Enumeration {
  /// With and without the common prefix.
  package var allNames: [String] {
    let prefix = commonPrefix
    return cases.map(\.name)
      + cases.filter { !prefix.isEmpty && $0.name.hasPrefix(prefix) }
      .map { String($0.name.dropFirst(prefix.count)) }
  }
}

/// Names of numbers: from the kernel's types, else built in.
extension Check {
  func enumerationIndex(_ enumeration: Enumeration) -> Int {
    if let index = enumerationIndexes[enumeration] { return index }
    let index = script.enumerations.count
    script.enumerations.append(enumeration)
    enumerationIndexes[enumeration] = index
    return index
  }

  func type(of enumeration: Enumeration) -> ValueType {
    .integer(.enumeration(enumerationIndex(enumeration)))
  }

  /// Nil if nothing is called so; refused inside if it is not clear which is meant.
  func enumerator(_ name: String, at span: Span, expecting expected: ValueType?) -> Recognised? {
    if case .integer(.enumeration(let index)) = expected {
      let enumeration = script.enumerations[index]
      if let found = enumeration.cases.first(where: { $0.name == name })
        ?? unprefixed(name, in: enumeration)
      {
        return .value(.constant(found.value), .integer(.enumeration(index)), span)
      }
    }
    let found = types.enumerators(named: name)
    if let first = found.first {
      if found.contains(where: { $0.value != first.value }) {
        reportAmbiguous(name, found, at: span)
        return .refused
      }
      return .value(.constant(first.value), type(of: first.enumeration), span)
    }
    for enumeration in Catalogue.enumerations {
      if let item = enumeration.cases.first(where: { $0.name == name }) {
        return .value(.constant(item.value), type(of: enumeration), span)
      }
    }
    if !types.isKnown, looksLikeEnumerator(name) {
      noteUnchecked(name)
      return .value(.absent, .integer(.decimal), span)
    }
    return nil
  }

  private func unprefixed(_ name: String, in enumeration: Enumeration) -> Enumeration.Case? {
    let prefix = enumeration.commonPrefix
    guard !prefix.isEmpty else { return nil }
    return enumeration.cases.first { $0.name == prefix + name }
  }

  private func reportAmbiguous(
    _ name: String, _ found: [(enumeration: Enumeration, value: Int64)], at span: Span
  ) {
    let places = found.map { item in
      "\(item.value) in \(item.enumeration.name.isEmpty ? "an enum without a name" : "enum \(item.enumeration.name)")"
    }
    let named = found.first { !$0.enumeration.name.isEmpty }?.enumeration.name
    report(
      "'\(name)' is several numbers: \(places.joined(separator: ", "))", at: span,
      hints: [
        named.map { "say which: compare with \($0)(x), or write the number" } ?? "write the number"
      ])
  }

  func looksLikeEnumerator(_ name: String) -> Bool {
    guard let first = name.utf8.first, (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(first)
    else {
      return false
    }
    return name.utf8.allSatisfy {
      (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0)
        || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: "_")
    }
  }

  func noteUnchecked(_ text: String) {
    if !unchecked.contains(text) { unchecked.append(text) }
  }

  /// A value of which nothing is known: this kernel lacks it, or there is no kernel to ask.
  func isWild(_ value: TypedExpression) -> Bool {
    switch value.kind {
    case .absent: true
    case .kernel(let read):
      value.type == .integer(.decimal) && (read.isMissing || wildReads.contains(read))
    case .coalesce(let a, let b): isWild(a) && isWild(b)
    default: false
    }
  }
}
