import Foundation
import Kernel
import Language
import Packets
import SystemPackage
import Testing

extension InGuest {
  /// Packets in programs: DPDK's mbufs, and bytes.
  @Suite struct ProgramPacketTests {
    /// A program of `Tests/Programs` that runs until this value is gone.
    private final class Program {
      let path: String
      let running: Running

      init(_ path: String, _ arguments: [String] = []) throws {
        self.path = path
        running = try Running(path, arguments)
        let isReady = try eventually(within: .seconds(60)) {
          String(decoding: try running.output, as: UTF8.self).contains("ready")
        }
        if !isReady { throw Failed("\(path) did not get ready: \(try running.errors)") }
      }

      var process: String { "\(running.processID)" }
    }

    private static let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Programs").path

    private static func compile(_ source: String, to path: String, _ flags: [String]) throws {
      let file = "\(sources)/\(source)"
      try run("cc", ["-O1", "-g", file, "-o", path] + flags, within: .seconds(240))
    }

    /// Compiling takes a minute here: all tests have one.
    private static let dpdk: Result<String, Failed> = {
      let path = NSTemporaryDirectory() + "/netcap-test-dpdk"
      do {
        let flags = try run("pkg-config", "--cflags", "--libs", "libdpdk").split {
          $0 == " " || $0 == "\n"
        }
        try compile("dpdk.c", to: path, flags.map(String.init))
        return .success(path)
      } catch {
        return .failure(Failed("\(error)"))
      }
    }()

    private func dpdk() throws -> Program {
      try Program(
        Self.dpdk.get(),
        "--no-huge -m 64 --no-pci --no-telemetry --vdev=net_null0 -l 0 --log-level=error".words)
    }

    private func raw(_ scratch: Scratch, _ flags: [String] = []) throws -> Program {
      let path = scratch.file("raw")
      try Self.compile("raw.c", to: path, flags)
      return try Program(path)
    }

    // MARK: mbuf

    @Test func mbufs() throws {
      let program = try dpdk()
      let outcome = try Netcap.run(
        "mbuf", "-p", program.process, "-f", "handle_one@1", "-c", "2", "--json")
      let packets = try outcome.packets
      #expect(packets.map(\.len) == [52, 52], "\(outcome.errors)")
      #expect(packets.allSatisfy { $0.point == "handle_one" && $0.comm == "netcap-test-dpd" })
      #expect(packets[0].text.hasPrefix("IP 10.9.1.1.1000 > 10.9.1.2.9030: UDP, length 10"))
      #expect(
        packets[0].content.suffix(10).elementsEqual(repeatElement(UInt8(ascii: "x"), count: 10)))
      let ledger = try outcome.ledger
      #expect(ledger.isBalanced && ledger["handle_one"]?.mechanism == "uprobe")
    }

    /// Each of an array is a packet; what lies in other segments is read from there.
    @Test func arraysOfMbufs() throws {
      let program = try dpdk()
      let file = try Scratch()
      let path = file.file("bursts.pcapng")
      let outcome = try Netcap.run(
        "mbuf", "-p", program.process, "-f", "handle_burst@2@3", "-e",
        "udp portrange 9031-9033", "-c", "6", "-w", path, "--capture-max-size", "1000", "--stats")
      #expect(outcome.status == 0, "\(outcome.errors)")
      let kept = try packets(in: CaptureReader(FilePath(path)))
      #expect(kept.map(\.originalLength) == [62, 742, 62, 62, 742, 62])
      let ports = kept.map { Int($0.bytes[36]) << 8 | Int($0.bytes[37]) }
      #expect(ports == [9031, 9032, 9033, 9031, 9032, 9033])
      let segments = kept[1].bytes
      #expect(segments.count == 742)
      #expect(segments[42..<442].allSatisfy { $0 == UInt8(ascii: "x") })
      #expect(segments[442...].allSatisfy { $0 == UInt8(ascii: "y") })
    }

    /// 512 at once, and a body that is no small one.
    @Test func largeBursts() throws {
      let program = try dpdk()
      let outcome = try Netcap.run(
        "-p", program.process, "-x",
        """
        table seen[port, queue]: count
        probe burst = uprobe:"\(program.path)":handle_burst(mbuf: 2, count: 3) {
            where udp.dport == 9040 && udp.len == 9 && pkt.len == 43 && args[3] == 512
            let far = udp.payload[0] == 120 && ip.ttl == 64 && !(ip.src == "10.9.1.2")
            if far { seen[udp.dport, args[1] & 0xffffffff] += 1 }
        }
        every 1s {
            for row in seen { if row.value >= 1024 { print "{row.port} {row.queue} {row.value % 512}"; exit } }
        }
        """)
      #expect(outcome.text == "9040 8 0\n", "\(outcome.text)\(outcome.errors)")
    }

    @Test func marksOfDPDK() throws {
      let program = try dpdk()
      let outcome = try Netcap.run(
        "mbuf", "-p", program.process, "-f", "usdt:burst@2@3,usdt:netcap_dpdk:one@1", "-e",
        "udp port 9030 or udp port 9032", "-c", "4", "--json")
      let seen = Set(try outcome.packets.map { "\($0.point) \($0.len)" })
      #expect(seen == ["burst 742", "one 52"], "\(outcome.errors)")
      let script = try Netcap.run(
        "-p", program.process, "-c", "1", "-x",
        """
        probe m = usdt:"\(program.path)":netcap_dpdk:burst(mbuf: 2, count: 3) {
            where udp.dport == 9033
            emit queue = args[1], many = args[3]
        }
        on m { print "{queue} {many} {pkt.len}" }
        """)
      #expect(script.text == "7 3 62\n", "\(script.errors)")
    }

