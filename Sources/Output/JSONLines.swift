internal import Glibc
package import Language
internal import Packets

/// One JSON object for each packet, one a line.
package final class JSONLines: Sink {
  private let writer: Writer
  private let messages: Writer
  // Run-time checks of exclusive access would cost more than the work: nothing that is called while
  // these are modified calls back.
  /// Adds the text that tcpdump shows, if that was asked for.
  @exclusivity(unchecked) private var dissector: Dissector?
  @exclusivity(unchecked) private var objects = PacketObjects()
  @exclusivity(unchecked) package private(set) var tally = SinkTally(verb: "written")

  /// Objects go to `writer`, with tcpdump's text if there are `flags`; its complaints to `messages`.
  package init(flags: DisplayFlags?, writer: Writer, messages: Writer) throws(OutputError) {
    self.writer = writer
    self.messages = messages
    if let flags {
      dissector = try Dissector(arguments: flags.arguments, messages: messages)
    } else {
      dissector = nil
    }
  }

  package func begin(points: [PointLabel]) {
    objects.setPoints(points)
  }

  package func consume(_ event: Event) throws(OutputError) {
    tally.consumed += 1
    let isShown: Void? = dissector?.send(event) {
      objects.append(event, to: &$0)
      $0.append(",\"text\":\"")
    }
    if isShown == nil {
      objects.append(event, to: &writer.queue)
      writer.queue.append("}\n")
      tally.delivered += 1
      try writer.flushIfLarge()
    }
  }

  package var wantsMore: Bool { writer.hasRoom && dissector?.wantsMore ?? true }

  package func idle(now: ContinuousClock.Instant) throws(OutputError) {
    dissector?.idle(now: now)
    try writer.flush()
  }

  package func addInterests(to set: inout PollSet) {
    dissector?.addInterests(to: &set, readsText: writer.hasRoom)
    writer.addInterests(to: &set)
    messages.addInterests(to: &set)
  }

  package var wakeTime: ContinuousClock.Instant? { dissector?.wakeTime }

  package func handle(_ ready: PollSet, now: ContinuousClock.Instant) throws(OutputError) {
    dissector?.handle(ready, now: now, readsText: writer.hasRoom) { head, text in
      writer.queue.append(head)
      // The last line end belongs to the display, not to the text.
      writer.queue.append(jsonCharacters: UnsafeRawBufferPointer(rebasing: text.dropLast()))
      writer.queue.append("\"}\n")
      tally.delivered += 1
    }
    try messages.flush()
    try writer.flush()
    if let failure = dissector?.failure, writer.isEmpty { throw failure }
  }

  package func finish() throws(OutputError) {
    dissector?.finish()
    try writer.flush()
  }

  package var isFinished: Bool { writer.isEmpty && dissector?.isFinished ?? true }

  package func abandon() {
    dissector?.abandon()
  }
}

/// Writes packets as JSON objects, but for the closing brace.
struct PacketObjects {
  /// `{"type":"packet","point":"icmp_rcv","time":"` for each point.
  private var starts: [[UInt8]] = []
  private var second = UInt64.max
  /// `2026-11-23T04:00:00.`
  private var clock = ByteBlock()

  mutating func setPoints(_ labels: [PointLabel]) {
    starts = labels.map { label in
      var text = ByteQueue(capacity: 256)
      text.append("{\"type\":\"packet\",\"point\":")
      text.append(json: label.name)
      text.append(",\"time\":\"")
      return Array(text.bytes)
    }
  }

  /// - Parameter isPlaced: false: nothing is known of where the packet was seen.
  mutating func append(_ event: Event, isPlaced: Bool = true, to queue: inout ByteQueue) {
    if isPlaced {
      queue.append(starts[event.point])
    } else {
      queue.append("{\"type\":\"packet\",\"time\":\"")
    }
    let second = event.timeNanoseconds / 1_000_000_000
    if second != self.second { setClock(second) }
    clock.append(to: &queue)
    queue.appendDecimal(event.timeNanoseconds - second * 1_000_000_000, width: 9)
    queue.append("Z\"")
    queue.append(member: "time_ns", event.timeNanoseconds)
    if isPlaced { appendPlace(event, to: &queue) }
    queue.append(event.link == .ethernet ? ",\"link\":\"ethernet\"" : ",\"link\":\"none\"")
    queue.append(member: "ethertype", UInt64(event.etherType))
    queue.append(member: "len", UInt64(event.packetLength))
    queue.append(member: "caplen", UInt64(event.bytes.count))
    if event.isCutByFault { queue.append(",\"unreadable\":true") }
    if !event.madeHeaders.isEmpty {
      let names = event.madeHeaders.names.map { "\"\($0)\"" }
      queue.append(text: ",\"rebuilt\":[\(names.joined(separator: ","))]")
    }
    queue.append(",\"bytes\":\"")
    queue.append(hex: event.bytes)
    queue.append("\"")
  }

  private func appendPlace(_ event: Event, to queue: inout ByteQueue) {
    queue.append(member: "cpu", UInt64(event.cpu))
    queue.append(member: "pid", UInt64(event.processID))
    queue.append(member: "tid", UInt64(event.threadID))
    queue.append(",\"comm\":")
    queue.append(json: event.command)
    queue.append(",\"dev\":")
    if event.interfaceName.isEmpty {
      queue.append("null")
    } else {
      queue.append(json: event.interfaceName)
    }
    queue.append(member: "ifindex", UInt64(event.interfaceIndex))
    queue.append(member: "netns", UInt64(event.namespace))
    queue.append(",\"skb\":\"0x")
    queue.append(hex: event.skb, digits: 16)
    queue.append("\"")
  }

  private mutating func setClock(_ second: UInt64) {
    self.second = second
    var time = time_t(second)
    var fields = tm()
    gmtime_r(&time, &fields)
    clock.count = withUnsafeMutableBytes(of: &clock.words) {
      strftime(
        $0.baseAddress!.assumingMemoryBound(to: CChar.self), $0.count, "%Y-%m-%dT%H:%M:%S.",
        &fields)
    }
  }
}
