extension AddressValue {
  /// An address as people write it: `192.0.2.1`, `2001:db8::1`, `::ffff:192.0.2.1`.
  package init?(_ text: some StringProtocol) {
    if !text.contains(":") {
      guard let number = Self.ipv4(text) else { return nil }
      self.init(ipv4: number)
      return
    }
    var groups: [UInt16] = []
    var gap: Int?
    var rest = text[...]
    if rest.hasPrefix("::") {
      gap = 0
      rest = rest.dropFirst(2)
    }
    while !rest.isEmpty {
      let part = rest.prefix { $0 != ":" }
      rest = rest[part.endIndex...]
      if part.contains(".") {
        guard rest.isEmpty, let number = Self.ipv4(part) else { return nil }
        groups += [UInt16(number >> 16), UInt16(truncatingIfNeeded: number)]
        break
      }
      guard (1...4).contains(part.utf8.count), part.first != "+", part.first != "-",
        let group = UInt16(part, radix: 16)
      else { return nil }
      groups.append(group)
      if rest.isEmpty { break }
      rest = rest.dropFirst()
      if rest.hasPrefix(":") {
        guard gap == nil else { return nil }
        gap = groups.count
        rest = rest.dropFirst()
      } else if rest.isEmpty {
        return nil
      }
    }
    if let gap {
      guard groups.count < 8 else { return nil }
      groups.insert(contentsOf: repeatElement(0, count: 8 - groups.count), at: gap)
    }
    guard groups.count == 8 else { return nil }
    let words = groups.map(UInt64.init)
    self.init(
      high: words[0] << 48 | words[1] << 32 | words[2] << 16 | words[3],
      low: words[4] << 48 | words[5] << 32 | words[6] << 16 | words[7])
  }

  private static func ipv4(_ text: some StringProtocol) -> UInt32? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    var result: UInt32 = 0
    for part in parts {
      guard (1...3).contains(part.utf8.count),
        part.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
        let byte = UInt8(part)
      else { return nil }
      result = result << 8 | UInt32(byte)
    }
    return result
  }

  /// `10.0.0.0/8`, `2001:db8::/32`, or an address alone; the length counts 128 bits.
  package static func prefix(_ text: String) -> (address: AddressValue, bits: Int)? {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard let first = parts.first, parts.count <= 2, let address = AddressValue(first) else {
      return nil
    }
    guard parts.count == 2 else { return (address, 128) }
    let isIPv4 = !first.contains(":")
    guard let length = Int(parts[1]), parts[1].first != "+",
      (0...(isIPv4 ? 32 : 128)).contains(length)
    else { return nil }
    return (address, isIPv4 ? 96 + length : length)
  }

  /// Without the bits behind a prefix of this length.
  package func masked(to bits: Int) -> AddressValue {
    AddressValue(
      high: high & (bits >= 64 ? .max : ~(UInt64.max >> UInt64(bits))),
      low: bits >= 128 ? low : bits <= 64 ? 0 : low & ~(UInt64.max >> UInt64(bits - 64)))
  }
}

/// `02:00:00:00:00:01` as a number, nil if it is no MAC address.
package func macAddress(_ text: String) -> Int64? {
  let parts = text.split(separator: ":", omittingEmptySubsequences: false)
  guard parts.count == 6 else { return nil }
  var result: Int64 = 0
  for part in parts {
    guard (1...2).contains(part.utf8.count), part.first != "+", let byte = UInt8(part, radix: 16)
    else { return nil }
    result = result << 8 | Int64(byte)
  }
  return result
}
