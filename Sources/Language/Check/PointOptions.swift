internal import Syntax

/// What is given of a point in parentheses: `(skb: 2)`, `(start: data, offset: -14)`, `(mbuf: 1, count: 2)`.
struct PointOptions {
  /// An argument's number, from 1, and where that is said.
  typealias Given = (number: Int, span: Span)

  var skb: Given?
  var ext: Given?
  var expression: Expression?
  var start = ScriptPoint.Start.found
  /// `mbuf`, `count`, `data`, `len`: of a program's packets.
  var program: [String: Given] = [:]
}

extension Check {
  func options(of single: SinglePointSyntax) -> PointOptions? {
    var result = PointOptions()
    var offset: Int?
    var startSpan: Span?
    for argument in single.arguments {
      guard let name = argument.name else { return nil }
      switch name.text {
      case "skb":
        if case .integer = argument.value.kind {
          guard let given = argumentNumber(argument.value, of: name) else { return nil }
          result.skb = given
        } else {
          result.expression = argument.value
        }
      case "start":
        guard case .name("data") = argument.value.kind else {
          report(
            "a packet starts where it is found, or at data", at: argument.value.span,
            hints: ["(start: data, offset: -14)"])
          return nil
        }
        startSpan = name.span
      case "offset":
        guard let number = constantInteger(argument.value, what: "offset") else { return nil }
        let offsets = ScriptPoint.Start.offsets
        guard offsets.contains(Int(clamping: number)) else {
          report(
            "an offset is \(offsets.lowerBound) … \(offsets.upperBound)", at: argument.value.span)
          return nil
        }
        offset = Int(number)
      case "ext":
        guard let given = argumentNumber(argument.value, of: name) else { return nil }
        result.ext = given
      case "mbuf", "count", "data", "len":
        guard let given = argumentNumber(argument.value, of: name) else { return nil }
        result.program[name.text] = given
      default:
        let names = ["skb", "start", "offset", "ext", "mbuf", "count", "data", "len"]
        report(
          "nothing is called '\(name.text)' of a point", at: name.span,
          hints: suggestion(for: name.text, among: names).orElse(
            "there are: \(names.joined(separator: ", "))"))
        return nil
      }
    }
    if startSpan != nil {
      result.start = .data(offset: offset ?? 0)
    } else if offset != nil {
      report("an offset is from data", at: single.span, hints: ["(start: data, offset: -14)"])
      return nil
    }
    return result
  }

  private func argumentNumber(_ value: Expression, of name: Name) -> PointOptions.Given? {
    guard let number = constantInteger(value, what: name.text) else { return nil }
    guard (1...12).contains(number) else {
      report("arguments are counted from 1", at: value.span)
      return nil
    }
    return (Int(number), value.span)
  }

  /// A packet in a program's memory.
  func programPacket(
    _ how: PointOptions, of found: FoundPoint
  ) -> ScriptPoint.PacketSource? {
    let given = how.program
    guard let place = given.min(by: { $0.value.span.start < $1.value.span.start })?.value.span
    else {
      return nil
    }
    let forms = ["(mbuf: 1), (mbuf: 1, count: 2) or (data: 1, len: 2)"]
    guard [["mbuf"], ["count", "mbuf"], ["data", "len"]].contains(given.keys.sorted()),
      how.skb == nil, how.expression == nil, how.start == .found
    else {
      report(
        "a program's packet is an mbuf, mbufs and their count, or data and its length", at: place,
        hints: forms)
      return nil
    }
    let most: Int
    switch found.point.kind {
    case .userFunction: most = 6
    case .userMark: most = 12
    case .userReturn:
      report(
        "what a function was given may be gone when it returns", at: place,
        hints: ["probe its entry: uprobe:, or a function that it hands the packet to"])
      return nil
    case .function, .kprobe, .fentry, .functionReturn, .fexit, .tracepoint, .rawTracepoint:
      report(
        "packets of the kernel are in an skb", at: place,
        hints: ["\(forms[0]) are of programs: uprobe:, usdt:"])
      return nil
    }
    if let far = given.values.first(where: { $0.number > most }) {
      report("a probe here sees the first \(most) arguments only", at: far.span)
      return nil
    }
    func slot(_ name: String) -> Int { (given[name]?.number ?? 1) - 1 }
    if given["data"] != nil { return .bytes(slot("data"), length: slot("len")) }
    return given["count"] == nil ? .mbuf(slot("mbuf")) : .mbufs(slot("mbuf"), count: slot("count"))
  }
}
