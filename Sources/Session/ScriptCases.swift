internal import Glibc
internal import Output
package import Syntax
package import SystemPackage

/// A recorded case of a script: a recording, the words of a command line, and what has to be said.
///
/// The cases of `NAME.ncs` are in the folder `NAME.cases` beside it: `CASE.pcapng` or `CASE.pcap`,
/// `CASE.args` where words are needed, and `CASE.out`.
package struct ScriptCase: Sendable {
  package let script: FilePath
  package let folder: FilePath
  package let name: String
  let hasOutput: Bool
  /// Recordings and `.args` that are there.
  let recordings: [String]
  let hasWords: Bool

  var output: FilePath { folder.appending(name + ".out") }
  var words: FilePath { folder.appending(name + ".args") }
}

/// The scripts that `netcap test` was asked about, and their cases.
package struct ScriptCases {
  package private(set) var cases: [ScriptCase] = []
  /// Scripts without a case.
  package private(set) var untested: [FilePath] = []
  /// What is wrong beside the cases: a folder of cases without its script, one that cannot be read.
  package private(set) var problems: [Diagnostic] = []

  package init() {}

  private static let ending = ".cases"
  /// Folders are looked into so deep.
  private static let depthLimit = 8

  /// - Parameter path: a script, or a folder with scripts in it and below.
  package mutating func add(_ path: FilePath) {
    var info = stat()
    guard stat(path.string, &info) == 0 else {
      return problems.append(
        Diagnostic(.error, "cannot read '\(path)': \(Errno(rawValue: errno))"))
    }
    if info.st_mode & S_IFMT == S_IFDIR {
      addFolder(path, depth: 0)
    } else if path.extension == "ncs" {
      addScript(path)
    } else {
      problems.append(
        Diagnostic(
          .error, "'\(path)' is no script and no folder",
          hints: ["a script's name ends in .ncs; its cases are in a folder NAME.cases beside it"]))
    }
  }

  package mutating func report(_ problem: Diagnostic) { problems.append(problem) }

  private mutating func addFolder(_ folder: FilePath, depth: Int) {
    guard depth < Self.depthLimit, let entries = list(folder) else { return }
    for entry in entries.sorted() where !entry.hasPrefix(".") {
      let path = folder == "." ? FilePath(entry) : folder.appending(entry)
      var info = stat()
      guard stat(path.string, &info) == 0 else { continue }
      let isFolder = info.st_mode & S_IFMT == S_IFDIR
      if isFolder, entry.hasSuffix(Self.ending) {
        let script = String(entry.dropLast(Self.ending.count)) + ".ncs"
        if !entries.contains(script) {
          problems.append(
            Diagnostic(.error, "'\(path)' has cases of '\(script)', which is not beside it"))
        }
      } else if isFolder {
        addFolder(path, depth: depth + 1)
      } else if entry.hasSuffix(".ncs") {
        addScript(path)
      }
    }
  }

  private mutating func addScript(_ script: FilePath) {
    let folder = FilePath(String(script.string.dropLast(4)) + Self.ending)
    guard access(folder.string, F_OK) == 0 else { return untested.append(script) }
    guard let entries = list(folder) else { return }
    var names: Set<String> = []
    for entry in entries where !entry.hasPrefix(".") {
      for ending in [".pcapng", ".pcap", ".args", ".out"] where entry.hasSuffix(ending) {
        names.insert(String(entry.dropLast(ending.count)))
      }
    }
    if names.isEmpty { return untested.append(script) }
    for name in names.sorted() {
      cases.append(
        ScriptCase(
          script: script, folder: folder, name: name, hasOutput: entries.contains(name + ".out"),
          recordings: [".pcapng", ".pcap"].map { name + $0 }.filter(entries.contains),
          hasWords: entries.contains(name + ".args")))
    }
  }

  private mutating func list(_ folder: FilePath) -> [String]? {
    guard let directory = opendir(folder.string) else {
      problems.append(
        Diagnostic(.error, "cannot read '\(folder)': \(Errno(rawValue: errno))"))
      return nil
    }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      names.append(
        withUnsafeBytes(of: &entry.pointee.d_name) {
          String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
        })
    }
    return names
  }
}

/// The words of a case: `-r FILE`, `-t FLAGS`, `-c EVENTS`, `--json`, and the script's own.
struct CaseWords {
  /// From the folder of the case.
  var recording: String?
  var flags = SourceText(name: "-t", text: DisplayFlags.standard)
  var count: UInt64 = 0
  var isJSON = false
  /// The script's.
  var arguments: [String] = []

  init() {}

  /// Splits them as a shell does; nothing is expanded.
  init(_ source: SourceText) throws(Diagnostic) {
    var words = Words(source)
    while let word = try words.next() {
      switch word.text {
      case "-r", "-t", "-c":
        guard let value = try words.next() else {
          throw Diagnostic(.error, "\(word.text) needs a value", at: words.place(word))
        }
        switch word.text {
        case "-r": recording = value.text
        case "-t": flags = SourceText(name: "-t", text: value.text)
        default:
          guard let number = UInt64(value.text) else {
            throw Diagnostic(.error, "this is no number of events", at: words.place(value))
          }
          count = number
        }
      case "--json": isJSON = true
      default: arguments.append(word.text)
      }
    }
  }
}
