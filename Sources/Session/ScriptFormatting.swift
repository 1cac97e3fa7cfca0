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
    let bytes = try attempt("cannot read \(name)") { try descriptor.rest() }
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
        try TextFile.replace(file, open: descriptor, with: result.text)
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
}
