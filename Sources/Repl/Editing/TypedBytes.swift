/// What has come from the terminal and is not yet used up, as characters and answers of the terminal.
struct TypedBytes {
  enum Item: Equatable {
    case character(Unicode.Scalar)
    /// The terminal says where the cursor is: its column, from 0.
    case cursor(column: Int)
    /// More bytes are needed to tell.
    case incomplete
  }

  /// The next piece of a paste.
  enum Pasted: Equatable {
    /// A part of a line.
    case text([Unicode.Scalar])
    case newline
    /// The paste is over.
    case end
    case incomplete
  }

  static let pasteBegin = Array("\u{1b}[200~".utf8)
  private static let pasteEnd = Array("\u{1b}[201~".utf8)

  private var bytes: [UInt8] = []
  private var start = 0
  /// A carriage return was the last of a paste: a newline behind it belongs to it.
  private var isAfterReturn = false
  /// How often the terminal has been asked where the cursor is and has not answered.
  var questions = 0

  var isEmpty: Bool { start == bytes.count }

  mutating func append(_ more: UnsafeRawBufferPointer) {
    if start > 0 {
      bytes.removeFirst(start)
      start = 0
    }
    bytes.append(contentsOf: more)
  }

  mutating func removeAll() {
    bytes.removeAll()
    start = 0
    isAfterReturn = false
  }

  /// - Parameter isSearching: escape ends a search, and is then the beginning of what follows it.
  mutating func next(isSearching: @autoclosure () -> Bool) -> Item {
    guard start < bytes.count else { return .incomplete }
    if bytes[start] == 27 {
      if questions > 0, let answer = answer() { return answer }
      if let unknown = unknownKey() {
        start += unknown
        return next(isSearching: isSearching())
      }
      if start + 1 < bytes.count, isSearching() { return .character("\u{1b}") }
    }
    return character().map { .character($0) } ?? .incomplete
  }

  mutating func nextPasted() -> Pasted {
    var text: [Unicode.Scalar] = []
    while start < bytes.count {
      switch bytes[start] {
      case 27:
        let rest = bytes[start...]
        if rest.starts(with: TypedBytes.pasteEnd) {
          if !text.isEmpty { return .text(text) }
          start += TypedBytes.pasteEnd.count
          isAfterReturn = false
          return .end
        }
        if TypedBytes.pasteEnd.starts(with: rest) {
          return text.isEmpty ? .incomplete : .text(text)
        }
        start += 1
        text.append("\u{1b}")
      case 10 where isAfterReturn:
        start += 1
      case 10, 13:
        if !text.isEmpty { return .text(text) }
        isAfterReturn = bytes[start] == 13
        start += 1
        return .newline
      case 0:
        start += 1
      default:
        guard let character = character() else {
          return text.isEmpty ? .incomplete : .text(text)
        }
        text.append(character)
      }
      isAfterReturn = false
    }
    return text.isEmpty ? .incomplete : .text(text)
  }

  /// Takes the next character; U+FFFD for what is no UTF-8. nil: it is not whole yet.
  private mutating func character() -> Unicode.Scalar? {
    let first = bytes[start]
    let length: Int
    switch first {
    case 0..<0x80: length = 1
    case 0xc2...0xdf: length = 2
    case 0xe0...0xef: length = 3
    case 0xf0...0xf4: length = 4
    default:
      start += 1
      return "\u{fffd}"
    }
    var value = length == 1 ? UInt32(first) : UInt32(first) & (0x7f >> UInt32(length))
    for index in 1..<length {
      guard start + index < bytes.count else { return nil }
      let byte = bytes[start + index]
      let least: UInt8 = index > 1 ? 0x80 : first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80
      let most: UInt8 = index > 1 ? 0xbf : first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf
      guard least <= byte, byte <= most else {
        start += index
        return "\u{fffd}"
      }
      value = value << 6 | UInt32(byte & 0x3f)
    }
    start += length
    return Unicode.Scalar(value) ?? "\u{fffd}"
  }

  /// A control sequence at the front: its parameters, its last byte and its length.
  private func sequence() -> (parameters: ArraySlice<UInt8>, last: UInt8, length: Int)? {
    guard start + 2 < bytes.count, bytes[start + 1] == UInt8(ascii: "[") else { return nil }
    var end = start + 2
    while end < bytes.count, 0x20...0x3f ~= bytes[end] { end += 1 }
    guard end < bytes.count else { return nil }
    return (bytes[start + 2..<end], bytes[end], end + 1 - start)
  }

  /// The answer to "\e[6n" at the front.
  private mutating func answer() -> Item? {
    guard let (parameters, last, length) = sequence() else {
      // An answer that has not come whole, or the escape key: only while an answer is awaited.
      let rest = bytes[(start + 1)...]
      let isBegin = rest.isEmpty || rest.first == UInt8(ascii: "[")
      return isBegin ? .incomplete : nil
    }
    let numbers = parameters.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
    guard last == UInt8(ascii: "R"), numbers.count == 2,
      let column = Int(String(decoding: numbers[1], as: UTF8.self)), column > 0
    else { return nil }
    start += length
    questions -= 1
    return .cursor(column: column - 1)
  }

  /// The length of a control sequence at the front that no key is bound to: libedit would take the
  /// rest of it for text.
  private func unknownKey() -> Int? {
    guard let (parameters, last, length) = sequence() else { return nil }
    let numbers = parameters.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
      .map { String(decoding: $0, as: UTF8.self) }
    let isKnown: Bool
    switch last {
    case UInt8(ascii: "~"):
      isKnown = ["1", "3", "4", "7", "8", "200"].contains(numbers.joined(separator: ";"))
    case UInt8(ascii: "A")...UInt8(ascii: "D"), UInt8(ascii: "F"), UInt8(ascii: "H"):
      isKnown =
        parameters.isEmpty
        || last >= UInt8(ascii: "C") && last <= UInt8(ascii: "D")
          && (numbers == ["1", "5"] || numbers == ["1", "3"])
    default: isKnown = false
    }
    return isKnown ? nil : length
  }
}
