import Kernel
import Language
import Lowering
import MadePackets
import MadeScripts
import Packets
import Syntax
import Testing

extension InKernel {
  /// What of a packet is more than a field: layers, bytes, payloads, flows, tunnels, filters.
  @Suite struct PacketTests {
    private static let packets = TestPackets.all + tunnels

    /// Packets within packets.
    private static let tunnels: [TestPacket] = {
      let (a, b) = (Header.v4[0], Header.v4[1])
      let inside = Header.ipv4(
        6, Header.v4[2], Header.v4[3], Header.tcp(80, 9000, flags: 2, [1, 2]))
      let frame = Header.ethernet(Header.macs[0], Header.macs[1], 0x0800) + inside
      let six = Header.ipv6(17, Header.v6[0], Header.v6[1], Header.udp(53, 53, [7]))
      func vxlan(_ flags: UInt8) -> Octets {
        Header.udp(40000, 4789, [flags, 0, 0, 0] + .u32(42 << 8) + frame)
      }
      let list: [(String, Octets)] = [
        ("ipip", Header.ipv4(4, a, b, inside)), ("6in4", Header.ipv4(41, a, b, six)),
        ("4in6", Header.ipv6(4, Header.v6[0], Header.v6[1], inside)),
        ("gre", Header.ipv4(47, a, b, .u16(0, 0x0800) + inside)),
        ("gre with key", Header.ipv4(47, a, b, .u16(0x2000, 0x86dd) + .u32(9) + six)),
        ("gre with all", Header.ipv4(47, a, b, .u16(0xb000, 0x6558) + .zeros(12) + frame)),
        ("gre version 1", Header.ipv4(47, a, b, .u16(1, 0x0800) + inside)),
        ("vxlan", Header.ipv4(17, a, b, vxlan(8))), ("no vxlan", Header.ipv4(17, a, b, vxlan(0))),
        (
          "geneve",
          Header.ipv4(17, a, b, Header.udp(1, 6081, Header.geneve(0x6558, options: 2, frame)))
        ),
        (
          "geneve 6",
          Header.ipv4(17, a, b, Header.udp(1, 6081, Header.geneve(0x86dd, options: 0, six)))
        ),
        ("ipip twice", Header.ipv4(4, a, b, Header.ipv4(4, a, b, inside))),
      ]
      return list.flatMap { name, packet -> [TestPacket] in
        let ethernet = Header.ethernet(
          Header.macs[0], Header.macs[1], name == "4in6" ? 0x86dd : 0x0800)
        let whole = (ethernet + packet).bytes
        return [whole.count, 80, 70, 60, 50].map { count in
          TestPacket(
            bytes: Array(whole.prefix(count)), length: min(count, whole.count), link: .ethernet,
            description: "\(name), \(count)")
        }
      }
    }()

    @Test(arguments: [256, 64])
    func layersAndTunnels(window: Int) throws {
      let layers = (0...1).flatMap { depth in
        Layer.allCases.map { TypedExpression(.hasLayer($0, depth: depth), .boolean) }
      }
      let inner: [TypedExpression] = [
        .field(.tcp, "dport", depth: 1), .field(.ip6, "src", depth: 1),
        .field(.eth, "dst", depth: 1), TypedExpression(.packetLength(depth: 1)),
      ]
      let run = try load(.of([], emit: layers + inner), window: window)
      var tunnels = 0
      for packet in Self.packets {
        let values = try run.values(on: packet.input, layers + inner)
        let expected = Expectation(packet.bytes, packet.link)
        let right = [expected.layers, expected.inner].flatMap { found in
          Layer.allCases.map { [found[$0] == nil ? 0 : 1] as [UInt64]? }
        }
        #expect(Array(values[..<20]) == right, "\(packet.description)")
        let dport = expected.inner[.tcp].map { at in
          [UInt64(packet.bytes[at + 2]) << 8 | UInt64(packet.bytes[at + 3])]
        }
        #expect(values[20] == dport)
        #expect((values[21] != nil) == (expected.inner[.ip6] != nil))
        #expect((values[22] != nil) == (expected.inner[.eth] != nil))
        let rest = expected.innerStart.flatMap { $0 <= packet.length ? packet.length - $0 : nil }
        #expect(values[23] == rest.map { [UInt64($0)] }, "\(packet.description)")
        if expected.innerStart != nil { tunnels += 1 }
      }
      #expect(tunnels > 40)
    }

