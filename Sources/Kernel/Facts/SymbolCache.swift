internal import Glibc
internal import SystemPackage

/// Symbols of the kernel that were looked up since it booted, in a file of the user's own.
///
/// The first line names the boot, the last one says that the file is whole; those in between are
/// as in `/proc/kallsyms`. Whatever is not exactly so counts as nothing, and is replaced.
struct SymbolCache {
  private let file: FilePath
  private let heading: String
  private static let ending = "end\n"

  /// Nil where a boot cannot be told from another one.
  init?(folder: FilePath, bootID: FilePath = "/proc/sys/kernel/random/boot_id") {
    guard let boot = KernelFile.line(bootID), !boot.isEmpty else { return nil }
    file = folder.appending("symbols")
    heading = "netcap symbols 2 \(boot)\n"
  }

  /// What is known of these names.
  func symbols(named names: Set<String>) -> [String: KernelSymbol] {
    let lines = lines()
    let wanted = Array(names)
    var result: [String: KernelSymbol] = [:]
    lines.withUnsafeBytes { text in
      NameScan(wanted).scan(text, column: KernelSymbols.column) { hit in
        guard hit.variant == nil, hit.address != 0 else { return }
        let place = KernelSymbol.Place(address: hit.address, module: nil)
        // Two runs at once may both have added it.
        if result[wanted[hit.name]]?.places.contains(place) == true { return }
        result[wanted[hit.name], default: KernelSymbol()].places.append(place)
      }
    }
    return result
  }

  /// Keeps those that only the kernel itself has, with addresses that it does not hide.
  ///
  /// The file is replaced in one step; of two that do so at once, the later one's remains. A cache
  /// that cannot be written is one that is not there.
  func add(_ symbols: [String: KernelSymbol]) {
    var added = ""
    for (name, symbol) in symbols {
      guard symbol.places.allSatisfy({ $0.module == nil && $0.address != nil }) else { continue }
      for place in symbol.places {
        let address = String(place.address ?? 0, radix: 16)
        let padding = String(repeating: "0", count: KernelSymbols.column - 3 - address.utf8.count)
        added += "\(padding)\(address) t \(name)\n"
      }
    }
    if added.isEmpty { return }
    let temporary = "\(file).\(getpid())"
    do throws(Errno) {
      try writeFile(
        FilePath(temporary), Array(heading.utf8) + lines() + Array((added + Self.ending).utf8))
      if rename(temporary, file.string) != 0 { throw Errno(rawValue: errno) }
    } catch {
      unlink(temporary)
    }
  }

  /// The lines between heading and ending, none if the file is not as it should be.
  private func lines() -> ArraySlice<UInt8> {
    let bytes: [UInt8]
    do throws(Errno) { bytes = try readFile(file) } catch { return [] }
    let heading = Array(heading.utf8)
    let ending = Array(Self.ending.utf8)
    guard bytes.count >= heading.count + ending.count, bytes.starts(with: heading),
      bytes.suffix(ending.count).elementsEqual(ending)
    else { return [] }
    let lines = bytes[heading.count..<(bytes.count - ending.count)]
    return lines.last.map { $0 == UInt8(ascii: "\n") } ?? true ? lines : []
  }
}
