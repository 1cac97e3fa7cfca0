package import SystemPackage

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// What is in a folder.
package enum Folder {
  package struct Entry: Sendable, Equatable {
    package let name: String
    /// A folder, or a link to one.
    package let isFolder: Bool
  }

  /// Its entries in no order, without `.` and `..`; none where it cannot be read.
  package static func entries(of folder: FilePath, limit: Int = .max) -> [Entry] {
    guard let directory = opendir(folder.string) else { return [] }
    defer { closedir(directory) }
    var entries: [Entry] = []
    while entries.count < limit, let entry = readdir(directory) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name == "." || name == ".." { continue }
      var info = stat()
      guard stat(folder.appending(name).string, &info) == 0 else { continue }
      entries.append(Entry(name: name, isFolder: info.st_mode & S_IFMT == S_IFDIR))
    }
    return entries
  }
}
