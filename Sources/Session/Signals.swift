internal import Glibc
package import SystemPackage

/// SIGINT, SIGTERM and SIGHUP as something that poll(2) can wait for.
///
/// The handler only writes to a pipe; one request to end is enough. One that comes a second or more
/// later ends the process at once, for when the first does not get through. (timeout(1) sends two
/// in a row.)
package enum Signals {
  /// Write end of the pipe, for the handler. Set once, before the handlers are installed.
  nonisolated(unsafe) private static var writeEnd: Int32 = -1
  /// When the first signal came, CLOCK_MONOTONIC seconds; 0: none yet. Only touched by the handler,
  /// which the signals it handles do not interrupt.
  nonisolated(unsafe) private static var firstSeconds = 0

  /// Installs the handlers and ignores SIGPIPE: writes then fail with EPIPE.
  ///
  /// - Returns: a descriptor that becomes readable when the session is to end.
  package static func install() throws(Errno) -> FileDescriptor {
    var ends: [Int32] = [0, 0]
    if pipe(&ends) != 0 { throw Errno(rawValue: errno) }
    for end in ends {
      if fcntl(end, F_SETFD, FD_CLOEXEC) != 0 || fcntl(end, F_SETFL, O_NONBLOCK) != 0 {
        throw Errno(rawValue: errno)
      }
    }
    writeEnd = ends[1]
    signal(SIGPIPE, SIG_IGN)
    for number in [SIGINT, SIGTERM, SIGHUP] {
      var action = sigaction()
      action.__sigaction_handler.sa_handler = { number in
        let saved = errno
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        if Signals.firstSeconds == 0 {
          Signals.firstSeconds = max(1, now.tv_sec)
        } else if now.tv_sec > Signals.firstSeconds + 1 {
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
}
