import Corpus
import Foundation
import Language
import Output
import Runtime
import Session
import Syntax
import SystemPackage
import Testing

/// Scripts run over a capture file: `run/*.ncs` with what they say, `.out` as text and `.json` as
/// objects.
@Suite struct CorpusTests {
  static let corpus = Corpus()

  static let isReady: Void = {
    setenv("TZ", "UTC", 1)
    tzset()
    signal(SIGPIPE, SIG_IGN)
  }()

  /// A file written as hexadecimal digits.
  static func capture() throws -> [UInt8] {
    let digits = Array(try corpus.text("run/packets.pcap.hex").utf8.filter { $0 != 0x0A })
    return try stride(from: 0, to: digits.count, by: 2).map {
      try #require(UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16))
    }
  }

  static func script(_ text: String, _ name: String) throws -> Script {
    let parsed = Parser(SourceText(name: name, text: text)).parse()
    let outcome = Checker(tree: parsed.tree, types: NoKernelTypes()).check()
    let said = (parsed.diagnostics + outcome.diagnostics).map { $0.rendered() }
    return try #require(outcome.script, "\(said.joined(separator: "\n"))")
  }

  @Test(arguments: try corpus.names(in: "run", suffix: ".ncs"))
  func `recordings are run`(name: String) throws {
    let script = try Self.script(try Self.corpus.text("run/\(name).ncs"), "\(name).ncs")
    let replay = try Replay(try Self.capture())
    try Self.corpus.expect(try replay.said(script), in: "run/\(name).out")
    // Objects are the same on every machine but for what tcpdump says, which is in the text.
    let objects = try replay.said(script) { $0.isJSON = true }
    for line in objects.split(separator: "\n") where line.hasPrefix("{") {
      _ = try JSONSerialization.jsonObject(with: Data(line.utf8))
    }
  }
}

/// A capture file in a folder of its own, and sessions on it.
final class Replay {
  private let folder: String
  let path: String

  init(_ bytes: [UInt8], name: String = "in.pcap") throws {
    _ = CorpusTests.isReady
    folder = NSTemporaryDirectory() + "netcap-replay-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    path = folder + "/" + name
    try Data(bytes).write(to: URL(fileURLWithPath: path))
  }

  deinit {
    do {
      try FileManager.default.removeItem(atPath: folder)
    } catch {
      Issue.record("\(folder) stays behind: \(error)")
    }
  }

  func file(_ name: String) -> String { folder + "/" + name }

  /// What goes to standard output, then what goes to standard error, then the exit status if it is
  /// not 0.
  func said(
    _ script: Script, path: String? = nil, _ prepare: (inout ReplayRequest) -> Void = { _ in }
  ) throws -> String {
    var request = ReplayRequest(
      path: SourceText(name: "-r", text: path ?? self.path),
      flags: try DisplayFlags(parsing: SourceText(name: "-t", text: "-nn")))
    prepare(&request)
    let options: FileDescriptor.OpenOptions = [.create, .truncate]
    let out = try FileDescriptor.open(
      FilePath(file("out")), .readWrite, options: options, permissions: .ownerReadWrite)
    let err = try FileDescriptor.open(
      FilePath(file("err")), .readWrite, options: options, permissions: .ownerReadWrite)
    var ending = ""
    do throws(SessionError) {
      let session = try ReplaySession(
        script, request, standardOutput: out, standardError: err)
      let status = try session.run()
      if status != 0 { ending = "status \(status)\n" }
    } catch {
      ending = error.diagnostics.map { $0.rendered() + "\n" }.joined()
    }
    try out.close()
    try err.close()
    var said = ""
    for name in ["out", "err"] {
      let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: file(name))))
      #expect(bytes.allSatisfy { $0 >= 0x20 || $0 == 0x0A || $0 == 0x09 })
      said += String(decoding: bytes, as: UTF8.self)
    }
    return (said + ending).replacingOccurrences(of: folder, with: "…")
  }
}
