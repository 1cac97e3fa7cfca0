internal import Language
package import Lowering
internal import Packets
internal import Syntax

/// Probes made by hand, as the checker would make them of a script's text.
package enum MadeProbe {
  package static let names = [
    "drops", "connections", "functions", "returns", "marks", "outgoing", "ports",
  ]

  /// What is lowered of the probe with this name.
  package static func unit(
    _ name: String, by other: ScriptMechanism? = nil
  ) throws -> ScriptUnit {
    let (script, mechanism, point) = try Self.script(name)
    return ScriptUnit(
      script: script, probe: 0, mechanism: other ?? mechanism, point: point,
      hasCompareExchange: true, readsInPlace: name == "ports")
  }

  private static let drops = """
    table drops[reason, func]: count
    probe drop = tracepoint:skb:kfree_skb {
        filter "tcp port 9000"
        where  !(args.reason == 3)
        drops[args.reason, func] += 1
        emit   args.reason, skb.mark, ip.src
    }
    """

  private static func script(_ name: String) throws -> (
    script: Script, mechanism: ScriptMechanism, point: ScriptPoint
  ) {
    switch name {
    case "drops": return try dropsScript()
    case "connections": return connectionsScript()
    case "returns": return try returnsScript()
    case "marks": return marksScript()
    case "outgoing": return outgoingScript()
    case "ports": return portsScript()
    default: return functionsScript()
    }
  }

  private static func at(_ line: Int, of text: String) -> Span {
    var start = 0
    for (number, part) in text.utf8.split(separator: 10, omittingEmptySubsequences: false)
      .enumerated()
    {
      if number + 1 == line { return Span(start..<start + part.count) }
      start += part.count + 1
    }
    return Span(0..<0)
  }

  private static func number(_ bytes: Int) -> KernelRead.Value {
    .integer(bytes: bytes, isSigned: false, isBigEndian: false)
  }

  private static func read(
    _ base: KernelRead.Base, _ hops: [KernelRead.Hop], _ value: KernelRead.Value, _ text: String,
    _ type: ValueType = .integer(.decimal)
  ) -> TypedExpression {
    TypedExpression(
      .kernel(KernelRead(base: base, hops: hops, value: value, text: text)), type)
  }

  private static func point(
    _ kind: ScriptPoint.Kind, _ name: String, _ packet: ScriptPoint.PacketSource,
    sock: Int? = nil
  ) -> ScriptPoint {
    ScriptPoint(
      kind: kind, name: name, packet: packet, sockArgument: sock,
      place: .init(SourceText(name: "made.ncs", text: ""), Span(0..<0)))
  }

  private static func dropsScript() throws -> (Script, ScriptMechanism, ScriptPoint) {
    let text = drops
    let reason = read(.record(offset: 28), [], number(4), "args.reason")
    var script = Script.of([])
    script.source = SourceText(name: "drops.ncs", text: text)
    script.filters = [
      try PacketFilter(compiling: SourceText(name: "filter", text: "tcp port 9000"))
    ]
    script.tables = [
      TableDefinition(
        name: "drops", keyNames: ["reason", "func"], keys: [.integer(.decimal), .text],
        aggregation: .count, presentation: .decimal, maximum: 10240)
    ]
    let mark = read(
      .skb, [.init(structure: "sk_buff", path: "mark", isOptional: false)], number(4), "skb.mark",
      .integer(.hex))
    let values = [reason, mark, TypedExpression.field(.ip, "src")]
    script.probes = [
      ProbeDefinition(
        name: "drop", points: [],
        fields: zip(["reason", "mark", "src"], values).map { EventField(name: $0, type: $1.type) },
        body: Body(statements: [
          TypedStatement(.filter(0), span: at(3, of: text)),
          TypedStatement(.requirement(!(reason == 3)), span: at(4, of: text)),
          TypedStatement(
            .tableAdd(table: 0, keys: [reason, .context(.function, .text)], value: .number(1)),
            span: at(5, of: text)),
          TypedStatement(.emit(Emission(values: values)), span: at(6, of: text)),
        ]), emitsAtEnd: false, captureLength: 65535, span: at(2, of: text))
    ]
    return (
      script, .record, point(.tracepoint(category: "skb"), "kfree_skb", .record(offset: 8))
    )
  }

  /// Headers are made, of the socket and the flow among the arguments.
  private static func outgoingScript() -> (Script, ScriptMechanism, ScriptPoint) {
    let text = "probe out = __ip_queue_xmit {\n    where pkt.rebuilt\n    rebuild\n}"
    var script = Script.of([
      TypedStatement(
        .requirement(TypedExpression(.isRebuilt, .boolean)), span: at(2, of: text)),
      TypedStatement(.rebuild, span: at(3, of: text)),
    ])
    script.source = SourceText(name: "outgoing.ncs", text: text)
    script.probes[0].emitsAtEnd = true
    var point = point(.function, "__ip_queue_xmit", .argument(1), sock: 0)
    point.flow = ScriptPoint.Flow(slot: 2, family: 0)
    return (script, .fentry, point)
  }

  /// A state for each socket, addresses by family, an optional member.
  private static func connectionsScript() -> (Script, ScriptMechanism, ScriptPoint) {
    let sock = read(.sock, [], .pointer, "sock", .integer(.pointer))
    let members = [
      ValueType.Member(name: "born", type: .integer(.time)),
      ValueType.Member(name: "comm", type: .text),
    ]
    func kept(_ member: Int) -> TypedExpression {
      TypedExpression(.state(0, keys: [sock], member: member), members[member].type)
    }
    let life = TypedExpression.arithmetic(.subtract, .context(.time), kept(0))
    let daddr = read(
      .sock, [.init(structure: "sock", path: "__sk_common.skc_daddr", isOptional: false)],
      .addressByFamily, "sock.__sk_common.skc_daddr", .address)
    let acked = read(
      .sock, [.init(structure: "tcp_sock", path: "bytes_acked", isOptional: true)], number(8),
      "tcp_sock(sock).bytes_acked", .integer(.unsigned))
    var script = Script.of(
      [
        TypedStatement(
          .condition(
            !TypedExpression(.hasState(0, keys: [sock]), .boolean),
            then: [
              TypedStatement(
                .stateSet(
                  state: 0, keys: [sock], values: [.context(.time), .context(.comm, .text)]))
            ], otherwise: []))
      ], emit: [kept(1), daddr, acked, life])
    script.states = [
      StateDefinition(
        name: "conn", keys: [.integer(.pointer)], members: members, maximum: 65536,
        lifetime: 30_000_000_000)
    ]
    return (script, .fentry, point(.function, "tcp_close", .none, sock: 0))
  }

  /// At a return: the packet of the call, members of its skb and its arguments, and the result.
  private static func returnsScript() throws -> (Script, ScriptMechanism, ScriptPoint) {
    let mark = read(
      .skb, [.init(structure: "sk_buff", path: "mark", isOptional: false)], number(4), "skb.mark",
      .integer(.hex))
    let flow = read(.sock, [], .socketFlow, "sock.flow", .flow)
    let length = read(.argument(2), [], number(4), "args.len")
    let result = read(.returned, [], number(4), "retval")
    var script = Script.of(
      [TypedStatement(.filter(0)), .require(.comparison(.less, .number(40), length))],
      emit: [result, mark, flow, .field(.ip, "src"), .context(.interfaceName, .text)],
      capture: 512)
    script.filters = [
      try PacketFilter(compiling: SourceText(name: "filter", text: "udp port 53"))
    ]
    return (
      script, .kretprobe, point(.functionReturn, "udp_queue_rcv_skb", .argument(1), sock: 0)
    )
  }

  /// At a mark of a program.
  private static func marksScript() -> (Script, ScriptMechanism, ScriptPoint) {
    let name = read(.argument(1), [], .string, "text(args[2])", .text)
    let size = read(.argument(0), [], number(8), "args[1]")
    return (
      Script.of([.require(.comparison(.less, .number(40), size))], emit: [size, name]), .usdt,
      point(.userMark(path: "/usr/bin/x", provider: "app"), "request", .none)
    )
  }

  /// Looked at in place; all of the body has a usual form.
  private static func portsScript() -> (Script, ScriptMechanism, ScriptPoint) {
    let port = TypedExpression.field(.udp, "dport")
    var script = Script.of(
      [
        .require(TypedExpression(.hasLayer(.eth, depth: 0), .boolean)),
        TypedStatement(.set(local: 0, port)),
        TypedStatement(
          .tableAdd(
            table: 0, keys: [.field(.ip, "src"), .local(0)],
            value: TypedExpression(.payloadLength(.udp, depth: 0), .integer(.decimal)))),
      ], locals: [.init(name: "port", type: .integer(.decimal))])
    script.tables = [
      TableDefinition(
        name: "ports", keyNames: ["source", "port"], keys: [.address, .integer(.decimal)],
        aggregation: .count, presentation: .decimal, maximum: 100)
    ]
    return (script, .fentry, point(.fentry, "udp_rcv", .argument(0)))
  }

  /// A function, a loop, a packet in a tunnel, a histogram.
  private static func functionsScript() -> (Script, ScriptMechanism, ScriptPoint) {
    let integer = ValueType.integer(.decimal)
    let rst = TypedExpression.field(.tcp, "flags.rst")
    let syn = TypedExpression.field(.tcp, "flags.syn")
    var script = Script.of(
      [
        .require(TypedExpression(.call(0, []), .boolean)),
        TypedStatement(.set(local: 0, .number(0))),
        TypedStatement(
          .loop(
            local: 1, from: .number(0), to: .number(8),
            [
              TypedStatement(
                .set(
                  local: 0,
                  .arithmetic(
                    .exclusiveOr, .local(0),
                    TypedExpression(
                      .packetBytes(
                        .tcp, depth: 0, fromPayload: true, offset: .local(1), count: 1)))))
            ])),
        TypedStatement(
          .tableAdd(table: 0, keys: [], value: .field(.ip, "ttl", depth: 1))),
      ], emit: [.local(0)],
      locals: [.init(name: "sum", type: integer), .init(name: "i", type: integer)])
    script.functions = [
      FunctionInstance(
        name: "is_reset", parameterCount: 0, result: .boolean,
        body: Body(statements: [TypedStatement(.returning(rst && !syn))]))
    ]
    script.tables = [
      TableDefinition(
        name: "ttl", keyNames: [], keys: [], aggregation: .histogram, presentation: .decimal,
        maximum: 1)
    ]
    return (script, .kprobe, point(.kprobe, "tcp_v4_rcv", .argument(0)))
  }
}
