internal import Language
internal import Packets
internal import Syntax

/// What stands in bodies, and statements at the prompt.
extension Completer {
  func statement(in place: CursorPlace) -> Found {
    let tokens = place.statementTokens
    let scope = scope(in: place)
    guard let first = tokens.first else { return beginning(in: place, scope) }
    if tokens.last?.kind == .mark(.dot) { return value(behind: tokens, place, scope) }
    guard case .identifier(let word) = first.kind, Keywords.statements.contains(word),
      tokens.count == 1 || isKeyword(before: tokens[tokens.startIndex + 1])
    else { return value(behind: tokens, place, scope) }
    let isInner = !place.innerFrames.isEmpty
    switch word {
    case "let", "var": if tokens.count < 3 { return .nothing }
    case "for":
      if tokens.count < 3 { return tokens.count == 2 ? .words(["in"]) : .nothing }
      if tokens.count == 3, !scope.isKernel {
        let hops = if case .journey = scope.place { ["hops"] } else { [String]() }
        return .parts(Array(scope.names.tables.keys) + ["take("] + hops)
      }
    case "delete": if tokens.count == 1 { return .parts(scope.names.states.keys) }
    case "clear":
      if tokens.count == 1 {
        return .words(Array(scope.names.tables.keys) + scope.names.states.keys)
      }
    case "show", "save":
      if tokens.count == 1 { return .words(["pkt"]) }
      if word == "save", tokens.last?.kind == .identifier("pkt") { return .words(["to"]) }
    case "filter", "rebuild": return .nothing
    case "where": if tokens.count == 1 { return withC(value(behind: tokens, place, scope)) }
    case "emit":
      if !isInner, tokens.last?.kind == .mark(.colon) {
        return .words(["u", "s"].flatMap { sign in ["8", "16", "32", "64"].map { sign + $0 } })
      }
      if tokens.last?.kind == .identifier("from") { return .words(["c"]) }
    default: break
    }
    return value(behind: tokens, place, scope)
  }

  private func withC(_ found: Found) -> Found {
    Found(names: found.names + ["c"], goesOn: found.goesOn)
  }

  /// Whether a statement's first word is a keyword, by what follows it.
  private func isKeyword(before next: Token) -> Bool {
    guard case .mark(let mark) = next.kind else { return true }
    return ![.assign, .dot, .openBracket, .plusAssign, .minusAssign, .colon].contains(mark)
  }

  private static let kernelStatements = [
    "filter", "where", "capture", "rebuild", "emit", "let", "var", "if", "for", "delete", "return",
    "c",
  ]
  private static let netcapStatements = [
    "print", "show", "save", "clear", "exit", "run", "let", "var", "if", "for", "delete", "return",
  ]

  private func beginning(in place: CursorPlace, _ scope: Scope) -> Found {
    var words: [String]
    switch scope.place {
    case .kernel: words = Self.kernelStatements
    case .function: words = ["let", "var", "if", "for", "return"]
    case .event, .journey: words = Self.netcapStatements
    case .plain, .constant: words = Self.netcapStatements.filter { $0 != "show" && $0 != "save" }
    }
    if let last = place.tokens.last, last.kind == .mark(.closeBrace), place.isInBlock,
      !place.text(last.span.end..<place.wordStart).contains("\n")
    {
      words.append("else")
    }
    if place.isInBlock {
      let assigned = Array(scope.names.tables.keys) + scope.names.states.keys + scope.locals.keys
      return Found(names: words + assigned) { assigned.contains($0) }
    }
    // At the prompt, where values are shown.
    words += Keywords.declarations.filter { $0 != "end" && $0 != "begin" } + ["begin", "end"]
    let values = values(in: scope)
    return Found(names: words + values.names, goesOn: values.goesOn)
  }

  // MARK: Values

  /// What can follow these tokens as a value, or as a part of one.
  func value(behind tokens: ArraySlice<Token>, _ place: CursorPlace, _ scope: Scope) -> Found {
    guard let last = tokens.last else { return values(in: scope) }
    if last.kind == .mark(.dot) {
      guard let base = operand(endingAt: tokens.endIndex - 2, in: tokens, place),
        let meaning = scope.meaning(of: base)
      else { return .nothing }
      return Found(names: scope.members(of: meaning)) { scope.goesOn($0, of: meaning) }
    }
    let isKeyword =
      tokens.count == 1 && last.kind == place.statementTokens.first?.kind
      && last.span == place.statementTokens.first?.span && isStatementKeyword(last)
    if last.endsOperand, !isKeyword { return connectors(tokens) }
    if let compared = comparedValue(in: tokens, place),
      case .enumeration(let enumeration)? = scope.meaning(of: compared)
    {
      return names(of: enumeration, beginning: place.word)
    }
    if last.kind == .mark(.openParenthesis), let callee = tokens.dropLast().last,
      callee.kind == .identifier("take")
    {
      return .parts(scope.names.tables.keys)
    }
    return values(in: scope, beginning: place.part == .code ? place.word : "")
  }

  private func isStatementKeyword(_ token: Token) -> Bool {
    guard case .identifier(let word) = token.kind else { return false }
    return Keywords.statements.contains(word)
  }

  /// Words between values, or behind them.
  private func connectors(_ tokens: ArraySlice<Token>) -> Found {
    guard case .identifier(let word)? = tokens.first?.kind else { return .words(["in"]) }
    return .words(word == "emit" ? ["in", "from"] : word == "save" ? ["to"] : ["in"])
  }

