import Glibc
import MadePackets
import Packets
import Session
import Syntax
import SystemPackage
import Testing

extension InKernel {
  /// `netcap filter`: its text, and its comparison over files.
  @Suite struct InspectionTests {
    @Test func description() throws {
      let text = try FilterInspection("tcp dst port 9000").description()
      for part in [
        "Packets with an Ethernet header\n\nClassic BPF:\n(000) ldh      [12]\n",
        "Reads the first 58 bytes at once, and looks at bytes 12-14, 20-21, 23, 36-37 and 56-57.\n",
        "Packets that begin with an IP header\n\nClassic BPF:\n(000) ldb      [0]\n",
        "static __always_inline int nc_filter_ethernet_fast(",
        "static __noinline int nc_filter_raw_ip_slow(",
      ] {
        #expect(text.contains(part), "\(part)")
      }
      #expect(try FilterInspection("").description().contains("Reads no bytes at once."))
    }

    @Test func refusedExpression() {
      #expect(throws: Diagnostic.self) { try FilterInspection("prot 53") }
    }

    @Test(
      .enabled(if: BpfHere.obstacle == nil, "eBPF cannot be run here: \(BpfHere.obstacle ?? "")"),
      arguments: [LinkType.ethernet, .rawIP])
    func comparison(link: LinkType) throws {
      let packets = TestPackets.all.filter { $0.link == link }
      let path = try write(packets, linkNumber: UInt32(link.fileNumber))
      defer { unlink(path.string) }
      let inspection = try FilterInspection("udp port 53 or ip6 protochain 6")
      let comparison = try inspection.compare(with: path)
      #expect(comparison.packets == packets.count)
      #expect(comparison.libpcapMatches > 20)
      #expect(comparison.bpfMatches == comparison.libpcapMatches)
      #expect(comparison.differing == 0, "\(comparison.examples)")
      #expect(comparison.interruption == nil)
      #expect(
        comparison.summary == "packets \(packets.count), libpcap \(comparison.libpcapMatches), "
          + "eBPF \(comparison.libpcapMatches), differing 0")
    }

    @Test(
      .enabled(if: BpfHere.obstacle == nil, "eBPF cannot be run here: \(BpfHere.obstacle ?? "")"))
    func interruptedFile() throws {
      let packets = Array(TestPackets.all.filter { $0.link == .ethernet }.prefix(10))
      let path = try write(packets, linkNumber: 1, cutBytes: 3)
      defer { unlink(path.string) }
      let comparison = try FilterInspection("ip").compare(with: path)
      #expect(comparison.packets == 9)
      #expect(comparison.interruption?.message.contains("cut short") == true)
    }

    @Test(
      .enabled(if: BpfHere.obstacle == nil, "eBPF cannot be run here: \(BpfHere.obstacle ?? "")"))
    func otherFiles() throws {
      let path = try write(Array(TestPackets.all.prefix(1)), linkNumber: 113)
      defer { unlink(path.string) }
      let inspection = try FilterInspection("ip")
      #expect(throws: Diagnostic.self) { try inspection.compare(with: path) }
      #expect(throws: Diagnostic.self) { try inspection.compare(with: "/nonexistent/file.pcap") }
    }

    /// A pcap file, little-endian, without its last `cutBytes`.
    private func write(
      _ packets: [TestPacket], linkNumber: UInt32, cutBytes: Int = 0
    ) throws -> FilePath {
      var bytes: [UInt8] = []
      func u32(_ numbers: UInt32...) {
        for number in numbers { withUnsafeBytes(of: number.littleEndian) { bytes += $0 } }
      }
      u32(0xa1b2_c3d4, 4 << 16 | 2, 0, 0, 262_144, linkNumber)
      for packet in packets {
        u32(0, 0, UInt32(packet.bytes.count), UInt32(packet.length))
        bytes += packet.bytes
      }
      let path = FilePath("/tmp/netcap-inspection-\(getpid()).pcap")
      let descriptor = try FileDescriptor.open(
        path, .writeOnly, options: [.create, .truncate], permissions: .ownerReadWrite)
      _ = try descriptor.closeAfter { try descriptor.writeAll(bytes.dropLast(cutBytes)) }
      return path
    }
  }
}
