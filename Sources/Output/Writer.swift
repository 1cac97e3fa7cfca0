internal import Glibc
internal import Syntax
package import SystemPackage

/// The one writer of a descriptor: nothing else in the process writes to it.
///
/// Never blocks: what a pipe or a terminal does not take at once stays queued until poll(2) says
/// that there is room. Only files are written at once. SIGPIPE must be ignored by the process.
package final class Writer {
  private let descriptor: FileDescriptor
  private let name: String
  private let pace: Pace
  private let ownsDescriptor: Bool
  // Run-time checks of exclusive access would cost more than the work: nothing that is called while
  // these are modified calls back.
  @exclusivity(unchecked) var queue = ByteQueue()
  /// Bytes written so far.
  private(set) var written: UInt64 = 0

  /// How a descriptor takes writes.
  private enum Pace {
    /// A file or device that takes any length.
    case atOnce
    /// An open file description of our own with O_NONBLOCK.
    case nonblocking
    /// One that is shared with other processes and may block: POSIX promises that PIPE_BUF bytes
    /// fit where poll(2) says that a pipe can be written.
    case polled
    /// Nothing is written: somebody takes it (``takeLines(upTo:_:)``).
    case kept
  }

  /// The sessions stops handing out packets while more than this is queued.
  static let limit = 1 << 20
  /// What is worth a system call of its own.
  static let chunk = 64 << 10

  /// Writes to `descriptor`, which stays the caller's to close. `name` is for messages.
  package init(_ descriptor: FileDescriptor, name: String) {
    self.name = name
    var info = stat()
    let mode = fstat(descriptor.rawValue, &info) == 0 ? info.st_mode & S_IFMT : 0
    guard mode == S_IFIFO || isatty(descriptor.rawValue) == 1 else {
      self.descriptor = descriptor
      ownsDescriptor = false
      pace = mode == S_IFSOCK ? .polled : .atOnce
      return
    }
    // O_NONBLOCK belongs to the open file description, which the shell and others may share: so
    // the same pipe or terminal is opened once more, for netcap alone.
    do {
      self.descriptor = try FileDescriptor.open(
        "/proc/self/fd/\(descriptor.rawValue)", .writeOnly,
        options: [.nonBlocking, .closeOnExec, .init(rawValue: O_NOCTTY)])
      ownsDescriptor = true
      pace = .nonblocking
    } catch {
      self.descriptor = descriptor
      ownsDescriptor = false
      pace = .polled
    }
  }

  /// Keeps what it is given until that is taken.
  package init(keeping name: String) {
    self.name = name
    descriptor = FileDescriptor(rawValue: -1)
    ownsDescriptor = false
    pace = .kept
  }

  /// Takes whole lines out of the queue.
  ///
  /// - Parameters:
  ///   - limit: bytes, if the first line has no more.
  ///   - body: is lent them, if there are any.
  package func takeLines(upTo limit: Int, _ body: (UnsafeRawBufferPointer) -> Void) {
    let bytes = queue.bytes
    if bytes.isEmpty { return }
    let newline = UInt8(ascii: "\n")
    let first = bytes[..<min(limit, bytes.count)].lastIndex(of: newline)
    guard let end = first ?? bytes.firstIndex(of: newline) else { return }
    body(UnsafeRawBufferPointer(rebasing: bytes[...end]))
    queue.removeFirst(end + 1)
  }

  deinit {
    // Nothing is lost by an error here: what was written, write(2) has answered for.
    if ownsDescriptor { close(descriptor.rawValue) }
  }

  package var isEmpty: Bool { queue.isEmpty }
  private var isKept: Bool { if case .kept = pace { true } else { false } }
  package var hasRoom: Bool { queue.count < Writer.limit }

  package func append(_ text: String) { queue.append(text: text) }
  package func append(_ bytes: UnsafeRawBufferPointer) { queue.append(bytes) }

  package func addInterests(to set: inout PollSet) {
    if !queue.isEmpty, !isKept { set.add(descriptor, .write) }
  }

  /// Writes as much as can be written without blocking.
  package func flush() throws(OutputError) {
    if queue.isEmpty || isKept { return }
    var done = 0
    defer { queue.removeFirst(done) }
    try write(queue.bytes, done: &done)
  }

  /// Queues bytes and writes, like ``flush()``; what can be written at once is not copied.
  func send(_ bytes: UnsafeRawBufferPointer) throws(OutputError) {
    try flush()
    var done = 0
    if queue.isEmpty, !isKept { try write(bytes, done: &done) }
    queue.append(UnsafeRawBufferPointer(rebasing: bytes[done...]))
  }

  /// - Parameter done: how many of the bytes have been written, also after an error.
  private func write(
    _ bytes: UnsafeRawBufferPointer, done: inout Int
  ) throws(OutputError) {
    while done < bytes.count {
      var length = bytes.count - done
      if case .polled = pace {
        length = min(length, Int(PIPE_BUF))
        var poll = pollfd(fd: descriptor.rawValue, events: Int16(POLLOUT), revents: 0)
        if Glibc.poll(&poll, 1, 0) <= 0 { return }
      }
      let count = Glibc.write(descriptor.rawValue, bytes.baseAddress! + done, length)
      if count >= 0 {
        done += count
        written += UInt64(count)
        continue
      }
      switch Errno(rawValue: errno) {
      case .interrupted: continue
      case .wouldBlock: return
      case .brokenPipe: throw .closed
      case let error:
        throw .failed(Diagnostic(.error, "cannot write to \(name): \(error)"))
      }
    }
  }

  /// Forgets what is queued.
  func discard() {
    queue.removeFirst(queue.count)
  }

  /// Writes if enough is queued for a write to be worth its while.
  @inline(__always)
  func flushIfLarge() throws(OutputError) {
    if queue.count >= Writer.chunk { try flush() }
  }
}
