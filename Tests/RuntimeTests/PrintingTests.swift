import Language
import Packets
import Runtime
import Testing

@Suite struct PrintingTests {
  private func text(
    _ value: TypedExpression, _ format: (inout ValueFormat) -> Void = { _ in },
    _ packet: MadePacket = MadePacket(bytes: Frames.tcp()),
    _ prepare: (inout Script) -> Void = { _ in }
  ) throws -> String {
    var made = ValueFormat()
    format(&made)
    return try printed(.line(.value(value, made)), packet, prepare)
  }

  @Test(arguments: [
    (Presentation.decimal, -5, "-5"), (.unsigned, -1, "18446744073709551615"), (.hex, 16, "0x10"),
    (.pointer, -1, "0xffffffffffffffff"), (.hex, 0, "0x0"), (.duration, 0, "0ns"),
    (.duration, 999, "999ns"), (.duration, 1000, "1us"), (.duration, 1500, "1.5us"),
    (.duration, 12_345_678, "12.345ms"), (.duration, 2_000_000_000, "2s"),
    (.duration, -1_500_000, "-1.5ms"), (.duration, Int64.min, "-9223372036.854s"),
    (.time, 1_700_000_000_123_456_789, "22:13:20.123456"), (.enumeration(0), 1, "ONE"),
    (.enumeration(0), 9, "9"),
  ])
  func `numbers`(presentation: Presentation, number: Int64, expected: String) throws {
    let shown = try text(.int(number, presentation)) {
      $0.enumerations = [
        Enumeration(
          name: "e",
          cases: [.init(name: "SKB_X_ONE", value: 1), .init(name: "SKB_X_TWO", value: 2)])
      ]
    }
    #expect(shown == expected)
  }

  private func text(
    _ value: TypedExpression, _ prepare: @escaping (inout Script) -> Void
  ) throws -> String {
    try text(value, { _ in }, MadePacket(bytes: Frames.tcp()), prepare)
  }

