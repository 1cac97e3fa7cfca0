internal import Language
internal import Packets

/// A packet's way over the points of a path.
final class Journey {
  let definition: PathDefinition
  /// Index into ``Script/paths``.
  private(set) var path: Int
  private(set) var key: JourneyKey
  /// The packet at the first point, as it was there.
  let first: KeptEvent
  /// When each hop was seen, by the events' clock.
  private(set) var times: [UInt64?]
  var repeated = 0
  var late = 0
  /// The time is up, or the script has ended.
  var isEnded = false

  init(_ definition: PathDefinition, path: Int, key: JourneyKey, first: KeptEvent) {
    self.definition = definition
    self.path = path
    self.key = key
    self.first = first
    times = [UInt64?](repeating: nil, count: definition.hopNames.count)
    times[0] = first.event.timeNanoseconds
  }

  var start: UInt64 { first.event.timeNanoseconds }
  /// From here on a hop is late.
  var deadline: UInt64 { start &+ UInt64(max(0, definition.within)) }

  /// The path has another place in the script that goes on with it.
  func move(toPath path: Int) {
    self.path = path
    key.path = path
  }

  func see(_ hop: Int, at time: UInt64) {
    if times[hop] != nil {
      repeated += 1
    } else if time > deadline {
      late += 1
    } else {
      times[hop] = time
    }
  }

  var missing: Int { times.count { $0 == nil } }
  var isComplete: Bool { missing == 0 }

  /// From the first hop to the last that was seen.
  var total: Int64 { times.compactMap { $0 }.map { difference($0, start) }.max() ?? 0 }

  /// Since the first hop; nil if it was not reached.
  func sinceFirst(_ hop: Int) -> Int64? { times[hop].map { difference($0, start) } }

  /// Since the hop before that was reached; nil for the first.
  func sincePrevious(_ hop: Int) -> Int64? {
    guard let time = times[hop], let before = times[..<hop].last(where: { $0 != nil }) else {
      return nil
    }
    return difference(time, before!)
  }

  /// The hops as values: `name`, `at` and `ns`, null where they were not reached.
  var printed: PrintedValue {
    .list(
      definition.hopNames.indices.map { hop in
        func number(_ value: Int64?) -> PrintedValue { value.map { .integer($0) } ?? .absent }
        return .members([
          .init("name", .text(definition.hopNames[hop])), .init("at", number(sinceFirst(hop))),
          .init("ns", number(sincePrevious(hop))),
        ])
      })
  }

  private func difference(_ a: UInt64, _ b: UInt64) -> Int64 { Int64(bitPattern: a &- b) }
}

/// What tells a packet from others on its way.
struct JourneyKey: Hashable {
  var path: Int
  let words: (UInt64, UInt64, UInt64, UInt64, UInt64)

  static func == (a: JourneyKey, b: JourneyKey) -> Bool {
    a.path == b.path && a.words.0 == b.words.0 && a.words.1 == b.words.1
      && a.words.2 == b.words.2 && a.words.3 == b.words.3 && a.words.4 == b.words.4
  }

  func hash(into hasher: inout Hasher) {
    hasher.combine(path)
    hasher.combine(words.0)
    hasher.combine(words.1)
    hasher.combine(words.2)
    hasher.combine(words.3)
    hasher.combine(words.4)
  }
}

/// An event that owns its bytes.
final class KeptEvent {
  let event: Event
  let context: EventContext
  let isPlaced: Bool
  private let memory: UnsafeMutableRawBufferPointer

  init(_ event: Event, context: EventContext, isPlaced: Bool) {
    memory = .allocate(byteCount: event.fields.count + event.bytes.count + 1, alignment: 8)
    let fields = UnsafeMutableRawBufferPointer(rebasing: memory[..<event.fields.count])
    let bytes = UnsafeMutableRawBufferPointer(
      rebasing: memory[event.fields.count..<event.fields.count + event.bytes.count])
    fields.copyMemory(from: event.fields)
    bytes.copyMemory(from: event.bytes)
    var kept = event
    kept.fields = UnsafeRawBufferPointer(fields)
    kept.bytes = UnsafeRawBufferPointer(bytes)
    self.event = kept
    self.context = context
    self.isPlaced = isPlaced
  }

  deinit { memory.deallocate() }
}
