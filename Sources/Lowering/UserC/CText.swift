/// C as text: what is a word of it, and what a comment, a string or a directive.
enum CText {
  /// The identifiers of a text, keywords too; what stands in comments, strings and characters is none.
  static func identifiers(_ bytes: some Sequence<UInt8>) -> Set<String> {
    var found: Set<String> = []
    scan(Array(bytes)) { kind, range, bytes in
      if kind == .word { found.insert(String(decoding: bytes[range], as: UTF8.self)) }
    }
    return found
  }

  /// The text with a blank for each byte of its `#include` lines: what they would declare is declared
  /// already.
  static func withoutIncludes(_ text: String) -> String {
    var result = Array(text.utf8)
    scan(result) { kind, range, bytes in
      guard kind == .directive else { return }
      let words = bytes[range].dropFirst().split(whereSeparator: { $0 == 32 || $0 == 9 })
      guard words.first.map({ $0.starts(with: "include".utf8) }) ?? false else { return }
      for index in range where bytes[index] != UInt8(ascii: "\n") { result[index] = 32 }
    }
    return String(decoding: result, as: UTF8.self)
  }

  /// Where the first `#include "…"` stands.
  static func ownInclude(in text: String) -> Range<Int>? {
    var found: Range<Int>?
    scan(Array(text.utf8)) { kind, range, bytes in
      guard kind == .directive, found == nil else { return }
      let rest = bytes[range].dropFirst().drop { $0 == 32 || $0 == 9 }
      guard rest.starts(with: "include".utf8) else { return }
      let path = rest.dropFirst(7).drop { $0 == 32 || $0 == 9 }
      if path.first == UInt8(ascii: "\"") { found = range }
    }
    return found
  }

  enum Kind {
    case word, number, literal, comment, directive, other
  }

  /// Calls `body` with each part of a text, blanks left out. A directive is all of its line, those that
  /// it goes on in included.
  static func scan(_ bytes: [UInt8], _ body: (Kind, Range<Int>, [UInt8]) -> Void) {
    var index = 0
    var isLineStart = true
    while index < bytes.count {
      let byte = bytes[index]
      if byte == UInt8(ascii: "\n") {
        isLineStart = true
        index += 1
        continue
      }
      if isBlank(byte) {
        index += 1
        continue
      }
      let start = index
      let kind: Kind
      if byte == UInt8(ascii: "#"), isLineStart {
        kind = .directive
        index = directiveEnd(bytes, from: index)
      } else if byte == UInt8(ascii: "/"), index + 1 < bytes.count,
        bytes[index + 1] == UInt8(ascii: "/") || bytes[index + 1] == UInt8(ascii: "*")
      {
        kind = .comment
        index = commentEnd(bytes, from: index)
      } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
        kind = .literal
        index = literalEnd(bytes, from: index)
      } else if isWord(byte) {
        kind = byte >= 48 && byte <= 57 ? .number : .word
        while index < bytes.count, isWord(bytes[index]) { index += 1 }
      } else {
        kind = .other
        index += 1
      }
      if kind != .comment { isLineStart = false }
      body(kind, start..<index, bytes)
    }
  }

  static func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case 48...57, 65...90, 97...122, UInt8(ascii: "_"), 0x80...0xff: true
    default: false
    }
  }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }

  private static func directiveEnd(_ bytes: [UInt8], from start: Int) -> Int {
    var index = start
    while index < bytes.count {
      if bytes[index] == UInt8(ascii: "\n"), bytes[index - 1] != UInt8(ascii: "\\") { break }
      if bytes[index] == UInt8(ascii: "/"), index + 1 < bytes.count,
        bytes[index + 1] == UInt8(ascii: "*")
      {
        index = commentEnd(bytes, from: index)
      } else {
        index += 1
      }
    }
    return index
  }

  private static func commentEnd(_ bytes: [UInt8], from start: Int) -> Int {
    var index = start + 2
    if bytes[start + 1] == UInt8(ascii: "/") {
      while index < bytes.count, bytes[index] != UInt8(ascii: "\n") { index += 1 }
      return min(index, bytes.count)
    }
    while index + 1 < bytes.count {
      if bytes[index] == UInt8(ascii: "*"), bytes[index + 1] == UInt8(ascii: "/") {
        return index + 2
      }
      index += 1
    }
    return bytes.count
  }

  private static func literalEnd(_ bytes: [UInt8], from start: Int) -> Int {
    var index = start + 1
    while index < bytes.count, bytes[index] != UInt8(ascii: "\n") {
      if bytes[index] == bytes[start] { return index + 1 }
      index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
    }
    return min(index, bytes.count)
  }
}
