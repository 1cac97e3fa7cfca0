import Foundation
import Testing

/// Lines that are recalled, styles, and terminals that are given back.
@Suite(.serialized, .enabled(if: Tmux.isThere, "there is no tmux"))
struct HistoryInTerminalTests {
  @Test func `lines are recalled and searched`() async throws {
    let terminal = try await Tmux("10 200")
    defer { terminal.end() }
    for line in ["first größe", " begins with a blank", "second", "third"] {
      terminal.type(line)
      terminal.press("Enter")
      await terminal.wait("it is read") { $0.contains("read \"\(line)\"") && $0.last == "netcap>" }
    }
    terminal.type("half")
    terminal.press("Up", "Up", "Up")
    await terminal.wait(bottom: "netcap> first größe")
    terminal.press("Down", "Down", "Down")
    await terminal.wait(bottom: "netcap> half")
    terminal.press("C-u", "C-r")
    terminal.type("rö")
    await terminal.wait(bottom: "netcap> first größe", "bck:rö")
    await terminal.wait("lines above the search") { $0.contains("event 200") }
    #expect(try terminal.screen().suffix(2) == ["netcap> first größe", "bck:rö"])
    // An arrow ends the search and is not taken for text.
    terminal.press("Right")
    terminal.type("+")
    await terminal.wait(bottom: "netcap> first gr+öße")
    terminal.press("C-c", "C-r")
    terminal.type("sec")
    terminal.press("Enter")
    await terminal.wait("it is read") { $0.suffix(2) == ["read \"second\"", "netcap>"] }
    terminal.remove()
  }

  @Test func `sessions share their lines`() async throws {
    let one = try await Tmux()
    defer { one.end() }
    let two = try await Tmux(sharing: one.folder)
    defer { two.end() }
    for (terminal, line) in [(one, "of one"), (two, "of two"), (one, "of one again")] {
      terminal.type(line)
      terminal.press("Enter")
      await terminal.wait("it is read") { $0.contains("read \"\(line)\"") }
    }
    one.press("C-d")
    two.press("C-d")
    await one.wait(bottom: "left with 0")
    await two.wait(bottom: "left with 0")
    let three = try await Tmux(sharing: one.folder)
    defer { three.end() }
    three.press("Up", "Up")
    await three.wait(bottom: "netcap> of two")
    three.press("Up")
    await three.wait(bottom: "netcap> of one")
    let file = one.folder.appendingPathComponent("netcap/history").path
    let modes = try [file, one.folder.appendingPathComponent("netcap").path].map {
      try FileManager.default.attributesOfItem(atPath: $0)[.posixPermissions] as? Int
    }
    #expect(modes == [0o600, 0o700])
    one.remove()
  }

  @Test func `the prompt is bold unless colours are refused`() async throws {
    let bold = try await Tmux()
    defer { bold.end() }
    #expect(try bold.styled().contains("\u{1b}[1mnetcap>"))
    bold.remove()
    let plain = try await Tmux(environment: "NO_COLOR=1")
    defer { plain.end() }
    #expect(try !plain.styled().contains("\u{1b}"))
    plain.remove()
  }

  @Test func `stopped and continued`() async throws {
    let terminal = try await Tmux(
      command:
        "set -m; \(Tmux.promptProgram); echo stopped; stty -a | grep -ow -e -icanon -e icanon; read; fg; exec cat"
    )
    defer { terminal.end() }
    await terminal.wait("the first prompt") { $0.last == "netcap>" }
    terminal.type("half")
    terminal.press("C-z")
    await terminal.wait("it is stopped") { $0.suffix(2) == ["stopped", "icanon"] }
    terminal.press("Enter")
    await terminal.wait("it goes on") { $0.last == "netcap> half" }
    terminal.type(" typed")
    terminal.press("Enter")
    await terminal.wait(bottom: "netcap> half typed", "read \"half typed\"", "netcap>")
    terminal.remove()
  }

  /// No control sequence is sent, and so none is shown: the line slides in its row.
  @Test func `a terminal without control sequences`() async throws {
    let terminal = try await Tmux("10 100", columns: 30, environment: "TERM=dumb")
    defer { terminal.end() }
    terminal.type("a line that is longer than its row")
    await terminal.wait(bottom: "event 100", "netcap> s longer than its row")
    terminal.press("C-a")
    terminal.type("X")
    await terminal.wait(bottom: "event 100", "netcap> Xa line that is longe")
    #expect(try terminal.cursor().column == 9)
    terminal.press("Enter")
    await terminal.wait("it is read") { $0.last == "netcap>" }
    terminal.press("C-r")
    terminal.type("line")
    await terminal.wait("the search") { $0.last?.contains("line") == true }
    terminal.press("C-c", "C-d")
    await terminal.wait(bottom: "left with 0")
    terminal.remove()
  }
}
