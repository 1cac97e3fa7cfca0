internal import SystemPackage

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Names of functions in processes, by address: what is mapped there, as `/proc/PID/maps` says, and
/// the nearest symbol of that file.
package final class UserSymbolizer {
  private struct Mapping {
    let range: Range<UInt64>
    let offset: UInt64
    let path: String
  }

  private struct Process {
    let mappings: [Mapping]
    let readAt: ContinuousClock.Instant
  }

  private var processes: [UInt32: Process] = [:]
  private var files: [String: ElfSymbols?] = [:]
  /// Processes and files that are remembered.
  private static let limit = 256

  package init() {}

  /// `malloc+0x12 [/usr/lib/…/libc.so.6]`, `/usr/bin/x+0x1234` where no symbol is known, or the bare
  /// address where nothing is mapped any more.
  package func name(_ address: UInt64, process: UInt32) -> String {
    let plain = "0x" + String(address, radix: 16)
    guard let mapping = mapping(of: address, in: process) else { return plain }
    let offset = address - mapping.range.lowerBound + mapping.offset
    guard mapping.path.hasPrefix("/") else {
      // [vdso], [heap] and the like.
      return "\(mapping.path)+0x\(String(address - mapping.range.lowerBound, radix: 16))"
    }
    if let name = symbols(mapping.path, process)?.name(atFileOffset: offset) {
      return "\(name) [\(mapping.path)]"
    }
    return "\(mapping.path)+0x\(String(offset, radix: 16))"
  }

  private func mapping(of address: UInt64, in process: UInt32) -> Mapping? {
    let known = processes[process]
    if let known {
      if let found = known.mappings.first(where: { $0.range.contains(address) }) { return found }
      // Libraries are loaded later, but not all the time.
      if .now - known.readAt < .seconds(1) { return nil }
    }
    if processes.count >= Self.limit { processes.removeAll() }
    var read: [Mapping] = []
    if case .success(let text) = KernelFile.text(FilePath("/proc/\(process)/maps")) {
      read = text.split(separator: "\n").compactMap(Self.mapping)
    } else if let known {
      // It has gone: what was known of it stays.
      read = known.mappings
    }
    processes[process] = Process(mappings: read, readAt: .now)
    return read.first { $0.range.contains(address) }
  }

  /// `55d0-55e0 r-xp 00001000 08:01 1234    /usr/bin/x`; nil for what is mapped without a file.
  private static func mapping(_ line: Substring) -> Mapping? {
    let words = line.split(separator: " ", maxSplits: 5, omittingEmptySubsequences: true)
    guard words.count == 6 else { return nil }
    let ends = words[0].split(separator: "-")
    guard ends.count == 2, let start = UInt64(ends[0], radix: 16),
      let end = UInt64(ends[1], radix: 16), start < end, let offset = UInt64(words[2], radix: 16)
    else { return nil }
    return Mapping(
      range: start..<end, offset: offset, path: String(words[5].drop { $0 == " " }))
  }

  private func symbols(_ path: String, _ process: UInt32) -> ElfSymbols? {
    // As the process sees it: it may be in a container.
    let place = "/proc/\(process)/root\(path)"
    var info = stat()
    guard stat(place, &info) == 0 else { return nil }
    let key = "\(info.st_dev) \(info.st_ino)"
    if let known = files[key] { return known }
    if files.count >= Self.limit { files.removeAll() }
    let read = ElfSymbols(path: place)
    files[key] = read
    return read
  }
}
