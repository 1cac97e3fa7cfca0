extension Parser {
  /// Statements in braces; `owner` is whose they are.
  mutating func block(of owner: String) throws(Abandoned) -> Block {
    try nested { parser throws(Abandoned) in try parser.blockBody(of: owner) }
  }

  private mutating func blockBody(of owner: String) throws(Abandoned) -> Block {
    let open = current.span
    guard isAt(.openBrace) else {
      throw unexpected("'{' of \(owner)", hints: ["a body stands in braces: { … }"])
    }
    take(.opensBlock)
    let outerBrackets = brackets
    brackets = 0
    defer { brackets = outerBrackets }
    var statements: [Statement] = []
    while true {
      while isAt(.semicolon) { takeSeparator() }
      if isAt(.closeBrace) {
        isAtStatement = false
        take(.closesBlock)
        return Block(statements, span: span(from: open.start))
      }
      if isAtEnd || isDeclarationBehindOpenBlock {
        reportOpenBlock(open, of: owner)
        return Block(statements, span: span(from: open.start))
      }
      let start = current.span.start
      let savedDepth = depth
      isAtStatement = true
      do {
        let statement = try statement()
        statements.append(statement)
        try endStatement(statement)
      } catch {
        depth = savedDepth
        skipStatement(from: start)
      }
    }
  }

  private mutating func reportOpenBlock(_ open: Span, of owner: String) {
    let line = lexer.bytes[..<open.start].count { $0 == UInt8(ascii: "\n") } + 1
    report(
      "expected '}' of \(owner)", at: isAtEnd ? Span(lastEnd..<lastEnd) : current.span,
      hints: ["its '{' is in line \(line)"], isAtEnd: isAtEnd)
  }

  /// Whether a `}` is missing before the current token: a declaration stands here, not indented.
  private var isDeclarationBehindOpenBlock: Bool {
    mutating get { current.startsLine && isAtColumnOne && startsDeclaration(inBlock: true) }
  }

  /// Says what is wrong where a statement was read and does not end.
  private mutating func endStatement(_ statement: Statement) throws(Abandoned) {
    if isAtStatementEnd {
      guard isAt("else") else { return }
      report(
        "'else' stands behind '}', on its line", at: current.span, hints: ["write } else {"])
      throw Abandoned()
    }
    if case .expression(let value) = statement.kind, case .name(let word) = value.kind {
      let hints = Keywords.hints(for: word, among: Keywords.statements)
      report("no statement begins with '\(word)'", at: value.span, hints: hints)
      throw Abandoned()
    }
    if isAt("else") {
      throw unexpected("the end of the statement", hints: ["else stands behind the '}' of an if"])
    }
    if isAt(.assign) {
      throw unexpected("the end of the statement", hints: ["to compare, write =="])
    }
    let words = taken.last?.layout.contains(.closesBlock) == true ? ["else"] : ["from", "to"]
    throw unexpected(
      "the end of the statement", hints: separatorHints(isList: statement.isList), words: words)
  }

  /// What to do where something follows on the line.
  mutating func separatorHints(isList: Bool = false) -> [String] {
    if case .identifier(let word) = current.kind, let hint = Keywords.substitute(for: word) {
      return [hint]
    }
    guard current.startsOperand else { return [] }
    return [isList ? "',' parts values, ';' parts statements" : "';' parts two on a line"]
  }

  // MARK: One statement

  mutating func statement() throws(Abandoned) -> Statement {
    let start = current.span.start
    let kind = try statementKind()
    return Statement(kind, span: span(from: start))
  }

  private mutating func statementKind() throws(Abandoned) -> Statement.Kind {
    guard case .identifier(let word) = current.kind else { return try simpleStatement() }
    let next = peek()
    if word == "c", next.kind == .mark(.openBrace) { return .c(try cBlock()) }
    let isAlone = next.startsLine || next.endsStatement
    if word == "rebuild", isAlone {
      take()
      return .rebuild
    }
    guard Keywords.statements.contains(word), word != "rebuild", isKeyword(before: next) else {
      try refuseForeignStatement(word, next)
      return try simpleStatement()
    }
    switch word {
    case "let": return try binding(isVariable: false)
    case "var": return try binding(isVariable: true)
    case "if": return try conditional()
    case "for": return try loop()
    case "emit": return try emit()
    case "save": return try save()
    case "return", "exit":
      take()
      let value = isAtStatementEnd ? nil : try expression()
      return word == "return" ? .returning(value) : .exit(value)
    case "filter":
      take()
      return .filter(
        try stringLiteral(
          "a pcap filter in quotes", isPcap: true, hints: ["as in filter \"tcp port 80\""]))
    case "where":
      take()
      if isAt("c"), peek().kind == .mark(.openBrace) { return .requirementC(try cBlock()) }
      return .requirement(try condition())
    default:
      take()
      let value = try expression()
      switch word {
      case "delete": return .deletion(value)
      case "capture": return .capture(value)
      case "show": return .show(value)
      case "clear": return .clear(value)
      default:
        var values = [value]
        while isAt(.comma) {
          take(.tightBefore)
          values.append(try expression())
        }
        return word == "run" ? .run(values) : .print(values)
      }
    }
  }

  /// Whether a word is a keyword, by what follows it: no operator, `.` or `[`.
  func isKeyword(before next: Token) -> Bool {
    guard case .mark(let mark) = next.kind else { return true }
    switch mark {
    case .openParenthesis, .closeParenthesis, .closeBracket, .openBrace, .closeBrace, .semicolon,
      .comma, .not, .plus, .minus, .complement, .times, .at, .dollar:
      return true
    default: return next.startsLine
    }
  }

  /// Statements that other languages have, where no expression could be read either.
  private mutating func refuseForeignStatement(_ word: String, _ next: Token) throws(Abandoned) {
    guard let hint = Keywords.substitute(for: word), !next.startsLine else { return }
    let isCall = next.kind == .mark(.openParenthesis)
    guard
      isCall ? word.hasPrefix("print") || word == "while" || word == "unroll" : next.startsOperand
    else { return }
    report("no statement begins with '\(word)'", at: current.span, hints: [hint])
    throw Abandoned()
  }

  private mutating func simpleStatement() throws(Abandoned) -> Statement.Kind {
    if isAt("else") {
      report(
        "'else' stands behind '}', on its line", at: current.span, hints: ["write } else {"])
      throw Abandoned()
    }
    if case .identifier(let word) = current.kind, startsDeclaration(inBlock: true) {
      report(
        "'\(word)' declares something, and stands outside of all braces", at: current.span,
        hints: ["perhaps a '}' is missing before it"])
      throw Abandoned()
    }
    guard current.startsOperand || current.kind == .invalid || isAtSigil else {
      throw unexpected("a statement")
    }
    let target = try expression()
    if isAtLineEnd { return .expression(target) }
    guard case .mark(let mark) = current.kind else { return .expression(target) }
    let compound = mark.compoundOperator
    guard mark == .assign || compound != nil else { return .expression(target) }
    switch target.kind {
    case .name, .member(_, _, isOptional: false), .index: break
    default:
      report(
        "nothing can be assigned to this", at: target.span,
        hints: ["a variable, a table's or a state's entry can be assigned to"])
    }
    take()
    return .assignment(target, compound, try expression())
  }

  private var isAtSigil: Bool { isAt(.at) || isAt(.dollar) }

  mutating func cBlock() throws(Abandoned) -> CBlock {
    take()
    return takeC()
  }

  private mutating func binding(isVariable: Bool) throws(Abandoned) -> Statement.Kind {
    let word = isVariable ? "var" : "let"
    take()
    let name = try name("a name", hints: ["as in \(word) x = 1"])
    if isAt(.colon) {
      throw unexpected("'='", hints: ["\(word) takes its type from the value"])
    }
    try expect(.assign, hints: ["a variable begins with a value: \(word) \(name.text) = 0"])
    return .binding(isVariable: isVariable, name, try expression())
  }

  /// An expression that is true or false, where `=` is a mistake.
  private mutating func condition() throws(Abandoned) -> Expression {
    let value = try expression()
    let hints = ["did you mean ==?"]
    if case .record(let items) = value.kind, items.count == 1, let name = items[0].name {
      report("a condition compares with ==", at: name.span, hints: hints)
    }
    if isAt(.assign), !isAtLineEnd {
      report("a condition compares with ==", at: current.span, hints: hints)
      take()
      _ = try expression()
      while isAt(.assign), !isAtLineEnd {
        take()
        _ = try expression()
      }
    }
    return value
  }

  private mutating func conditional() throws(Abandoned) -> Statement.Kind {
    take()
    if isAt(.openBrace) { throw unexpected("a condition") }
    let condition = try condition()
    let then = try block(of: "if")
    guard isAt("else"), !current.startsLine else {
      return .condition(condition, then: then, otherwise: nil)
    }
    take()
    guard isAt("if") else {
      return .condition(condition, then: then, otherwise: .block(try block(of: "else")))
    }
    let start = current.span.start
    let kind = try nested { parser throws(Abandoned) in try parser.conditional() }
    return .condition(
      condition, then: then, otherwise: .condition(Statement(kind, span: span(from: start))))
  }

  private mutating func loop() throws(Abandoned) -> Statement.Kind {
    take()
    let name = try name("a name", hints: ["as in for i in 0..<8 { … }"])
    guard isAt("in") else {
      throw unexpected(
        "'in'", hints: ["as in for \(name.text) in 0..<8 { … }"], words: ["in"])
    }
    take()
    let values = try expression()
    return .loop(name, in: values, try block(of: "for"))
  }

  private mutating func save() throws(Abandoned) -> Statement.Kind {
    take()
    let value = try expression()
    guard isAt("to") else {
      throw unexpected("'to'", hints: ["as in save pkt to \"f.pcapng\""], words: ["to"])
    }
    take()
    return .save(value, to: try expression())
  }

  // MARK: emit

  private mutating func emit() throws(Abandoned) -> Statement.Kind {
    take()
    var items: [EmitItem] = []
    if !isAtStatementEnd, !isAtFromC() {
      items.append(try emitItem())
      while isAt(.comma) {
        take(.tightBefore)
        items.append(try emitItem())
      }
    }
    guard isAt("from"), !isAtStatementEnd else { return .emit(items, from: nil) }
    take()
    guard isAt("c") else { throw unexpected("'c { … }'") }
    take()
    guard isAt(.openBrace) else { throw unexpected("'{' of c") }
    return .emit(items, from: takeC())
  }

  private mutating func isAtFromC() -> Bool { isAt("from") && peek().kind == .identifier("c") }

  private mutating func emitItem() throws(Abandoned) -> EmitItem {
    let start = current.span.start
    var name: Name?
    var width: Name?
    if case .identifier(let text) = current.kind {
      let next = peek().kind
      if next == .mark(.colon) || next == .mark(.assign) { name = Name(text, take().span) }
    }
    if isAt(.colon) {
      take(.tightBefore)
      width = try self.name("a width", hints: ["as in a: u32; there are u8 … u64 and s8 … s64"])
      if isAtLineEnd || !isAt(.assign) {
        return EmitItem(name: name, width: width, value: nil, span: span(from: start))
      }
    }
    if name != nil { try expect(.assign) }
    let value = try expression()
    return EmitItem(name: name, width: width, value: value, span: span(from: start))
  }
}

extension Statement {
  /// Whether it ends with values that commas part.
  fileprivate var isList: Bool {
    switch kind {
    case .emit, .print, .run: true
    default: false
    }
  }
}

extension Token {
  var endsStatement: Bool {
    switch kind {
    case .end, .mark(.semicolon), .mark(.closeBrace): true
    default: false
    }
  }
}
