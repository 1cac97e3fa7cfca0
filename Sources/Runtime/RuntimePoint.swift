/// A point that events refer to by index: which probe of the script it belongs to.
package struct RuntimePoint: Sendable, Equatable {
  /// Index into ``Script/probes``.
  package var probe: Int
  /// What `func` says there.
  package var name: String

  package init(probe: Int, name: String) {
    self.probe = probe
    self.name = name
  }

  /// One that no event comes from any more.
  package static func gone(_ name: String) -> RuntimePoint { RuntimePoint(probe: -1, name: name) }
}
