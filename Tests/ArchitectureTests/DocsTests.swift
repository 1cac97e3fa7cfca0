import Documents
import Foundation
import Testing

/// What the documents show and name.
@Suite struct DocsTests {
  static let anywhere = Result { try Documents.examples().filter { $0.place == .anywhere } }

  @Test func examplesAreFound() throws {
    let examples = try Documents.examples()
    #expect(examples.count { $0.place == .anywhere } >= 4)
    #expect(examples.count { $0.place == .guest && !$0.isLab } >= 15)
    #expect(examples.contains { $0.isLab })
    #expect(examples.first?.command == "scripts/demo")
    #expect(examples.dropFirst().first?.command == "scripts/test")
    for example in examples where example.place == .nowhere(reason: "") {
      Issue.record("\(example) is not run, without a reason")
    }
  }

  @Test func shownOutputHasItsPhrases() throws {
    for example in try Documents.examples() {
      for phrase in example.phrases where !example.isExact {
        let isShown = example.output?.contains(phrase) == true
        #expect(isShown, "\(example): '\(phrase)' is not in the output shown")
      }
    }
  }

  @Test func refusedBlocks() {
    for text in [
      "```console\n$ a\n```", "<!-- run: 0 | x -->\n```console\nx\n```",
      "<!-- run: 0 | x -->\n```console\n$ a\n$ b\n```",
      "<!-- run: 0 | x -->\ntext\n```console\n$ a\nx\n```", "```sh\na",
      "<!-- session: 0 | x -->\n```console\n$ a\nnetcap> b\nx\nnetcap> c\ny\n```",
      "<!-- session: 0 | x -->\n```console\n$ a\nx\n```",
    ] {
      #expect(throws: Documents.Problem.self) { try Documents.examples(in: "x.md", text: text) }
    }
  }

