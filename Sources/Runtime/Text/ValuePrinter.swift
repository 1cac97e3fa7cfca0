package import Language

/// What printing needs of the system.
package struct PrintingEnvironment: Sendable {
  /// The frames of a stack that the kernel keeps under a number, innermost first.
  package var symbolize: @Sendable (UInt64) -> [String]
  /// Seconds that local time is ahead of UTC at a second since 1970.
  package var offsetFromUTC: @Sendable (Int64) -> Int64
  /// Output goes where colours are wanted.
  package var usesColour: Bool

  package init(
    symbolize: @escaping @Sendable (UInt64) -> [String] = { ["stack \($0)"] },
    offsetFromUTC: @escaping @Sendable (Int64) -> Int64 = { _ in 0 }, usesColour: Bool = false
  ) {
    self.usesColour = usesColour
    self.symbolize = symbolize
    self.offsetFromUTC = offsetFromUTC
  }
}

/// Prints values by their type and format.
package struct ValuePrinter: Sendable {
  /// Short names of each enumeration's values.
  private let names: [[Int64: [UInt8]]]
  private let environment: PrintingEnvironment

  package init(_ script: Script, _ environment: PrintingEnvironment) {
    names = script.enumerations.map { enumeration in
      let prefix = enumeration.commonPrefix
      var names: [Int64: [UInt8]] = [:]
      for item in enumeration.cases.reversed() {
        let isShort = item.name.hasPrefix(prefix) && item.name.count > prefix.count
        names[item.value] = Array(
          (isShort ? item.name.dropFirst(prefix.count) : item.name[...]).utf8)
      }
      return names
    }
    self.environment = environment
  }

  /// Appends a value that stands somewhere as words; nil: absent.
  package func append(
    _ words: UnsafePointer<UInt64>?, _ type: ValueType, _ format: ValueFormat,
    to line: inout [UInt8]
  ) {
    let start = line.count
    guard let words else {
      line.append(UInt8(ascii: "-"))
      return pad(&line, from: start, format, zeros: false)
    }
    var isNumber = false
    switch type {
    case .integer(let presentation):
      isNumber = append(words[0], presentation, format, to: &line)
    case .boolean:
      if format.style == .standard {
        line.append(words[0] == 0 ? "false" : "true")
      } else {
        isNumber = append(words[0], .decimal, format, to: &line)
      }
    case .mac: line.append(mac: words[0])
    case .address: append(AddressValue(high: words[0], low: words[1]), to: &line)
    case .flow: append(FlowValue(words: words), to: &line)
    case .text:
      return append(Text(words: words, count: ValueType.text.wordCount), format, to: &line)
    case .stack: append(stack: words[0], isWide: format.style == .kstack, to: &line)
    case .record(let members): return append(record: words, members, format, to: &line)
    }
    pad(&line, from: start, format, zeros: isNumber && format.isZeroPadded)
  }

  /// `(born 12.5s, pid 812)`; presence bits stand before the members.
  func append(
    record words: UnsafePointer<UInt64>?, _ members: [ValueType.Member], _ format: ValueFormat,
    to line: inout [UInt8]
  ) {
    let start = line.count
    if let words {
      var offset = 1
      line.append("(")
      for (index, member) in members.enumerated() {
        if index > 0 { line.append(", ") }
        if !member.name.isEmpty { line.append(member.name + " ") }
        let isPresent = words[0] >> UInt64(index) & 1 != 0
        append(isPresent ? words + offset : nil, member.type, ValueFormat(), to: &line)
        offset += member.type.wordCount
      }
      line.append(")")
    } else {
      line.append("-")
    }
    pad(&line, from: start, format, zeros: false)
  }

  func append(_ text: Text?, _ format: ValueFormat, to line: inout [UInt8]) {
    let start = line.count
    if let text {
      if format.style == .hexText || format.style == .hex {
        for byte in text.bytes { line.append(hexByte: byte) }
      } else if text.isSafe, format.digits == nil {
        line += text.bytes
      } else {
        line.append(escaping: text.bytes)
      }
      if let digits = format.digits { cut(&line, from: start, to: digits) }
    } else {
      line.append("-")
    }
    pad(&line, from: start, format, zeros: false)
  }

  /// Leaves `width` characters.
  private func cut(_ line: inout [UInt8], from start: Int, to width: Int) {
    var left = width
    for index in start..<line.count where line[index] & 0xc0 != 0x80 {
      if left == 0 {
        line.removeLast(line.count - index)
        return
      }
      left -= 1
    }
  }

  /// Fills up to the format's width.
  private func pad(_ line: inout [UInt8], from start: Int, _ format: ValueFormat, zeros: Bool) {
    if format.width == 0 { return }
    let missing = format.width - line[start...].displayWidth
    if missing <= 0 { return }
    if format.isLeft {
      line += [UInt8](repeating: 0x20, count: missing)
    } else if zeros {
      // Behind a sign, and behind 0x.
      var at = start
      if at < line.count, line[at] == UInt8(ascii: "-") { at += 1 }
      if line[at...].starts(with: "0x".utf8) { at += 2 }
      line.insert(contentsOf: [UInt8](repeating: UInt8(ascii: "0"), count: missing), at: at)
    } else {
      line.insert(contentsOf: [UInt8](repeating: 0x20, count: missing), at: start)
    }
  }

  // MARK: Numbers

  /// - Returns: whether zeros may stand before it.
  private func append(
    _ word: UInt64, _ presentation: Presentation, _ format: ValueFormat, to line: inout [UInt8]
  ) -> Bool {
    let number = Int64(bitPattern: word)
    switch format.style {
    case .standard, .text: return append(standard: word, presentation, format, to: &line)
    case .hex, .hexText:
      if format.isAlternate { line.append("0x") }
      line.append(hex: word)
      return true
    case .upperHex, .octal, .binary:
      let radix = format.style == .upperHex ? 16 : format.style == .octal ? 8 : 2
      if format.isAlternate { line.append(radix == 16 ? "0x" : radix == 8 ? "0" : "0b") }
      line.append(String(word, radix: radix, uppercase: true))
      return true
    case .character:
      line.append(escaping: [UInt8(truncatingIfNeeded: word)])
    case .bytes: line.append(size: number, digits: format.digits)
    case .us: line.append(duration: number, unit: "us", 1000, format.digits ?? 3)
    case .ms: line.append(duration: number, unit: "ms", 1_000_000, format.digits ?? 3)
    case .s: line.append(duration: number, unit: "s", 1_000_000_000, format.digits ?? 3)
    case .clock: append(time: word, withDate: false, format.digits ?? 6, to: &line)
    case .date: append(time: word, withDate: true, format.digits ?? 6, to: &line)
    case .errno: append(errno: number, to: &line)
    case .decimal, .kstack:
      if presentation.isUnsigned {
        line.append(decimal: word)
      } else {
        line.append(decimal: number)
      }
      return true
    }
    return false
  }

  private func append(
    standard word: UInt64, _ presentation: Presentation, _ format: ValueFormat,
    to line: inout [UInt8]
  ) -> Bool {
    let number = Int64(bitPattern: word)
    switch presentation {
    case .decimal:
      line.append(decimal: number)
      return true
    case .unsigned:
      line.append(decimal: word)
      return true
    case .hex, .pointer:
      line.append("0x")
      line.append(hex: word)
      return true
    case .duration: line.append(duration: number, digits: format.digits)
    case .time: append(time: word, withDate: false, format.digits ?? 6, to: &line)
    case .enumeration(let index):
      if let name = names.indices.contains(index) ? names[index][number] : nil {
        line += name
      } else {
        line.append(decimal: number)
        return true
      }
    }
    return false
  }

  /// `[2026-11-23 ]12:00:01.123456`, local time.
  private func append(time: UInt64, withDate: Bool, _ digits: Int, to line: inout [UInt8]) {
    let seconds = Int64(time / 1_000_000_000)
    let local = seconds + environment.offsetFromUTC(seconds)
    let (day, second) = (
      floorDivided(local, 86400), UInt64(local - floorDivided(local, 86400) * 86400)
    )
    if withDate {
      let date = CivilDate(daysSince1970: day)
      line.append(decimal: UInt64(date.year), digits: 4)
      line.append("-")
      line.append(decimal: UInt64(date.month), digits: 2)
      line.append("-")
      line.append(decimal: UInt64(date.day), digits: 2)
      line.append(" ")
    }
    line.append(decimal: second / 3600, digits: 2)
    line.append(":")
    line.append(decimal: second / 60 % 60, digits: 2)
    line.append(":")
    line.append(decimal: second % 60, digits: 2)
    if digits == 0 { return }
    line.append(".")
    let shown = min(digits, 9)
    let unit = (0..<9 - shown).reduce(1 as UInt64) { unit, _ in unit * 10 }
    line.append(decimal: time % 1_000_000_000 / unit, digits: shown)
  }

  /// `-ENOENT` for -2, `ENOENT` for 2.
  private func append(errno number: Int64, to line: inout [UInt8]) {
    guard number.magnitude < UInt64(ErrorNames.names.count),
      !ErrorNames.names[Int(number.magnitude)].isEmpty
    else { return line.append(decimal: number) }
    if number < 0 { line.append("-") }
    line.append(ErrorNames.names[Int(number.magnitude)])
  }

  // MARK: Addresses and more

  private func append(_ address: AddressValue, to line: inout [UInt8]) {
    if let ipv4 = address.ipv4 {
      line.append(ipv4: ipv4)
    } else {
      line.append(ipv6: address.high, address.low)
    }
  }

  /// `10.0.0.1:4000 > 10.0.0.2:80`; the protocol follows where it is not TCP.
  private func append(_ flow: FlowValue, to line: inout [UInt8]) {
    append(end: flow.source, flow.sourcePort, of: flow, to: &line)
    line.append(" > ")
    append(end: flow.destination, flow.destinationPort, of: flow, to: &line)
    if flow.proto != 6 {
      line.append(" ")
      switch flow.proto {
      case 1: line.append("icmp")
      case 17: line.append("udp")
      case 58: line.append("icmp6")
      case 132: line.append("sctp")
      default: line.append(decimal: UInt64(flow.proto))
      }
    }
  }

  private func append(
    end address: AddressValue, _ port: UInt16, of flow: FlowValue, to line: inout [UInt8]
  ) {
    let hasPorts = flow.sourcePort != 0 || flow.destinationPort != 0
    let brackets = hasPorts && address.ipv4 == nil
    if brackets { line.append("[") }
    append(address, to: &line)
    if brackets { line.append("]") }
    if hasPorts {
      line.append(":")
      line.append(decimal: UInt64(port))
    }
  }

  func frames(of stack: UInt64) -> [String] { environment.symbolize(stack) }

  /// One frame a line, without a line end behind the last.
  ///
  /// - Parameter isWide: as ByteDance's netcap has it: `    nft_do_chain+0x2    [nf_tables]`.
  private func append(stack: UInt64, isWide: Bool, to line: inout [UInt8]) {
    for (index, frame) in frames(of: stack).enumerated() {
      if index > 0 { line.append(0x0A) }
      line.append(isWide ? "    " : "        ")
      if isWide, let module = frame.firstRange(of: " [") {
        line.append(escaping: Array(frame[..<module.lowerBound].utf8))
        line.append("   ")
        line.append(escaping: Array(frame[module.lowerBound...].utf8))
      } else {
        line.append(escaping: Array(frame.utf8))
      }
    }
  }

  /// What a terminal takes for a colour; nothing where none is wanted.
  func code(of colour: TextColour) -> String {
    guard environment.usesColour else { return "" }
    let number =
      switch colour {
      case .plain: "0"
      case .red: "0;31"
      case .green: "0;32"
      case .yellow: "0;33"
      case .blue: "0;34"
      case .purple: "0;35"
      case .cyan: "0;36"
      }
    return "\u{1b}[\(number)m"
  }

  /// One hop a line: its name, when it was reached, and how long after the one before.
  func hops(of journey: Journey) -> [UInt8] {
    let names = journey.definition.hopNames
    let width = names.map(\.count).max() ?? 0
    var text: [UInt8] = []
    for (hop, name) in names.enumerated() {
      if hop > 0 { text.append(0x0A) }
      text.append("    ")
      text.append(escaping: Array(name.utf8))
      text += [UInt8](repeating: 0x20, count: max(0, width - name.count))
      guard let at = journey.sinceFirst(hop) else {
        text.append("  -")
        continue
      }
      text.append("  +")
      text.append(duration: at, digits: nil)
      if let ns = journey.sincePrevious(hop), hop > 1 {
        text.append("  (+")
        text.append(duration: ns, digits: nil)
        text.append(")")
      }
    }
    return text
  }
}

/// A day of the proleptic Gregorian calendar.
struct CivilDate: Equatable {
  var year: Int64
  var month: Int64
  var day: Int64

  /// After Howard Hinnant's `civil_from_days`.
  init(daysSince1970 days: Int64) {
    let shifted = days + 719_468
    let era = floorDivided(shifted, 146_097)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }
}

private func floorDivided(_ a: Int64, _ b: Int64) -> Int64 {
  a >= 0 ? a / b : -((b - 1 - a) / b)
}
