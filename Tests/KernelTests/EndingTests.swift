import Foundation
import Packets
import Processes
import SystemPackage
import Testing

extension InGuest {
  /// However a session ends: what was seen is delivered, and nothing stays in the kernel.
  @Suite struct EndingTests {
    private func nothingStays() -> Bool {
      eventually(within: .seconds(20)) { loadedPrograms() == 0 }
    }

    @Test(arguments: [SIGINT, SIGTERM])
    func aSignalEndsInOrder(_ signal: Int32) throws {
      let network = try Network()
      let scratch = try Scratch()
      let file = scratch.file("written.pcap")
      let netcap = try Netcap(
        skb: "-f", "ip_rcv", "-e", "icmp", "-w", file, "--stats", "-i", "veth0",
        in: network.server)
      #expect(loadedPrograms() == 1)
      try network.ping(count: 3)
      let outcome = try netcap.end(by: signal)
      #expect(outcome.status == 0)
      #expect(try packets(in: CaptureReader(FilePath(file))).count == 3)
      let ledger = try outcome.ledger
      #expect(ledger.isBalanced, "\(outcome.errors)")
      #expect(ledger.points[0].emitted == 3 && ledger.received == 3)
      #expect(ledger.points[0].other_interface >= 3)
      #expect(nothingStays())
    }

    @Test func nothingStaysAfterAKill() throws {
      let netcap = try Netcap(skb: "-f", "icmp_rcv,kprobe:ip_rcv,skb:kfree_skb")
      #expect(loadedPrograms() == 3)
      let helpers = try children(of: netcap.process.processID)
      #expect(helpers.count == 1)
      netcap.process.signal(SIGKILL)
      #expect(try netcap.process.wait(within: .seconds(20)) == 128 + SIGKILL)
      #expect(nothingStays())
      #expect(eventually(within: .seconds(20)) { helpers.allSatisfy { kill($0, 0) != 0 } })
    }

    /// As with `netcap … | head -1`.
    @Test func aReaderThatGoesAwayIsTheEnd() throws {
      let network = try Network()
      var pipe = try Processes.Pipe()
      let netcap = try Netcap(
        skb: "-f", "icmp_rcv", "-e", "host 10.9.0.2", standardOutput: pipe.writeEnd)
      pipe.closeWriteEnd()
      try network.ping(count: 1)
      var first = [UInt8](repeating: 0, count: 100)
      let got = try first.withUnsafeMutableBytes { try pipe.readEnd!.read(into: $0) }
      #expect(String(decoding: first[..<got], as: UTF8.self).hasPrefix("icmp_rcv: "))
      pipe.closeReadEnd()
      try network.ping(count: 2)
      let outcome = try netcap.wait()
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(!outcome.errors.contains("error"))
      #expect(nothingStays())
    }

    @Test func theEndOfTcpdumpIsAnError() throws {
      let network = try Network()
      let netcap = try Netcap(skb: "-f", "icmp_rcv", "-e", "host 10.9.0.2", "--stats")
      try network.ping(count: 1)
      let appeared = try eventually(within: .seconds(30)) { try !netcap.process.output.isEmpty }
      #expect(appeared)
      let helper = try #require(children(of: netcap.process.processID).first)
      #expect(kill(helper, SIGKILL) == 0)
      try network.ping(count: 1)
      let outcome = try netcap.wait()
      #expect(outcome.status == 1)
      #expect(outcome.errors.contains("error: tcpdump"), "\(outcome.errors)")
      #expect(outcome.lines.count >= 2)
      #expect(nothingStays())
    }

    @Test func aFullDiskLeavesAValidFile() throws {
      let network = try Network()
      let disk = try Scratch()
      try run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk.path)
      defer { do { try run("umount", disk.path) } catch { Issue.record(error) } }
      let file = disk.file("written.pcap")
      let netcap = try Netcap(
        skb: "-f", "udp_rcv", "-e", "udp port 9005", "-w", file, "--capture-max-size", "1500",
        "--stats")
      let payloads = (0..<100).map { [UInt8](repeating: UInt8($0), count: 1400) }
      try network.datagrams(payloads, port: 9005)
      let outcome = try netcap.wait()
      #expect(outcome.status == 1)
      #expect(outcome.errors.contains("No space left on device"), "\(outcome.errors)")
      #expect(outcome.errors.contains("received but not written"), "\(outcome.errors)")
      let written = try packets(in: CaptureReader(FilePath(file)))
      #expect(written.count > 20 && written.count < 100)
      for (packet, payload) in zip(written, payloads) {
        #expect(Array(packet.bytes.suffix(1400)) == payload)
      }
      #expect(nothingStays())
    }
  }
}
