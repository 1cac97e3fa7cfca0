import Glibc
import SystemPackage
import Testing

/// A folder for one test, gone with it.
final class TemporaryFolder {
  let path: FilePath

  init() throws {
    var template = Array("/tmp/netcap-facts-XXXXXX".utf8CString)
    let made = try #require(mkdtemp(&template))
    path = FilePath(String(cString: made))
  }

  deinit { remove(path) }

  /// Makes a file of this content, and the folders above it.
  @discardableResult
  func write(_ name: String, _ text: String) throws -> FilePath {
    let file = path.appending(FilePath(name).components)
    var folder = path
    for component in FilePath(name).components.dropLast() {
      folder.append(component)
      mkdir(folder.string, 0o700)
    }
    let descriptor = try FileDescriptor.open(
      file, .writeOnly, options: [.create, .truncate], permissions: .ownerReadWrite)
    try descriptor.closeAfter { _ = try descriptor.writeAll(text.utf8) }
    return file
  }

  func read(_ name: String) throws -> String {
    let descriptor = try FileDescriptor.open(path.appending(name), .readOnly)
    return try descriptor.closeAfter {
      var bytes = [UInt8](repeating: 0, count: 1 << 20)
      let count = try bytes.withUnsafeMutableBytes { try descriptor.read(into: $0) }
      return String(decoding: bytes[..<count], as: UTF8.self)
    }
  }

  private func remove(_ folder: FilePath) {
    if let directory = opendir(folder.string) {
      while let entry = readdir(directory) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) {
          $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        if name == "." || name == ".." { continue }
        let child = folder.appending(name)
        if unlink(child.string) != 0 { remove(child) }
      }
      closedir(directory)
    }
    rmdir(folder.string)
  }
}
