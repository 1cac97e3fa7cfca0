internal import Glibc
package import Language
internal import Packets
package import Syntax
internal import SystemPackage

/// A capture file: pcapng for `*.pcapng` and for standard output, else pcap.
///
/// Every packet is Ethernet; one without a link header gets one with zero addresses. In pcapng there
/// is one interface for each point, and each packet's comment says where it was seen.
package final class PcapFile: PacketFile {
  private let writer: Writer
  private let messages: Writer
  /// The file, while it is open; nil for standard output.
  private var descriptor: FileDescriptor?
  private let name: String
  private let kind: Kind
  /// The file did not exist before, and nothing has been written to it.
  private var isNew = false
  private let application: String
  private let comments: [String]
  private let format: Format
  /// Bytes of records that are worth a write.
  private let batch: Int
  private let pcap = PcapWriter()
  // Run-time checks of exclusive access would cost more than the work: nothing that is called while
  // these are modified calls back.
  @exclusivity(unchecked) private var pcapng = PcapngPoints()
  /// Whole records on their way to the writer.
  @exclusivity(unchecked) private var buffer: ByteBuffer
  private var flushTime: ContinuousClock.Instant?
  private var progress: Progress?
  private var failure: OutputError?
  /// Whether there is a ``failure``: looked at for every packet.
  private var hasFailed = false
  private var isFinishing = false
  /// What is written at the end; nil: everything is written as it comes.
  private var last: LastRecords?
  /// Packets handed to the writer.
  private var queued: UInt64 = 0
  /// How many of the last ones are on their way there; nil: all that were consumed are.
  private var handed: UInt64?
  @exclusivity(unchecked) package private(set) var tally = SinkTally(verb: "written")

  private enum Kind {
    /// Can be cut back to the last whole record, and need not be up to date all the time.
    case file
    /// Somebody reads along.
    case stream
  }

  private enum Format {
    case pcap, pcapng

    /// Bytes of the packet record that begins at `offset`.
    func recordLength(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> Int {
      switch self {
      case .pcap: 16 + Int(bytes.loadUnaligned(fromByteOffset: offset + 8, as: UInt32.self))
      case .pcapng: Int(bytes.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self))
      }
    }
  }

  /// A file is brought up to date at least so often.
  private static let flushInterval = Duration.seconds(1)

  /// Opens the file, but leaves what it holds until ``begin(points:)``.
  ///
  /// - Parameters:
  ///   - path: what the user wrote after `-w`.
  ///   - application: netcap and its version, for pcapng.
  ///   - comments: what a pcapng file says of itself, each at most 65535 bytes.
  ///   - messages: where a terminal sees how many packets there are; nil: nowhere.
  ///   - keepingLast: how many packets are written, the last ones, at the end; nil: all.
  package convenience init(
    path: SourceText, application: String, comments: [String] = [], messages: Writer,
    showsProgress: Bool, keepingLast: Int? = nil
  ) throws(OutputError) {
    do {
      let (descriptor, isNew) = try PcapFile.open(path.text)
      self.init(
        descriptor, path: path, isNew: isNew, application: application, comments: comments,
        messages: messages, showsProgress: showsProgress, keepingLast: keepingLast)
    } catch {
      throw .failed(PcapFile.refusal(path, error))
    }
  }

  /// Whether a file of this name is written as pcapng, and not as pcap.
  package static func isPcapng(_ name: String) -> Bool { name.hasSuffix(".pcapng") }

  /// Without O_TRUNC; and without waiting for a reader if it is a named pipe.
  private static func open(_ path: String) throws(Errno) -> (FileDescriptor, isNew: Bool) {
    let flags = O_WRONLY | O_CLOEXEC | O_NONBLOCK
    var number = Glibc.open(path, flags | O_CREAT | O_EXCL, 0o666)
    if number >= 0 { return (FileDescriptor(rawValue: number), true) }
    if errno == EEXIST { number = Glibc.open(path, flags) }
    if number < 0 { throw Errno(rawValue: errno) }
    return (FileDescriptor(rawValue: number), false)
  }

  private init(
    _ descriptor: FileDescriptor, path: SourceText, isNew: Bool, application: String,
    comments: [String], messages: Writer, showsProgress: Bool, keepingLast: Int?
  ) {
    last = keepingLast.map { LastRecords(limit: $0) }
    self.descriptor = descriptor
    self.isNew = isNew
    self.application = application
    self.comments = comments
    self.messages = messages
    name = path.text
    writer = Writer(descriptor, name: path.text)
    var info = stat()
    let isFile = fstat(descriptor.rawValue, &info) == 0 && info.st_mode & S_IFMT == S_IFREG
    kind = isFile ? .file : .stream
    // What is kept is taken out of the buffer record by record.
    batch = keepingLast != nil ? 1 : isFile ? Writer.limit : Writer.chunk
    buffer = ByteBuffer(capacity: Writer.limit + (64 << 10))
    format = PcapFile.isPcapng(path.text) ? .pcapng : .pcap
    progress = showsProgress ? Progress(messages) : nil
  }

  /// A pcapng stream to standard output: `-w -`.
  package init(
    standardOutput: Writer, application: String, comments: [String] = [], messages: Writer
  ) {
    writer = standardOutput
    self.messages = messages
    self.application = application
    self.comments = comments
    descriptor = nil
    name = "standard output"
    kind = .stream
    batch = Writer.chunk
    buffer = ByteBuffer(capacity: 2 * Writer.chunk)
    format = .pcapng
  }

  deinit {
    if isNew { unlink(name) }
    if let descriptor { close(descriptor.rawValue) }
  }

  private static func refusal(_ path: SourceText, _ error: Errno) -> Diagnostic {
    let hint: [String] =
      switch error {
      case .noSuchAddressOrDevice:
        ["nobody reads from this named pipe: start the reader first"]
      case .noSuchFileOrDirectory: ["its folder does not exist"]
      default: []
      }
    return Diagnostic(
      .error, "cannot write '\(path.text)': \(error)", at: Diagnostic.Place(path, path.span),
      hints: hint)
  }

  package func begin(points: [PointLabel]) throws(OutputError) {
    isNew = false
    do throws(OutputError) {
      try cut(to: 0)
      switch format {
      case .pcap: pcap.appendHeader(to: &buffer)
      case .pcapng:
        pcapng.begin(points, application: application, comments: comments, to: &buffer)
      }
      try buffer.withUnsafeBytes { bytes throws(OutputError) in try writer.send(bytes) }
      buffer.removeAll()
    } catch {
      failure = error
      hasFailed = true
      try cut(to: 0)
      writer.discard()
      throw error
    }
  }

  package func extend(points: [PointLabel]) throws(OutputError) {
    guard case .pcapng = format else { return }
    try flush()
    pcapng.extend(points, to: &buffer)
    if last == nil { return try flush() }
    try buffer.withUnsafeBytes { bytes throws(OutputError) in try writer.send(bytes) }
    buffer.removeAll()
  }

  package func consume(_ event: Event) throws(OutputError) {
    try consume(event, isPlaced: true, values: "")
  }

  /// - Parameters:
  ///   - isPlaced: false: nothing is known of where the packet was seen.
  ///   - values: what its comment is to say beside, with a blank before it.
  @inline(__always)
  package func consume(
    _ event: Event, isPlaced: Bool, values: String
  ) throws(OutputError) {
    tally.consumed += 1
    let record = PacketRecord(event)
    switch format {
    case .pcap: pcap.append(record, to: &buffer)
    case .pcapng where isPlaced: pcapng.append(record, event, values, to: &buffer)
    case .pcapng: pcapng.append(record, point: event.point, to: &buffer)
    }
    if buffer.count >= batch { try flush() }
  }

  package var wantsMore: Bool { writer.hasRoom && !hasFailed }

  package func idle(now: ContinuousClock.Instant) throws(OutputError) {
    if kind == .stream {
      try flush()
    } else if flushTime == nil, !buffer.isEmpty {
      flushTime = now + PcapFile.flushInterval
    }
    progress?.show(tally.consumed, now: now)
  }

  package func addInterests(to set: inout PollSet) {
    writer.addInterests(to: &set)
    messages.addInterests(to: &set)
  }

  package var wakeTime: ContinuousClock.Instant? {
    guard let progressTime = progress?.wakeTime(tally.consumed) else { return flushTime }
    return flushTime.map { min($0, progressTime) } ?? progressTime
  }

  package func handle(_ ready: PollSet, now: ContinuousClock.Instant) throws(OutputError) {
    if let flushTime, now >= flushTime { try flush() }
    if !writer.isEmpty {
      try writer.flush()
      if writer.isEmpty { tally.delivered = queued }
    }
    progress?.show(tally.consumed, now: now)
    try messages.flush()
  }

  /// Hands all records to the writer.
  private func flush() throws(OutputError) {
    flushTime = nil
    if let failure { throw failure }
    if last != nil, !isFinishing { return keep() }
    let start = writer.written
    queued = handed ?? tally.consumed
    do throws(OutputError) {
      try buffer.withUnsafeBytes { bytes throws(OutputError) in try writer.send(bytes) }
    } catch {
      failure = error
      hasFailed = true
      try leaveWholeRecords(from: start)
      writer.discard()
      throw error
    }
    buffer.removeAll()
    if writer.isEmpty { tally.delivered = queued }
  }

  /// Takes the record in the buffer to those that are written at the end.
  private func keep() {
    if buffer.isEmpty { return }
    if buffer.withUnsafeBytes({ last?.add($0) ?? false }) { tally.discarded += 1 }
    buffer.removeAll()
  }

  /// Writes those.
  private func writeLast() throws(OutputError) {
    guard let records = last else { return }
    last = nil
    handed = 0
    for record in records.inOrder {
      record.withUnsafeBytes { buffer.append($0) }
      handed = handed.map { $0 + 1 }
      if buffer.count >= Writer.limit { try flush() }
    }
  }

  /// Bytes of the file, those included that are still to be written.
  var byteCount: UInt64 { writer.written + UInt64(writer.queue.count + buffer.count) }

  /// A file, and no pipe or device.
  var isRegular: Bool { kind == .file }

  /// Leaves only whole records in the file, of those that were to be written from `start` on.
  private func leaveWholeRecords(from start: UInt64) throws(OutputError) {
    if kind == .stream { return }
    let written = Int(writer.written - start)
    var end = 0
    while end < written {
      let length = buffer.withUnsafeBytes { format.recordLength($0, at: end) }
      if end + length > written { break }
      end += length
      tally.delivered += 1
    }
    try cut(to: start + UInt64(end))
  }

  private func cut(to length: UInt64) throws(OutputError) {
    guard kind == .file, let descriptor else { return }
    if ftruncate(descriptor.rawValue, off_t(length)) != 0 {
      throw .failed(Diagnostic(.error, "cannot write to \(name): \(Errno(rawValue: errno))"))
    }
  }

  package func finish() throws(OutputError) {
    isFinishing = true
    try writeLast()
    try flush()
    progress?.end(tally.consumed)
    try messages.flush()
    guard kind == .file, let descriptor else { return }
    self.descriptor = nil
    if close(descriptor.rawValue) != 0 {
      // Some file systems tell only now that there was no room.
      throw .failed(Diagnostic(.error, "cannot write to \(name): \(Errno(rawValue: errno))"))
    }
  }

  package var isFinished: Bool { isFinishing && writer.isEmpty }

  package func abandon() {
    progress?.end(tally.delivered)
  }
}

