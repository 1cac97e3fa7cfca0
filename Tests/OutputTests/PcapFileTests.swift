import Foundation
import Language
import Packets
import Processes
import Syntax
import SystemPackage
import Testing

@testable import Output

@Suite struct PcapFileTests {
  private func file(_ scratch: Scratch, _ name: String, progress: Bool = false) throws -> PcapFile {
    try PcapFile(
      path: SourceText(name: "-w", text: scratch.path(name)), application: "netcap test",
      messages: try scratch.writer("err"), showsProgress: progress)
  }

  static let packets = [
    Packet(bytes: Frames.pingFrame()),
    Packet(
      time: 1_795_406_402_000_000_001, point: 1, cpu: 12, processID: 7,
      command: KernelName("a\u{1b}é\""), interface: KernelName(""), link: .rawIP,
      etherType: 0x86dd, bytes: Frames.ipv6(next: 17, Frames.udp([1, 2, 3]))),
    Packet(packetLength: 1500, isCut: true, bytes: Array(Frames.udpFrame("cut").prefix(43))),
    Packet(command: KernelName(""), bytes: Frames.arp()),
    Packet(packetLength: 700_000, bytes: []),
  ]

  @Test(arguments: ["out.pcap", "out.pcapng", "out", "out.pcapng.bak"])
  func `tcpdump and tshark read the packets as they were`(name: String) throws {
    let scratch = try Scratch()
    let sink = try file(scratch, name)
    try sink.begin(points: labels)
    // tcpdump has no text for the last, an empty one: it is tested by length below.
    let packets = Array(Self.packets.dropLast())
    try feed(sink, packets)
    try finish([sink], by: .now + .seconds(5))
    #expect(sink.tally == SinkTally(verb: "written", consumed: 4, delivered: 4))

    try Data(savefile(packets)).write(to: URL(fileURLWithPath: scratch.path("expected")))
    let read = try output("tcpdump", ["-nnttXXe", "--nano", "-r", scratch.path(name)])
    let expected = try output("tcpdump", ["-nnttXXe", "--nano", "-r", scratch.path("expected")])
    #expect(read.text == expected.text)
    #expect(read.text.contains("1795406401.123456789"))
    #expect(read.status == 0)

    let fields = try output(
      "tshark",
      [
        "-r", scratch.path(name), "-T", "fields", "-e", "frame.time_epoch", "-e", "frame.len", "-e",
        "frame.cap_len",
      ])
    #expect(fields.status == 0)
    #expect(
      fields.text == """
        1795406401.123456789\t90\t90
        1795406402.000000001\t65\t65
        1795406401.123456789\t1500\t43
        1795406401.123456789\t42\t42

        """)
    let type = try output("file", ["-b", scratch.path(name)]).text
    #expect(type.hasPrefix(name.hasSuffix(".pcapng") ? "pcapng capture file" : "pcap capture file"))
  }

  @Test func `pcapng says where each packet was seen`() throws {
    let scratch = try Scratch()
    let sink = try file(scratch, "out.pcapng")
    try sink.begin(points: labels)
    try feed(sink, Self.packets)
    try finish([sink], by: .now + .seconds(5))
    let comments = try output(
      "tshark",
      [
        "-r", scratch.path("out.pcapng"), "-T", "fields", "-e", "frame.interface_name", "-e",
        "frame.interface_description", "-e", "frame.comment",
      ]
    ).text
    #expect(
      comments == """
        icmp_rcv\tfentry icmp_rcv\tpoint=icmp_rcv cpu=1 process=ping-812 dev=veth0 \
        skb=0xffff888001234500
        skb:kfree_skb\ttracepoint skb:kfree_skb\tpoint=skb:kfree_skb cpu=12 process=a\\x1bé"-7 \
        (no link header: zero Ethernet addresses added) skb=0xffff888001234500
        icmp_rcv\tfentry icmp_rcv\tpoint=icmp_rcv cpu=1 process=ping-812 dev=veth0 \
        (unreadable beyond 43 bytes) skb=0xffff888001234500
        icmp_rcv\tfentry icmp_rcv\tpoint=icmp_rcv cpu=1 process=-812 dev=veth0 \
        skb=0xffff888001234500
        icmp_rcv\tfentry icmp_rcv\tpoint=icmp_rcv cpu=1 process=ping-812 dev=veth0 \
        skb=0xffff888001234500

        """)
    let about = try output("capinfos", [scratch.path("out.pcapng")]).text
    #expect(about.contains("Capture application: netcap test"))
    #expect(about.contains("Capture oper-sys:    Linux "))
    #expect(about.contains("Number of interfaces in file: 2"))
    #expect(about.contains("Encapsulation = Ethernet (1 - ether)"))
    #expect(about.contains("Time precision = nanoseconds (9)"))
  }

  /// More than the buffers hold.
  @Test(arguments: ["out.pcap", "out.pcapng"])
  func `many packets are written whole`(name: String) throws {
    let scratch = try Scratch()
    let sink = try file(scratch, name)
    try sink.begin(points: labels)
    let packet = Packet(bytes: Frames.udpFrame(String(repeating: "w", count: 1001)))
    try feed(sink, [Packet](repeating: packet, count: 4000))
    try finish([sink], by: .now + .seconds(5))
    #expect(sink.tally.delivered == 4000)
    let texts = try output("tcpdump", ["-nnt", "-r", scratch.path(name)]).text.split(
      separator: "\n")
    #expect(texts.count == 4000)
    #expect(Set(texts) == ["IP 10.9.0.1.40000 > 10.9.0.2.9999: UDP, length 1001"])
  }

  @Test func `a file is brought up to date while nothing comes`() throws {
    let scratch = try Scratch()
    let sink = try file(scratch, "out.pcap")
    try sink.begin(points: labels)
    try feed(sink, [Packet(bytes: Frames.arp())])
    try run(sink, within: .milliseconds(1500)) { false }
    #expect(try scratch.bytes("out.pcap").count == 24 + 16 + 42)
    try finish([sink], by: .now + .seconds(5))
  }

  @Test func `a stream is flushed as soon as the ring is empty`() throws {
    let pipe = try Processes.Pipe()
    let scratch = try Scratch()
    let sink = PcapFile(
      standardOutput: Writer(pipe.writeEnd!, name: "standard output"), application: "netcap",
      messages: try scratch.writer("err"))
    try sink.begin(points: labels)
    try setNonblocking(pipe.readEnd!)
    var stream: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    func take() -> Int {
      let count = read(pipe.readEnd!.rawValue, &buffer, buffer.count)
      if count > 0 { stream += buffer[..<count] }
      return count
    }
    #expect(take() > 0, "Wireshark waits for the header")
    for packet in Self.packets {
      try feed(sink, [packet])
      #expect(take() > 0)
    }
    try finish([sink], by: .now + .seconds(5))
    _ = take()
    try Data(stream).write(to: URL(fileURLWithPath: scratch.path("stream")))
    let frames = try output(
      "tshark", ["-r", scratch.path("stream"), "-T", "fields", "-e", "frame.number"])
    #expect(frames.text == "1\n2\n3\n4\n5\n")
  }

  @Test func `a named pipe is a stream`() throws {
    let scratch = try Scratch()
    let path = scratch.path("fifo")
    try #require(mkfifo(path, 0o600) == 0)
    #expect(
      refusal(path) == """
        error: cannot write '\(path)': No such device or address
         --> -w:1:1
          | \(path)
          | \(String(repeating: "^", count: path.count))
          = nobody reads from this named pipe: start the reader first
        """)
    let reader = open(path, O_RDONLY | O_NONBLOCK)
    defer { close(reader) }
    let sink = try file(scratch, "fifo")
    try sink.begin(points: labels)
    try feed(sink, [Packet(bytes: Frames.arp())])
    var buffer = [UInt8](repeating: 0, count: 4096)
    #expect(read(reader, &buffer, buffer.count) == 24 + 16 + 42)
    try finish([sink], by: .now + .seconds(5))
  }

  private func refusal(_ path: String) -> String? {
    do {
      let sink = try PcapFile(
        path: SourceText(name: "-w", text: path), application: "netcap",
        messages: Writer(.standardError, name: "standard error"), showsProgress: false)
      sink.abandon()
      return nil
    } catch .failed(let diagnostic) {
      return diagnostic.rendered()
    } catch {
      return "closed"
    }
  }

  @Test func `an unwritable path is refused at once`() throws {
    let scratch = try Scratch()
    let missing = scratch.path("no/such/folder")
    #expect(
      refusal(missing) == """
        error: cannot write '\(missing)': No such file or directory
         --> -w:1:1
          | \(missing)
          | \(String(repeating: "^", count: missing.count))
          = its folder does not exist
        """)
    #expect(
      refusal(scratch.folder)?.hasPrefix("error: cannot write '\(scratch.folder)': Is a directory")
        == true)
    #expect(
      refusal("/dev/null/x")?.hasPrefix("error: cannot write '/dev/null/x': Not a directory")
        == true)
    #expect(refusal("")?.hasPrefix("error: cannot write '': No such file or directory") == true)
  }

  @Test func `a file is left alone until the session has begun`() throws {
    let scratch = try Scratch()
    let old = String(repeating: "old capture\n", count: 100)
    try Data(old.utf8).write(to: URL(fileURLWithPath: scratch.path("old.pcap")))
    do {
      let (there, new) = (try file(scratch, "old.pcap"), try file(scratch, "new.pcap"))
      there.abandon()
      new.abandon()
    }
    #expect(try scratch.text("old.pcap") == old)
    #expect(!FileManager.default.fileExists(atPath: scratch.path("new.pcap")))
    let sink = try file(scratch, "old.pcap")
    try sink.begin(points: labels)
    #expect(try scratch.bytes("old.pcap").count == 24)
    try finish([sink], by: .now + .seconds(5))
  }

  /// A file system of 256 KiB, which is full after some packets, in the middle of one.
  @Test(
    .enabled(if: geteuid() == 0, "only root can mount a file system"),
    arguments: ["out.pcap", "out.pcapng"])
  func `a full disk leaves whole packets, and the count of them`(name: String) throws {
    let scratch = try Scratch()
    try FileManager.default.createDirectory(
      atPath: scratch.path("disk"), withIntermediateDirectories: true)
    try #require(mount("netcap-test", scratch.path("disk"), "tmpfs", 0, "size=256k") == 0)
    defer { #expect(umount2(scratch.path("disk"), 2) == 0) }
    let sink = try file(scratch, "disk/" + name)
    try sink.begin(points: labels)
    let packet = Packet(bytes: Frames.udpFrame(String(repeating: "w", count: 1001)))
    let full = OutputError.failed(
      Diagnostic(
        .error, "cannot write to \(scratch.path("disk/" + name)): No space left on device"))
    #expect(throws: full) {
      try feed(sink, [Packet](repeating: packet, count: 100))
      try run(sink, within: .milliseconds(1200)) { false }
      try feed(sink, [Packet](repeating: packet, count: 10_000))
      try finish([sink], by: .now + .seconds(5))
    }
    // Told again, and nothing is written any more.
    #expect(throws: full) { try finish([sink], by: .now + .seconds(5)) }
    #expect((200...260).contains(sink.tally.delivered))
    let read = try output("tcpdump", ["-nnt", "-r", scratch.path("disk/" + name)])
    #expect(read.status == 0, "the last record is whole")
    #expect(UInt64(read.text.split(separator: "\n").count) == sink.tally.delivered)
  }

  @Test func `a full device is an error`() throws {
    let scratch = try Scratch()
    let sink = try PcapFile(
      path: SourceText(name: "-w", text: "/dev/full"), application: "netcap",
      messages: try scratch.writer("err"), showsProgress: false)
    #expect(
      throws: OutputError.failed(
        Diagnostic(.error, "cannot write to /dev/full: No space left on device"))
    ) { try sink.begin(points: labels) }
    sink.abandon()
  }

  @Test func `a reader that goes away ends the stream`() throws {
    var pipe = try Processes.Pipe()
    let scratch = try Scratch()
    let sink = PcapFile(
      standardOutput: Writer(pipe.writeEnd!, name: "standard output"), application: "netcap",
      messages: try scratch.writer("err"))
    try sink.begin(points: labels)
    pipe.closeReadEnd()
    #expect(throws: OutputError.closed) { try feed(sink, [Packet(bytes: Frames.arp())]) }
    sink.abandon()
  }

  @Test func `progress is shown a few times a second`() throws {
    let scratch = try Scratch()
    let sink = try file(scratch, "out.pcap", progress: true)
    try sink.begin(points: labels)
    let start = ContinuousClock.now
    var count = 0
    while .now - start < .milliseconds(900) {
      try feed(sink, [Packet(bytes: Frames.arp())])
      try run(sink, within: .milliseconds(5)) { false }
      count += 1
    }
    try finish([sink], by: .now + .seconds(5))
    let shown = try scratch.text("err")
    let lines = shown.split(separator: "\r")
    #expect((3...6).contains(lines.count), "\(lines)")
    #expect(lines.allSatisfy { $0.hasPrefix("capture packet: ") })
    #expect(shown.hasSuffix("\rcapture packet: \(count)\n"))
  }
}
