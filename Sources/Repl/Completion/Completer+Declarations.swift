internal import Language
internal import Syntax

/// What stands outside of bodies.
extension Completer {
  /// The names, and where the word begins that they replace.
  func declaration(in place: CursorPlace) -> (found: Found, start: Int) {
    let tokens = place.declarationTokens
    guard let first = tokens.first, case .identifier(let keyword) = first.kind,
      isDeclaration(keyword, tokens.dropFirst().first)
    else { return (statement(in: place), place.wordStart) }
    let start = place.wordStart
    if keyword == "probe" || keyword == "path" { return points(keyword, tokens, in: place) }
    let last = tokens.last?.kind
    let isInBrackets = !place.frames.isEmpty
    switch keyword {
    case "on":
      guard tokens.count == 1 else { return (.nothing, start) }
      return (.words(SessionNames(sources.declarations()).handled), start)
    case "table":
      if isInBrackets { return (.nothing, start) }
      if last == .mark(.colon) {
        let names = Catalogue.aggregations.map { $0.name == "lhist" ? "lhist(" : $0.name }
        return (.words(names), start)
      }
      if last == .mark(.comma) { return (.words(["max"]), start) }
      return (last == .identifier("max") ? constants(place) : .nothing, start)
    case "state":
      if isInBrackets { return (.nothing, start) }
      if last == .mark(.comma) { return (.words(["max", "for"]), start) }
      let takesValue =
        tokens.count > 2 && (last == .identifier("max") || last == .identifier("for"))
      return (takesValue ? constants(place) : .nothing, start)
    case "option":
      if last == .mark(.colon) { return (.words(Catalogue.optionTypes.map(\.name)), start) }
      return (last == .mark(.assign) ? constants(place) : .nothing, start)
    case "import":
      if case .string? = last { return (.words(["as"]), start) }
      return (.nothing, start)
    case "every": return (tokens.count == 1 ? constants(place) : .nothing, start)
    case "const":
      guard tokens.contains(where: { $0.kind == .mark(.assign) }) else { return (.nothing, start) }
      return (value(behind: tokens, place, scope(.constant, names(before: place))), start)
    case "func": return (functionValue(tokens, place), start)
    default: return (.nothing, start)
    }
  }

  /// As the parser has it, but that the next token may not be there yet.
  private func isDeclaration(_ word: String, _ next: Token?) -> Bool {
    guard Keywords.declarations.contains(word) else { return false }
    guard let next else { return true }
    switch next.kind {
    case .identifier(let text): return text != "in"
    case .string: return true
    case .mark(let mark): return mark == .times || mark == .openBrace
    case .integer, .duration, .c: return true
    case .invalid, .end: return false
    }
  }

  private func names(before place: CursorPlace) -> SessionNames {
    let text = place.textBeforeStatement
    return names(in: Parser(prompt: SourceText(name: "prompt", text: text)).parse().tree)
  }

  private func constants(_ place: CursorPlace) -> Found {
    let names = names(before: place)
    return .words(Array(names.constants.keys) + names.options)
  }

  private func functionValue(_ tokens: ArraySlice<Token>, _ place: CursorPlace) -> Found {
    guard let assign = tokens.firstIndex(where: { $0.kind == .mark(.assign) }) else {
      return .nothing
    }
    var scope = scope(.function, names(before: place))
    for token in tokens[..<assign].dropFirst(2) {
      guard case .identifier(let name) = token.kind else { continue }
      // Most are packets; what else they may be is not known here.
      scope.locals.updateValue(.packet(isInner: false), forKey: name)
    }
    return value(behind: tokens[(assign + 1)...], place, scope)
  }

  // MARK: Points

  private func points(
    _ keyword: String, _ tokens: ArraySlice<Token>, in place: CursorPlace
  ) -> (found: Found, start: Int) {
    if place.frames.last?.kind == .parenthesis || place.frames.last?.kind == .bracket {
      return (pointOption(tokens, place), place.wordStart)
    }
    // A point has no blanks: all of it is the word.
    let start = pointStart(at: place.bytes.count, in: place)
    let before = tokens.prefix { $0.span.end <= start }
    guard let last = before.last else { return (.nothing, place.wordStart) }
    let isPoint =
      keyword == "probe"
      ? last.startsPoint || before.count == 1
      : last.startsPoint && before.contains { $0.kind == .mark(.assign) }
        && !before.contains { $0.kind == .identifier("by") }
    if isPoint {
      let word = place.text(start..<place.bytes.count)
      // `/x":` of a uprobe: which names there are is not known.
      return (word.contains("\"") ? .nothing : point(word), start)
    }
    guard keyword == "path" else { return (.nothing, place.wordStart) }
    return (pathClause(before), place.wordStart)
  }

