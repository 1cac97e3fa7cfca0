internal import Language
internal import Syntax

extension ByteQueue {
  /// The name as far as it is harmless on a terminal; other bytes as `\x1b`.
  mutating func append(name: KernelName) {
    withUnsafeBytes(of: name.words) { bytes in
      let length = bytes.prefix(15).firstIndex(of: 0) ?? 15
      let text = UnsafeRawBufferPointer(rebasing: bytes[..<length])
      if harmlessPrefix(text, from: 0) == length {
        append(text)
      } else {
        appendEscaped(text)
      }
    }
  }

  /// Text of tcpdump, which has only ASCII, line ends and tabs; anything else as `\x1b`.
  mutating func append(terminalSafe text: UnsafeRawBufferPointer) {
    var start = 0
    var at = 0
    while at < text.count {
      at = harmlessPrefix(text, from: at)
      if at == text.count { break }
      let byte = text[at]
      if byte == 0x0A || byte == 0x09 {
        at += 1
        continue
      }
      append(UnsafeRawBufferPointer(rebasing: text[start..<at]))
      append(escape: byte)
      at += 1
      start = at
    }
    append(UnsafeRawBufferPointer(rebasing: text[start...]))
  }

  /// `\x1b`
  mutating func append(escape byte: UInt8) {
    append("\\x")
    append(hex: UInt64(byte), digits: 2)
  }

  /// Characters beyond ASCII stay where they are valid UTF-8 and no control characters.
  private mutating func appendEscaped(_ text: UnsafeRawBufferPointer) {
    var decoder = UTF8()
    var rest = text.makeIterator()
    var start = 0
    decoding: while true {
      switch decoder.decode(&rest) {
      case .scalarValue(let scalar):
        let length = UTF8.width(scalar)
        let character = UnsafeRawBufferPointer(rebasing: text[start..<(start + length)])
        let isSafe = scalar != "\t" && String(scalar).terminalSafe == String(scalar)
        if isSafe {
          append(character)
        } else {
          for byte in character { append(escape: byte) }
        }
        start += length
      case .error:
        append(escape: text[start])
        start += 1
        decoder = UTF8()
        rest = UnsafeRawBufferPointer(rebasing: text[start...]).makeIterator()
      case .emptyInput: break decoding
      }
    }
  }
}

/// The first byte at or after `start` that is not printable ASCII, or the end; eight bytes at a time.
@inline(__always)
func harmlessPrefix(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
  var at = start
  while at + 8 <= bytes.count {
    let word = bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self)
    // The top bit of a byte is set by 0x80…0xFF, by adding 1 to 0x7F, and by taking 0x20 off less.
    let high: UInt64 = 0x8080_8080_8080_8080
    let suspicious =
      (word | (word &+ 0x0101_0101_0101_0101) | (word &- 0x2020_2020_2020_2020)) & high
    // Borrows and carries can only add false alarms above the first suspicious byte.
    if suspicious != 0 { return at + suspicious.trailingZeroBitCount / 8 }
    at += 8
  }
  while at < bytes.count, bytes[at] >= 0x20, bytes[at] < 0x7F { at += 1 }
  return at
}
