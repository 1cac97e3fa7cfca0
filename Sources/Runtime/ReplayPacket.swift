package import Language

/// A packet of a recording of netcap's, as it enters the kernel half. Its bytes are lent.
package struct ReplayPacket: ~Copyable {
  package var event: Event
  package var context: EventContext
  /// Values of the kernel's memory that the recording holds, as text, under the names of scripts.
  package var recorded: [String: String]
  /// Those of its point, indexes into ``Script/probes``.
  package var probes: [Int]

  package init(
    event: Event, context: EventContext, recorded: [String: String] = [:], probes: [Int]
  ) {
    self.event = event
    self.context = context
    self.recorded = recorded
    self.probes = probes
  }
}
