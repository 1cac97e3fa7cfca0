import Foundation
import Language
import Packets
import Processes
import Syntax
import SystemPackage
import Testing

@testable import Output

@Suite struct SinkTests {
  @Test func `the end is bounded by time, and what was not delivered is counted`() throws {
    let pipe = try Processes.Pipe()
    let scratch = try Scratch()
    let view = try TcpdumpView(
      flags: try flags("-nnX"), writer: Writer(pipe.writeEnd!, name: "standard output"),
      messages: try scratch.writer("err"))
    let file = try PcapFile(
      path: SourceText(name: "-w", text: scratch.path("out.pcap")), application: "netcap",
      messages: try scratch.writer("err"), showsProgress: false)
    view.begin(points: labels)
    try file.begin(points: labels)
    // More than the pipes and what is read ahead of the writer can hold.
    let packet = Packet(bytes: Frames.udpFrame(String(repeating: "z", count: 1400)))
    for _ in 0..<1000 {
      try packet.with {
        try view.consume($0)
        try file.consume($0)
      }
    }
    let start = ContinuousClock.now
    try finish([view, file], by: start + .milliseconds(500))
    #expect((.milliseconds(490) ... .milliseconds(1500)).contains(.now - start))
    #expect(view.tally.consumed == 1000)
    #expect(view.tally.delivered < 1000)
    #expect(file.tally == SinkTally(verb: "written", consumed: 1000, delivered: 1000))
    #expect(try scratch.bytes("out.pcap").count == 24 + 1000 * (16 + packet.bytes.count))
    #expect(kill(view.processID, 0) == -1, "tcpdump is gone")
  }

  @Test func `one sink's error does not keep the others from finishing`() throws {
    let scratch = try Scratch()
    var pipe = try Processes.Pipe()
    let closed = try JSONLines(
      flags: nil, writer: Writer(pipe.writeEnd!, name: "standard output"),
      messages: try scratch.writer("err"))
    let view = try TcpdumpView(
      flags: try flags("-nn"), writer: try scratch.writer("out"),
      messages: try scratch.writer("err"))
    closed.begin(points: labels)
    view.begin(points: labels)
    for sink in [closed, view] as [any Sink] {
      try Packet(bytes: Frames.arp()).with { try sink.consume($0) }
    }
    pipe.closeReadEnd()
    #expect(throws: OutputError.closed) {
      try finish([closed, view], by: .now + .seconds(10))
    }
    #expect(view.tally.delivered == 1)
    #expect(try scratch.text("out").hasSuffix("tell 10.9.0.1, length 28\n"))
  }

  /// tcpdump dies while standard output takes nothing: what it had shown comes out all the same.
  @Test func `what was delivered before an error is not lost with it`() throws {
    let pipe = try Processes.Pipe()
    let scratch = try Scratch()
    let view = try TcpdumpView(
      flags: try flags("-nnX"), writer: Writer(pipe.writeEnd!, name: "standard output"),
      messages: try scratch.writer("err"))
    view.begin(points: labels)
    let packet = Packet(bytes: Frames.udpFrame(String(repeating: "z", count: 1400)))
    try feed(view, [Packet](repeating: packet, count: 100))
    try run(view, within: .seconds(10)) { view.tally.delivered == 100 }
    kill(view.processID, SIGKILL)
    try run(view, within: .milliseconds(300)) { false }
    #expect(!view.wantsMore)
    var received: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    try setNonblocking(pipe.readEnd!)
    #expect(throws: OutputError.failed(Diagnostic(.error, "tcpdump was killed by signal 9"))) {
      try run(view, within: .seconds(10)) {
        let count = read(pipe.readEnd!.rawValue, &buffer, buffer.count)
        if count > 0 { received += buffer[..<count] }
        return false
      }
    }
    while case let count = read(pipe.readEnd!.rawValue, &buffer, buffer.count), count > 0 {
      received += buffer[..<count]
    }
    let text = String(decoding: received, as: UTF8.self)
    #expect(text.components(separatedBy: "UDP, length 1400\n").count == 101)
    #expect(text.hasSuffix("\n"))
  }

  @Test func `a session without a packet ends at once`() throws {
    let start = ContinuousClock.now
    let (shown, messages) = try view([])
    #expect(shown == "")
    #expect(messages == "")
    #expect(.now - start < .seconds(1))
  }

  /// tcpdump escapes what it prints; that it does so everywhere is not taken on trust.
  @Test func `nothing that commands a terminal gets through`() {
    func shown(_ text: [UInt8]) -> String {
      var queue = ByteQueue(capacity: 8)
      text.withUnsafeBytes { queue.append(terminalSafe: $0) }
      return String(decoding: queue.bytes, as: UTF8.self)
    }
    #expect(shown([]) == "")
    for length in 1...40 {
      for position in 0..<length {
        for byte in UInt8.min...UInt8.max {
          var text = [UInt8](repeating: 0x61, count: length)
          text[position] = byte
          let isKept = (0x20..<0x7F).contains(byte) || byte == 0x0A || byte == 0x09
          let hex = (byte < 16 ? "0" : "") + String(byte, radix: 16)
          let expected =
            isKept
            ? String(decoding: text, as: UTF8.self)
            : String(repeating: "a", count: position) + "\\x\(hex)"
              + String(repeating: "a", count: length - position - 1)
          #expect(shown(text) == expected)
        }
      }
    }
    #expect(shown(Array("a\n\tb\u{1b}\u{7f}\n".utf8)) == "a\n\tb\\x1b\\x7f\n")
  }

  @Test func `poll tells what became ready, and when`() throws {
    let quiet = try Processes.Pipe()
    let talking = try Processes.Pipe()
    var set = PollSet()
    set.add(quiet.readEnd!, .read)
    set.add(talking.readEnd!, .read)
    let start = ContinuousClock.now
    var isReady = set.wait(until: start + .milliseconds(30))
    #expect(!isReady)
    #expect(.now - start >= .milliseconds(30))
    #expect(!set.isReady(talking.readEnd!, .read))
    #expect(try talking.writeEnd!.writeAll([1]) == 1)
    isReady = set.wait(until: nil)
    #expect(isReady)
    #expect(set.isReady(talking.readEnd!, .read))
    #expect(!set.isReady(quiet.readEnd!, .read))
    #expect(!set.isReady(quiet.writeEnd!, .write), "it was not waited for")
    set.removeAll()
    set.add(quiet.writeEnd!, .read)
    set.add(quiet.writeEnd!, .write)
    isReady = set.wait(until: .now - .seconds(1))
    #expect(isReady && set.isReady(quiet.writeEnd!, .write))
  }
}
