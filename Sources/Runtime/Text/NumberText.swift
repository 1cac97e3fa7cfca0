/// Appending numbers as text.
extension [UInt8] {
  mutating func append(_ text: String) { append(contentsOf: text.utf8) }

  mutating func append(decimal number: UInt64) {
    var digits: (UInt64, UInt64, UInt64) = (0, 0, 0)
    Swift.withUnsafeMutableBytes(of: &digits) { digits in
      var at = 24
      var rest = number
      repeat {
        at -= 1
        digits[at] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
        rest /= 10
      } while rest > 0
      append(contentsOf: UnsafeRawBufferPointer(rebasing: digits[at...]))
    }
  }

  mutating func append(decimal number: Int64) {
    if number < 0 { append(UInt8(ascii: "-")) }
    append(decimal: number.magnitude)
  }

  mutating func append(decimal number: UInt64, digits: Int) {
    var rest = number
    var magnitude = 1
    while rest >= 10 {
      rest /= 10
      magnitude += 1
    }
    while magnitude < digits {
      append(UInt8(ascii: "0"))
      magnitude += 1
    }
    append(decimal: number)
  }

  /// Without leading zeros.
  mutating func append(hex number: UInt64) {
    var shift = number == 0 ? 0 : (63 - number.leadingZeroBitCount) / 4 * 4
    while shift >= 0 {
      append(hexDigit: UInt8(truncatingIfNeeded: number >> UInt64(shift)) & 15)
      shift -= 4
    }
  }

  mutating func append(hexByte byte: UInt8) {
    append(hexDigit: byte >> 4)
    append(hexDigit: byte & 15)
  }

  private mutating func append(hexDigit digit: UInt8) {
    append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
  }

  /// A number of `1 / denominator` units with so many digits behind the point, rounded to zero;
  /// without `digits` as many as it has.
  mutating func append(_ number: Int64, per denominator: UInt64, digits: Int?) {
    if number < 0 { append(UInt8(ascii: "-")) }
    let (whole, rest) = number.magnitude.quotientAndRemainder(dividingBy: denominator)
    append(decimal: whole)
    var fraction = rest
    var left = digits ?? 3
    if left == 0 || digits == nil && fraction == 0 { return }
    let start = count
    append(UInt8(ascii: "."))
    while left > 0 {
      let (high, low) = fraction.multipliedFullWidth(by: 10)
      let (digit, remainder) = denominator.dividingFullWidth((high, low))
      append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: digit))
      fraction = remainder
      left -= 1
    }
    if digits != nil { return }
    while last == UInt8(ascii: "0") { removeLast() }
    if last == UInt8(ascii: ".") { removeLast(count - start) }
  }

  // MARK: Quantities

  /// `850ns`, `12.3us`, `1.5ms`, `2s`, `3m12s` …: the largest unit that leaves something before the
  /// point.
  mutating func append(duration: Int64, digits: Int?) {
    switch duration.magnitude {
    case 0..<1000:
      append(decimal: duration)
      append("ns")
    case 1000..<1_000_000: append(duration: duration, unit: "us", 1000, digits)
    case 1_000_000..<1_000_000_000: append(duration: duration, unit: "ms", 1_000_000, digits)
    default: append(duration: duration, unit: "s", 1_000_000_000, digits)
    }
  }

  mutating func append(duration: Int64, unit: String, _ nanoseconds: UInt64, _ digits: Int?) {
    append(duration, per: nanoseconds, digits: digits)
    append(unit)
  }

  /// `812 B`, `1.5 KiB`
  mutating func append(size: Int64, digits: Int?) {
    let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
    var unit = 0
    while unit < units.count - 1, size.magnitude >> UInt64(10 * (unit + 1)) > 0 { unit += 1 }
    append(size, per: 1 << UInt64(10 * unit), digits: unit == 0 ? 0 : digits ?? 1)
    append(" ")
    append(units[unit])
  }

  // MARK: Addresses

  mutating func append(ipv4: UInt32) {
    for shift in [24, 16, 8, 0] as [UInt32] {
      append(decimal: UInt64(ipv4 >> shift & 0xff))
      if shift > 0 { append(UInt8(ascii: ".")) }
    }
  }

  /// RFC 5952.
  mutating func append(ipv6 high: UInt64, _ low: UInt64) {
    func group(_ index: Int) -> UInt64 {
      let half = index < 4 ? high : low
      return half >> UInt64(48 - 16 * (index % 4)) & 0xffff
    }
    // The longest run of zeros, the first of several, but none of one.
    var best = 8..<8
    var start = 0
    while start < 8 {
      var end = start
      while end < 8, group(end) == 0 { end += 1 }
      if end - start > Swift.max(1, best.count) { best = start..<end }
      start = Swift.max(end, start + 1)
    }
    var index = 0
    while index < 8 {
      if index == best.lowerBound, !best.isEmpty {
        append("::")
        index = best.upperBound
        continue
      }
      if index > 0, index != best.upperBound { append(UInt8(ascii: ":")) }
      append(hex: group(index))
      index += 1
    }
  }

  mutating func append(mac: UInt64) {
    for shift in stride(from: 40, through: 0, by: -8) {
      append(hexByte: UInt8(truncatingIfNeeded: mac >> UInt64(shift)))
      if shift > 0 { append(UInt8(ascii: ":")) }
    }
  }

  // MARK: Texts

  /// Text that may hold anything: what a terminal could take for a command, and line ends, as `\x1b`.
  mutating func append(escaping text: some Collection<UInt8>) {
    if text.allSatisfy({ $0 >= 0x20 && $0 < 0x7f }) {
      append(contentsOf: text)
      return
    }
    var decoder = UTF8()
    var rest = text[...].makeIterator()
    var at = text.startIndex
    decoding: while true {
      switch decoder.decode(&rest) {
      case .scalarValue(let scalar):
        let end = text.index(at, offsetBy: UTF8.width(scalar))
        if scalar.isHarmless {
          append(contentsOf: text[at..<end])
        } else {
          for byte in text[at..<end] { append(escape: byte) }
        }
        at = end
      case .error:
        append(escape: text[at])
        at = text.index(after: at)
        decoder = UTF8()
        rest = text[at...].makeIterator()
      case .emptyInput: break decoding
      }
    }
  }

  private mutating func append(escape byte: UInt8) {
    append("\\x")
    append(hexByte: byte)
  }

  /// Characters as a terminal counts them, roughly: those of UTF-8.
  var displayWidth: Int { self[...].displayWidth }
}

extension ArraySlice<UInt8> {
  var displayWidth: Int { reduce(0) { $0 + ($1 & 0xc0 == 0x80 ? 0 : 1) } }
}

extension Unicode.Scalar {
  /// Prints something, and does not change what is around it: no control characters, no line or
  /// paragraph separators, nothing that changes the writing direction.
  var isHarmless: Bool {
    switch value {
    case 0x20...0x7E, 0xA0...0x200D, 0x2010...0x2027, 0x2030...0x2065, 0x206A...0x10FFFF: true
    default: false
    }
  }
}
