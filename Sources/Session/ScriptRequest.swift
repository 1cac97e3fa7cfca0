internal import Glibc
internal import Language
internal import Library
internal import Output
internal import Syntax

/// `netcap -s …` as it was typed.
package struct ScriptRequest: Sendable {
  package enum Text: Sendable, Equatable {
    /// `-s`: a path, a name of a collection, or `-`.
    case named(String)
    /// `-x`
    case given(String)
    /// What does the same as a command line of another command.
    case made(String)
  }

  package var text: Text
  /// The script was made of a command line.
  var isMade: Bool {
    if case .made = text { true } else { false }
  }
  /// The words that are the script's own.
  package var arguments: [String]
  /// Names of netcap's options, which a script's must not have.
  package var reserved: Set<String>
  package var readFile: String?
  package var writeFile: String?
  package var rotation = RotationRequest()
  package var tcpdumpFlags: String
  package var count: Int
  /// `20s`, `500ms`
  package var duration: String?
  package var isDryRun = false
  package var isJSON = false
  package var showsStatistics = false
  package var allowsRun = false
  /// On a recording C blocks are left out.
  package var skipsC = false
  package var isVerbose = false
  /// `-p`: points in programs are attached in this process only, and its end is the session's.
  package var process: Int32?
  /// `--mbuf-offsets`
  package var mbufOffsets: String?

  package init(
    text: Text, arguments: [String] = [], reserved: Set<String> = [], readFile: String? = nil,
    writeFile: String? = nil, tcpdumpFlags: String, count: Int = 0,
    duration: String? = nil
  ) {
    self.text = text
    self.arguments = arguments
    self.reserved = reserved
    self.readFile = readFile
    self.writeFile = writeFile
    self.tcpdumpFlags = tcpdumpFlags
    self.count = count
    self.duration = duration
  }

  func file(_ library: ScriptLibrary) throws(SessionError) -> ScriptFile {
    switch text {
    case .given(let text):
      return ScriptFile(source: SourceText(name: "-x", text: text), origin: .text)
    case .made(let text):
      return ScriptFile(source: SourceText(name: "--script", text: text), origin: .text)
    case .named(let name):
      do {
        return try library.script(name)
      } catch {
        throw .cannotRun([error])
      }
    }
  }

  func displayFlags() throws(SessionError) -> DisplayFlags {
    do {
      return try DisplayFlags(parsing: SourceText(name: "-t", text: tcpdumpFlags))
    } catch {
      throw .usage(error)
    }
  }

  func limit() throws(SessionError) -> UInt64 {
    guard count >= 0 else {
      throw .usage(
        Diagnostic(
          .error, "a number of events cannot be negative",
          at: Diagnostic.Place(argument: "-c", String(count)), hints: ["0 means no limit"]))
    }
    return UInt64(count)
  }

  func mbufLayout() throws(SessionError) -> ScriptPoint.MbufLayout? {
    do throws(Diagnostic) {
      return try mbufOffsets.map { text throws(Diagnostic) in try MbufOffsets.parse(text) }
    } catch {
      throw .usage(error)
    }
  }

  func timeLimit() throws(SessionError) -> Duration? {
    guard let duration else { return nil }
    let source = SourceText(name: "--duration", text: duration)
    let parsed = Parser(prompt: source).parse()
    guard parsed.diagnostics.isEmpty, parsed.tree.declarations.count == 1,
      case .statement(let statement) = parsed.tree.declarations[0].kind,
      case .expression(let expression) = statement.kind,
      case .duration(let nanoseconds) = expression.kind, nanoseconds > 0
    else {
      throw .usage(
        Diagnostic(
          .error, "this is no length of time",
          at: Diagnostic.Place(argument: source.name, duration),
          hints: ["write 20s, 1.5s, 500ms, 2m or 1h"]))
    }
    return .nanoseconds(nanoseconds)
  }

  /// The script, checked; warnings are said.
  ///
  /// - Throws: all that is wrong with it.
  func load(
    types: any KernelTypes, say: (Diagnostic) -> Void
  ) throws(SessionError) -> Script {
    let loader = ScriptLoader(reserved: reserved)
    let outcome = loader.load(try file(loader.library), types: types, arguments: arguments)
    guard let script = outcome.script else { throw .mistakes(outcome.diagnostics) }
    for diagnostic in outcome.diagnostics { say(diagnostic) }
    return script
  }

  /// What `--help` says of the script: its summary and its options.
  package func help() throws(SessionError) -> String {
    let file = try file(.ofUser())
    let parsed = Parser(file.source).parse()
    guard !parsed.diagnostics.contains(where: { $0.severity == .error }) else {
      throw .mistakes(parsed.diagnostics)
    }
    var text = parsed.tree.documentation
    if !text.isEmpty { text += "\n\n" }
    let options = parsed.tree.declarations.compactMap { declaration in
      if case .option(let option) = declaration.kind {
        (option, declaration.documentation)
      } else {
        nil as (OptionSyntax, String)?
      }
    }
    if options.isEmpty { return text + "The script has no options.\n" }
    text += "OPTIONS OF THE SCRIPT:\n"
    let heads = options.map { option, _ in
      option.type.text == ScriptOption.Kind.bool.rawValue
        ? "--\(option.name.text)" : "--\(option.name.text) <\(option.type.text)>"
    }
    let width = heads.map(\.count).max() ?? 0
    for (head, (option, documentation)) in zip(heads, options) {
      var line = "  \(head)\(String(repeating: " ", count: width - head.count))  \(documentation)"
      if let value = option.value {
        let bytes = Array(file.source.text.utf8)[value.span.start..<value.span.end]
        line += " (default: \(String(decoding: bytes, as: UTF8.self)))"
      }
      text += line + "\n"
    }
    return text
  }
}
