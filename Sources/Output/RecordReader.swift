/// Reads what was put into a record's head.
struct RecordReader {
  private var bytes: UnsafeRawBufferPointer

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  mutating func number() -> UInt32 {
    defer { bytes = UnsafeRawBufferPointer(rebasing: bytes[4...]) }
    return bytes.loadUnaligned(as: UInt32.self)
  }

  mutating func bytes(_ count: Int) -> UnsafeRawBufferPointer {
    defer { bytes = UnsafeRawBufferPointer(rebasing: bytes[count...]) }
    return UnsafeRawBufferPointer(rebasing: bytes[..<count])
  }

  var rest: UnsafeRawBufferPointer { bytes }
}
