internal import Syntax

/// Where two texts differ, line by line: what was expected behind `-`, what is there behind `+`.
package struct LineDifference {
  private let expected: [ArraySlice<UInt8>]
  private let actual: [ArraySlice<UInt8>]

  /// Lines around a difference that are shown.
  private static let context = 2
  /// Lines between the first and the last difference up to which the smallest set of changes is
  /// looked for, which takes time with its square.
  private static let limit = 4000

  package init(expected: [UInt8], actual: [UInt8]) {
    self.expected = Self.lines(expected)
    self.actual = Self.lines(actual)
  }

  private static func lines(_ text: [UInt8]) -> [ArraySlice<UInt8>] {
    var lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    if lines.last?.isEmpty == true {
      lines.removeLast()
    } else if let last = lines.popLast() {
      lines.append(last + Array(" (no line end)".utf8))
    }
    return lines
  }

  private enum Step {
    case same(Int), missing(Int), added(Int)
  }

  /// Lines to print; empty where the texts are the same.
  package func rendered() -> [String] {
    let head = zip(expected, actual).prefix { $0 == $1 }.count
    let most = min(expected.count, actual.count) - head
    let tail = zip(expected.reversed(), actual.reversed()).prefix(most).prefix { $0 == $1 }.count
    let old = expected[head..<(expected.count - tail)]
    let new = actual[head..<(actual.count - tail)]
    if old.isEmpty, new.isEmpty { return [] }
    var steps: [Step] = expected.indices.prefix(head).suffix(Self.context).map { .same($0) }
    if old.count > Self.limit || new.count > Self.limit {
      steps += old.indices.map { .missing($0) } + new.indices.map { .added($0) }
    } else {
      steps += smallest(old, new)
    }
    steps += expected.indices.suffix(tail).prefix(Self.context).map { .same($0) }
    return hunks(steps)
  }

  private func smallest(
    _ old: ArraySlice<ArraySlice<UInt8>>, _ new: ArraySlice<ArraySlice<UInt8>>
  ) -> [Step] {
    var removed: Set<Int> = []
    var inserted: Set<Int> = []
    for change in Array(new).difference(from: Array(old)) {
      switch change {
      case .remove(let offset, _, _): removed.insert(old.startIndex + offset)
      case .insert(let offset, _, _): inserted.insert(new.startIndex + offset)
      }
    }
    var steps: [Step] = []
    var (at, to) = (old.startIndex, new.startIndex)
    while at < old.endIndex || to < new.endIndex {
      if at < old.endIndex, removed.contains(at) {
        steps.append(.missing(at))
        at += 1
      } else if to < new.endIndex, inserted.contains(to) {
        steps.append(.added(to))
        to += 1
      } else {
        steps.append(.same(at))
        at += 1
        to += 1
      }
    }
    return steps
  }

  /// Long runs of equal lines are left out; each part begins with the number of its first line.
  private func hunks(_ steps: [Step]) -> [String] {
    var isNear = [Bool](repeating: false, count: steps.count)
    for (index, step) in steps.enumerated() {
      if case .same = step { continue }
      let last = min(steps.count - 1, index + Self.context)
      for near in max(0, index - Self.context)...last { isNear[near] = true }
    }
    var lines: [String] = []
    var last: Int?
    for index in steps.indices where isNear[index] {
      if last != index - 1 {
        let number =
          switch steps[index] {
          case .same(let line), .missing(let line), .added(let line): line
          }
        lines.append("@ line \(number + 1)")
      }
      last = index
      switch steps[index] {
      case .same(let line): lines.append("  " + text(expected[line]))
      case .missing(let line): lines.append("- " + text(expected[line]))
      case .added(let line): lines.append("+ " + text(actual[line]))
      }
    }
    return lines
  }

  private func text(_ line: ArraySlice<UInt8>) -> String {
    String(decoding: line, as: UTF8.self).terminalSafe
  }
}
