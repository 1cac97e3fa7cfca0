import Language
import Packets
import Runtime
import Testing

@Suite struct PathTests {
  /// A path over `a`, `b` and `c` that tells of each journey.
  private func script(
    _ key: PathDefinition.Key, within: Int64 = 1_000_000, max: Int = 10, hops: Int = 3
  ) -> Script {
    var script = Script.made()
    script.paths = [
      PathDefinition(
        name: "way", hopNames: Array(["a", "b", "c"].prefix(hops)), key: key, within: within,
        maximum: max)
    ]
    for hop in 0..<hops {
      script.probe([], emits: true, path: ProbeDefinition.PathRole(path: 0, hop: hop))
    }
    func journey(_ field: JourneyField) -> TextPiece { .value(.make(.journey(field))) }
    script.on(
      .path(0),
      .print(
        .line(
          .value(.make(.journey(.complete), .boolean)), .text(" "),
          .value(.make(.journey(.total), .integer(.duration)), ValueFormat()), .text(" missing "),
          journey(.missing), .text(" repeated "), journey(.repeated), .text(" late "),
          journey(.late))),
      .make(
        .forEachHop([
          .print(
            .line(
              .text("  "), .value(.make(.hop(.index))), .text(" "),
              .value(.make(.hop(.name), .text)), .text(" at "),
              .value(.make(.hop(.at), .integer(.duration))), .text(" ns "),
              .value(.make(.hop(.ns), .integer(.duration)))))
        ])))
    return script
  }

  private func seen(
    _ hop: Int, at time: UInt64, _ bytes: [UInt8] = Frames.udp(Array("x".utf8)), skb: UInt64 = 1
  ) -> MadePacket {
    MadePacket(bytes: bytes, time: 1_000_000_000 + time, probes: [hop], skb: skb)
  }

