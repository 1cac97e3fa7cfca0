import Foundation
import Language
import Packets
import Syntax
import SystemPackage
import Testing

@testable import Output

/// Files that get some of the packets, and packets over several files.
@Suite struct RotationTests {
  private func packets(_ count: Int, every interval: UInt64 = 1_000_000_000) -> [Packet] {
    (0..<count).map { number in
      Packet(
        time: 1_795_406_401_000_000_000 + UInt64(number) * interval,
        bytes: Frames.udpFrame("packet \(number)"))
    }
  }

  private func numbers(_ scratch: Scratch, _ name: String) throws -> [Int] {
    var reader = try CaptureReader(FilePath(scratch.path(name)))
    var numbers: [Int] = []
    while try reader.advance() {
      reader.withPacket { packet in
        let text = String(decoding: packet.bytes, as: UTF8.self)
        if let word = text.split(separator: " ").last, let number = Int(word) {
          numbers.append(number)
        }
      }
    }
    return numbers
  }

  @Test(arguments: ["x.pcap", "x.pcapng"])
  func `the last packets are written at the end`(name: String) throws {
    for (count, kept) in [(0, 0), (2, 2), (3, 3), (4, 3), (1000, 3)] {
      let scratch = try Scratch()
      let sink = try PcapFile(
        path: SourceText(name: "-w", text: scratch.path(name)), application: "netcap test",
        messages: try scratch.writer("err"), showsProgress: false, keepingLast: 3)
      try sink.begin(points: labels)
      let head = try scratch.bytes(name).count
      try feed(sink, packets(count))
      #expect(try scratch.bytes(name).count == head, "nothing is written before the end")
      try finish([sink], by: .now + .seconds(5))
      #expect(try numbers(scratch, name) == Array((0..<count).suffix(3)))
      #expect(
        sink.tally
          == SinkTally(
            verb: "written", consumed: UInt64(count), delivered: UInt64(kept),
            discarded: UInt64(count - kept)))
      #expect(sink.tally.lost == 0)
    }
  }

  @Test func `many last packets are written whole`() throws {
    let scratch = try Scratch()
    let sink = try PcapFile(
      path: SourceText(name: "-w", text: scratch.path("x.pcap")), application: "netcap test",
      messages: try scratch.writer("err"), showsProgress: false, keepingLast: 30_000)
    try sink.begin(points: labels)
    try feed(sink, packets(40_000))
    try finish([sink], by: .now + .seconds(20))
    #expect(try numbers(scratch, "x.pcap") == Array(10_000..<40_000))
  }

  private func rotating(
    _ scratch: Scratch, _ name: String, bytes: UInt64? = nil, interval: UInt64? = nil,
    files: Int? = nil
  ) throws -> RotatingFile {
    try RotatingFile(
      path: SourceText(name: "-w", text: scratch.path(name)),
      pieces: Rotation.Pieces(bytes: bytes, interval: interval, files: files),
      application: "netcap test", messages: try scratch.writer("err"), showsProgress: false)
  }

  private func run(_ sink: RotatingFile, _ packets: [Packet]) throws {
    try sink.begin(points: labels)
    try feed(sink, packets)
    try finish([sink], by: .now + .seconds(5))
  }

  private func files(_ scratch: Scratch) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: scratch.folder).filter { $0 != "err" }
      .sorted()
  }

  @Test(arguments: ["x.pcap", "x.pcapng"])
  func `a file follows when one is large`(name: String) throws {
    let scratch = try Scratch()
    let sink = try rotating(scratch, name, bytes: 1000)
    try run(sink, packets(40))
    let names = try files(scratch)
    #expect(names.count > 2 && names.contains(name))
    #expect(names.contains(RotatingFile.name(name, 1)))
    var all: [Int] = []
    for number in names.indices {
      let file = RotatingFile.name(name, number)
      let found = try numbers(scratch, file)
      #expect(!found.isEmpty)
      let size = try scratch.bytes(file).count
      #expect(size < 1000 + 200 && (number == names.count - 1 || size >= 1000))
      all += found
    }
    #expect(all == Array(0..<40))
    #expect(sink.tally == SinkTally(verb: "written", consumed: 40, delivered: 40))
  }

  @Test func `a file follows when time is over`() throws {
    let scratch = try Scratch()
    try run(try rotating(scratch, "x", interval: 3_000_000_000), packets(7))
    #expect(try files(scratch) == ["x", "x.1", "x.2"])
    #expect(try numbers(scratch, "x") == [0, 1, 2])
    #expect(try numbers(scratch, "x.1") == [3, 4, 5])
    #expect(try numbers(scratch, "x.2") == [6])
  }

  @Test func `the oldest files go`() throws {
    let scratch = try Scratch()
    let sink = try rotating(scratch, "x.pcap", interval: 2_000_000_000, files: 2)
    try run(sink, packets(7))
    #expect(try files(scratch) == ["x.2.pcap", "x.3.pcap"])
    #expect(try numbers(scratch, "x.2.pcap") == [4, 5])
    #expect(try numbers(scratch, "x.3.pcap") == [6])
    #expect(
      sink.tally == SinkTally(verb: "written", consumed: 7, delivered: 3, discarded: 4))
  }

  @Test func `names keep their ending`() {
    #expect(RotatingFile.name("a.pcap", 0) == "a.pcap")
    #expect(RotatingFile.name("a.b.pcapng", 12) == "a.b.12.pcapng")
    #expect(RotatingFile.name("/x.y/a", 1) == "/x.y/a.1")
    #expect(RotatingFile.name("/x/.hidden", 1) == "/x/.hidden.1")
  }

  @Test func `only files are followed by others`() throws {
    let scratch = try Scratch()
    #expect(mkfifo(scratch.path("pipe"), 0o600) == 0)
    let reader = try FileDescriptor.open(
      FilePath(scratch.path("pipe")), .readOnly, options: .nonBlocking)
    defer { do { try reader.close() } catch {} }
    let error = try #require(throws: OutputError.self) {
      try rotating(scratch, "pipe", bytes: 1)
    }
    guard case .failed(let diagnostic) = error else { return #expect(Bool(false)) }
    #expect(diagnostic.message.contains("only files"))
  }

  @Test func `a file that cannot follow ends the session`() throws {
    let scratch = try Scratch()
    let sink = try rotating(scratch, "x.pcap", bytes: 1)
    try FileManager.default.createDirectory(
      atPath: scratch.path("x.1.pcap"), withIntermediateDirectories: true)
    try sink.begin(points: labels)
    #expect(throws: OutputError.self) { try feed(sink, packets(2)) }
    #expect(try numbers(scratch, "x.pcap") == [0])
    #expect(sink.tally.delivered == 1, "the file that is there is counted once")
  }

  /// The last packets need more than the file system has: only those that got there are counted.
  @Test(.enabled(if: geteuid() == 0, "only root can mount a file system"))
  func `last packets for which there is no room are lost, and counted`() throws {
    let scratch = try Scratch()
    try FileManager.default.createDirectory(
      atPath: scratch.path("disk"), withIntermediateDirectories: true)
    try #require(mount("netcap-test", scratch.path("disk"), "tmpfs", 0, "size=4m") == 0)
    defer { #expect(umount2(scratch.path("disk"), 2) == 0) }
    let sink = try PcapFile(
      path: SourceText(name: "-w", text: scratch.path("disk/x.pcap")), application: "netcap test",
      messages: try scratch.writer("err"), showsProgress: false, keepingLast: 9000)
    try sink.begin(points: labels)
    let packet = Packet(bytes: Frames.udpFrame(String(repeating: "w", count: 1001)))
    try feed(sink, [Packet](repeating: packet, count: 10_000))
    #expect(throws: OutputError.self) { try finish([sink], by: .now + .seconds(5)) }
    let read = try output("tcpdump", ["-nnt", "-r", scratch.path("disk/x.pcap")])
    #expect(read.status == 0, "the last record is whole")
    #expect(UInt64(read.text.split(separator: "\n").count) == sink.tally.delivered)
    #expect(sink.tally.discarded == 1000)
    #expect(sink.tally.lost + sink.tally.delivered == 9000)
  }

  @Test func `the ledger tells what was rotated out`() {
    let ledger = Ledger(
      rows: [], received: 10,
      sinks: [SinkTally(verb: "written", consumed: 10, delivered: 3, discarded: 7)])
    #expect(ledger.lost == 0 && ledger.losses().isEmpty)
    #expect(
      ledger.statistics().last == "packets: 10 received, 3 written, 7 rotated out")
  }
}
