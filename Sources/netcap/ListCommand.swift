import ArgumentParser
import Kernel
import Session
import Syntax
import SystemPackage

/// `netcap list`: where packets can be seen in this kernel.
struct ListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "Show where packets can be traced in this kernel, or what scripts can name.",
    discussion: """
      functions, tracepoints: each line has the name, the argument that is the skb (counted from \
      1; of several the first is traced), the module, the mechanisms that this kernel has for it, \
      and a remark. A '?' after a mechanism: only trying it, or root, can tell. '-' stands for \
      nothing.
      fields, builtins: each line has the name, its type or how it is written, and what it is.
      scripts: each line has the name to run it by, its folder, and what it is for.
      """)

  @Argument(help: "What to show: functions, tracepoints, fields, builtins or scripts.")
  var kind: NameList.Kind

  @Argument(help: "Only names that match: *, ? and [...] as in a shell; quote it.")
  var glob: String?

  @Flag(help: "Print one JSON object a line.")
  var json = false

  func run() throws {
    let answer = NameList(kind, matching: glob).answer(KernelFacts(), isJSON: json)
    for problem in answer.problems {
      try TextOutput.write(problem.rendered() + "\n", to: .standardError)
    }
    try TextOutput.write(answer.text, to: .standardOutput)
    try TextOutput.write(answer.remarks.map { $0 + "\n" }.joined(), to: .standardError)
    if answer.isEmpty { throw ExitCode(1) }
  }
}

extension NameList.Kind: ExpressibleByArgument {}
