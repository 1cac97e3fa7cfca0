internal import CPrograms
internal import Glibc
package import SystemPackage

/// A process in which points are attached: the files that it runs, and its end.
package final class TracedProcess {
  package let number: Int32
  /// Its name, as ps(1) has it: not to be trusted on a terminal.
  package let name: String
  /// Its executable, then its libraries: paths that lead there from here.
  package let paths: [String]
  /// Readable when it has ended.
  package let end: FileDescriptor

  /// - Throws: ESRCH where there is none, or what keeps it from being looked at.
  package init(_ number: Int32) throws(Errno) {
    let descriptor = nc_open_process(number)
    guard descriptor >= 0 else { throw Errno(rawValue: -descriptor) }
    end = FileDescriptor(rawValue: descriptor)
    self.number = number
    switch (
      KernelFile.text(FilePath("/proc/\(number)/comm")),
      KernelFile.text(FilePath("/proc/\(number)/maps"))
    ) {
    case (.success(let name), .success(let maps)):
      self.name = String(name.prefix { $0 != "\n" })
      paths = Self.paths(maps, number)
    case (.failure(let error), _), (_, .failure(let error)):
      do { try end.close() } catch {}
      throw error
    }
  }

  deinit { do { try end.close() } catch {} }

  /// Files that are mapped to be run, each once, the executable first.
  ///
  /// A path in `/proc/NUMBER/maps` is one below the process's own root, or below this one's; which, the
  /// file's number tells. What has neither (any more) is had through `/proc/NUMBER/map_files`.
  private static func paths(_ maps: String, _ number: Int32) -> [String] {
    var paths: [String] = []
    var known: Set<String> = []
    for line in maps.split(separator: "\n") {
      // start-end perms offset device inode path
      let parts = line.split(separator: " ", maxSplits: 5, omittingEmptySubsequences: true)
      guard parts.count == 6, parts[1].contains("x"), let inode = UInt64(parts[4]), inode != 0,
        known.insert("\(parts[3]) \(inode)").inserted
      else { continue }
      let path = String(parts[5].drop { $0 == " " })
      guard path.hasPrefix("/") else { continue }
      let below = "/proc/\(number)/root\(path)"
      let isGone = path.hasSuffix(" (deleted)") || Self.inode(of: below) == nil
      paths.append(
        [below, path].first { Self.inode(of: $0) == inode }
          // Some overlays number a file otherwise where it is mapped.
          ?? (isGone ? "/proc/\(number)/map_files/\(parts[0])" : below))
    }
    return paths
  }

  private static func inode(of path: String) -> UInt64? {
    var info = stat()
    return stat(path, &info) == 0 ? UInt64(info.st_ino) : nil
  }
}
