import Foundation
import Packets
import SystemPackage
import Testing

extension InGuest {
  /// Which packets a file gets, however the session ends.
  @Suite struct RotationKernelTests {
    private static let filter = "icmp[icmptype] = icmp-echo and dst host 10.9.0.2"

    /// ICMP sequence numbers.
    private func numbers(_ file: String) throws -> [Int] {
      try packets(in: CaptureReader(FilePath(file))).map {
        Int($0.bytes[14 + 26]) << 8 | Int($0.bytes[14 + 27])
      }
    }

    @Test(arguments: ["x.pcap", "x.pcapng"])
    func theLastPackets(name: String) throws {
      for ending in [SIGINT, SIGTERM, 0] {
        let network = try Network()
        let scratch = try Scratch()
        let file = scratch.file(name)
        let netcap = try Netcap(
          starting: [
            "skb", "-f", "icmp_rcv@1", "-e", Self.filter, "-w", file, "--write-file-rotate", "2",
            "--stats",
          ] + (ending == 0 ? ["-c", "5"] : []))
        try netcap.process.waitForErrors(containing: "; ^C ends it", within: Netcap.readyTime)
        try network.ping(count: 5)
        let outcome = ending == 0 ? try netcap.wait() : try netcap.end(by: ending)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(try numbers(file) == [4, 5], "\(ending)")
        #expect(
          outcome.errors.contains("packets: 5 received, 2 written, 3 rotated out"),
          "\(outcome.errors)")
      }
    }

    @Test func filesFollowOneAnother() throws {
      let network = try Network()
      let scratch = try Scratch()
      let netcap = try Netcap(
        skb: "-f", "icmp_rcv", "-e", Self.filter, "-w", scratch.file("x.pcapng"), "--rotate-size",
        "1", "--rotate-files", "2", "-c", "4")
      try network.ping(count: 5)
      let outcome = try netcap.wait()
      #expect(outcome.status == 0, "\(outcome.errors)")
      let files = try FileManager.default.contentsOfDirectory(atPath: scratch.path).sorted()
      #expect(files == ["x.2.pcapng", "x.3.pcapng"])
      #expect(try numbers(scratch.file("x.3.pcapng")) == [4])

      let timed = try Netcap(
        starting: [
          "-w", scratch.file("t.pcap"), "--rotate-time", "300ms", "-c", "4", "-x",
          "probe icmp_rcv { filter \"\(Self.filter)\" }; on icmp_rcv { }",
        ])
      try timed.process.waitForErrors(containing: "; ^C ends it", within: Netcap.readyTime)
      try network.ping(count: 5)
      #expect(try timed.wait().status == 0)
      #expect(try numbers(scratch.file("t.pcap")) == [1, 2])
      #expect(try numbers(scratch.file("t.1.pcap")) == [3, 4])
    }

    @Test func stacksGoToStandardOutputToo() throws {
      let network = try Network()
      let netcap = try Netcap(
        skb: "-f", "icmp_rcv", "-e", Self.filter, "-S", "-w", "-", "-c", "1")
      try network.ping(count: 1)
      let outcome = try netcap.wait()
      #expect(outcome.status == 0, "\(outcome.errors)")
      let written = try packets(in: CaptureReader(outcome.output))
      #expect(written.count == 1 && written[0].comments.joined().contains(" stack="))
    }
  }
}
