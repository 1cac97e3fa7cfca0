import Glibc
import Processes
import SystemPackage
import Testing

/// A program that ran to its end, and what it printed.
struct NetcapRun {
  let status: Child.ExitStatus
  let output: String
  let errors: String

  /// `$NETCAP_BINARY`, else what a release build of this package has made.
  static let binary: FilePath = {
    if let path = getenv("NETCAP_BINARY") { return FilePath(String(cString: path)) }
    let package = FilePath(#filePath).removingLastComponent().removingLastComponent()
      .removingLastComponent()
    return package.appending(".build").appending("release").appending("netcap")
  }()

  /// Runs netcap.
  init(_ arguments: [String], identity: Child.Identity = .inherited) throws {
    try self.init(Self.binary, arguments, identity: identity)
  }

  init(
    _ executable: FilePath, _ arguments: [String], identity: Child.Identity = .inherited
  ) throws {
    // Files, not pipes: nobody has to read while the program runs.
    let (output, errors) = (try Self.temporaryFile(), try Self.temporaryFile())
    let null = try FileDescriptor.open("/dev/null", .readOnly)
    defer {
      for descriptor in [null, output, errors] { Glibc.close(descriptor.rawValue) }
    }
    var child = try Child(
      executable: executable, arguments: arguments, environment: currentEnvironment(),
      standardInput: null, standardOutput: output, standardError: errors, identity: identity)
    status = child.wait()
    self.output = try Self.content(output)
    self.errors = try Self.content(errors)
  }

  /// A file without a name.
  private static func temporaryFile() throws -> FileDescriptor {
    var template = Array("/tmp/netcap-run-XXXXXX".utf8CString)
    let descriptor = mkstemp(&template)
    if descriptor < 0 { throw Errno(rawValue: errno) }
    unlink(template)
    return FileDescriptor(rawValue: descriptor)
  }

  private static func content(_ descriptor: FileDescriptor) throws -> String {
    let size = Int(try descriptor.seek(offset: 0, from: .end))
    var bytes = [UInt8](repeating: 0, count: size)
    let got = try bytes.withUnsafeMutableBytes {
      try descriptor.read(fromAbsoluteOffset: 0, into: $0)
    }
    return String(decoding: bytes[..<got], as: UTF8.self)
  }
}
