import CNamespace
import Foundation
import Kernel
import Language
import Library
import Lowering
import Session
import Syntax
import Testing

extension InGuest {
  /// At returns and marks: what the call was, with the result.
  @Suite struct CallKernelTests {
    private typealias Attached = ScriptTests.Running

    private func attach(_ text: String, by mechanism: ScriptMechanism) throws -> Attached {
      let outcome = ScriptLoader(library: ScriptLibrary(folders: []), reserved: []).load(
        ScriptFile(source: SourceText(name: "made.ncs", text: "ncs 1\n" + text), origin: .stdlib),
        types: KernelFacts().scriptTypes, arguments: [])
      let script = try #require(
        outcome.script, "\(outcome.diagnostics.map { $0.rendered() }.joined(separator: "\n"))")
      let points = script.probes.enumerated().flatMap { index, probe in
        probe.points.map { (index, $0) }
      }
      return try Attached(script, at: points, by: mechanism)
    }

    private static let client: [UInt64] = [0, 0xffff_0a09_0001]

    @Test(arguments: [ScriptMechanism.fexit, .kretprobe])
    func aReturnHasThePacketOfTheCall(mechanism: ScriptMechanism) throws {
      let network = try Network()
      let running = try attach(
        """
        probe return:icmp_rcv {
            filter "icmp and host 10.9.0.1"
            where icmp.type == 8
            capture 60
            emit retval, ip.src, skb.len, skb.dev.mtu, name = text(skb.dev.name), seq = icmp.seq,
                 absent = tcp.dport
        }
        """, by: mechanism)
      try network.ping(count: 2)
      let sent = try running.end()
      #expect(sent.count == 2)
      for (number, one) in sent.enumerated() {
        #expect(one.packetLength == 98 && one.captured == 60)
        // NET_RX_SUCCESS or NET_RX_DROP, by kernel; from the ICMP header on.
        #expect(one.values[0] == [0] || one.values[0] == [1])
        #expect(one.values[1] == Self.client && one.values[2] == [64] && one.values[3] == [1500])
        #expect(one.values[4]?.first == 0x30_6874_6576 && one.values[5] == [UInt64(number + 1)])
        #expect(one.values[6] == nil)
      }
      let counters = try running.tracer.counters(ofPoint: 0)
      #expect(counters.hits == 4 && counters.emitted == 2 && counters.filtered == 2)
      #expect(counters.missed == 0)
    }

