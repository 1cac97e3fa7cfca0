import Language
import Packets
import Runtime
import Testing

@Suite struct RuntimeTests {
  @Test func `timers follow the clock of the packets`() throws {
    var script = Script.made()
    script.table("t")
    script.probe([.add(0, [])])
    script.on(
      .every(1_000_000_000),
      .print(
        .line(
          .value(.context(.time, .integer(.duration))), .text(" "), .value(.has(.tcp)))),
      .print(.table(0, takes: true)))
    let packets = [1.5, 2.0, 2.4, 5.6].map {
      MadePacket(bytes: Frames.tcp(), time: UInt64($0 * 1e9))
    }
    #expect(
      try run(script, packets) == """
        2.5s false
        count
            3
        3.5s false
        t: empty
        4.5s false
        t: empty
        5.5s false
        t: empty

        """)
  }

  @Test func `a clock that jumps does not run for ever`() throws {
    var script = Script.made()
    script.probe([.where(.bool(false))])
    script.table("ticks")
    script.on(.every(1000), .add(0, []))
    script.on(.end, .print(.table(0)))
    let packets = [MadePacket(bytes: [], time: 0), MadePacket(bytes: [], time: 1 << 60)]
    let text = try run(script, packets) { runtime in
      let losses = try runtime.losses()
      #expect(losses.count == 1)
    }
    let last = try #require(text.split(separator: "\n").last)
    let count = try #require(Int(last.trimmed))
    #expect(count < 200_000)
  }

  @Test func `several timers take turns`() throws {
    var script = Script.made()
    script.probe([.where(.bool(false))])
    for interval in [3, 2] as [Int64] {
      script.on(.every(interval), .print(.int(interval)))
    }
    let text = try run(
      script, [MadePacket(bytes: [], time: 0), MadePacket(bytes: [], time: 6)])
    #expect(text == "2\n3\n2\n3\n2\n")
  }

  @Test func `who takes over has the timers`() throws {
    var script = Script.made()
    script.probe([.where(.bool(false))])
    script.on(.every(10), .print(.int(1)))
    let output = FakeOutput()
    let store = MemoryStore(script)
    let first = ScriptRuntime(script, store: store, output: output, points: [])
    try first.begin()
    for time in [0, 12] as [UInt64] { try MadePacket(bytes: [], time: time).replay(first) }
    #expect(output.text == "1\n")
    let second = ScriptRuntime(
      script, store: MemoryStore(script, continuing: store), output: output, points: [],
      continuing: first)
    try first.advance(to: 100)
    #expect(output.text == "1\n")
    // The second round is due at 20, not ten later than the change.
    try second.advance(to: 21)
    #expect(output.text == "1\n1\n")
    try second.advance(to: 35)
    #expect(output.text == "1\n1\n1\n")
  }

  @Test func `what the kernel half sends is handled when it has ended`() throws {
    var script = Script.made()
    script.table("t")
    script.probe(
      [.emit(.int(1)), .add(0, []), .emit(.int(2)), .add(0, [])],
      fields: [EventField(name: "n", type: .integer(.decimal))])
    script.on(.probe(0), .print(.event(0)), .print(.table(0)))
    #expect(
      try run(script, [MadePacket(bytes: Frames.tcp())])
        == "1\ncount\n    2\n2\ncount\n    2\n")
  }

  @Test func `fields have their widths`() throws {
    var script = Script.made()
    let widths: [(Int, Bool)] = [(8, false), (8, true), (32, false), (64, true)]
    script.probe(
      [.emit(.int(-1), .int(0x180), .int(-1), nil)],
      fields: widths.enumerated().map {
        EventField(
          name: "f\($0)", type: .integer(.decimal),
          width: EventField.Width(bits: $1.0, isSigned: $1.1))
      })
    #expect(
      try run(script, [MadePacket(bytes: [1, 2])]) == "show 2 f0=255 f1=-128 f2=4294967295 f3=-\n")
  }

  @Test func `capture cuts what the other half sees`() throws {
    var script = Script.made()
    script.probe([.make(.capture(20))], emits: true)
    script.probe([], emits: true)
    script.on(
      .probe(0), .print(.has(.tcp), .make(.capturedLength), .make(.packetLength(depth: 0))))
    script.on(.probe(1), .print(.has(.tcp), .make(.capturedLength)))
    #expect(try run(script, [MadePacket(bytes: Frames.tcp())]) == "false 20 54\ntrue 54\n")
  }

  @Test func `exit ends at once, with a status`() throws {
    var script = Script.made()
    script.probe([], emits: true)
    script.on(.probe(0), .print(.int(1)), .make(.exit(.int(300))), .print(.int(2)))
    script.on(.probe(0), .print(.int(3)))
    let text = try run(script, [MadePacket(bytes: []), MadePacket(bytes: [])]) { runtime in
      #expect(runtime.exitStatus == 44)
      #expect(runtime.events == 1)
    }
    #expect(text == "1\n")
  }

  @Test func `functions and loops`() throws {
    var script = Script.made()
    // func fold(n, text) { var s = 0; for i in 0..<n { if i == 3 { return s }; s = s * 10 + i } }
    script.functions = [
      FunctionInstance(
        name: "fold", parameterCount: 1, result: .integer(.decimal),
        body: Body(
          locals: [.int("n"), .int("s"), .int("i")],
          statements: [
            .set(1, .int(9)),
            .make(
              .loop(
                local: 2, from: .int(0), to: .local(0),
                [
                  .make(
                    .condition(
                      .compare(.equal, .local(2), .int(3)),
                      then: [.make(.returning(.local(1)))], otherwise: [])),
                  .set(
                    1, .calculate(.add, .calculate(.multiply, .local(1), .int(10)), .local(2))),
                ])),
          ])),
      FunctionInstance(
        name: "pick", parameterCount: 2, result: .text,
        body: Body(
          locals: [
            Body.Local(name: "a", type: .text), Body.Local(name: "b", type: .text),
          ],
          statements: [
            .make(.returning(.make(.coalesce(.local(0, .text), .local(1, .text)), .text)))
          ])),
      FunctionInstance(
        name: "sum", parameterCount: 2, result: .integer(.decimal),
        body: Body(
          locals: [.int("a"), .int("b")],
          statements: [.make(.returning(.calculate(.subtract, .local(0), .local(1))))])),
    ]
    func call(_ index: Int, _ arguments: TypedExpression...) -> TypedExpression {
      .make(.call(index, arguments), index == 1 ? .text : .integer(.decimal))
    }
    script.probe([], emits: true)
    script.on(
      .probe(0),
      .print(call(0, .int(10)), call(0, .int(2)), call(0, .absent())),
      .print(call(1, .absent(.text), .text("b")), call(1, .text("a"), .text("b"))),
      // The same function within its own arguments.
      .print(call(2, call(2, .int(10), .int(1)), call(2, .int(5), .int(2)))))
    #expect(try run(script, [MadePacket(bytes: [])]) == "9012 - -\nb a\n6\n")
  }

  @Test func `loops of the kernel half are bounded`() throws {
    var script = Script.made()
    script.table("t")
    script.probe(
      [.make(.loop(local: 0, from: .int(.min), to: .int(.max), [.add(0, [])]))],
      locals: [.int("i")])
    script.on(.end, .print(.table(0)))
    #expect(try run(script, [MadePacket(bytes: [])]) == "count\n 1024\n")
  }

  @Test func `options have their values`() throws {
    var script = Script.made()
    script.options = [
      ScriptOption(name: "a", kind: .int, value: .integer(5), documentation: ""),
      ScriptOption(name: "b", kind: .text, value: .text("x\u{1b}"), documentation: ""),
      ScriptOption(
        name: "c", kind: .addr, value: .address(AddressValue(ipv4: 1)), documentation: ""),
      ScriptOption(name: "d", kind: .int, value: nil, documentation: ""),
    ]
    script.on(
      .begin,
      .print(
        .make(.option(0)), .make(.option(1), .text), .make(.option(2), .address),
        .make(.option(3))))
    #expect(try run(script, []) == "5 x\\x1b 0.0.0.1 -\n")
  }

  @Test func `states keep records`() throws {
    var script = Script.made()
    let members = [
      ValueType.Member(name: "port", type: .integer(.decimal)),
      ValueType.Member(name: "who", type: .text),
    ]
    script.states = [
      StateDefinition(
        name: "s", keys: [.address], members: members, maximum: 10, lifetime: 1_000)
    ]
    let key = TypedExpression.field(.ip, "src")
    let all = TypedExpression.make(.state(0, keys: [key], member: nil), .record(members))
    script.probe([], emits: true)
    script.on(
      .probe(0), locals: [Body.Local(name: "r", type: .record(members))],
      .print(.make(.hasState(0, keys: [key]), .boolean), all),
      .make(.stateSet(state: 0, keys: [key], values: [.field(.tcp, "dport"), .text("me")])),
      .set(0, all),
      .print(
        .local(0, .record(members)), .make(.member(.local(0, .record(members)), 0)),
        .make(.state(0, keys: [key], member: 1), .text)))
    let packets = [
      MadePacket(bytes: Frames.tcp(), time: 1), MadePacket(bytes: Frames.udp(), time: 5),
      MadePacket(bytes: Frames.tcp(), time: 5000),
    ]
    #expect(
      try run(script, packets) == """
        false -
        (port 443, who me) 443 me
        true (port 443, who me)
        (port -, who me) - me
        false -
        (port 443, who me) 443 me

        """)
  }

  @Test func `rows are looped over`() throws {
    var script = Script.made()
    script.table("t", keys: [("src", .address), ("port", .integer(.decimal))], .stats)
    script.probe([.add(0, [.field(.ip, "src"), .field(.tcp, "dport")], .make(.capturedLength))])
    func value(_ kind: RowValue) -> TypedExpression { .make(.rowValue(kind)) }
    script.on(
      .end,
      .make(
        .forEachRow(
          TableQuery(table: 0, takes: true, order: .byValueDescending, limit: .int(2)),
          [
            .print(
              .make(.rowKey(0), .address), .make(.rowKey(1)), value(.value), value(.sum),
              value(.average), value(.minimum), value(.maximum))
          ])),
      .print(.table(0)))
    let packets = [
      MadePacket(bytes: Frames.tcp()), MadePacket(bytes: Frames.tcp(1, 80)),
      MadePacket(bytes: Frames.tcp(1, 80, [1, 2])), MadePacket(bytes: Frames.udp()),
    ]
    #expect(
      try run(script, packets)
        == "10.0.0.1 80 2 110 55 54 56\n10.0.0.1 443 1 54 54 54 54\nt: empty\n")
  }

  @Test func `commands and files are the output's matter`() throws {
    var script = Script.made()
    script.probe([], emits: true)
    script.on(
      .probe(0), .make(.run([.text("mail"), .field(.tcp, "dport"), .text("a b")])),
      .make(.savePacket(to: .line(.text("x"), .value(.int(1))))), .make(.showPacket),
      .print(.line(.text("<"), .value(.make(.packetSummary, .text)), .text(">"))))
    let output = FakeOutput()
    let text = try run(script, [MadePacket(bytes: Frames.tcp())], output: output)
    #expect(output.ran == [["mail", "443", "a b"]])
    #expect(output.saved == ["x1"])
    #expect(output.recorded == 1)
    #expect(text == "show 54\n<<packet of 54>>\n")
  }

  @Test func `events of the kernel are consumed`() throws {
    var script = Script.made()
    script.probe(
      [],
      fields: [
        EventField(name: "who", type: .text), EventField(name: "mark", type: .integer(.hex)),
      ])
    script.on(
      .probe(0),
      .print(
        .event(0, .text), .event(1, .integer(.hex)), .context(.function, .text),
        .context(.comm, .text), .context(.pid, .integer(.decimal)),
        .context(.interfaceName, .text), .field(.tcp, "dport")))
    let output = FakeOutput()
    let runtime = ScriptRuntime(
      script, store: MergedStore(script, kernel: MemoryStore(script)), output: output,
      points: [RuntimePoint(probe: 0, name: "f"), RuntimePoint(probe: 0, name: "g")])
    let fields: [UInt64] = [3, 0x1b6f, 0, 0, 0, 0, 0, 0, 0, 16]
    let bytes = Frames.tcp()
    for (point, count) in [(1, 10), (0, 3)] {
      try fields.withUnsafeBytes { fields in
        try bytes.withUnsafeBytes { bytes in
          try runtime.consume(
            Event(
              timeNanoseconds: 5, point: point, cpu: 1, processID: 812, threadID: 813,
              command: KernelName("ping"), interfaceIndex: 0, interfaceName: KernelName(""),
              namespace: 0, skb: 1, etherType: 0x0800, link: .ethernet, packetLength: bytes.count,
              isCutByFault: false,
              fields: UnsafeRawBufferPointer(rebasing: fields[..<(8 * count)]), bytes: bytes))
        }
      }
    }
    #expect(output.text == "o\\x1b 0x10 g ping 812 - 443\n- - f ping 812 - 443\n")
  }

  @Test func `a recording has the kernel's values`() throws {
    func read(_ name: String, _ value: KernelRead.Value, _ type: ValueType) -> TypedExpression {
      .make(.kernel(KernelRead(base: .skb, hops: [], value: value, text: name)), type)
    }
    var script = Script.made()
    script.probe(
      [
        .emit(
          read("skb.mark", .integer(bytes: 4, isSigned: false, isBigEndian: false), .integer(.hex)),
          read("sock.flow", .socketFlow, .flow), read("args.name", .string, .text),
          read("addr(args.a)", .address4, .address), read("skb.hash", .pointer, .integer(.pointer)))
      ],
      fields: [
        EventField(name: "mark", type: .integer(.hex)), EventField(name: "flow", type: .flow),
        EventField(name: "name", type: .text), EventField(name: "a", type: .address),
        EventField(name: "hash", type: .integer(.pointer)),
      ])
    var packet = MadePacket(bytes: [])
    packet.probes = [0]
    packet.context.threadID = 7
    packet.recorded = [
      "skb.mark": "0x10", "sock.flow": "10.0.0.1,1,10.0.0.2,80,6", "args.name": "a%20b%1b",
      "addr(args.a)": "::1",
    ]
    let shown = "show 0 mark=0x10 flow=10.0.0.1:1 > 10.0.0.2:80 name=a b\\x1b a=::1 hash=-\n"
    let output = FakeOutput()
    #expect(try run(script, [packet], output: output) == shown)
    let kept =
      " tid=7 addr(args.a)=::1 args.name=a%20b%1b skb.mark=0x10 "
      + "sock.flow=10.0.0.1,1,10.0.0.2,80,6"
    #expect(output.values == [kept])

    // Bodies that ask for values in passing send them for the recording, and show the same.
    script.probes[0].body.statements.insert(
      .where(
        .compare(
          .equal,
          read(
            "skb.len?", .integer(bytes: 4, isSigned: false, isBigEndian: false), .integer(.decimal)),
          .int(5))), at: 0)
    packet.recorded["skb.len"] = "5"
    script.probe([], emits: true)
    let recording = script.recordingKernelValues()
    #expect(
      recording.probes[0].fields.map(\.name).suffix(6) == [
        "@skb.len", "@skb.mark", "@sock.flow", "@args.name", "@addr(args.a)", "@skb.hash",
      ])
    #expect(recording.probes[1] == script.probes[1])
    #expect(try run(recording, [packet]) == shown)
  }
}

extension Substring {
  fileprivate var trimmed: Substring { drop { $0 == " " } }
}
