import ArgumentParser
import Glibc
import Kernel
import Output
import Syntax
import SystemPackage

/// `netcap list`: where packets can be seen in this kernel.
struct ListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "Show the kernel's functions or tracepoints that a packet can be traced at.",
    discussion: """
      Each line has the name, the argument that is the skb (counted from 1; of several the first \
      is traced), the module, the mechanisms that this kernel has for it, and a remark. A '?' \
      after a mechanism: only trying it, or root, can tell. '-' stands for nothing.
      """)

  enum Kind: String, ExpressibleByArgument, CaseIterable {
    case functions, tracepoints
  }

  @Argument(help: "What to show: functions or tracepoints.")
  var kind: Kind

  @Argument(help: "Only names that match: *, ? and [...] as in a shell; quote it.")
  var glob: String?

  @Flag(help: "Print one JSON object a line.")
  var json = false

  func run() throws {
    let facts = KernelFacts()
    let pattern = glob.map { Glob($0) }
    let listing =
      switch kind {
      case .functions: facts.listFunctions(pattern)
      case .tracepoints: facts.listTracepoints(pattern)
      }
    let text = json ? Self.json(listing) : Self.columns(listing)
    try TextOutput.write(text, to: .standardOutput)
    let summary = Self.summary(listing, kind: kind, glob: glob)
    try TextOutput.write(summary.map { $0 + "\n" }.joined(), to: .standardError)
    if listing.points.isEmpty { throw ExitCode(1) }
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
