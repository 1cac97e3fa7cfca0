internal import Language
internal import Packets

/// Remembers the text that says where a packet was seen: most are seen where one was just before.
struct PlaceCache: ~Copyable {
  /// What the text depends on.
  private struct Key: Equatable {
    var point = -1
    var cpu: UInt32 = 0
    var processID: UInt32 = 0
    var command: (UInt64, UInt64) = (0, 0)
    var interface: (UInt64, UInt64) = (0, 0)
    /// 0 if the packet was not cut by a fault, else one more than the bytes that were read.
    var cut = 0
    var hasLink = false
    var madeHeaders: MadeHeaders = []

    @inline(__always)
    init(_ event: Event) {
      point = event.point
      cpu = event.cpu
      processID = event.processID
      command = event.command.words
      interface = event.interfaceName.words
      if event.isCutByFault { cut = event.bytes.count + 1 }
      if case .ethernet = event.link { hasLink = true }
      madeHeaders = event.madeHeaders
    }

    init() {}

    /// Of its slot.
    var index: Int {
      let hash = UInt32(truncatingIfNeeded: point) &* 5 ^ cpu &* 17 ^ processID
      return Int(hash) & (PlaceCache.slotCount - 1)
    }

    @inline(__always)
    static func == (a: Key, b: Key) -> Bool {
      a.point == b.point && a.cpu == b.cpu && a.processID == b.processID && a.command == b.command
        && a.interface == b.interface && a.cut == b.cut && a.hasLink == b.hasLink
        && a.madeHeaders == b.madeHeaders
    }
  }

  private struct Slot {
    var key = Key()
    var length = 0
  }

  private let slots: UnsafeMutablePointer<Slot>
  private let texts: UnsafeMutableRawPointer

  /// A power of two.
  private static let slotCount = 64
  /// Longer texts are not remembered.
  private static let textLimit = 256

  init() {
    slots = .allocate(capacity: PlaceCache.slotCount)
    slots.initialize(repeating: Slot(), count: PlaceCache.slotCount)
    texts = .allocate(byteCount: PlaceCache.slotCount * PlaceCache.textLimit, alignment: 16)
  }

  deinit {
    slots.deallocate()
    texts.deallocate()
  }

  /// The text of the event's place, if it is known; lent until the cache is next changed.
  @inline(__always)
  func text(_ event: Event) -> UnsafeRawBufferPointer? {
    let key = Key(event)
    let slot = slots + key.index
    if slot.pointee.key != key { return nil }
    return UnsafeRawBufferPointer(
      start: texts + key.index * PlaceCache.textLimit, count: slot.pointee.length)
  }

  /// Remembers what has been appended to `queue` since it held `start` bytes.
  mutating func remember(_ event: Event, _ queue: borrowing ByteQueue, from start: Int) {
    let length = queue.count - start
    if length > PlaceCache.textLimit { return }
    let key = Key(event)
    let text = texts + key.index * PlaceCache.textLimit
    text.copyMemory(from: queue.bytes.baseAddress! + start, byteCount: length)
    slots[key.index] = Slot(key: key, length: length)
  }
}
