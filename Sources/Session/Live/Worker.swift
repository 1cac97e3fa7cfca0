internal import Glibc
internal import Synchronization
internal import SystemPackage

/// A thread that does one thing after the other, beside the one that shows events.
final class Worker {
  private let queue: Queue
  private let writer: Int32

  init() throws(Errno) {
    let ends = try Self.pipe()
    queue = Queue(reader: ends[0])
    writer = ends[1]
    // Signals are the other thread's.
    var all = sigset_t()
    var before = sigset_t()
    sigfillset(&all)
    pthread_sigmask(SIG_BLOCK, &all, &before)
    var thread = pthread_t()
    let argument = Unmanaged.passRetained(queue)
    let result = pthread_create(
      &thread, nil,
      { argument in
        if let argument { Unmanaged<Queue>.fromOpaque(argument).takeRetainedValue().work() }
        return nil
      }, argument.toOpaque())
    pthread_sigmask(SIG_SETMASK, &before, nil)
    guard result == 0 else {
      argument.release()
      throw Errno(rawValue: result)
    }
    pthread_detach(thread)
  }

  // The thread ends with what it is at.
  deinit { close(writer) }

  /// Has something done when all before it is.
  func start<Value>(_ work: @escaping () -> Value) throws(Errno) -> Job<Value> {
    let ends = try Self.pipe()
    let job = Job<Value>(done: FileDescriptor(rawValue: ends[0]))
    let handed = HandedOver(value: (job, work))
    let end = ends[1]
    queue.jobs.withLock {
      $0.append {
        handed.value.0.result = handed.value.1()
        close(end)
      }
    }
    var byte: UInt8 = 1
    while write(writer, &byte, 1) < 0, errno == EINTR {}
    return job
  }

  private static func pipe() throws(Errno) -> [Int32] {
    var ends: [Int32] = [0, 0]
    if Glibc.pipe(&ends) != 0 { throw Errno(rawValue: errno) }
    for end in ends where fcntl(end, F_SETFD, FD_CLOEXEC) != 0 {
      throw Errno(rawValue: errno)
    }
    return ends
  }

  private final class Queue: Sendable {
    let jobs = Mutex<[@Sendable () -> Void]>([])
    private let reader: Int32

    init(reader: Int32) { self.reader = reader }

    deinit { close(reader) }

    func work() {
      var byte: UInt8 = 0
      while true {
        let count = read(reader, &byte, 1)
        if count < 0, errno == EINTR { continue }
        if count != 1 { return }
        let job = jobs.withLock { $0.removeFirst() }
        job()
      }
    }
  }
}

/// Something that a ``Worker`` does.
final class Job<Value> {
  /// Readable when it is done.
  let done: FileDescriptor
  /// Nil before that.
  fileprivate(set) var result: Value?

  fileprivate init(done: FileDescriptor) { self.done = done }

  deinit { close(done.rawValue) }
}

// The worker has it from when it is handed over until the job is done, and nobody else looks at it.
private struct HandedOver<Value>: @unchecked Sendable {
  let value: Value
}
