package import Language
package import Packets

/// A packet of a capture that is none of netcap's: nothing else is known of it. Its bytes are lent.
package struct PlainPacket {
  /// Since 1970-01-01 UTC; nil where the capture has no time for it.
  package var timeNanoseconds: UInt64?
  /// Bytes of the packet, captured or not.
  package var length: Int
  package var link: LinkType
  package var bytes: UnsafeRawBufferPointer

  package init(
    timeNanoseconds: UInt64?, length: Int, link: LinkType, bytes: UnsafeRawBufferPointer
  ) {
    self.timeNanoseconds = timeNanoseconds
    self.length = length
    self.link = link
    self.bytes = bytes
  }

  /// The same as an event, at this time.
  package func event(at time: UInt64) -> Event {
    let noName = KernelName(words: (0, 0))
    return Event(
      timeNanoseconds: time, point: 0, cpu: 0, processID: 0, threadID: 0, command: noName,
      interfaceIndex: 0, interfaceName: noName, namespace: 0, skb: 0, etherType: 0, link: link,
      packetLength: length, isCutByFault: false, bytes: bytes)
  }
}

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