    /// By pointer.
    @Test func gatheringMbufs() throws {
      let program = try dpdk()
      let outcome = try Netcap.run(
        "mbuf", "-p", program.process, "-f", "handle_one@1,finish_one@1", "-G",
        "--gather-distinguish-by-pointer", "-c", "1")
      #expect(outcome.text.contains("+-- No'0 packet received in "), "\(outcome.errors)")
      #expect(outcome.text.contains("(ns) later received in "), "\(outcome.text)")
    }

    @Test func userCWithMbufs() throws {
      let program = try dpdk()
      let scratch = try Scratch()
      let path = scratch.file("action.c")
      try """
      struct xcap_user_extend {
        uint16_t port; // format: %d
        uint32_t len;
      };
      static inline int xcap_user_action(void *ctx, void *pkt, u32 pkt_len,
                                         struct xcap_user_extend *user, u16 trace_index)
      {
        user->port = ((u8 *)pkt)[0] * 0 + trace_index;
        user->len = pkt_len;
        return 1;
      }
      """.write(toFile: path, atomically: true, encoding: .utf8)
      let outcome = try Netcap.run(
        "mbuf", "-p", program.process, "-f", "handle_one@1", "--user-action", path, "-c", "1")
      #expect(
        outcome.text.contains("--> No 0's pkt User Action >> {port: 0; len: 52; }"),
        "\(outcome.text)\(outcome.errors)")
    }

    /// Debug information has the same offsets as DPDK says of itself; others are obeyed.
    @Test func layouts() throws {
      let program = try dpdk()
      #expect(ProgramFile.mbufLayout(path: program.path) == .found(ScriptPoint.MbufLayout()))
      let wrong = try Netcap.run(
        "mbuf", "-p", program.process, "-f", "handle_one", "--mbuf-offsets", "pkt_len=40", "-c",
        "1",
        "--json")
      // data_len and what follows it, vlan_tci, are read as one number.
      #expect(try wrong.packets.map(\.len) == [52], "\(wrong.errors)")
      let none = try Netcap.run(
        "mbuf", "-p", program.process, "-f", "handle_one", "--mbuf-offsets", "pkt_lem=40")
      #expect(none.status == 2 && none.errors.contains("did you mean pkt_len?"), "\(none.errors)")
    }

    // MARK: raw

    @Test func bytes() throws {
      let scratch = try Scratch()
      let program = try raw(scratch)
      let outcome = try Netcap.run(
        "raw", "-p", program.process, "-f", "handle_bytes@1@2,usdt:frame", "-c", "4", "--json")
      let seen = try outcome.packets
      #expect(Set(seen.map(\.point)) == ["handle_bytes", "frame"], "\(outcome.errors)")
      #expect(seen.allSatisfy { $0.len == 46 && $0.content.suffix(4) == Array("four".utf8)[...] })
      let script = try Netcap.run(
        "-p", program.process, "-x",
        """
        probe b = uprobe:"\(program.path)":handle_bytes(data: 1, len: 2) { emit n = args[2] }
        on b { print "{n} {udp.dport} {udp.payload[0:4]:x}"; exit }
        """, "--stats")
      #expect(script.text == "46 9030 666f7572\n", "\(script.errors)")
      // Of three calls one has a packet: -1 bytes and NULL are none.
      #expect(try script.ledger["handle_bytes"].map { $0.no_packet <= 2 * $0.emitted + 2 } == true)
    }

    /// In a library of the process, which is looked for below its own root.
    @Test func librariesAndRoots() throws {
      let scratch = try Scratch()
      let library = scratch.file("libframes.so")
      try Self.compile("raw.c", to: library, ["-shared", "-fPIC", "-DIN_LIBRARY"])
      let program = try raw(scratch, ["-DHAS_LIBRARY", library])
      let outcome = try Netcap.run(
        "raw", "-p", program.process, "-f", "handle_in_library@2@3", "-c", "1")
      #expect(outcome.text.contains("10.9.1.2.9030: UDP, length 4"), "\(outcome.errors)")

      let folder = scratch.file("root")
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      try Self.compile(
        "raw.c", to: "\(folder)/inside", ["-static"])
      let inside = try Running("chroot", [folder, "/inside"])
      usleep(500_000)
      let seen = try Netcap.run(
        "raw", "-p", "\(inside.processID)", "-f", "handle_bytes", "-c", "1")
      #expect(seen.text.contains("10.9.1.2.9030: UDP, length 4"), "\(seen.errors)")
    }

    @Test func theEndOfTheProcess() throws {
      let scratch = try Scratch()
      let path = scratch.file("raw")
      try Self.compile("raw.c", to: path, [])
      let program = try Running(path, ["100"])
      let netcap = try Netcap(
        starting: ["raw", "-p", "\(program.processID)", "-f", "handle_bytes"])
      let outcome = try netcap.wait(within: .seconds(180))
      #expect(outcome.status == 0)
      #expect(outcome.errors.contains("process \(program.processID) (raw) has ended"))
    }

    @Test func mistakes() throws {
      let scratch = try Scratch()
      let program = try raw(scratch)
      let name = try Netcap.run("raw", "-p", program.process, "-f", "handle_byte")
      #expect(
        name.status == 1 && name.errors.contains("did you mean handle_bytes"), "\(name.errors)")
      let mark = try Netcap.run("raw", "-p", program.process, "-f", "usdt:fram")
      #expect(mark.errors.contains("has no mark 'fram'"), "\(mark.errors)")
      let process = try Netcap.run("mbuf", "-p", "4194304", "-f", "x")
      #expect(process.status == 1 && process.errors.contains("there is no process 4194304"))
    }
  }
}
