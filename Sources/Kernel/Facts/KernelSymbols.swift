internal import Glibc
package import SystemPackage

/// A symbol of the running kernel.
package struct KernelSymbol: Sendable, Equatable {
  package struct Place: Sendable, Equatable {
    /// Nil where the kernel hides it (`kernel.kptr_restrict`).
    package let address: UInt64?
    /// The module that has it, nil for the kernel itself.
    package let module: String?
  }

  /// Everywhere that the name stands: several static functions can share one.
  package var places: [Place] = []
  /// Symbols that the compiler made of a function of this name: `f.isra.0`, `f.constprop.0`.
  package var variants: [String] = []

  package init(places: [Place] = [], variants: [String] = []) {
    self.places = places
    self.variants = variants
  }

  /// How many symbols of the kernel (nil) or the module have this name.
  package func count(in module: String?) -> Int { places.count { $0.module == module } }

  /// The address of the only one in the kernel (nil) or the module.
  package func address(in module: String?) -> UInt64? {
    let found = places.filter { $0.module == module }
    return found.count == 1 ? found[0].address : nil
  }
}

/// The symbols of the running kernel: `/proc/kallsyms`.
///
/// The kernel makes that text anew for each reader, which takes tens of milliseconds. So it is read
/// once for all names that are wanted, and what was found in the kernel itself, where it stays as
/// it is until the next boot, is kept in a file.
package struct KernelSymbols {
  /// Bytes before the name: "ffffffff81000000 T name".
  static let column = 2 * MemoryLayout<UInt>.size + 3

  private let path: FilePath
  private let cache: SymbolCache?

  /// Without a cache folder nothing is kept.
  package init(path: FilePath = "/proc/kallsyms", cacheFolder: FilePath? = nil) {
    self.path = path
    cache = cacheFolder.flatMap { SymbolCache(folder: $0) }
  }

  /// The symbols of these names. A name that the kernel does not have is missing from the result.
  ///
  /// The text is read to its end only for names that the kernel itself has not: then in modules.
  package func lookUp(_ names: Set<String>) throws(Errno) -> [String: KernelSymbol] {
    var result = cache?.symbols(named: names) ?? [:]
    let missing = names.subtracting(result.keys)
    if missing.isEmpty { return result }
    let found = try scan(missing)
    result.merge(found) { _, new in new }
    cache?.add(found)
    return result
  }

  /// Addresses of the names that there is exactly one symbol of, in the kernel or in one module.
  package func addresses(of names: Set<String>) throws(Errno) -> [String: UInt64] {
    try lookUp(names).compactMapValues { $0.places.count == 1 ? $0.places[0].address : nil }
  }

  private func scan(_ wanted: Set<String>) throws(Errno) -> [String: KernelSymbol] {
    let names = Array(wanted)
    var symbols = [KernelSymbol](repeating: KernelSymbol(), count: names.count)
    let descriptor = open(path.string, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Errno(rawValue: errno) }
    defer { close(descriptor) }
    try NameScan(names).scan(descriptor, column: Self.column) {
      symbols.allSatisfy { !$0.places.isEmpty } ? .stop : .goOn
    } _: { hit in
      if let variant = hit.variant {
        symbols[hit.name].variants.append(variant)
      } else if hit.module?.hasPrefix("__builtin__") != true {
        // __builtin__ftrace and its like are trampolines that carry a function's name.
        symbols[hit.name].places.append(
          KernelSymbol.Place(address: hit.address == 0 ? nil : hit.address, module: hit.module))
      }
      return .goOn
    }
    var result: [String: KernelSymbol] = [:]
    for (name, symbol) in zip(names, symbols)
    where !symbol.places.isEmpty || !symbol.variants.isEmpty {
      result[name] = symbol
    }
    return result
  }
}
