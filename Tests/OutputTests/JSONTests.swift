import Foundation
import Language
import Packets
import Syntax
import SystemPackage
import Testing

@testable import Output

@Suite struct JSONTests {
  /// The objects that a sink writes for packets.
  private func objects(_ packets: [Packet], flags text: String? = nil) throws -> [NSDictionary] {
    let scratch = try Scratch()
    let sink = try JSONLines(
      flags: try text.map { try flags($0) }, writer: try scratch.writer("out"),
      messages: try scratch.writer("err"))
    sink.begin(points: labels)
    try feed(sink, packets)
    try finish([sink], by: .now + .seconds(20))
    #expect(sink.tally.delivered == UInt64(packets.count))
    #expect(try scratch.text("err") == "")
    return try parse(try scratch.bytes("out"))
  }

  private func parse(_ bytes: [UInt8]) throws -> [NSDictionary] {
    #expect(bytes.allSatisfy { $0 == 0x0A || $0 >= 0x20 && $0 != 0x7F })
    return try bytes.split(separator: 0x0A).map {
      try #require(try JSONSerialization.jsonObject(with: Data($0)) as? NSDictionary)
    }
  }

  @Test func `a packet is an object with all there is to know`() throws {
    let packets = [
      Packet(time: 1_795_406_400_123_456_789, bytes: [0, 1, 0xab, 0xff]),
      Packet(
        time: 1_795_406_400_000_000_009, point: 1, cpu: 3, command: KernelName(""),
        interface: KernelName(""), link: .rawIP, etherType: 0x86dd, packetLength: 99, isCut: true,
        bytes: []),
    ]
    let objects = try objects(packets)
    #expect(
      objects[0] == [
        "type": "packet", "point": "icmp_rcv", "time": "2026-11-23T04:00:00.123456789Z",
        "time_ns": 1_795_406_400_123_456_789 as Int64, "cpu": 1, "pid": 812, "tid": 813,
        "comm": "ping", "dev": "veth0", "ifindex": 7, "netns": 4_026_531_840 as Int64,
        "skb": "0xffff888001234500", "link": "ethernet", "ethertype": 0x0800, "len": 4,
        "caplen": 4, "bytes": "0001abff",
      ])
    #expect(
      objects[1] == [
        "type": "packet", "point": "skb:kfree_skb", "time": "2026-11-23T04:00:00.000000009Z",
        "time_ns": 1_795_406_400_000_000_009 as Int64, "cpu": 3, "pid": 812, "tid": 813,
        "comm": "", "dev": NSNull(), "ifindex": 0, "netns": 4_026_531_840 as Int64,
        "skb": "0xffff888001234500", "link": "none", "ethertype": 0x86dd, "len": 99,
        "caplen": 0, "unreadable": true, "bytes": "",
      ])
  }

  @Test func `the text is tcpdump's, without time and line end`() throws {
    let objects = try objects(
      [
        Packet(bytes: Frames.pingFrame()), Packet(bytes: Frames.udpFrame("a\"b\\c\n\u{1b}")),
        Packet(bytes: Frames.arp()),
      ], flags: "-nnttttA")
    let texts = objects.map { $0["text"] as? String }
    #expect(
      texts[0]?.hasPrefix("IP 10.9.0.1 > 10.9.0.2: ICMP echo request, id 7, seq 1, length 56\nE")
        == true)
    #expect(texts[1]?.contains("a\"b\\c\n.") == true)
    #expect(texts[2]?.hasPrefix("ARP, Request who-has 10.9.0.2 tell 10.9.0.1, length 28\n") == true)
    #expect(texts.allSatisfy { $0?.hasSuffix("\n") == false })
    #expect(objects.map { $0["bytes"] as? String }[2]?.count == 84)
  }

  @Test func `a thousand packets with text keep their order`() throws {
    let packets = (0..<1000).map { Packet(bytes: Frames.pingFrame(sequence: $0)) }
    let objects = try objects(packets, flags: "-nn")
    for (index, object) in objects.enumerated() {
      #expect((object["text"] as? String)?.hasSuffix("seq \(index), length 56") == true)
    }
  }

  @Test func `strings are escaped, and what is not UTF-8 is replaced`() throws {
    let cases: [([UInt8], String)] = [
      (Array("a\"b\\c/d".utf8), "a\"b\\c/d"), ([0x1b, 0x5b, 0x0A, 0x09, 0x0D], "\u{1b}[\n\t\r"),
      ([0x61, 0x7F, 0xC2, 0x9B], "a\u{7f}\u{9b}"), (Array("né€😀".utf8), "né€😀"),
      ([0xff, 0x61, 0xc3], "\u{fffd}a\u{fffd}"), ([0xe2, 0x80, 0xae, 0x61], "\u{202e}a"),
    ]
    let packets = cases.map { bytes, _ in
      let name = bytes + [UInt8](repeating: 0, count: 16 - bytes.count)
      return Packet(command: name.withUnsafeBytes { KernelName($0) }, bytes: [])
    }
    for (object, (_, expected)) in zip(try objects(packets), cases) {
      #expect(object["comm"] as? String == expected)
    }
  }

  @Test func `diagnostics are objects`() throws {
    let scratch = try Scratch()
    let writer = try scratch.writer("out")
    let source = SourceText(name: "-e", text: "tcp port 80")
    writer.append(
      json: Diagnostic(
        .error, "syntax \"error\"", at: Diagnostic.Place(source, Span(4..<8)),
        hints: ["did you mean port?", "two"]))
    writer.append(json: Diagnostic(.warning, "slow"))
    try writer.flush()
    let objects = try parse(try scratch.bytes("out"))
    #expect(
      objects == [
        [
          "type": "error", "message": "syntax \"error\"", "source": "-e", "text": "tcp port 80",
          "start": 4, "end": 8, "hints": ["did you mean port?", "two"],
        ],
        ["type": "warning", "message": "slow"],
      ])
  }

  @Test func `the ledger is an object`() throws {
    let scratch = try Scratch()
    let writer = try scratch.writer("out")
    writer.append(json: LedgerTests.ledger)
    try writer.flush()
    let objects = try parse(try scratch.bytes("out"))
    #expect(
      objects == [
        [
          "type": "ledger", "received": 89, "lost": 28,
          "points": [
            [
              "point": "icmp_rcv", "mechanism": "fentry", "hits": 115, "emitted": 90,
              "filtered": 3, "other_interface": 4, "no_interface": 5, "no_packet": 6,
              "ring_full": 7, "unreadable": 0, "missed": 8,
            ],
            [
              "point": "skb:kfree_skb", "mechanism": "tracepoint", "hits": 2, "emitted": 0,
              "filtered": 0, "other_interface": 0, "no_interface": 0, "no_packet": 0,
              "ring_full": 0, "unreadable": 2, "missed": NSNull(),
            ],
          ],
          "sinks": [["verb": "displayed", "consumed": 89, "delivered": 79]],
        ]
      ])
  }
}
