internal import Glibc
package import SystemPackage

/// The descriptors that an event loop waits for, and which of them became ready: poll(2).
package struct PollSet {
  package struct Interest: OptionSet, Sendable {
    package let rawValue: Int16

    package init(rawValue: Int16) {
      self.rawValue = rawValue
    }

    package static let read = Interest(rawValue: Int16(POLLIN))
    package static let write = Interest(rawValue: Int16(POLLOUT))
  }

  private var entries: [pollfd] = []

  package init() {}

  package mutating func removeAll() {
    entries.removeAll(keepingCapacity: true)
  }

  /// Waits for `interest` too; one descriptor may be added more than once.
  package mutating func add(_ descriptor: FileDescriptor, _ interest: Interest) {
    for index in entries.indices where entries[index].fd == descriptor.rawValue {
      entries[index].events |= interest.rawValue
      return
    }
    entries.append(pollfd(fd: descriptor.rawValue, events: interest.rawValue, revents: 0))
  }

  /// Whether a read or write on the descriptor will not block: data, room, its end or an error.
  package func isReady(_ descriptor: FileDescriptor, _ interest: Interest) -> Bool {
    let any = interest.rawValue | Int16(POLLHUP | POLLERR | POLLNVAL)
    return entries.contains { $0.fd == descriptor.rawValue && $0.revents & any != 0 }
  }

  /// Waits until a descriptor is ready, the time has come (nil: for ever), or a signal arrives.
  ///
  /// - Returns: whether a descriptor is ready.
  @discardableResult
  package mutating func wait(until time: ContinuousClock.Instant?) -> Bool {
    var timeout: Int32 = -1
    if let time {
      let (seconds, attoseconds) = (time - .now).components
      // Rounded up: waking too early would mean to go round once more for nothing.
      let milliseconds =
        seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
      timeout = Int32(clamping: max(0, milliseconds))
    }
    let count = entries.withUnsafeMutableBufferPointer {
      poll($0.baseAddress, nfds_t($0.count), timeout)
    }
    if count <= 0 {
      for index in entries.indices { entries[index].revents = 0 }
    }
    return count > 0
  }
}
