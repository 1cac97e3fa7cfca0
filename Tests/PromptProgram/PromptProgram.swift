import Glibc
import Output
import Repl
import Syntax
import SystemPackage

/// The line editor alone, for tests that drive it in a terminal:
/// `prompt-program [MILLISECONDS COUNT]`.
///
/// Shows COUNT numbered lines above the prompt, one each MILLISECONDS, and says which lines were
/// read. A line that ends with `\` continues; `wait` is a command that takes until something is typed.
@main struct PromptProgram {
  static let words =
    ["alpha_one", "alpha_two", "beta", "größe"] + (100..<400).map { "item_\($0)" }

  static func main() throws {
    let arguments = CommandLine.arguments.dropFirst().compactMap { Int($0) }
    let interval = Duration.milliseconds(arguments.first ?? 0)
    let count = arguments.count > 1 ? arguments[1] : 0

    signal(SIGPIPE, SIG_IGN)
    let screen = Screen(.standardOutput)
    let history = History()
    let editor = try LineEditor(
      terminal: .standardInput, screen: screen, history: history, completer: complete)
    defer { editor.restore() }
    if let problem = history.problem { editor.showAbove(problem.rendered() + "\n") }

    var shown = 0
    var next = ContinuousClock.now + interval
    var set = PollSet()
    func wait() -> Bool {
      set.removeAll()
      editor.addInterests(to: &set)
      set.wait(until: shown < count ? next : nil)
      while shown < count, .now >= next {
        shown += 1
        next += interval
        editor.showAbove("event \(shown)\n")
      }
      return true
    }

    var statement = ""
    while true {
      let prompt = statement.isEmpty ? "netcap> " : "   ...> "
      switch editor.readLine(prompt: prompt, wait: wait) {
      case .line(let line) where line.hasSuffix("\\"):
        statement += line.dropLast()
      case .line(let line):
        editor.showAbove("read \"\(statement + line)\"\n")
        if line == "wait" {
          do { try screen.flush() } catch { return }
          var poll = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
          Glibc.poll(&poll, 1, -1)
          // An echo would be seen by now.
          usleep(100_000)
        }
        statement = ""
      case .interrupted:
        editor.showAbove("interrupted\n")
        statement = ""
      case .end:
        editor.showAbove("end\n")
        return
      case .stopped:
        return
      }
    }
  }

  static func complete(_ line: String, _ offset: Int) -> Completion {
    let before = String(decoding: line.utf8.prefix(offset), as: UTF8.self)
    let word = before.split(separator: " ", omittingEmptySubsequences: false).last ?? ""
    return Completion(
      start: offset - word.utf8.count, candidates: words.filter { $0.hasPrefix(word) }, suffix: " ")
  }
}
