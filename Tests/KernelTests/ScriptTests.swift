import CNamespace
import Foundation
import Kernel
import Language
import Lowering
import MadeScripts
import Packets
import Syntax
import Testing

extension InGuest {
  /// Typed scripts in the running kernel, without a command line.
  @Suite struct ScriptTests {
    /// What a probe has sent.
    struct Sent {
      let point: Int
      let values: [[UInt64]?]
      let packetLength: Int
      let captured: Int
    }

    /// A script's probes, attached.
    final class Running {
      let tracer: Tracer
      let store: KernelStore
      let script: Script
      var sent: [Sent] = []

      init(
        _ script: Script, at points: [(probe: Int, point: ScriptPoint)],
        by mechanism: ScriptMechanism
      ) throws {
        self.script = script
        let facts = KernelFacts()
        let hasExchange = facts.features.compareExchange.isAvailable
        store = try KernelStore(script, hasCompareExchange: hasExchange)
        let types = facts.types?.kernel
        let size = types?.find("page", [.structure]).first.flatMap { types?.size($0) }
        tracer = try Tracer(
          points: points.count,
          configuration: .init(
            captureLength: 65535, interface: nil,
            pages: Tracer.PageAddresses.ofRunningKernel(pageSize: UInt64(size ?? 64))),
          ring: EventRing(bytes: 8 << 20, captureLength: 65535), script: store, stacks: StackMap())
        let clang = try #require(Clang.find())
        for (index, (probe, point)) in points.enumerated() {
          let unit = ScriptUnit(
            script: script, probe: probe, mechanism: mechanism, point: point,
            hasCompareExchange: hasExchange)
          let object = try ScriptObject(try unit.lower(), of: unit, clang: clang, types: nil)
          var address: UInt64?
          if mechanism == .kprobe, !facts.features.kprobeCookie.isAvailable {
            address = try facts.symbols.lookUp([point.name])[point.name]?.address(in: nil)
          }
          do {
            try tracer.attach(
              object.object,
              to: Tracer.Target(
                point, by: mechanism, address: address,
                hasCookies: facts.features.kprobeCookie.isAvailable),
              point: index, captureLength: script.probes[probe].captureLength)
          } catch {
            throw Failed(
              "\(object.diagnostic(error, unit: unit).rendered())\n\(error.log.suffix(3000))")
          }
          try tracer.setName(point.displayName, ofPoint: index)
        }
        try tracer.setEnabled(true)
      }

      /// Ends it, and hands out what was sent.
      func end() throws -> [Sent] {
        usleep(100_000)
        try tracer.setEnabled(false)
        _ = tracer.ring.drain { [self] event in
          let words = event.fields.withMemoryRebound(to: UInt64.self) { Array($0) }
          sent.append(
            Sent(
              point: event.point,
              values: words.isEmpty
                ? [] : fields(words, script.probes[0].fields.map(\.type)),
              packetLength: event.packetLength, captured: event.bytes.count))
          return .more
        }
        return sent
      }
    }

    private func words(_ text: String) -> [UInt64] {
      var words = [UInt64](repeating: 0, count: 8)
      words.withUnsafeMutableBytes { $0.copyBytes(from: text.utf8.prefix(64)) }
      return words
    }

    private static let client: [UInt64] = [0, 0xffff_0a09_0001]
    private static let server: [UInt64] = [0, 0xffff_0a09_0002]

    private func function(_ name: String, packet: Int = 0) -> ScriptPoint {
      ScriptPoint(
        kind: .function, name: name, packet: .argument(packet),
        place: .init(SourceText(name: "made.ncs", text: ""), Span(0..<0)))
    }

    private func member(
      _ base: KernelRead.Base, _ hops: [(String, String)], _ value: KernelRead.Value,
      _ type: ValueType = .integer(.decimal), isOptional: Bool = false
    ) -> TypedExpression {
      TypedExpression(
        .kernel(
          KernelRead(
            base: base,
            hops: hops.map { .init(structure: $0.0, path: $0.1, isOptional: isOptional) },
            value: value, text: hops.map(\.1).joined(separator: "."))), type)
    }

