import Foundation
import Syntax
import SystemPackage
import Testing

@testable import Repl

@Suite struct HistoryTests {
  private let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("netcap-\(UUID().uuidString)")

  private func file() throws -> FilePath {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return FilePath(folder.appendingPathComponent("history").path)
  }

  private func remove() throws { try FileManager.default.removeItem(at: folder) }

  @Test func `what is kept`() throws {
    let history = History(file: try file())
    for line in ["one", "one", "", " blank", "\ttab", "größe", "one", "zero\0"] {
      history.add(line)
    }
    #expect(history.lines == ["one", "größe", "one"])
    #expect(History(file: try file()).lines == history.lines)
    #expect(history.problem == nil)
    try remove()
  }

  @Test func `a line that was cut off is not continued`() throws {
    try Data("one\ncut".utf8).write(to: URL(fileURLWithPath: try file().string))
    let history = History(file: try file())
    history.add("two")
    #expect(History(file: try file()).lines == ["one", "cut", "two"])
    try remove()
  }

  /// A session that began before the file was shortened goes on in the new one.
  @Test func `the file is bounded`() throws {
    let path = try file()
    let lines = (1...13_000).map { "line \($0)" }
    try Data(lines.map { $0 + "\n" }.joined().utf8).write(to: URL(fileURLWithPath: path.string))
    #expect(chmod(path.string, 0o600) == 0)
    let history = History(file: path)
    #expect(history.lines == Array(lines.suffix(History.limit)))
    history.add("new")
    let text = try String(contentsOfFile: path.string, encoding: .utf8)
    #expect(text == (lines.suffix(History.limit) + ["new"]).map { $0 + "\n" }.joined())
    #expect(History(file: path).lines.count == History.limit)
    try remove()
  }

  /// Threads stand for sessions: a lock belongs to what was opened, not to the process.
  @Test func `sessions at the same time lose nothing`() async throws {
    let path = try file()
    try Data((1...11_900).map { "old \($0)\n" }.joined().utf8)
      .write(to: URL(fileURLWithPath: path.string))
    await withTaskGroup { group in
      for session in 0..<6 {
        group.addTask {
          for line in 0..<30 {
            // Some of them begin while others write, and shorten the file.
            History(file: path).add("session \(session) line \(line)")
          }
        }
      }
    }
    let lines = History(file: path).lines.filter { $0.hasPrefix("session") }
    #expect(Set(lines).count == 180 && lines.count == 180)
    for session in 0..<6 {
      let own = lines.filter { $0.hasPrefix("session \(session) ") }
      #expect(own == (0..<30).map { "session \(session) line \($0)" })
    }
    try remove()
  }

  @Test func `a history that cannot be kept is a problem that is told`() throws {
    let history = History(file: "/proc/netcap-history")
    #expect(history.problem?.message.contains("/proc/netcap-history") == true)
    history.add("one")
    #expect(history.lines == ["one"])
  }
}
