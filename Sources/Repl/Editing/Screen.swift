internal import Glibc
package import Output
package import SystemPackage

/// The terminal as what is written to: one queue, in order, that never blocks.
package final class Screen {
  private let writer: Writer
  private let descriptor: FileDescriptor
  /// Its user wants colours (https://no-color.org) and it can show them.
  package let showsColours: Bool
  /// It has no control sequences, or none that are known.
  package let isPlain: Bool
  /// Whole lines that wait for their place above the prompt.
  private(set) var above: [UInt8] = []

  /// More than this is not queued: the sessions stops reading events.
  private static let limit = 1 << 20

  /// - Parameter descriptor: a terminal; stays the caller's to close.
  package init(_ descriptor: FileDescriptor) {
    self.descriptor = descriptor
    writer = Writer(descriptor, name: "the terminal")
    func variable(_ name: String) -> String { getenv(name).map { String(cString: $0) } ?? "" }
    isPlain = ["", "dumb", "unknown"].contains(variable("TERM"))
    showsColours = !isPlain && variable("NO_COLOR").isEmpty
  }

  /// In rows and columns, now; 24 times 80 where the terminal does not say.
  package var size: (rows: Int, columns: Int) {
    var size = winsize()
    guard ioctl(descriptor.rawValue, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0
    else { return (24, 80) }
    return (Int(size.ws_row), Int(size.ws_col))
  }

  /// Everything has been taken by the terminal, but for what waits for its place above the prompt.
  package var isEmpty: Bool { writer.isEmpty }
  /// Whether more output should be made now.
  package var hasRoom: Bool { writer.hasRoom && above.count < Screen.limit }

  package func append(_ text: String) { writer.append(text) }
  package func append(_ bytes: UnsafeRawBufferPointer) { writer.append(bytes) }

  func append(_ bytes: [UInt8]) { bytes.withUnsafeBytes { writer.append($0) } }

  /// Keeps lines for ``moveAbove()``.
  func keepAbove(_ bytes: UnsafeRawBufferPointer) { above.append(contentsOf: bytes) }

  /// Queues the lines that were kept.
  func moveAbove() {
    append(above)
    if above.last != UInt8(ascii: "\n") { append("\n") }
    above.removeAll(keepingCapacity: above.count < 64 << 10)
  }

  package func addInterests(to set: inout PollSet) { writer.addInterests(to: &set) }

  /// Writes as much as the terminal takes without blocking.
  package func flush() throws(OutputError) { try writer.flush() }
}
