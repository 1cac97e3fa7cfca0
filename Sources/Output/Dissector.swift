internal import Glibc
internal import Language
internal import Packets
internal import Processes
internal import Syntax
internal import SystemPackage

/// A tcpdump that is handed packets and gives back the text of each, in order.
///
/// It reads a pcap stream from a pipe, as nobody, and writes to another. Where one packet's text
/// ends is known, not guessed: it begins with the ``Stamp`` that only netcap and tcpdump know. The
/// text of the last packet would stay in tcpdump's output buffer; so when there is nothing else to
/// send, a *pad* is sent, a packet whose text is longer than that buffer.
struct Dissector: ~Copyable {
  private var child: Child
  private var input: Pipe
  private var output: Pipe
  private var errors: Pipe
  /// Where tcpdump's complaints go.
  private let messages: Writer

  /// The pcap stream that tcpdump has not taken yet.
  private var stream = ByteQueue()
  /// A record for each packet whose text has not been given back: ``Record``, then its head.
  private var records = ByteQueue()
  /// What tcpdump has written: the text of the first record, and more.
  private var text = ByteQueue()
  private var complaints = ByteQueue(capacity: 4096)

  /// Up to where `text` has been searched for the end of the first record's text.
  private var searched = 0
  /// The text of the first record is known to begin with its stamp.
  private var isFirstChecked = false
  /// The stamp of the second record, if that has been looked at.
  private var nextStamp: Stamp.Text?
  private var stamps = StampGenerator()

  /// Packets without a text yet, and those without a pad behind them.
  private(set) var outstanding: UInt64 = 0
  private var unpadded: UInt64 = 0
  private var lastPad: ContinuousClock.Instant?
  private var padTime: ContinuousClock.Instant?
  /// When to fetch the texts that there will be by then; nil: when poll(2) says that there are some.
  private var readTime: ContinuousClock.Instant?
  /// A pad that has brought nothing after this time is followed by another one.
  private var padPatience = Dissector.firstPatience

  private(set) var padsSent = 0

  /// Why there will be no more texts; those delivered before are good.
  private(set) var failure: OutputError?
  /// Whether there is a ``failure``: looked at for every packet.
  private var hasFailed = false
  private var isEnding = false
  private var isDeaf = false
  private var endOfText = false
  private var status: Child.ExitStatus?

  /// Texts are fetched at most so often: tcpdump writes them 4 KiB at a time, and to be woken for
  /// each of these costs more than to read it.
  private static let readInterval = Duration.milliseconds(2)
  /// More than tcpdump writes in that time.
  private static let pipeCapacity = 512 << 10
  /// At most so often is output forced: a person sees no difference, and a pad costs some packets.
  private static let padInterval = Duration.milliseconds(40)
  private static let firstPatience = Duration.milliseconds(400)

  /// What is queued for each packet handed to tcpdump; `headLength` bytes of head follow.
  private struct Record {
    var stamp: Stamp
    var headLength: UInt32
    var isPad: Bool
    static let size = 16
  }

  init(arguments: [String], messages: Writer) throws(OutputError) {
    guard let executable = findExecutable("tcpdump", path: Dissector.searchPath) else {
      throw .failed(
        Diagnostic(
          .error, "tcpdump is not installed, and it is what shows packets",
          hints: ["install the package tcpdump, or write the packets to a file: -w FILE"]))
    }
    do throws(Errno) {
      var input = try Pipe(capacity: Dissector.pipeCapacity)
      var output = try Pipe(capacity: Dissector.pipeCapacity)
      var errors = try Pipe()
      try setNonblocking(input.writeEnd!)
      try setNonblocking(output.readEnd!)
      try setNonblocking(errors.readEnd!)
      child = try Child(
        executable: executable, arguments: ["-tt", "--nano", "-r", "-"] + arguments,
        environment: Dissector.environment, standardInput: input.readEnd!,
        standardOutput: output.writeEnd!, standardError: errors.writeEnd!, identity: .unprivileged)
      input.closeReadEnd()
      output.closeWriteEnd()
      errors.closeWriteEnd()
      self.input = input
      self.output = output
      self.errors = errors
    } catch {
      throw .failed(Diagnostic(.error, "cannot start \(executable): \(error)"))
    }
    self.messages = messages
    appendFileHeader()
  }

