internal import CProcess
package import SystemPackage

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Both ends of a pipe, closed with it and on exec: pipe(7).
package struct Pipe: ~Copyable {
  private var reader: FileDescriptor?
  private var writer: FileDescriptor?

  /// - Parameter capacity: bytes that it should hold, if this user may have that much.
  package init(capacity: Int = 0) throws(Errno) {
    var ends: [Int32] = [0, 0]
    let result = nc_pipe(&ends, Int32(clamping: capacity))
    if result < 0 { throw Errno(rawValue: -result) }
    reader = FileDescriptor(rawValue: ends[0])
    writer = FileDescriptor(rawValue: ends[1])
  }

  deinit {
    // An error of close(2) on a pipe loses nothing.
    if let reader { close(reader.rawValue) }
    if let writer { close(writer.rawValue) }
  }

  /// The end to read from, while it is open.
  package var readEnd: FileDescriptor? { reader }
  /// The end to write to, while it is open.
  package var writeEnd: FileDescriptor? { writer }

  package mutating func closeReadEnd() {
    if let reader { close(reader.rawValue) }
    reader = nil
  }

  package mutating func closeWriteEnd() {
    if let writer { close(writer.rawValue) }
    writer = nil
  }
}

/// Makes reads and writes of the open file description fail with EAGAIN rather than wait.
package func setNonblocking(_ descriptor: FileDescriptor) throws(Errno) {
  let flags = fcntl(descriptor.rawValue, F_GETFL)
  if flags < 0 || fcntl(descriptor.rawValue, F_SETFL, flags | O_NONBLOCK) < 0 {
    throw Errno(rawValue: errno)
  }
}
