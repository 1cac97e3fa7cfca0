internal import Glibc
internal import SystemPackage

/// Lines of an input that is no terminal.
final class LineSource {
  private let descriptor: FileDescriptor
  private var bytes: [UInt8] = []
  private var isAtEnd = false

  init(_ descriptor: FileDescriptor) { self.descriptor = descriptor }

  /// The next line, without its newline; nil at the end.
  ///
  /// - Parameter wait: returns when the descriptor is readable, or false if no line is wanted any more.
  func next(wait: (FileDescriptor) -> Bool) -> String? {
    var searched = 0
    while true {
      if let end = bytes[searched...].firstIndex(of: 10) {
        let text = bytes[..<end]
        let line = String(
          decoding: text.last == 13 ? text.dropLast() : text, as: UTF8.self)
        bytes.removeSubrange(...end)
        return line
      }
      if isAtEnd {
        if bytes.isEmpty { return nil }
        defer { bytes = [] }
        return String(decoding: bytes, as: UTF8.self)
      }
      searched = bytes.count
      if !wait(descriptor) { return nil }
      var chunk = [UInt8](repeating: 0, count: 4096)
      let count = read(descriptor.rawValue, &chunk, chunk.count)
      if count > 0 { bytes += chunk[..<count] }
      if count == 0 || count < 0 && errno != EINTR && errno != EAGAIN { isAtEnd = true }
    }
  }
}