extension Event {
  /// Without the comparison's generic form, which modules use of each other's enumerations.
  fileprivate var hasEthernet: Bool {
    if case .ethernet = link { true } else { false }
  }
}

extension PacketRecord {
  /// The packet of an event, with an Ethernet header if it has none.
  init(_ event: Event) {
    self.init(
      timeNanoseconds: event.timeNanoseconds, originalLength: event.packetLength,
      framing: event.hasEthernet
        ? nil : EthernetFraming(etherType: event.etherType, packet: event.bytes),
      bytes: event.bytes)
  }
}

/// `capture packet: N` on a terminal, on one line, a few times a second.
struct Progress {
  private let messages: Writer
  private var shown: UInt64?
  private var next = ContinuousClock.now
  private static let interval = Duration.milliseconds(250)

  init(_ messages: Writer) {
    self.messages = messages
  }

  /// When a new number is to be shown, if there is one.
  func wakeTime(_ count: UInt64) -> ContinuousClock.Instant? { count == shown ? nil : next }

  mutating func show(_ count: UInt64, now: ContinuousClock.Instant) {
    if count == shown || now < next { return }
    next = now + Progress.interval
    messages.append("\rcapture packet: \(count)")
    shown = count
  }

  mutating func end(_ count: UInt64) {
    if count == shown {
      messages.append("\n")
    } else {
      messages.append("\rcapture packet: \(count)\n")
    }
  }
}
