extension Parser {
  /// A point, a set of them, or alternatives.
  mutating func points() throws(Abandoned) -> PointSyntax {
    try nested { parser throws(Abandoned) in try parser.alternatives() }
  }

  private mutating func alternatives() throws(Abandoned) -> PointSyntax {
    let first = try setOrPoint()
    var all = [first]
    while isAt(.or) || isAt(.either) {
      if isAt(.either) {
        report(
          "the first of several points is chosen with a single |", at: current.span,
          hints: ["write a | b"])
      }
      take()
      all.append(try setOrPoint())
    }
    return all.count == 1 ? first : .alternatives(all, span(from: first.span.start))
  }

  private mutating func setOrPoint() throws(Abandoned) -> PointSyntax {
    guard isAt(.openBrace) else { return .single(try point()) }
    let start = current.span.start
    let set = try bracketed(.closeBrace, isTight: false) { parser throws(Abandoned) in
      var set = [try parser.points()]
      while parser.isAt(.comma) {
        parser.take(.tightBefore)
        if parser.isAt(.closeBrace) { break }
        set.append(try parser.points())
      }
      return set
    }
    if isAt(.question), current.span.start == lastEnd {
      report(
        "'?' stands behind a function, not a set", at: current.span, hints: ["write {a?, b?}"])
      take(.tightBefore)
    }
    return .set(set, span(from: start))
  }

  // MARK: One point

  private mutating func point() throws(Abandoned) -> SinglePointSyntax {
    let start = current.span.start
    var prefix: [Name] = []
    var path: StringLiteral?
    var name = try pointName(after: prefix)
    while isAt(.colon) {
      prefix.append(name)
      try refusePrefix(prefix)
      take(.tight)
      if Parser.takesPath(prefix), path == nil {
        path = try stringLiteral(
          "a path in quotes", isPcap: false,
          hints: ["as in \(name.text):\"/usr/bin/x\":\(name.text == "usdt" ? "provider:" : "")main"]
        )
        try expect(.colon, .tight)
      }
      name = try pointName(after: prefix)
    }
    try requireWhole(prefix, name)
    let arguments = isAt(.openParenthesis) ? try arguments(isTight: true) : []
    try refuseArgumentNumber(arguments)
    let isOptional = isAt(.question)
    if isOptional { take(.tightBefore) }
    if isAt(.openParenthesis), isOptional {
      throw unexpected("the end of the point", hints: ["'?' stands behind the arguments"])
    }
    return SinglePointSyntax(
      prefix: prefix, path: path, name: name, arguments: arguments, isOptional: isOptional,
      span: span(from: start))
  }

  private mutating func pointName(after prefix: [Name]) throws(Abandoned) -> Name {
    if let token = takePointName(), case .identifier(let text) = token.kind {
      return Name(text, token.span)
    }
    if isAt(.openBrace), let last = prefix.last {
      report(
        "a set stands before the prefix, not behind it", at: current.span,
        hints: ["write {\(last.text):a, \(last.text):b}"])
      throw Abandoned()
    }
    let isTracepoint = prefix.last.map { ["tracepoint", "tp"].contains($0.text) } ?? false
    throw unexpected(
      isTracepoint ? "a tracepoint's category" : prefix.isEmpty ? "a point" : "a name",
      hints: prefix.isEmpty ? ["as in icmp_rcv, kprobe:icmp_rcv, tracepoint:skb:kfree_skb"] : [])
  }

  private static func takesPath(_ prefix: [Name]) -> Bool {
    let words = prefix.map(\.text)
    return [["uprobe"], ["usdt"], ["return", "uprobe"]].contains(words)
  }

  /// How many names follow the last colon-free prefix: `skb:` is a category, `tracepoint:` has one.
  private mutating func refusePrefix(_ prefix: [Name]) throws(Abandoned) {
    let words = prefix.map(\.text)
    switch (words.first ?? "", words.count) {
    case (_, 1): return
    case ("tracepoint", 2), ("tp", 2), ("usdt", 2): return
    case ("return", 2):
      if words[1] == "uprobe" { return }
      report(
        "'return:' takes a function of the kernel, or uprobe:", at: prefix[1].span,
        hints: ["write return:f, fexit:f or return:uprobe:\"/path\":f"])
    default:
      if Keywords.pointPrefixes.contains(words[0]) {
        report(
          "'\(words[0]):' takes one name", at: prefix[1].span,
          hints: words[0] == "uprobe" ? ["as in uprobe:\"/usr/bin/x\":main"] : [])
      } else {
        let hints = Keywords.hints(for: words[0], among: Keywords.pointPrefixes)
        report("no kind of point: '\(words[0])'", at: prefix[0].span, hints: hints)
      }
    }
    throw Abandoned()
  }

  /// `tracepoint:kfree_skb` lacks a name, `usdt:"/x":p` too.
  private mutating func requireWhole(_ prefix: [Name], _ name: Name) throws(Abandoned) {
    guard prefix.count == 1, ["tracepoint", "tp", "usdt"].contains(prefix[0].text) else { return }
    let isUsdt = prefix[0].text == "usdt"
    throw unexpected(
      "':' and the \(isUsdt ? "mark" : "tracepoint")'s name",
      hints: [
        isUsdt ? "as in usdt:\"/usr/bin/x\":provider:name" : "as in tracepoint:skb:kfree_skb"
      ])
  }

  /// `f(2)` and `f@2`.
  private mutating func refuseArgumentNumber(_ arguments: [ArgumentSyntax]) throws(Abandoned) {
    if let first = arguments.first, first.name == nil {
      report(
        "what is given of a point has a name", at: first.value.span,
        hints: ["the packet's argument, counted from 1: (skb: 2)"])
    }
    guard isAt(.at) else { return }
    var number = "2"
    if case .integer(let value) = peek().kind { number = String(value) }
    throw unexpected("'('", hints: ["the packet's argument is given so: (skb: \(number))"])
  }
}
