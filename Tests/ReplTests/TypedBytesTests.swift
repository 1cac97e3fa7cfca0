import Testing

@testable import Repl

@Suite struct TypedBytesTests {
  private func typed(_ bytes: [UInt8]) -> TypedBytes {
    var typed = TypedBytes()
    bytes.withUnsafeBytes { typed.append($0) }
    return typed
  }

  private func characters(_ typed: inout TypedBytes, isSearching: Bool = false) -> String {
    var text = String.UnicodeScalarView()
    while case .character(let character) = typed.next(isSearching: isSearching) {
      text.append(character)
      if isSearching { break }
    }
    return String(text)
  }

  /// As Swift's own decoder repairs it, whatever the bytes.
  @Test func `bytes that are no UTF-8`() {
    var random = SystemRandomNumberGenerator()
    let likely: [UInt8] = [
      0x41, 0x80, 0x9f, 0xa0, 0xbf, 0xc0, 0xc3, 0xe0, 0xe6, 0xed, 0xf0, 0xf4, 0xff,
    ]
    for _ in 0..<2000 {
      let bytes =
        (0..<8).map { _ in likely.randomElement(using: &random) ?? 0 } + [0x41, 0x41, 0x41]
      var typed = typed(bytes)
      #expect(characters(&typed) == String(decoding: bytes, as: UTF8.self), "\(bytes)")
    }
  }

  @Test func `a character that comes in pieces`() {
    var typed = typed(Array("日".utf8.prefix(2)))
    #expect(typed.next(isSearching: false) == .incomplete)
    Array("日".utf8.suffix(1)).withUnsafeBytes { typed.append($0) }
    #expect(characters(&typed) == "日")
    #expect(typed.isEmpty)
  }

  @Test func `answers of the terminal`() {
    var typed = typed(Array("a\u{1b}[12;34Rb\u{1b}".utf8))
    typed.questions = 2
    #expect(typed.next(isSearching: false) == .character("a"))
    #expect(typed.next(isSearching: false) == .cursor(column: 33))
    #expect(typed.next(isSearching: false) == .character("b"))
    #expect(typed.next(isSearching: false) == .incomplete)
    Array("[1;1R\u{1b}[A".utf8).withUnsafeBytes { typed.append($0) }
    #expect(typed.next(isSearching: false) == .cursor(column: 0))
    #expect(characters(&typed) == "\u{1b}[A")
    #expect(typed.questions == 0)
  }

  @Test func `keys that nothing is bound to`() {
    var typed = typed(
      Array("a\u{1b}[15~b\u{1b}[1;2Ac\u{1b}[I\u{1b}[3~\u{1b}[1;5C\u{1b}[12;34R".utf8))
    #expect(characters(&typed) == "abc\u{1b}[3~\u{1b}[1;5C")
  }

  @Test func `an arrow ends a search`() {
    var typed = typed(Array("\u{1b}[C".utf8))
    #expect(characters(&typed, isSearching: true) == "\u{1b}")
    #expect(characters(&typed) == "\u{1b}[C")
  }

  @Test func `a paste`() {
    var typed = typed(Array("one\r\ntwo\r\rthr\tee\u{1b}[20".utf8))
    var pieces: [TypedBytes.Pasted] = []
    func take() {
      while case let piece = typed.nextPasted(), piece != .incomplete {
        pieces.append(piece)
        if piece == .end { break }
      }
    }
    take()
    Array("1~typed".utf8).withUnsafeBytes { typed.append($0) }
    take()
    #expect(
      pieces == [
        .text(Array("one".unicodeScalars)), .newline, .text(Array("two".unicodeScalars)), .newline,
        .newline, .text(Array("thr\tee".unicodeScalars)), .end,
      ])
    #expect(characters(&typed) == "typed")
  }
}
