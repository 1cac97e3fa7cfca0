package import Kernel
internal import Output
package import Syntax

/// `netcap list` and `:list`: where packets can be seen in this kernel, or what scripts can name.
package struct NameList: Sendable, Equatable {
  package enum Kind: String, Sendable, CaseIterable {
    case functions, tracepoints, fields, builtins, scripts
  }

  package let kind: Kind
  /// Nil: all.
  package let glob: String?

  package init(_ kind: Kind, matching glob: String? = nil) {
    self.kind = kind
    self.glob = glob
  }

  package struct Answer: Sendable {
    /// A line for each name.
    package var text: String
    package var isEmpty: Bool
    /// Lines about it, which are no part of the list.
    package var remarks: [String] = []
    package var problems: [Diagnostic] = []
  }

  /// - Parameter isJSON: an object on each line.
  package func answer(_ facts: KernelFacts, isJSON: Bool = false) -> Answer {
    let pattern = glob.map { Glob($0) }
    switch kind {
    case .functions: return points(facts.listFunctions(pattern), isJSON: isJSON)
    case .tracepoints: return points(facts.listTracepoints(pattern), isJSON: isJSON)
    case .fields: return entries(Manual.fields(), pattern, isJSON: isJSON)
    case .builtins: return entries(Manual.builtins(), pattern, isJSON: isJSON)
    case .scripts: return scripts(pattern, isJSON: isJSON)
    }
  }

  private var matching: String { glob.map { " matching '\($0.terminalSafe)'" } ?? "" }

  private func answer(_ text: String, isEmpty: Bool) -> Answer {
    Answer(
      text: text, isEmpty: isEmpty, remarks: isEmpty ? ["no \(kind.rawValue)\(matching)"] : [])
  }

  private func entries(_ all: [Manual.Entry], _ pattern: Glob?, isJSON: Bool) -> Answer {
    let found = all.filter { pattern?.matches($0.name) ?? true }
    let text =
      isJSON
      ? found.map { entry in
        JSONValue.object([
          ("name", .string(entry.name)), ("signature", .string(entry.signature)),
          ("documentation", .string(entry.documentation)), ("example", .string(entry.example)),
        ]).text + "\n"
      }.joined() : Columns.text(found.map { [$0.name, $0.signature, $0.documentation] })
    return answer(text, isEmpty: found.isEmpty)
  }

  private func scripts(_ pattern: Glob?, isJSON: Bool) -> Answer {
    let (all, problems) = Manual.scripts()
    let found = all.filter { pattern?.matches($0.name) ?? true }
    let text =
      isJSON
      ? found.map { script in
        JSONValue.object([
          ("name", .string(script.name)), ("folder", .string(script.folder)),
          ("summary", .string(script.summary)),
        ]).text + "\n"
      }.joined()
      : Columns.text(found.map { [$0.name, $0.folder, $0.summary.terminalSafe] })
    var answer = answer(text, isEmpty: found.isEmpty)
    answer.problems = problems
    return answer
  }

  // MARK: Points

  /// A listing of this kernel's points as text.
  package func points(_ listing: Listing, isJSON: Bool = false) -> Answer {
    Answer(
      text: isJSON ? Self.json(listing) : Self.columns(listing), isEmpty: listing.points.isEmpty,
      remarks: summary(listing))
  }

  private static func columns(_ listing: Listing) -> String {
    Columns.text(
      listing.points.map { point in
        let ways = point.mechanisms + point.possibleMechanisms.map { $0 + "?" }
        return [
          point.name, point.skbArguments.map(String.init).joined(separator: ","),
          point.module ?? "-", ways.isEmpty ? "-" : ways.joined(separator: ","),
          point.remark ?? "",
        ]
      })
  }

  private static func json(_ listing: Listing) -> String {
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

  private func summary(_ listing: Listing) -> [String] {
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
