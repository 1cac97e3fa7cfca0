import ArgumentParser
import Glibc
import Kernel
import Output
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

  enum Kind: String, ExpressibleByArgument, CaseIterable {
    case functions, tracepoints, fields, builtins, scripts
  }

  @Argument(help: "What to show: functions, tracepoints, fields, builtins or scripts.")
  var kind: Kind

  @Argument(help: "Only names that match: *, ? and [...] as in a shell; quote it.")
  var glob: String?

  @Flag(help: "Print one JSON object a line.")
  var json = false

  func run() throws {
    let facts = KernelFacts()
    let pattern = glob.map { Glob($0) }
    let listing: Listing
    switch kind {
    case .functions: listing = facts.listFunctions(pattern)
    case .tracepoints: listing = facts.listTracepoints(pattern)
    case .fields: return try list(Manual.fields(), pattern)
    case .builtins: return try list(Manual.builtins(), pattern)
    case .scripts: return try listScripts(pattern)
    }
    let text = json ? Self.json(listing) : Self.columns(listing)
    try TextOutput.write(text, to: .standardOutput)
    let summary = Self.summary(listing, kind: kind, glob: glob)
    try TextOutput.write(summary.map { $0 + "\n" }.joined(), to: .standardError)
    if listing.points.isEmpty { throw ExitCode(1) }
  }

  private func list(_ entries: [Manual.Entry], _ pattern: Glob?) throws {
    let found = entries.filter { pattern?.matches($0.name) ?? true }
    let text =
      json
      ? found.map { entry in
        JSONValue.object([
          ("name", .string(entry.name)), ("signature", .string(entry.signature)),
          ("documentation", .string(entry.documentation)), ("example", .string(entry.example)),
        ]).text + "\n"
      }.joined() : TextOutput.columns(found.map { [$0.name, $0.signature, $0.documentation] })
    try write(text, isEmpty: found.isEmpty)
  }

  private func listScripts(_ pattern: Glob?) throws {
    let (all, problems) = Manual.scripts()
    let found = all.filter { pattern?.matches($0.name) ?? true }
    for problem in problems {
      try TextOutput.write(problem.rendered() + "\n", to: .standardError)
    }
    let text =
      json
      ? found.map { script in
        JSONValue.object([
          ("name", .string(script.name)), ("folder", .string(script.folder)),
          ("summary", .string(script.summary)),
        ]).text + "\n"
      }.joined()
      : TextOutput.columns(found.map { [$0.name, $0.folder, $0.summary.terminalSafe] })
    try write(text, isEmpty: found.isEmpty)
  }

  private func write(_ text: String, isEmpty: Bool) throws {
    try TextOutput.write(text, to: .standardOutput)
    if !isEmpty { return }
    let matching = glob.map { " matching '\($0.terminalSafe)'" } ?? ""
    try TextOutput.write("no \(kind.rawValue)\(matching)\n", to: .standardError)
    throw ExitCode(1)
  }

  static func columns(_ listing: Listing) -> String {
    TextOutput.columns(
      listing.points.map { point in
        let ways = point.mechanisms + point.possibleMechanisms.map { $0 + "?" }
        return [
          point.name, point.skbArguments.map(String.init).joined(separator: ","),
          point.module ?? "-", ways.isEmpty ? "-" : ways.joined(separator: ","),
          point.remark ?? "",
        ]
      })
  }

  static func json(_ listing: Listing) -> String {
    listing.points.map { point in
      JSONValue.object([
        ("name", .string(point.name)),
        ("skb", .number(point.skbArguments[0])),
        ("skbs", .array(point.skbArguments.map { .number($0) })),
        ("module", point.module.map { .string($0) } ?? .null),
        ("mechanisms", .array(point.mechanisms.map { .string($0) })),
        ("possible_mechanisms", .array(point.possibleMechanisms.map { .string($0) })),
        ("remark", point.remark.map { .string($0) } ?? .null),
        ("prototype", .string(point.prototype)),
      ]).text + "\n"
    }.joined()
  }

  static func summary(_ listing: Listing, kind: Kind, glob: String?) -> [String] {
    let matching = glob.map { " matching '\($0.terminalSafe)'" } ?? ""
    let count = listing.points.count
    if count == 0 {
      let others = listing.withoutSkb
      let without = others == 0 ? "" : "; \(others) without one match"
      return ["no \(kind.rawValue)\(matching) with an skb\(without)"] + listing.remarks
    }
    let traceable = listing.points.count { !$0.mechanisms.isEmpty }
    let possible = listing.points.count {
      $0.mechanisms.isEmpty && !$0.possibleMechanisms.isEmpty
    }
    let what = count == 1 ? String(kind.rawValue.dropLast()) : kind.rawValue
    let open = possible == 0 ? "" : ", \(possible) perhaps"
    return ["\(count) \(what)\(matching) with an skb: \(traceable) can be traced\(open)"]
      + listing.remarks
  }
}
