internal import Syntax

/// A pcap-filter(7) expression in pieces, about as libpcap's scanner sees them: exact enough to
/// point at one.
struct FilterTokens {
  struct Token {
    let text: String
    let span: Syntax.Span
  }

  let tokens: [Token]
  private let bytes: [UInt8]

  init(_ text: String) {
    bytes = Array(text.utf8)
    tokens = Self.scan(bytes)
  }

  private static func scan(_ bytes: [UInt8]) -> [Token] {
    func end(from start: Int, while holds: (UInt8) -> Bool) -> Int {
      bytes[start...].firstIndex { !holds($0) } ?? bytes.count
    }
    let colon = UInt8(ascii: ":")
    var tokens: [Token] = []
    var brackets = 0
    var at = 0
    while at < bytes.count {
      let start = at
      let byte = bytes[at]
      switch byte {
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"):
        at += 1
        continue
      case UInt8(ascii: "\\"):
        at += 1
        at = end(from: at) { !" !()\n\t".utf8.contains($0) }
      case UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "="), UInt8(ascii: "!"),
        UInt8(ascii: "&"), UInt8(ascii: "|"):
        at += 1
        if at < bytes.count, bytes[at] == UInt8(ascii: "=") || bytes[at] == byte { at += 1 }
      case UInt8(ascii: "-"):
        at += 1
      case UInt8(ascii: "["), UInt8(ascii: "]"):
        brackets += byte == UInt8(ascii: "[") ? 1 : -1
        at += 1
      default:
        let name = end(from: at, while: isNamePart)
        // A colon is part of an address, but separates offset and size between brackets.
        let address = brackets > 0 ? name : end(from: at) { isNamePart($0) || $0 == colon }
        let isAddress = bytes[at..<address].count { $0 == colon } > 1
        at = max(isAddress ? address : name, at + 1)
      }
      tokens.append(
        Token(
          text: String(decoding: bytes[start..<at], as: UTF8.self),
          span: Syntax.Span(start..<at)))
    }
    return tokens
  }

  /// The text of the first `count` tokens and what is between them.
  func prefix(_ count: Int) -> String {
    count == 0
      ? "" : String(decoding: bytes[..<tokens[count - 1].span.end], as: UTF8.self)
  }

  /// The same with another name in place of each host's: resolving those takes time.
  func prefix(_ count: Int, replacingHostNames replacement: String) -> String {
    var text = ""
    for (index, token) in tokens.prefix(count).enumerated() {
      let isName =
        index > 0 && tokens[index - 1].text == "host"
        && token.text.utf8.allSatisfy { Self.isNamePart($0) && $0 < 0x80 }
        && !token.text.utf8.allSatisfy(Self.isAddressPart)
      text += (isName ? replacement : token.text) + " "
    }
    return text
  }

  /// Where `text` stands among the first `count` tokens: as a token, or as several.
  func places(of text: String, inFirst count: Int) -> [Syntax.Span] {
    let wanted = FilterTokens(text).tokens.map { Self.unescaped($0.text) }
    guard !wanted.isEmpty, wanted.count <= count else { return [] }
    return (0...count - wanted.count).compactMap { start in
      let found = tokens[start..<start + wanted.count]
      guard found.map({ Self.unescaped($0.text) }).elementsEqual(wanted) else { return nil }
      return Syntax.Span(found.first!.span.start..<found.last!.span.end)
    }
  }

  /// `tcp` for `\tcp`.
  static func unescaped(_ text: String) -> Substring {
    text.hasPrefix("\\") ? text.dropFirst() : text[...]
  }

  private static func isNamePart(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"),
      UInt8(ascii: "-"), 0x80...0xff:
      true
    default: false
    }
  }

  private static func isAddressPart(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."): true
    default: false
    }
  }
}
