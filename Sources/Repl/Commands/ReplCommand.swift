package import Kernel
package import Output
package import Session
package import Syntax

/// A command with what was given to it.
package enum ReplCommand: Sendable, Equatable {
  /// All of them, `*`, or one.
  package enum Selection: Sendable, Equatable {
    case all
    case one(String)
  }

  /// What `:wait` waits for.
  package enum Goal: Sendable, Equatable {
    case nanoseconds(Int64)
    /// Events of a probe, or journeys of a path.
    case events(of: String, count: Int)
  }

  /// A command, with its colon or without, or a name of the language; nil: everything.
  case help(topic: String?)
  case probes
  case detach(Selection)
  case attach(Selection)
  case edit(String)
  case undo
  case why(String)
  /// Nil: all.
  case tables(String?)
  case list(NameList)
  case type(TypeQuestion)
  case c(String)
  case pause
  case resume
  /// Events a second; nil: as many as come.
  case rate(Int?)
  /// Nil: no more.
  case record(String?)
  case load(String)
  case save(String)
  case clear(Selection)
  case set(DisplayFlags)
  case wait(Goal)
  case quit
}

extension ReplCommand {
  /// What ``ReplLine`` has split.
  ///
  /// - Throws: a diagnostic, at its place in `:name arguments`; for an unknown name with the nearest.
  package init(name: String, arguments: String) throws(Diagnostic) {
    let words = Words(name: name, arguments: arguments)
    guard let command = CommandName(rawValue: name) else { throw words.unknown() }
    self = try ReplCommand.read(command, words)
  }

  private static func read(
    _ command: CommandName, _ words: Words
  ) throws(Diagnostic) -> ReplCommand {
    switch command {
    case .help: return .help(topic: try words.only(command))
    case .probes: return try words.none(command, .probes)
    case .detach: return .detach(try words.selection(command))
    case .attach: return .attach(try words.selection(command))
    case .edit: return .edit(try words.rest(command, "a name"))
    case .undo: return try words.none(command, .undo)
    case .why: return .why(try words.one(command))
    case .tables: return .tables(try words.only(command))
    case .list: return .list(try words.list(command))
    case .type: return .type(try words.type(command))
    case .c: return .c(try words.one(command))
    case .pause: return try words.none(command, .pause)
    case .resume: return try words.none(command, .resume)
    case .rate: return .rate(try words.rate(command))
    case .record:
      let file = try words.rest(command)
      return .record(file == "off" ? nil : file)
    case .load: return .load(try words.rest(command))
    case .save: return .save(try words.rest(command))
    case .clear: return .clear(try words.selection(command))
    case .set: return .set(try words.flags())
    case .wait: return .wait(try words.goal(command))
    case .quit: return try words.none(command, .quit)
    }
  }
}

/// The words behind a command's name, each with its place.
private struct Words {
  let name: String
  let source: SourceText
  let words: [(text: String, span: Span)]
  let start: Int

  init(name: String, arguments: String) {
    self.name = name
    source = SourceText(
      name: "prompt", text: ":\(name)" + (arguments.isEmpty ? "" : " \(arguments)"))
    start = name.utf8.count + 2
    var words: [(String, Span)] = []
    let bytes = Array(source.text.utf8)
    var index = min(start, bytes.count)
    while index < bytes.count {
      if bytes[index] == 32 || bytes[index] == 9 {
        index += 1
        continue
      }
      let begin = index
      while index < bytes.count, bytes[index] != 32, bytes[index] != 9 { index += 1 }
      words.append(
        (String(decoding: bytes[begin..<index], as: UTF8.self), Span(begin..<index)))
    }
    self.words = words
  }

  func problem(_ message: String, at span: Span, hints: [String] = []) -> Diagnostic {
    Diagnostic(.error, message, at: Diagnostic.Place(source, span), hints: hints)
  }

  func unknown() -> Diagnostic {
    let names = CommandName.allCases.map(\.rawValue)
    var near = nearestNames(to: name, among: names.filter { $0.count > 1 })
    if near.isEmpty, !name.isEmpty { near = names.filter { $0.hasPrefix(name) } }
    return problem(
      name.isEmpty ? "a command's name follows ':'" : "there is no command ':\(name)'",
      at: Span(0..<1 + name.utf8.count),
      hints: [
        near.isEmpty
          ? ":help shows them all"
          : "did you mean \(near.map { ":\($0)" }.joined(separator: ", "))?"
      ])
  }

  private func tooMany(_ command: CommandName, from index: Int) -> Diagnostic {
    problem(
      command.row.places.isEmpty
        ? ":\(command.rawValue) takes nothing" : ":\(command.rawValue) takes no more than that",
      at: Span(words[index].span.start..<source.span.end), hints: ["it is \(command.usage)"])
  }

