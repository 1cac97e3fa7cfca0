internal import Glibc
internal import Syntax
package import SystemPackage

/// `netcap fmt`: scripts laid out.
package struct ScriptFormatting {
  package init() {}

  /// What a text becomes, and whether that is something else.
  package struct Result {
    package let text: String
    package let isChanged: Bool
  }

  /// Lays out what a descriptor has, up to its end.
  ///
  /// - Throws: `SessionError.mistakes` where it cannot be parsed.
  package func format(
    _ descriptor: FileDescriptor, name: String
  ) throws(SessionError) -> Result {
    let bytes = try attempt("cannot read \(name)") { try Self.readAll(descriptor) }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw .cannotRun([Diagnostic(.error, "cannot format \(name): it is not UTF-8 text")])
    }
    let (formatted, diagnostics) = Formatter.format(SourceText(name: name, text: text))
    guard let formatted else { throw .mistakes(diagnostics) }
    return Result(text: formatted, isChanged: !formatted.utf8.elementsEqual(bytes))
  }

  /// Lays a file out in place: another with the same mode and owner takes its name, or nothing
  /// changes.
  ///
  /// - Parameter isCheck: only look.
  /// - Returns: whether it changes.
  package func format(file: FilePath, isCheck: Bool) throws(SessionError) -> Bool {
    let descriptor = try attempt("cannot read \(file)") { try FileDescriptor.open(file, .readOnly) }
    defer { close(descriptor.rawValue) }
    let result = try format(descriptor, name: file.string)
    if !isCheck, result.isChanged {
      try attempt("cannot write \(file)") {
        try Self.replace(file, open: descriptor, with: result.text)
      }
    }
    return result.isChanged
  }

  private func attempt<Value>(
    _ what: String, _ body: () throws -> Value
  ) throws(SessionError) -> Value {
    do {
      return try body()
    } catch {
      throw .cannotRun([Diagnostic(.error, "\(what): \(error)")])
    }
  }

  private static func readAll(_ descriptor: FileDescriptor) throws -> [UInt8] {
    var bytes: [UInt8] = []
    let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: 65536, alignment: 1)
    defer { chunk.deallocate() }
    while case let count = try descriptor.read(into: chunk), count > 0 { bytes += chunk[..<count] }
    return bytes
  }

  /// realpath(3), mkstemp(3), fchmod(2), fchown(2), fsync(2), rename(2).
  private static func replace(
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
