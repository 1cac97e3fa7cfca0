internal import Language
internal import Packets

/// Writes what stands before a packet's text: where it was seen, and when.
struct HeadRenderer: ~Copyable {
  /// `icmp_rcv: ` for each point.
  private var points: [[UInt8]] = []
  private var places = PlaceCache()
  private var time: TimeRenderer
  private let isNumbered: Bool
  private var number: UInt64 = 0

  init(_ flags: DisplayFlags) {
    time = TimeRenderer(flags.time)
    isNumbered = flags.isNumbered
  }

  /// Numbers packets as the other would have.
  mutating func goOn(from other: borrowing HeadRenderer) { number = other.number }

  mutating func setPoints(_ labels: [PointLabel]) {
    points = labels.map { Array("\($0.name): ".utf8) }
    places = PlaceCache()
  }

  /// - Parameter isPlaced: false: nothing is known of where the packet was seen.
  @inline(__always)
  mutating func append(_ event: Event, isPlaced: Bool = true, to queue: inout ByteQueue) {
    if !isPlaced {
      // Only when.
    } else if let place = places.text(event) {
      queue.append(place)
    } else {
      let start = queue.count
      appendPlace(event, to: &queue)
      places.remember(event, queue, from: start)
    }
    if isNumbered {
      number += 1
      queue.appendDecimal(number, blanksTo: 5)
      queue.append("  ")
    }
    time.append(event.timeNanoseconds, to: &queue)
  }

  /// `icmp_rcv: ping-812 [001] veth0  `
  private func appendPlace(_ event: Event, to queue: inout ByteQueue) {
    queue.append(points[event.point])
    queue.append(name: event.command)
    queue.append(UInt8(ascii: "-"))
    queue.appendDecimal(UInt64(event.processID))
    queue.append(" [")
    queue.appendDecimal(UInt64(event.cpu), width: 3)
    queue.append("] ")
    if event.interfaceName.isEmpty {
      queue.append(UInt8(ascii: "-"))
    } else {
      queue.append(name: event.interfaceName)
    }
    if event.link != .ethernet { queue.append(" (no link header)") }
    queue.append(event.madeHeaders)
    if event.isCutByFault {
      queue.append(" (unreadable beyond ")
      queue.appendDecimal(UInt64(event.bytes.count))
      queue.append(" bytes)")
    }
    queue.append("  ")
  }
}

extension ByteQueue {
  /// ` (rebuilt: ethernet, network)`, or nothing.
  mutating func append(_ headers: MadeHeaders) {
    if headers.isEmpty { return }
    append(text: " (rebuilt: \(headers.names.joined(separator: ", ")))")
  }
}
