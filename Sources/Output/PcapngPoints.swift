internal import Glibc
internal import Language
internal import Packets

/// Packets in a pcapng file: an interface for each point, a comment for each packet.
struct PcapngPoints: ~Copyable {
  private var writer = PcapngWriter()
  /// `point=icmp_rcv cpu=` for each point.
  private var starts: [[UInt8]] = []
  private var places = PlaceCache()
  /// Where a place that is not remembered is put together.
  private var place = ByteQueue(capacity: 512)

  /// The section header, and the interfaces.
  mutating func begin(
    _ points: [PointLabel], application: String, comments: [String], to buffer: inout ByteBuffer
  ) {
    var system = utsname()
    uname(&system)
    writer.appendSection(
      hardware: text(&system.machine),
      operatingSystem: text(&system.sysname) + " "
        + text(&system.release), application: application, comments: comments, to: &buffer)
    starts = []
    extend(points, to: &buffer)
  }

  /// Interfaces for those of the points that have none yet.
  mutating func extend(_ points: [PointLabel], to buffer: inout ByteBuffer) {
    for point in points.dropFirst(starts.count) {
      _ = writer.appendInterface(
        name: point.name, description: "\(point.mechanism) \(point.name)", to: &buffer)
      starts.append(Array("point=\(point.name) cpu=".utf8))
    }
    places = PlaceCache()
  }

  /// - Parameter values: what the comment says beside.
  @inline(__always)
  mutating func append(
    _ record: PacketRecord, _ event: Event, _ values: String, to buffer: inout ByteBuffer
  ) {
    if let place = places.text(event) {
      append(record, event, place, values, to: &buffer)
      return
    }
    PcapngPoints.appendPlace(event, after: starts[event.point], to: &place)
    places.remember(event, place, from: 0)
    append(record, event, place.bytes, values, to: &buffer)
    place.truncate(to: 0)
  }

  /// A packet of which nothing but its time is known.
  func append(_ record: PacketRecord, point: Int, to buffer: inout ByteBuffer) {
    writer.append(record, interface: UInt32(point), to: &buffer) { _ in }
  }

  @inline(__always)
  private func append(
    _ record: PacketRecord, _ event: Event, _ place: UnsafeRawBufferPointer, _ values: String,
    to buffer: inout ByteBuffer
  ) {
    withUnsafeBytes(of: sixteenHexDigits(event.skb)) { skb in
      writer.append(record, interface: UInt32(event.point), to: &buffer) {
        $0.append(place)
        $0.append(skb)
        if !values.isEmpty { $0.append(values) }
      }
    }
  }

  /// `point=icmp_rcv cpu=1 process=ping-812 dev=veth0 skb=0x`, and before that last one what else
  /// there is to say of the packet.
  private static func appendPlace(
    _ event: Event, after start: [UInt8], to queue: inout ByteQueue
  ) {
    queue.append(start)
    queue.appendDecimal(UInt64(event.cpu))
    queue.append(" process=")
    queue.append(name: event.command)
    queue.append(UInt8(ascii: "-"))
    queue.appendDecimal(UInt64(event.processID))
    if !event.interfaceName.isEmpty {
      queue.append(" dev=")
      queue.append(name: event.interfaceName)
    }
    if event.link != .ethernet { queue.append(" (no link header: zero Ethernet addresses added)") }
    queue.append(event.madeHeaders)
    if event.isCutByFault {
      queue.append(" (unreadable beyond ")
      queue.appendDecimal(UInt64(event.bytes.count))
      queue.append(" bytes)")
    }
    queue.append(" skb=0x")
  }
}

/// A C string in a tuple.
private func text<T>(_ field: inout T) -> String {
  withUnsafeBytes(of: &field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
}
