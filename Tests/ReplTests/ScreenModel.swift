@testable import Repl

/// A terminal that knows what the line editor sends: text, wrapping at the margin, and a few
/// control sequences. One that does not wrap anew when it gets another width.
struct ScreenModel {
  let width: Int
  let height: Int
  /// Cells; the second cell of a wide character is empty.
  private(set) var rows: [[String]]
  private(set) var scrolled: [String] = []
  private(set) var row = 0
  private(set) var column = 0
  /// The last column is written, and the next character goes to the next row.
  private var isAtMargin = false

  init(width: Int, height: Int) {
    self.width = width
    self.height = height
    rows = Array(repeating: Array(repeating: " ", count: width), count: height)
  }

  /// What has scrolled out, and the rows down to the last that is not blank.
  var text: [String] {
    var text = scrolled + rows.map { ScreenModel.trimmed($0) }
    while text.last == "" { text.removeLast() }
    return text
  }

  private static func trimmed(_ row: [String]) -> String {
    var text = row.joined()
    while text.last == " " { text.removeLast() }
    return text
  }

  mutating func feed(_ bytes: [UInt8]) {
    var characters = String(decoding: bytes, as: UTF8.self).unicodeScalars[...]
    while let character = characters.popFirst() {
      switch character {
      case "\r":
        column = 0
        isAtMargin = false
      case "\n": down()
      case "\u{8}":
        column = max(0, column - 1)
        isAtMargin = false
      case "\u{1b}":
        characters.removeFirst()
        let parameter = characters.prefix { "0123456789".unicodeScalars.contains($0) }
        characters = characters.dropFirst(parameter.count)
        obey(characters.removeFirst(), max(1, Int(String(parameter)) ?? 1))
      default: put(character)
      }
    }
  }

  private mutating func obey(_ final: Unicode.Scalar, _ count: Int) {
    switch final {
    case "A": row = max(0, row - count)
    case "B": row = min(height - 1, row + count)
    case "C": column = min(width - 1, column + count)
    case "J", "K":
      for index in column..<width { rows[row][index] = " " }
      if final == "J" {
        for below in row + 1..<max(row + 1, height) {
          rows[below] = Array(repeating: " ", count: width)
        }
      }
    case "m": return
    default: preconditionFailure("unknown sequence \(final)")
    }
    isAtMargin = false
  }

  private mutating func down() {
    isAtMargin = false
    if row + 1 < height {
      row += 1
      return
    }
    scrolled.append(ScreenModel.trimmed(rows.removeFirst()))
    rows.append(Array(repeating: " ", count: width))
  }

  private mutating func put(_ character: Unicode.Scalar) {
    let columns = Layout.columns(of: character)
    if columns == 0 {
      var base = isAtMargin ? column : max(0, column - 1)
      if rows[row][base].isEmpty { base -= 1 }
      rows[row][base].unicodeScalars.append(character)
      return
    }
    if isAtMargin || column + columns > width {
      down()
      column = 0
    }
    rows[row][column] = String(character)
    if columns == 2 { rows[row][column + 1] = "" }
    column += columns
    if column >= width {
      column = width - 1
      isAtMargin = true
    }
  }
}
