import Documents
import Foundation
import Testing

/// What `docs/architecture.md` says of the sources.
@Suite struct SourceTests {
  /// Rows of the code map: folder to the modules that it may import.
  static func codeMap() throws -> [String: Set<String>] {
    let text = try Documents.text("docs/architecture.md")
    let row = /\| `Sources\/(\w+)` \| [^|]+ \| ([^|]*)\|/
    var map: [String: Set<String>] = [:]
    for line in text.components(separatedBy: "\n") {
      guard let match = line.wholeMatch(of: row) else { continue }
      map[String(match.1)] = Set(match.2.matches(of: /`(\w+)`/).map { String($0.1) })
    }
    return map
  }

  static func swiftFiles() throws -> [String] {
    try Documents.files(below: "Sources").filter { $0.hasSuffix(".swift") }
  }

  static func folder(of file: String) -> String { file.components(separatedBy: "/")[1] }

  static func imports(_ text: String) -> Set<String> {
    let line =
      /^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:public |package |internal |fileprivate |private )?import (?:\w+ (?=\w))?(\w+)/
    return Set(
      text.components(separatedBy: "\n").compactMap { text in
        text.firstMatch(of: line).map { String($0.1) }
      })
  }

  @Test func importLinesAreRead() {
    let text = """
      import A
      internal import B
        package import C
      @testable import D
      @_spi(x) public import E.F
      private import struct G.H
      // import I
      let s = "import J"
      """
    #expect(SourceTests.imports(text) == ["A", "B", "C", "D", "E", "G"])
  }

  @Test func codeMapHasEveryFolder() throws {
    let folders = Set(try Documents.files(below: "Sources").map { SourceTests.folder(of: $0) })
    #expect(folders == Set(try SourceTests.codeMap().keys))
  }

  @Test func foldersImportWhatTheyMay() throws {
    let map = try SourceTests.codeMap()
    #expect(map.count > 10)
    var used: [String: Set<String>] = [:]
    for file in try SourceTests.swiftFiles() {
      let folder = SourceTests.folder(of: file)
      let imports = SourceTests.imports(try Documents.text(file))
      used[folder, default: []].formUnion(imports)
      let others = imports.subtracting(map[folder] ?? [])
      #expect(others.isEmpty, "\(file) imports \(others.sorted())")
    }
    for (folder, allowed) in map {
      let idle = allowed.subtracting(used[folder] ?? [])
      #expect(idle.isEmpty, "Sources/\(folder) may import \(idle.sorted()) but does not")
    }
  }

  /// Whatever the table comes to say.
  @Test func mapKeepsTheInvariants() throws {
    let map = try SourceTests.codeMap()
    for folder in ["Syntax", "Language", "Lowering", "Runtime"] {
      let io: Set = ["Glibc", "Musl", "SystemPackage", "Processes", "Kernel", "Output"]
      #expect(map[folder]?.isDisjoint(with: io) == true, "\(folder) does no I/O")
    }
    #expect(map["Syntax"] == [])
    for (folder, imports) in map {
      #expect(!imports.contains("Foundation"), "\(folder)")
      let c = imports.filter { $0.contains(/^C[A-Z]/) }
      #expect(
        c.isEmpty || ["Kernel", "Packets", "Processes", "Library", "Repl"].contains(folder),
        "\(folder): \(c)")
    }
  }

  @Test func filesAreShort() throws {
    for folder in ["Sources", "Tests", "bpf", "scripts"] {
      for file in try Documents.files(below: folder)
      where [".swift", ".c", ".h", ".sh"].contains(where: file.hasSuffix)
        && !file.contains("/corpus/")
      {
        let lines = try Documents.text(file).components(separatedBy: "\n").count - 1
        #expect(lines <= 500, "\(file) has \(lines) lines")
      }
    }
  }

  @Test func failuresAreNotHidden() throws {
    for file in try SourceTests.swiftFiles() {
      for (index, line) in try Documents.text(file).components(separatedBy: "\n").enumerated() {
        let code = line.split(separator: "//", omittingEmptySubsequences: false)[0]
        #expect(!code.contains("try?") && !code.contains("fatalError"), "\(file):\(index + 1)")
      }
    }
  }

  @Test func uncheckedIsProved() throws {
    for file in try SourceTests.swiftFiles() {
      let lines = try Documents.text(file).components(separatedBy: "\n")
      for (index, line) in lines.enumerated()
      where line.contains("@unchecked Sendable") || line.contains("nonisolated(unsafe)") {
        let above = index > 0 ? lines[index - 1].trimmingCharacters(in: .whitespaces) : ""
        #expect(above.hasPrefix("//"), "\(file):\(index + 1) has no comment above it")
      }
    }
  }

  @Test func kernelCodeSaysItsLicence() throws {
    let line = "/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */\n"
    for file in try Documents.files(below: "bpf") where file.hasSuffix(".h") {
      #expect(try Documents.text(file).hasPrefix(line), "\(file)")
    }
  }
}
