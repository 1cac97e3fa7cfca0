package import Language
package import SystemPackage

/// What there is to know of the running kernel; each part is looked at when it is first wanted.
package final class KernelFacts {
  /// Types and functions, or why they cannot be had.
  package private(set) lazy var btf: Result<BTF, Errno> = makeBTF()
  package private(set) lazy var tracefs: Tracefs = makeTracefs()
  package let symbols: KernelSymbols
  package private(set) lazy var features = Features(
    types: types?.kernel, privileges: privileges)
  package let privileges: Privileges

  private let makeBTF: () -> Result<BTF, Errno>
  private let makeTracefs: () -> Tracefs

  /// The kernel that this process runs on. Symbols that were looked up are kept in the user's
  /// cache folder, if there can be one.
  package convenience init() {
    var folder: FilePath?
    do throws(Errno) {
      folder = try UserFolder.cache.path("kernel")
    } catch {
      // Nothing is kept then; that is slower, and not worth a word.
    }
    self.init(
      privileges: .ofThisProcess(), symbols: KernelSymbols(cacheFolder: folder)
    ) {
      do throws(Errno) { return .success(try BTF()) } catch { return .failure(error) }
    } tracefs: {
      Tracefs()
    }
  }

  package init(
    privileges: Privileges, symbols: KernelSymbols, btf: @escaping () -> Result<BTF, Errno>,
    tracefs: @escaping () -> Tracefs
  ) {
    self.privileges = privileges
    self.symbols = symbols
    makeBTF = btf
    makeTracefs = tracefs
  }

  /// What scripts can name in this kernel.
  package private(set) lazy var scriptTypes: any KernelTypes =
    types.map { BTFKernelTypes(btf: $0, tracefs: tracefs) } ?? NoKernelTypes()

  /// The types, nil where they cannot be had.
  package var types: BTF? {
    if case .success(let btf) = btf { return btf }
    return nil
  }

  /// Names and values of the reasons for which the kernel drops packets, nil where it has none
  /// (before 5.17).
  package var dropReasons: [(name: String, value: Int64)]? {
    types?.kernel.enumerators(ofEnum: "skb_drop_reason")
  }
}
