package import SystemPackage

/// What the running kernel and its loaded modules say of their functions and types.
///
/// The kernel's types are read when this is made, a module's when something was not found in the
/// kernel's; each is searched through an index that the first search builds.
package final class BTF {
  /// The kernel's own types.
  package let kernel: TypeInformation
  private let folder: FilePath
  private var loadedModules: [TypeInformation]?
  /// Modules whose types cannot be read, and why.
  package private(set) var unreadableModules: [(name: String, error: Errno)] = []

  /// Reads the kernel's types from `folder`, which holds one file for it and one for each module.
  ///
  /// - Throws: `Errno`; `.noSuchFileOrDirectory` where the kernel was built without.
  package init(folder: FilePath = "/sys/kernel/btf") throws(Errno) {
    self.folder = folder
    kernel = try TypeInformation(kernel: folder.appending("vmlinux"))
  }

  /// Uses types that were made in memory.
  package init(kernel: TypeInformation, modules: [TypeInformation]) {
    folder = ""
    self.kernel = kernel
    loadedModules = modules
  }

  /// The types of all loaded modules, by name. Those that cannot be read are left out.
  package var modules: [TypeInformation] {
    if let loadedModules { return loadedModules }
    var modules: [TypeInformation] = []
    // Without the folder there are none: a kernel before 5.11 has no module's types.
    guard case .success(let names) = KernelFile.names(in: folder) else { return [] }
    for name in names where name != "vmlinux" {
      do throws(Errno) {
        modules.append(
          try TypeInformation(module: name, path: folder.appending(name), base: kernel))
      } catch {
        unreadableModules.append((name, error))
      }
    }
    loadedModules = modules
    return modules
  }

  /// The kernel's types, then each module's.
  private var all: [TypeInformation] { [kernel] + modules }

  // MARK: Functions

  /// The function of this name, with or without an skb: the kernel's, else a module's.
  package func function(named name: String) -> KernelFunction? {
    functions(named: name, in: kernel).first
      ?? modules.lazy.compactMap { self.functions(named: name, in: $0).first }.first
  }

  /// The function of this name if it takes an skb: the kernel's, else a module's.
  package func skbFunction(named name: String) -> KernelFunction? {
    function(named: name).flatMap { $0.skbArguments.isEmpty ? nil : $0 }
  }

  private func functions(named name: String, in types: TypeInformation) -> [KernelFunction] {
    types.find(name, [.function]).map { KernelFunction(types, function: $0, name: name) }
  }

  /// Every function that takes an skb, the kernel's and each module's, by name.
  package func allSkbFunctions() -> [KernelFunction] {
    var result: [KernelFunction] = []
    for types in all {
      // Prototypes are shared between functions: each is looked at once.
      var seen: [UInt32: Bool] = [:]
      types.forEachFunction { function, prototype in
        let takesSkb =
          seen[prototype] ?? !types.skbArguments(ofPrototype: prototype).isEmpty
        seen[prototype] = takesSkb
        if takesSkb {
          result.append(KernelFunction(types, function: function, name: types.name(function)))
        }
      }
    }
    return result.sorted { ($0.name, $0.module ?? "") < ($1.name, $1.module ?? "") }
  }

  /// The names of all functions, with or without an skb, for "did you mean".
  package func functionNames() -> [String] {
    var names: [String] = []
    for types in all { types.forEachFunction { function, _ in names.append(types.name(function)) } }
    return names
  }

  // MARK: Tracepoints

  /// The tracepoint of this name, with or without an skb: the kernel's, else a module's.
  package func tracepoint(named name: String) -> TracepointSignature? {
    func find(in types: TypeInformation) -> TracepointSignature? {
      types.find(TracepointSignature.prefix + name, [.typedef]).lazy.compactMap {
        TracepointSignature(types, typedef: $0)
      }.first
    }
    return find(in: kernel) ?? modules.lazy.compactMap { find(in: $0) }.first
  }

  /// Every tracepoint, with or without an skb, by name.
  package func allTracepoints() -> [TracepointSignature] {
    var result: [TracepointSignature] = []
    for types in all {
      types.forEachTypedef(prefix: TracepointSignature.prefix) {
        if let tracepoint = TracepointSignature(types, typedef: $0) { result.append(tracepoint) }
      }
    }
    return result.sorted { ($0.name, $0.module ?? "") < ($1.name, $1.module ?? "") }
  }
}
