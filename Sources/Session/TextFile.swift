internal import Glibc
package import SystemPackage

/// Texts of the user's that netcap writes.
package enum TextFile {
  /// Makes a file, which must not be there yet.
  package static func create(_ file: FilePath, _ text: String) throws {
    let descriptor = try FileDescriptor.open(
      file, .writeOnly, options: [.create, .exclusiveCreate, .closeOnExec],
      permissions: [.ownerReadWrite, .groupRead, .otherRead])
    do {
      _ = try descriptor.closeAfter { try descriptor.writeAll(text.utf8) }
    } catch {
      unlink(file.string)
      throw error
    }
  }

  /// Puts another text in the place of a file's, with the same mode and owner; or nothing changes.
  ///
  /// realpath(3), mkstemp(3), fchmod(2), fchown(2), fsync(2), rename(2).
  package static func replace(
    _ file: FilePath, open descriptor: FileDescriptor, with text: String
  ) throws {
    // A link stays; what it leads to is replaced.
    guard let resolved = realpath(file.string, nil) else { throw Errno(rawValue: errno) }
    let target = FilePath(String(cString: resolved))
    free(resolved)
    var status = stat()
    guard fstat(descriptor.rawValue, &status) == 0 else { throw Errno(rawValue: errno) }
    let pattern = target.removingLastComponent().appending(".netcap-fmt-XXXXXX")
    var name = pattern.string.utf8CString
    let made = name.withUnsafeMutableBufferPointer { mkstemp($0.baseAddress!) }
    guard made >= 0 else { throw Errno(rawValue: errno) }
    let path = name.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    let temporary = FileDescriptor(rawValue: made)
    do {
      try temporary.closeAfter {
        _ = try temporary.writeAll(text.utf8)
        var own = stat()
        guard fstat(made, &own) == 0 else { throw Errno(rawValue: errno) }
        if own.st_uid != status.st_uid || own.st_gid != status.st_gid,
          fchown(made, status.st_uid, status.st_gid) != 0
        {
          throw Errno(rawValue: errno)
        }
        guard fchmod(made, status.st_mode & 0o7777) == 0, fsync(made) == 0 else {
          throw Errno(rawValue: errno)
        }
      }
      guard rename(path, target.string) == 0 else { throw Errno(rawValue: errno) }
    } catch {
      unlink(path)
      throw error
    }
  }
}

extension FileDescriptor {
  /// All that can be read from here to the end.
  package func rest() throws(Errno) -> [UInt8] {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = Glibc.read(rawValue, &buffer, buffer.count)
      if count == 0 { return bytes }
      if count > 0 {
        bytes += buffer[..<count]
      } else if errno != EINTR {
        throw Errno(rawValue: errno)
      }
    }
  }
}
