import Glibc
import SystemPackage

/// Whole texts to standard output or standard error, for commands that end when they are written.
enum TextOutput {
  /// Writes the text. A reader that has gone away, such as head(1), ends the process quietly.
  static func write(_ text: String, to descriptor: FileDescriptor) throws {
    do {
      try descriptor.writeAll(text.utf8)
    } catch Errno.brokenPipe {
      exit(0)
    }
  }

  /// Lines of columns, each as wide as its widest cell, two spaces apart.
  static func columns(_ rows: [[String]]) -> String {
    var widths: [Int] = []
    for row in rows {
      for (column, cell) in row.enumerated() {
        if column == widths.count { widths.append(0) }
        widths[column] = max(widths[column], cell.count)
      }
    }
    return rows.map { row in
      var line = ""
      for (column, cell) in row.enumerated() {
        line += cell
        if column + 1 < row.count {
          line += String(repeating: " ", count: widths[column] + 2 - cell.count)
        }
      }
      while line.last == " " { line.removeLast() }
      return line + "\n"
    }.joined()
  }
}