  /// tcpdump is often where only root's PATH leads.
  private static var searchPath: String {
    let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
    return path + ":/usr/local/sbin:/usr/sbin:/sbin"
  }

  /// Nothing of the user's environment but the time zone, which some decoders print times in.
  private static var environment: [String] {
    ["LC_ALL=C"] + (getenv("TZ").map { ["TZ=" + String(cString: $0)] } ?? [])
  }

  var processID: Int32 { child.processID }

  // MARK: Packets on their way in

  /// Less than a mebibyte is waiting for tcpdump.
  var wantsMore: Bool { stream.count < Writer.limit && !hasFailed }

  /// Queues a packet. `head` appends what will be given back with its text.
  @inline(__always)
  mutating func send(_ event: Event, head: (inout ByteQueue) -> Void) {
    let stamp = stamps.next()
    let recordStart = records.count
    appendRecord(Record(stamp: stamp, headLength: 0, isPad: false))
    head(&records)
    records.patch(
      UInt32(truncatingIfNeeded: records.count - recordStart - Record.size), at: recordStart + 8)
    appendPacket(stamp, event)
    outstanding += 1
    unpadded += 1
  }

  /// Hands what is queued to tcpdump, and forces out what it holds back.
  mutating func idle(now: ContinuousClock.Instant) {
    if unpadded > 0, !isDeaf {
      if let lastPad, now < lastPad + Dissector.padInterval {
        padTime = lastPad + Dissector.padInterval
      } else {
        appendPad(now)
      }
    }
    pump()
  }

  private mutating func appendPad(_ now: ContinuousClock.Instant) {
    let stamp = stamps.next()
    appendRecord(Record(stamp: stamp, headLength: 0, isPad: true))
    Pad.append(stamp, to: &stream)
    padsSent += 1
    unpadded = 0
    lastPad = now
    padTime = now + padPatience
    padPatience = min(padPatience * 2, .seconds(30))
  }

  private mutating func appendFileHeader() {
    stream.append(native: 0xa1b2_3c4d as UInt32)
    stream.append(native: 2 as UInt16)
    stream.append(native: 4 as UInt16)
    stream.append(native: 0 as UInt64)
    stream.append(native: FilterProgram.snapshotLength)
    stream.append(native: 1 as UInt32)
  }

  /// tcpdump prints no time, so no stamp, for a packet without a byte or of more bytes than it
  /// thinks possible: such packets are given one byte, or that many.
  private mutating func appendPacket(_ stamp: Stamp, _ event: Event) {
    var bytes = event.bytes
    var framing: EthernetFraming?
    var headerLength = 0
    if case .ethernet = event.link {
    } else {
      framing = EthernetFraming(etherType: event.etherType, packet: bytes)
      headerLength = EthernetFraming.length
    }
    let limit = Int(FilterProgram.snapshotLength) - headerLength
    if bytes.count > limit { bytes = UnsafeRawBufferPointer(rebasing: bytes[..<limit]) }
    let captured = max(1, headerLength + bytes.count)
    let length = max(captured, headerLength + min(limit, event.packetLength))
    stream.append(native: stamp.seconds)
    stream.append(native: stamp.nanoseconds)
    stream.append(native: UInt32(captured))
    stream.append(native: UInt32(length))
    if let framing {
      stream.append(native: 0 as UInt64)
      stream.append(native: 0 as UInt32)
      stream.append(native: framing.etherType.bigEndian)
    }
    if captured == 1 {
      stream.append(bytes.first ?? 0)
    } else {
      stream.append(bytes)
    }
  }

  @inline(__always)
  private mutating func appendRecord(_ record: Record) {
    records.append(native: record.stamp.seconds)
    records.append(native: record.stamp.nanoseconds)
    records.append(native: record.headLength)
    records.append(native: record.isPad ? 1 : 0 as UInt32)
  }

