internal import Glibc
package import SystemPackage

/// Names of the kernel's functions by address.
///
/// `/proc/kallsyms` is read when the first name is asked for, which takes some tens of milliseconds,
/// and again, at most once a second, for an address that belongs to no function: a module may have
/// been loaded since.
package final class KernelSymbolizer {
  private let path: FilePath
  private var table = AddressTable()
  private var readAt: ContinuousClock.Instant?
  private var names: [UInt64: String] = [:]
  /// No function of the kernel is as long.
  private static let farthest: UInt64 = 1 << 20

  package init(path: FilePath = "/proc/kallsyms") {
    self.path = path
  }

  /// `tcp_v4_rcv+0x1f`, `nft_do_chain+0x2 [nf_tables]`; the bare address where there is no name, or the
  /// kernel hides it.
  package func name(_ address: UInt64) -> String {
    if let name = names[address] { return name }
    if readAt == nil { read() }
    var found = table.find(address)
    if found.map({ $0.offset > Self.farthest }) ?? true, let readAt, .now - readAt > .seconds(1) {
      read()
      found = table.find(address)
    }
    guard let found, found.offset <= Self.farthest else { return "0x" + String(address, radix: 16) }
    let module = found.module.map { " [\($0)]" } ?? ""
    let name = "\(found.name)+0x\(String(found.offset, radix: 16))\(module)"
    names[address] = name
    return name
  }

  /// Names of a chain's addresses, without the innermost that are there because of the probe itself: the
  /// program, and what the kernel called it by.
  package func names(of frames: [UInt64]) -> [String] {
    let names = frames.map { name($0) }
    let first = names.firstIndex { name in !Self.own.contains { name.hasPrefix($0) } }
    return Array(names[(first ?? 0)...])
  }

  private static let own = [
    "bpf_prog_", "bpf_trampoline_", "bpf_trace_run", "__bpf_trace_", "__traceiter_",
    "perf_trace_", "trace_call_bpf", "bpf_get_stackid",
  ]

  private func read() {
    readAt = .now
    var table = AddressTable()
    let descriptor = open(path.string, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    let capacity = 256 << 10
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 16)
    defer { buffer.deallocate() }
    var filled = 0
    while true {
      let got = Glibc.read(
        descriptor, buffer.baseAddress.map { $0 + filled }, capacity - filled)
      if got < 0, errno == EINTR { continue }
      if got <= 0 { break }
      filled += got
      let used = Self.add(UnsafeRawBufferPointer(rebasing: buffer[..<filled]), to: &table)
      // No line is as long as the buffer.
      if used == 0, filled == capacity { break }
      if let start = buffer.baseAddress { memmove(start, start + used, filled - used) }
      filled -= used
    }
    table.sort()
    self.table = table
  }

  /// Adds the functions on complete lines: `ffffffff81000000 T name`, and `\t[module]` behind some.
  ///
  /// - Returns: how many bytes those lines take.
  private static func add(_ text: UnsafeRawBufferPointer, to table: inout AddressTable) -> Int {
    guard let start = text.baseAddress else { return 0 }
    let column = KernelSymbols.column
    var used = 0
    while let newline = memchr(start + used, 0x0a, text.count - used) {
      let line = (start + used).assumingMemoryBound(to: CChar.self)
      let end = UnsafeRawPointer(newline)
      let length = end - UnsafeRawPointer(line)
      used += length + 1
      // t, T, w, W: code, and what may be.
      guard length > column, strchr("tTwW", Int32(line[column - 2])) != nil else { continue }
      let address = UInt64(strtoull(line, nil, 16))
      if address == 0 { continue }
      var name = UnsafeRawBufferPointer(start: line + column, count: length - column)
      var module: UnsafeRawBufferPointer?
      if line[length - 1] == 0x5d, let tab = memchr(line + column, 0x09, length - column) {
        let nameLength = UnsafeRawPointer(tab) - UnsafeRawPointer(line + column)
        name = UnsafeRawBufferPointer(start: line + column, count: nameLength)
        // Behind the tab a bracket, and before the end another.
        module = UnsafeRawBufferPointer(
          start: tab + 2, count: max(0, length - column - nameLength - 3))
      }
      table.add(address, name: name, module: module)
    }
    return used
  }
}
