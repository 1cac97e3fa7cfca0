internal import CLibedit

/// A prompt and a line as they stand on a terminal: rows of text, and the place of the cursor.
struct Layout: Equatable {
  struct Row: Equatable {
    var text: [UInt8] = []
    /// How many columns the text takes.
    var columns = 0
    /// The row is full: the terminal itself goes on in the next one.
    var wraps = false
  }

  struct Place: Equatable {
    var row = 0
    var column = 0
  }

  /// One at least. The last is empty where the text fills the one before it.
  private(set) var rows = [Row()]
  private(set) var cursor = Place()
  let width: Int

  /// - Parameters:
  ///   - prompt: stands before the line; escape sequences before and after it take no columns.
  ///   - cursor: how many of the line's characters are before it.
  ///   - width: the terminal's, in columns.
  init(
    prompt: String, style: (before: String, after: String) = ("", ""),
    line: [Unicode.Scalar], cursor: Int, width: Int
  ) {
    self.width = max(width, 2)
    rows[0].text += Array(style.before.utf8)
    for character in prompt.unicodeScalars { append(character) }
    rows[rows.count - 1].text += Array(style.after.utf8)
    for (index, character) in line.enumerated() {
      if index == cursor {
        makeRoom(Layout.columns(of: character))
        self.cursor = end
      }
      append(character)
    }
    if cursor >= line.count { self.cursor = end }
  }

  /// One row: the part of the line that fits, with the cursor. What is searched for, which is behind
  /// a newline, stands in the place of the prompt.
  init(sliding line: [Unicode.Scalar], prompt: String, cursor: Int, width: Int) {
    let parts = line.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
    let line = parts[0].map { $0 == "\t" ? " " : $0 }
    let cursor = min(cursor, line.count)
    // The last column stays empty, or the terminal could go on to the next row.
    var room = max(width, 2) - 1
    var prompt = prompt
    if parts.count > 1 {
      prompt = " "
      prompt.unicodeScalars.insert(contentsOf: parts[1], at: prompt.startIndex)
    }
    if Layout.columns(of: prompt) > room / 2 { prompt = "" }
    room -= Layout.columns(of: prompt)
    var first = cursor
    while first > 0, room >= Layout.columns(of: line[first - 1]) {
      first -= 1
      room -= Layout.columns(of: line[first])
    }
    var last = cursor
    while last < line.count, room >= Layout.columns(of: line[last]) {
      room -= Layout.columns(of: line[last])
      last += 1
    }
    self.init(
      prompt: prompt, line: Array(line[first..<last]), cursor: cursor - first, width: width)
  }

  var end: Place { Place(row: rows.count - 1, column: rows[rows.count - 1].columns) }

  /// The rows that are shown on a terminal of that height: those around the cursor.
  func visible(height: Int) -> Range<Int> {
    let count = min(max(height, 1), rows.count)
    let first = min(cursor.row, rows.count - count)
    return first..<first + count
  }

  /// wcwidth(3) of what is shown: control characters are shown as two.
  static func columns(of character: Unicode.Scalar) -> Int {
    if character.value < 32 || character.value == 127 { return 2 }
    let columns = nc_columns(character.value)
    return columns < 0 ? 1 : Int(columns)
  }

  static func columns(of text: String) -> Int {
    text.unicodeScalars.reduce(0) { $0 + columns(of: $1) }
  }

  /// A character of two columns does not begin in the last one, which stays blank.
  private mutating func makeRoom(_ columns: Int) {
    while rows[rows.count - 1].columns + columns > width { put(" ", columns: 1) }
  }

  private mutating func append(_ character: Unicode.Scalar) {
    switch character.value {
    case 9:
      repeat { put(" ", columns: 1) } while rows[rows.count - 1].columns % 8 != 0
    case 10:
      rows.append(Row())
    case 0..<32, 127:
      put("^", columns: 1)
      put(Unicode.Scalar(UInt8(character.value ^ 64)), columns: 1)
    default:
      let columns = nc_columns(character.value)
      makeRoom(Int(columns))
      if columns < 0 {
        put("\u{fffd}", columns: 1)
      } else if columns == 0, rows.count > 1, rows[rows.count - 1].columns == 0,
        rows[rows.count - 2].wraps
      {
        // It belongs to the character that has filled the row.
        rows[rows.count - 2].text += Array(character.utf8)
      } else if columns == 0, rows[rows.count - 1].columns == 0 {
        put("◌", columns: 1)
        rows[rows.count - 1].text += Array(character.utf8)
      } else {
        put(character, columns: Int(columns))
      }
    }
  }

  private mutating func put(_ character: Unicode.Scalar, columns: Int) {
    let last = rows.count - 1
    rows[last].text += Array(character.utf8)
    rows[last].columns += columns
    if rows[last].columns >= width {
      rows[last].wraps = true
      rows.append(Row())
    }
  }
}

extension Unicode.Scalar {
  fileprivate var utf8: String.UTF8View { String(self).utf8 }
}