  @Test func aSessionIsTakenApart() throws {
    let text = """
      <!-- session: 0 | one | two -->
      ```console
      $ sudo netcap repl
      netcap> print "one"
      one
      netcap> probe a {
         ...> }
      netcap> print "two"
      two
      three
      ```
      """
    let example = try #require(try Documents.examples(in: "x.md", text: text).first)
    #expect(example.place == .guest)
    #expect(
      example.steps == [
        Example.Step(typed: "print \"one\"", shown: "one"),
        Example.Step(typed: "probe a {", shown: ""), Example.Step(typed: "}", shown: ""),
        Example.Step(typed: "print \"two\"", shown: "two\nthree"),
      ])
  }

  /// A session that does not say what it is shown to say, in one of its answers, is found.
  @Test func aSessionIsCompared() throws {
    func problem(_ lines: String...) throws -> String? {
      let text = "```console\n$ netcap repl -r web.pcap\n\(lines.joined(separator: "\n"))\n```"
      return try Documents.inExamples { folder in
        try Documents.examples(in: "x.md", text: "<!-- session: 0 | a | b -->\n\(text)")[0]
          .problem(in: folder, patience: .seconds(5))
      }
    }
    #expect(try problem("netcap> print \"a\"", "a", "netcap> print \"b\"", "b") == nil)
    #expect(try problem("netcap> print \"b\"", "a", "netcap> print \"a\"", "b") != nil)
    #expect(try problem("netcap> print \"a\"", "a", "netcap> exit 3") != nil)
  }

  @Test func examplesThatNeedNoKernel() throws {
    try Documents.inExamples { folder in
      for example in try DocsTests.anywhere.get() {
        let problem = try example.problem(in: folder)
        #expect(problem == nil, "\(problem ?? "")")
      }
    }
  }

  /// Files that a document shows are those of `docs/examples`.
  @Test func filesAreShownAsTheyAre() throws {
    var count = 0
    for document in try Documents.names() {
      for match in try Documents.text(document)
        .matches(of: /<!-- file: (\S+) -->\n```ncs\n((?s).*?)\n```/)
      {
        count += 1
        let file = try Documents.text("docs/examples/\(match.1)")
        #expect(file == String(match.2) + "\n", "\(document): \(match.1)")
      }
    }
    #expect(count >= 2)
  }

  @Test func whatAScriptLeavesRunningIsNotWaitedFor() throws {
    let start = ContinuousClock.now
    let run = try Documents.inTemporaryFolder {
      try Documents.run("sleep 20 >/dev/null 2>&1 &\nsudo printf x", in: $0)
    }
    #expect(run.output == "x" && run.status == 0)
    #expect(ContinuousClock.now - start < .seconds(15))
  }

  /// Scripts that documents show are sound, as far as that can be told without a kernel.
  @Test func scriptsThatAreShownAreSound() throws {
    try Documents.inExamples { folder in
      var count = 0
      for document in try Documents.names() {
        for match in try Documents.text(document).matches(of: /\n```ncs\n((?s).*?)\n```/) {
          count += 1
          let file = folder.appendingPathComponent("\(count).ncs")
          try (String(match.1) + "\n").write(to: file, atomically: true, encoding: .utf8)
          let run = try Documents.run("netcap check \(count).ncs", in: folder)
          #expect(run.status == 0 && !run.output.contains("warning"), "\(document)\n\(run.output)")
        }
      }
      #expect(count >= 5)
    }
  }

  /// The recording of a terminal has the session that README.md shows, line by line.
  @Test func recordingOfATerminal() throws {
    let lines = try Documents.text("docs/examples/repl.cast").split(separator: "\n")
    let values = try lines.map { try JSONSerialization.jsonObject(with: Data($0.utf8)) }
    let header = try #require(values.first as? [String: Any])
    #expect(header["version"] as? Int == 2)
    #expect(header["width"] is Int && header["height"] is Int)
    var last = 0.0
    var text = ""
    for value in values.dropFirst() {
      let event = try #require(value as? [Any])
      let time = try #require(event[0] as? Double)
      #expect(event.count == 3 && event[1] as? String == "o" && time >= last)
      last = time
      text += try #require(event[2] as? String)
    }
    text.replace(/\u{1b}\[[0-9;?]*[A-Za-z]/, with: "")
    let session = try #require(
      try Documents.examples().first { $0.document == "README.md" && !$0.steps.isEmpty })
    #expect(session.command == "sudo netcap repl")
    var rest = text[...]
    for step in session.steps {
      for line in ["netcap> \(step.typed)"] + step.shown.split(separator: "\n").map(String.init) {
        let place = rest.range(of: line)
        #expect(place != nil, "'\(line)' is not in the recording, or not there")
        if let place { rest = rest[place.upperBound...] }
      }
    }
  }

  // MARK: Flags

  /// Flags in the lines of a help text that explain one.
  private func helpFlags(_ command: String) throws -> Set<String> {
    let run = try Documents.inTemporaryFolder {
      try Documents.run("netcap \(command) --help", in: $0)
    }
    #expect(run.status == 0, "\(run.output)")
    var flags: Set<String> = []
    for line in run.output.components(separatedBy: "\n") {
      if let match = line.firstMatch(of: /^  (?:(-\w), )?(--[a-z-]+)/) {
        if let short = match.1 { flags.insert(String(short)) }
        flags.insert(String(match.2))
      }
    }
    return flags
  }

  /// Flags in the first column of the tables of docs/cli.md, by section.
  private func documentedFlags() throws -> [String: Set<String>] {
    var section = ""
    var flags: [String: Set<String>] = [:]
    for line in try Documents.text("docs/cli.md").components(separatedBy: "\n") {
      if line.hasPrefix("## ") { section = String(line.dropFirst(3)) }
      guard line.hasPrefix("| `-") else { continue }
      let cell = line.components(separatedBy: "|")[1]
      for match in cell.matches(of: /`(--?[a-zA-Z-]+)`/) {
        flags[section, default: []].insert(String(match.1))
      }
    }
    return flags
  }

  @Test func flagsAreDocumented() throws {
    let documented = try documentedFlags()
    let common = try #require(documented[""])
    #expect(common == ["-h", "--help", "--version"])
    var all = common
    for command in [
      "skb", "mbuf", "raw", "run", "list", "check", "doc", "filter", "fmt", "doctor", "test",
      "repl",
    ] {
      let real = try helpFlags(command)
      let said = documented["netcap \(command)"] ?? []
      #expect(real.subtracting(common) == said, "netcap \(command)")
      all.formUnion(real)
    }
    let page = try Documents.text("docs/netcap.8").replacingOccurrences(of: "\\-", with: "-")
    var paged: Set<String> = []
    for line in page.components(separatedBy: "\n") where line.contains(/^\.BR? "?-/) {
      let names = line.components(separatedBy: "\\fI")[0]
      paged.formUnion(names.matches(of: /--?[a-zA-Z][a-z-]*/).map { String($0.output) })
    }
    #expect(all.subtracting(paged).isEmpty, "not in docs/netcap.8")
    #expect(paged.filter { $0.hasPrefix("--") }.isSubset(of: all), "only in docs/netcap.8")
  }

  @Test func commandsAreDocumented() throws {
    let run = try Documents.inTemporaryFolder { try Documents.run("netcap --help", in: $0) }
    let commands = run.output.components(separatedBy: "SUBCOMMANDS:").last!
      .matches(of: /\n  (\w+) {2,}/).map { String($0.1) }
    #expect(!commands.isEmpty)
    let text = try Documents.text("docs/cli.md")
    for command in commands { #expect(text.contains("\n## netcap \(command)\n"), "\(command)") }
  }

  // MARK: Names

  @Test func linksLeadSomewhere() throws {
    for document in try Documents.names() {
      let base = Documents.root.appendingPathComponent(document).deletingLastPathComponent()
      for match in try Documents.text(document).matches(of: /\]\(([^)#]*)(?:#([^)]*))?\)/) {
        let target = match.1.isEmpty ? document : String(match.1)
        if target.contains("://") { continue }
        let path =
          match.1.isEmpty
          ? Documents.root.appendingPathComponent(document) : base.appendingPathComponent(target)
        #expect(FileManager.default.fileExists(atPath: path.path), "\(document): \(target)")
        guard let anchor = match.2 else { continue }
        let headings = try String(contentsOf: path, encoding: .utf8).components(separatedBy: "\n")
          .filter { $0.hasPrefix("#") }
          .map { $0.drop { $0 == "#" || $0 == " " }.lowercased() }
          .map { $0.filter { $0.isLetter || $0 == " " || $0 == "-" } }
          .map { $0.replacingOccurrences(of: " ", with: "-") }
        #expect(headings.contains(String(anchor)), "\(document): \(target)#\(anchor)")
      }
    }
  }

  @Test func filesThatAreNamedExist() throws {
    let path = /`((?:Sources|Tests|bpf|scripts|docs|LICENSES)\/[\w\/.-]+)`/
    for document in try Documents.names() {
      for match in try Documents.text(document).matches(of: path) {
        let file = Documents.root.appendingPathComponent(String(match.1)).path
        #expect(FileManager.default.fileExists(atPath: file), "\(document): \(match.1)")
      }
    }
  }

  @Test func testTargetsHaveTheirLevel() throws {
    let text = try Documents.text("docs/development.md")
    let folders = try Documents.files(below: "Tests").map { $0.components(separatedBy: "/")[1] }
    for folder in Set(folders) where folder.hasSuffix("Tests") {
      #expect(text.contains("`\(folder)`"), "docs/development.md: no level for \(folder)")
    }
  }

  /// Decisions are numbered without a gap, and are short.
  @Test func decisions() throws {
    let names = try Documents.files(below: "docs/decisions")
    for (index, name) in names.enumerated() {
      let number = String(repeating: "0", count: 4 - String(index + 1).count) + String(index + 1)
      #expect(name.hasPrefix("docs/decisions/\(number)-"), "\(name)")
      let lines = try Documents.text(name).components(separatedBy: "\n")
      #expect(lines[0].hasPrefix("# \(index + 1). "), "\(name)")
      #expect(lines.count <= 16, "\(name)")
    }
  }

  @Test func manualPageIsClean() throws {
    let page = Documents.root.appendingPathComponent("docs/netcap.8").path
    let run = try Documents.inTemporaryFolder {
      try Documents.run(
        "exec groff -man -Tutf8 -ww -z '\(page)'", in: $0)
    }
    #expect(run.status == 0 && run.output.isEmpty, "\(run.output)")
  }
}
