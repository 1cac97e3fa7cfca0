import Foundation
import Processes
import Testing

extension InGuest {
  /// What each clang makes of the probes is accepted by the kernel's verifier.
  @Suite struct CompilerTests {
    /// Debian's own, and the one that comes with Swift.
    private static let compilers: [String] = {
      let swift = findExecutable("swift").map { "\($0)" } ?? ""
      let beside = URL(fileURLWithPath: swift).resolvingSymlinksInPath()
        .deletingLastPathComponent().appendingPathComponent("clang").path
      return ["/usr/bin/clang", beside]
    }()

    @Test(arguments: 0..<2)
    func objectsLoad(_ number: Int) throws {
      let compiler = Self.compilers[number]
      try #require(findExecutable(compiler) != nil, "\(compiler) is missing")
      let network = try Network()
      let cache = try Scratch()
      // A filter with loops and one beyond the window; an empty cache.
      let netcap = try Netcap(
        skb: "-f", "icmp_rcv,kprobe:ip_rcv,ipv6_rcv,net:netif_receive_skb", "-e",
        "(icmp[icmptype] = icmp-echo and ip[ip[0] & 0xf] != 255) or (ip6 protochain 17 and vlan)",
        "--json",
        "--capture-max-size", "65535",
        environment: ["NETCAP_CLANG": compiler, "XDG_CACHE_HOME": cache.path])
      try network.ping(count: 1)
      let outcome = try netcap.end()
      #expect(outcome.status == 0)
      #expect(Set(try outcome.packets.map(\.point)).isSuperset(of: ["icmp_rcv", "ip_rcv"]))
    }
  }
}
