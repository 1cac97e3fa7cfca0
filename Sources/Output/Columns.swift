/// Columns of equal width: the first ones begin, the others end in line.
package func aligned(_ table: [[String]], textColumns: Int) -> [String] {
  let widths = table[0].indices.map { column in table.map { $0[column].count }.max() ?? 0 }
  return table.map { row in
    var line = row.indices.map { column in
      padded(row[column], column < textColumns ? widths[column] : -widths[column])
    }.joined(separator: "  ")
    while line.last == " " { line.removeLast() }
    return line
  }
}

/// With blanks behind it up to a width, before it where that is negative.
package func padded(_ text: String, _ width: Int) -> String {
  let blanks = String(repeating: " ", count: max(0, abs(width) - text.count))
  return width < 0 ? blanks + text : text + blanks
}
