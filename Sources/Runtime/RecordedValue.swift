internal import Language

/// What a recording has of the kernel's memory, as text.
package enum RecordedValue {
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

  /// A value as a recording has it; nothing of it is a blank or an equals sign.
  ///
  /// - Parameter frames: the names of a stack's frames, which take the place of its number.
  static func write(
    _ words: UnsafePointer<UInt64>, _ type: ValueType, frames: (UInt64) -> [String]
  ) -> String? {
    var line: [UInt8] = []
    switch type {
    case .integer(let presentation):
      if presentation.isUnsigned {
        line.append("0x")
        line.append(hex: words[0])
      } else {
        line.append(decimal: Int64(bitPattern: words[0]))
      }
    case .boolean: line.append(decimal: words[0])
    case .mac: line.append(mac: words[0])
    case .address: append(AddressValue(high: words[0], low: words[1]), to: &line)
    case .flow:
      let flow = FlowValue(words: words)
      append(flow.source, to: &line)
      line.append(",\(flow.sourcePort),")
      append(flow.destination, to: &line)
      line.append(",\(flow.destinationPort),\(flow.proto)")
    case .text: line += escaped(Text(words: words, count: type.wordCount).bytes)
    case .stack:
      line += frames(words[0]).map { escaped(Array($0.utf8)) }.joined(separator: ";".utf8)
    // Several values.
    case .record: return nil
    }
    return String(decoding: line, as: UTF8.self)
  }

  /// The reverse of ``write(_:_:frames:)`` for a stack.
  package static func frames(_ text: String) -> [String] {
    text.split(separator: ";").map { String(decoding: Self.text(String($0)), as: UTF8.self) }
  }

  private static func append(_ address: AddressValue, to line: inout [UInt8]) {
    if let ipv4 = address.ipv4 {
      line.append(ipv4: ipv4)
    } else {
      line.append(ipv6: address.high, address.low)
    }
  }

  /// The reverse of ``text(_:)``.
  static func escaped(_ bytes: [UInt8]) -> [UInt8] {
    var line: [UInt8] = []
    for byte in bytes {
      switch byte {
      case UInt8(ascii: "%"), UInt8(ascii: "="), UInt8(ascii: ";"), 0...0x20, 0x7f...0xff:
        line.append(UInt8(ascii: "%"))
        line.append(hexByte: byte)
      default: line.append(byte)
      }
    }
    return line
  }

  /// `%xx` for bytes that are not letters, digits or of a few others.
  package static func text(_ text: String) -> [UInt8] {
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
