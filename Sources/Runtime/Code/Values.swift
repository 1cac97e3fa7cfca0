package import Language

/// A text value.
package struct Text: Sendable {
  package var bytes: [UInt8]
  /// The script's own words, or already escaped: may go to a terminal as it is.
  package var isSafe: Bool

  package init(_ bytes: [UInt8], isSafe: Bool = false) {
    self.bytes = bytes
    self.isSafe = isSafe
  }

  package init(_ text: String, isSafe: Bool = false) {
    self.init(Array(text.utf8), isSafe: isSafe)
  }

  /// What words hold of a text: up to the first NUL.
  init(words: UnsafePointer<UInt64>, count: Int) {
    let raw = UnsafeRawBufferPointer(start: words, count: 8 * count)
    self.init(Array(raw.prefix { $0 != 0 }))
  }

  init(_ name: KernelName) {
    self.init(withUnsafeBytes(of: name.words) { Array($0.prefix(15).prefix { $0 != 0 }) })
  }

  /// Cut to what the kernel half keeps, NUL-padded.
  func write(to words: UnsafeMutablePointer<UInt64>) {
    let count = ValueType.text.wordCount
    let raw = UnsafeMutableRawBufferPointer(start: words, count: 8 * count)
    let kept = bytes.prefix(ValueType.textLimit)
    raw.copyBytes(from: kept)
    UnsafeMutableRawBufferPointer(rebasing: raw[kept.count...]).initializeMemory(
      as: UInt8.self, repeating: 0)
  }
}

/// Both ends of a packet's or socket's conversation.
package struct FlowValue: Sendable, Hashable {
  package var source: AddressValue
  package var destination: AddressValue
  package var sourcePort: UInt16
  package var destinationPort: UInt16
  package var proto: UInt8

  package init(
    source: AddressValue, destination: AddressValue, sourcePort: UInt16, destinationPort: UInt16,
    proto: UInt8
  ) {
    self.source = source
    self.destination = destination
    self.sourcePort = sourcePort
    self.destinationPort = destinationPort
    self.proto = proto
  }

  init(words: UnsafePointer<UInt64>) {
    self.init(
      source: AddressValue(high: words[0], low: words[1]),
      destination: AddressValue(high: words[2], low: words[3]),
      sourcePort: UInt16(truncatingIfNeeded: words[4] >> 32),
      destinationPort: UInt16(truncatingIfNeeded: words[4] >> 16),
      proto: UInt8(truncatingIfNeeded: words[4]))
  }

  package var reversed: FlowValue {
    FlowValue(
      source: destination, destination: source, sourcePort: destinationPort,
      destinationPort: sourcePort, proto: proto)
  }

  /// Five words, as events and keys have them.
  func write(to words: UnsafeMutablePointer<UInt64>) {
    words[0] = source.high
    words[1] = source.low
    words[2] = destination.high
    words[3] = destination.low
    words[4] = UInt64(sourcePort) << 32 | UInt64(destinationPort) << 16 | UInt64(proto)
  }

  /// The same for both directions.
  var normalized: FlowValue {
    (source, sourcePort) < (destination, destinationPort) ? self : reversed
  }
}

extension ValueType {
  /// Words that a value takes in locals and temporaries: a record has presence bits before the rest.
  var localWordCount: Int {
    if case .record = self { return 1 + wordCount }
    return wordCount
  }

  var isUnsigned: Bool {
    switch self {
    case .integer(let presentation): presentation.isUnsigned
    case .boolean, .mac, .stack: true
    case .address, .text, .flow, .record: false
    }
  }
}
