import Foundation
import Kernel
import Lowering
import MadeScripts
import Processes
import SystemPackage
import Testing

/// The C of scripts goes through Debian's clang 14 and Swift's clang, and neither warns.
@Suite struct CompileTests {
  @Test(arguments: MadeProbe.names, ["clang-14", "swift's"])
  func noWarnings(name: String, compiler: String) throws {
    let path =
      compiler == "clang-14"
      ? findExecutable("clang-14")?.string
      : findExecutable("swift").map { "\($0.removingLastComponent())/clang" }
    guard let path, FileManager.default.isExecutableFile(atPath: path) else {
      print("no \(compiler) clang: skipped")
      return
    }
    let c = try MadeProbe.unit(name).lower().c
    let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).c")
    try EmbeddedSources.amalgamate(c).write(to: file, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(at: file) }
    let process = Process()
    process.executableURL = URL(filePath: path)
    process.arguments = [
      "-target", "bpf", "-mcpu=v3", "-O2", "-g", "-Wall", "-Werror", "-Wno-unused-function",
      "-Wno-unused-const-variable",
      "-D__TARGET_ARCH_x86", "-c", file.path, "-o", "/dev/null",
    ]
    let messages = Pipe()
    process.standardError = messages
    try process.run()
    let said = try messages.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(String(decoding: said, as: UTF8.self))")
  }
}
