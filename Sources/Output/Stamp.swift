/// The time that a packet is given when it is handed to tcpdump: not when it was seen, but a secret.
///
/// tcpdump begins the text of each packet with it. As nobody can guess it, no packet can contain a
/// line that looks like the beginning of the next packet's text.
struct Stamp: Equatable {
  /// 1,000,000,000 … 2,147,483,647: always ten digits, and never taken for a negative number.
  let seconds: UInt32
  /// 0 … 999,999,999
  let nanoseconds: UInt32

  /// Bytes of ``Text``.
  static let textLength = 21

  /// `SSSSSSSSSS.NNNNNNNNN ` as three words, the last of which overlaps the second.
  struct Text {
    private let words: (UInt64, UInt64, UInt64)

    init(_ stamp: Stamp) {
      var bytes: (UInt64, UInt64, UInt64) = (0, 0, 0)
      words = withUnsafeMutableBytes(of: &bytes) {
        let base = $0.baseAddress!
        let (tens, seconds) = stamp.seconds.quotientAndRemainder(dividingBy: 100_000_000)
        let (first, nanoseconds) = stamp.nanoseconds.quotientAndRemainder(dividingBy: 100_000_000)
        base.storeBytes(of: digit(tens / 10), toByteOffset: 0, as: UInt8.self)
        base.storeBytes(of: digit(tens % 10), toByteOffset: 1, as: UInt8.self)
        base.storeBytes(of: eightDigits(seconds), toByteOffset: 2, as: UInt64.self)
        base.storeBytes(of: UInt8(ascii: "."), toByteOffset: 10, as: UInt8.self)
        base.storeBytes(of: digit(first), toByteOffset: 11, as: UInt8.self)
        base.storeBytes(of: eightDigits(nanoseconds), toByteOffset: 12, as: UInt64.self)
        base.storeBytes(of: UInt8(ascii: " "), toByteOffset: 20, as: UInt8.self)
        return (Text.load(base, 0), Text.load(base, 8), Text.load(base, 13))
      }
    }

    /// Whether the ``textLength`` bytes at `place` are this text.
    @inline(__always)
    func matches(_ place: UnsafeRawPointer) -> Bool {
      Text.load(place, 0) == words.0 && Text.load(place, 8) == words.1
        && Text.load(place, 13) == words.2
    }

    @inline(__always)
    private static func load(_ place: UnsafeRawPointer, _ offset: Int) -> UInt64 {
      place.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
    }
  }
}

@inline(__always)
private func digit(_ number: UInt32) -> UInt8 {
  UInt8(truncatingIfNeeded: number) + UInt8(ascii: "0")
}

/// Draws stamps: a Weyl sequence through a 128-bit multiplication (wyrand), seeded by getrandom(2).
struct StampGenerator {
  private var state: UInt64
  private let key: UInt64

  init() {
    var system = SystemRandomNumberGenerator()
    state = system.next()
    key = system.next()
  }

  mutating func next() -> Stamp {
    state &+= 0xa076_1d64_78bd_642f
    let (high, low) = state.multipliedFullWidth(by: state ^ key)
    let draw = high ^ low
    let seconds = ((draw >> 32) * UInt64(UInt32(Int32.max) - 999_999_999)) >> 32
    let nanoseconds = ((draw & 0xffff_ffff) * 1_000_000_000) >> 32
    return Stamp(
      seconds: 1_000_000_000 + UInt32(truncatingIfNeeded: seconds),
      nanoseconds: UInt32(truncatingIfNeeded: nanoseconds))
  }
}
