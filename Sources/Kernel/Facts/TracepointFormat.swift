internal import SystemPackage

/// The record that a tracepoint writes, as tracefs describes it (`events/CATEGORY/NAME/format`).
package struct TracepointFormat: Sendable, Equatable {
  package struct Field: Sendable, Equatable {
    package let name: String
    /// As C declares it, without the name and an array's length: `const void *`, `__u8`,
    /// `__data_loc char`.
    package let type: String
    package let isArray: Bool
    package let offset: Int
    package let size: Int
    package let isSigned: Bool
  }

  /// Without those that all records begin with (`common_pid` and so on).
  package let fields: [Field]

  /// Parses the file: a line for each field between `format:` and `print fmt:`, such as
  ///
  ///     field:__u8 saddr[4];	offset:36;	size:4;	signed:0;
  package init(parsing text: String) {
    fields = text.split(separator: "\n").compactMap { line in
      let line = line.drop { $0 == "\t" || $0 == " " }
      return line.hasPrefix("field:") ? Field(line.dropFirst(6)) : nil
    }.filter { !$0.name.hasPrefix("common_") }
  }
}

extension TracepointFormat.Field {
  /// Nil for what is not written so.
  fileprivate init?(_ line: Substring) {
    let parts = line.split(separator: ";")
    guard let declaration = parts.first else { return nil }
    var numbers: [Substring: Int] = [:]
    for part in parts.dropFirst() {
      let words = part.split(separator: ":")
      guard words.count == 2, let value = Int(words[1]) else { continue }
      numbers[words[0].drop { $0 == "\t" || $0 == " " }] = value
    }
    guard let offset = numbers["offset"], let size = numbers["size"] else { return nil }
    self.offset = offset
    self.size = size
    isSigned = numbers["signed"] == 1
    var words = declaration
    // Of `char[] name` the brackets belong to the type, of `saddr[4]` they stand behind the name.
    var isArray = false
    if let open = words.firstIndex(of: "["), let close = words.lastIndex(of: "]") {
      isArray = true
      words.removeSubrange(open...close)
    }
    self.isArray = isArray
    let isName = { (character: Character) in
      character == "_" || character.isLetter || character.isNumber
    }
    guard let last = words.lastIndex(where: { !isName($0) }) else { return nil }
    name = String(words[words.index(after: last)...])
    guard !name.isEmpty else { return nil }
    type = words[...last].split(separator: " ").joined(separator: " ")
  }
}

extension Tracefs {
  /// The record of an event; nil where there is no such event, or it cannot be read.
  package func format(category: String, name: String) -> TracepointFormat? {
    guard let root, hasEvent(category: category, name: name) == true,
      case .success(let text) = KernelFile.text(
        root.appending("events").appending(category).appending(name).appending("format"))
    else { return nil }
    return TracepointFormat(parsing: text)
  }
}
