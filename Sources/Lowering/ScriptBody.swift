internal import Language
internal import Packets
internal import Syntax

/// A value of a script in C: variables that hold it, and an expression that tells whether it is
/// present. Neither has an effect, so both can stand wherever they are needed.
struct CValue {
  /// `true`, a variable, or several with `&&`.
  var present: String
  /// The words of a number or an address; else the one pointer to the words of a text, flow or record.
  /// A record's first word has its members' presence bits.
  var words: [String]

  var isAlwaysPresent: Bool { present == "true" }

  /// Of any type: an address has two words.
  static let absent = CValue(present: "false", words: ["0", "0"])

  /// Both present.
  static func both(_ a: String, _ b: String) -> String {
    if a == "true" { return b }
    if b == "true" || a == b { return a }
    return "\(a) && \(b)"
  }

  /// The word, or 0 where the value is absent.
  func orZero(_ index: Int) -> String {
    if isAlwaysPresent { return words[index] }
    if present == "false" { return "0" }
    return "(\(present) ? \(words[index]) : 0)"
  }
}

extension ValueType {
  /// Its values are kept in memory, of this many words with what belongs to them.
  var memoryWords: Int? {
    switch self {
    case .integer, .boolean, .address, .mac, .stack: nil
    // One more for the NUL of a text that is as long as can be.
    case .text: wordCount + 1
    case .flow: wordCount
    case .record: wordCount + 1
    }
  }

  var isUnsigned: Bool {
    switch self {
    case .integer(let presentation): presentation.isUnsigned
    case .mac, .stack: true
    case .boolean, .address, .text, .flow, .record: false
    }
  }
}

/// Writes the C of one body: a probe's or a function's. Expressions become variables, one after the
/// other, so that each is computed once and each has a presence of its own.
final class ScriptBody {
  let shared: ScriptShared
  let body: Body
  /// What the body's spans are of.
  private let source: SourceText
  /// Of a probe; nil in a function.
  let probe: ProbeDefinition?
  /// It runs where the function is called: what a body at the return wants to know of the call.
  let isAtCall: Bool
  /// It is the usual form (see ``UsualForm``): there is no scratch memory.
  let isUsual: Bool
  private(set) var lines: [String] = []
  private var indentation = 1
  private var counter = 0
  private var saidLine: Int?
  /// What has been computed and still holds, by block.
  private var known: [[String: CValue]] = [[:]]
  private(set) var locals: [CValue] = []

  init(
    _ shared: ScriptShared, _ body: Body, probe: ProbeDefinition?, isAtCall: Bool = false,
    isUsual: Bool = false, source: SourceText? = nil
  ) {
    self.source = source ?? shared.script.source
    self.isUsual = isUsual
    self.isAtCall = isAtCall
    self.shared = shared
    self.body = body
    self.probe = probe
  }

  // MARK: Text

  func line(_ text: String) {
    lines.append(text.isEmpty ? "" : String(repeating: "\t", count: indentation) + text)
  }

  /// A block in braces.
  func block(
    _ head: String, end: String = "}", _ content: () throws(Diagnostic) -> Void
  ) throws(Diagnostic) {
    line(head.isEmpty ? "{" : head + " {")
    indentation += 1
    known.append([:])
    defer {
      known.removeLast()
      indentation -= 1
      line(end)
    }
    try content()
  }

  /// What `content` writes, as it would be in a block, and its result.
  func apart<Result>(
    _ content: () throws(Diagnostic) -> Result
  ) throws(Diagnostic) -> (result: Result, lines: [String]) {
    let before = lines
    lines = []
    indentation += 1
    known.append([:])
    defer {
      lines = before
      indentation -= 1
      known.removeLast()
    }
    let result = try content()
    return (result, lines)
  }

  func append(_ more: [String]) { lines += more }

  /// Says which line of the script comes next.
  func say(_ span: Span) {
    let (number, text) = shared.line(at: span.start, of: source)
    if saidLine == number { return }
    saidLine = number
    line(LoweredScript.marker(line: number, of: source, in: shared.script) + text + " */")
  }

  /// A new name that tells what it holds. No other ends in an underscore and this number.
  func name(_ hint: String) -> String {
    counter += 1
    return "\(hint)_\(counter)"
  }

  func isAtom(_ text: String) -> Bool {
    text.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" }
  }

  /// A variable that holds a word.
  func word(_ expression: String, _ hint: String = "v") -> String {
    if isAtom(expression) { return expression }
    let name = name(hint)
    line("u64 \(name) = \(expression);")
    return name
  }

  /// A variable that holds whether something is so.
  func flag(_ expression: String, _ hint: String = "is") -> String {
    if isAtom(expression) { return expression }
    let name = name(hint)
    line("bool \(name) = \(expression);")
    return name
  }

  /// Something that never changes while the body runs: computed once.
  func once(
    _ key: String, _ make: () throws(Diagnostic) -> CValue
  ) throws(Diagnostic) -> CValue {
    for scope in known.reversed() { if let value = scope[key] { return value } }
    let value = try make()
    known[known.count - 1][key] = value
    return value
  }

  /// A place in the scratch memory, as a pointer.
  func slot(_ words: Int) -> String { "run->s->slots[\(shared.newSlot(words))]" }

  func problem(_ message: String, _ span: Span, hints: [String] = []) -> Diagnostic {
    Diagnostic(
      .error, message, at: Diagnostic.Place(source, span), hints: hints)
  }

  // MARK: Locals

  /// Declares the locals, of which a function's first ones are its parameters. What stands behind
  /// the last underscore of their names is no number, so that they are never those of ``name(_:)``.
  func declareLocals(parameters: Int = 0) {
    var used: Set<String> = []
    for (index, local) in body.locals.enumerated() {
      var name = "\(local.name)_"
      while !used.insert(name).inserted { name += "\(index)_" }
      var value = CValue(present: "\(name)there", words: [name])
      if local.type == .address { value.words = ["\(name)high", "\(name)low"] }
      locals.append(value)
      // The usual form has no local that is kept in memory.
      if index < parameters || isUsual && local.type.memoryWords != nil { continue }
      line("bool \(value.present) = false;")
      if let words = local.type.memoryWords {
        line("u64 *\(name) = \(slot(words));")
      } else {
        line("u64 \(value.words.map { "\($0) = 0" }.joined(separator: ", "));")
      }
    }
  }

  /// The C parameters of a function, and the arguments of a call in the same order.
  func parameterList(_ count: Int) -> [String] {
    (0..<count).flatMap { index -> [String] in
      let value = locals[index]
      let isMemory = body.locals[index].type.memoryWords != nil
      return ["bool \(value.present)"]
        + value.words.map { isMemory ? "const u64 *\($0)" : "u64 \($0)" }
    }
  }

  func assign(local index: Int, _ value: CValue) {
    let local = locals[index]
    line("\(local.present) = \(value.present);")
    if let words = body.locals[index].type.memoryWords {
      copy(value, to: local.words[0], words: words - (body.locals[index].type == .text ? 1 : 0))
    } else {
      for (name, word) in zip(local.words, value.words) { line("\(name) = \(word);") }
    }
  }

  /// Copies words of a value that is kept in memory; where it is absent nothing is copied.
  func copy(_ value: CValue, to target: String, words: Int) {
    if value.present == "false" { return }
    if !value.isAlwaysPresent { line("if (\(value.present))") }
    line(
      "\(value.isAlwaysPresent ? "" : "\t")nc_copy(\(target), \(value.words[0]), \(words));")
  }
}
