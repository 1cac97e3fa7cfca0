import Foundation
import Session
import Syntax
import SystemPackage
import Testing

/// What `netcap fmt` does to files.
@Suite struct ScriptFormattingTests {
  private static let crooked = "probe  a{filter \"icmp\"}\n"
  private static let straight = "probe a { filter \"icmp\" }\n"

  private func inFolder(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("netcap-fmt-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { #expect(throws: Never.self) { try FileManager.default.removeItem(at: folder) } }
    try body(folder)
  }

  private func write(_ text: String, to file: URL, mode: Int = 0o644) throws -> FilePath {
    try Data(text.utf8).write(to: file)
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file.path)
    return FilePath(file.path)
  }

  @Test func aFileIsReplacedAndKeepsItsMode() throws {
    try inFolder { folder in
      let file = folder.appendingPathComponent("a.ncs")
      let path = try write(Self.crooked, to: file, mode: 0o755)
      #expect(try ScriptFormatting().format(file: path, isCheck: false))
      #expect(try String(contentsOf: file, encoding: .utf8) == Self.straight)
      let attributes = try FileManager.default.attributesOfItem(atPath: file.path)
      #expect(attributes[.posixPermissions] as? Int == 0o755)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["a.ncs"])
      #expect(try !ScriptFormatting().format(file: path, isCheck: false))
    }
  }

  @Test func aCheckChangesNothing() throws {
    try inFolder { folder in
      let file = folder.appendingPathComponent("a.ncs")
      let path = try write(Self.crooked, to: file)
      #expect(try ScriptFormatting().format(file: path, isCheck: true))
      #expect(try String(contentsOf: file, encoding: .utf8) == Self.crooked)
    }
  }

  @Test func aLinkStaysOne() throws {
    try inFolder { folder in
      let file = folder.appendingPathComponent("a.ncs")
      _ = try write(Self.crooked, to: file)
      let link = folder.appendingPathComponent("b.ncs")
      try FileManager.default.createSymbolicLink(at: link, withDestinationURL: file)
      #expect(try ScriptFormatting().format(file: FilePath(link.path), isCheck: false))
      #expect(try String(contentsOf: file, encoding: .utf8) == Self.straight)
      let kept = try FileManager.default.destinationOfSymbolicLink(atPath: link.path)
      #expect(kept == file.path)
    }
  }

  @Test func mistakesLeaveTheFileAlone() throws {
    try inFolder { folder in
      let file = folder.appendingPathComponent("a.ncs")
      let path = try write("probe {", to: file)
      let error = #expect(throws: SessionError.self) {
        try ScriptFormatting().format(file: path, isCheck: false)
      }
      #expect(error?.exitStatus == 2 && error?.diagnostics.first?.place?.source.name == path.string)
      #expect(try String(contentsOf: file, encoding: .utf8) == "probe {")
    }
  }

  @Test func whatCannotBeRead() throws {
    try inFolder { folder in
      let missing = FilePath(folder.appendingPathComponent("missing.ncs").path)
      let file = folder.appendingPathComponent("latin1.ncs")
      try Data([0x2F, 0x2F, 0xE9]).write(to: file)
      for path in [missing, FilePath(file.path), FilePath(folder.path)] {
        let error = #expect(throws: SessionError.self) {
          try ScriptFormatting().format(file: path, isCheck: false)
        }
        #expect(error?.exitStatus == 1 && error?.diagnostics.count == 1)
      }
    }
  }
}
