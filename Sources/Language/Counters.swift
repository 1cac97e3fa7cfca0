/// What became of the packets that a point was hit with, summed over the CPUs.
///
/// Each hit has one outcome, so `hits` is the sum of all others but `missed`, which never reached
/// the program.
package struct PointCounters: Sendable, Equatable {
  package var hits: UInt64
  /// Handed to the ring buffer.
  package var emitted: UInt64
  /// The packet filter said no.
  package var filtered: UInt64
  /// On another interface than the one asked for.
  package var otherInterface: UInt64
  /// An interface was asked for, and `skb->dev` was not set.
  package var noInterface: UInt64
  /// No skb, or no header in it yet that a packet could start at.
  package var noPacket: UInt64
  /// Matched, but there was no room in the ring buffer.
  package var ringFull: UInt64
  /// Bytes that the filter looks at could not be read.
  package var unreadable: UInt64
  /// A script's body ran to an end, and sent no event.
  package var handled: UInt64
  /// Events of a script: a hit can send several. Not part of the sum.
  package var eventsSent: UInt64
  /// Events for which there was no room in the ring buffer. Not part of the sum.
  package var eventsLost: UInt64
  /// Hits that the kernel did not run the program for; nil where the kernel does not count them.
  package var missed: UInt64?

  package init(
    hits: UInt64 = 0, emitted: UInt64 = 0, filtered: UInt64 = 0, otherInterface: UInt64 = 0,
    noInterface: UInt64 = 0, noPacket: UInt64 = 0, ringFull: UInt64 = 0, unreadable: UInt64 = 0,
    handled: UInt64 = 0, eventsSent: UInt64 = 0, eventsLost: UInt64 = 0, missed: UInt64? = nil
  ) {
    self.hits = hits
    self.emitted = emitted
    self.filtered = filtered
    self.otherInterface = otherInterface
    self.noInterface = noInterface
    self.noPacket = noPacket
    self.ringFull = ringFull
    self.unreadable = unreadable
    self.handled = handled
    self.eventsSent = eventsSent
    self.eventsLost = eventsLost
    self.missed = missed
  }

  /// Counts what is counted of another point too; `missed` is nil if either is.
  package mutating func add(_ other: PointCounters) {
    hits += other.hits
    emitted += other.emitted
    filtered += other.filtered
    otherInterface += other.otherInterface
    noInterface += other.noInterface
    noPacket += other.noPacket
    ringFull += other.ringFull
    unreadable += other.unreadable
    handled += other.handled
    eventsSent += other.eventsSent
    eventsLost += other.eventsLost
    missed = missed.flatMap { missed in other.missed.map { missed + $0 } }
  }
}
