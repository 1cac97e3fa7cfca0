/// A packet whose text fills tcpdump's output buffer, whatever the display flags: a stack of MPLS
/// labels. Many other packets are not decoded under `-q`, or say little.
enum Pad {
  /// stdio's buffer for a pipe is 4096 bytes; a label's text has 31, and 140 of them suffice.
  private static let labels = 150

  static func append(_ stamp: Stamp, to stream: inout ByteQueue) {
    let length = UInt32(14 + 4 * labels)
    stream.append(native: stamp.seconds)
    stream.append(native: stamp.nanoseconds)
    stream.append(native: length)
    stream.append(native: length)
    stream.append(native: 0 as UInt64)
    stream.append(native: 0 as UInt32)
    stream.append(native: (0x8847 as UInt16).bigEndian)
    for index in 1...labels {
      let bottom: UInt32 = index == labels ? 0x100 : 0
      stream.append(native: (0xffff_feff | bottom).bigEndian)
    }
  }
}
