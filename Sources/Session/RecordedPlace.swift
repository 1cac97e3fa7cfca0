internal import Language
internal import Runtime

/// Where a packet of a recording of netcap's was seen: what the packet's comment says
/// (`PcapngPoints` writes it).
struct RecordedPlace: Equatable {
  var point: String
  var cpu: UInt32
  var command: String
  var processID: UInt32
  var interface: String?
  var skb: UInt64
  /// The packet had no link header: it was given an Ethernet header of zeros.
  var hasMadeHeader = false
  var isCutByFault = false
  var madeHeaders: MadeHeaders = []
  /// What was kept beside: values of the kernel's memory by their names in scripts, and more of the
  /// packet's surroundings.
  var values: [String: String] = [:]

  /// Nil for a comment that netcap did not write.
  init?(comment: String) {
    var text = comment[...]
    guard let point = RecordedPlace.value(of: "point=", to: " cpu=", &text),
      let cpu = RecordedPlace.value(of: "", to: " process=", &text).flatMap({ UInt32($0) }),
      // A process may have any name: what follows it is looked for from the end.
      let start = RecordedPlace.lastRange(of: " skb=0x", in: text),
      let skb = UInt64(text[start.upperBound...].prefix { $0 != " " }, radix: 16)
    else { return nil }
    for word in text[start.upperBound...].split(separator: " ").dropFirst() {
      let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2 else { continue }
      values[String(decoding: RecordedValue.text(String(parts[0])), as: UTF8.self)] = String(
        parts[1])
    }
    text = text[..<start.lowerBound]
    if let start = RecordedPlace.lastRange(of: " (unreadable beyond ", in: text), text.last == ")" {
      isCutByFault = true
      text = text[..<start.lowerBound]
    }
    if let start = RecordedPlace.lastRange(of: " (rebuilt: ", in: text), text.last == ")",
      let headers = MadeHeaders(
        names: text[start.upperBound...].dropLast().split(separator: ", "))
    {
      madeHeaders = headers
      text = text[..<start.lowerBound]
    }
    if let start = RecordedPlace.lastRange(of: " (no link header", in: text), text.last == ")" {
      hasMadeHeader = true
      text = text[..<start.lowerBound]
    }
    if let start = RecordedPlace.lastRange(of: " dev=", in: text),
      RecordedPlace.process(text[..<start.lowerBound]) != nil
    {
      interface = String(text[start.upperBound...])
      text = text[..<start.lowerBound]
    }
    guard let (command, processID) = RecordedPlace.process(text) else { return nil }
    self.point = String(point)
    self.cpu = cpu
    self.skb = skb
    self.command = command
    self.processID = processID
  }

  private static let surroundings: Set = ["tid", "ifindex", "netns", "again"]

  /// The packet has entered the probes at its point before: it was recorded for another event.
  var isAgain: Bool { values["again"] != nil }

  func number(_ name: String) -> UInt32? { values[name].flatMap { UInt32($0) } }

  var cgroup: UInt64? { values[ContextField.cgroup.recordedName].flatMap { UInt64($0) } }

  /// The frames' names, as ``RecordedValue/frames(_:)`` takes them.
  var stack: String? { values[ContextField.stack.recordedName] }

  /// What the packet came with of the kernel's memory.
  var kernelValues: [String: String] {
    values.filter { !RecordedPlace.surroundings.contains($0.key) }
  }

  /// `ping-812`
  private static func process(_ text: Substring) -> (String, UInt32)? {
    guard let dash = text.lastIndex(of: "-"), let number = UInt32(text[text.index(after: dash)...])
    else { return nil }
    return (String(text[..<dash]), number)
  }

  /// What is between a prefix and the first `end`; the text goes on behind that.
  private static func value(
    of prefix: String, to end: String, _ text: inout Substring
  ) -> Substring? {
    guard text.hasPrefix(prefix) else { return nil }
    let rest = text.dropFirst(prefix.count)
    guard let range = rest.firstRange(of: end) else { return nil }
    text = rest[range.upperBound...]
    return rest[..<range.lowerBound]
  }

  private static func lastRange(of part: String, in text: Substring) -> Range<String.Index>? {
    text.ranges(of: part).last
  }
}
