internal import CBpf
internal import CLibbpf
internal import Language
internal import Packets

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// The reader of a session's ring buffer, whose memory it shares with the kernel: a page with the
/// reader's position, one with the writers', and the records, mapped twice in a row so that none is
/// broken by the end (`kernel/bpf/ringbuf.c`).
final class EventRing {
  /// Readable when the kernel wakes the reader.
  let descriptor: Int32
  /// Wall clock minus the kernel's monotonic clock, ns, when the ring was last looked into.
  private(set) var clockOffset: Int64 = 0
  private(set) var received: UInt64 = 0

  private let captureLength: Int
  private let consumer: UnsafeMutableRawBufferPointer
  private let producer: UnsafeMutableRawBufferPointer
  private let records: UnsafeRawPointer
  private let mask: UInt64

  private static let headerLength = 8
  private static let busy: UInt32 = 1 << 31
  private static let discarded: UInt32 = 1 << 30

  /// What a name of 16 bytes is moved as.
  private typealias Words = (UInt64, UInt64)

  /// - Parameters:
  ///   - map: of the kind BPF_MAP_TYPE_RINGBUF; it has to outlive the reader.
  ///   - bytes: its size.
  init(map: Int32, bytes: Int, captureLength: Int) throws(LoadFailure) {
    self.captureLength = captureLength
    descriptor = map
    let page = Int(getpagesize())
    consumer = try Self.share(map, bytes: page, PROT_READ | PROT_WRITE, at: 0)
    do throws(LoadFailure) {
      producer = try Self.share(map, bytes: page + 2 * bytes, PROT_READ, at: page)
    } catch {
      munmap(consumer.baseAddress, consumer.count)
      throw error
    }
    records = UnsafeRawPointer(producer.baseAddress! + page)
    mask = UInt64(bytes - 1)
  }

  deinit {
    munmap(consumer.baseAddress, consumer.count)
    munmap(producer.baseAddress, producer.count)
  }

  private static func share(
    _ map: Int32, bytes: Int, _ protection: Int32, at offset: Int
  ) throws(LoadFailure) -> UnsafeMutableRawBufferPointer {
    guard let start = mmap(nil, bytes, protection, MAP_SHARED, map, offset), start != MAP_FAILED
    else { throw LoadFailure(step: "open the ring buffer", errno: errno, log: "") }
    return UnsafeMutableRawBufferPointer(start: start, count: bytes)
  }

  /// Hands on all that is queued, oldest first, until `receive` says that it is enough.
  ///
  /// - Returns: how many events were handed on.
  func drain(_ receive: (Event) -> Tracer.Verdict) -> UInt64 {
    clockOffset = WallClock.offset()
    let before = received
    let place = consumer.baseAddress!
    var position = nc_load_position(place)
    while case let end = nc_load_position(producer.baseAddress!), position < end {
      while position < end {
        let record = records + Int(position & mask)
        let length = nc_load_length(record)
        // Its writer is not done; those behind it have to wait.
        if length & Self.busy != 0 { return received - before }
        let size = Int(length & ~Self.discarded)
        var verdict = Tracer.Verdict.more
        if length & Self.discarded == 0 {
          received += 1
          verdict = receive(
            event(UnsafeRawBufferPointer(start: record + Self.headerLength, count: size)))
        }
        // From here on the kernel may write there.
        position += UInt64((size + Self.headerLength + 7) & ~7)
        nc_store_position(place, position)
        if verdict == .enough { return received - before }
      }
    }
    return received - before
  }

  @inline(__always)
  private func event(_ record: UnsafeRawBufferPointer) -> Event {
    let start = record.baseAddress!
    let header = start.assumingMemoryBound(to: nc_event.self)
    let size = MemoryLayout<nc_event>.size
    // A script's fields come before the packet's bytes.
    let fields = min(8 * Int(header.pointee.field_words), record.count - size)
    let packet = size + fields
    let captured = min(
      Int(header.pointee.captured_len), captureLength, record.count - packet)
    return Event(
      timeNanoseconds: UInt64(bitPattern: Int64(bitPattern: header.pointee.time_ns) &+ clockOffset),
      point: Int(header.pointee.point), cpu: header.pointee.cpu,
      processID: header.pointee.tgid, threadID: header.pointee.tid,
      command: KernelName(words: unsafeBitCast(header.pointee.comm, to: Words.self)),
      interfaceIndex: header.pointee.ifindex,
      interfaceName: KernelName(words: unsafeBitCast(header.pointee.ifname, to: Words.self)),
      namespace: header.pointee.netns,
      skb: header.pointee.skb, etherType: header.pointee.protocol,
      link: UInt32(header.pointee.link) == NC_LINK_ETHERNET.rawValue ? .ethernet : .rawIP,
      packetLength: Int(header.pointee.packet_len),
      isCutByFault: UInt32(header.pointee.flags) & NC_EVENT_UNREADABLE != 0,
      madeHeaders: MadeHeaders(rawValue: header.pointee.flags),
      fields: UnsafeRawBufferPointer(start: start + size, count: fields),
      bytes: UnsafeRawBufferPointer(start: start + packet, count: captured))
  }
}
