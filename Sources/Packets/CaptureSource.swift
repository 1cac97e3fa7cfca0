package import SystemPackage

/// Why a capture file could not be read, or not further.
package enum CaptureError: Error, Equatable, CustomStringConvertible {
  case system(Errno)
  /// Neither pcap nor pcapng.
  case notACapture
  /// Of a kind that netcap does not read.
  case unsupported(String)
  /// The file ends in the middle of something that begins at this offset.
  case truncated(offset: Int)
  /// What is at this offset contradicts itself or the format.
  case corrupt(String, offset: Int)

  package var description: String {
    switch self {
    case .system(let error): error.description
    case .notACapture: "neither a pcap nor a pcapng file"
    case .unsupported(let what): "\(what) is not supported"
    case .truncated(let offset): "the file is cut short: what begins at byte \(offset) is not whole"
    case .corrupt(let what, let offset): "damaged at byte \(offset): \(what)"
    }
  }
}

/// The bytes of a file or pipe, in order, as many at a time as are asked for.
struct CaptureSource: ~Copyable {
  private let descriptor: FileDescriptor?
  private var buffer: UnsafeMutableRawBufferPointer
  /// What of the buffer has been read and not been consumed: from `begin` to `end`.
  private var begin = 0
  private var end = 0
  private var isAtEnd = false
  /// How many bytes of the file have been consumed.
  private(set) var offset = 0

  /// Reads from a descriptor, and closes it in the end.
  init(_ descriptor: FileDescriptor) {
    self.descriptor = descriptor
    buffer = .allocate(byteCount: 256 << 10, alignment: 16)
  }

  init(_ bytes: [UInt8]) {
    descriptor = nil
    buffer = .allocate(byteCount: max(1, bytes.count), alignment: 16)
    buffer.copyBytes(from: bytes)
    end = bytes.count
    isAtEnd = true
  }

  deinit {
    buffer.deallocate()
    if let descriptor {
      do {
        try descriptor.close()
      } catch {
        // Nothing was written: there is nothing to lose.
      }
    }
  }

  /// Reads on until `count` bytes can be lent.
  ///
  /// - Returns: how many can be: fewer than asked for at the end of the file.
  @inline(__always)
  mutating func prepare(_ count: Int) throws(CaptureError) -> Int {
    if end - begin >= count { return count }
    return try read(count)
  }

  @inline(never)
  private mutating func read(_ count: Int) throws(CaptureError) -> Int {
    while end - begin < count, !isAtEnd, let descriptor {
      makeRoom(for: count)
      do {
        let room = UnsafeMutableRawBufferPointer(rebasing: buffer[end...])
        let got = try descriptor.read(into: room)
        end += got
        isAtEnd = got == 0
      } catch let error as Errno {
        throw .system(error)
      } catch {
        throw .system(.ioError)
      }
    }
    return min(count, end - begin)
  }

  /// The next `count` bytes, which have been prepared; valid until the next call that changes this.
  @inline(__always)
  borrowing func lend(_ count: Int) -> UnsafeRawBufferPointer {
    precondition(count >= 0 && count <= end - begin)
    return UnsafeRawBufferPointer(
      start: buffer.baseAddress.unsafelyUnwrapped + begin, count: count)
  }

  /// Goes on behind the next `count` bytes, which have been prepared.
  @inline(__always)
  mutating func consume(_ count: Int) {
    precondition(count >= 0 && count <= end - begin)
    begin += count
    offset += count
  }

  private mutating func makeRoom(for count: Int) {
    guard buffer.count - begin < count else { return }
    let rest = UnsafeRawBufferPointer(rebasing: buffer[begin..<end])
    if count <= buffer.count {
      buffer.baseAddress!.copyMemory(from: rest.baseAddress!, byteCount: rest.count)
    } else {
      let larger = UnsafeMutableRawBufferPointer.allocate(
        byteCount: max(count, 2 * buffer.count), alignment: 16)
      larger.copyMemory(from: rest)
      buffer.deallocate()
      buffer = larger
    }
    (begin, end) = (0, rest.count)
  }
}

/// Numbers in lent bytes, of either byte order.
struct CaptureFields {
  let bytes: UnsafeRawBufferPointer
  let isSwapped: Bool

  func u16(_ offset: Int) -> UInt16 { number(offset) }
  func u32(_ offset: Int) -> UInt32 { number(offset) }
  func u64(_ offset: Int) -> UInt64 { number(offset) }

  /// A 64-bit number whose upper half stands first in either byte order.
  func upperFirst(_ offset: Int) -> UInt64 {
    UInt64(u32(offset)) << 32 | UInt64(u32(offset + 4))
  }

  subscript(range: Range<Int>) -> CaptureFields {
    CaptureFields(bytes: UnsafeRawBufferPointer(rebasing: bytes[range]), isSwapped: isSwapped)
  }

  private func number<Number: FixedWidthInteger>(_ offset: Int) -> Number {
    let number = bytes.loadUnaligned(fromByteOffset: offset, as: Number.self)
    return isSwapped ? number.byteSwapped : number
  }
}
