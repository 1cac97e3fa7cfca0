import Foundation
import Output
import SystemPackage
import Testing

@testable import Repl

/// The line editor in this process, on a terminal that takes nothing until it is read.
@Suite struct SlowTerminalTests {
  /// Both ends of a pseudo-terminal.
  private struct Pair: ~Copyable {
    let master: FileDescriptor
    let terminal: FileDescriptor

    init() throws {
      var ends: [Int32] = [0, 0]
      guard
        ends.withUnsafeMutableBufferPointer({
          openpty(&$0[0], &$0[1], nil, nil, nil)
        }) == 0
      else { throw Errno(rawValue: errno) }
      master = FileDescriptor(rawValue: ends[0])
      terminal = FileDescriptor(rawValue: ends[1])
      _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
    }

    func modes() -> termios {
      var modes = termios()
      tcgetattr(terminal.rawValue, &modes)
      return modes
    }

    /// What the terminal has been sent since the last call.
    func read() -> String {
      var bytes: [UInt8] = []
      var buffer = [UInt8](repeating: 0, count: 4096)
      while case let count = Glibc.read(master.rawValue, &buffer, buffer.count), count > 0 {
        bytes += buffer[..<count]
      }
      return String(decoding: bytes, as: UTF8.self)
    }

    func type(_ text: String) throws {
      try master.writeAll(text.utf8)
    }

    deinit {
      close(master.rawValue)
      close(terminal.rawValue)
    }
  }

  @Test func `output waits, and keys are taken`() throws {
    let pair = try Pair()
    let found = pair.modes()
    let screen = Screen(pair.terminal)
    let editor = try LineEditor(
      terminal: pair.terminal, screen: screen, history: History(file: nil),
      completer: { _, offset in Completion(start: offset, candidates: [], suffix: "") })

    // Nobody reads: events are made until there is no room for more.
    var rounds = 0
    var shown = 0
    let stopped = editor.readLine(prompt: "> ") {
      rounds += 1
      if screen.hasRoom {
        var lines = ""
        for _ in 0..<1000 {
          shown += 1
          lines += "event \(shown)\n"
        }
        editor.showAbove(lines)
        return true
      }
      return rounds < 1000
    }
    #expect(stopped == .stopped)
    #expect(rounds == 1000 && shown > 10_000)

    // All of it comes when it is read, and the line that was typed meanwhile.
    try pair.type("typed\r")
    var text = ""
    let line = editor.readLine(prompt: "> ") {
      text += pair.read()
      return true
    }
    #expect(line == .line("typed"))
    // While a command runs, keys are not seen and not lost, and ^C is a signal.
    #expect(pair.modes().c_lflag & tcflag_t(ISIG | ECHO | ICANON) == tcflag_t(ISIG))
    while !screen.isEmpty {
      try screen.flush()
      text += pair.read()
    }
    text += pair.read()
    // Behind what erases the prompt.
    let events = text.split(whereSeparator: \.isNewline).filter { $0.contains("event ") }
    #expect(events.count == shown && events.last?.hasSuffix("event \(shown)") == true)

    editor.restore()
    #expect(pair.read().hasSuffix("\u{1b}[?2004l") || screen.isPlain)
    #expect(pair.modes().c_lflag == found.c_lflag && pair.modes().c_iflag == found.c_iflag)
  }

  @Test func `a terminal that is no terminal`() throws {
    let null = try FileDescriptor.open("/dev/null", .readWrite)
    #expect(throws: Errno(rawValue: ENOTTY)) {
      _ = try LineEditor(
        terminal: null, screen: Screen(null), history: History(file: nil),
        completer: { _, offset in Completion(start: offset, candidates: [], suffix: "") })
    }
    try null.close()
  }
}
