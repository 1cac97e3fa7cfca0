import Foundation
import Processes
import SystemPackage
import Testing

/// A program in a terminal, seen as a person sees it: tmux with a socket of its own.
final class Tmux {
  private static let limit = Duration.seconds(60)
  private let socket = "netcap-test-\(getpid())-\(UUID().uuidString.prefix(8))"
  /// State and home of the program.
  let folder: URL

  static var isThere: Bool { findExecutable("tmux") != nil }

  static var promptProgram: String {
    URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
      .appendingPathComponent("prompt-program").path
  }

  /// - Parameters:
  ///   - arguments: of `prompt-program`.
  ///   - command: what is run instead, by a shell.
  ///   - folder: another terminal's, for a second session; nil: a new one.
  init(
    _ arguments: String = "", columns: Int = 60, rows: Int = 20, environment: String = "",
    command: String? = nil, sharing folder: URL? = nil
  ) async throws {
    self.folder =
      folder
      ?? FileManager.default.temporaryDirectory.appendingPathComponent(
        "netcap-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: self.folder, withIntermediateDirectories: true)
    let program = command ?? "\(Tmux.promptProgram) \(arguments); echo left with $?; exec cat"
    try run(
      "-f", "/dev/null", "-u", "new-session", "-d", "-x", "\(columns)", "-y", "\(rows)",
      "env -u NO_COLOR XDG_STATE_HOME=\(self.folder.path) \(environment) bash --norc -c '\(program)'"
    )
    if command == nil { await wait("the first prompt") { $0.last == "netcap>" } }
  }

  func end() {
    do { try run("kill-server") } catch { Issue.record(error) }
  }

  func remove() {
    do { try FileManager.default.removeItem(at: folder) } catch { Issue.record(error) }
  }

  func type(_ text: String) {
    do { try run("send-keys", "-l", "--", text) } catch { Issue.record(error) }
  }

  /// A line with its Enter.
  func enter(_ line: String) {
    type(line)
    press("Enter")
  }

  /// tmux's names: Enter, Up, C-c.
  func press(_ keys: String...) {
    do { try run(["send-keys"] + keys) } catch { Issue.record(error) }
  }

  /// - Parameter isMarked: as terminals do where the program has asked for it.
  func paste(_ text: String, isMarked: Bool) throws {
    let file = folder.appendingPathComponent("paste")
    try text.write(to: file, atomically: true, encoding: .utf8)
    try run("load-buffer", file.path)
    try run(["paste-buffer"] + (isMarked ? ["-p"] : []))
  }

  /// Waits until the program can know of it: tmux is slow to tell.
  func resize(columns: Int, rows: Int) async throws {
    try run("resize-window", "-x", "\(columns)", "-y", "\(rows)")
    let name = try run("display-message", "-p", "#{pane_tty}").split(separator: "\n")[0]
    let terminal = try FileDescriptor.open(
      FilePath(String(name)), .readOnly, options: FileDescriptor.OpenOptions(rawValue: O_NOCTTY))
    defer { do { try terminal.close() } catch { Issue.record(error) } }
    let deadline = ContinuousClock.now + Tmux.limit
    var size = winsize()
    repeat {
      try await Task.sleep(for: .milliseconds(10))
      _ = ioctl(terminal.rawValue, UInt(TIOCGWINSZ), &size)
    } while (Int(size.ws_col), Int(size.ws_row)) != (columns, rows) && .now < deadline
  }

  /// The rows of the screen, without blanks at their ends and without the empty ones at its end.
  func screen() throws -> [String] { Tmux.rows(try run("capture-pane", "-p")) }

  /// With what has scrolled out, and with wrapped lines whole.
  func everything() throws -> [String] {
    Tmux.rows(try run("capture-pane", "-p", "-J", "-S", "-"))
  }

  /// With escape sequences for colours.
  func styled() throws -> String { try run("capture-pane", "-p", "-e") }

  /// From 0; the row counts from the last that is not empty.
  func cursor() throws -> (column: Int, rowsUp: Int) {
    let place = try run("display-message", "-p", "#{cursor_x} #{cursor_y}").split(separator: " ")
    let row = Int(place[1].trimmingCharacters(in: .whitespacesAndNewlines)) ?? -1
    return (Int(place[0]) ?? -1, try screen().count - 1 - row)
  }

  /// Waits until the screen is as it should be, or with it all that has scrolled out.
  func wait(
    _ what: String, everywhere: Bool = false, location: SourceLocation = #_sourceLocation,
    until condition: ([String]) -> Bool
  ) async {
    let deadline = ContinuousClock.now + Tmux.limit
    do {
      var rows = try everywhere ? everything() : screen()
      while !condition(rows) {
        if .now > deadline {
          Issue.record(
            "\(what) is not seen:\n\(rows.joined(separator: "\n"))", sourceLocation: location)
          return
        }
        try await Task.sleep(for: .milliseconds(30))
        rows = try everywhere ? everything() : screen()
      }
    } catch {
      Issue.record(error, sourceLocation: location)
    }
  }

  /// Waits until these are the last rows.
  func wait(bottom: String..., location: SourceLocation = #_sourceLocation) async {
    await wait(bottom.joined(separator: " / "), location: location) {
      $0.suffix(bottom.count) == bottom[...]
    }
  }

  private static func rows(_ text: String) -> [String] {
    var rows = text.components(separatedBy: "\n").map { row in
      String(row.reversed().drop { $0 == " " }.reversed())
    }
    while rows.last == "" { rows.removeLast() }
    return rows
  }

  struct Failure: Error {
    let text: String
  }

  @discardableResult
  private func run(_ arguments: String...) throws -> String { try run(arguments) }

  /// The server must not come by descriptors of other tests' programs: so no `Process`.
  @discardableResult
  private func run(_ arguments: [String]) throws -> String {
    guard let tmux = findExecutable("tmux") else { throw Failure(text: "there is no tmux") }
    var output = try Processes.Pipe()
    guard let readEnd = output.readEnd, let writeEnd = output.writeEnd else { return "" }
    let null = try FileDescriptor.open("/dev/null", .readOnly)
    defer { do { try null.close() } catch { Issue.record(error) } }
    var child = try Child(
      executable: tmux, arguments: ["-L", socket] + arguments,
      environment: currentEnvironment().filter { !$0.hasPrefix("TMUX") }, standardInput: null,
      standardOutput: writeEnd, standardError: writeEnd)
    output.closeWriteEnd()
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while case let count = try buffer.withUnsafeMutableBytes({ try readEnd.read(into: $0) }),
      count > 0
    {
      bytes += buffer[..<count]
    }
    let text = String(decoding: bytes, as: UTF8.self)
    let status = child.wait()
    if status != .exited(0) {
      throw Failure(text: "tmux \(arguments.joined(separator: " ")): \(status) \(text)")
    }
    return text
  }
}
