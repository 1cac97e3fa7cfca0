internal import Language
internal import Runtime
package import Syntax

// The objects of `--json`, one a line: RFC 8259, and nothing that a terminal could take for a
// command.

extension ByteQueue {
  /// A string with its quotes. What is not UTF-8 becomes U+FFFD.
  mutating func append(json text: String) {
    append(UInt8(ascii: "\""))
    var text = text
    text.withUTF8 { append(jsonCharacters: UnsafeRawBufferPointer($0)) }
    append(UInt8(ascii: "\""))
  }

  /// A name as a string with its quotes.
  mutating func append(json name: KernelName) {
    append(UInt8(ascii: "\""))
    withUnsafeBytes(of: name.words) { bytes in
      let length = bytes.prefix(15).firstIndex(of: 0) ?? 15
      append(jsonCharacters: UnsafeRawBufferPointer(rebasing: bytes[..<length]))
    }
    append(UInt8(ascii: "\""))
  }

  /// The inside of a string.
  mutating func append(jsonCharacters text: UnsafeRawBufferPointer) {
    var start = 0
    while start < text.count {
      let end = harmlessPrefix(text, from: start)
      appendQuoting(UnsafeRawBufferPointer(rebasing: text[start..<end]))
      start = end
      // Up to the next printable ASCII: control characters and whatever is beyond ASCII.
      while start < text.count, text[start] < 0x20 || text[start] >= 0x7F { start += 1 }
      appendScalars(UnsafeRawBufferPointer(rebasing: text[end..<start]))
    }
  }

  /// Printable ASCII.
  private mutating func appendQuoting(_ text: UnsafeRawBufferPointer) {
    var start = 0
    for at in 0..<text.count where text[at] == UInt8(ascii: "\"") || text[at] == 0x5C {
      append(UnsafeRawBufferPointer(rebasing: text[start..<at]))
      append(0x5C)
      start = at
    }
    append(UnsafeRawBufferPointer(rebasing: text[start...]))
  }

  private mutating func appendScalars(_ text: UnsafeRawBufferPointer) {
    for scalar in String(decoding: text, as: UTF8.self).unicodeScalars {
      switch scalar {
      case "\n": append("\\n")
      case "\t": append("\\t")
      case "\r": append("\\r")
      default:
        if scalar.value >= 0x20, String(scalar).terminalSafe == String(scalar) {
          append(text: String(scalar))
        } else {
          for unit in UTF16.encode(scalar)! {
            append("\\u")
            append(hex: UInt64(unit), digits: 4)
          }
        }
      }
    }
  }

  /// The last `digits` of a number's sixteen hexadecimal digits.
  @inline(__always)
  mutating func append(hex number: UInt64, digits: Int = 16) {
    let (high, low) = sixteenHexDigits(number)
    let place = reserve(16)
    if digits > 8 {
      place.storeBytes(of: high >> UInt64(8 * (16 - digits)), as: UInt64.self)
      place.storeBytes(of: low, toByteOffset: digits - 8, as: UInt64.self)
    } else {
      place.storeBytes(of: low >> UInt64(8 * (8 - digits)), as: UInt64.self)
    }
    append(reserved: digits)
  }

  /// Two hexadecimal digits for each byte.
  mutating func append(hex bytes: UnsafeRawBufferPointer) {
    let place = reserve(2 * bytes.count)
    for index in 0..<bytes.count {
      let byte = bytes[index]
      let pair = UInt16(hexDigit(byte >> 4)) | UInt16(hexDigit(byte & 15)) << 8
      place.storeBytes(of: pair.littleEndian, toByteOffset: 2 * index, as: UInt16.self)
    }
    append(reserved: 2 * bytes.count)
  }

  /// `,"key":number`
  mutating func append(member key: StaticString, _ number: UInt64) {
    append(",\"")
    append(key)
    append("\":")
    appendDecimal(number)
  }
}

@inline(__always)
func hexDigit(_ digit: UInt8) -> UInt8 {
  digit + (digit < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10)
}

extension Writer {
  /// `{"type":"error","message":…}`, with place and hints if there are any.
  package func append(json diagnostic: Diagnostic) {
    var members: [(String, JSONValue)] = [
      ("type", .string(diagnostic.severity.rawValue)), ("message", .string(diagnostic.message)),
    ]
    if let place = diagnostic.place {
      members += [
        ("source", .string(place.source.name)), ("text", .string(place.source.text)),
        ("start", .number(place.span.start)), ("end", .number(place.span.end)),
      ]
    }
    if !diagnostic.hints.isEmpty {
      members.append(("hints", .array(diagnostic.hints.map { .string($0) })))
    }
    append(JSONValue.object(members).text + "\n")
  }

  /// `{"type":"ledger","points":[…],"received":…,"lost":…,"sinks":[…]}`
  package func append(json ledger: Ledger) {
    var members: [(String, JSONValue)] = [
      ("type", .string("ledger")), ("points", .array(ledger.rows.map(\.json))),
      ("received", .count(ledger.received)), ("lost", .count(ledger.lost)),
      ("sinks", .array(ledger.sinks.map(\.json))),
    ]
    if !ledger.paths.isEmpty { members.append(("paths", .array(ledger.paths.map(\.json)))) }
    if let stacks = ledger.stackLosses {
      members.append(
        (
          "stacks",
          .object([
            ("collisions", .count(stacks.collisions)), ("unreadable", .count(stacks.unreadable)),
          ])
        ))
    }
    append(JSONValue.object(members).text + "\n")
  }
}

extension Ledger.Row {
  fileprivate var json: JSONValue {
    .object([
      ("point", .string(point.name)), ("mechanism", .string(point.mechanism)),
      ("hits", .count(counters.hits)), ("emitted", .count(counters.emitted)),
      ("filtered", .count(counters.filtered)),
      ("other_interface", .count(counters.otherInterface)),
      ("no_interface", .count(counters.noInterface)), ("no_packet", .count(counters.noPacket)),
      ("ring_full", .count(counters.ringFull)), ("unreadable", .count(counters.unreadable)),
      ("missed", counters.missed.map { .count($0) } ?? .null),
    ])
  }
}

extension SinkTally {
  fileprivate var json: JSONValue {
    .object(
      [("verb", .string(verb)), ("consumed", .count(consumed)), ("delivered", .count(delivered))]
        + (discarded > 0 ? [("rotated_out", .count(discarded))] : []))
  }
}

extension Ledger.PathRow {
  fileprivate var json: JSONValue {
    .object([
      ("name", .string(name)), ("complete", .count(counters.complete)),
      ("timed_out", .count(counters.timedOut)), ("replaced", .count(counters.replaced)),
      ("cut", .count(counters.cut)), ("late", .count(counters.late)),
      ("repeated", .count(counters.repeated)), ("refused", .count(counters.refused)),
      ("unknown", .count(counters.unknown)),
    ])
  }
}

extension JSONValue {
  fileprivate static func count(_ number: UInt64) -> JSONValue { .number(Int(clamping: number)) }
}
