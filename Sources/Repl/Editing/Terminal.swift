internal import Glibc
internal import SystemPackage

/// The terminal as what is typed into: its modes, and its bytes.
final class Terminal {
  enum Mode {
    /// Every key is a byte for the line editor.
    case editing
    /// A command runs: what is typed waits, unseen, for the next line, but ^C and ^Z are signals.
    case running
    /// As it was found.
    case found
  }

  let descriptor: FileDescriptor
  private let found: termios
  private let isPlain: Bool
  private var mode = Mode.found

  /// What ``restoreAtOnce()`` needs.
  private struct Saved {
    let descriptor: Int32
    let modes: termios
    let isPlain: Bool
  }
  // Written by the only thread; a signal's handler that reads it ends the process.
  nonisolated(unsafe) private static var saved: Saved?

  private static let pastesAreMarked = "\u{1b}[?2004h"
  private static let pastesAreNotMarked: StaticString = "\u{1b}[?2004l"

  /// - Parameter isPlain: it knows no control sequences.
  init(_ descriptor: FileDescriptor, isPlain: Bool) throws(Errno) {
    self.descriptor = descriptor
    self.isPlain = isPlain
    var modes = termios()
    if tcgetattr(descriptor.rawValue, &modes) != 0 { throw Errno(rawValue: errno) }
    found = modes
  }

  /// Changes the mode; nothing that was typed is lost.
  func set(_ mode: Mode, on screen: Screen) {
    if self.mode == mode { return }
    let before = self.mode
    self.mode = mode
    apply()
    if isPlain { return }
    if before == .found {
      screen.append(Terminal.pastesAreMarked)
    } else if mode == .found {
      screen.append("\(Terminal.pastesAreNotMarked)")
    }
  }

  /// Sets the mode once more: another process has had the terminal.
  func setAgain(on screen: Screen) {
    apply()
    if !isPlain, mode != .found { screen.append(Terminal.pastesAreMarked) }
  }

  private func apply() {
    var modes = found
    let saved = Saved(descriptor: descriptor.rawValue, modes: found, isPlain: isPlain)
    Terminal.saved = mode == .found ? nil : saved
    if mode != .found {
      modes.c_lflag &= ~tcflag_t(ICANON | ECHO | ECHONL | IEXTEN)
      modes.c_iflag &= ~tcflag_t(ICRNL | INLCR | IGNCR | ISTRIP | IXON)
      modes.c_oflag |= tcflag_t(OPOST | ONLCR)
      setCharacter(VMIN, 1, &modes)
      setCharacter(VTIME, 0, &modes)
      if mode == .editing {
        modes.c_lflag &= ~tcflag_t(ISIG)
      } else {
        modes.c_lflag |= tcflag_t(ISIG)
      }
    }
    // An error is the terminal's end, which reading from it tells too.
    while tcsetattr(descriptor.rawValue, TCSANOW, &modes) != 0, errno == EINTR {}
  }

  private func setCharacter(_ index: Int32, _ value: cc_t, _ modes: inout termios) {
    withUnsafeMutableBytes(of: &modes.c_cc) { $0[Int(index)] = value }
  }

  /// Gives the terminal back as it was found, without what is queued for the screen: for the end of
  /// the process in a signal's handler too.
  static func restoreAtOnce() {
    guard let saved else { return }
    var modes = saved.modes
    tcsetattr(saved.descriptor, TCSANOW, &modes)
    if saved.isPlain { return }
    var poll = pollfd(fd: saved.descriptor, events: Int16(POLLOUT), revents: 0)
    // A terminal that takes nothing now would keep the process from ending.
    if Glibc.poll(&poll, 1, 0) == 1 {
      write(saved.descriptor, pastesAreNotMarked.utf8Start, pastesAreNotMarked.utf8CodeUnitCount)
    }
  }

  /// Reads what is there, without waiting.
  ///
  /// - Returns: false at the end: the terminal is gone.
  func read(into typed: inout TypedBytes) -> Bool {
    var poll = pollfd(fd: descriptor.rawValue, events: Int16(POLLIN), revents: 0)
    guard Glibc.poll(&poll, 1, 0) > 0 else { return true }
    let room = 4096
    return withUnsafeTemporaryAllocation(byteCount: room, alignment: 1) { buffer in
      let count = Glibc.read(descriptor.rawValue, buffer.baseAddress!, room)
      if count < 0 { return errno == EINTR || errno == EAGAIN }
      typed.append(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
      return count > 0
    }
  }

  /// Makes the C library count columns of UTF-8, whatever the locale.
  static func setLocale() {
    setlocale(LC_CTYPE, "")
    if let codes = nl_langinfo(Int32(CODESET)), String(cString: codes) == "UTF-8" { return }
    setlocale(LC_CTYPE, "C.UTF-8")
  }
}
