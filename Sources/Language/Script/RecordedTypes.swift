/// Types of a kernel that note what was asked of them: a recording keeps it, so that its scripts mean
/// the same on any machine.
package final class ObservedTypes: KernelTypes {
  private let types: any KernelTypes
  private var answers = KernelAnswers()

  package init(_ types: any KernelTypes) {
    self.types = types
  }

  /// What ``RecordedTypes`` reads: texts of lines, none longer than a pcapng option can be.
  package var recorded: [String] {
    var texts: [String] = []
    for line in answers.lines where line.utf8.count < RecordedTypes.textLimit {
      if let last = texts.last, last.utf8.count + line.utf8.count < RecordedTypes.textLimit {
        texts[texts.count - 1] += "\n" + line
      } else {
        texts.append(RecordedTypes.title + "\n" + line)
      }
    }
    return texts
  }

  package var isKnown: Bool { types.isKnown }

  package func functions(matching pattern: String) -> [KernelSignature] {
    let found = types.functions(matching: pattern)
    for item in found { answers.add(function: item) }
    if found.isEmpty { note(.function(pattern)) }
    return found
  }

  package func tracepoints(category: String, matching pattern: String) -> [KernelSignature] {
    let found = types.tracepoints(category: category, matching: pattern)
    for item in found { answers.add(tracepoint: item) }
    if found.isEmpty { note(.tracepoint(category: category, pattern)) }
    return found
  }

  package func member(_ name: String, of structure: String) -> KernelMember? {
    let found = types.member(name, of: structure)
    if let found {
      answers.add(found, name, of: structure)
    } else {
      note(.member(name, of: structure))
    }
    return found
  }

  private func note(_ what: KernelThing) {
    if types.lacks(what) { answers.add(lacking: what) }
  }

  package func lacks(_ what: KernelThing) -> Bool { types.lacks(what) }

  package func hasStructure(_ name: String) -> Bool {
    let isThere = types.hasStructure(name)
    if isThere { answers.add(structure: name) }
    return isThere
  }

  package func memberNames(of structure: String) -> [String] {
    types.memberNames(of: structure)
  }

  package func enumeration(_ name: String) -> Enumeration? {
    let found = types.enumeration(name)
    if let found { answers.add(found) }
    return found
  }

  package func enumerators(named name: String) -> [(enumeration: Enumeration, value: Int64)] {
    let found = types.enumerators(named: name)
    for item in found { answers.add(item.enumeration) }
    return found
  }

  package func functionNames() -> [String] { types.functionNames() }
  package func tracepointNames() -> [String] { types.tracepointNames() }

  package func names(of kind: KernelNameKind, beginning prefix: String) -> [String] {
    types.names(of: kind, beginning: prefix)
  }
}

/// Of the kernel that a recording was made on: what the script that made it asked for. Of what else
/// there was nothing is known, as of a kernel without types.
package struct RecordedTypes: KernelTypes {
  fileprivate static let title = "netcap types 1"
  /// An option of a pcapng file has 65535 bytes at most.
  fileprivate static let textLimit = 60_000

  private var answers = KernelAnswers()

  /// - Parameter texts: comments of a recording; nil if none of them has types.
  package init?(_ texts: [String]) {
    let own = texts.filter { $0 == RecordedTypes.title || $0.hasPrefix(RecordedTypes.title + "\n") }
    if own.isEmpty { return nil }
    for text in own {
      for line in text.split(separator: "\n" as Character).dropFirst() { answers.read(line) }
    }
  }

  package var isKnown: Bool { false }

  package func lacks(_ what: KernelThing) -> Bool { answers.lacking.contains(what) }

  package func functions(matching pattern: String) -> [KernelSignature] {
    answers.functions.filter { $0.name.matches(pattern) }
  }

  package func tracepoints(category: String, matching pattern: String) -> [KernelSignature] {
    answers.tracepoints.filter {
      $0.name.matches(pattern) && ($0.category ?? category).matches(category)
    }
  }

  package func member(_ name: String, of structure: String) -> KernelMember? {
    answers.members[structure]?[name]
  }

  package func hasStructure(_ name: String) -> Bool { answers.structures.contains(name) }

  package func memberNames(of structure: String) -> [String] {
    (answers.members[structure] ?? [:]).keys.sorted()
  }

  package func enumeration(_ name: String) -> Enumeration? {
    answers.enumerations.first { $0.name == name }
  }

  package func enumerators(named name: String) -> [(enumeration: Enumeration, value: Int64)] {
    answers.enumerations.flatMap { enumeration in
      enumeration.cases.filter { $0.name == name }.map { (enumeration, $0.value) }
    }
  }

  package func functionNames() -> [String] { answers.functions.map(\.name) }
  package func tracepointNames() -> [String] {
    answers.tracepoints.map { "\($0.category ?? "*"):\($0.name)" }
  }
}

extension String {
  /// `*` stands for any text.
  fileprivate func matches(_ pattern: String) -> Bool {
    let parts = pattern.split(separator: "*", omittingEmptySubsequences: false)
    guard parts.count > 1, let first = parts.first, let last = parts.last else {
      return self == pattern
    }
    guard utf8.count >= first.utf8.count + last.utf8.count, hasPrefix(first), hasSuffix(last)
    else { return false }
    var rest = dropFirst(first.count).dropLast(last.count)
    for part in parts.dropFirst().dropLast() where !part.isEmpty {
      guard let range = rest.firstRange(of: part) else { return false }
      rest = rest[range.upperBound...]
    }
    return true
  }
}
