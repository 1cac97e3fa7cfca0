#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Names of interfaces by index, for values that come without a name. Only of the network namespace
/// that netcap runs in: another one's would have to be entered.
package final class InterfaceNames {
  /// Inode number of netcap's own network namespace, 0 where that is not known.
  package let ownNamespace: UInt32
  private var names: [UInt32: String] = [:]

  package init() {
    var info = stat()
    ownNamespace =
      stat("/proc/self/ns/net", &info) == 0 ? UInt32(truncatingIfNeeded: info.st_ino) : 0
  }

  /// The interface's name; nil where there is none, or it is another namespace's.
  ///
  /// A name is remembered: an interface keeps its index, though it may be renamed.
  package func name(ofIndex index: UInt32, namespace: UInt32) -> String? {
    guard index != 0, namespace == ownNamespace, namespace != 0 else { return nil }
    if let name = names[index] { return name }
    var text = [CChar](repeating: 0, count: Int(IF_NAMESIZE))
    guard if_indextoname(index, &text) != nil else { return nil }
    let name = String(
      decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    names[index] = name
    return name
  }
}
