import Foundation
import Packets
import SystemPackage
import Testing

extension InGuest {
  /// What test-run cannot be given, arguments, packets and sockets of a kernel: a script that reads
  /// them says on its own recording, where both halves are interpreted, what it said live. Old
  /// kernels take minutes over such programs, and find some too large: `scripts/test` asks the others.
  @Suite struct RecordingKernelTests {
    /// Programs, and the first one's seed: each next one has the next.
    private static let programs = number("NETCAP_AGREEMENT_PROGRAMS") ?? 2
    private static let seed = UInt64(number("NETCAP_AGREEMENT_SEED") ?? 1)

    private static func number(_ name: String) -> Int? {
      ProcessInfo.processInfo.environment[name].flatMap { Int($0) }
    }

    /// Over both IP versions: echoes, connections that come about and that do not, a datagram for nobody.
    private func traffic(_ network: Network) throws {
      try network.ping(count: 2)
      let listener = try Socket(.tcp, in: network.server)
      try listener.bind(Network.serverAddress, 9201)
      try listener.listen()
      let client = try Socket(.tcp, in: network.client)
      try client.connect(Network.serverAddress, 9201)
      let accepted = try listener.accept()
      try client.send([UInt8](repeating: 7, count: 60))
      #expect(try accepted.receive().count == 60)
      try client.finish()
      for arguments in ["-w2 10.9.0.2 9202", "-6 -w2 fd00:9::2 9202"] {
        _ = try Running("nc", arguments.words, in: network.client).wait(within: .seconds(30))
      }
      let datagram = try Socket(.udp, in: network.client)
      try datagram.connect(Network.serverAddress, 9203)
      try datagram.send([1, 2, 3])
    }

    @Test func recordingsSayTheSame() throws {
      let network = try Network()
      let scratch = try Scratch()
      var used: Set<String> = []
      print("\(Self.programs) programs, seeds from \(Self.seed)")
      for index in 0..<Self.programs {
        let seed = Self.seed &+ UInt64(index)
        var generator = KernelReadScript(seed: seed)
        let text = generator.text(probes: 2)
        used.formUnion(generator.used)
        let script = scratch.file("\(index).ncs")
        let recording = scratch.file("\(index).pcapng")
        try Data(text.utf8).write(to: URL(fileURLWithPath: script))
        let netcap = try Netcap(starting: ["-w", recording, "-s", script])
        try netcap.process.waitForErrors(containing: "; ^C ends it", within: .seconds(500))
        try traffic(network)
        let live = try netcap.end()
        let replayed = try Netcap.run("-r", recording, "-s", script)
        #expect(live.status == 0 && replayed.status == 0, "\(live.errors)\(replayed.errors)")
        #expect(!live.text.isEmpty)
        guard replayed.text != live.text else { continue }
        let difference = zip(live.lines, replayed.lines).first { $0 != $1 }
        Issue.record(
          """
          NETCAP_AGREEMENT_SEED=\(seed) NETCAP_AGREEMENT_PROGRAMS=1: \(live.lines.count) lines live, \
          \(replayed.lines.count) of the recording, the first that differ:
          \(difference?.0 ?? "-")
          \(difference?.1 ?? "-")
          \(live.errors)\(replayed.errors)
          \(text)
          """)
      }
      let all = KernelReadScript.everything
      print("\(used.count) of \(all.count) points and reads were used")
      if Self.programs >= 40 {
        #expect(all.subtracting(used).isEmpty)
      }
    }

    /// Of many points every event is shown and recorded, with its point.
    @Test func manyPointsAreRecorded() throws {
      let network = try Network()
      let scratch = try Scratch()
      let file = scratch.file("many.pcapng")
      let points = "ip_rcv, ip_local_deliver, ip_local_out, ip_output, icmp_rcv, __dev_queue_xmit"
      let script =
        "probe all = {\(points), dev_hard_start_xmit} { filter \"icmp\"; emit skb.len }; "
        + "on all { print func, len }"
      let netcap = try Netcap(starting: ["-w", file, "-x", script])
      try netcap.process.waitForErrors(containing: "; ^C ends it", within: .seconds(300))
      try network.ping(count: 2)
      let live = try netcap.end()
      #expect(live.status == 0, "\(live.errors)")
      let seen = Set(live.lines.compactMap { $0.split(separator: " ").first.map(String.init) })
      #expect(seen.isSuperset(of: ["ip_rcv", "ip_local_deliver", "icmp_rcv"]), "\(seen)")
      let recorded = try packets(in: CaptureReader(FilePath(file)))
      #expect(recorded.count == live.lines.count)
      #expect(
        recorded.compactMap(\.point) == live.lines.map { String($0.split(separator: " ")[0]) })
    }
  }
}
