import Foundation
import Testing

/// The line editor in a terminal.
@Suite(.serialized, .enabled(if: Tmux.isThere, "there is no tmux"))
struct EditingTests {
  /// What is typed stays whole below the lines that appear, and nothing else is left on the screen.
  @Test func `lines appear above what is typed`() async throws {
    let terminal = try await Tmux("10 300")
    defer { terminal.end() }
    for piece in ["probe icmp_rcv", " { filter", " \"icmp\" }"] {
      terminal.type(piece)
      await terminal.wait(piece) { $0.last?.hasSuffix(piece) == true }
    }
    await terminal.wait(bottom: "event 300", "netcap> probe icmp_rcv { filter \"icmp\" }")
    let all = try terminal.everything()
    #expect(all == (1...300).map { "event \($0)" } + ["netcap> probe icmp_rcv { filter \"icmp\" }"])
    terminal.press("Enter")
    await terminal.wait(bottom: "read \"probe icmp_rcv { filter \"icmp\" }\"", "netcap>")
    terminal.remove()
  }

  /// The cursor is in the first of three rows while lines appear.
  @Test func `a wrapped line is edited in its middle`() async throws {
    let terminal = try await Tmux("10 300", columns: 40)
    defer { terminal.end() }
    let line = "abcdefghij klmnopqrst uvwxyzabcd efghijklmn opqrstuvwx yz12345678 90end"
    terminal.type(line)
    await terminal.wait("the line") { $0.last?.hasSuffix("90end") == true }
    terminal.press("Home", "C-Right", "C-Right")
    terminal.type("+++")
    await terminal.wait(
      bottom: "event 300", "netcap> abcdefghij klmnopqrst+++ uvwxyza",
      "bcd efghijklmn opqrstuvwx yz12345678 90e", "nd")
    let (column, up) = try terminal.cursor()
    #expect(column == 32 && up == 2)
    let all = try terminal.everything()
    #expect(all.dropLast() == (1...300).map { "event \($0)" }[...])
    terminal.press("Enter")
    await terminal.wait("the line is read") { $0.last == "netcap>" }
    #expect(
      try terminal.everything().suffix(2)
        == ["read \"" + line.replacing("rst ", with: "rst+++ ") + "\"", "netcap>"])
    terminal.remove()
  }

  @Test func `a line fills its last column`() async throws {
    let terminal = try await Tmux("10 150", columns: 20)
    defer { terminal.end() }
    terminal.type("123456789012")
    await terminal.wait("lines above") { $0.contains("event 150") }
    await terminal.wait(bottom: "event 150", "netcap> 123456789012")
    let (column, up) = try terminal.cursor()
    #expect(column == 0 && up == -1)
    terminal.press("BSpace")
    await terminal.wait(bottom: "event 150", "netcap> 12345678901")
    terminal.type("xy")
    await terminal.wait(bottom: "netcap> 12345678901x", "y")
    let all = try terminal.everything()
    #expect(all == (1...150).map { "event \($0)" } + ["netcap> 12345678901xy"])
    terminal.remove()
  }

  @Test func `wide and combining characters`() async throws {
    let terminal = try await Tmux("10 150", columns: 20)
    defer { terminal.end() }
    // Eleven columns are left for the sixth character, which takes two.
    terminal.type("x日本語日本語")
    await terminal.wait(bottom: "event 150", "netcap> x日本語日本", "語")
    terminal.press("Left", "Left", "BSpace")
    await terminal.wait(bottom: "event 150", "netcap> x日本語本語")
    #expect(try terminal.cursor().column == 15)
    terminal.press("C-u", "C-k")
    terminal.type("e\u{301}a\u{308}o")
    await terminal.wait(bottom: "netcap> e\u{301}a\u{308}o")
    #expect(try terminal.cursor().column == 11)
    terminal.press("Left")
    terminal.type("größe")
    await terminal.wait(bottom: "netcap> e\u{301}a\u{308}größeo")
    terminal.press("Enter")
    await terminal.wait("the line is read") { $0.last == "netcap>" }
    #expect(try terminal.everything().suffix(2).first == "read \"e\u{301}a\u{308}größeo\"")
    terminal.remove()
  }

  @Test func `the window is resized while a line is half typed`() async throws {
    let terminal = try await Tmux("1 50", columns: 60)
    defer { terminal.end() }
    let line = "a line that takes more than one row in a narrow window, and here it has its end"
    terminal.type(line)
    terminal.press("Left", "Left", "Left")
    await terminal.wait("lines above") {
      $0.contains("event 50") && $0.last?.hasSuffix("end") == true
    }
    for (columns, rows) in [(30, 20), (75, 10), (41, 20), (100, 24), (33, 12)] {
      try await terminal.resize(columns: columns, rows: rows)
      // A key is painted when the terminal has said where the cursor is.
      for (key, line) in [("X", line.dropLast(3) + "Xend"), ("BSpace", line[...])] {
        terminal.press(key)
        let shown = "netcap> " + line
        await terminal.wait("\(key) in \(columns) columns") {
          $0.last == String(shown.suffix(shown.count % columns))
        }
      }
    }
    terminal.type("X")
    await terminal.wait("the last key") { $0.last?.hasSuffix("Xend") == true }
    let all = try terminal.everything()
    #expect(
      all == (1...50).map { "event \($0)" } + ["netcap> " + line.dropLast(3) + "Xend"])
    terminal.press("Enter")
    await terminal.wait("the line is read") { $0.last == "netcap>" }
    #expect(try terminal.everything().suffix(2).first == "read \"\(line.dropLast(3))Xend\"")
    terminal.remove()
  }

  /// What the terminal does with lines that come while it is resized, nobody knows: but the line is
  /// whole at the end.
  @Test func `the window is resized while lines appear`() async throws {
    let terminal = try await Tmux("10 300", columns: 60)
    defer { terminal.end() }
    terminal.type("a line that takes more than one row in a narrow window")
    for columns in [40, 90, 30, 70, 50] {
      try await terminal.resize(columns: columns, rows: 20)
      await terminal.wait("the line in \(columns) columns") { $0.joined().hasSuffix("window") }
    }
    await terminal.wait(
      bottom: "event 300", "netcap> a line that takes more than one row in a n", "arrow window")
    terminal.remove()
  }

  @Test func `control keys`() async throws {
    let terminal = try await Tmux()
    defer { terminal.end() }
    terminal.type("dropped")
    terminal.press("C-c")
    await terminal.wait(bottom: "netcap> dropped^C", "interrupted", "netcap>")
    // An unknown key is no text.
    terminal.press("F5", "S-Up")
    terminal.type("kept")
    terminal.press("C-d", "C-l")
    await terminal.wait("only the prompt") { $0 == ["netcap> kept"] }
    terminal.press("C-u", "C-d")
    await terminal.wait(bottom: "netcap>", "end", "left with 0")
    terminal.type("echoed")
    await terminal.wait(bottom: "echoed")
    terminal.remove()
  }

  @Test func `a statement continues under another prompt`() async throws {
    let terminal = try await Tmux()
    defer { terminal.end() }
    terminal.enter("one \\")
    await terminal.wait(bottom: "netcap> one \\", "   ...>")
    terminal.enter("two")
    await terminal.wait(bottom: "netcap> one \\", "   ...> two", "read \"one two\"", "netcap>")
    terminal.enter("three \\")
    await terminal.wait(bottom: "   ...>")
    terminal.press("C-c")
    await terminal.wait(bottom: "   ...> ^C", "interrupted", "netcap>")
    terminal.remove()
  }

  @Test func `what is typed ahead is not lost and not echoed`() async throws {
    let terminal = try await Tmux()
    defer { terminal.end() }
    terminal.enter("wait")
    await terminal.wait(bottom: "netcap> wait", "read \"wait\"")
    terminal.type("one\rtwo\rthr")
    await terminal.wait(
      bottom: "netcap> wait", "read \"wait\"", "netcap> one", "read \"one\"", "netcap> two",
      "read \"two\"", "netcap> thr")
    #expect(try terminal.screen().count == 7)
    terminal.remove()
  }

  @Test(arguments: [true, false]) func `many lines are pasted`(isMarked: Bool) async throws {
    let terminal = try await Tmux("10 100")
    defer { terminal.end() }
    // A tab in a marked paste completes nothing.
    let blank = isMarked ? "\t" : " "
    let lines = (1...200).map { "al\(blank)line \($0) of größe" }
    try terminal.paste(lines.joined(separator: "\n") + "\nlast", isMarked: isMarked)
    await terminal.wait("the last line") { $0.last == "netcap> last" }
    await terminal.wait("all lines above", everywhere: true) { $0.contains("event 100") }
    let shown = lines.map { "read \"\($0)\"" }
    let read = try terminal.everything().filter { $0.hasPrefix("read") }
    // The terminal shows blanks for a tab.
    #expect(
      read.map { $0.split { " \t".contains($0) } } == shown.map { $0.split { " \t".contains($0) } })
    terminal.press("Enter")
    await terminal.wait(bottom: "read \"last\"", "netcap>")
    let history = try String(
      contentsOf: terminal.folder.appendingPathComponent("netcap/history"), encoding: .utf8)
    #expect(history == (lines + ["last"]).map { $0 + "\n" }.joined())
    terminal.remove()
  }

  @Test func `Tab completes and lists`() async throws {
    let terminal = try await Tmux()
    defer { terminal.end() }
    terminal.type("be")
    terminal.press("Tab")
    terminal.type("gr")
    terminal.press("Tab")
    terminal.type("a")
    terminal.press("Tab")
    await terminal.wait(bottom: "netcap> beta größe alpha_")
    terminal.press("Tab")
    await terminal.wait(bottom: "alpha_one  alpha_two", "netcap> beta größe alpha_")
    terminal.type("o")
    terminal.press("Tab")
    terminal.type("x")
    await terminal.wait(bottom: "netcap> beta größe alpha_one x")
    // In the middle of a line, before a blank that is there.
    terminal.press("Home")
    terminal.type("alpha_t ")
    terminal.press("Left", "Tab")
    await terminal.wait(bottom: "netcap> alpha_two beta größe alpha_one x")
    terminal.press("C-u", "C-k")
    terminal.type("item_")
    terminal.press("Tab")
    await terminal.wait(bottom: "… and 192 more", "netcap> item_")
    #expect(try terminal.screen().count == 20)
    #expect(
      try terminal.screen().first == "item_100  item_118  item_136  item_154  item_172  item_190")
    terminal.remove()
  }
}
