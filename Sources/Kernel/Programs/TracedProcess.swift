internal import CPrograms
internal import Glibc
package import SystemPackage

/// A process in which points are attached: the files that it runs, and its end.
package final class TracedProcess {
  package let number: Int32
  /// Its name, as ps(1) has it: not to be trusted on a terminal.
  package let name: String
  /// Its executable, then its libraries: paths below `/proc/NUMBER/root`, or where its root has them not,
  /// as after chroot(2), paths of this process.
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

  /// Files that are mapped to be run, each once.
  private static func paths(_ maps: String, _ number: Int32) -> [String] {
    var paths: [String] = []
    for line in maps.split(separator: "\n") {
      // start-end perms offset device inode path
      let parts = line.split(separator: " ", maxSplits: 5, omittingEmptySubsequences: true)
      guard parts.count == 6, parts[1].contains("x") else { continue }
      let path = parts[5].drop { $0 == " " }
      guard path.hasPrefix("/"), !path.hasSuffix(" (deleted)") else { continue }
      let whole = place(of: String(path), number)
      if !paths.contains(whole) { paths.append(whole) }
    }
    return paths
  }

  /// Where a mapped file is found. In a mount namespace that both are in, the kernel tells its path from
  /// the root of this process.
  private static func place(of path: String, _ number: Int32) -> String {
    let inRoot = "/proc/\(number)/root\(path)"
    return inode(inRoot) == nil && inode("/proc/\(number)/ns/mnt") == inode("/proc/self/ns/mnt")
      ? path : inRoot
  }

  /// Nil where there is no such file.
  private static func inode(_ path: String) -> UInt64? {
    var info = stat()
    return stat(path, &info) == 0 ? UInt64(info.st_ino) : nil
  }
}
