extension Lexer {
  /// The units of durations, in nanoseconds.
  static let units: KeyValuePairs<String, UInt64> = [
    "ns": 1, "us": 1000, "ms": 1_000_000, "s": 1_000_000_000, "m": 60_000_000_000,
    "h": 3_600_000_000_000,
  ]

  /// `42`, `0xff`, `0b101`, `1_000`, `1.5s`, `30ms`.
  mutating func number() -> Token {
    let start = offset
    func isPart(_ index: Int) -> Bool { Lexer.isNameByte(byte(index)) }
    while isPart(offset) { offset += 1 }
    var dots = 0
    while byte(offset) == UInt8(ascii: "."), Lexer.isDigit(byte(offset + 1)) {
      dots += 1
      offset += 1
      while isPart(offset) { offset += 1 }
    }
    let range = start..<offset
    let text = text(range)
    switch Lexer.value(of: text, dots: dots) {
    case .success(let kind): return Token(kind, span: Span(range))
    case .failure(let flaw):
      return Token(
        .integer(0), span: Span(range),
        problems: [problem(flaw.message, at: range, hints: flaw.hints)])
    }
  }

  private struct Flaw: Error {
    let message: String
    var hints: [String] = []
  }

  private static func value(of text: String, dots: Int) -> Result<Token.Kind, Flaw> {
    if dots > 1 {
      return .failure(
        Flaw(
          message: "an address stands in quotes",
          hints: ["a quoted address takes the type that it meets: ip.src == \"\(text)\""]))
    }
    let lower = text.lowercased()
    for (prefix, radix, name) in [("0x", 16, "hexadecimal"), ("0b", 2, "binary")]
    where lower.hasPrefix(prefix) && dots == 0 {
      let digits = lower.dropFirst(2)
      guard let plain = withoutUnderscores(digits), plain.allSatisfy({ $0.isHexDigit }),
        plain.allSatisfy({ ($0.hexDigitValue ?? 16) < radix })
      else {
        return .failure(Flaw(message: "'\(text)' is no \(name) number"))
      }
      guard let value = UInt64(plain, radix: radix) else { return .failure(tooLarge) }
      return .success(.integer(Int64(bitPattern: value)))
    }
    let whole = text.prefix { $0.isNumber || $0 == "_" }
    var rest = text.dropFirst(whole.count)
    var fraction: Substring = ""
    if dots == 1 {
      guard rest.first == "." else { return .failure(badUnit(rest, of: text)) }
      fraction = rest.dropFirst().prefix { $0.isNumber || $0 == "_" }
      rest = rest.dropFirst(1 + fraction.count)
    }
    guard let digits = withoutUnderscores(whole),
      let fractionDigits = dots == 1 ? withoutUnderscores(fraction) : ""
    else {
      return .failure(
        Flaw(message: "'_' stands between digits", hints: ["as in 1_000_000"]))
    }
    if rest.isEmpty { return integer(digits, hasFraction: dots == 1, text) }
    guard let scale = units.first(where: { $0.key == rest })?.value else {
      return .failure(badUnit(rest, of: text))
    }
    return duration(digits, fractionDigits, scale: scale)
  }

  private static let tooLarge = Flaw(
    message: "the number is too large", hints: ["numbers have 64 bits"])

  private static func withoutUnderscores(_ digits: Substring) -> String? {
    guard let first = digits.first, first != "_", digits.last != "_" else { return nil }
    return digits.filter { $0 != "_" }
  }

  private static func integer(
    _ digits: String, hasFraction: Bool, _ text: String
  ) -> Result<Token.Kind, Flaw> {
    if hasFraction {
      return .failure(
        Flaw(
          message: "numbers are whole",
          hints: ["a duration may have a fraction, and a unit: \(text)s"]))
    }
    if digits.count > 1, digits.first == "0" {
      let plain = String(digits.drop { $0 == "0" })
      return .failure(
        Flaw(
          message: "a number does not begin with 0",
          hints: ["there is no octal: write \(plain.isEmpty ? "0" : plain), or 0x… or 0b…"]))
    }
    guard let value = UInt64(digits) else { return .failure(tooLarge) }
    return .success(.integer(Int64(bitPattern: value)))
  }

  private static func duration(
    _ digits: String, _ fraction: String, scale: UInt64
  ) -> Result<Token.Kind, Flaw> {
    var fraction = fraction
    while fraction.last == "0" { fraction.removeLast() }
    var divisor: UInt128 = 1
    for _ in fraction.prefix(19) { divisor *= 10 }
    let tooLong = Flaw(
      message: "the duration is too long", hints: ["nanoseconds have to fit 63 bits: 292 years"])
    guard let whole = UInt64(digits) else { return .failure(tooLong) }
    let part: UInt64? = fraction.isEmpty ? 0 : fraction.count > 19 ? nil : UInt64(fraction)
    guard let part, UInt128(part) * UInt128(scale) % divisor == 0 else {
      return .failure(Flaw(message: "a duration is no finer than a nanosecond"))
    }
    let (nanoseconds, overflow) = (UInt128(whole) * divisor + UInt128(part))
      .multipliedReportingOverflow(by: UInt128(scale))
    guard !overflow, let value = Int64(exactly: nanoseconds / divisor) else {
      return .failure(tooLong)
    }
    return .success(.duration(value))
  }

  private static func badUnit(_ unit: Substring, of text: String) -> Flaw {
    let words = [
      "sec": "s", "secs": "s", "second": "s", "seconds": "s", "min": "m", "mins": "m", "msec": "ms",
      "usec": "us", "nsec": "ns", "hour": "h", "hours": "h",
    ]
    let near =
      words[unit.lowercased()]
      ?? (unit.count > 1 ? nearestNames(to: String(unit), among: units.map(\.key)).first : nil)
    if let near {
      return Flaw(
        message: "no unit of time: '\(unit)'",
        hints: ["did you mean \(text.dropLast(unit.count))\(near)?"])
    }
    return Flaw(
      message: "'\(unit)' cannot follow a number",
      hints: ["the units of time are \(units.map(\.key).joined(separator: ", "))"])
  }
}
