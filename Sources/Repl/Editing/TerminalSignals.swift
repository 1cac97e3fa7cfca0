internal import Glibc
internal import SystemPackage

/// SIGWINCH and SIGCONT as something that poll(2) can wait for.
struct TerminalSignals {
  /// Write end of the pipe, for the handler.
  // Set once, before the handlers are installed.
  nonisolated(unsafe) private static var writeEnd: Int32 = -1

  /// Readable when one of the signals has come.
  let descriptor: FileDescriptor

  /// Installs the handlers.
  init() throws(Errno) {
    var ends: [Int32] = [0, 0]
    if pipe(&ends) != 0 { throw Errno(rawValue: errno) }
    for end in ends {
      if fcntl(end, F_SETFD, FD_CLOEXEC) != 0 || fcntl(end, F_SETFL, O_NONBLOCK) != 0 {
        throw Errno(rawValue: errno)
      }
    }
    descriptor = FileDescriptor(rawValue: ends[0])
    TerminalSignals.writeEnd = ends[1]
    for number in [SIGWINCH, SIGCONT] {
      var action = sigaction()
      action.__sigaction_handler.sa_handler = { number in
        let saved = errno
        var byte = UInt8(truncatingIfNeeded: number)
        _ = write(TerminalSignals.writeEnd, &byte, 1)
        errno = saved
      }
      action.sa_flags = SA_RESTART
      if sigaction(number, &action, nil) != 0 { throw Errno(rawValue: errno) }
    }
  }

  /// Which of the signals have come since the last call.
  func take() -> (resized: Bool, continued: Bool) {
    var result = (resized: false, continued: false)
    var byte: UInt8 = 0
    while read(descriptor.rawValue, &byte, 1) == 1 {
      if Int32(byte) == SIGWINCH { result.resized = true } else { result.continued = true }
    }
    return result
  }

  /// Stops the process group, as the terminal does at ^Z, and comes back when it goes on.
  func stop() {
    kill(0, SIGTSTP)
    // Where the signal reaches another thread first, the process stops in here.
    var poll = pollfd(fd: descriptor.rawValue, events: Int16(POLLIN), revents: 0)
    Glibc.poll(&poll, 1, 100)
    _ = take()
  }
}
