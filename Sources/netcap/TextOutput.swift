import Glibc
import SystemPackage

/// Whole texts to standard output or standard error, for commands that end when they are written.
enum TextOutput {
  /// Writes the text. A reader that has gone away, such as head(1), ends the process quietly.
  static func write(_ text: String, to descriptor: FileDescriptor) throws {
    do {
      try descriptor.writeAll(text.utf8)
    } catch Errno.brokenPipe {
      exit(0)
    }
  }
}
