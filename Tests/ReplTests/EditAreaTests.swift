import Testing

@testable import Repl

/// What is painted, against a model of a terminal.
@Suite struct EditAreaTests {
  init() { Terminal.setLocale() }

  /// Letters, wide and combining characters, tabs, control characters, a search's second row.
  private static let characters: [Unicode.Scalar] = [
    "a", "b", "c", " ", "ö", "日", "本", "\u{301}", "\t", "\u{1}", "\n",
  ]

  /// Lines that change at random, with lines above them, in terminals of all widths: the screen has
  /// what was shown above, then the rows of the layout, and the cursor is in its place.
  @Test(arguments: 0..<200) func `any line after any other`(seed: UInt64) {
    var random = Random(state: seed)
    let width = Int.random(in: 2...24, using: &random)
    let height = Int.random(in: 1...8, using: &random)
    var screen = ScreenModel(width: width, height: height)
    var area = EditArea(isPlain: false)
    var above: [String] = []
    for _ in 0..<40 {
      if Int.random(in: 0..<3, using: &random) == 0 {
        let line = "e" + String(above.count)
        above.append(line)
        if line.count < width {
          screen.feed(area.erase() + Array((line + "\r\n").utf8))
        } else {
          above.removeLast()
        }
      }
      let line = (0..<Int.random(in: 0...30, using: &random)).map { _ in
        EditAreaTests.characters.randomElement(using: &random) ?? "a"
      }
      let cursor = Int.random(in: 0...line.count, using: &random)
      let layout = Layout(prompt: "> ", line: line, cursor: cursor, width: width)
      screen.feed(area.paint(layout, height: height))
      let visible = layout.visible(height: height)
      let shown = visible.map { row in
        layout.rows[row].text.isEmpty ? "" : String(decoding: layout.rows[row].text, as: UTF8.self)
      }
      let top = screen.row - (layout.cursor.row - visible.lowerBound)
      let bottom = screen.rows[top..<top + shown.count].map { trimmed($0.joined()) }
      #expect(bottom == shown.map(trimmed), "width \(width), height \(height), line \(line)")
      #expect(screen.column == min(layout.cursor.column, width - 1))
      #expect(screen.text == trimmed(above + shown), "width \(width), line \(line)")
    }
    screen.feed(area.leave())
    #expect(screen.column == 0)
  }

  /// Rows are not erased before they are written again.
  @Test func `what stays is not erased`() {
    var area = EditArea(isPlain: false)
    _ = area.paint(layout("some line"), height: 10)
    let bytes = String(decoding: area.paint(layout("some lines"), height: 10), as: UTF8.self)
    #expect(bytes == "\r> some lines\u{1b}[J\r\u{1b}[12C")
    let again = area.paint(layout("some lines"), height: 10)
    #expect(again.isEmpty)
  }

  @Test func `a line of more rows than the terminal has`() {
    var area = EditArea(isPlain: false)
    var screen = ScreenModel(width: 10, height: 3)
    let line = String((0..<50).map { Character(Unicode.Scalar(UInt8(97 + $0 / 10))) })
    screen.feed(area.paint(layout(line, width: 10), height: 3))
    #expect(screen.rows.map { $0.joined() } == ["ccdddddddd", "ddeeeeeeee", "ee        "])
    screen.feed(area.paint(layout(line, cursor: 0, width: 10), height: 3))
    #expect(screen.rows.map { $0.joined() } == ["> aaaaaaaa", "aabbbbbbbb", "bbcccccccc"])
    #expect(screen.row == 0 && screen.column == 2)
    screen.feed(area.paint(layout("short", width: 10), height: 3))
    #expect(screen.text == ["> short"])
  }

  /// Some terminals wrap lines anew when they get another width, others do not; where the cursor is
  /// tells them apart. In doubt nothing that is above the prompt may be lost.
  @Test func `another width`() {
    func rowsUp(_ column: Int?) -> String {
      var area = EditArea(isPlain: false)
      let line = "123456789012345678901234567890"
      _ = area.paint(layout(line, width: 40), height: 10)
      area.widthHasChanged(
        rewrapped: layout(line, width: 15), narrowest: 15, height: 10, column: column)
      let bytes = area.paint(layout("x", width: 15), height: 10)
      return String(decoding: bytes.prefix { $0 != 13 }, as: UTF8.self)
    }
    #expect(rowsUp(2) == "\u{1b}[2A")
    #expect(rowsUp(14) == "")
    #expect(rowsUp(7) == "")
    #expect(rowsUp(nil) == "")
  }

  @Test func `one row without control sequences`() {
    var area = EditArea(isPlain: true)
    var screen = ScreenModel(width: 20, height: 3)
    func show(_ line: String, cursor: Int? = nil) {
      let line = Array(line.unicodeScalars)
      let bytes = area.paint(
        Layout(sliding: line, prompt: "> ", cursor: cursor ?? line.count, width: 20), height: 3)
      #expect(!bytes.contains(27))
      screen.feed(bytes)
    }
    show("hello")
    #expect(screen.text == ["> hello"])
    show("日本語日本語日本語日本語")
    #expect(screen.text == ["> 本語日本語日本語"])
    show("hello", cursor: 2)
    #expect(screen.text == ["> hello"] && screen.column == 4)
    show("found\nbck:oun", cursor: 1)
    #expect(screen.text == ["bck:oun found"] && screen.column == 9)
    screen.feed(area.erase() + Array("event\r\n".utf8))
    show("x")
    #expect(screen.text == ["event", "> x"])
    screen.feed(area.leave())
    #expect(screen.row == 2 && screen.column == 0)
  }

  private func layout(_ line: String, cursor: Int? = nil, width: Int = 20) -> Layout {
    let line = Array(line.unicodeScalars)
    return Layout(prompt: "> ", line: line, cursor: cursor ?? line.count, width: width)
  }

  private func trimmed(_ row: String) -> String {
    var row = row
    while row.last == " " { row.removeLast() }
    return row
  }

  private func trimmed(_ rows: [String]) -> [String] {
    var rows = rows.map { trimmed($0) }
    while rows.last == "" { rows.removeLast() }
    return rows
  }
}

/// The same numbers in every run (SplitMix64).
private struct Random: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var value = state
    value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
    value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
    return value ^ (value >> 31)
  }
}
