internal import Glibc
package import Language
internal import Packets
package import Runtime
package import Syntax
internal import SystemPackage

/// What a script says, in the order in which it says it: lines, tables, and packets as tcpdump shows
/// them.
///
/// tcpdump answers later: until it has, everything that follows a packet waits behind it. It is
/// started when a packet is first to be shown, so a script that shows none needs none.
package final class ScriptView: Sink, ScriptOutput {
  /// How output looks.
  package enum Style: Sendable, Equatable {
    case text
    /// One object a line.
    case json
  }

  private var flags: DisplayFlags
  private let writer: Writer
  private let messages: Writer
  private let style: Style
  private let application: String
  private let commands: Commands?
  private let tellsEffects: Bool
  // Run-time checks of exclusive access would cost more than the work: nothing that is called while
  // these are modified calls back.
  @exclusivity(unchecked) private var dissector: Dissector?
  @exclusivity(unchecked) private var heads: HeadRenderer
  @exclusivity(unchecked) private var objects = PacketObjects()
  /// What follows the last packet that tcpdump was given.
  @exclusivity(unchecked) private var tail = ByteQueue()
  @exclusivity(unchecked) package private(set) var tally = SinkTally(verb: "displayed")

  private var labels: [PointLabel] = []
  private var files: [(path: String, sink: PcapFile)] = []
  private var recorder: (any PacketFile)?
  private var failure: OutputError?
  private var isFinishing = false

  /// Files that one script may write at the same time.
  private static let fileLimit = 64

  /// - Parameters:
  ///   - flags: how tcpdump shows packets.
  ///   - recorder: where every emitted packet is kept (`-w`).
  ///   - allowsRun: whether the script may run commands.
  ///   - tellsEffects: no packet is saved and no command run: a line says what would be. For tests.
  package init(
    _ style: Style, flags: DisplayFlags, writer: Writer, messages: Writer, application: String,
    recorder: (any PacketFile)? = nil, allowsRun: Bool = false, tellsEffects: Bool = false
  ) {
    self.tellsEffects = tellsEffects
    self.style = style
    self.flags = flags
    self.writer = writer
    self.messages = messages
    self.application = application
    self.recorder = recorder
    heads = HeadRenderer(flags)
    dissector = nil
    commands = allowsRun ? Commands(messages: messages) : nil
  }

  // MARK: What a script says

  package var wantsValues: Bool { style == .json }

  package func print(_ line: Line, of packet: ShownPacket?) {
    if failure != nil { return }
    if let packet, !line.summaries.isEmpty {
      send(packet, .line) { queue in
        queue.append(native: UInt32(line.summaries.count))
        for place in line.summaries { queue.append(native: UInt32(place)) }
        queue.append(line.bytes)
      }
      return
    }
    withTail { queue in
      switch style {
      case .text: queue.append(line.bytes)
      case .json:
        queue.append("{\"type\":\"print\",\"text\":\"")
        line.bytes.dropLast().withUnsafeBytes { queue.append(jsonCharacters: $0) }
        queue.append("\"}\n")
      }
    }
  }

  package func print(_ table: PrintedTable) {
    if failure != nil { return }
    withTail { queue in
      switch style {
      case .text: queue.append(table.text())
      case .json: queue.append(json: table)
      }
    }
  }

  package func show(_ packet: ShownPacket) {
    if failure != nil { return }
    tally.consumed += 1
    guard packet.hasPacket else {
      withTail { appendPlace(of: packet, to: &$0) }
      tally.delivered += 1
      return
    }
    send(packet, .packet) { queue in
      let start = queue.count
      queue.append(native: 0 as UInt32)
      switch style {
      case .text: heads.append(packet.event, isPlaced: packet.isPlaced, to: &queue)
      case .json: objects.append(packet.event, isPlaced: packet.isPlaced, to: &queue)
      }
      queue.patch(UInt32(queue.count - start - 4), at: start)
      appendFields(packet.fields, to: &queue)
    }
  }

  package var isRecording: Bool { recorder != nil }

  package func record(_ packet: ShownPacket) {
    guard let recorder, failure == nil else { return }
    attempt { () throws(OutputError) in
      try recorder.consume(packet.event, isPlaced: packet.isPlaced, values: packet.values)
    }
  }

  package func save(_ packet: ShownPacket, to path: String) {
    if failure != nil { return }
    if tellsEffects { return tell("save pkt to", [path]) }
    attempt { () throws(OutputError) in
      if let index = files.firstIndex(where: { $0.path == path }) {
        return try files[index].sink.consume(packet.event)
      }
      guard files.count < ScriptView.fileLimit else {
        throw .failed(
          Diagnostic(
            .error, "the script writes to more than \(ScriptView.fileLimit) files",
            hints: ["this would be the next: \(path)"]))
      }
      let sink = try PcapFile(
        path: SourceText(name: "save pkt to", text: path), application: application,
        messages: messages, showsProgress: false)
      files.append((path, sink))
      try sink.begin(points: labels)
      try sink.consume(packet.event)
    }
  }

  package func run(_ command: [String]) {
    if failure != nil { return }
    if tellsEffects { return tell("run", command) }
    guard let commands else {
      return fail(
        .failed(
          Diagnostic(
            .error, "the script runs a command, which it may only with --allow-run",
            hints: ["it is: \(command.joined(separator: " "))"])))
    }
    commands.run(command)
  }

  /// What a script would do, as a line.
  private func tell(_ what: String, _ words: [String]) {
    let quoted = words.map { "\"\($0.terminalSafe)\"" }.joined(separator: ", ")
    let line = "\(what) \(quoted)"
    withTail { queue in
      switch style {
      case .text: queue.append(text: line + "\n")
      case .json:
        queue.append("{\"type\":\"print\",\"text\":")
        queue.append(json: line)
        queue.append("}\n")
      }
    }
  }

  private func attempt(_ body: () throws(OutputError) -> Void) {
    do throws(OutputError) { try body() } catch { fail(error) }
  }

  private func fail(_ error: OutputError) {
    if failure == nil { failure = error }
  }

  // MARK: Order

  /// What a record of the dissector's is for.
  private enum Kind: UInt32 {
    case packet, line
  }

  /// Lends the queue that text goes to: the writer's if nothing is awaited.
  private func withTail(_ body: (inout ByteQueue) -> Void) {
    if dissector?.outstanding ?? 0 == 0 {
      body(&writer.queue)
    } else {
      body(&tail)
    }
  }

  /// Hands a packet to tcpdump; its record begins with the text that comes before it.
  private func send(_ packet: ShownPacket, _ kind: Kind, _ body: (inout ByteQueue) -> Void) {
    if dissector == nil {
      attempt { () throws(OutputError) in
        dissector = try Dissector(arguments: flags.arguments, messages: messages)
      }
      if failure != nil { return }
    }
    dissector?.send(packet.event) { queue in
      queue.append(native: UInt32(tail.count))
      queue.append(tail.bytes)
      tail.removeFirst(tail.count)
      queue.append(native: kind.rawValue)
      body(&queue)
    }
  }

  /// Puts together what was prepared and what tcpdump says.
  private func deliver(_ head: UnsafeRawBufferPointer, _ text: UnsafeRawBufferPointer) {
    var head = RecordReader(head)
    writer.queue.append(head.bytes(Int(head.number())))
    let kind = Kind(rawValue: head.number())
    // The last line end belongs to the display, not to the text.
    let text = UnsafeRawBufferPointer(rebasing: text.dropLast())
    switch kind {
    case .packet:
      tally.delivered += 1
      writer.queue.append(head.bytes(Int(head.number())))
      switch style {
      case .text: appendPacket(text, fields: head.rest)
      case .json:
        writer.queue.append(head.rest)
        writer.queue.append(",\"text\":\"")
        writer.queue.append(jsonCharacters: text)
        writer.queue.append("\"}\n")
      }
    case .line, nil: appendLine(&head, summary: text)
    }
  }

  /// Fields stand behind the first line of a packet's text.
  private func appendPacket(_ text: UnsafeRawBufferPointer, fields: UnsafeRawBufferPointer) {
    let end = text.firstIndex(of: 0x0A) ?? text.count
    writer.queue.append(terminalSafe: UnsafeRawBufferPointer(rebasing: text[..<end]))
    writer.queue.append(fields)
    writer.queue.append(terminalSafe: UnsafeRawBufferPointer(rebasing: text[end...]))
    writer.queue.append(UInt8(ascii: "\n"))
  }

  private func appendLine(_ head: inout RecordReader, summary: UnsafeRawBufferPointer) {
    let places = (0..<head.number()).map { _ in Int(head.number()) }
    let line = head.rest
    if style == .json { writer.queue.append("{\"type\":\"print\",\"text\":\"") }
    func append(_ bytes: UnsafeRawBufferPointer, isOwn: Bool) {
      switch style {
      case .json: writer.queue.append(jsonCharacters: bytes)
      case .text where isOwn: writer.queue.append(bytes)
      case .text: writer.queue.append(terminalSafe: bytes)
      }
    }
    var at = 0
    for place in places {
      append(UnsafeRawBufferPointer(rebasing: line[at..<place]), isOwn: true)
      append(summary, isOwn: false)
      at = place
    }
    let rest = style == .json ? line[at..<max(at, line.count - 1)] : line[at...]
    append(UnsafeRawBufferPointer(rebasing: rest), isOwn: true)
    if style == .json { writer.queue.append("\"}\n") }
  }

  // MARK: While it goes on

  /// Says something that no script says, behind what was said before.
  package func say(_ text: String) {
    if failure == nil { withTail { $0.append(text: text) } }
  }

  /// There are more points; those before keep their numbers.
  package func extend(points: [PointLabel]) {
    labels = points
    heads.setPoints(points)
    objects.setPoints(points)
    attempt { () throws(OutputError) in
      try recorder?.extend(points: points)
      for file in files { try file.sink.extend(points: points) }
    }
  }

  /// Packets look otherwise from here on; those that tcpdump has already been given do not.
  package func setFlags(_ flags: DisplayFlags) {
    self.flags = flags
    var heads = HeadRenderer(flags)
    heads.setPoints(labels)
    heads.goOn(from: self.heads)
    self.heads = heads
    // Another is started with the next packet.
    dissector?.finish()
    isChangingFlags = dissector != nil
  }

  /// tcpdump is to end, and then to be started with other flags.
  package private(set) var isChangingFlags = false

  /// Every emitted packet is kept there from here on; nil: nowhere.
  ///
  /// - Returns: what kept them before.
  package func setRecorder(_ recorder: (any PacketFile)?) throws(OutputError) -> (any PacketFile)? {
    try recorder?.begin(points: labels)
    let before = self.recorder
    self.recorder = recorder
    return before
  }

  /// What has gone wrong; the view goes on without what failed: the recorder, a file, or tcpdump, which is
  /// started anew.
  ///
  /// - Parameter thrown: what a call of the view has just thrown.
  package func recover(from thrown: OutputError? = nil) -> Diagnostic? {
    guard let failure = thrown ?? failure ?? dissector?.failure else { return nil }
    self.failure = nil
    if dissector?.failure != nil { dissector = nil }
    if let recorder, !recorder.wantsMore {
      recorder.abandon()
      self.recorder = nil
    }
    files.removeAll { !$0.sink.wantsMore }
    if case .failed(let diagnostic) = failure { return diagnostic }
    return nil
  }

  /// What is shown next is seen soon: no more than some hundred lines and packets wait before it.
  package var hasRoom: Bool {
    writer.queue.count < Writer.chunk && tail.count < Writer.chunk
      && dissector?.outstanding ?? 0 < ScriptView.soon && !isChangingFlags
  }

  private static let soon: UInt64 = 512

  // MARK: Events

  private func appendFields(_ fields: [ShownField], to queue: inout ByteQueue) {
    switch style {
    case .json:
      if fields.isEmpty { return }
      queue.append(",\"fields\":{")
      for (index, field) in fields.enumerated() {
        if index > 0 { queue.append(UInt8(ascii: ",")) }
        queue.append(json: field.name)
        queue.append(UInt8(ascii: ":"))
        queue.append(json: field.value)
      }
      queue.append(UInt8(ascii: "}"))
    case .text:
      for field in fields where !field.text.contains("\n") {
        queue.append(text: " \(field.name)=\(field.text.drop { $0 == " " })")
      }
      // Stacks have lines of their own.
      for field in fields where field.text.contains("\n") { queue.append(text: "\n" + field.text) }
    }
  }

  /// An event without a packet.
  private func appendPlace(of packet: ShownPacket, to queue: inout ByteQueue) {
    switch style {
    case .json:
      objects.append(packet.event, isPlaced: packet.isPlaced, to: &queue)
      appendFields(packet.fields, to: &queue)
      queue.append("}\n")
    case .text:
      heads.append(packet.event, isPlaced: packet.isPlaced, to: &queue)
      appendFields(packet.fields, to: &queue)
      queue.append(UInt8(ascii: "\n"))
    }
  }

  // MARK: Sink

  package func begin(points: [PointLabel]) throws(OutputError) {
    labels = points
    heads.setPoints(points)
    objects.setPoints(points)
    try recorder?.begin(points: points)
  }

  /// An event that no script says anything about.
  package func consume(_ event: Event) throws(OutputError) {
    show(ShownPacket(event: event))
    if let failure { throw failure }
  }

  package var wantsMore: Bool {
    writer.hasRoom && tail.count < Writer.limit && dissector?.wantsMore ?? true
      && recorder?.wantsMore ?? true && files.allSatisfy(\.sink.wantsMore) && failure == nil
  }

  package func idle(now: ContinuousClock.Instant) throws(OutputError) {
    dissector?.idle(now: now)
    for file in files { try file.sink.idle(now: now) }
    try recorder?.idle(now: now)
    commands?.reap()
    try writer.flush()
    if let failure { throw failure }
  }

  package func addInterests(to set: inout PollSet) {
    dissector?.addInterests(to: &set, readsText: writer.hasRoom)
    for file in files { file.sink.addInterests(to: &set) }
    recorder?.addInterests(to: &set)
    writer.addInterests(to: &set)
    messages.addInterests(to: &set)
  }

  package var wakeTime: ContinuousClock.Instant? {
    var times = files.compactMap(\.sink.wakeTime)
    if let time = dissector?.wakeTime { times.append(time) }
    if let time = recorder?.wakeTime { times.append(time) }
    if let commands, !commands.isIdle { times.append(.now + .milliseconds(50)) }
    return times.min()
  }

  package func handle(_ ready: PollSet, now: ContinuousClock.Instant) throws(OutputError) {
    dissector?.handle(ready, now: now, readsText: writer.hasRoom) { deliver($0, $1) }
    if isChangingFlags, dissector?.isFinished ?? true {
      dissector = nil
      isChangingFlags = false
    }
    if dissector?.outstanding ?? 0 == 0, !tail.isEmpty {
      writer.queue.append(tail.bytes)
      tail.removeFirst(tail.count)
    }
    for file in files { try file.sink.handle(ready, now: now) }
    try recorder?.handle(ready, now: now)
    commands?.reap()
    try messages.flush()
    try writer.flush()
    // What was said before is not kept back by what came after.
    if let failure = failure ?? dissector?.failure, writer.isEmpty { throw failure }
  }

  package func finish() throws(OutputError) {
    isFinishing = true
    dissector?.finish()
    var first: OutputError?
    let sinks: [any Sink] = files.map(\.sink) + (recorder.map { [$0] } ?? [])
    for sink in sinks {
      do throws(OutputError) { try sink.finish() } catch { first = first ?? error }
    }
    try writer.flush()
    if let failure = failure ?? first { throw failure }
  }

  package var isFinished: Bool { isFinishedButForText && writer.isEmpty }

  /// The same, but for text that somebody else takes out of the writer.
  package var isFinishedButForText: Bool {
    isFinishing && dissector?.isFinished ?? true && tail.isEmpty
      && files.allSatisfy(\.sink.isFinished) && recorder?.isFinished ?? true
      && commands?.isIdle ?? true
  }

  package func abandon() {
    dissector?.abandon()
    for file in files { file.sink.abandon() }
    recorder?.abandon()
    commands?.abandon()
  }

  /// Packets that were saved, and recorded, for the ledger.
  package var tallies: [SinkTally] {
    (tally.consumed > 0 ? [tally] : []) + (recorder.map { [$0.tally] } ?? [])
      + files.map(\.sink.tally)
  }

  /// One line for each kind of loss.
  package var losses: [String] {
    guard let commands, commands.refused > 0 else { return [] }
    return ["run: \(commands.refused) commands not started: too many were waiting"]
  }
}

extension ShownPacket {
  /// There is a packet at its point.
  fileprivate var hasPacket: Bool {
    event.packetLength > 0 || event.bytes.count > 0 || event.skb != 0
  }
}
