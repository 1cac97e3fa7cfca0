extension Parser {
  /// The newest version of the language, and the only one.
  package static var newestVersion: Int64 { 1 }

  /// Reads all of the text.
  mutating func script() -> ScriptTree {
    var tree = ScriptTree(source: source)
    var documentation: [String] = []
    while true {
      while isAt(.semicolon) { takeSeparator() }
      let isVersion = isAt("ncs") && isKeyword(before: peek())
      if tree.declarations.isEmpty {
        documentation += current.freeDocumentation(isBeforeDeclaration: !isVersion && !isAtEnd)
      }
      if isAtEnd { break }
      let start = current.span.start
      let above = current.documentationAbove
      isAtStatement = true
      do {
        if isVersion {
          try version(into: &tree)
        } else {
          let kind = try declarationKind()
          let span = span(from: start)
          if isAt(.semicolon) { takeSeparator() }
          let text = (above + current.documentationBehindLast).joined(separator: "\n")
          tree.declarations.append(Declaration(kind, documentation: text, span: span))
        }
        try endDeclaration(tree.declarations.last)
      } catch {
        depth = 0
        skipDeclaration(from: start)
      }
    }
    tree.documentation = documentation.joined(separator: "\n")
    return tree
  }

  private mutating func endDeclaration(_ last: Declaration?) throws(Abandoned) {
    if isAtLineEnd || isAt(.semicolon) { return }
    if taken.last?.layout.contains(.separates) == true { return }
    if case .statement(let statement)? = last?.kind, case .expression(let value) = statement.kind,
      case .name(let word) = value.kind, current.startsOperand || isAt(.openBrace)
    {
      throw noDeclaration(word, at: value.span)
    }
    if isAt(.closeBrace) { throw refuseBrace() }
    if isAt(.assign) {
      throw unexpected("the end of the line", hints: ["to compare, write =="])
    }
    let words = ["within", "as", "else"]
    throw unexpected("the end of the line", hints: separatorHints(), words: words)
  }

  private mutating func refuseBrace() -> Abandoned {
    report("no '{' belongs to this '}'", at: current.span)
    return Abandoned()
  }

  private mutating func noDeclaration(_ word: String, at span: Span) -> Abandoned {
    let words = Keywords.declarations + (isPrompt ? Keywords.statements : [])
    if !isPrompt, Keywords.statements.contains(word), word != "filter" {
      report(
        "'\(word)' stands in a body", at: span,
        hints: ["begin { … } runs at the start, every 5s { … } again and again"])
      return Abandoned()
    }
    var hints = Keywords.hints(for: word, among: words)
    if hints.isEmpty, !isPrompt {
      hints = ["declarations begin with \(words.joined(separator: ", "))"]
    }
    report(
      "no declaration \(isPrompt ? "or statement " : "")begins with '\(word)'", at: span,
      hints: hints)
    return Abandoned()
  }

  /// Whether a declaration begins at the current token, by the token that follows.
  ///
  /// - Parameter inBlock: where `filter "…"` is a statement.
  mutating func startsDeclaration(inBlock: Bool = false) -> Bool {
    guard case .identifier(let word) = current.kind else { return false }
    let next = peek()
    if next.startsLine { return false }
    let isName: Bool
    if case .identifier(let text) = next.kind { isName = text != "in" } else { isName = false }
    switch word {
    case "option", "const", "func", "filter", "table", "state", "path", "on": return isName
    case "import":
      if case .string = next.kind { return true }
      return false
    case "c":
      if case .string = next.kind { return true }
      return !inBlock && next.kind == .mark(.openBrace)
    case "probe": return isName || next.kind == .mark(.times)
    case "every":
      if case .duration = next.kind { return true }
      return isName
    case "begin", "end": return next.kind == .mark(.openBrace)
    case "ncs":
      if case .integer = next.kind { return !inBlock }
      return false
    default: return false
    }
  }

  // MARK: ncs

  private mutating func version(into tree: inout ScriptTree) throws(Abandoned) {
    let start = current.span
    take()
    guard case .integer(let number) = current.kind else {
      throw unexpected("a version", hints: ["as in ncs \(Parser.newestVersion)"])
    }
    if tree.version != nil || !tree.declarations.isEmpty {
      report("'ncs' stands in the first line", at: start)
    }
    let isSound = current.problems.isEmpty
    let span = take().span
    if number != Parser.newestVersion, isSound {
      report(
        "this netcap does not know version \(number) of the language", at: span,
        hints: ["it knows ncs \(Parser.newestVersion)"])
    }
    tree.version = ScriptTree.Version(number: number, span: span)
  }

  // MARK: Declarations

  private mutating func declarationKind() throws(Abandoned) -> Declaration.Kind {
    guard case .identifier(let word) = current.kind else {
      if isAt(.closeBrace) { throw refuseBrace() }
      if isPrompt { return .statement(try statement()) }
      throw unexpected("a declaration", hints: ["as in probe icmp_rcv { filter \"icmp\" }"])
    }
    let isName =
      isPrompt && (!isKeyword(before: peek()) || peek().kind == .identifier("in"))
    guard Keywords.declarations.contains(word), !isName else {
      if !isPrompt { throw noDeclaration(word, at: current.span) }
      if isAt("else") {
        report("'else' stands behind '}', on its line", at: current.span, hints: ["write } else {"])
        throw Abandoned()
      }
      return .statement(try statement())
    }
    take()
    switch word {
    case "option": return .option(try option())
    case "import": return .importing(try importing())
    case "c": return .c(try c())
    case "const":
      let name = try name("a name", hints: ["as in const LIMIT = 64"])
      try expect(.assign)
      return .constant(name, try expression())
    case "func": return .function(try function())
    case "filter":
      let name = try name(
        "a name", hints: ["as in filter web = \"tcp port 80\"; alone it stands in a probe"])
      try expect(.assign)
      return .filter(name, try stringLiteral("a pcap filter in quotes", isPcap: true))
    case "table": return .table(try table())
    case "state": return .state(try state())
    case "probe": return .probe(try probe())
    case "path": return .path(try path())
    case "on":
      let name = try name("a probe's or a path's name", hints: ["as in on drop { show pkt }"])
      return .on(name, try block(of: "on"))
    case "every":
      if isAt(.openBrace) { throw unexpected("a duration", hints: ["as in every 5s { … }"]) }
      let interval = try expression()
      return .every(interval, try block(of: "every"))
    case "begin": return .begin(try block(of: "begin"))
    default: return .end(try block(of: "end"))
    }
  }

  private mutating func c() throws(Abandoned) -> CSyntax {
    if isAt(.openBrace) { return .block(takeC()) }
    let path = try stringLiteral(
      "'{' or the path of a file in quotes", isPcap: false, hints: ["as in c \"helpers.c\""])
    if path.plainText == nil { report("the path of a file has nothing in braces", at: path.span) }
    return .file(path)
  }

  private mutating func option() throws(Abandoned) -> OptionSyntax {
    let name = try name("a name", hints: ["as in option port: port = 9000"])
    try expect(.colon, .tightBefore, hints: ["a type follows: option \(name.text): int = 1"])
    let type = try self.name("a type", hints: ["as in port, int, duration, text, addr, bool"])
    var value: Expression?
    if isAt(.assign), !isAtLineEnd {
      take()
      value = try expression()
    }
    return OptionSyntax(name: name, type: type, value: value)
  }

  private mutating func importing() throws(Abandoned) -> ImportSyntax {
    let path = try stringLiteral(
      "a path in quotes", isPcap: false, hints: ["as in import \"net/flows\""])
    if path.plainText == nil {
      report("an import's path has nothing in braces", at: path.span)
    }
    guard isAt("as"), !isAtLineEnd else { return ImportSyntax(path: path, alias: nil) }
    take()
    return ImportSyntax(path: path, alias: try name("a name", hints: ["as in as f"]))
  }

  private mutating func function() throws(Abandoned) -> FunctionSyntax {
    let name = try name("a name", hints: ["as in func half(x) = x / 2"])
    guard isAt(.openParenthesis) else {
      throw unexpected("'('", hints: ["as in func \(name.text)() = 1"])
    }
    let parameters = try bracketed(.closeParenthesis, isTight: true) { parser throws(Abandoned) in
      try parser.names("a parameter's name", until: .closeParenthesis)
    }
    if isAt(.openBrace) {
      return FunctionSyntax(
        name: name, parameters: parameters, body: .block(try block(of: "func")))
    }
    guard isAt(.assign) else {
      throw unexpected("'=' or '{'", hints: ["as in func half(x) = x / 2"])
    }
    take()
    return FunctionSyntax(name: name, parameters: parameters, body: .expression(try expression()))
  }

  /// Names with commas between, in brackets.
  private mutating func names(_ what: String, until close: Mark) throws(Abandoned) -> [Name] {
    var names: [Name] = []
    while !isAt(close) {
      names.append(try name(what))
      guard isAt(.comma) else { break }
      take(.tightBefore)
      if isAtEnd { throw unexpected(what) }
    }
    return names
  }

  // MARK: table and state

  private mutating func keys() throws(Abandoned) -> [Name] {
    guard isAt(.openBracket) else { return [] }
    let open = current.span.start
    let keys = try bracketed(.closeBracket, isTight: true) { parser throws(Abandoned) in
      try parser.names("a key's name", until: .closeBracket)
    }
    if keys.isEmpty {
      report("no key stands in the brackets", at: span(from: open), hints: ["leave them out"])
    }
    return keys
  }

  private mutating func table() throws(Abandoned) -> TableSyntax {
    let name = try name("a name", hints: ["as in table drops[reason]: count"])
    let keys = try keys()
    try expect(.colon, .tightBefore, hints: ["as in table \(name.text)[reason]: count"])
    let aggregation = try self.name(
      "what the table holds",
      hints: ["count, avg, min, max, stats, hist, lhist(lo, hi, step) or quantiles"])
    var arguments: [ArgumentSyntax] = []
    if isAt(.openParenthesis), !isAtLineEnd { arguments = try self.arguments(isTight: true) }
    if let named = arguments.first(where: { $0.name != nil })?.name {
      report("\(aggregation.text)'s arguments have no names", at: named.span)
    }
    let clauses = try clauses(["max"])
    return TableSyntax(
      name: name, keys: keys, aggregation: aggregation, arguments: arguments.map(\.value),
      max: clauses["max"])
  }

  private mutating func state() throws(Abandoned) -> StateSyntax {
    let name = try name("a name", hints: ["as in state born[sock], max 65536"])
    let keys = try keys()
    if isAt(.colon) {
      throw unexpected(
        "',' or the end of the line",
        hints: ["a state takes its type from what is assigned; a table: count, hist, …"])
    }
    let clauses = try clauses(["max", "for"])
    return StateSyntax(name: name, keys: keys, max: clauses["max"], lifetime: clauses["for"])
  }

  /// `, max 64, for 30s`: each once, in any order.
  private mutating func clauses(_ words: [String]) throws(Abandoned) -> [String: Expression] {
    var clauses: [String: Expression] = [:]
    while isAt(.comma) {
      take(.tightBefore)
      guard case .identifier(let word) = current.kind, words.contains(word) else {
        throw unexpected(
          words.map { "'\($0)'" }.joined(separator: " or "), words: words)
      }
      if clauses[word] != nil { report("'\(word)' is said twice", at: current.span) }
      take()
      clauses[word] = try expression()
    }
    if !isAtLineEnd, case .identifier(let word) = current.kind, words.contains(word) {
      throw unexpected("','", hints: ["write , \(word) …"])
    }
    return clauses
  }

  // MARK: probe and path

  private mutating func probe() throws(Abandoned) -> ProbeSyntax {
    var name: Name?
    if case .identifier(let text) = current.kind, peek().kind == .mark(.assign) {
      name = Name(text, take().span)
      take()
    }
    let points = try points()
    if isAt(.comma) {
      throw unexpected(
        "'{' of probe", hints: ["several points are a set: probe name = {a, b} { … }"])
    }
    if isAt(.arrow) {
      throw unexpected(
        "'{' of probe", hints: ["a packet's way is a path: path name = a -> b by skb"])
    }
    return ProbeSyntax(name: name, points: points, body: try block(of: "probe"))
  }

  private mutating func path() throws(Abandoned) -> PathSyntax {
    let example = "as in path rx = ip_rcv -> icmp_rcv by skb within 2s"
    let name = try name("a name", hints: [example])
    try expect(.assign, hints: [example])
    var hops = [try points()]
    while isAt(.arrow) {
      take()
      hops.append(try points())
    }
    guard isAt("by") else { throw unexpected("'->' or 'by'", hints: [example], words: ["by"]) }
    if hops.count < 2 {
      report(
        "a path has two points or more", at: hops[0].span, hints: ["parted by ->: a -> b"])
    }
    take()
    let key = try self.name("'skb', 'content' or 'flow'")
    var within: Expression?
    if isAt("within") {
      take()
      within = try expression()
    }
    let clauses = try clauses(["max"])
    let body = isAt(.openBrace) ? try block(of: "path") : nil
    return PathSyntax(
      name: name, hops: hops, key: key, within: within, max: clauses["max"], body: body)
  }
}

extension Token {
  /// The `///` lines right above the token.
  fileprivate var documentationAbove: [String] { commentsAbove.map(\.documentation) }

  private var commentsAbove: [ScriptComment] {
    var found: [ScriptComment] = []
    var gap = lineBreaks
    for comment in comments.reversed() {
      guard gap == 1, comment.lineBreaks > 0 else { break }
      if comment.kind == .documentation { found.insert(comment, at: 0) }
      gap = comment.lineBreaks
    }
    return found
  }

  /// What a `///` says that stands behind the token before this one, on its line.
  fileprivate var documentationBehindLast: [String] {
    guard let first = comments.first, first.lineBreaks == 0, first.kind == .documentation else {
      return []
    }
    return [first.documentation]
  }

  /// The `///` lines before the token that do not belong to it.
  fileprivate func freeDocumentation(isBeforeDeclaration: Bool) -> [String] {
    let own = isBeforeDeclaration ? commentsAbove : []
    return comments.filter { $0.kind == .documentation && !own.contains($0) }
      .map(\.documentation)
  }
}
