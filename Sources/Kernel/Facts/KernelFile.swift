internal import Glibc
package import SystemPackage

/// Files in which the kernel tells of itself.
package enum KernelFile {
  /// The whole text. Bytes that are no UTF-8 are replaced.
  package static func text(_ path: FilePath) -> Result<String, Errno> {
    do throws(Errno) {
      return .success(String(decoding: try readFile(path), as: UTF8.self))
    } catch {
      return .failure(error)
    }
  }

  /// The first line, nil where the file cannot be read.
  package static func line(_ path: FilePath) -> String? {
    guard case .success(let text) = text(path) else { return nil }
    return text.split(separator: "\n").first.map(String.init)
  }

  /// The number that a setting has, nil where the file cannot be read.
  package static func number(_ path: FilePath) -> Int? { line(path).flatMap { Int($0) } }

  package static func exists(_ path: FilePath) -> Bool { access(path.string, F_OK) == 0 }

  /// The names in a folder, sorted, without those that start with a dot.
  package static func names(in folder: FilePath) -> Result<[String], Errno> {
    guard let directory = opendir(folder.string) else { return .failure(Errno(rawValue: errno)) }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    return .success(names.sorted())
  }
}
