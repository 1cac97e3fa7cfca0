package import Foundation

/// A command that a document shows, and what it promises of it.
package struct Example: Sendable, CustomStringConvertible {
  /// `docs/cli.md`
  package let document: String
  package let line: Int
  package let command: String
  package let status: Int32
  /// What the output has, shown and real.
  package let phrases: [String]
  /// The output that the document shows; nil for blocks of commands only.
  package let output: String?
  /// It makes the traffic that other examples look at.
  package let isLab: Bool
  /// What is typed into it, of a session of the prompt.
  package var steps: [Step] = []

  /// A line that is typed, and what is said until the next one is.
  package struct Step: Sendable, Equatable {
    package let typed: String
    package let shown: String

    package init(typed: String, shown: String) {
      self.typed = typed
      self.shown = shown
    }
  }

  /// All of the output is as it is shown: the one phrase is `=`.
  package var isExact: Bool { phrases == ["="] }

  /// What is wrong with the output of a run; nil if it is as the document says.
  package func problem(with run: (status: Int32, output: String)) -> String? {
    if run.status != status { return "\(self): status \(run.status)\n\(run.output)" }
    if isExact {
      return run.output == (output ?? "") + "\n" ? nil : "\(self): not as shown:\n\(run.output)"
    }
    return phrases.first { !run.output.contains($0) }
      .map { "\(self): no '\($0)' in\n\(run.output)" }
  }

  package var description: String { "\(document):\(line): \(command)" }

  /// Where an example is run.
  package enum Place: Equatable {
    /// It looks at no kernel: anywhere.
    case anywhere
    case guest
    case nowhere(reason: String)
  }

  /// What is not run, by how it begins, and why not.
  private static let notRun = [
    ("scripts/", "tests itself, or installs packages, or boots a guest"),
    ("swift ", "builds or tests netcap: what is running"),
    ("sudo install ", "changes this machine"),
    ("sudo apt-get ", "changes this machine"),
  ]

  package var place: Place {
    if let row = Example.notRun.first(where: { command.hasPrefix($0.0) }) {
      return .nowhere(reason: row.1)
    }
    // The tutorial asks recordings, but where it says sudo.
    if document == "docs/tutorial.md" { return command.hasPrefix("sudo ") ? .guest : .anywhere }
    let words = command.split(separator: " ")
    guard words.first == "netcap" else { return .guest }
    let isFormat = words.count > 1 && words[1] == "fmt"
    let isCheck = words.count > 1 && words[1] == "check" && !words.contains("--kernel")
    let isManual =
      words.count > 1 && (words[1] == "doc" || words[1...].starts(with: ["list", "fields"]))
    let isFilter = words.count > 1 && words[1] == "filter" && !words.contains("-r")
    let isHelp = words.contains("--help") || words.contains("--version")
    let isOfRecordings =
      words.contains("test") || words.contains("--script")
      || words.count > 2 && words[1] == "repl" && words.contains("-r")
    return isOfRecordings || isFilter || isFormat || isCheck || isManual || isHelp || status == 2
      ? .anywhere : .guest
  }
}

