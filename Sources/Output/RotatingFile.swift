internal import Glibc
package import Language
package import Syntax
internal import SystemPackage

/// Packets in one capture file after the other: `trace.pcap`, `trace.1.pcap`, `trace.2.pcap`, …
///
/// Each is whole: it begins with a header, and says in pcapng which points there are.
package final class RotatingFile: PacketFile {
  private let path: SourceText
  private let pieces: Rotation.Pieces
  private let application: String
  private let comments: [String]
  private let messages: Writer
  private var current: PcapFile
  /// When the first packet of the current file was seen.
  private var start: UInt64?
  private var number = 0
  /// Files that are there, the oldest first, and the packets in each that is not written to any more.
  private var kept: [(path: String, packets: UInt64)] = []
  private var points: [PointLabel] = []
  /// Of the files before the current one.
  private var before = SinkTally(verb: "written")
  private var progress: Progress?

  /// Opens the first file, but leaves what it holds until ``begin(points:)``.
  package init(
    path: SourceText, pieces: Rotation.Pieces, application: String, comments: [String] = [],
    messages: Writer, showsProgress: Bool
  ) throws(OutputError) {
    self.path = path
    self.pieces = pieces
    self.application = application
    self.comments = comments
    self.messages = messages
    current = try PcapFile(
      path: path, application: application, comments: comments, messages: messages,
      showsProgress: false)
    guard current.isRegular else {
      throw .failed(
        Diagnostic(
          .error, "only files can be followed by others, and this is none",
          at: Diagnostic.Place(path, path.span)))
    }
    progress = showsProgress ? Progress(messages) : nil
  }

  /// `trace.pcap`, `trace.1.pcap`; `trace`, `trace.1`.
  package static func name(_ path: String, _ number: Int) -> String {
    if number == 0 { return path }
    let base = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
    guard let dot = path[base...].lastIndex(of: "."), dot > base else { return "\(path).\(number)" }
    return "\(path[..<dot]).\(number)\(path[dot...])"
  }

  package func begin(points: [PointLabel]) throws(OutputError) {
    self.points = points
    try current.begin(points: points)
    kept = [(path.text, 0)]
  }

  package func extend(points: [PointLabel]) throws(OutputError) {
    self.points = points
    try current.extend(points: points)
  }

  package func consume(_ event: Event) throws(OutputError) {
    try consume(event, isPlaced: true, values: "")
  }

  package func consume(_ event: Event, isPlaced: Bool, values: String) throws(OutputError) {
    let time = event.timeNanoseconds
    if let start {
      let isFull = pieces.bytes.map { current.byteCount >= $0 } ?? false
      let isOver = pieces.interval.map { time >= start && time - start >= $0 } ?? false
      if isFull || isOver { try goOn() }
    }
    if start == nil { start = time }
    try current.consume(event, isPlaced: isPlaced, values: values)
  }

  /// Ends the current file and begins the next.
  private func goOn() throws(OutputError) {
    try current.finish()
    let name = Self.name(path.text, number + 1)
    let next = try PcapFile(
      path: SourceText(name: path.name, text: name), application: application, comments: comments,
      messages: messages, showsProgress: false)
    try next.begin(points: points)
    number += 1
    let done = current.tally
    before.consumed += done.consumed
    before.delivered += done.delivered
    before.discarded += done.discarded
    kept[kept.count - 1].packets = done.delivered
    current = next
    kept.append((name, 0))
    start = nil
    while let files = pieces.files, kept.count > files {
      let oldest = kept.removeFirst()
      if unlink(oldest.path) != 0, errno != ENOENT {
        throw .failed(
          Diagnostic(.error, "cannot remove '\(oldest.path)': \(Errno(rawValue: errno))"))
      }
      before.delivered -= oldest.packets
      before.discarded += oldest.packets
    }
  }

  package var wantsMore: Bool { current.wantsMore }

  package func idle(now: ContinuousClock.Instant) throws(OutputError) {
    try current.idle(now: now)
    progress?.show(tally.consumed, now: now)
  }

  package func addInterests(to set: inout PollSet) { current.addInterests(to: &set) }

  package var wakeTime: ContinuousClock.Instant? {
    [current.wakeTime, progress?.wakeTime(tally.consumed)].compactMap { $0 }.min()
  }

  package func handle(_ ready: PollSet, now: ContinuousClock.Instant) throws(OutputError) {
    try current.handle(ready, now: now)
    progress?.show(tally.consumed, now: now)
  }

  package func finish() throws(OutputError) {
    try current.finish()
    progress?.end(tally.consumed)
    try messages.flush()
  }

  package var isFinished: Bool { current.isFinished }

  package func abandon() {
    current.abandon()
    progress?.end(tally.delivered)
  }

  package var tally: SinkTally {
    var tally = current.tally
    tally.consumed += before.consumed
    tally.delivered += before.delivered
    tally.discarded += before.discarded
    return tally
  }
}
