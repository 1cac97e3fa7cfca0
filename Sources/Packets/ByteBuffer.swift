/// Contiguous raw memory that grows: what a packet is encoded into without an allocation of its own.
///
/// Numbers are appended in host order unless the name says otherwise.
package struct ByteBuffer: ~Copyable {
  private var storage: UnsafeMutableRawBufferPointer
  /// Bytes that hold something.
  package private(set) var count = 0

  package init(capacity: Int = 65536) {
    storage = .allocate(byteCount: max(64, capacity), alignment: 16)
  }

  deinit {
    storage.deallocate()
  }

  package var isEmpty: Bool { count == 0 }

  /// Forgets what is in the buffer; keeps the memory.
  package mutating func removeAll() {
    count = 0
  }

  /// Forgets everything from an offset on.
  package mutating func truncate(to length: Int) {
    precondition(0...count ~= length)
    count = length
  }

  /// Lends the bytes.
  package borrowing func withUnsafeBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(UnsafeRawBufferPointer(rebasing: storage[..<count]))
  }

  package mutating func append(_ bytes: UnsafeRawBufferPointer) {
    guard let source = bytes.baseAddress, bytes.count > 0 else { return }
    extend(by: bytes.count).copyMemory(from: source, byteCount: bytes.count)
  }

  /// Appends `count` bytes, all of which `fill` writes.
  @inline(__always)
  package mutating func append(_ count: Int, fill: (UnsafeMutableRawPointer) -> Void) {
    fill(extend(by: count))
  }

  package mutating func append(_ text: String) {
    var text = text
    text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
  }

  package mutating func append(_ text: StaticString) {
    text.withUTF8Buffer { append(UnsafeRawBufferPointer($0)) }
  }

  package mutating func append<Number: FixedWidthInteger>(number: Number) {
    extend(by: MemoryLayout<Number>.size).storeBytes(of: number, as: Number.self)
  }

  /// Zero bytes.
  package mutating func append(zeros count: Int) {
    extend(by: count).initializeMemory(as: UInt8.self, repeating: 0, count: count)
  }

  /// A number as decimal digits.
  package mutating func append(decimal number: UInt64) {
    var rest = number
    var digits = 1
    while case let next = rest / 10, next > 0 {
      rest = next
      digits += 1
    }
    let start = extend(by: digits)
    rest = number
    for index in stride(from: digits - 1, through: 0, by: -1) {
      start.storeBytes(
        of: UInt8(ascii: "0") + UInt8(rest % 10), toByteOffset: index, as: UInt8.self)
      rest /= 10
    }
  }

  /// A number as hexadecimal digits, without a prefix.
  package mutating func append(hexadecimal number: UInt64) {
    let digits = max(1, (64 - number.leadingZeroBitCount + 3) / 4)
    let start = extend(by: digits)
    for index in 0..<digits {
      let digit = UInt8(truncatingIfNeeded: number >> UInt64(4 * (digits - 1 - index))) & 0xf
      start.storeBytes(
        of: digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10,
        toByteOffset: index, as: UInt8.self)
    }
  }

  /// Overwrites the number at an offset, for a length that is known only afterwards.
  package mutating func replace<Number: FixedWidthInteger>(at offset: Int, with number: Number) {
    precondition(offset >= 0 && offset + MemoryLayout<Number>.size <= count)
    storage.storeBytes(of: number, toByteOffset: offset, as: Number.self)
  }

  /// Makes room for `more` bytes behind the last and counts them in: the caller fills them.
  @inline(__always)
  private mutating func extend(by more: Int) -> UnsafeMutableRawPointer {
    let needed = count + more
    if needed > storage.count { grow(to: needed) }
    defer { count = needed }
    return storage.baseAddress! + count
  }

  @inline(never)
  private mutating func grow(to needed: Int) {
    let larger = UnsafeMutableRawBufferPointer.allocate(
      byteCount: max(needed, storage.count * 2), alignment: 16)
    larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: storage[..<count]))
    storage.deallocate()
    storage = larger
  }
}
