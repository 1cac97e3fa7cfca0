extension LineEditor {
  /// Tab: completes what is before the cursor as far as it is certain, or lists what it could be.
  func complete() {
    let (characters, cursor) = libedit.line
    var line = ""
    line.unicodeScalars.append(contentsOf: characters)
    let offset = characters[..<cursor].reduce(0) { $0 + String($1).utf8.count }
    let completion = completer(line, offset)
    let typed = tail(of: characters[..<cursor], utf8Count: offset - completion.start)
    guard let candidate = completion.candidates.first else { return }
    if completion.candidates.count == 1 {
      let rest = characters[cursor...]
      let suffix = rest.starts(with: completion.suffix.unicodeScalars) ? "" : completion.suffix
      replace(typed.count, with: (candidate + suffix).unicodeScalars)
      return
    }
    let common = completion.candidates.dropFirst().reduce(candidate.unicodeScalars[...]) {
      common, other in
      let end = zip(common.indices, other.unicodeScalars).first { common[$0] != $1 }?.0
      let shorter = common.prefix(other.unicodeScalars.count)
      return common[..<min(end ?? shorter.endIndex, shorter.endIndex)]
    }
    if common.count > typed.count {
      replace(typed.count, with: common)
    } else {
      showAbove(CandidateList.text(completion.candidates, width: size.columns, height: size.rows))
    }
  }

  private func replace(_ count: Int, with characters: some Sequence<Unicode.Scalar>) {
    libedit.remove(count)
    libedit.insert(characters)
  }

  /// The last characters that together have that many bytes.
  private func tail(
    of characters: ArraySlice<Unicode.Scalar>, utf8Count: Int
  ) -> ArraySlice<Unicode.Scalar> {
    var missing = utf8Count
    var start = characters.endIndex
    while missing > 0, start > characters.startIndex {
      start -= 1
      missing -= String(characters[start]).utf8.count
    }
    return characters[start...]
  }
}

/// What a name could become, in columns.
enum CandidateList {
  /// - Parameters:
  ///   - width: of the terminal, in columns.
  ///   - height: of the terminal, in rows: more are not filled.
  /// - Returns: whole lines, read downwards first.
  static func text(_ candidates: [String], width: Int, height: Int) -> String {
    let most = max(1, height - 2)
    // No more than that can be shown, whatever their length.
    var shown = Array(candidates.prefix(most * max(1, width / 2)))
    var columns = 1
    var rows = shown.count
    var cell = 0
    while true {
      cell = (shown.map(Layout.columns(of:)).max() ?? 0) + 2
      columns = max(1, (width + 1) / cell)
      rows = (shown.count + columns - 1) / columns
      if rows <= most { break }
      shown = Array(shown.prefix(most * columns))
    }
    var text = ""
    for row in 0..<rows {
      var line = ""
      for index in stride(from: row, to: shown.count, by: rows) {
        line += shown[index]
        if index + rows < shown.count {
          line += String(repeating: " ", count: cell - Layout.columns(of: shown[index]))
        }
      }
      text += line + "\n"
    }
    let rest = candidates.count - shown.count
    return rest > 0 ? text + "… and \(rest) more\n" : text
  }
}
