import Foundation
import Language
import Packets
import Processes
import Syntax
import SystemPackage
import Testing

@testable import Output

@Suite struct TcpdumpViewTests {
  @Test func `each packet stands after the place where it was seen`() throws {
    let packets = [
      Packet(bytes: Frames.pingFrame()),
      Packet(time: 1_795_406_402_000_000_999, point: 1, cpu: 12, bytes: Frames.arp()),
      Packet(
        interface: KernelName(""), link: .rawIP, bytes: Frames.ipv4(protocol: 1, Frames.ping())),
      Packet(isCut: true, bytes: Frames.udpFrame("cut")),
    ]
    let (shown, messages) = try view(packets)
    #expect(
      shown == """
        icmp_rcv: ping-812 [001] veth0  23:00:01.123456 IP 10.9.0.1 > 10.9.0.2: ICMP echo request, \
        id 7, seq 1, length 56
        skb:kfree_skb: ping-812 [012] veth0  23:00:02.000000 ARP, Request who-has 10.9.0.2 tell \
        10.9.0.1, length 28
        icmp_rcv: ping-812 [001] - (no link header)  23:00:01.123456 IP 10.9.0.1 > 10.9.0.2: ICMP \
        echo request, id 7, seq 1, length 56
        icmp_rcv: ping-812 [001] veth0 (unreadable beyond 45 bytes)  23:00:01.123456 IP \
        10.9.0.1.40000 > 10.9.0.2.9999: UDP, length 3

        """)
    #expect(messages == "")
  }

  /// Protocols, lengths and times of all sorts.
  static let variety: [Packet] = {
    var packets = [
      Packet(time: 1_795_406_401_999_999_999, bytes: Frames.pingFrame()),
      Packet(time: 1_795_406_402_000_000_001, bytes: Frames.arp()),
      Packet(time: 1_795_406_401_500_000_000, bytes: Frames.udpFrame("back in time")),
      Packet(
        time: 1_800_000_000_000_000_000,
        bytes: Frames.ethernet(0x86dd, Frames.ipv6(next: 17, Frames.udp([1, 2, 3])))),
      Packet(time: 1_784_000_000_123_456_789, bytes: Frames.ethernet(0x88b5, [9, 9, 9])),
      Packet(
        time: 1_784_000_000_123_456_790, link: .rawIP, etherType: 0x86dd,
        bytes: Frames.ipv6(next: 6, Frames.tcp(Array("GET / HTTP/1.1\r\n\r\n".utf8)))),
      Packet(packetLength: 9000, bytes: Array(Frames.udpFrame("cut short").prefix(40))),
      Packet(bytes: [1, 2, 3]),
    ]
    for sequence in 0..<5 {
      let segment = Frames.tcp(
        sequence: 0xffff_fff0 &+ UInt32(sequence) * 4, [0x41, 0x0A, 0x1b, 0x5b])
      packets.append(Packet(bytes: Frames.ethernet(0x0800, Frames.ipv4(protocol: 6, segment))))
    }
    packets.append(Packet(bytes: Frames.udpFrame(String(repeating: "long ", count: 9000))))
    return packets
  }()

  @Test(arguments: [
    "", "-nn", "-nne", "-nnq", "-nnx", "-nnxx", "-nnX", "-nnXX", "-nnA", "-nnAA", "-nnS",
    "-nnvvv", "-nneXXvvS#", "-nnu -K -b -H -N", "-nn -T radius", "-nn -M secret -v",
  ])
  func `texts are tcpdump's own`(display: String) throws {
    // Without -n, tcpdump asks for the names of addresses: not those of tests.
    let display = display.isEmpty ? "-n" : display
    try compare(Self.variety, display)
  }

  @Test(arguments: [
    "-nn", "-nnt", "-nntt", "-nnttt", "-nntttt", "-nnttttt", "-nn#tt", "-nn -t -t -t", "-nnttt -#",
  ])
  func `times are shown as tcpdump shows them`(display: String) throws {
    try compare(Self.variety, display)
    try compare(Self.variety, display + " --nano")
    try compare(Self.variety, display + " --nano --micro")
    try compare(Self.variety, display + " --time-stamp-prec nano")
  }

  /// The view's lines are those of `tcpdump -r` of the same packets, but for the place.
  private func compare(_ packets: [Packet], _ display: String) throws {
    let scratch = try Scratch()
    try Data(savefile(packets)).write(to: URL(fileURLWithPath: scratch.path("in.pcap")))
    let expected = try output(
      "tcpdump",
      display.split(separator: " ").map(String.init) + ["-r", scratch.path("in.pcap")]
    ).text
    let (shown, messages) = try view(packets, flags: display)
    let places = [
      "icmp_rcv: ping-812 [001] veth0  ",
      "icmp_rcv: ping-812 [001] veth0 (no link header)  ",
    ]
    let texts = shown.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      places.first { line.hasPrefix($0) }.map { line.dropFirst($0.count) } ?? line
    }
    let expectedLines = expected.split(separator: "\n", omittingEmptySubsequences: false)
    for (text, line) in zip(texts, expectedLines) where text != line {
      Issue.record("\(display): '\(text)' should be '\(line)'")
      break
    }
    #expect(texts.count == expectedLines.count)
    #expect(expectedLines.count > packets.count)
    #expect(messages == "")
  }

  /// tcpdump prints no time for these, if it is given them as they are.
  @Test func `packets of impossible lengths are shown`() throws {
    let packets = [
      Packet(packetLength: 0, bytes: []), Packet(packetLength: 60, isCut: true, bytes: []),
      Packet(packetLength: 0, bytes: [7]), Packet(packetLength: 5, bytes: Frames.arp()),
      Packet(packetLength: 600_000, bytes: Frames.arp()),
      Packet(link: .rawIP, etherType: 0x0800, packetLength: 600_000, bytes: []),
      Packet(bytes: Frames.arp() + [UInt8](repeating: 0, count: 300_000)),
      Packet(bytes: Frames.pingFrame()),
    ]
    let place = "icmp_rcv: ping-812 [001] veth0  23:00:01.123456 "
    let cut = "icmp_rcv: ping-812 [001] veth0 (unreadable beyond 0 bytes)  23:00:01.123456 "
    let raw = "icmp_rcv: ping-812 [001] veth0 (no link header)  23:00:01.123456 "
    let arp = "ARP, Request who-has 10.9.0.2 tell 10.9.0.1, length "
    let lines = try view(packets).shown.split(separator: "\n")
    #expect(
      lines == [
        "\(place) [|ether]", "\(cut) [|ether]", "\(place) [|ether]", "\(place)\(arp)28",
        "\(place)\(arp)262130", "\(raw) [|ip]", "\(place)\(arp)262130",
        "\(place)IP 10.9.0.1 > 10.9.0.2: ICMP echo request, id 7, seq 1, length 56",
      ])
  }

  /// Payloads that contain netcap's lines, tcpdump's lines and times, and terminal commands.
  @Test func `no payload can imitate another packet`() throws {
    let forged = """

      icmp_rcv: ping-812 [001] veth0  23:00:01.123456 IP 10.9.0.1 > 10.9.0.2: ICMP echo request
      1795406401.123456789 IP 10.9.0.1.40000 > 10.9.0.2.9999: UDP, length 3
      23:00:01.123456 IP 10.9.0.1.40000 > 10.9.0.2.9999: UDP, length 3
      \u{1b}[2J\u{7}\u{0}\u{85}\u{9b}31m

      """
    let packets = (0..<300).map { index in
      let payload = "<\(index)>" + forged + String(repeating: "\n1500000000.000000000 ", count: 9)
      return Packet(
        time: 1_795_406_401_000_000_000 + UInt64(index) * 1000, bytes: Frames.udpFrame(payload))
    }
    for display in ["-nnA", "-nnAA", "-nnAtt --nano", "-nnAt"] {
      let scratch = try Scratch()
      let sink = try JSONLines(
        flags: try flags(display), writer: try scratch.writer("out"),
        messages: try scratch.writer("err"))
      sink.begin(points: labels)
      try feed(sink, packets)
      try finish([sink], by: .now + .seconds(20))
      let objects = try scratch.text("out").split(separator: "\n")
      #expect(objects.count == packets.count)
      for (index, object) in objects.enumerated() {
        #expect(object.contains("<\(index)>"))
        #expect(
          object.components(separatedBy: "10.9.0.1.40000 > 10.9.0.2.9999: UDP, length")
            .count == 4)
        #expect(object.allSatisfy { $0.asciiValue.map { $0 >= 0x20 && $0 < 0x7f } ?? false })
      }
    }
  }

  @Test func `the order is kept through ten thousand packets`() throws {
    let packets = (0..<10_000).map { index in
      Packet(
        time: 1_795_406_401_000_000_000 + UInt64(index) * 1000, point: index % 2,
        bytes: Frames.udpFrame(String(repeating: "x", count: index % 700)))
    }
    let lines = try view(packets).shown.split(separator: "\n")
    #expect(lines.count == packets.count)
    for (index, line) in lines.enumerated() {
      let time = "23:00:01." + String(String(1_000_000 + index).dropFirst())
      let expected =
        "\(labels[index % 2].name): ping-812 [001] veth0  \(time) IP 10.9.0.1.40000 > "
        + "10.9.0.2.9999: UDP, length \(index % 700)"
      if line != expected {
        Issue.record("line \(index) is '\(line)', not '\(expected)'")
        break
      }
    }
  }

  static let displays = [
    "-nn", "-nnq", "-nnx", "-nnxx", "-nnX", "-nnXX", "-nnA", "-nnAA", "-nne", "-nnv", "-nnvvv",
    "-nnqA", "-nnqe", "-nnqx", "-nnS", "-nnu", "-nnK", "-nnb", "-nnH", "-nnN", "-nntttt#",
  ]

  @Test(arguments: displays)
  func `the text of a pad is longer than tcpdump's output buffer`(display: String) throws {
    let scratch = try Scratch()
    var stream = ByteQueue()
    Pad.append(Stamp(seconds: 1_500_000_000, nanoseconds: 1), to: &stream)
    try Data(savefile([]) + stream.bytes).write(to: URL(fileURLWithPath: scratch.path("pad")))
    let arguments = ["-tt", "--nano"] + (try flags(display).arguments)
    let text = try output("tcpdump", arguments + ["-r", scratch.path("pad")]).text
    #expect(text.hasPrefix("1500000000.000000001 "))
    #expect(text.utf8.count > 4096 + Stamp.textLength)
  }

  @Test(arguments: displays)
  func `a single packet is shown while nothing follows`(display: String) throws {
    let scratch = try Scratch()
    let writer = try scratch.writer("out")
    let sink = try TcpdumpView(
      flags: try flags(display), writer: writer, messages: try scratch.writer("err"))
    sink.begin(points: labels)
    for round in 1...3 {
      try feed(sink, [Packet(bytes: Frames.udpFrame("round \(round)"))])
      try run(sink, within: .seconds(20)) { sink.tally.delivered == UInt64(round) }
      #expect(sink.tally.delivered == UInt64(round))
      // A text of its own for each packet: nothing of a pad is in it.
      let shown = try scratch.text("out")
      #expect(shown.components(separatedBy: "UDP, length 7").count == round + 1)
      #expect(!shown.contains("MPLS"))
      #expect(shown.hasSuffix("\n"))
    }
    try finish([sink], by: .now + .seconds(20))
    #expect(try scratch.text("err") == "")
  }

  @Test func `pads are not sent for every packet`() throws {
    let scratch = try Scratch()
    let sink = try TcpdumpView(
      flags: try flags("-nn"), writer: try scratch.writer("out"),
      messages: try scratch.writer("err"))
    sink.begin(points: labels)
    let start = ContinuousClock.now
    for _ in 0..<200 { try feed(sink, [Packet(bytes: Frames.pingFrame())]) }
    let elapsed = ContinuousClock.now - start
    #expect(Double(sink.padsSent) <= 2 + elapsed / .milliseconds(40))
    try run(sink, within: .seconds(10)) { sink.tally.delivered == 200 }
    #expect(sink.tally.delivered == 200)
    try finish([sink], by: .now + .seconds(20))
  }

  @Test func `names cannot command the terminal`() throws {
    let shown = try view([
      Packet(
        command: KernelName("\u{1b}[2Ja\nb\u{7f}é"), interface: KernelName("a\u{9b}\tb"),
        bytes: Frames.arp())
    ]).shown
    #expect(
      shown == """
        icmp_rcv: \\x1b[2Ja\\x0ab\\x7fé-812 [001] a\\xc2\\x9b\\x09b  23:00:01.123456 ARP, Request \
        who-has 10.9.0.2 tell 10.9.0.1, length 28

        """)
  }

  @Test func `names that are not UTF-8 are escaped byte by byte`() throws {
    let name: [UInt8] =
      [0x61, 0xff, 0xe2, 0x82, 0x62, 0xc3, 0xa9, 0xed, 0xa0, 0x80] + [0, 0, 0, 0, 0, 0]
    let shown = try view([
      Packet(command: name.withUnsafeBytes { KernelName($0) }, bytes: Frames.arp())
    ]).shown
    #expect(shown.hasPrefix("icmp_rcv: a\\xff\\xe2\\x82bé\\xed\\xa0\\x80-812 [001]"))
  }

  @Test(arguments: [SIGKILL, SIGSEGV])
  func `a tcpdump that dies is reported with what it did not show`(signal: Int32) throws {
    let scratch = try Scratch()
    let sink = try TcpdumpView(
      flags: try flags("-nn"), writer: try scratch.writer("out"),
      messages: try scratch.writer("err"))
    sink.begin(points: labels)
    try feed(sink, [Packet](repeating: Packet(bytes: Frames.pingFrame()), count: 10))
    try run(sink, within: .seconds(10)) { sink.tally.delivered == 10 }
    kill(sink.processID, SIGSTOP)
    for _ in 0..<7 { try Packet(bytes: Frames.pingFrame()).with { try sink.consume($0) } }
    try sink.idle(now: .now)
    kill(sink.processID, signal)
    kill(sink.processID, SIGCONT)
    #expect(
      throws: OutputError.failed(
        Diagnostic(
          .error,
          "tcpdump was killed by signal \(signal); 7 packets handed to it were not displayed"))
    ) {
      try run(sink, within: .seconds(10)) { false }
    }
    sink.abandon()
    #expect(sink.tally == SinkTally(verb: "displayed", consumed: 17, delivered: 10))
    let lines = try scratch.text("out").split(separator: "\n")
    #expect(lines.count == 10)
    #expect(lines.allSatisfy { $0.hasSuffix("id 7, seq 1, length 56") })
  }

  @Test func `a tcpdump that dies under load loses no packet uncounted`() throws {
    let scratch = try Scratch()
    let sink = try TcpdumpView(
      flags: try flags("-nnX"), writer: try scratch.writer("out"),
      messages: try scratch.writer("err"))
    sink.begin(points: labels)
    let packets = (0..<3000).map { Packet(bytes: Frames.udpFrame("packet \($0) end")) }
    var failure: OutputError?
    do {
      try feed(sink, packets)
      try run(sink, within: .seconds(10)) { sink.tally.delivered > 500 }
      kill(sink.processID, SIGKILL)
      try feed(sink, packets)
      try run(sink, within: .seconds(10)) { false }
    } catch let error as OutputError {
      failure = error
    }
    sink.abandon()
    let lost = sink.tally.consumed - sink.tally.delivered
    #expect(
      failure
        == .failed(
          Diagnostic(
            .error,
            "tcpdump was killed by signal 9; \(lost) packets handed to it were not displayed"
          )))
    let heads = try scratch.text("out").components(separatedBy: "icmp_rcv: ").count - 1
    #expect(UInt64(heads) == sink.tally.delivered)
    #expect(try scratch.text("out").hasSuffix("\n"))
  }

  @Test func `what tcpdump complains of is passed on`() throws {
    let scratch = try Scratch()
    let sink = try TcpdumpView(
      flags: try flags("-nn"), writer: try scratch.writer("out"),
      messages: try scratch.writer("err"), arguments: ["-n", "--no-such-flag\u{1b}[2J"])
    sink.begin(points: labels)
    #expect(throws: OutputError.failed(Diagnostic(.error, "tcpdump ended with status 1"))) {
      try run(sink, within: .seconds(10)) { false }
    }
    sink.abandon()
    let messages = try scratch.text("err")
    #expect(
      messages.hasPrefix(
        "tcpdump: /usr/bin/tcpdump: unrecognized option '--no-such-flag\\u{1b}[2J'\n"))
    #expect(messages.split(separator: "\n").allSatisfy { $0.hasPrefix("tcpdump: ") })
  }

  @Test func `a reader that does not read stops the session and loses nothing`() throws {
    let pipe = try Processes.Pipe()
    let scratch = try Scratch()
    let sink = try TcpdumpView(
      flags: try flags("-nnX"), writer: Writer(pipe.writeEnd!, name: "standard output"),
      messages: try scratch.writer("err"))
    sink.begin(points: labels)
    let packet = Packet(bytes: Frames.udpFrame(String(repeating: "z", count: 1400)))
    var set = PollSet()
    var count: UInt64 = 0
    let deadline = ContinuousClock.now + .seconds(3)
    while ContinuousClock.now < deadline {
      while sink.wantsMore {
        try packet.with { try sink.consume($0) }
        count += 1
      }
      try sink.idle(now: .now)
      try turn(sink, &set, within: .milliseconds(20))
    }
    #expect(!sink.wantsMore)
    #expect(count < 10_000, "at most some mebibytes are queued")
    // Now somebody reads, and everything arrives.
    let reader = pipe.readEnd!
    try setNonblocking(reader)
    try sink.finish()
    var received = 0
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    let end = ContinuousClock.now + .seconds(30)
    while !sink.isFinished, ContinuousClock.now < end {
      try turn(sink, &set, within: .milliseconds(10))
      while true {
        let got = read(reader.rawValue, &buffer, buffer.count)
        if got <= 0 { break }
        received += buffer[..<got].split(separator: 0x0A).count { $0.starts(with: "icmp_rcv".utf8) }
      }
    }
    #expect(sink.tally == SinkTally(verb: "displayed", consumed: count, delivered: count))
    // A read may end within the first word of a line.
    #expect(abs(received - Int(count)) <= Int(count) / 20)
  }

  @Test func `a reader that goes away ends the view`() throws {
    var pipe = try Processes.Pipe()
    let scratch = try Scratch()
    let sink = try TcpdumpView(
      flags: try flags("-nn"), writer: Writer(pipe.writeEnd!, name: "standard output"),
      messages: try scratch.writer("err"))
    sink.begin(points: labels)
    pipe.closeReadEnd()
    #expect(throws: OutputError.closed) {
      try feed(sink, [Packet](repeating: Packet(bytes: Frames.pingFrame()), count: 10))
      try run(sink, within: .seconds(10)) { false }
    }
    sink.abandon()
  }

  @Test func `tcpdump runs as nobody`() throws {
    guard geteuid() == 0 else { return }
    let scratch = try Scratch()
    let sink = try TcpdumpView(
      flags: try flags("-nn"), writer: try scratch.writer("out"),
      messages: try scratch.writer("err"))
    sink.begin(points: labels)
    let status = try String(contentsOfFile: "/proc/\(sink.processID)/status", encoding: .utf8)
    #expect(status.contains("Uid:\t65534\t65534\t65534\t65534\n"))
    #expect(status.contains("CapEff:\t0000000000000000\n"))
    #expect(status.contains("NoNewPrivs:\t1\n"))
    try finish([sink], by: .now + .seconds(20))
  }
}
