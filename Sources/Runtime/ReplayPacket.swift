package import Language

/// A packet of a recording, as it enters the kernel half. Its bytes are lent.
package struct ReplayPacket: ~Copyable {
  package var event: Event
  package var context: EventContext
  /// The recording is one of netcap's: the packet has a place.
  package var isPlaced: Bool
  /// Values of the kernel's memory that the recording holds, as text, under the names of scripts.
  package var recorded: [String: String]
  /// Those of its point; nil: it enters all.
  package var probes: [Int]?

  package init(
    event: Event, context: EventContext, isPlaced: Bool = false, recorded: [String: String] = [:],
    probes: [Int]? = nil
  ) {
    self.event = event
    self.context = context
    self.isPlaced = isPlaced
    self.recorded = recorded
    self.probes = probes
  }
}
