/// The eight decimal digits of a number below 100,000,000 as ASCII, the first in the lowest byte.
///
/// All are divided at once: by 10,000, then the halves by 100, then the quarters by 10.
@inline(__always)
func eightDigits(_ number: UInt32) -> UInt64 { decimalBytes(number) | 0x3030_3030_3030_3030 }

/// The eight decimal digits of a number below 100,000,000 as bytes 0…9, the first in the lowest.
@inline(__always)
private func decimalBytes(_ number: UInt32) -> UInt64 {
  let (high, low) = number.quotientAndRemainder(dividingBy: 10_000)
  let halves = UInt64(high) | UInt64(low) << 32
  let hundreds = ((halves &* 10_486) >> 20) & 0x0000_007f_0000_007f
  let quarters = hundreds | (halves &- hundreds &* 100) << 16
  let tens = ((quarters &* 103) >> 10) & 0x000f_000f_000f_000f
  return tens | (quarters &- tens &* 10) << 8
}

/// The sixteen hexadecimal digits of a number as ASCII, the first in the lowest byte of the first.
@inline(__always)
func sixteenHexDigits(_ number: UInt64) -> (UInt64, UInt64) {
  (eightHexDigits(UInt32(number >> 32)), eightHexDigits(UInt32(truncatingIfNeeded: number)))
}

@inline(__always)
private func eightHexDigits(_ number: UInt32) -> UInt64 {
  // A nibble to each byte, the first to the lowest.
  var nibbles = UInt64(number.byteSwapped)
  nibbles = (nibbles | nibbles << 16) & 0x0000_ffff_0000_ffff
  nibbles = (nibbles | nibbles << 8) & 0x00ff_00ff_00ff_00ff
  nibbles = (nibbles >> 4 | nibbles << 8) & 0x0f0f_0f0f_0f0f_0f0f
  // 6 more carries 10…15 into the next bit; from "9" to "a" there are 39 characters more.
  let letters = (nibbles &+ 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
  return nibbles &+ 0x3030_3030_3030_3030 &+ letters &* 39
}

extension ByteQueue {
  /// A number in decimal digits, with zeros before it up to `width` digits.
  @inline(__always)
  mutating func appendDecimal(_ number: UInt64, width: Int = 1) {
    if number >= 100_000_000 {
      let (high, low) = number.quotientAndRemainder(dividingBy: 100_000_000)
      appendLargeDecimal(high, width: width - 8)
      append(native: eightDigits(UInt32(low)))
      return
    }
    let place = reserve(8 + max(0, width - 8))
    if width > 8 { return appendLargeDecimal(number, width: width) }
    let digits = decimalBytes(UInt32(number))
    // A byte that is not zero is the first digit shown; all are zero for 0.
    let skipped = min(digits.trailingZeroBitCount / 8, 8 - width)
    place.storeBytes(
      of: (digits | 0x3030_3030_3030_3030) >> UInt64(8 * skipped), as: UInt64.self)
    append(reserved: 8 - skipped)
  }

  /// What does not fit into eight digits.
  private mutating func appendLargeDecimal(_ number: UInt64, width: Int) {
    let (high, low) = number.quotientAndRemainder(dividingBy: 10)
    if high > 0 || width > 1 { appendLargeDecimal(high, width: width - 1) }
    append(UInt8(truncatingIfNeeded: low) + UInt8(ascii: "0"))
  }

  /// A number in at least `width` places, with blanks before it.
  mutating func appendDecimal(_ number: UInt64, blanksTo width: Int) {
    let before = count
    appendDecimal(number)
    let missing = width - (count - before)
    if missing <= 0 { return }
    truncate(to: before)
    for _ in 0..<missing { append(UInt8(ascii: " ")) }
    appendDecimal(number)
  }
}