  @Test func `formats`() throws {
    func shown(
      _ number: Int64, _ style: ValueFormat.Style = .standard, width: Int = 0, digits: Int? = nil,
      left: Bool = false, zeros: Bool = false, alternate: Bool = false
    ) throws -> String {
      try text(
        .int(number),
        {
          $0.style = style
          $0.width = width
          $0.digits = digits
          $0.isLeft = left
          $0.isZeroPadded = zeros
          $0.isAlternate = alternate
        })
    }
    #expect(try shown(255, .hex) == "ff")
    #expect(try shown(255, .hex, alternate: true) == "0xff")
    #expect(try shown(255, .hex, width: 8, zeros: true, alternate: true) == "0x0000ff")
    #expect(try shown(-1, .hex) == "ffffffffffffffff")
    #expect(try shown(-7, width: 5, zeros: true) == "-0007")
    #expect(try shown(7, width: 5) == "    7")
    #expect(try shown(7, width: 5, left: true) == "7    ")
    #expect(try shown(123_456, width: 3) == "123456")
    #expect(try shown(0x4d, .character) == "M")
    #expect(try shown(0x1b, .character) == "\\x1b")
    #expect(try shown(0, .bytes) == "0 B")
    #expect(try shown(1023, .bytes) == "1023 B")
    #expect(try shown(1536, .bytes) == "1.5 KiB")
    #expect(try shown(-1536, .bytes, digits: 0) == "-1 KiB")
    #expect(try shown(.max, .bytes) == "7.9 EiB")
    #expect(try shown(1_234_567, .us) == "1234.567us")
    #expect(try shown(1_234_567, .ms) == "1.234ms")
    #expect(try shown(1_234_567, .ms, width: 10, digits: 1) == "     1.2ms")
    #expect(try shown(1_234_567_890, .s, digits: 0) == "1s")
    #expect(try shown(1_700_000_000_123_456_789, .clock, digits: 9) == "22:13:20.123456789")
    #expect(try shown(1_700_000_000_123_456_789, .clock, digits: 0) == "22:13:20")
    #expect(
      try shown(1_700_000_000_123_456_789, .date, digits: 3) == "2023-11-14 22:13:20.123")
    #expect(try shown(951_782_400_000_000_000, .date, digits: 0) == "2000-02-29 00:00:00")
    #expect(try shown(-2, .errno) == "-ENOENT")
    #expect(try shown(110, .errno) == "ETIMEDOUT")
    #expect(try shown(0, .errno) == "0")
    #expect(try shown(-4000, .errno) == "-4000")
    #expect(try text(.absent(), { $0.width = 4 }) == "   -")
  }

  @Test(arguments: [
    ("::", "::"), ("::1", "::1"), ("fd00::1", "fd00::1"), ("2001:db8:0:1:1:1:1:1", nil),
    ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"), ("1:0:0:2:3:0:0:4", "1::2:3:0:0:4"),
    ("1:2:3:4:5:6:7:8", nil), ("1:2:3:4:5:6:0:0", "1:2:3:4:5:6::"), ("fe80::1234:0:1", nil),
    ("10.1.2.3", nil), ("255.255.255.255", nil), ("0.0.0.0", nil),
  ])
  func `addresses`(address: String, expected: String?) throws {
    let value = try #require(AddressValue(address))
    #expect(try text(.address(value)) == expected ?? address)
  }

  @Test func `flows and macs`() throws {
    let flow = TypedExpression.make(.packetFlow(depth: 0), .flow)
    #expect(try text(flow) == "10.0.0.1:40000 > 10.0.0.2:443")
    #expect(
      try text(flow, { _ in }, MadePacket(bytes: Frames.udp()))
        == "10.0.0.1:40000 > 10.0.0.2:53 udp")
    let six = MadePacket(bytes: Frames.ethernet(0x86dd, Frames.ipv6(6, Frames.tcpSegment())))
    #expect(try text(flow, { _ in }, six) == "[fd00::1]:40000 > [fd00::2]:443")
    let ping = MadePacket(
      bytes: Frames.ethernet(0x0800, Frames.ipv4(1, [8, 0, 0, 0, 0, 1, 0, 1])))
    #expect(try text(flow, { _ in }, ping) == "10.0.0.1 > 10.0.0.2 icmp")
    #expect(try text(flow, { _ in }, MadePacket(bytes: Frames.ethernet(0x0806, []))) == "-")
    #expect(try text(.field(.eth, "src")) == "02:00:00:00:00:01")
    #expect(try text(.field(.tcp, "flags")) == "0x18")
    #expect(try text(.field(.tcp, "flags.psh")) == "true")
    for (member, expected) in [
      (FlowMember.src, "10.0.0.1"), (.sport, "40000"), (.dst, "10.0.0.2"), (.dport, "443"),
      (.proto, "6"),
    ] {
      let isAddress = member == .src || member == .dst
      #expect(
        try text(.make(.flowMember(flow, member), isAddress ? .address : .integer(.decimal)))
          == expected)
    }
  }

  @Test func `packet text cannot command a terminal`() throws {
    let payload: [UInt8] =
      Array("a\u{1b}[2J\r\n\u{9b}é\u{202e}\u{2028}".utf8) + [0xff, 0xc3, 0x28, 0xe2, 0x82]
    let packet = MadePacket(bytes: Frames.udp(payload))
    let value = TypedExpression.make(.payloadText(.udp, depth: 0), .text)
    let expected =
      "a\\x1b[2J\\x0d\\x0a\\xc2\\x9bé\\xe2\\x80\\xae\\xe2\\x80\\xa8\\xff\\xc3(\\xe2\\x82"
    #expect(try text(value, { _ in }, packet) == expected)
    #expect(try text(value, { $0.digits = 3 }, packet) == "a\\x")
    #expect(
      try text(value, { $0.style = .hexText }, packet).hasPrefix("611b5b324a0d0a"))
    // Nor by a detour over a local.
    var script = Script.made()
    script.probe([], emits: true)
    script.on(
      .probe(0), locals: [Body.Local(name: "s", type: .text)], .set(0, value),
      .print(.local(0, .text)), .set(0, .line(.text("x\n"), .value(value))),
      .print(.local(0, .text)))
    #expect(try run(script, [packet]) == expected + "\nx\n" + expected + "\n")
    var named = packet
    named.probes = [0]
    named.context.command = KernelName("\u{7}\u{1b}c")
    #expect(try text(.context(.comm, .text), { _ in }, named) == "\\x07\\x1bc")
  }

  @Test(arguments: [true, false])
  func `colours are for those who want them`(isWanted: Bool) throws {
    var script = Script.made()
    script.probe([], emits: true)
    let pieces = TextColour.allCases.map { TextPiece.value(.make(.colour($0), .text)) }
    script.on(
      .probe(0),
      .print(.make(.interpolation(pieces + [.value(.make(.eventNumber))]), .text)))
    let text = try run(
      script, [MadePacket(bytes: Frames.tcp()), MadePacket(bytes: Frames.tcp())],
      environment: PrintingEnvironment(usesColour: isWanted))
    let codes =
      isWanted
      ? ["0;31", "0;32", "0;33", "0;34", "0;35", "0;36", "0"].map { "\u{1b}[\($0)m" }.joined() : ""
    #expect(text == "\(codes)0\n\(codes)1\n")
  }

  @Test func `numbers as they are`() throws {
    #expect(try text(.int(1_500_000, .duration), { $0.style = .decimal }) == "1500000")
    #expect(try text(.int(-1, .unsigned), { $0.style = .decimal }) == "18446744073709551615")
    #expect(
      try text(
        .int(-7),
        {
          $0.style = .decimal; $0.width = 4
        }) == "  -7")
  }

  @Test func `stacks are printed as ByteDance's netcap does`() throws {
    var script = Script.made()
    script.probe([], emits: true)
    var wide = ValueFormat()
    wide.style = .kstack
    script.on(
      .probe(0), .print(.line(.text(">\n"), .value(.context(.stack, .stack), wide))))
    var packet = MadePacket(bytes: Frames.tcp())
    packet.probes = [0]
    packet.context.stack = 7
    let text = try run(
      script, [packet],
      environment: PrintingEnvironment(symbolize: { _ in
        ["ip_rcv+0x1", "nft_do_chain+0x2 [nf_tables]"]
      }))
    #expect(text == ">\n    ip_rcv+0x1\n    nft_do_chain+0x2    [nf_tables]\n")
  }

  @Test func `stacks are looked up`() throws {
    var script = Script.made()
    script.probe([], emits: true)
    script.on(.probe(0), .print(.context(.stack, .stack)))
    var packet = MadePacket(bytes: Frames.tcp())
    packet.probes = [0]
    packet.context.stack = 7
    let text = try run(
      script, [packet],
      environment: PrintingEnvironment(symbolize: { ["frame \($0)", "b\u{1b}"] }))
    #expect(text == "        frame 7\n        b\\x1b\n")
  }

  /// Their numbers are others in each session, as on a recording: what they print tells their order.
  @Test func `stacks have one order whatever their numbers`() throws {
    func text(_ numbers: [UInt64: String]) throws -> String {
      var script = Script.made()
      script.table("t", keys: [("chain", .stack)], .count, as: .decimal)
      let store = MemoryStore(script)
      for number in numbers.keys { store.add(table: 0, key: [1, number], value: 1) }
      script.on(.end, .print(.table(0, order: .byValueDescending)))
      let output = FakeOutput()
      let runtime = ScriptRuntime(
        script, store: store, output: output, points: [],
        environment: PrintingEnvironment(symbolize: { [numbers[$0] ?? "", "main+0x1"] }))
      try runtime.end()
      return output.text
    }
    let one = try text([1: "ip_rcv+0x1", 2: "arp_rcv+0x2", 3: "tcp_ack+0x3"])
    #expect(try text([3: "ip_rcv+0x1", 1: "arp_rcv+0x2", 2: "tcp_ack+0x3"]) == one)
    let places = ["arp_rcv", "ip_rcv", "tcp_ack"].map { one.firstRange(of: $0)?.lowerBound }
    #expect(zip(places, places.dropFirst()).allSatisfy { $0! < $1! }, "\(one)")
  }

  private func table(
    _ aggregation: Aggregation, _ samples: [(UInt64, Int64)],
    as presentation: Presentation = .decimal,
    order: TableQuery.Order = .byKey
  ) throws -> String {
    var script = Script.made()
    script.table("t", keys: [("key", .integer(.decimal))], aggregation, as: presentation)
    let store = MemoryStore(script)
    for (key, sample) in samples { store.add(table: 0, key: [1, key], value: sample) }
    script.on(.end, .print(.table(0, order: order)))
    let output = FakeOutput()
    let runtime = ScriptRuntime(script, store: store, output: output, points: [])
    try runtime.end()
    return output.text
  }

  @Test func `tables`() throws {
    let samples: [(UInt64, Int64)] = [(1, 5), (2, 1000), (2, 3000), (10, -4)]
    #expect(
      try table(.count, samples) == "key  count\n  1      5\n  2   4000\n 10     -4\n")
    #expect(
      try table(.average, samples, as: .duration, order: .byValueDescending)
        == "key   avg  count\n  2   2us      2\n  1   5ns      1\n 10  -4ns      1\n")
    #expect(try table(.minimum, samples, order: .byValue).hasPrefix("key   min\n 10    -4\n"))
    #expect(try table(.maximum, samples).contains("\n  2  3000\n"))
    #expect(
      try table(.quantiles, (0...1000).map { (1, $0) })
        == "key  count  p50  p90  p99  p99.9\n  1   1001  503  911  975   1007\n")
    #expect(try table(.stats, []) == "t: empty\n")
  }

  @Test func `histograms`() throws {
    let bar = String(repeating: "@", count: 40)
    let half = String(repeating: "@", count: 20) + String(repeating: " ", count: 20)
    let none = String(repeating: " ", count: 40)
    #expect(
      try table(.histogram, [(1, -5), (1, 0), (1, 1), (1, 4), (1, 7)]) == """
        key 1
          < 0     1 |\(half)|
          0       1 |\(half)|
          1       1 |\(half)|
          [2, 4)  0 |\(none)|
          [4, 8)  2 |\(bar)|

        """)
    #expect(
      try table(
        .linearHistogram(low: 0, high: 25, step: 10), [(1, -1), (1, 24), (1, 25), (1, 99)],
        as: .duration) == """
          key 1
            < 0ns         1 |\(half)|
            [0ns, 10ns)   0 |\(none)|
            [10ns, 20ns)  0 |\(none)|
            [20ns, 25ns)  1 |\(half)|
            >= 25ns       2 |\(bar)|

          """)
    #expect(try table(.histogram, [(1, .max)]).contains("  >= 4611686018427387904  1 |"))
  }

  @Test func `bounds and buckets agree`() {
    for aggregation: Aggregation in [
      .histogram, .quantiles, .linearHistogram(low: -100, high: 77, step: 9),
    ] {
      var samples: [Int64] = [.min, -1, 0, 1, .max]
      for bit in 0..<63 { samples += [1 << bit, 1 << bit - 1, 1 << bit + 1, 3 << bit] }
      for _ in 0..<1000 { samples.append(Int64.random(in: -200...(1 << Int64.random(in: 1...62)))) }
      for sample in samples {
        let bucket = aggregation.bucket(of: sample)
        let (low, high) = aggregation.bounds(ofBucket: bucket)
        if let low { #expect(sample >= low, "\(aggregation) \(sample) \(bucket)") }
        if let high { #expect(sample < high, "\(aggregation) \(sample) \(bucket)") }
      }
    }
  }
}
