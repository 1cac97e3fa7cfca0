package import Language
internal import Packets

/// What compiled code works on: the event at hand, and the memory of all locals.
///
/// Code is given a pointer to it, so that neither reference counts nor checks of exclusive access are
/// paid for each operation. ``Interpreter`` owns it.
struct MachineState {
  // The packet.
  var bytes = UnsafeRawBufferPointer(start: nil, count: 0)
  var packetLength = 0
  var link = LinkType.ethernet
  var layers = LayerParser()
  /// Whether `layers` are those of this packet: they are looked for when first asked for.
  var areLayersParsed = false

  /// Presence bits, then the values of the event's fields; nil: there is no event.
  var fields: UnsafePointer<UInt64>?
  var context = EventContext()
  /// What a recording has of the kernel's memory, as text by the name that scripts use.
  var recorded: [String: String] = [:]

  /// Locals, temporaries, keys: each piece of code has its own place.
  let words: UnsafeMutablePointer<UInt64>
  /// Texts of locals, which may be longer than words hold.
  var texts: [Text?]

  // The half in netcap.
  var event: Event?
  /// Where the event happened is known: see ``ShownPacket/isPlaced``.
  var isPlaced = false
  /// Of the event or journey at hand, from 0.
  var number: Int64 = 0
  var journey: Journey?
  var hop = 0
  var row: TableRow?
  /// The line that is being printed.
  var line = Line()
  var exitStatus: Int32?

  // The kernel half.
  /// Bytes of the packet that an event keeps.
  var captureLimit = Int.max
  var emissions = EmissionQueue()

  /// The first thing that went wrong since it was last looked at.
  var failure: StoreError?

  init(words: UnsafeMutablePointer<UInt64>, textCount: Int) {
    self.words = words
    texts = [Text?](repeating: nil, count: textCount)
  }

  mutating func setPacket(_ bytes: UnsafeRawBufferPointer, length: Int, link: LinkType) {
    self.bytes = bytes
    packetLength = length
    self.link = link
    areLayersParsed = false
  }

  /// What a recording keeps of the event beside its packet: what is known of its surroundings, the
  /// kernel's values that its hidden fields carry, what C has filled in, and what it was recorded with
  /// before.
  ///
  /// - Parameter cFields: which of the fields C fills.
  func recordedValues(
    _ definitions: [EventField], cFields: Set<Int>, _ printer: ValuePrinter
  ) -> String {
    var values = ""
    if let number = context.threadID { values += " tid=\(number)" }
    if let number = context.interfaceIndex { values += " ifindex=\(number)" }
    if let number = context.namespace { values += " netns=\(number)" }
    func add(_ name: String, _ value: String) {
      values += " " + String(decoding: RecordedValue.escaped(Array(name.utf8)), as: UTF8.self)
      values += "=" + value
    }
    let filled = Set(cFields.map { definitions[$0].recordedName })
    for (name, value) in recorded.sorted(by: { $0.key < $1.key }) where !filled.contains(name) {
      add(name, value)
    }
    guard let fields else { return values }
    var offset = 1
    for (index, field) in definitions.enumerated() {
      let isThere = fields[0] >> UInt64(index) & 1 != 0
      if isThere, field == .run {
        if fields[offset] == UInt64(EventField.again) { values += " again=1" }
      } else if isThere, field.isHidden || cFields.contains(index),
        let value = RecordedValue.write(
          fields + offset, field.type, frames: printer.frames)
      {
        add(field.isHidden ? String(field.name.dropFirst()) : field.recordedName, value)
      }
      offset += field.type.wordCount
    }
    return values
  }

  @inline(never)
  mutating func parseLayers() {
    layers.parse(bytes, link: link)
    areLayersParsed = true
  }
}

typealias Machine = UnsafeMutablePointer<MachineState>

extension UnsafeMutablePointer<MachineState> {
  /// Where a layer begins; nil: it is absent.
  @inline(__always)
  func offset(of layer: Layer, _ depth: Int) -> Int? {
    if !pointee.areLayersParsed { pointee.parseLayers() }
    return pointee.layers.offset(of: layer, depth: depth)
  }

  /// The same as a place in memory.
  @inline(__always)
  func place(of layer: Layer, _ depth: Int) -> UnsafeRawPointer? {
    guard let offset = offset(of: layer, depth) else { return nil }
    return pointee.bytes.baseAddress.unsafelyUnwrapped + offset
  }

  func payload(of layer: Layer, _ depth: Int) -> Range<Int>? {
    if !pointee.areLayersParsed { pointee.parseLayers() }
    return pointee.layers.payload(of: layer, depth: depth, in: pointee.bytes)
  }

  /// Where a layer's payload begins, whatever its end.
  func payloadStart(of layer: Layer, _ depth: Int) -> Int? {
    if !pointee.areLayersParsed { pointee.parseLayers() }
    return pointee.layers.payloadStart(of: layer, depth: depth, in: pointee.bytes)
  }

  /// Notes what went wrong; code that needed it goes on with an absent value.
  func note(_ error: StoreError) {
    if pointee.failure == nil { pointee.failure = error }
  }
}

/// What is known of where an event happened. A recording may lack any of it.
package struct EventContext: Sendable {
  package var time: UInt64?
  package var function: Text?
  package var cpu: UInt32?
  package var processID: UInt32?
  package var threadID: UInt32?
  package var command: KernelName?
  package var interfaceName: KernelName?
  package var interfaceIndex: UInt32?
  package var namespace: UInt32?
  package var cgroup: UInt64?
  package var stack: UInt64?
  package var skb: UInt64?
  package var isRebuilt = false

  package init() {}
}

/// Events that the kernel half has sent, until it has ended.
struct EmissionQueue {
  struct Entry {
    var start: Int
    var captureLimit: Int
  }

  var words: [UInt64] = []
  var entries: [Entry] = []

  @inline(__always)
  var isEmpty: Bool { entries.isEmpty }

  mutating func removeAll() {
    words.removeAll(keepingCapacity: true)
    entries.removeAll(keepingCapacity: true)
  }
}
