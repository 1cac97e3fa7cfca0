/// What kind of value an expression of a script has, once it has been checked.
///
/// Every value may also be absent; that is no part of the type.
package indirect enum ValueType: Sendable, Hashable {
  /// 64 bits, two's complement; how it prints and orders is its presentation.
  case integer(Presentation)
  case boolean
  /// An IPv4 or IPv6 address: 16 bytes, IPv4 as `::ffff:a.b.c.d`; prints as its family does.
  case address
  /// 48 bits.
  case mac
  /// Bytes, up to ``textLimit`` in the kernel; not to be trusted on a terminal.
  case text
  /// Addresses, ports and protocol of a packet or socket.
  case flow
  /// The kernel's or a process's call chain, as the kernel keeps it: a number that refers to it.
  case stack
  /// `(born = time, pid)`: what a state keeps for a key.
  case record([Member])

  package struct Member: Sendable, Hashable {
    package let name: String
    package let type: ValueType

    package init(name: String, type: ValueType) {
      self.name = name
      self.type = type
    }
  }

  /// Bytes of a text in the kernel half, the end NUL not counted.
  package static let textLimit = 64

  /// 64-bit words that a value takes in events, keys and states.
  ///
  /// address: high and low half, as numbers; mac, boolean, stack: one; text: 8, NUL-padded, as in
  /// memory; flow: source (2), destination (2), then source port << 32 | destination port << 16 |
  /// protocol; record: its members' one after the other.
  package var wordCount: Int {
    switch self {
    case .integer, .boolean, .mac, .stack: 1
    case .address: 2
    case .text: ValueType.textLimit / 8
    case .flow: 5
    case .record(let members): members.reduce(0) { $0 + $1.type.wordCount }
    }
  }
}

/// How an integer prints, and whether it orders as signed.
package enum Presentation: Sendable, Hashable {
  case decimal
  /// An unsigned number that prints in hex: pointers, marks.
  case hex
  /// Nanoseconds.
  case duration
  /// Nanoseconds since 1970-01-01 UTC.
  case time
  /// A number of the enumeration with this index in ``Script/enumerations``.
  case enumeration(Int)
  /// A kernel pointer: unsigned, hex.
  case pointer
  /// 64 bits that the kernel declares unsigned: compares and prints so.
  case unsigned

  /// Compares, divides and prints as an unsigned number.
  package var isUnsigned: Bool {
    switch self {
    case .hex, .pointer, .unsigned: true
    case .decimal, .duration, .time, .enumeration: false
    }
  }
}

/// Names of numbers, from BTF, from a recording, or built in.
package struct Enumeration: Sendable, Hashable {
  package struct Case: Sendable, Hashable {
    package let name: String
    package let value: Int64

    package init(name: String, value: Int64) {
      self.name = name
      self.value = value
    }
  }

  /// `skb_drop_reason`; empty where it has none.
  package let name: String
  package let cases: [Case]

  package init(name: String, cases: [Case]) {
    self.name = name
    self.cases = cases
  }

  /// What most names begin with, up to and with an underscore; it is left out when printing.
  package var commonPrefix: String {
    guard cases.count > 1 else { return "" }
    var counts: [Substring: Int] = [:]
    for item in cases {
      var end = item.name.startIndex
      while let underscore = item.name[end...].firstIndex(of: "_") {
        end = item.name.index(after: underscore)
        counts[item.name[..<end], default: 0] += 1
      }
    }
    let most = counts.filter { $0.value * 2 > cases.count }
    return most.max { ($0.key.count, $0.value) < ($1.key.count, $1.value) }.map { String($0.key) }
      ?? ""
  }

  /// The name of a value without the common prefix, nil where there is none.
  package func shortName(of value: Int64) -> String? {
    guard let found = cases.first(where: { $0.value == value }) else { return nil }
    let prefix = commonPrefix
    return found.name.hasPrefix(prefix) && found.name.count > prefix.count
      ? String(found.name.dropFirst(prefix.count)) : found.name
  }
}
