import ArgumentParser
import Glibc
import Kernel
import Output
import Session
import SystemPackage

/// `netcap doctor`: whether packets can be traced here, and if not, why.
struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Show what this kernel and this user can do, and what to do about what they cannot.",
    discussion: """
      The exit status is 0 if packets can be traced here, 1 if not. Nothing is attached.
      """)

  @Flag(help: "Print one JSON object.")
  var json = false

  func run() throws {
    let checkup = KernelFacts().examine()
    let text = json ? Self.json(checkup) : Self.lines(checkup)
    try TextOutput.write(text, to: .standardOutput)
    if !checkup.canTrace { throw ExitCode(1) }
  }

  static func lines(_ checkup: Checkup) -> String {
    let rows = checkup.findings.map { finding in
      let mark =
        switch finding.verdict {
        case .yes: "yes"
        case .no: "no"
        case .unknown: "?"
        }
      let remedy = finding.remedy.map { "; \($0)" } ?? ""
      return [mark, finding.name, finding.detail + remedy]
    }
    let verdict =
      checkup.canTrace
      ? "Packets can be traced here."
      : "Packets cannot be traced here: \(checkup.obstacles.joined(separator: ", "))."
    return "\(kernel())\n" + Columns.text(rows) + verdict + "\n"
  }

  static func json(_ checkup: Checkup) -> String {
    JSONValue.object([
      ("kernel", .string(kernel())),
      ("can_trace", .bool(checkup.canTrace)),
      ("obstacles", .array(checkup.obstacles.map { .string($0) })),
      (
        "findings",
        .array(
          checkup.findings.map { finding in
            .object([
              ("name", .string(finding.name)),
              ("verdict", .string(finding.verdict.rawValue)),
              ("required", .bool(finding.isRequired)),
              ("detail", .string(finding.detail)),
              ("remedy", finding.remedy.map { .string($0) } ?? .null),
            ])
          })
      ),
    ]).text + "\n"
  }

  /// `Linux 6.1.0-50-amd64 x86_64`
  private static func kernel() -> String {
    var names = utsname()
    guard uname(&names) == 0 else { return "Linux" }
    func text<T>(_ field: T) -> String {
      withUnsafeBytes(of: field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
    return "\(text(names.sysname)) \(text(names.release)) \(text(names.machine))"
  }
}