/// README.md and `docs/*.md`.
package enum Documents {
  package struct Problem: Error, CustomStringConvertible {
    package let description: String
  }

  /// The folder of the package.
  package static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  package static func text(_ path: String) throws -> String {
    try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
  }

  /// Files below a folder, as paths from the root, sorted.
  package static func files(below folder: String) throws -> [String] {
    let paths = try FileManager.default.subpathsOfDirectory(
      atPath: root.appendingPathComponent(folder).path)
    return paths.map { "\(folder)/\($0)" }.sorted()
  }

  /// `README.md`, `docs/cli.md`, `docs/decisions/0001-….md`, …
  package static func names() throws -> [String] {
    ["README.md"] + (try files(below: "docs").filter { $0.hasSuffix(".md") })
  }

  package static func examples() throws -> [Example] {
    try names().flatMap { try examples(in: $0, text: text($0)) }
  }

  /// - Throws: a ``Problem`` for a console block without its expectation, or with two commands, and for
  ///   an answer in a session that no phrase is in.
  package static func examples(in document: String, text: String) throws -> [Example] {
    var examples: [Example] = []
    /// The comment above, where nothing but blank lines stands in between.
    var note: String?
    var block: (kind: String, line: Int, lines: [String])?
    for (index, line) in text.components(separatedBy: "\n").enumerated() {
      guard line.hasPrefix("```") else {
        if block != nil {
          block?.lines.append(line)
        } else if line.hasPrefix("<!-- "), line.hasSuffix(" -->") {
          note = String(line.dropFirst(5).dropLast(4))
        } else if !line.isEmpty {
          note = nil
        }
        continue
      }
      guard let whole = block else {
        block = (String(line.dropFirst(3)), index + 1, [])
        continue
      }
      block = nil
      switch whole.kind {
      case "sh": examples += commands(whole.lines, document, whole.line, note)
      case "console": examples.append(try session(whole.lines, document, whole.line, note))
      default: break
      }
      note = nil
    }
    if block != nil { throw Problem(description: "\(document): a block is not closed") }
    return examples
  }

  private static func commands(
    _ lines: [String], _ document: String, _ line: Int, _ note: String?
  ) -> [Example] {
    lines.enumerated().filter { !$0.element.isEmpty && !$0.element.hasPrefix("#") }.map {
      Example(
        document: document, line: line + 1 + $0.offset, command: $0.element, status: 0,
        phrases: [], output: nil, isLab: note == "lab")
    }
  }

  private static func session(
    _ lines: [String], _ document: String, _ line: Int, _ note: String?
  ) throws -> Example {
    guard let command = lines.first, command.hasPrefix("$ "),
      !lines.dropFirst().contains(where: { $0.hasPrefix("$ ") })
    else { throw Problem(description: "\(document):\(line): expected one command behind '$ '") }
    let parts = (note ?? "").components(separatedBy: " | ")
    let words = parts[0].components(separatedBy: ": ")
    guard words.count == 2, ["run", "session"].contains(words[0]), let status = Int32(words[1]),
      parts.count > 1
    else {
      throw Problem(description: "\(document):\(line): expected '<!-- run: STATUS | PHRASE -->'")
    }
    var example = Example(
      document: document, line: line + 1, command: String(command.dropFirst(2)), status: status,
      phrases: Array(parts.dropFirst()), output: lines.dropFirst().joined(separator: "\n"),
      isLab: false)
    if words[0] == "session" { example.steps = try steps(lines.dropFirst(), of: example) }
    return example
  }

  // MARK: Running

  /// `$NETCAP_BINARY`, else the one that was built together with the tests.
  package static let binary: URL = {
    if let path = ProcessInfo.processInfo.environment["NETCAP_BINARY"] {
      return URL(fileURLWithPath: path)
    }
    return URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
      .deletingLastPathComponent().appendingPathComponent("netcap")
  }()

  /// Foundation waits until nobody has a descriptor that children inherit: what a script leaves
  /// running must not have it.
  private static let prologue = """
    for descriptor in /proc/$BASHPID/fd/*; do
      descriptor=${descriptor##*/}
      ((descriptor < 3)) || eval "exec $descriptor>&-"
    done
    sudo() { "$@"; }

    """

  /// Runs a shell script with netcap on PATH, for three minutes at most (status 124). `sudo`
  /// in it does nothing: who runs tests of the kernel level is root.
  package static func run(
    _ script: String, in folder: URL
  ) throws -> (status: Int32, output: String) {
    let file = folder.appendingPathComponent(".output-\(UUID().uuidString)")
    defer { unlink(file.path) }
    guard FileManager.default.createFile(atPath: file.path, contents: nil) else {
      throw Problem(description: "cannot make \(file.path)")
    }
    let output = try FileHandle(forWritingTo: file)
    let process = process(script, in: folder, seconds: 180)
    process.standardInput = FileHandle.nullDevice
    // Both in one file, as on a terminal.
    process.standardOutput = output
    process.standardError = output
    try process.run()
    process.waitUntilExit()
    try output.close()
    return (process.terminationStatus, String(decoding: try Data(contentsOf: file), as: UTF8.self))
  }

  /// A shell that runs a script, not started yet.
  static func process(_ script: String, in folder: URL, seconds: Int) -> Process {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/timeout")
    process.arguments = [
      "--kill-after=10", "\(seconds)", "/bin/bash", "-c", prologue + script,
    ]
    var environment = ProcessInfo.processInfo.environment
    let path = environment["PATH"] ?? "/usr/bin:/bin"
    environment["TZ"] = "UTC"
    environment["PATH"] =
      "\(binary.deletingLastPathComponent().path):\(path):/usr/local/sbin:/usr/sbin:/sbin"
    process.environment = environment
    process.currentDirectoryURL = folder
    return process
  }

  /// A folder that has what `docs/examples` has, gone afterwards.
  package static func inExamples<Result>(_ body: (URL) throws -> Result) throws -> Result {
    try inTemporaryFolder { folder in
      let examples = folder.appendingPathComponent("examples")
      try FileManager.default.copyItem(
        at: root.appendingPathComponent("docs/examples"), to: examples)
      return try body(examples)
    }
  }

  /// A folder of its own for `body`, gone afterwards.
  package static func inTemporaryFolder<Result>(
    _ body: (URL) throws -> Result
  ) throws -> Result {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("netcap-docs-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let result = Swift.Result { try body(folder) }
    try FileManager.default.removeItem(at: folder)
    return try result.get()
  }
}