    @Test(arguments: [ScriptMechanism.fentry, .kprobe])
    func packetsFieldsAndKernelValues(mechanism: ScriptMechanism) throws {
      let network = try Network()
      let number = KernelRead.Value.integer(bytes: 4, isSigned: false, isBigEndian: false)
      let half = KernelRead.Value.integer(bytes: 2, isSigned: false, isBigEndian: true)
      let emitted: [TypedExpression] = [
        .field(.ip, "src"), .field(.ip, "ttl"), .field(.icmp, "type"),
        member(.skb, [("sk_buff", "len")], number), member(.skb, [("sk_buff", "mark")], number),
        member(.skb, [("sk_buff", "protocol")], half),
        member(.skb, [("sk_buff", "dev"), ("net_device", "mtu")], number),
        member(.skb, [("sk_buff", "pkt_type")], .bitField(isSigned: false)),
        member(
          .skb, [("sk_buff", "dev"), ("net_device", "name")], .characters(16), .text),
        member(.skb, [("sk_buff", "not_there_at_all")], number, isOptional: true),
        .context(.function, .text), .context(.interfaceName, .text),
        .context(.stack, .stack), TypedExpression(.packetFlow(depth: 0), .flow),
        .field(.tcp, "dport"),
        member(.argument(0), [("sk_buff", "len")], number),
        member(.skb, [("sk_buff", "sk"), ("sock", "sk_protocol")], number),
      ]
      var script = Script.of(
        [
          TypedStatement(.filter(0)),
          TypedStatement(
            .tableAdd(
              table: 0, keys: [.field(.ip, "src"), .context(.function, .text)], value: .number(1))),
          TypedStatement(
            .tableAdd(
              table: 1, keys: [], value: member(.skb, [("sk_buff", "len")], number))),
          .require(.comparison(.equal, .field(.icmp, "type"), .number(8))),
          TypedStatement(.capture(60)),
        ], emit: emitted)
      script.filters = [
        try PacketFilter(compiling: SourceText(name: "filter", text: "icmp and host 10.9.0.1"))
      ]
      script.tables = [
        TableDefinition(
          name: "sources", keyNames: ["src", "func"], keys: [.address, .text], aggregation: .count,
          presentation: .decimal, maximum: 10),
        TableDefinition(
          name: "lengths", keyNames: [], keys: [], aggregation: .stats, presentation: .decimal,
          maximum: 1),
      ]
      let running = try Running(script, at: [(0, function("icmp_rcv"))], by: mechanism)
      try network.ping(count: 2)
      let sent = try running.end()
      #expect(sent.count == 2)
      for one in sent {
        #expect(one.packetLength == 98 && one.captured == 60)
        let flow = Self.client + Self.server + [1]
        let values = one.values
        #expect(values[0] == Self.client && values[1] == [64] && values[2] == [8])
        // From the ICMP header on.
        #expect(values[3] == [64] && values[4] == [0] && values[5] == [0x0800])
        #expect(values[6] == [1500] && values[7] == [0])
        #expect(values[8] == words("veth0") && values[9] == nil)
        #expect(values[10] == words("icmp_rcv") && values[11] == words("veth0"))
        let stack = try #require(values[12])
        #expect((running.tracer.stacks?.frames(of: stack[0]).count ?? 0) > 3)
        #expect(values[13] == flow && values[14] == nil && values[15] == [64] && values[16] == nil)
      }
      let counters = try running.tracer.counters(ofPoint: 0)
      #expect(counters.hits == 4 && counters.emitted == 2 && counters.filtered == 2)
      #expect(counters.eventsSent == 2 && counters.eventsLost == 0)
      let rows = try running.store.take(table: 0)
      #expect(rows.count == 2 && rows.allSatisfy { $0.value.sum == 2 })
      #expect(
        rows.contains { $0.key == [3] + Self.client + words("icmp_rcv") })
      let lengths = try running.store.rows(ofTable: 1)
      #expect(lengths.map(\.value.count) == [4] && lengths[0].value.minimum == 64)
      #expect(lengths[0].value.maximum == 64 && lengths[0].value.sum == 256)
    }

