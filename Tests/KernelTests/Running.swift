import Foundation
import Processes
import SystemPackage

/// A program that runs beside the test; its two outputs go to files. It does not outlive this value.
final class Running {
  private var child: Child
  private let name: String
  private let folder: Scratch

  /// - Parameters:
  ///   - program: a path, or a name that is looked for on PATH.
  ///   - environment: variables to set beside those of this process.
  ///   - standardInput: where it reads; nil: nothing.
  ///   - standardOutput: where output goes instead of the file.
  init(
    _ program: String, _ arguments: [String], in namespace: Namespace? = nil,
    environment: [String: String] = [:], standardInput: FileDescriptor? = nil,
    standardOutput: FileDescriptor? = nil, identity: Child.Identity = .inherited
  ) throws {
    guard let executable = findExecutable(program) else { throw Failed("\(program) is missing") }
    name = ([program] + arguments).joined(separator: " ")
    folder = try Scratch()
    let out = try folder.create("out")
    let err = try folder.create("err")
    let null = try FileDescriptor.open("/dev/null", .readWrite, options: .closeOnExec)
    let variables =
      currentEnvironment().filter { variable in
        !environment.keys.contains { variable.hasPrefix("\($0)=") }
      } + environment.map { "\($0.key)=\($0.value)" }
    let start = {
      try Child(
        executable: executable, arguments: arguments, environment: variables,
        standardInput: standardInput ?? null,
        standardOutput: standardOutput ?? out, standardError: err,
        identity: identity)
    }
    if let namespace { child = try namespace.within(start) } else { child = try start() }
    for file in [out, err, null] { try file.close() }
  }

  var processID: Int32 { child.processID }
  var output: [UInt8] { get throws { try folder.bytes("out") } }
  /// The last bytes of it so far.
  func outputEnd(_ count: UInt64) throws -> Data {
    let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: folder.file("out")))
    defer { do { try file.close() } catch {} }
    let size = try file.seekToEnd()
    try file.seek(toOffset: size - min(size, count))
    return try file.readToEnd() ?? Data()
  }
  var errors: String { get throws { String(decoding: try folder.bytes("err"), as: UTF8.self) } }

  func signal(_ number: Int32) { child.signal(number) }

  /// Waits until standard error contains a text.
  func waitForErrors(containing text: String, within limit: Duration) throws {
    let appeared = try eventually(within: limit) {
      if try errors.contains(text) { return true }
      if let status = child.poll() {
        throw Failed("\(name) ended (\(status)) before '\(text)': \(try errors)")
      }
      return false
    }
    if !appeared { throw Failed("\(name) did not say '\(text)' within \(limit): \(try errors)") }
  }

  /// Waits for the end; the exit status, or 128 and the number of the signal.
  func wait(within limit: Duration) throws -> Int32 {
    var status: Child.ExitStatus?
    let ended = eventually(within: limit) {
      status = child.poll()
      return status != nil
    }
    guard ended, let status else { throw Failed("\(name) did not end within \(limit)") }
    switch status {
    case .exited(let number): return number
    case .signalled(let number): return 128 + number
    }
  }
}

/// Runs a program to its end, which has to be a success, and returns its standard output.
@discardableResult
func run(
  _ program: String, _ arguments: String..., in namespace: Namespace? = nil
) throws -> String {
  try run(program, arguments, in: namespace)
}

@discardableResult
func run(
  _ program: String, _ arguments: [String], in namespace: Namespace? = nil,
  within limit: Duration = .seconds(60)
) throws -> String {
  let running = try Running(program, arguments, in: namespace)
  let status = try running.wait(within: limit)
  guard status == 0 else {
    throw Failed("\(program) \(arguments.joined(separator: " ")): \(status): \(try running.errors)")
  }
  return String(decoding: try running.output, as: UTF8.self)
}

/// A folder that is gone with this value.
final class Scratch {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "/netcap-test-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit {
    do {
      try FileManager.default.removeItem(atPath: path)
    } catch {
      print("\(path) stays behind: \(error)")
    }
  }

  func file(_ name: String) -> String { path + "/" + name }

  func create(_ name: String) throws -> FileDescriptor {
    try FileDescriptor.open(
      FilePath(file(name)), .writeOnly, options: [.create, .truncate, .closeOnExec],
      permissions: .ownerReadWrite)
  }

  func bytes(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: file(name))))
  }
}
