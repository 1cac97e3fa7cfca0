/// The rows at the bottom of the screen that show the prompt and what is typed.
///
/// Nobody else moves the cursor while they are shown. They are painted over themselves, and what was
/// behind them is erased last: a row that stays as it is never vanishes.
struct EditArea {
  /// The terminal knows no control sequences: there is one row, in which the line slides.
  private let isPlain: Bool
  /// What is shown; nil: nothing is, and the cursor is at the beginning of an empty row.
  private var shown: Shown?

  private struct Shown: Equatable {
    let layout: Layout
    let rows: Range<Int>
    /// In the shown rows.
    var cursorRow: Int
  }

  init(isPlain: Bool) {
    self.isPlain = isPlain
  }

  var isShown: Bool { shown != nil }

  /// Shows the layout instead of what is shown.
  ///
  /// - Parameter height: of the terminal, in rows.
  mutating func paint(_ layout: Layout, height: Int) -> [UInt8] {
    if isPlain { return paintPlain(layout) }
    let rows = layout.visible(height: height)
    let next = Shown(layout: layout, rows: rows, cursorRow: layout.cursor.row - rows.lowerBound)
    if shown == next { return [] }
    var bytes = toTop()
    for index in rows {
      let row = layout.rows[index]
      bytes += row.text
      if index + 1 == rows.upperBound {
        // Behind a full row there is nothing; the cursor is still in it, and would erase in it.
        if !row.wraps { bytes += EditArea.eraseBelow }
      } else if !row.wraps {
        bytes += EditArea.eraseRow + EditArea.nextRow
      } else if layout.rows[index + 1].columns == 0 {
        // Nothing there would make the terminal go on to the next row.
        bytes += [32, EditArea.carriageReturn]
      }
    }
    bytes += EditArea.up(rows.upperBound - 1 - layout.cursor.row)
    bytes.append(EditArea.carriageReturn)
    bytes += EditArea.right(layout.cursor.column)
    shown = next
    return bytes
  }

  /// Leaves nothing of it on the screen; the cursor is where it began.
  mutating func erase() -> [UInt8] {
    guard let shown else { return [] }
    self.shown = nil
    if isPlain { return EditArea.blank(shown.layout.end.column) }
    // Row by row, upwards: some terminals keep a screen that is erased as a whole as scrolled out.
    var bytes = EditArea.down(shown.rows.count - 1 - shown.cursorRow)
    bytes.append(EditArea.carriageReturn)
    for row in shown.rows.reversed() {
      bytes += EditArea.eraseRow
      if row > shown.rows.lowerBound { bytes += EditArea.up(1) }
    }
    return bytes + EditArea.eraseBelow
  }

  /// Leaves it on the screen and goes to the row below.
  mutating func leave() -> [UInt8] {
    guard let shown else { return [] }
    self.shown = nil
    return EditArea.down(isPlain ? 0 : shown.rows.count - 1 - shown.cursorRow) + EditArea.nextRow
  }

  /// The screen has been changed by others; the cursor is at the beginning of an empty row.
  mutating func forget() {
    shown = nil
  }

  /// Goes to the beginning of what is shown.
  private func toTop() -> [UInt8] {
    guard let shown else { return [] }
    return EditArea.up(shown.cursorRow) + [EditArea.carriageReturn]
  }

  // MARK: - A terminal that has another width

  /// Where the cursor is in what is shown, if the terminal has wrapped it anew or has not.
  ///
  /// - Parameters:
  ///   - rewrapped: the same prompt and line in the new width.
  ///   - narrowest: of the widths since it was painted.
  ///   - column: where the terminal says that the cursor is, from 0; nil: it says nothing.
  mutating func widthHasChanged(rewrapped: Layout, narrowest: Int, height: Int, column: Int?) {
    guard let before = shown, !isPlain else { return }
    let layout = before.layout
    let whole = before.rows.lowerBound == 0
    let moved = whole ? rewrapped.cursor.row : before.cursorRow
    let stayed = before.cursorRow
    var row = min(moved, stayed)
    if let column {
      let isMoved = column == rewrapped.cursor.column
      let isStayed = column == min(layout.cursor.column, narrowest - 1)
      // If it can't be told: rather a rest of the old prompt than a loss of what is above it.
      if isMoved != isStayed { row = isMoved ? moved : stayed }
    }
    shown?.cursorRow = min(row, max(height, 1) - 1)
  }

  // MARK: - Control characters and sequences (ECMA-48)

  private static let carriageReturn: UInt8 = 13
  private static let nextRow: [UInt8] = [13, 10]
  private static let eraseBelow = Array("\u{1b}[J".utf8)
  private static let eraseRow = Array("\u{1b}[K".utf8)

  private static func up(_ rows: Int) -> [UInt8] { move(rows, "A") }
  private static func down(_ rows: Int) -> [UInt8] { move(rows, "B") }
  private static func right(_ columns: Int) -> [UInt8] { move(columns, "C") }

  private static func move(_ count: Int, _ direction: String) -> [UInt8] {
    count > 0 ? Array("\u{1b}[\(count)\(direction)".utf8) : []
  }

  // MARK: - One row

  private mutating func paintPlain(_ layout: Layout) -> [UInt8] {
    let next = Shown(layout: layout, rows: 0..<1, cursorRow: 0)
    if shown == next { return [] }
    let before = shown?.layout.end.column ?? 0
    shown = next
    let text = layout.rows[0].text
    let excess = max(0, before - layout.rows[0].columns)
    let back = layout.rows[0].columns + excess - layout.cursor.column
    return [EditArea.carriageReturn] + text + [UInt8](repeating: 32, count: excess)
      + [UInt8](repeating: 8, count: back)
  }

  private static func blank(_ columns: Int) -> [UInt8] {
    [carriageReturn] + [UInt8](repeating: 32, count: columns) + [carriageReturn]
  }
}