    /// What is behind the window, in page fragments, a record keeps as well.
    @Test(arguments: [ScriptMechanism.fexit, .kretprobe])
    func largePackets(mechanism: ScriptMechanism) throws {
      let network = try Network()
      let running = try attach(
        """
        probe return:__udp_enqueue_schedule_skb {
            where udp.dport == 9013
            capture 9100
            emit four = udp.payload[3992:4], beyond = udp.payload[9000]
        }
        """, by: mechanism)
      var payload = [UInt8](repeating: 1, count: 9000)
      payload.replaceSubrange(3992..<3996, with: [0xde, 0xad, 0xbe, 0xef])
      try network.datagrams([payload], port: 9013)
      let sent = try running.end()
      #expect(sent.count == 1)
      #expect(sent.first?.values == [[0xdead_beef], nil])
      #expect(
        (sent.first?.captured ?? 0) >= 9028 && sent.first?.captured == sent.first?.packetLength)
    }

    @Test(arguments: [ScriptMechanism.fexit, .kretprobe])
    func socketsBeforeAndAfter(mechanism: ScriptMechanism) throws {
      let network = try Network()
      let running = try attach(
        """
        probe return:tcp_v4_connect {
            emit retval, args.addr_len, before = sock.state, after = sock(args.sk).state
        }
        """, by: mechanism)
      let socket = try Socket(.tcp, in: network.client)
      // Nobody listens: it is refused later, not by this call.
      do { try socket.connect(Network.serverAddress, 9014) } catch {}
      let sent = try running.end()
      #expect(sent.map(\.values) == [[[0], [16], [7], [2]]], "CLOSE, then SYN_SENT")
    }

    /// A trampoline is given the arguments at the return: no program at the entry is needed.
    @Test func argumentsAlone() throws {
      let network = try Network()
      let running = try attach(
        "probe return:tcp_v4_connect { emit retval, args.addr_len }", by: .fexit)
      let socket = try Socket(.tcp, in: network.client)
      do { try socket.connect(Network.serverAddress, 9015) } catch {}
      #expect(try running.end().map(\.values) == [[[0], [16]]])
    }

    @Test func returnsInPrograms() throws {
      let running = try attach(
        """
        probe a = return:uprobe:"\(testExecutable)":nc_marked { emit retval, x = args[1] & 0xffff }
        """, by: .uretprobe)
      #expect(nc_marked(20) == 41)
      #expect(try running.end().map(\.values) == [[[41], [20]]])
    }

    // MARK: Marks

    @Test func marksHaveArguments() throws {
      let cookies = KernelFacts().features.kprobeCookie.isAvailable
      let scratch = try Scratch()
      // Without attach cookies only what is loaded where it was linked can be told apart.
      let path = scratch.file("marked")
      let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("CNamespace").path
      let text = "int nc_marked(int); int main(void) { return nc_marked(-3) == -5 ? 0 : 1; }"
      try text.write(toFile: scratch.file("main.c"), atomically: true, encoding: .utf8)
      try run(
        "clang", "-no-pie", "-O1", "-I", "\(folder)/include", "\(folder)/marks.c",
        scratch.file("main.c"), "-o", path)
      for (file, isHere) in [(path, false), (testExecutable, true)] where cookies || !isHere {
        let running = try attach(
          """
          probe m = usdt:"\(file)":netcap_test:marked {
              emit a = args[1], b = args[2], c = args[3]
          }
          """, by: .usdt)
        if isHere { _ = nc_marked(-3) } else { try run(path) }
        let values: [[UInt64]?] = [[UInt64(bitPattern: -3)], [UInt64(bitPattern: -7)], nil]
        #expect(try running.end().map(\.values) == [values])
      }
    }

    @Test func whatIsNotThereIsSaid() throws {
      let mark = try Netcap.run("-x", #"probe m = usdt:"\#(testExecutable)":netcap_test:other { }"#)
      #expect(mark.status == 1 || mark.status == 2)
      #expect(mark.errors.contains("has no mark 'netcap_test:other'"), "\(mark.errors)")
      let file = try Netcap.run("-x", #"probe m = usdt:"/no/such/file":a:b { }"#)
      #expect(file.errors.contains("there is no file /no/such/file"), "\(file.errors)")
      let function = try Netcap.run("-x", #"probe m = uprobe:"/bin/sh":no_such_function { }"#)
      #expect(
        function.errors.contains("/bin/sh has no function 'no_such_function'"),
        "\(function.errors)")
      let buffer = try Netcap.run("-x", "probe return:icmp_rcv { emit sk_buff(skb).mark }")
      #expect(buffer.errors.contains("at a return the skb may be another packet's"))
    }

    @Test func recordingsReplay() throws {
      let network = try Network()
      let scratch = try Scratch()
      let file = scratch.file("written.pcapng")
      let script = """
        probe return:icmp_rcv { filter "host 10.9.0.2"; emit retval, ip.ttl, skb.len }
        on icmp_rcv { print "{func} {dev.name} {retval} {ttl} {len} {icmp.seq} {pkt.summary}" }
        """
      let netcap = try Netcap(starting: ["-w", file, "-x", script])
      try netcap.process.waitForErrors(containing: "; ^C ends it", within: Netcap.readyTime)
      try network.ping(count: 3)
      let live = try netcap.end()
      #expect(live.status == 0, "\(live.errors)")
      #expect(live.lines.count == 6 && live.text.contains("return:icmp_rcv veth0 "), "\(live.text)")
      let replayed = try Netcap.run("-r", file, "-x", script)
      #expect(replayed.status == 0, "\(replayed.errors)")
      #expect(replayed.text == live.text)
    }
  }
}
