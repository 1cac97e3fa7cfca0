package import Language
package import Syntax

/// Reads the points that `-f` names.
///
///     [prefix:]function[@skb[@extra]], … or [tracepoint:]category:name, …
///
/// `prefix` is `kprobe` or `fentry`; `tp` is short for `tracepoint`; arguments are counted from 1,
/// and `@N@` means `@N@N+1`.
package struct PointList {
  private let source: SourceText
  private let bytes: [UInt8]

  /// - Parameter source: the text behind `-f`.
  package init(_ source: SourceText) {
    self.source = source
    bytes = Array(source.text.utf8)
  }

  /// - Returns: the points in the order of the text, at least one, none twice.
  package func parse() throws(Diagnostic) -> [Point] {
    var points: [Point] = []
    for range in parts {
      let point = try point(in: range)
      if points.contains(where: { $0.kind == point.kind && $0.name == point.name }) {
        throw Diagnostic(.error, "'\(point.displayName)' is named twice", at: point.place)
      }
      points.append(point)
    }
    return points
  }

  /// What stands between commas, without blanks around it; at least one.
  var parts: [Range<Int>] { split(0..<bytes.count, at: ",").map(trimmed) }

  private func point(in range: Range<Int>) throws(Diagnostic) -> Point {
    guard !range.isEmpty else {
      throw error(
        "expected a function or a tracepoint", range,
        "as in -f icmp_rcv, -f ip_rcv@1 or -f tracepoint:skb:kfree_skb")
    }
    let parts = split(range, at: ":")
    switch parts.count {
    case 1:
      return try function(parts[0], kind: .function, in: range)
    case 2:
      switch text(parts[0]) {
      case "kprobe": return try function(parts[1], kind: .kprobe, in: range)
      case "fentry": return try function(parts[1], kind: .fentry, in: range)
      case "tp", "tracepoint":
        throw error(
          "a tracepoint has a category", parts[1], "as in tracepoint:skb:kfree_skb")
      case let category:
        _ = try name(parts[0], what: "a category")
        return try tracepoint(parts[1], kind: .perhapsTracepoint(category: category), in: range)
      }
    case 3 where ["tp", "tracepoint"].contains(text(parts[0])):
      let category = try name(parts[1], what: "a category")
      return try tracepoint(parts[2], kind: .tracepoint(category: category), in: range)
    default:
      let known = ["kprobe", "fentry", "tracepoint", "tp"]
      let near = nearestNames(to: text(parts[0]), among: known)
      throw error(
        "'\(text(parts[0]))' is not a kind of point", parts[0],
        near.isEmpty ? "one of \(known.joined(separator: ", "))" : "did you mean \(near[0])?")
    }
  }

  private func tracepoint(
    _ range: Range<Int>, kind: Point.Kind, in whole: Range<Int>
  ) throws(Diagnostic) -> Point {
    if let at = bytes[range].firstIndex(of: UInt8(ascii: "@")) {
      throw error(
        "a tracepoint takes no '@'", at..<range.upperBound, "its skb is known from its declaration")
    }
    return Point(kind: kind, name: try name(range, what: "a tracepoint"), place: place(whole))
  }

  /// `f`, `f@1`, `f@1@2`, `f@1@`
  func function(
    _ range: Range<Int>, kind: Point.Kind, in whole: Range<Int>
  ) throws(Diagnostic) -> Point {
    let parts = split(range, at: "@")
    let function = try name(parts[0], what: "a function")
    if parts.count > 3 {
      throw error(
        "expected at most two argument numbers", parts[3].lowerBound - 1..<range.upperBound)
    }
    let skb = parts.count > 1 ? try argument(parts[1]) : nil
    var extra: Int?
    if parts.count > 2, let skb { extra = parts[2].isEmpty ? skb + 1 : try argument(parts[2]) }
    return Point(
      kind: kind, name: function, skbArgument: skb, extraArgument: extra, place: place(whole))
  }

  private func argument(_ range: Range<Int>) throws(Diagnostic) -> Int {
    guard let number = Int(text(range)), (1...12).contains(number) else {
      let shown = range.isEmpty ? range.lowerBound - 1..<range.upperBound : range
      throw error("expected the number of an argument, 1 to 12", shown)
    }
    return number
  }

  func name(_ range: Range<Int>, what: String) throws(Diagnostic) -> String {
    let isPart = { (byte: UInt8) in
      byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".")
        || (byte < 128 && (Unicode.Scalar(byte).properties.isAlphabetic))
        || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
    if range.isEmpty { throw error("expected the name of \(what)", range) }
    if let bad = range.first(where: { !isPart(bytes[$0]) }) {
      throw error("this cannot be part of the name of \(what)", bad..<bad + 1)
    }
    return text(range)
  }

  func split(_ range: Range<Int>, at separator: Character) -> [Range<Int>] {
    var parts: [Range<Int>] = []
    var start = range.lowerBound
    for index in range where bytes[index] == separator.asciiValue {
      parts.append(start..<index)
      start = index + 1
    }
    return parts + [start..<range.upperBound]
  }

  private func trimmed(_ range: Range<Int>) -> Range<Int> {
    let isSpace = { (index: Int) in bytes[index] == 0x20 || bytes[index] == 0x09 }
    let start = range.first { !isSpace($0) } ?? range.upperBound
    let end = range.last { !isSpace($0) }.map { $0 + 1 } ?? start
    return start..<max(start, end)
  }

  func text(_ range: Range<Int>) -> String {
    String(decoding: bytes[range], as: UTF8.self)
  }

  private func place(_ range: Range<Int>) -> Diagnostic.Place {
    Diagnostic.Place(source, Span(range))
  }

  func error(_ message: String, _ range: Range<Int>, _ hints: String...) -> Diagnostic {
    Diagnostic(.error, message, at: place(range), hints: hints)
  }
}