    /// Sockets, and what is in fragments: a datagram of three.
    @Test(arguments: [ScriptMechanism.fentry, .kprobe])
    func socketsAndFragments(mechanism: ScriptMechanism) throws {
      let network = try Network()
      let family = KernelRead.Value.integer(bytes: 2, isSigned: false, isBigEndian: false)
      let emitted: [TypedExpression] = [
        TypedExpression(
          .packetBytes(.udp, depth: 0, fromPayload: true, offset: .number(3992), count: 4)),
        TypedExpression(.payloadLength(.udp, depth: 0)), .field(.udp, "dport"),
        member(.sock, [("sock", "__sk_common.skc_family")], family),
        member(.sock, [("sock", "__sk_common.skc_rcv_saddr")], .addressByFamily, .address),
        TypedExpression(
          .kernel(KernelRead(base: .sock, hops: [], value: .socketFlow, text: "sock.flow")), .flow),
      ]
      let script = Script.of(
        [.require(.comparison(.equal, .field(.udp, "dport"), .number(9003)))], emit: emitted)
      // int udp_queue_rcv_skb(struct sock *sk, struct sk_buff *skb)
      var point = function("__udp_enqueue_schedule_skb", packet: 1)
      point.sockArgument = 0
      let running = try Running(script, at: [(0, point)], by: mechanism)
      var payload = [UInt8](repeating: 1, count: 9000)
      payload.replaceSubrange(3992..<3996, with: [0xde, 0xad, 0xbe, 0xef])
      try network.datagrams([payload, payload], port: 9003)
      let sent = try running.end()
      #expect(sent.count == 2)
      for one in sent {
        #expect(one.captured == 14 + 20 + 8 + 9000 || one.captured == 20 + 8 + 9000)
        #expect(one.values[0] == [0xdead_beef] && one.values[1] == [9000])
        #expect(one.values[2] == [9003] && one.values[3] == [2])
        #expect(one.values[4] == Self.server)
        let flow = try #require(one.values[5])
        #expect(Array(flow[..<2]) == Self.server && flow[4] >> 32 == 9003 && flow[4] & 0xffff == 17)
      }
    }

    /// A tracepoint's own arguments, and its record; one without a packet's fields.
    @Test func tracepoints() throws {
      let network = try Network()
      var typed = function("netif_receive_skb")
      typed.kind = .tracepoint(category: "net")
      let number = KernelRead.Value.integer(bytes: 4, isSigned: false, isBigEndian: false)
      var script = Script.of(
        [TypedStatement(.filter(0))],
        emit: [.field(.icmp, "type"), member(.skb, [("sk_buff", "len")], number)])
      script.filters = [try PacketFilter(compiling: SourceText(name: "filter", text: "icmp"))]
      let running = try Running(script, at: [(0, typed)], by: .tracepoint)
      try network.ping(count: 1)
      let sent = try running.end()
      #expect(sent.count == 2 && sent.allSatisfy { $0.values[1] != nil })
      #expect(Set(sent.map { $0.values[0] }) == [[8], [0]])

      // void *skbaddr is the first field of its record, an unsigned int len follows.
      var record = function("netif_receive_skb")
      record.kind = .tracepoint(category: "net")
      record.packet = .record(offset: 8)
      script.probes[0].body.statements[1] = TypedStatement(
        .emit(
          Emission(values: [
            .field(.icmp, "type"),
            TypedExpression(
              .kernel(
                KernelRead(base: .record(offset: 16), hops: [], value: number, text: "args.len")),
              .integer(.decimal)),
          ])))
      let other = try Running(script, at: [(0, record)], by: .record)
      try network.ping(count: 1)
      let records = try other.end()
      #expect(records.count == 2)
      #expect(Set(records.map { $0.values[0] }) == [[8], [0]])
      #expect(records.allSatisfy { $0.values[1] == [84] })
    }

