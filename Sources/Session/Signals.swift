internal import Glibc
package import SystemPackage

/// SIGINT, SIGTERM and SIGHUP as something that poll(2) can wait for.
///
/// The handler only writes to a pipe; one request to end is enough. One that comes a second or more
/// later ends the process at once, for when the first does not get through. (timeout(1) sends two
/// in a row.) At a prompt SIGINT is no request to end, and may come as often as it likes.
package enum Signals {
  /// Write end of the pipe, for the handler. Set once, before the handlers are installed.
  nonisolated(unsafe) private static var writeEnd: Int32 = -1
  /// When the first signal came, CLOCK_MONOTONIC seconds; 0: none yet. Only touched by the handler,
  /// which the signals it handles do not interrupt.
  nonisolated(unsafe) private static var firstSeconds = 0

  /// Read end of the pipe, for ``take()``. Set once, with the other end.
  nonisolated(unsafe) private static var readEnd: Int32 = -1
  /// SIGINT ends nothing. Set once, before the handlers are installed.
  nonisolated(unsafe) private static var isAtPrompt = false
  /// Called before the process is ended at once. Set once, before the handlers are installed.
  nonisolated(unsafe) private static var lastWords: @convention(c) () -> Void = {}

  /// Installs the handlers and ignores SIGPIPE: writes then fail with EPIPE.
  ///
  /// - Parameters:
  ///   - isAtPrompt: SIGINT interrupts what is being done, and is to be taken by ``take()``.
  ///   - lastWords: called in a handler before it ends the process: async-signal-safe.
  /// - Returns: a descriptor that becomes readable when the session is to end.
  package static func install(
    forPrompt isAtPrompt: Bool = false, lastWords: @escaping @convention(c) () -> Void = {}
  ) throws(Errno) -> FileDescriptor {
    self.isAtPrompt = isAtPrompt
    self.lastWords = lastWords
    var ends: [Int32] = [0, 0]
    if pipe(&ends) != 0 { throw Errno(rawValue: errno) }
    for end in ends {
      if fcntl(end, F_SETFD, FD_CLOEXEC) != 0 || fcntl(end, F_SETFL, O_NONBLOCK) != 0 {
        throw Errno(rawValue: errno)
      }
    }
    readEnd = ends[0]
    writeEnd = ends[1]
    signal(SIGPIPE, SIG_IGN)
    for number in [SIGINT, SIGTERM, SIGHUP] {
      var action = sigaction()
      action.__sigaction_handler.sa_handler = { number in
        let saved = errno
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        if Signals.isAtPrompt, number == SIGINT {
        } else if Signals.firstSeconds == 0 {
          Signals.firstSeconds = max(1, now.tv_sec)
        } else if now.tv_sec > Signals.firstSeconds + 1 {
          Signals.lastWords()
          _exit(128 + number)
        }
        var byte = UInt8(truncatingIfNeeded: number)
        _ = write(Signals.writeEnd, &byte, 1)
        errno = saved
      }
      for other in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&action.sa_mask, other) }
      // A SIGHUP that nohup(1) has had ignored stays ignored.
      var before = sigaction()
      if number == SIGHUP, sigaction(number, nil, &before) == 0,
        unsafeBitCast(before.__sigaction_handler.sa_handler, to: Int.self)
          == unsafeBitCast(SIG_IGN, to: Int.self)
      {
        continue
      }
      if sigaction(number, &action, nil) != 0 { throw Errno(rawValue: errno) }
    }
    return FileDescriptor(rawValue: ends[0])
  }

  /// The signal that came first of those that were not taken yet; nil: none.
  package static func take() -> Int32? {
    var byte: UInt8 = 0
    return read(readEnd, &byte, 1) == 1 ? Int32(byte) : nil
  }
}