    @Test func bytesAndPayloads() throws {
      func bytes(_ layer: Layer, _ offset: TypedExpression, _ count: Int, payload: Bool = false)
        -> TypedExpression
      {
        TypedExpression(
          .packetBytes(layer, depth: 0, fromPayload: payload, offset: offset, count: count))
      }
      let all = [
        bytes(.tcp, .number(13), 1), bytes(.udp, .number(6), 2), bytes(.ip, .number(12), 4),
        bytes(.tcp, .number(0), 4, payload: true), bytes(.tcp, .kernel("offset"), 2),
        TypedExpression(.payloadLength(.tcp, depth: 0)),
        TypedExpression(.payloadLength(.udp, depth: 0)),
        TypedExpression(.packetLength(depth: 0)), TypedExpression(.capturedLength),
      ]
      let run = try load(.of([], emit: all, capture: 60))
      for packet in TestPackets.all where packet.length == packet.bytes.count {
        let layout = Expectation(packet.bytes, packet.link)
        func number(_ at: Int?, _ count: Int) -> [UInt64]? {
          guard let at, at >= 0, at + count <= packet.bytes.count else { return nil }
          return [packet.bytes[at..<at + count].reduce(0) { $0 << 8 | UInt64($1) }]
        }
        func rest(_ at: Int?) -> [UInt64]? {
          at.flatMap { layout.end >= $0 ? [UInt64(layout.end - $0)] : nil }
        }
        let (tcp, udp, ip) = (layout.layers[.tcp], layout.layers[.udp], layout.layers[.ip])
        let payload = tcp.map { $0 + 4 * Int(packet.bytes[$0 + 12] >> 4) }
        for offset in [0, 18, 1000, -1, Int64.min] {
          var input = packet.input
          input.reads = ["offset": [UInt64(bitPattern: offset)]]
          let wanted: [[UInt64]?] = [
            number(tcp.map { $0 + 13 }, 1), number(udp.map { $0 + 6 }, 2),
            number(ip.map { $0 + 12 }, 4), number(payload, 4),
            offset < 0 ? nil : number(tcp.map { $0 + Int(offset) }, 2),
            rest(payload), rest(udp.map { $0 + 8 }), [UInt64(packet.length)],
            [UInt64(min(packet.length, 60))],
          ]
          #expect(try run.values(on: input, all) == wanted, "\(packet.description)")
        }
      }
    }

    @Test func lengthsOfWhatWasCaptured() throws {
      let all = [TypedExpression(.packetLength(depth: 0)), TypedExpression(.capturedLength)]
      let run = try load(.of([], emit: all, capture: 60))
      let bytes = [UInt8](repeating: 0, count: 100)
      for (captured, atHand) in [(39, 39), (60, 60), (61, 60), (100, 60), (0, 0)] as [(Int, UInt64)]
      {
        let input = ScriptRun.Input(Array(bytes.prefix(captured)), length: 100)
        #expect(try run.values(on: input, all) == [[100], [atHand]])
      }
    }

    @Test func flows() throws {
      let flow = TypedExpression(.packetFlow(depth: 0), .flow)
      let reverse = TypedExpression(.reversed(flow), .flow)
      func part(_ member: FlowMember) -> TypedExpression {
        TypedExpression(
          .flowMember(flow, member),
          member == .src || member == .dst ? .address : .integer(.decimal))
      }
      let all =
        [flow, reverse, .comparison(.equal, flow, TypedExpression(.reversed(reverse), .flow))]
        + FlowMember.allCases.map(part)
      let run = try load(.of([], emit: all))
      var seen = 0
      for packet in TestPackets.all {
        let values = try run.values(on: packet.input, all)
        let layout = Expectation(packet.bytes, packet.link)
        func number(_ at: Int, _ count: Int) -> UInt64 {
          packet.bytes[at..<at + count].reduce(0) { $0 << 8 | UInt64($1) }
        }
        var words: [UInt64]?
        if let ip = layout.layers[.ip] {
          words = [
            0, 0xffff_0000_0000 | number(ip + 12, 4), 0, 0xffff_0000_0000 | number(ip + 16, 4),
          ]
        } else if let ip = layout.layers[.ip6] {
          words = (0..<4).map { number(ip + 8 + 8 * $0, 8) }
        }
        guard var words else {
          #expect(values == [nil, nil, [0], nil, nil, nil, nil, nil])
          continue
        }
        seen += 1
        let upper = [Layer.tcp, .udp, .sctp].compactMap { layout.layers[$0] }.first
        let sport = upper.map { number($0, 2) } ?? 0
        let dport = upper.map { number($0 + 2, 2) } ?? 0
        let proto = UInt64(layout.proto)
        words.append(sport << 32 | dport << 16 | proto)
        let back = [words[2], words[3], words[0], words[1], dport << 32 | sport << 16 | proto]
        let parts: [[UInt64]?] = [
          Array(words[..<2]), [sport], Array(words[2..<4]), [dport], [proto],
        ]
        #expect(values == [words, back, [1]] + parts, "\(packet.description)")
      }
      #expect(seen > 500)
    }

