internal import Language
internal import Packets
internal import Syntax

/// Completes what is typed at the prompt.
///
/// What stands before the cursor decides what can follow; it need not be right, and is not checked.
package struct Completer {
  let sources: CompletionSources

  package init(_ sources: CompletionSources) {
    self.sources = sources
  }

  /// - Parameters:
  ///   - cursor: where it is in the line, in bytes; what stands behind it changes nothing.
  ///   - earlier: lines of the same declaration that were typed before this one.
  package func complete(_ line: String, cursor: Int, earlier: String = "") -> Completion {
    let bytes = Array(line.utf8)
    var cursor = min(max(cursor, 0), bytes.count)
    while cursor > 0, cursor < bytes.count, bytes[cursor] & 0xC0 == 0x80 { cursor -= 1 }
    let typed = String(decoding: bytes[..<cursor], as: UTF8.self)
    if earlier.isEmpty, case .command = ReplLine(typed) { return complete(command: typed) }
    let before = earlier.isEmpty ? "" : earlier + "\n"
    let place = CursorPlace(before + typed)
    let found = find(at: place)
    let start = found.start - before.utf8.count
    guard start >= 0 else { return Completion(start: cursor, candidates: [], suffix: "") }
    let word = String(decoding: bytes[start..<cursor], as: UTF8.self)
    return found.found.completion(of: word, at: start)
  }

  /// The names, and where the word begins that they replace.
  private func find(at place: CursorPlace) -> (found: Found, start: Int) {
    switch place.part {
    case .nothing: return (.nothing, place.wordStart)
    case .text(let from): return (text(in: place, from: from), from)
    case .format(let from): return (.parts(Catalogue.formats.map(\.name)), from)
    case .interpolation(let from): return interpolation(in: place, from: from)
    case .code: break
    }
    if place.isInBlock { return (statement(in: place), place.wordStart) }
    return declaration(in: place)
  }

  // MARK: Scopes

  /// Declarations of the session, and those of the text before the statement.
  func names(in tree: ScriptTree) -> SessionNames {
    SessionNames(sources.declarations() + tree.declarations)
  }

  func scope(_ place: Scope.Place, _ names: SessionNames) -> Scope {
    Scope(place, types: sources.types(), names: names, script: sources.script)
  }

  /// What can be named in the body that the cursor is in.
  func scope(in place: CursorPlace) -> Scope {
    let text = place.textBeforeStatement
    let tree = Parser(prompt: SourceText(name: "prompt", text: text)).parse().tree
    let names = names(in: tree)
    guard place.isInBlock, let last = tree.declarations.last else { return scope(.plain, names) }
    var scope = scope(.plain, names)
    switch last.kind {
    case .probe(let probe):
      scope.place = .kernel
      scope.enter(probe.points)
      scope.enter(probe.body)
    case .path(let path):
      scope.place = .kernel
      if let first = path.hops.first { scope.enter(first) }
      if let body = path.body { scope.enter(body) }
    case .on(let name, let block):
      scope.enter(eventsOf: name.text)
      scope.enter(block)
    case .every(_, let block), .begin(let block), .end(let block): scope.enter(block)
    case .function(let function):
      scope.place = .function
      for name in function.parameters {
        scope.locals.updateValue(.packet(isInner: false), forKey: name.text)
      }
      if case .block(let block) = function.body { scope.enter(block) }
    case .statement(let statement): scope.enter(Block([statement], span: statement.span))
    case .option, .importing, .constant, .c, .filter, .table, .state: break
    }
    return scope
  }

  // MARK: Texts

  private func text(in place: CursorPlace, from: Int) -> Found {
    let typed = place.text(from..<place.bytes.count)
    guard let last = place.tokens.last else { return .nothing }
    switch last.kind {
    case .identifier("import"): return .parts(sources.scripts())
    case .identifier("c"): return files(typed, ending: [".c", ".h"])
    case .identifier("to"): return files(typed)
    case .mark(.colon):
      guard case .identifier(let kind)? = place.tokens.dropLast().last?.kind,
        ["uprobe", "usdt"].contains(kind)
      else { return .nothing }
      return files(typed)
    case .mark(.equal), .mark(.notEqual), .identifier("in"), .mark(.openParenthesis), .mark(.comma):
      guard let value = comparedValue(in: place.tokens[...], place),
        case .member(let base, let name, _) = value.kind, name.text == "name"
      else { return .nothing }
      switch scope(in: place).meaning(of: base) {
      case .device, .kernel(.pointer(.structure("net_device"))): return .parts(sources.interfaces())
      default: return .nothing
      }
    default: return .nothing
    }
  }

  private func interpolation(in place: CursorPlace, from: Int) -> (found: Found, start: Int) {
    var lexer = Lexer(
      place.source, bytes: place.bytes, within: Span(from..<place.bytes.count))
    var tokens: [Token] = []
    while case let token = lexer.next(), token.kind != .end { tokens.append(token) }
    var start = place.bytes.count
    if let last = tokens.last, last.span.end == start {
      switch last.kind {
      case .identifier:
        start = last.span.start
        tokens.removeLast()
      case .mark: break
      case .integer, .duration, .string, .invalid, .c, .end: return (.nothing, start)
      }
    }
    let words = place.declarationTokens.map(\.kind)
    let isFilter =
      place.tokens.last?.kind == .identifier("filter")
      || (words.first == .identifier("filter") && !place.isInBlock)
    let scope = scope(in: place)
    if isFilter {
      // Only what is known before the kernel runs it.
      let names = Array(scope.names.options) + scope.names.constants.keys
      return (tokens.isEmpty ? .parts(names) : .nothing, start)
    }
    var found = value(behind: tokens[...], place, scope)
    if tokens.isEmpty { found.names += Catalogue.colours.map(\.name) }
    return (.parts(found.names), start)
  }

  // MARK: Files

  /// Names below the folder that has been typed; all, or folders and those with such an ending.
  func files(_ typed: String, ending: [String] = []) -> Found {
    let folder = typed.lastIndex(of: "/").map { String(typed[...$0]) } ?? ""
    let isHidden = typed[folder.endIndex...].hasPrefix(".")
    let names = sources.files(folder).filter { name in
      let fits = ending.isEmpty || name.hasSuffix("/") || ending.contains { name.hasSuffix($0) }
      return fits && (isHidden || !name.hasPrefix("."))
    }
    return .parts(names.map { folder + $0 })
  }
}