  /// The value that the end of the tokens is compared with: `x == `, `x in (a, `.
  func comparedValue(in tokens: ArraySlice<Token>, _ place: CursorPlace) -> Expression? {
    guard var index = tokens.indices.last else { return nil }
    if [.mark(.comma), .mark(.openParenthesis)].contains(tokens[index].kind) {
      var depth = 1
      while depth > 0, index > tokens.startIndex {
        if tokens[index].kind == .mark(.openParenthesis) { depth -= 1 }
        if tokens[index].kind == .mark(.closeParenthesis) { depth += 1 }
        index -= 1
      }
      guard depth == 0, tokens[index].kind == .identifier("in") else { return nil }
    }
    guard [.mark(.equal), .mark(.notEqual), .identifier("in")].contains(tokens[index].kind) else {
      return nil
    }
    return operand(endingAt: index - 1, in: tokens, place)
  }

  /// The chain of members, keys and calls that ends with a token.
  private func operand(
    endingAt end: Int, in tokens: ArraySlice<Token>, _ place: CursorPlace
  ) -> Expression? {
    var index = end
    var start: Int?
    while index >= tokens.startIndex {
      switch tokens[index].kind {
      case .mark(.question): index -= 1
      case .mark(.closeBracket), .mark(.closeParenthesis):
        guard let open = opening(of: index, in: tokens) else { return nil }
        start = open
        index = open - 1
        // What stands right before a bracket belongs to it.
        guard index >= tokens.startIndex, tokens[index].span.end == tokens[open].span.start,
          tokens[index].endsOperand
        else { return parsed(start, end, tokens, place) }
      case .identifier:
        start = index
        guard index - 1 > tokens.startIndex, tokens[index - 1].kind == .mark(.dot) else {
          return parsed(start, end, tokens, place)
        }
        index -= 2
      default: return nil
      }
    }
    return parsed(start, end, tokens, place)
  }

  private func opening(of close: Int, in tokens: ArraySlice<Token>) -> Int? {
    var depth = 0
    for index in tokens.indices.prefix(through: close).reversed() {
      switch tokens[index].kind {
      case .mark(.closeBracket), .mark(.closeParenthesis): depth += 1
      case .mark(.openBracket), .mark(.openParenthesis):
        depth -= 1
        if depth == 0 { return index }
      default: continue
      }
    }
    return nil
  }

  private func parsed(
    _ start: Int?, _ end: Int, _ tokens: ArraySlice<Token>, _ place: CursorPlace
  ) -> Expression? {
    guard let start, tokens.indices.contains(end) else { return nil }
    // In brackets nothing is taken for a keyword.
    let text = "(" + place.text(tokens[start].span.start..<tokens[end].span.end) + ")"
    let tree = Parser(prompt: SourceText(name: "prompt", text: text)).parse().tree
    guard case .statement(let statement)? = tree.declarations.first?.kind,
      case .expression(let expression) = statement.kind
    else { return nil }
    return expression
  }

  /// Without the common prefix, unless that is being typed.
  private func names(of enumeration: Enumeration, beginning word: String) -> Found {
    let prefix = enumeration.commonPrefix
    let short = enumeration.cases.map {
      !prefix.isEmpty && $0.name.hasPrefix(prefix) && $0.name.count > prefix.count
        ? String($0.name.dropFirst(prefix.count)) : $0.name
    }
    if short.contains(where: { $0.hasPrefix(word) }) { return .words(short) }
    return .words(enumeration.allNames)
  }

  // MARK: Names

  /// What a value can begin with.
  private func values(in scope: Scope, beginning word: String = "") -> Found {
    let session = scope.names
    let functions = session.functions.keys.map { $0 + "(" }
    var words = Array(scope.locals.keys) + session.constants.keys + session.options
    var open = functions + session.imports.keys
    words += ["has", "true", "false"]
    func context(_ fits: (Catalogue.ContextRow) -> Bool) {
      words += Catalogue.contextFields.filter { fits($0) && !$0.name.contains(".") }.map(\.name)
    }
    if scope.hasPacket {
      open += Layer.allCases.map(\.name) + ["pkt", "dev"]
      words += Array(session.filters)
    }
    switch scope.place {
    case .kernel:
      context { _ in true }
      open += ["skb", "sock", "args", "addr(", "mac(", "text("] + session.tables.keys
      open += Array(session.states.keys)
      if scope.isReturn { words.append("retval") }
    case .event, .journey:
      context(\.isCarried)
      words += scope.fields.keys.filter { !$0.isEmpty } + ["number"]
      if case .journey = scope.place { words += ["hops"] + JourneyField.allCases.map(\.rawValue) }
    case .plain: words.append("time")
    case .function: words += Array(session.filters)
    case .constant: break
    }
    switch scope.place {
    case .event, .journey, .plain:
      open.append("take(")
      words += Array(session.tables.keys)
      open += Array(session.states.keys)
    case .kernel, .function, .constant: break
    }
    let goesOn = Set(open + scope.locals.filter { $0.value != nil }.keys)
    let found = words + open
    if word.isEmpty || found.contains(where: { $0.hasPrefix(word) }) {
      return Found(names: found) { goesOn.contains($0) }
    }
    return constants(scope, beginning: word)
  }

  /// Names of numbers, and types to read something as: far too many, but where nothing else begins so.
  private func constants(_ scope: Scope, beginning word: String) -> Found {
    guard word.count > 1 else { return .nothing }
    let builtIn = Catalogue.enumerations.flatMap { $0.cases.map(\.name) }
      .filter { $0.hasPrefix(word) }
    let numbers = builtIn + scope.types.names(of: .enumerator, beginning: word)
    guard scope.isKernel else { return .words(numbers) }
    let casts =
      scope.types.names(of: .structure, beginning: word)
      + scope.types.names(of: .enumeration, beginning: word)
    return .words(numbers + casts.map { $0 + "(" })
  }
}
