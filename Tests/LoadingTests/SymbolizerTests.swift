import Foundation
import Kernel
import SystemPackage
import Testing

/// Names of addresses.
@Suite struct SymbolizerTests {
  private func kernel(_ text: String) throws -> KernelSymbolizer {
    let path = NSTemporaryDirectory() + "/netcap-kallsyms-\(UUID().uuidString)"
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    let symbols = KernelSymbolizer(path: FilePath(path))
    _ = symbols.name(0)
    try FileManager.default.removeItem(atPath: path)
    return symbols
  }

  private static let text = """
    ffffffff81000000 T _text
    ffffffff81000040 t ip_rcv
    ffffffff81000050 D some_data
    ffffffff81000100 W weak_one
    0000000000000000 T hidden
    ffffffffc0000000 t nft_do_chain\t[nf_tables]
    ffffffffc0000100 t bpf_prog_1_nc_probe\t[bpf]
    ffffffff81000080 t late_rcv

    """

  @Test func kernelFunctions() throws {
    let symbols = try kernel(Self.text)
    for (address, name) in [
      (0xffff_ffff_8100_0000, "_text+0x0"), (0xffff_ffff_8100_003f, "_text+0x3f"),
      (0xffff_ffff_8100_0052, "ip_rcv+0x12"), (0xffff_ffff_8100_0080, "late_rcv+0x0"),
      (0xffff_ffff_8100_0101, "weak_one+0x1"),
      (0xffff_ffff_c000_0010, "nft_do_chain+0x10 [nf_tables]"),
      (0xffff_ffff_c000_0123, "bpf_prog_1_nc_probe+0x23 [bpf]"),
      // Before the first, and too far behind the last.
      (0xffff_ffff_8000_0000, "0xffffffff80000000"), (0xffff_ffff_d000_0000, "0xffffffffd0000000"),
      (0x1234, "0x1234"),
    ] as [(UInt64, String)] {
      #expect(symbols.name(address) == name)
      #expect(symbols.name(address) == name, "again")
    }
  }

  @Test func theProbeIsNoPartOfTheChain() throws {
    let symbols = try kernel(Self.text)
    #expect(
      symbols.names(of: [0xffff_ffff_c000_0123, 0xffff_ffff_8100_0045, 0xffff_ffff_c000_0123])
        == ["ip_rcv+0x5", "bpf_prog_1_nc_probe+0x23 [bpf]"])
    #expect(symbols.names(of: [0xffff_ffff_c000_0123]) == ["bpf_prog_1_nc_probe+0x23 [bpf]"])
    #expect(symbols.names(of: []).isEmpty)
  }

  @Test func withoutSymbolsThereAreAddresses() throws {
    #expect(try kernel("").name(0xff) == "0xff")
    #expect(try kernel("no symbols at all\n\n[x]\n").name(0xff) == "0xff")
    #expect(KernelSymbolizer(path: "/no/such/file").name(0xff) == "0xff")
    #expect(try kernel("0000000000000000 T hidden").name(0xff) == "0xff")
  }

  @Test func functionsOfThisProcess() {
    let function: @convention(c) () -> pid_t = getpid
    let address = UInt64(UInt(bitPattern: unsafeBitCast(function, to: UnsafeRawPointer.self)))
    let names = UserSymbolizer()
    let process = UInt32(getpid())
    let name = names.name(address, process: process)
    #expect(name.contains("getpid"), "\(name)")
    #expect(name.hasSuffix("]") && name.contains("+0x"), "\(name)")
    let behind = names.name(address + 1, process: process)
    #expect(behind.contains("+0x1 ") || behind.contains("+0x1]"), "\(behind)")
    #expect(names.name(1, process: process) == "0x1")
    #expect(names.name(address, process: 0) == "0x" + String(address, radix: 16))
  }

  @Test func interfacesOfThisNamespace() {
    let names = InterfaceNames()
    #expect(names.ownNamespace != 0)
    let index = if_nametoindex("lo")
    if index != 0 { #expect(names.name(ofIndex: index, namespace: names.ownNamespace) == "lo") }
    #expect(names.name(ofIndex: 1, namespace: 1) == nil)
    #expect(names.name(ofIndex: 0, namespace: names.ownNamespace) == nil)
    #expect(names.name(ofIndex: 1 << 30, namespace: names.ownNamespace) == nil)
  }

  @Test func wallClock() {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    let seconds = now.tv_sec + Int(WallClock.offset() / 1_000_000_000)
    #expect(abs(seconds - time(nil)) <= 2)
  }
}