  @Test func `a journey is one object`() throws {
    let text = try run(
      script(.content), [seen(0, at: 0), seen(1, at: 500), seen(2, at: 2500)])
    #expect(
      text == """
        true 2.5us missing 0 repeated 0 late 0
          0 a at 0ns ns -
          1 b at 500ns ns 500ns
          2 c at 2.5us ns 2us

        """)
  }

  @Test func `later hops come in any order`() throws {
    let text = try run(
      script(.content), [seen(0, at: 0), seen(2, at: 500), seen(1, at: 2500)])
    #expect(text.hasPrefix("true 2.5us missing 0"))
    #expect(text.contains("2 c at 500ns ns -2us"))
  }

  @Test func `time runs out`() throws {
    let text = try run(
      script(.content),
      [seen(0, at: 0), seen(1, at: 10), seen(1, at: 20), seen(0, at: 1_000_001, Frames.tcp())]
    ) { runtime in
      #expect(runtime.journeys[0].incomplete == 2)
      #expect(runtime.journeys[0].repeated == 1)
    }
    #expect(text.hasPrefix("false 10ns missing 1 repeated 1 late 0\n"))
    #expect(text.contains("  2 c at - ns -\n"))
  }

  @Test func `packets without content are not the same packet`() throws {
    let text = try run(
      script(.content, hops: 2), [seen(0, at: 0, []), seen(0, at: 5, []), seen(1, at: 10, [])]
    ) { runtime in
      #expect(runtime.journeys[0].unknown == 3)
      #expect(runtime.journeys[0].complete + runtime.journeys[0].incomplete == 0)
    }
    #expect(text.isEmpty)
  }

  @Test func `late hops are told apart`() throws {
    let text = try run(
      script(.content),
      // Late, and what ends the journey; then later still.
      [seen(0, at: 0), seen(1, at: 1_000_001), seen(2, at: 1_500_000)]
    ) { runtime in
      #expect(runtime.journeys[0].late == 2)
      #expect(runtime.journeys[0].timedOut == 1 && runtime.journeys[0].incomplete == 1)
    }
    #expect(text.hasPrefix("false 0ns missing 2 repeated 0 late 1\n"))
  }

  @Test func `the end ends journeys`() throws {
    let text = try run(script(.content), [seen(0, at: 0), seen(2, at: 7)]) { runtime in
      #expect(runtime.journeys[0].cut == 1 && runtime.journeys[0].incomplete == 1)
      #expect(runtime.events == 1, "journeys are counted, and not their hops")
    }
    #expect(text.hasPrefix("false 7ns missing 1"))
  }

  @Test func `only so many are under way`() throws {
    let packets = (0..<5).map { seen(0, at: UInt64($0), Frames.udp([UInt8($0)])) }
    _ = try run(script(.content, max: 3), packets) { runtime in
      #expect(runtime.journeys[0].refused == 2)
      let losses = try runtime.losses()
      #expect(losses == ["path way: 2 journeys refused: 3 were under way, its max"])
    }
  }

  @Test func `hops without a beginning are none`() throws {
    #expect(try run(script(.content), [seen(1, at: 0), seen(2, at: 5)]) == "")
  }

  @Test func `content leaves out what changes on the way`() throws {
    let one = Frames.tcp(40000, 443, [UInt8](repeating: 7, count: 100), ttl: 64)
    var two = Frames.tcp(40000, 443, [UInt8](repeating: 7, count: 100), ttl: 63)
    // The checksums, other Ethernet addresses, and padding.
    two[24] ^= 0xff
    two[50] ^= 0xff
    two[3] ^= 1
    two += [0, 0, 0, 0]
    let text = try run(script(.content, hops: 2), [seen(0, at: 0, one), seen(1, at: 9, two)])
    #expect(text.hasPrefix("true"))
    for place in [23 - 4, 60, 110] {
      var other = one
      other[place] ^= 1
      let text = try run(script(.content, hops: 2), [seen(0, at: 0, one), seen(1, at: 9, other)])
      #expect(text.hasPrefix("false"), "byte \(place)")
    }
    // Without its link header.
    var bare = seen(1, at: 9, Array(one[14...]))
    bare.link = .rawIP
    #expect(try run(script(.content, hops: 2), [seen(0, at: 0, one), bare]).hasPrefix("true"))
  }

  @Test func `a flow goes either way`() throws {
    let there = Frames.tcp(40000, 443)
    let back = Frames.tcp(443, 40000, source: [10, 0, 0, 2], destination: [10, 0, 0, 1])
    #expect(
      try run(script(.flow, hops: 2), [seen(0, at: 0, there), seen(1, at: 9, back)])
        .hasPrefix("true"))
    let other = Frames.tcp(40001, 443)
    #expect(
      try run(script(.flow, hops: 2), [seen(0, at: 0, there), seen(1, at: 9, other)])
        .hasPrefix("false"))
    #expect(
      try run(script(.flow, hops: 2), [seen(0, at: 0, Frames.ethernet(0x88b5, [1, 2]))]) == "")
  }

  @Test func `a buffer is another packet's once it was freed`() throws {
    let text = try run(
      script(.skb),
      [
        seen(0, at: 0, Frames.udp([1])), seen(1, at: 5, Frames.udp([1])),
        seen(0, at: 10, Frames.udp([2])), seen(0, at: 11, Frames.udp([2])),
        seen(1, at: 20, Frames.udp([2])), seen(2, at: 30, Frames.udp([2])),
        seen(0, at: 40, Frames.udp([2]), skb: 9),
      ]
    ) { runtime in
      #expect(runtime.journeys[0].complete == 1)
      #expect(runtime.journeys[0].incomplete == 2)
    }
    let heads = text.split(separator: "\n").filter { !$0.hasPrefix(" ") }
    #expect(
      heads == [
        "false 5ns missing 1 repeated 0 late 0", "true 20ns missing 0 repeated 1 late 0",
        "false 0ns missing 2 repeated 0 late 0",
      ])
  }

  @Test func `a journey that nobody asks about is shown`() throws {
    var script = script(.content)
    script.handlers = []
    let text = try run(script, [seen(0, at: 0), seen(1, at: 1500), seen(2, at: 2500)])
    #expect(
      text == """
        <packet of 43>
            a  +0ns
            b  +1.5us
            c  +2.5us  (+1us)

        """)
  }

  @Test func `thousands of journeys are let go`() throws {
    var packets: [MadePacket] = []
    for number in 0..<6000 {
      let bytes = Frames.udp([UInt8(number & 0xff), UInt8(number >> 8)])
      packets.append(seen(0, at: UInt64(number) * 400_000, bytes))
      if number % 3 == 0 { packets.append(seen(1, at: UInt64(number) * 400_000 + 9, bytes)) }
    }
    _ = try run(script(.content, max: 4, hops: 2), packets) { runtime in
      #expect(runtime.journeys[0].complete == 2000)
      #expect(runtime.journeys[0].incomplete == 4000)
      #expect(runtime.journeys[0].refused == 0)
    }
  }
}
