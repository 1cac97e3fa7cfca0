internal import Glibc
package import SystemPackage

/// The `corpus` folder beside a test's source file: cases that are found by listing it.
package struct Corpus: Sendable {
  package let folder: FilePath

  package init(beside sourceFile: StaticString = #filePath) {
    folder = FilePath("\(sourceFile)").removingLastComponent().appending("corpus")
  }

  /// Something about the corpus that fails a test.
  package struct Failure: Error, CustomStringConvertible {
    package let description: String

    package init(description: String) {
      self.description = description
    }
  }

  /// The names of a folder's files with this ending, without it, sorted.
  package func names(in subfolder: String, suffix: String) throws -> [String] {
    let path = folder.appending(subfolder)
    guard let directory = opendir(path.string) else { throw Failure(description: "no \(path)") }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name.hasSuffix(suffix) { names.append(String(name.dropLast(suffix.count))) }
    }
    guard !names.isEmpty else { throw Failure(description: "no *\(suffix) in \(path)") }
    return names.sorted()
  }

  package func bytes(_ file: String) throws -> [UInt8] {
    let descriptor = try FileDescriptor.open(folder.appending(file), .readOnly)
    return try descriptor.closeAfter {
      var bytes: [UInt8] = []
      let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: 65536, alignment: 1)
      defer { chunk.deallocate() }
      while case let count = try descriptor.read(into: chunk), count > 0 {
        bytes += chunk[..<count]
      }
      return bytes
    }
  }

  package func text(_ file: String) throws -> String {
    String(decoding: try bytes(file), as: UTF8.self)
  }

  /// Compares with what a file of the corpus holds. With `UPDATE=1` in the environment a difference
  /// is written to the file, and fails all the same.
  package func expect(_ actual: String, in file: String) throws {
    let path = folder.appending(file)
    let expected = access(path.string, F_OK) == 0 ? try text(file) : nil
    guard actual != expected else { return }
    if getenv("UPDATE").map({ String(cString: $0) }) == "1" {
      let descriptor = try FileDescriptor.open(
        path, .writeOnly, options: [.create, .truncate], permissions: [.ownerReadWrite, .groupRead])
      try descriptor.closeAfter { _ = try descriptor.writeAll(Array(actual.utf8)) }
      throw Failure(description: "\(file) was rewritten: look at the difference")
    }
    throw Failure(
      description: """
        \(file) \(expected == nil ? "is missing" : "differs"); UPDATE=1 writes it. Got:
        \(actual)
        """)
  }
}
