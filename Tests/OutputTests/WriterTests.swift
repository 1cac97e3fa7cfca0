import Foundation
import Processes
import Syntax
import SystemPackage
import Testing

@testable import Output

@Suite struct WriterTests {
  @Test func `a pipe that nobody reads never blocks, and nothing is lost`() throws {
    _ = environment
    let pipe = try Processes.Pipe()
    let writer = Writer(pipe.writeEnd!, name: "standard output")
    try setNonblocking(pipe.readEnd!)
    var put: [UInt8] = []
    var got: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 5000)
    for round in 0..<3000 {
      let line = "line \(round) of many\n"
      writer.append(line)
      put += line.utf8
      try writer.flush()
      // From time to time, and never all.
      if round % 40 == 0, case let count = read(pipe.readEnd!.rawValue, &buffer, 700), count > 0 {
        got += buffer[..<count]
      }
    }
    var set = PollSet()
    while got.count < put.count {
      let count = read(pipe.readEnd!.rawValue, &buffer, buffer.count)
      if count > 0 { got += buffer[..<count] }
      try writer.flush()
    }
    #expect(got == put)
    #expect(writer.isEmpty)
    writer.addInterests(to: &set)
    let isReady = set.wait(until: .now)
    #expect(!isReady, "an empty writer waits for nothing")
  }

  /// The shell and other programs share the descriptor: it must go on blocking for them.
  @Test func `the mode of a shared pipe is left alone`() throws {
    let pipe = try Processes.Pipe()
    let writer = Writer(pipe.writeEnd!, name: "standard output")
    writer.append("x")
    try writer.flush()
    #expect(fcntl(pipe.writeEnd!.rawValue, F_GETFL) & O_NONBLOCK == 0)
  }

  @Test func `room is told by poll`() throws {
    let pipe = try Processes.Pipe()
    let writer = Writer(pipe.writeEnd!, name: "standard output")
    writer.append(String(repeating: "x", count: Writer.limit + 1))
    #expect(!writer.hasRoom)
    try writer.flush()
    #expect(!writer.isEmpty)
    var set = PollSet()
    writer.addInterests(to: &set)
    var isReady = set.wait(until: .now + .milliseconds(20))
    #expect(!isReady)
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    #expect(read(pipe.readEnd!.rawValue, &buffer, buffer.count) > 0)
    isReady = set.wait(until: .now + .seconds(5))
    #expect(isReady)
  }

  @Test func `a terminal that is stopped does not block`() throws {
    var (leader, follower): (Int32, Int32) = (0, 0)
    try #require(openpty(&leader, &follower, nil, nil, nil) == 0)
    defer {
      close(leader)
      close(follower)
    }
    let writer = Writer(FileDescriptor(rawValue: follower), name: "standard output")
    let start = ContinuousClock.now
    for _ in 0..<200 {
      writer.append(String(repeating: "terminal ", count: 100) + "\n")
      try writer.flush()
    }
    #expect(.now - start < .seconds(2))
    #expect(!writer.isEmpty)
    var received = 0
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while !writer.isEmpty {
      received += read(leader, &buffer, buffer.count)
      try writer.flush()
    }
    #expect(received > 100_000)
  }

  @Test func `a reader that is gone closes the writer`() throws {
    _ = environment
    var pipe = try Processes.Pipe()
    let writer = Writer(pipe.writeEnd!, name: "standard output")
    writer.append("x")
    pipe.closeReadEnd()
    #expect(throws: OutputError.closed) { try writer.flush() }
  }

  @Test func `a full device is an error`() throws {
    let full = try FileDescriptor.open("/dev/full", .writeOnly)
    defer { #expect(throws: Never.self) { try full.close() } }
    let writer = Writer(full, name: "standard output")
    writer.append("x")
    #expect(
      throws: OutputError.failed(
        Diagnostic(.error, "cannot write to standard output: No space left on device"))
    ) { try writer.flush() }
  }

  @Test func `a socket is written without blocking`() throws {
    _ = environment
    var ends: [Int32] = [0, 0]
    try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
    defer { close(ends[1]) }
    let writer = Writer(FileDescriptor(rawValue: ends[0]), name: "standard output")
    writer.append(String(repeating: "x", count: 1 << 20))
    let start = ContinuousClock.now
    try writer.flush()
    #expect(.now - start < .seconds(2))
    #expect(!writer.isEmpty)
    close(ends[0])
  }
}
