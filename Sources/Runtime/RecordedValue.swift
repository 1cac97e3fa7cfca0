internal import Language

/// What a recording has of the kernel's memory, as text.
enum RecordedValue {
  static func integer(_ text: String) -> Int64? {
    if text.hasPrefix("0x") {
      return UInt64(text.dropFirst(2), radix: 16).map { Int64(bitPattern: $0) }
    }
    if let number = Int64(text) { return number }
    if let number = UInt64(text) { return Int64(bitPattern: number) }
    switch text {
    case "true": return 1
    case "false": return 0
    default: return mac(text)
    }
  }

  private static func mac(_ text: String) -> Int64? {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 6 else { return nil }
    var number: Int64 = 0
    for part in parts {
      guard part.utf8.count == 2, let byte = UInt8(part, radix: 16) else { return nil }
      number = number << 8 | Int64(byte)
    }
    return number
  }

  /// `src,sport,dst,dport,proto`
  static func flow(_ text: String) -> FlowValue? {
    let parts = text.split(separator: ",", omittingEmptySubsequences: false)
    guard parts.count == 5, let source = AddressValue(parts[0]),
      let sourcePort = UInt16(parts[1]), let destination = AddressValue(parts[2]),
      let destinationPort = UInt16(parts[3]), let proto = UInt8(parts[4])
    else { return nil }
    return FlowValue(
      source: source, destination: destination, sourcePort: sourcePort,
      destinationPort: destinationPort, proto: proto)
  }

  /// `%xx` for bytes that are not letters, digits or of a few others.
  static func text(_ text: String) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%"), rest.count >= 2,
        let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
      {
        bytes.append(value)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return bytes
  }
}
