import ArgumentParser
import Session
import Syntax
import SystemPackage

/// `netcap fmt`: scripts laid out.
struct FmtCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fmt",
    abstract: "Lay scripts out: spaces, indentation, a statement a line.",
    discussion: """
      Files are rewritten in place; '-' is standard input, laid out to standard output. A script \
      that cannot be parsed is not touched, and the exit status is 2.
      """)

  @Flag(help: "Change nothing: list the files that would be changed; if any, exit with status 1.")
  var check = false

  @Argument(help: ArgumentHelp("Scripts, or - for standard input.", valueName: "file"))
  var files: [String]

  func run() throws {
    let formatting = ScriptFormatting()
    var mistakes: [Diagnostic] = []
    var failures: [Diagnostic] = []
    var isAnyChanged = false
    for file in files {
      do throws(SessionError) {
        var output = ""
        let isChanged: Bool
        if file == "-" {
          let result = try formatting.format(.standardInput, name: file)
          isChanged = result.isChanged
          if !check { output = result.text }
        } else {
          isChanged = try formatting.format(file: FilePath(file), isCheck: check)
        }
        if check, isChanged { output = file + "\n" }
        isAnyChanged = isAnyChanged || isChanged
        do {
          try TextOutput.write(output, to: .standardOutput)
        } catch {
          throw .cannotRun([Diagnostic(.error, "cannot write to standard output: \(error)")])
        }
      } catch {
        switch error {
        case .mistakes(let diagnostics): mistakes += diagnostics
        case .usage, .cannotRun: failures += error.diagnostics
        }
      }
    }
    if !mistakes.isEmpty { throw Failure(.mistakes(mistakes + failures), isJSON: false) }
    if !failures.isEmpty { throw Failure(.cannotRun(failures), isJSON: false) }
    if check, isAnyChanged { throw ExitCode(1) }
  }
}
