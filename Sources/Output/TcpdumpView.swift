package import Language
internal import Packets

/// Packets as tcpdump shows them, each after the place where it was seen:
/// `icmp_rcv: ping-812 [001] veth0  12:00:01.123456 IP 10.9.0.1 > 10.9.0.2: ICMP echo request, …`.
package final class TcpdumpView: Sink {
  private let writer: Writer
  private let messages: Writer
  // Run-time checks of exclusive access would cost more than the work: nothing that is called while
  // these are modified calls back.
  @exclusivity(unchecked) private var dissector: Dissector
  @exclusivity(unchecked) private var heads: HeadRenderer
  @exclusivity(unchecked) package private(set) var tally = SinkTally(verb: "displayed")

  /// Starts tcpdump. Texts go to `writer`, complaints to `messages`.
  package convenience init(
    flags: DisplayFlags, writer: Writer, messages: Writer
  ) throws(OutputError) {
    try self.init(flags: flags, writer: writer, messages: messages, arguments: flags.arguments)
  }

  /// With other arguments for tcpdump than those of the flags.
  init(
    flags: DisplayFlags, writer: Writer, messages: Writer, arguments: [String]
  ) throws(OutputError) {
    self.writer = writer
    self.messages = messages
    heads = HeadRenderer(flags)
    dissector = try Dissector(arguments: arguments, messages: messages)
  }

  /// tcpdump's.
  var processID: Int32 { dissector.processID }
  var padsSent: Int { dissector.padsSent }

  package func begin(points: [PointLabel]) {
    heads.setPoints(points)
  }

  package func consume(_ event: Event) throws(OutputError) {
    tally.consumed += 1
    dissector.send(event) { heads.append(event, to: &$0) }
  }

  package var wantsMore: Bool { dissector.wantsMore && writer.hasRoom }

  package func idle(now: ContinuousClock.Instant) throws(OutputError) {
    dissector.idle(now: now)
    try writer.flush()
  }

  package func addInterests(to set: inout PollSet) {
    dissector.addInterests(to: &set, readsText: writer.hasRoom)
    writer.addInterests(to: &set)
    messages.addInterests(to: &set)
  }

  package var wakeTime: ContinuousClock.Instant? { dissector.wakeTime }

  package func handle(_ ready: PollSet, now: ContinuousClock.Instant) throws(OutputError) {
    dissector.handle(ready, now: now, readsText: writer.hasRoom) { head, text in
      writer.queue.append(head)
      writer.queue.append(terminalSafe: text)
      tally.delivered += 1
    }
    try messages.flush()
    try writer.flush()
    // What was shown before is not kept back by what came after.
    if let failure = dissector.failure, writer.isEmpty { throw failure }
  }

  package func finish() throws(OutputError) {
    dissector.finish()
  }

  package var isFinished: Bool { dissector.isFinished && writer.isEmpty }

  package func abandon() {
    dissector.abandon()
  }
}
