import Foundation
import Testing

/// `netcap repl` on a terminal, with a recording: what a person types and sees.
@Suite struct PromptTerminalTests {
  private func start(editor: String = "") async throws -> Tmux {
    let programs = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
      .deletingLastPathComponent()
    let example = URL(fileURLWithPath: #filePath).appendingPathComponent(
      "../../../docs/examples/web.pcap"
    ).standardized
    let terminal = try await Tmux(
      columns: 80, rows: 24, environment: "TZ=UTC EDITOR=\(editor)",
      command: "\(programs.path)/netcap repl -r \(example.path); echo left with $?; exec cat")
    await terminal.wait("the first prompt") { $0.last == "netcap>" }
    return terminal
  }

  private func end(_ terminal: Tmux) async {
    terminal.press("C-d")
    await terminal.wait("the end") { $0.last == "left with 0" }
    terminal.end()
    terminal.remove()
  }

  @Test(.enabled(if: Tmux.isThere, "there is no tmux")) func asksAndDeclares() async throws {
    let terminal = try await start()
    terminal.enter("1.5s in ms")
    await terminal.wait(bottom: "netcap> 1.5s in ms", "1500.000ms", "netcap>")
    // What is not complete goes on under another prompt; ^C drops all of it.
    terminal.enter("func twice(x) =")
    await terminal.wait(bottom: "netcap> func twice(x) =", "   ...>")
    terminal.press("C-c")
    await terminal.wait("it is dropped") { $0.last == "netcap>" }
    terminal.enter("func twice(x) =")
    await terminal.wait(bottom: "   ...>")
    terminal.enter("x * 2")
    await terminal.wait("it is complete") { $0.last == "netcap>" }
    terminal.enter("twice(21)")
    await terminal.wait(bottom: "netcap> twice(21)", "42", "netcap>")
    // A mistake is said where it was typed.
    terminal.enter("twise(21)")
    await terminal.wait("the mistake") { rows in
      rows.contains(" --> prompt:1:1") && rows.contains { $0.contains("did you mean twice") }
        && rows.last == "netcap>"
    }
    // Tab knows what was declared, and commands.
    terminal.type("twi")
    terminal.press("Tab")
    await terminal.wait(bottom: "netcap> twice(")
    terminal.press("C-u")
    terminal.type(":und")
    terminal.press("Tab")
    await terminal.wait("the command") { $0.last?.hasPrefix("netcap> :undo") == true }
    terminal.press("Enter")
    terminal.enter("twice(21)")
    await terminal.wait("it is gone again") { $0.contains { $0.hasSuffix("struct 'twice'") } }
    await end(terminal)
  }

  @Test(.enabled(if: Tmux.isThere, "there is no tmux")) func anEditorHasTheTerminal() async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "netcap-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { do { try FileManager.default.removeItem(at: folder) } catch { Issue.record(error) } }
    let editor = folder.appendingPathComponent("editor")
    try "#!/bin/sh\necho which?\nread line\necho \"$line\" >\"$1\"\n".write(
      to: editor, atomically: true, encoding: .utf8)
    chmod(editor.path, 0o755)
    let terminal = try await start(editor: editor.path)
    terminal.enter("const LIMIT = 1")
    await terminal.wait(bottom: "netcap>")
    terminal.enter(":edit LIMIT")
    await terminal.wait(bottom: "which?")
    terminal.enter("const LIMIT = 41 +")
    await terminal.wait("what is wrong with it") { rows in
      rows.contains("note: LIMIT is as it was") && rows.last == "netcap>"
    }
    terminal.enter(":edit LIMIT")
    await terminal.wait(bottom: "which?")
    terminal.enter("const LIMIT = 42")
    await terminal.wait(bottom: "netcap>")
    terminal.enter("LIMIT")
    await terminal.wait(bottom: "netcap> LIMIT", "42", "netcap>")
    await end(terminal)
  }
}