  private func record(at offset: Int) -> Record? {
    let bytes = records.bytes
    if bytes.count < offset + Record.size { return nil }
    return Record(
      stamp: Stamp(
        seconds: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self),
        nanoseconds: bytes.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self)),
      headLength: bytes.loadUnaligned(fromByteOffset: offset + 8, as: UInt32.self),
      isPad: bytes.loadUnaligned(fromByteOffset: offset + 12, as: UInt32.self) != 0)
  }

  /// Writes to tcpdump what it takes without blocking.
  private mutating func pump() {
    while !stream.isEmpty, let end = input.writeEnd {
      let count = write(end.rawValue, stream.bytes.baseAddress!, stream.count)
      if count >= 0 {
        stream.removeFirst(count)
        continue
      }
      switch Errno(rawValue: errno) {
      case .interrupted: continue
      case .wouldBlock: return
      case .brokenPipe:
        // tcpdump is gone. What it had written before is still in the other pipe.
        deafen()
      case let error:
        fail("cannot write to tcpdump: \(error)")
        return
      }
    }
    if isEnding, stream.isEmpty { input.closeWriteEnd() }
  }

  /// tcpdump hears nothing any more.
  private mutating func deafen() {
    isDeaf = true
    stream.removeFirst(stream.count)
    input.closeWriteEnd()
  }

  private mutating func fail(_ message: String) {
    if !hasFailed { failure = .failed(Diagnostic(.error, message)) }
    hasFailed = true
    deafen()
  }

  // MARK: The event loop

  /// `readsText`: whether there is room for texts.
  func addInterests(to set: inout PollSet, readsText: Bool) {
    if hasFailed { return }
    if !stream.isEmpty, let end = input.writeEnd { set.add(end, .write) }
    if readsText, !endOfText, readTime == nil, let end = output.readEnd { set.add(end, .read) }
    if let end = errors.readEnd { set.add(end, .read) }
  }

  var wakeTime: ContinuousClock.Instant? {
    if hasFailed { return nil }
    if endOfText, status == nil { return .now + .milliseconds(2) }
    let padTime = outstanding > 0 ? padTime : nil
    guard let padTime, let readTime else { return padTime ?? readTime }
    return min(padTime, readTime)
  }

  /// Reads texts, and calls `deliver` with head and text of each packet that is complete.
  mutating func handle(
    _ ready: PollSet, now: ContinuousClock.Instant, readsText: Bool,
    deliver: (_ head: UnsafeRawBufferPointer, _ text: UnsafeRawBufferPointer) -> Void
  ) {
    if hasFailed { return }
    if let padTime, now >= padTime, outstanding > 0, !isEnding, !isDeaf { appendPad(now) }
    pump()
    if let end = errors.readEnd, ready.isReady(end, .read) { readComplaints() }
    if let readTime {
      if now >= readTime {
        self.readTime = nil
        if readsText { readTexts(now, deliver) }
      }
    } else if readsText, !endOfText, let end = output.readEnd, ready.isReady(end, .read) {
      readTime = now + Dissector.readInterval
    }
    if endOfText, !hasFailed, let status = child.poll() {
      readComplaints()
      self.status = status
      if isEnding, status == .exited(0) { deliverLast(deliver) }
      if !isEnding || status != .exited(0) || outstanding > 0 { fail(account(of: status)) }
    }
  }

  /// No more packets: tcpdump ends when it has shown those it has.
  mutating func finish() {
    isEnding = true
    padTime = nil
    pump()
  }

  /// tcpdump has ended, and all has been given back.
  var isFinished: Bool { status != nil && outstanding == 0 }

  mutating func abandon() {
    input.closeWriteEnd()
    if status == nil {
      child.signal(SIGKILL)
      status = child.wait()
    }
  }

  private func account(of status: Child.ExitStatus) -> String {
    let how =
      switch status {
      case .exited(let code): "ended with status \(code)"
      case .signalled(let number): "was killed by signal \(number)"
      }
    let count = outstanding == 1 ? "1 packet" : "\(outstanding) packets"
    let loss =
      outstanding == 0
      ? "" : "; \(count) handed to it \(outstanding == 1 ? "was" : "were") not displayed"
    return "tcpdump \(how)\(loss)"
  }

  // MARK: Texts on their way back

  /// Reads all that tcpdump has written, up to what a pipe holds.
  private mutating func readTexts(
    _ now: ContinuousClock.Instant,
    _ deliver: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Void
  ) {
    let room = 64 << 10
    for _ in 0..<(Dissector.pipeCapacity / room) {
      let count = read(output.readEnd!.rawValue, text.reserve(room), room)
      if count > 0 {
        text.append(reserved: count)
        split(deliver)
        readTime = now + Dissector.readInterval
        if count < room { return }
      } else if count == 0 {
        endOfText = true
        return
      } else {
        switch Errno(rawValue: errno) {
        case .interrupted: continue
        case .wouldBlock: return
        case let error: return fail("cannot read from tcpdump: \(error)")
        }
      }
    }
  }

  /// Delivers each text whose end is known: where a line begins with the next packet's stamp.
  private mutating func split(
    _ deliver: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Void
  ) {
    while !hasFailed, let first = record(at: 0) {
      let firstSize = Record.size + Int(first.headLength)
      if nextStamp == nil {
        guard let next = record(at: firstSize) else { return }
        nextStamp = Stamp.Text(next.stamp)
      }
      let bytes = text.bytes
      var end: Int?
      while let newline = firstNewline(bytes, from: searched) {
        let line = newline + 1
        if bytes.count < line + Stamp.textLength {
          searched = newline
          return
        }
        searched = line
        if nextStamp!.matches(bytes.baseAddress! + line) {
          end = line
          break
        }
      }
      guard let end else {
        searched = bytes.count
        return
      }
      deliverFirst(first, end, deliver)
    }
  }

  /// Delivers the first `end` bytes of text, and forgets them.
  private mutating func deliverFirst(
    _ first: Record, _ end: Int, _ deliver: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Void
  ) {
    guard isFirstChecked || startsWith(first.stamp, end) else {
      fail("tcpdump wrote something else than the text of a packet")
      return
    }
    let headEnd = Record.size + Int(first.headLength)
    if !first.isPad {
      outstanding -= 1
      padPatience = Dissector.firstPatience
      deliver(
        UnsafeRawBufferPointer(rebasing: records.bytes[Record.size..<headEnd]),
        UnsafeRawBufferPointer(rebasing: text.bytes[Stamp.textLength..<end]))
    }
    records.removeFirst(headEnd)
    text.removeFirst(end)
    searched = 0
    // Only what the search for the next stamp has found can follow.
    isFirstChecked = nextStamp != nil
    nextStamp = nil
  }

  private func startsWith(_ stamp: Stamp, _ length: Int) -> Bool {
    length >= Stamp.textLength && Stamp.Text(stamp).matches(text.bytes.baseAddress!)
  }

  /// Delivers the text that no other follows: tcpdump has ended well.
  private mutating func deliverLast(
    _ deliver: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Void
  ) {
    guard let last = record(at: 0) else { return }
    deliverFirst(last, text.count, deliver)
  }

  @inline(__always)
  private func firstNewline(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
    guard start < bytes.count, let base = bytes.baseAddress,
      let found = memchr(base + start, 0x0A, bytes.count - start)
    else { return nil }
    return UnsafeRawPointer(found) - base
  }

  // MARK: Complaints

  /// Passes on what tcpdump says on standard error, but not that it has begun to read.
  private mutating func readComplaints() {
    while let end = errors.readEnd {
      let count = read(end.rawValue, complaints.reserve(4096), 4096)
      if count > 0 {
        complaints.append(reserved: count)
      } else if count == 0 {
        if let last = complaints.bytes.last, last != 0x0A { complaints.append(0x0A) }
        errors.closeReadEnd()
      } else if errno == EAGAIN {
        break
      } else if errno != EINTR {
        fail("cannot read from tcpdump: \(Errno(rawValue: errno))")
        return
      }
    }
    while let newline = firstNewline(complaints.bytes, from: 0) {
      let line = String(decoding: complaints.bytes[..<newline], as: UTF8.self)
      complaints.removeFirst(newline + 1)
      if line.hasPrefix("reading from file -,") { continue }
      let said = line.hasPrefix("tcpdump: ") ? line : "tcpdump: " + line
      messages.append(said.terminalSafe + "\n")
    }
  }
}
