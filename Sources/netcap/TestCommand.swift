import ArgumentParser
import Session
import Syntax
import SystemPackage

/// `netcap test`: the recorded cases of scripts.
struct TestCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "test",
    abstract: "Run the recorded cases of scripts, and compare what they say.",
    discussion: """
      Needs no root and no kernel. The cases of NAME.ncs are in the folder NAME.cases beside it: a \
      recording CASE.pcapng or CASE.pcap, where needed CASE.args with words of the command line \
      (-r FILE, -t FLAGS, -c EVENTS, --json, the script's options), and CASE.out, what is expected: \
      standard output, then standard error, then the exit status if it is not 0.

      Packets that the script would save and commands that it would run become lines. The exit \
      status is 1 if a case differs or cannot be run, or if there is none.
      """)

  @Flag(help: "Write what the scripts say to the .out files: it is what is expected from now on.")
  var accept = false

  @Argument(
    help: ArgumentHelp(
      "Scripts, by path or name, and folders; by default the current folder.", valueName: "file"))
  var files: [String] = []

  func run() throws {
    let testing = ScriptTesting(reserved: RunCommand.reserved, accepts: accept)
    let found = testing.find(files)
    for test in found.cases {
      let verdict = testing.run(test)
      var lines = ["\(word(for: verdict))  \(test.script) \(test.name)"]
      switch verdict {
      case .passed, .written: break
      case .differs(let difference): lines += difference.map { "    " + $0 }
      case .unexpected(let said):
        lines.append("    there is no \(test.name).out yet; netcap test --accept writes it:")
        lines += said.map { "    " + $0 }
      case .failed(let problem):
        lines += problem.rendered().split(separator: "\n").map { "    " + $0 }
      }
      try say(lines)
    }
    for problem in found.problems {
      try TextOutput.write(problem.rendered() + "\n", to: .standardError)
    }
    try say([summary(testing.count, found)])
    let count = testing.count
    if count.failed > 0 || !found.problems.isEmpty || found.cases.isEmpty { throw ExitCode(1) }
  }

  private func word(for verdict: ScriptTesting.Verdict) -> String {
    switch verdict {
    case .passed: "pass"
    case .written: "new "
    case .differs, .unexpected, .failed: "FAIL"
    }
  }

  private func summary(_ count: ScriptTesting.Count, _ found: ScriptCases) -> String {
    let cases = found.cases.count
    let scripts = Set(found.cases.map(\.script)).count
    var text = "\(cases) \(cases == 1 ? "case" : "cases") of "
    text += "\(scripts) \(scripts == 1 ? "script" : "scripts"): \(count.passed) passed"
    text += ", \(count.failed) failed"
    if count.written > 0 { text += ", \(count.written) written" }
    if !found.untested.isEmpty { text += "; scripts without a case: \(found.untested.count)" }
    return text
  }

  private func say(_ lines: [String]) throws {
    do {
      try TextOutput.write(
        lines.map { $0.terminalSafe + "\n" }.joined(), to: .standardOutput)
    } catch {
      throw Failure(
        .cannotRun([Diagnostic(.error, "cannot write to standard output: \(error)")]),
        isJSON: false)
    }
  }
}
