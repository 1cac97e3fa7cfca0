internal import Language
internal import Syntax

/// Points that a pattern matches and that cannot be attached.
struct LeftOut {
  /// One pattern of the script, as `tcp_*`.
  struct Pattern {
    let place: Diagnostic.Place
    /// How many that it matches are attached.
    var attachedCount = 0
    var points: [(name: String, problem: SessionError)] = []

    /// Why the first could not be.
    var first: SessionError { points[0].problem }

    /// Names that are told with their reasons.
    private static let told = 8

    var warning: Diagnostic {
      var hints = points.prefix(Self.told).map { name, problem in
        let diagnostic = problem.diagnostics.first
        let reason = ([diagnostic?.message ?? ""] + (diagnostic?.hints ?? [])).prefix(2)
        return "\(name): \(reason.joined(separator: ": "))"
      }
      if points.count > Self.told { hints.append("and \(points.count - Self.told) more") }
      let all = points.count + attachedCount
      return Diagnostic(
        .warning, "\(points.count) of the \(all) that match cannot be traced and are left out",
        at: place, hints: hints)
    }
  }

  private var all: [Pattern] = []

  /// Those of which something was left out, in their order.
  var patterns: [Pattern] { all.filter { !$0.points.isEmpty } }

  mutating func noteAttached(_ point: ScriptPoint) {
    guard point.isMatched else { return }
    all[pattern(of: point)].attachedCount += 1
  }

  mutating func note(_ point: ScriptPoint, _ problem: SessionError) {
    all[pattern(of: point)].points.append((point.displayName, problem))
  }

  private mutating func pattern(of point: ScriptPoint) -> Int {
    if let index = all.firstIndex(where: { $0.place == point.place }) { return index }
    all.append(Pattern(place: point.place))
    return all.count - 1
  }
}