    @Test func filtersAreTests() throws {
      let texts = ["tcp port 9000", "udp", "host 10.9.0.1", "ip6", "tcp[13] & 2 != 0", "len > 80"]
      let filters = try texts.map {
        try PacketFilter(compiling: SourceText(name: "filter", text: $0))
      }
      func matches(_ index: Int, _ depth: Int) -> TypedExpression {
        TypedExpression(.filterMatches(index, depth: depth), .boolean)
      }
      let all = texts.indices.map { matches($0, 0) } + texts.indices.map { matches($0, 1) }
      for window in [256, 64] {
        var script = Script.of([], emit: all)
        script.filters = filters
        let run = try load(script, window: window)
        for packet in Self.packets {
          let values = try run.values(on: packet.input, all)
          let layout = Expectation(packet.bytes, packet.link)
          for (index, filter) in filters.enumerated() {
            let right = Self.matches(filter, packet.bytes, packet.length, packet.link)
            #expect(values[index] == [right ? 1 : 0], "\(texts[index]): \(packet.description)")
            var inner = false
            if let start = layout.innerStart, start <= packet.bytes.count {
              let link: LinkType = layout.inner[.eth] != nil ? .ethernet : .rawIP
              // Whether it begins with Ethernet is not seen in one without.
              if link == .rawIP, packet.bytes.count - start < 14 { continue }
              inner = Self.matches(
                filter, Array(packet.bytes[start...]), packet.length - start, link)
            }
            #expect(
              values[texts.count + index] == [inner ? 1 : 0],
              "\(texts[index]) inside: \(packet.description)")
          }
        }
      }
    }

    private static func matches(
      _ filter: PacketFilter, _ bytes: [UInt8], _ length: Int, _ link: LinkType
    ) -> Bool {
      let program = link == .ethernet ? filter.ethernet : filter.rawIP
      return bytes.withUnsafeBytes {
        FilterInterpreter(program).matches($0, packetLength: length)
      }
    }

    @Test func statementsInOrder() throws {
      var script = Script.of(
        [
          TypedStatement(.filter(0)), TypedStatement(.capture(100)),
          TypedStatement(.emit(Emission(values: [.field(.tcp, "sport")]))),
          .require(.field(.tcp, "flags.syn")), TypedStatement(.capture(50)),
        ], emit: [.field(.tcp, "dport")])
      script.filters = [try PacketFilter(compiling: SourceText(name: "filter", text: "tcp"))]
      let run = try load(script)
      func outcome(_ flags: UInt8, _ proto: UInt8 = 6) throws -> ScriptRun.Outcome {
        let packet =
          Header.ethernet(Header.macs[0], Header.macs[1], 0x0800)
          + Header.ipv4(proto, Header.v4[0], Header.v4[1], Header.tcp(80, 9000, flags: flags, []))
        return try run.run(on: ScriptRun.Input(packet.bytes))
      }
      let syn = try outcome(2)
      #expect(
        syn.accepted && syn.emissions == [[1, 80], [1, 9000]] && syn.captures == [100, 50])
      let ack = try outcome(16)
      #expect(!ack.accepted && ack.emissions == [[1, 80]])
      let udp = try outcome(2, 17)
      #expect(!udp.accepted && udp.emissions.isEmpty)
    }

    @Test func context() throws {
      let all: [TypedExpression] = [
        .context(.time), .context(.cpu), .context(.pid), .context(.tid), .context(.cgroup),
        .context(.skb), .context(.interfaceIndex), .context(.namespace),
        .context(.function, .text), .context(.interfaceName, .text), .context(.stack, .stack),
      ]
      let run = try load(.of([], emit: all))
      var input = ScriptRun.Input()
      input.time = 1
      input.cpu = 2
      input.processID = 3
      input.threadID = 4
      input.cgroup = 5
      input.skb = 6
      input.interfaceIndex = 7
      input.namespace = 8
      input.function = "icmp_rcv"
      input.interfaceName = "eth0"
      let values = try run.values(on: input, all)
      #expect(values[..<8].map { $0 } == (1...8).map { [$0] })
      #expect(values[8]?.first == 0x7663_725f_706d_6369 && values[9]?.first == 0x3068_7465)
      let nothing = try run.values(on: ScriptRun.Input(), all)
      #expect(nothing[5...7].allSatisfy { $0 == nil } && nothing[9] == nil && nothing[10] == nil)
    }
  }
}
