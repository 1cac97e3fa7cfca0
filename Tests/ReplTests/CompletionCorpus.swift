import Corpus
import Glibc
import Language
import Library
import MadeScripts
import Repl
import Syntax

/// What completion is asked in tests: a kernel that was made up, a session, a few files.
enum CompletionCorpus {
  static let corpus = Corpus()

  /// Where the cursor is.
  static let mark: Character = "¦"

  static func sources(_ types: any KernelTypes = MadeKernel()) throws -> CompletionSources {
    let text = try corpus.text("session.ncs")
    let session = Parser(SourceText(name: "session", text: text)).parse().tree.declarations
    let library = ScriptLibrary(folders: [])
    return CompletionSources(
      types: { types }, declarations: { session }, interfaces: { ["lo", "eth0", "eth1"] },
      scripts: { ["drops", "net/flows", "net/tcp"] },
      script: { name in
        library.entries().scripts.first { $0.name == name }.map { Parser($0.source).parse().tree }
      },
      files: { folder in
        folder.isEmpty
          ? ["helpers.c", "lab/", "trace.pcapng", "watch.ncs", ".hidden"]
          : folder == "lab/" ? ["one.ncs", "two.c"] : []
      })
  }

  /// Cases parted by blank lines: what is typed, with the mark, over several lines if it goes on; then
  /// what is expected, behind `=>`.
  static func cases(in text: String) -> [[String]] {
    text.split(separator: "\n", omittingEmptySubsequences: false)
      .split(whereSeparator: \.isEmpty)
      .map { $0.map(String.init).filter { !$0.hasPrefix("=>") } }
  }

  /// The case with what completion says of it: the word that is replaced, what by, and a dot for a
  /// space behind it.
  static func answered(_ lines: [String], _ completer: Completer) -> String {
    if lines.allSatisfy({ $0.hasPrefix("#") }) { return lines.joined(separator: "\n") }
    let last = lines.last ?? ""
    let typed = String(last.prefix { $0 != mark })
    let line = String(last.filter { $0 != mark })
    let found = completer.complete(
      line, cursor: typed.utf8.count, earlier: lines.dropLast().joined(separator: "\n"))
    let word = String(decoding: Array(typed.utf8).dropFirst(found.start), as: UTF8.self)
    let names = found.candidates.joined(separator: " ")
    let suffix = found.suffix == " " ? " ·" : found.suffix
    return lines.joined(separator: "\n") + "\n=> '\(word)' \(names)\(suffix)"
  }
}

/// What a piece of work costs this thread: other work on the machine does not count.
func processorTime(_ body: () -> Void) -> Duration {
  func now() -> Duration {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
  }
  let start = now()
  body()
  return now() - start
}