  private func pointStart(at end: Int, in place: CursorPlace) -> Int {
    var start = end
    while start > 0 {
      let byte = place.bytes[start - 1]
      let isPart =
        (byte | 0x20) &- UInt8(ascii: "a") < 26 || byte &- UInt8(ascii: "0") < 10
        || "_*:.\"".utf8.contains(byte)
      guard isPart else { break }
      start -= 1
    }
    return start
  }

  private func pathClause(_ tokens: ArraySlice<Token>) -> Found {
    guard let last = tokens.last,
      tokens.contains(where: { $0.kind == .mark(.assign) })
    else { return .nothing }
    guard let by = tokens.lastIndex(where: { $0.kind == .identifier("by") }) else {
      return last.endsOperand || last.kind == .mark(.closeBrace) ? .words(["by"]) : .nothing
    }
    let behind = tokens[(by + 1)...]
    switch (behind.count, last.kind) {
    case (0, _): return .words(["skb", "content", "flow"])
    case (1, _): return .words(["within"])
    case (_, .mark(.comma)): return .words(["max"])
    default: return .nothing
    }
  }

  /// Where a probe can be: kinds of points, tracepoints, functions.
  private func point(_ word: String) -> Found {
    let parts = word.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    let types = sources.types()
    switch parts.count {
    case 1:
      let kinds = Keywords.pointPrefixes.map { $0 + ":" }
      // Without a beginning of a name there are only too many.
      return .words(kinds.filter { $0.hasPrefix(word) } + functions(word))
    case 2:
      switch parts[0] {
      case "kprobe", "fentry", "return", "fexit":
        let user = parts[0] == "return" ? ["return:uprobe:"] : []
        return .words(functions(parts[1]).map { "\(parts[0]):\($0)" } + user)
      case "tracepoint", "tp":
        let categories = types.names(of: .tracepoint, beginning: parts[1]).compactMap {
          $0.split(separator: ":").first
        }
        return .words(Set(categories).map { "\(parts[0]):\($0):" })
      case "rawtp":
        let names = types.names(of: .tracepoint, beginning: "").compactMap {
          $0.split(separator: ":").last
        }
        return .words(names.map { "rawtp:\($0)" })
      case "uprobe", "usdt": return .nothing
      default: return .words(types.names(of: .tracepoint, beginning: word))
      }
    case 3 where parts[0] == "tracepoint" || parts[0] == "tp":
      let names = types.names(of: .tracepoint, beginning: "\(parts[1]):\(parts[2])")
      return .words(names.map { "\(parts[0]):\($0)" })
    default: return .nothing
    }
  }

  /// Functions that take an skb. What Tab types of the name by itself is typed only if no other
  /// function begins otherwise: one without an skb can be probed too.
  private func functions(_ prefix: String) -> [String] {
    let types = sources.types()
    let takingSkb = types.names(of: .skbFunction, beginning: prefix)
    if prefix.isEmpty { return takingSkb }
    let isOnlyListed =
      takingSkb.count > 1
      && !takingSkb.allSatisfy { $0.utf8.count > prefix.utf8.count && sameNext($0, takingSkb[0]) }
    return isOnlyListed ? takingSkb : types.names(of: .function, beginning: prefix)

    func sameNext(_ a: String, _ b: String) -> Bool {
      a.utf8.dropFirst(prefix.utf8.count).first == b.utf8.dropFirst(prefix.utf8.count).first
    }
  }

  /// `f(skb: …)`
  private func pointOption(_ tokens: ArraySlice<Token>, _ place: CursorPlace) -> Found {
    guard let frame = place.frames.last(where: { $0.kind == .parenthesis }),
      let last = place.tokens.last
    else { return .nothing }
    let open = place.tokens[frame.open].span.start
    let point = place.text(pointStart(at: open, in: place)..<open)
    if place.tokens.count == frame.open + 1 || last.kind == .mark(.comma) {
      let isOfProgram = point.contains("\"")
      return .parts(
        isOfProgram
          ? ["mbuf:", "count:", "data:", "len:"] : ["skb:", "start:", "offset:", "ext:"])
    }
    let inside = place.tokens[(frame.open + 1)...]
    guard let colon = inside.lastIndex(where: { $0.kind == .mark(.colon) }) else { return .nothing }
    switch inside[..<colon].last?.kind {
    case .identifier("start"): return last.kind == .mark(.colon) ? .words(["data"]) : .nothing
    case .identifier("skb"): break
    default: return .nothing
    }
    // Only the packet is given by a value of the kernel.
    if last.kind == .mark(.colon) { return .parts(["args"]) }
    let source = SourceText(name: "prompt", text: "probe nc = \(point) { ")
    var scope = scope(.kernel, SessionNames([]))
    if case .probe(let probe)? = Parser(prompt: source).parse().tree.declarations.last?.kind {
      scope.enter(probe.points)
    }
    return value(behind: inside[(colon + 1)...], place, scope)
  }
}
