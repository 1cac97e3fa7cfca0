/// What a text of C defines outside of functions: their names, and those of structures.
struct COutline {
  /// Functions, prototypes included, in their order and each once.
  private(set) var functions: [String] = []
  /// Functions that have a body here.
  private(set) var definitions: Set<String> = []
  /// Tags of structures, unions and enumerations with members.
  private(set) var tags: [String] = []

  /// - Parameter bytes: a text; directives in it say nothing.
  init(_ bytes: some Sequence<UInt8>) {
    var reader = Reader()
    CText.scan(Array(bytes)) { kind, range, bytes in
      switch kind {
      case .comment, .directive: break
      case .word, .number, .literal, .other: reader.take(kind, bytes[range])
      }
    }
    functions = reader.functions
    definitions = reader.definitions
    tags = reader.tags
  }

  private struct Reader {
    var functions: [String] = []
    var definitions: Set<String> = []
    var tags: [String] = []
    /// Of braces, parentheses and brackets.
    private var depth = 0
    private var last = ""
    private var beforeLast = ""
    /// The name before the parentheses at depth 0 that are open or were just closed.
    private var candidate: String?
    private static let noNames: Set = [
      "__attribute__", "__attribute", "__asm__", "asm", "_Static_assert", "__declspec", "typeof",
      "__typeof__", "_Alignas", "if", "while", "for", "switch", "return", "sizeof",
    ]

    mutating func take(_ kind: CText.Kind, _ bytes: ArraySlice<UInt8>) {
      let text = String(decoding: bytes, as: UTF8.self)
      defer {
        beforeLast = last
        last = text
      }
      switch text {
      case "(":
        if depth == 0, isName(last), !Self.noNames.contains(last) { candidate = last }
        depth += 1
      case "[": depth += 1
      case ")", "]": depth = max(0, depth - 1)
      case "{":
        if depth == 0 {
          if let candidate {
            add(candidate)
            definitions.insert(candidate)
          } else if ["struct", "union", "enum"].contains(beforeLast), isName(last) {
            tags.append(last)
          }
        }
        candidate = nil
        depth += 1
      case "}": depth = max(0, depth - 1)
      case ";":
        if depth == 0, let candidate { add(candidate) }
        if depth == 0 { candidate = nil }
      case "=": if depth == 0 { candidate = nil }
      default: break
      }
    }

    private mutating func add(_ name: String) {
      if !functions.contains(name) { functions.append(name) }
    }

    private func isName(_ text: String) -> Bool {
      text.utf8.first.map { CText.isWord($0) && !(48...57).contains($0) } ?? false
    }
  }
}
