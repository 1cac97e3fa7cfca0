/// Rows as text.
package enum Columns {
  /// A line for each row: columns as wide as their widest cell, two blanks apart.
  ///
  /// - Parameter textColumns: how many of the first columns begin in line; the others, numbers, end in line.
  package static func lines(_ rows: [[String]], textColumns: Int = .max) -> [String] {
    var widths: [Int] = []
    for row in rows {
      for (column, cell) in row.enumerated() {
        if column == widths.count { widths.append(0) }
        widths[column] = max(widths[column], cell.count)
      }
    }
    return rows.map { row in
      var line = row.enumerated().map { column, cell in
        padded(cell, column < textColumns ? widths[column] : -widths[column])
      }.joined(separator: "  ")
      while line.last == " " { line.removeLast() }
      return line
    }
  }

  /// The same, each line with its end.
  package static func text(_ rows: [[String]]) -> String {
    lines(rows).map { $0 + "\n" }.joined()
  }

  /// With blanks behind it up to a width, before it where that is negative.
  package static func padded(_ text: String, _ width: Int) -> String {
    let blanks = String(repeating: " ", count: max(0, abs(width) - text.count))
    return width < 0 ? blanks + text : text + blanks
  }
}