    /// At a function's return, at a raw tracepoint, in a program.
    @Test func otherKinds() throws {
      let network = try Network()
      let number = KernelRead.Value.integer(bytes: 4, isSigned: true, isBigEndian: false)
      let receiver = try Socket(.udp, in: network.server)
      try receiver.bind(Network.serverAddress, 9008)
      let sender = try Socket(.udp, in: network.client)
      try sender.connect(Network.serverAddress, 9008)

      var point = function("udp_sendmsg")
      point.kind = .functionReturn
      point.packet = .none
      let returned = TypedExpression(
        .kernel(KernelRead(base: .returned, hops: [], value: number, text: "retval")),
        .integer(.decimal))
      let returns = try Running(
        .of([.require(.comparison(.equal, returned, .number(17)))], emit: [returned]),
        at: [(0, point)], by: .kretprobe)
      try sender.send([UInt8](repeating: 1, count: 17))
      #expect(try returns.end().map(\.values) == [[[17]]])

      point = function("net_dev_queue")
      point.kind = .rawTracepoint
      let raw = try Running(
        .of(
          [.require(.comparison(.equal, .field(.udp, "dport"), .number(9008)))],
          emit: [.field(.ip, "dst"), member(.argument(0), [("sk_buff", "len")], number)]),
        at: [(0, point)], by: .rawTracepoint)
      try sender.send([UInt8](repeating: 1, count: 20))
      #expect(try raw.end().map(\.values) == [[Self.server, [14 + 20 + 8 + 20]]])

      let folders = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu"]
      let path = try #require(
        folders.map { "\($0)/libc.so.6" }.first(where: FileManager.default.fileExists))
      point = function("getenv")
      point.kind = .userFunction(path: path)
      point.packet = .none
      let asked = TypedExpression(
        .kernel(KernelRead(base: .argument(0), hops: [], value: .string, text: "text(args[0])")),
        .text)
      let uses = try Running(
        .of([.require(.comparison(.equal, asked, .text("NETCAP_ASKED")))], emit: [asked]),
        at: [(0, point)], by: .uprobe)
      _ = getenv("NETCAP_ASKED")
      #expect(try uses.end().map(\.values) == [[words("NETCAP_ASKED")]])

      point = function("nc_marked")
      point.kind = .userReturn(path: testExecutable)
      point.packet = .none
      let results = try Running(.of([], emit: [returned]), at: [(0, point)], by: .uretprobe)
      #expect(nc_marked(-3) == -5)
      #expect(try results.end().map(\.values) == [[[UInt64(bitPattern: -5)]]])
    }

    /// Rows that are taken again and again: no update is lost.
    @Test func takingLosesNothing() throws {
      let network = try Network()
      var script = Script.of([
        .require(.comparison(.equal, .field(.udp, "dport"), .number(9006))),
        TypedStatement(
          .tableAdd(table: 0, keys: [.field(.udp, "sport")], value: .number(1))),
      ])
      script.tables = [
        TableDefinition(
          name: "ports", keyNames: ["port"], keys: [.integer(.decimal)], aggregation: .count,
          presentation: .decimal, maximum: 100)
      ]
      let running = try Running(script, at: [(0, function("__dev_queue_xmit"))], by: .fentry)
      let receiver = try Socket(.udp, in: network.server)
      try receiver.bind(Network.serverAddress, 9006)
      let sender = try Socket(.udp, in: network.client)
      try sender.connect(Network.serverAddress, 9006)
      var total: Int64 = 0
      var takes = 0
      for round in 0..<5000 {
        try sender.send([1])
        if round % 100 == 0 {
          total += try running.store.take(table: 0).reduce(0) { $0 + $1.value.sum }
          takes += 1
        }
      }
      usleep(300_000)
      total += try running.store.take(table: 0).reduce(0) { $0 + $1.value.sum }
      #expect(total == 5000 && takes == 50)
      _ = try running.end()
      #expect(try running.tracer.counters(ofPoint: 0).handled == 5000)
    }
  }
}
