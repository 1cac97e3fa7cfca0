internal import Glibc
internal import Kernel
internal import Session
package import Syntax
package import SystemPackage

/// The lines that were typed, in this session and before: a file that sessions share.
///
/// Each line is appended as it is typed, under a lock (flock(2)), so that sessions that run at the
/// same time lose nothing of each other's; a session sees what the others had typed before it began.
package final class History {
  /// How many lines are kept.
  static let limit = 10_000
  /// The file is shortened when a session begins and it has more lines than that.
  private static let fileLimit = 12_000
  /// No line is longer than that in the file, in bytes.
  private static let lineLimit = 16 << 10

  private let file: FilePath?
  /// Oldest first.
  package private(set) var lines: [String] = []
  /// Why the lines of this session are not kept for others.
  package private(set) var problem: Diagnostic?

  /// `history` in the user's state folder (``UserFolder/state``).
  package convenience init() {
    do throws(Errno) {
      self.init(file: try UserFolder.state.path().appending("history"))
    } catch {
      self.init(file: nil)
      problem = History.problem("the folder for the history cannot be made", error)
    }
  }

  /// - Parameter file: nil: only this session's lines are remembered.
  package init(file: FilePath?) {
    self.file = file
    do throws(Errno) { try load() } catch { fail(error) }
  }

  /// Keeps a line, unless it is empty, begins with a blank, or is the same as the last.
  ///
  /// - Returns: whether it is kept.
  @discardableResult
  package func add(_ line: String) -> Bool {
    guard let first = line.utf8.first, first != 32, first != 9, line != lines.last,
      line.utf8.count <= History.lineLimit, !line.utf8.contains(where: { $0 == 10 || $0 == 0 })
    else { return false }
    lines.append(line)
    if lines.count > History.limit { lines.removeFirst(lines.count - History.limit) }
    if problem == nil {
      do throws(Errno) { try append(line) } catch { fail(error) }
    }
    return true
  }

  private func fail(_ error: Errno) {
    problem = History.problem("the history cannot be kept in \(file?.string ?? "")", error)
  }

  private static func problem(_ message: String, _ error: Errno) -> Diagnostic {
    Diagnostic(.warning, "\(message): \(error)")
  }

  // MARK: - The file: one line after the other

  private func load() throws(Errno) {
    guard let descriptor = try open() else { return }
    defer { Glibc.close(descriptor) }
    let bytes = try FileDescriptor(rawValue: descriptor).rest()
    let all = bytes.split(separator: 10)
    lines = all.suffix(History.limit).map { String(decoding: $0, as: UTF8.self) }
    if all.count > History.fileLimit { try rewrite(all.suffix(History.limit)) }
  }

  private func append(_ line: String) throws(Errno) {
    guard let descriptor = try open() else { return }
    defer { Glibc.close(descriptor) }
    var bytes = Array((line + "\n").utf8)
    // A line that was cut off, by a full disk or the end of a process, is not continued.
    let end = lseek(descriptor, 0, SEEK_END)
    var last: UInt8 = 10
    if end > 0, pread(descriptor, &last, 1, end - 1) == 1, last != 10 { bytes.insert(10, at: 0) }
    try History.write(bytes, to: descriptor)
  }

  /// Opens the file and locks it. nil: there is none to be.
  private func open() throws(Errno) -> Int32? {
    guard let file else { return nil }
    while true {
      let descriptor = Glibc.open(file.string, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
      if descriptor < 0 { throw Errno(rawValue: errno) }
      var opened = stat()
      var named = stat()
      if flock(descriptor, LOCK_EX) == 0, fstat(descriptor, &opened) == 0,
        stat(file.string, &named) == 0, opened.st_ino == named.st_ino
      {
        return descriptor
      }
      let error = errno
      Glibc.close(descriptor)
      // Another session has put a shorter file in its place before the lock was ours.
      if opened.st_ino != 0, named.st_ino != 0 { continue }
      if error != ENOENT, error != EINTR { throw Errno(rawValue: error) }
    }
  }

  /// Puts a file with these lines in the place of the one that is locked.
  private func rewrite(_ lines: ArraySlice<ArraySlice<UInt8>>) throws(Errno) {
    guard let file else { return }
    let shorter = file.string + ".new"
    let descriptor = Glibc.open(shorter, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    if descriptor < 0 { throw Errno(rawValue: errno) }
    defer { Glibc.close(descriptor) }
    try History.write(Array(lines.joined(separator: [10])) + [10], to: descriptor)
    if rename(shorter, file.string) != 0 { throw Errno(rawValue: errno) }
  }

  private static func write(_ bytes: [UInt8], to descriptor: Int32) throws(Errno) {
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress! + done, bytes.count - done)
      }
      if count >= 0 { done += count } else if errno != EINTR { throw Errno(rawValue: errno) }
    }
  }
}
