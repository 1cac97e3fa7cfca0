internal import Glibc

/// Bytes on their way: appended at the end, taken from the front. Its memory is kept and reused.
struct ByteQueue: ~Copyable {
  private var base: UnsafeMutableRawPointer
  private var capacity: Int
  private var start = 0
  private var end = 0

  init(capacity: Int = 64 << 10) {
    base = .allocate(byteCount: capacity, alignment: 16)
    self.capacity = capacity
  }

  deinit { base.deallocate() }

  var count: Int { end - start }
  var isEmpty: Bool { end == start }

  /// The queued bytes, lent until the queue is next changed.
  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base + start, count: count) }

  /// Room for at least `count` bytes behind the last one, lent until the queue is next changed.
  /// What was written there becomes part of the queue by ``append(reserved:)``.
  @inline(__always)
  mutating func reserve(_ count: Int) -> UnsafeMutableRawPointer {
    if capacity - end < count { makeRoom(count) }
    return base + end
  }

  /// Takes over the first `count` bytes of what ``reserve(_:)`` lent.
  @inline(__always)
  mutating func append(reserved count: Int) {
    end += count
    assert(end <= capacity)
  }

  @inline(__always)
  mutating func append(_ byte: UInt8) {
    reserve(1).storeBytes(of: byte, as: UInt8.self)
    end += 1
  }

  @inline(__always)
  mutating func append(_ bytes: UnsafeRawBufferPointer) {
    guard let source = bytes.baseAddress else { return }
    reserve(bytes.count).copyMemory(from: source, byteCount: bytes.count)
    end += bytes.count
  }

  /// The number's bytes in host order.
  @inline(__always)
  mutating func append<T: FixedWidthInteger & BitwiseCopyable>(native number: T) {
    reserve(MemoryLayout<T>.size).storeBytes(of: number, as: T.self)
    end += MemoryLayout<T>.size
  }

  /// Replaces bytes that have been appended.
  @inline(__always)
  mutating func patch(_ number: UInt32, at offset: Int) {
    assert(start + offset + 4 <= end)
    base.storeBytes(of: number, toByteOffset: start + offset, as: UInt32.self)
  }

  @inline(__always)
  mutating func append(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { append($0) }
  }

  @inline(__always)
  mutating func append(_ text: StaticString) {
    append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  mutating func append(text: String) {
    var text = text
    text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
  }

  /// Forgets the first `count` bytes.
  @inline(__always)
  mutating func removeFirst(_ count: Int) {
    start += count
    assert(start <= end)
    if start == end {
      start = 0
      end = 0
    }
  }

  /// Forgets what was appended after the queue held `count` bytes.
  mutating func truncate(to count: Int) {
    end = start + count
  }

  /// Moves the bytes to the front where that frees enough, else to a larger place.
  private mutating func makeRoom(_ wanted: Int) {
    let used = count
    if start > capacity / 2, capacity - used >= wanted {
      base.copyMemory(from: base + start, byteCount: used)
    } else {
      capacity = max(capacity * 2, used + wanted)
      let larger = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
      larger.copyMemory(from: base + start, byteCount: used)
      base.deallocate()
      base = larger
    }
    start = 0
    end = used
  }
}
