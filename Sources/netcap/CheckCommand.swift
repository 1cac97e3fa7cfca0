import ArgumentParser
import Session
import Syntax
import SystemPackage

/// `netcap check`: whether scripts make sense.
struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Say what is wrong with scripts, without running them.",
    discussion: """
      Needs no root, and attaches nothing. Without --kernel no kernel is asked: names of functions, \
      arguments and structures are taken as they are, and counted as unchecked. A script with \
      mistakes makes the exit status 2.
      """)

  @Flag(help: "Show what each script touches: probes, files, commands, C, and what is unchecked.")
  var explain = false

  @Flag(help: "Look names of the kernel up in the one that runs.")
  var kernel = false

  @Option(
    name: [.customShort("o"), .customLong("option")],
    help: ArgumentHelp("A value for an option of the scripts.", valueName: "name=value"))
  var options: [String] = []

  @Argument(help: ArgumentHelp("Scripts, by path or name; - is standard input.", valueName: "file"))
  var files: [String]

  func run() throws {
    let check = ScriptCheck(
      usesKernel: kernel, explains: explain, reserved: RunCommand.reserved)
    var mistakes: [Diagnostic] = []
    var failures: [Diagnostic] = []
    for file in files {
      do throws(SessionError) {
        let outcome = try check.check(file, arguments: options.map { "--" + $0 })
        if outcome.isSound {
          try Self.write(outcome)
        } else {
          mistakes += outcome.diagnostics
        }
      } catch {
        failures += error.diagnostics
      }
    }
    if !mistakes.isEmpty { throw Failure(.mistakes(mistakes + failures), isJSON: false) }
    if !failures.isEmpty { throw Failure(.cannotRun(failures), isJSON: false) }
  }

  /// Warnings of a script that can run, and what is said of it.
  private static func write(_ outcome: ScriptCheck.Outcome) throws(SessionError) {
    let warnings = outcome.diagnostics.map { $0.rendered() + "\n" }.joined()
    do {
      try TextOutput.write(warnings, to: .standardError)
      try TextOutput.write(outcome.text, to: .standardOutput)
    } catch {
      throw .cannotRun([Diagnostic(.error, "cannot write: \(error)")])
    }
  }
}
