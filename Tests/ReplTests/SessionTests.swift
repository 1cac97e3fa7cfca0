import Corpus
import Foundation
import Processes
import SystemPackage
import Testing

/// `netcap repl` with lines that come from a file, on a recording: what it says, and its exit status.
@Suite struct PromptSessionTests {
  static let corpus = Corpus()

  static func cases() throws -> [String] { try corpus.names(in: "sessions", suffix: ".txt") }

  @Test(arguments: try cases()) func says(_ name: String) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "netcap-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { do { try FileManager.default.removeItem(at: folder) } catch { Issue.record(error) } }
    let input = try FileDescriptor.open(
      Self.corpus.folder.appending("sessions/\(name).txt"), .readOnly)
    func create(_ name: String) throws -> FileDescriptor {
      try FileDescriptor.open(
        FilePath(folder.path).appending(name), .writeOnly, options: [.create],
        permissions: .ownerReadWrite)
    }
    let (output, errors) = (try create("out"), try create("err"))
    let example = Self.corpus.folder.appending("../../../docs/examples/web.pcap")
    let binary = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
      .deletingLastPathComponent().appendingPathComponent("netcap").path
    var child = try Child(
      executable: "/bin/sh",
      arguments: [
        "-c", "cd \"$1\" && exec \"$2\" repl -r \"$3\"", "sh", folder.path, binary,
        example.lexicallyNormalized().string,
      ],
      environment: [
        "PATH=\(ProcessInfo.processInfo.environment["PATH"] ?? "")", "TZ=UTC",
        "EDITOR=sed -i s/where/emit/",
        "HOME=\(folder.path)",
      ],
      standardInput: input, standardOutput: output, standardError: errors)
    for file in [input, output, errors] { try file.close() }
    let status = child.wait()
    func text(_ name: String) throws -> String {
      try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
    }
    let said = try "\(text("out"))--- errors\n\(text("err"))--- \(status)\n"
    try Self.corpus.expect(said, in: "sessions/\(name).out")
  }
}
