import Foundation
import Language
import Packets
import Processes
import Syntax
import SystemPackage
import Testing

@testable import Output

let labels = [
  PointLabel(name: "icmp_rcv", mechanism: "fentry"),
  PointLabel(name: "skb:kfree_skb", mechanism: "tracepoint"),
]

/// Times are shown in a zone with two offsets, whatever this machine's own is; and as a session
/// does, a reader that goes away is met as an error and not as a signal.
let environment: Void = {
  setenv("TZ", "EST5EDT,M3.2.0,M11.1.0", 1)
  tzset()
  signal(SIGPIPE, SIG_IGN)
}()

func flags(_ text: String) throws -> DisplayFlags {
  try DisplayFlags(parsing: SourceText(name: "-t", text: text))
}

/// A folder of its own, and what has been written there.
final class Scratch {
  let folder: String

  init() throws {
    _ = environment
    folder = NSTemporaryDirectory() + "netcap-test-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  deinit {
    do {
      try FileManager.default.removeItem(atPath: folder)
    } catch {
      Issue.record("\(folder) stays behind: \(error)")
    }
  }

  func path(_ name: String) -> String { folder + "/" + name }

  /// A writer of a new file.
  func writer(_ name: String) throws -> Writer {
    Writer(
      try FileDescriptor.open(
        FilePath(path(name)), .readWrite, options: [.create, .truncate, .closeOnExec],
        permissions: .ownerReadWrite), name: name)
  }

  func bytes(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: path(name))))
  }

  func text(_ name: String) throws -> String { String(decoding: try bytes(name), as: UTF8.self) }
}

/// Feeds packets to a sink as a session does: as many as it wants, then an idle ring.
func feed(_ sink: any Sink, _ packets: [Packet]) throws {
  var set = PollSet()
  for packet in packets {
    let deadline = ContinuousClock.now + .seconds(20)
    while !sink.wantsMore {
      try turn(sink, &set, within: .seconds(1))
      if ContinuousClock.now > deadline { throw Stuck() }
    }
    try packet.with { try sink.consume($0) }
  }
  try sink.idle(now: .now)
}

struct Stuck: Error {}

/// Once round the event loop.
func turn(_ sink: any Sink, _ set: inout PollSet, within limit: Duration) throws {
  set.removeAll()
  sink.addInterests(to: &set)
  var deadline = ContinuousClock.now + limit
  if let wake = sink.wakeTime { deadline = min(deadline, wake) }
  set.wait(until: deadline)
  try sink.handle(set, now: .now)
}

/// Goes on until `done`, or the time is over.
func run(_ sink: any Sink, within limit: Duration, until done: () -> Bool) throws {
  let deadline = ContinuousClock.now + limit
  var set = PollSet()
  while !done(), ContinuousClock.now < deadline { try turn(sink, &set, within: .milliseconds(50)) }
}

/// What a view shows of packets, and what it complains of.
func view(_ packets: [Packet], flags text: String = "-nn") throws -> (
  shown: String, messages: String
) {
  let scratch = try Scratch()
  let sink = try TcpdumpView(
    flags: try flags(text), writer: try scratch.writer("out"),
    messages: try scratch.writer("err"))
  sink.begin(points: labels)
  try feed(sink, packets)
  try finish([sink], by: .now + .seconds(20))
  let count = UInt64(packets.count)
  #expect(sink.tally == SinkTally(verb: "displayed", consumed: count, delivered: count))
  return (try scratch.text("out"), try scratch.text("err"))
}

/// Standard output and status of a program.
func output(_ program: String, _ arguments: [String]) throws -> (text: String, status: Int32) {
  _ = environment
  let process = Process()
  process.executableURL = URL(fileURLWithPath: try #require(findExecutable(program)?.string))
  process.arguments = arguments
  let pipe = Foundation.Pipe()
  process.standardOutput = pipe
  process.standardError = FileHandle.nullDevice
  try process.run()
  let data = pipe.fileHandleForReading.readDataToEndOfFile()
  process.waitUntilExit()
  return (String(decoding: data, as: UTF8.self), process.terminationStatus)
}

/// A pcap file as libpcap documents it, written without the code under test.
func savefile(_ packets: [Packet]) -> [UInt8] {
  func little(_ number: UInt32) -> [UInt8] { (0..<4).map { UInt8(number >> (8 * $0) & 0xff) } }
  var file =
    little(0xa1b2_3c4d) + [2, 0, 4, 0] + little(0) + little(0) + little(262144) + little(1)
  for packet in packets {
    file +=
      little(UInt32(packet.time / 1_000_000_000)) + little(UInt32(packet.time % 1_000_000_000))
    let header: [UInt8] =
      packet.link == .ethernet
      ? [] : [UInt8](repeating: 0, count: 12) + Frames.big(packet.etherType)
    file += little(UInt32(packet.bytes.count + header.count))
    file += little(UInt32((packet.packetLength ?? packet.bytes.count) + header.count))
    file += header + packet.bytes
  }
  return file
}
