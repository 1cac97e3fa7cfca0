import Foundation
import Library
import Syntax
import SystemPackage
import Testing

@Suite struct ScriptLibraryTests {
  /// A folder that is gone with this value.
  private final class Folder {
    let path: FilePath

    init() throws {
      path = FilePath(NSTemporaryDirectory()).appending("netcap-library-\(UUID().uuidString)")
      try FileManager.default.createDirectory(
        atPath: path.string, withIntermediateDirectories: true)
    }

    deinit {
      do { try FileManager.default.removeItem(atPath: path.string) } catch { print(error) }
    }

    func write(_ name: String, _ text: String, mode: Int = 0o644) throws {
      let file = path.appending(name)
      try FileManager.default.createDirectory(
        atPath: file.removingLastComponent().string, withIntermediateDirectories: true)
      try text.write(toFile: file.string, atomically: false, encoding: .utf8)
      try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file.string)
    }
  }

  private func failure(_ body: () throws -> Void) -> Diagnostic? {
    do {
      try body()
      return nil
    } catch {
      return error as? Diagnostic
    }
  }

  @Test func embeddedScriptsAreThoseOfTheFolder() throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("stdlib")
    let files = try #require(FileManager.default.enumerator(atPath: folder.path))
      .compactMap { $0 as? String }.filter { $0.hasSuffix(".ncs") }
    #expect(Set(files) == Set(Stdlib.names.map { $0 + ".ncs" }))
    for name in Stdlib.names {
      let text = try String(
        contentsOf: folder.appendingPathComponent(name + ".ncs"), encoding: .utf8)
      #expect(Stdlib.script(named: name) == SourceText(name: "stdlib/\(name).ncs", text: text))
    }
  }

  @Test func foldersComeInTheirOrder() throws {
    let (first, second) = (try Folder(), try Folder())
    try first.write("a.ncs", "1")
    try second.write("a.ncs", "2")
    try second.write("b/c.ncs", "3")
    let library = ScriptLibrary(folders: [first.path, second.path])
    #expect(try library.script("a").source.text == "1")
    #expect(try library.script("a").origin == .collection(first.path))
    #expect(try library.script("drops").origin == .stdlib)
    // A file comes first; what looks like a path is one.
    #expect(try library.script("net/flows").origin == .stdlib)
    #expect(failure { _ = try library.script("./net/flows") } != nil)
    #expect(failure { _ = try library.script("net/flow") }?.hints == ["did you mean net/flows?"])
    let asking = ScriptFile(
      source: SourceText(name: "x", text: ""), origin: .path(folder: second.path))
    let place = Diagnostic.Place(asking.source, Span(0..<0))
    // The script's own folder comes first.
    #expect(try library.script(importing: "a", from: asking, at: place).source.text == "2")
    #expect(try library.script(importing: "b/c", from: asking, at: place).source.text == "3")
    #expect(try library.script(importing: "net/flows", from: asking, at: place).origin == .stdlib)
    let names = library.entries().scripts.map { "\($0.name) \($0.folder)" }
    #expect(names.contains("a \(first.path)") && names.contains("b/c \(second.path)"))
    #expect(names.contains("drops stdlib"))
  }

  @Test func pathsAreNotSearchedFor() throws {
    let folder = try Folder()
    try folder.write("a.ncs", "1")
    let path = folder.path.appending("a.ncs")
    let found = try ScriptLibrary(folders: []).script(path.string)
    #expect(found.source.name == path.string && found.origin == .path(folder: folder.path))
    #expect(failure { _ = try ScriptLibrary(folders: [folder.path]).script("./a.ncs") } != nil)
  }

  @Test func whatEverybodyMayWriteIsRefused() throws {
    let folder = try Folder()
    try folder.write("a.ncs", "1")
    try folder.write("b.ncs", "1", mode: 0o666)
    let library = ScriptLibrary(folders: [folder.path])
    #expect(
      failure { _ = try library.script("b") }?.message.contains("may be written by everybody")
        == true)
    #expect(try library.script("a").source.text == "1")
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o777], ofItemAtPath: folder.path.string)
    #expect(failure { _ = try library.script("a") }?.hints == ["chmod o-w \(folder.path)"])
    #expect(library.entries().problems.count == 1)
  }

  @Test func mistakesAreSaid() throws {
    let folder = try Folder()
    try folder.write("bad.ncs", "x")
    try Data([0xff, 0xfe]).write(to: URL(fileURLWithPath: folder.path.appending("bad.ncs").string))
    let library = ScriptLibrary(folders: [folder.path])
    #expect(failure { _ = try library.script("dropz") }?.hints == ["did you mean drops?"])
    #expect(failure { _ = try library.script("bad") }?.message.contains("not UTF-8") == true)
    #expect(
      failure { _ = try library.script("/nowhere/x.ncs") }?.message
        == "cannot read /nowhere/x.ncs: No such file or directory")
    let asking = ScriptFile(source: SourceText(name: "x", text: "import"), origin: .text)
    let place = Diagnostic.Place(asking.source, asking.source.span)
    for name in ["../x", "/etc/x", "a/../b", ""] {
      #expect(
        failure { _ = try library.script(importing: name, from: asking, at: place) }?.place == place
      )
    }
  }
}
