/// What a kernel, a user and a system can do, as `netcap doctor` tells it.
package struct Checkup: Sendable, Equatable {
  package enum Verdict: String, Sendable {
    case yes, no
    /// Only root can tell.
    case unknown
  }

  /// One thing that was looked at.
  package struct Finding: Sendable, Equatable {
    /// What it is, as `--json` names it.
    package let name: String
    package let verdict: Verdict
    /// What was found.
    package let detail: String
    /// What can be done about a "no".
    package let remedy: String?
    /// Whether no packet can be traced without it.
    package let isRequired: Bool

    package init(
      _ name: String, _ verdict: Verdict, _ detail: String, remedy: String? = nil,
      isRequired: Bool = false
    ) {
      self.name = name
      self.verdict = verdict
      self.detail = detail
      self.remedy = verdict == .no ? remedy : nil
      self.isRequired = isRequired
    }

    /// What the kernel answered; `detail` says what a "yes" means.
    package init(
      _ name: String, _ availability: Availability, _ detail: String, remedy: String? = nil,
      isRequired: Bool = false
    ) {
      let verdict: Verdict =
        availability.isAvailable ? .yes : availability.isRuledOut ? .no : .unknown
      self.init(
        name, verdict, availability.reason ?? detail, remedy: remedy, isRequired: isRequired)
    }
  }

  package let findings: [Finding]
  /// Ways to a packet, of which one is enough.
  package static let mechanisms = ["fentry", "kprobe", "tracepoint"]

  package init(_ findings: [Finding]) {
    self.findings = findings
  }

  /// Whether packets can be traced here, by this user.
  package var canTrace: Bool {
    findings.allSatisfy { !$0.isRequired || $0.verdict == .yes }
      && ways.contains { $0.verdict == .yes }
  }

  /// The findings that keep packets from being traced: those that are known, else those that are
  /// not. Empty if packets can be traced.
  package var obstacles: [String] {
    if canTrace { return [] }
    for verdict in [Verdict.no, .unknown] {
      var found = findings.filter { $0.isRequired && $0.verdict == verdict }.map(\.name)
      let open: [Verdict] = verdict == .no ? [.yes, .unknown] : [.yes]
      if !ways.contains(where: { open.contains($0.verdict) }) {
        found.append(Self.mechanisms.joined(separator: "/"))
      }
      if !found.isEmpty { return found }
    }
    return []
  }

  private var ways: [Finding] { findings.filter { Self.mechanisms.contains($0.name) } }
}
