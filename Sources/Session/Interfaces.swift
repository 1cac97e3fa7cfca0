internal import Glibc
internal import Language
internal import Syntax

/// The network interfaces of the namespace that netcap runs in.
package enum Interfaces {
  /// The interface of this name.
  ///
  /// - Throws: a diagnostic with the nearest names.
  static func find(_ source: SourceText) throws(Diagnostic) -> Interface {
    let index = if_nametoindex(source.text)
    guard index != 0 else {
      let names = all()
      let near = nearestNames(to: source.text, among: names)
      throw Diagnostic(
        .error, "there is no interface '\(source.text)' in this network namespace",
        at: Diagnostic.Place(source, source.span),
        hints: [
          near.isEmpty
            ? "there is: \(names.joined(separator: ", "))"
            : "did you mean \(near.joined(separator: ", "))?"
        ])
    }
    return Interface(name: source.text, index: index, namespace: namespace())
  }

  /// Inode number of this process's network namespace, as `struct net` has it.
  private static func namespace() -> UInt32 {
    var info = stat()
    return stat("/proc/self/ns/net", &info) == 0 ? UInt32(truncatingIfNeeded: info.st_ino) : 0
  }

  /// Names of all of them.
  package static func all() -> [String] {
    guard let list = if_nameindex() else { return [] }
    defer { if_freenameindex(list) }
    var names: [String] = []
    var entry = list
    while entry.pointee.if_index != 0 {
      names.append(String(cString: entry.pointee.if_name))
      entry += 1
    }
    return names
  }
}