  private func missing(_ command: CommandName, _ what: String) -> Diagnostic {
    problem(
      "\(what) is missing", at: Span(source.span.end..<source.span.end),
      hints: ["it is \(command.usage)"])
  }

  func none(_ command: CommandName, _ result: ReplCommand) throws(Diagnostic) -> ReplCommand {
    if !words.isEmpty { throw tooMany(command, from: 0) }
    return result
  }

  /// One word, or nothing.
  func only(_ command: CommandName) throws(Diagnostic) -> String? {
    if words.count > 1 { throw tooMany(command, from: 1) }
    return words.first?.text
  }

  func one(_ command: CommandName) throws(Diagnostic) -> String {
    guard let word = try only(command) else { throw missing(command, "a name") }
    return word
  }

  /// All of it, blanks too: a path.
  func rest(
    _ command: CommandName, _ what: String = "a file"
  ) throws(Diagnostic) -> String {
    guard let first = words.first, let last = words.last else {
      throw missing(command, what)
    }
    return String(
      decoding: Array(source.text.utf8)[first.span.start..<last.span.end], as: UTF8.self)
  }

  func selection(_ command: CommandName) throws(Diagnostic) -> ReplCommand.Selection {
    let word = try one(command)
    return word == "*" ? .all : .one(word)
  }

  func list(_ command: CommandName) throws(Diagnostic) -> NameList {
    guard let first = words.first else { return NameList(.functions) }
    if let kind = NameList.Kind(rawValue: first.text) {
      if words.count > 2 { throw tooMany(command, from: 2) }
      return NameList(kind, matching: words.count > 1 ? words[1].text : nil)
    }
    if words.count > 1 {
      throw wrongKind(first, among: NameList.Kind.allCases.map(\.rawValue), command)
    }
    return NameList(.functions, matching: first.text)
  }

  private func wrongKind(
    _ word: (text: String, span: Span), among kinds: [String], _ command: CommandName
  ) -> Diagnostic {
    let near = nearestNames(to: word.text, among: kinds)
    return problem(
      ":\(command.rawValue) knows no '\(word.text)'", at: word.span,
      hints: [
        near.isEmpty
          ? "it is \(command.usage)" : "did you mean \(near.joined(separator: ", "))?"
      ])
  }

  func type(_ command: CommandName) throws(Diagnostic) -> TypeQuestion {
    guard let first = words.first else { throw missing(command, "struct, enum or function") }
    guard let kind = TypeQuestion.Kind(rawValue: first.text) else {
      throw wrongKind(first, among: TypeQuestion.Kind.allCases.map(\.rawValue), command)
    }
    if words.count > 2 { throw tooMany(command, from: 2) }
    guard words.count > 1 else { throw missing(command, "a name") }
    return TypeQuestion(kind, words[1].text)
  }

  func rate(_ command: CommandName) throws(Diagnostic) -> Int? {
    let word = try one(command)
    if word == "off" { return nil }
    let number = word.hasSuffix("/s") ? word.dropLast(2) : word[...]
    guard let rate = Int(number), rate > 0 else {
      throw problem("'\(word)' is no rate", at: words[0].span, hints: ["as in :rate 10/s, or off"])
    }
    return rate
  }

  func flags() throws(Diagnostic) -> DisplayFlags {
    let text =
      words.isEmpty
      ? DisplayFlags.standard
      : String(decoding: Array(source.text.utf8).dropFirst(start), as: UTF8.self)
    return try DisplayFlags(parsing: SourceText(name: ":set", text: text))
  }

  func goal(_ command: CommandName) throws(Diagnostic) -> ReplCommand.Goal {
    guard let first = words.first else { throw missing(command, "a time or a name") }
    if words.count > 2 { throw tooMany(command, from: 2) }
    if words.count == 1 {
      var lexer = Lexer(SourceText(name: "prompt", text: first.text))
      let token = lexer.next()
      guard case .duration(let time) = token.kind, token.problems.isEmpty,
        lexer.next().kind == .end
      else {
        throw problem(
          "'\(first.text)' is no time", at: first.span,
          hints: ["as in :wait 500ms, or :wait NAME N for N events of a probe"])
      }
      return .nanoseconds(time)
    }
    guard let count = Int(words[1].text), count > 0 else {
      throw problem(
        "'\(words[1].text)' is no number of events", at: words[1].span,
        hints: ["as in :wait \(first.text) 10"])
    }
    return .events(of: first.text, count: count)
  }
}
