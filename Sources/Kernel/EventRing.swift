internal import CBpf
internal import CLibbpf
package import Language
internal import Packets

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// A session's ring buffer, which all its tracers write to, and its reader, whose memory it shares with the kernel: a page with the
/// reader's position, one with the writers', and the records, mapped twice in a row so that none is
/// broken by the end (`kernel/bpf/ringbuf.c`).
package final class EventRing {
  /// Readable when many events are queued; few events wait for the next ``drain(_:)``.
  package let descriptor: Int32
  /// Wall clock minus the kernel's monotonic clock, ns, when the ring was last looked into.
  package private(set) var clockOffset: Int64 = 0
  private(set) var received: UInt64 = 0

  /// Its size.
  package let bytes: Int
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
  ///   - bytes: its size: a power of two, a multiple of the page size.
  ///   - captureLength: the most that any probe keeps of a packet.
  package init(bytes: Int, captureLength: Int) throws(LoadFailure) {
    self.bytes = bytes
    self.captureLength = captureLength
    LoadLog.collect()
    let map = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "nc_ring", 0, 0, UInt32(bytes), nil)
    if map < 0 { throw LoadLog.failure("create maps") }
    descriptor = map
    let page = Int(getpagesize())
    do throws(LoadFailure) {
      consumer = try Self.share(map, bytes: page, PROT_READ | PROT_WRITE, at: 0)
    } catch {
      close(map)
      throw error
    }
    do throws(LoadFailure) {
      producer = try Self.share(map, bytes: page + 2 * bytes, PROT_READ, at: page)
    } catch {
      munmap(consumer.baseAddress, consumer.count)
      close(map)
      throw error
    }
    records = UnsafeRawPointer(producer.baseAddress! + page)
    mask = UInt64(bytes - 1)
  }

  deinit {
    munmap(consumer.baseAddress, consumer.count)
    munmap(producer.baseAddress, producer.count)
    close(descriptor)
  }

  private static func share(
    _ map: Int32, bytes: Int, _ protection: Int32, at offset: Int
  ) throws(LoadFailure) -> UnsafeMutableRawBufferPointer {
    guard let start = mmap(nil, bytes, protection, MAP_SHARED, map, offset), start != MAP_FAILED
    else { throw LoadFailure(step: "open the ring buffer", errno: errno, log: "") }
    return UnsafeMutableRawBufferPointer(start: start, count: bytes)
  }

  /// How many bytes were begun to be written, and read, since it was made.
  package var position: (written: UInt64, read: UInt64) {
    (nc_load_position(producer.baseAddress!), nc_load_position(consumer.baseAddress!))
  }

  /// Whether to go on to the next event.
  package enum Verdict {
    case more, enough
  }

  /// Hands on all that is queued, oldest first, until `receive` says that it is enough.
  ///
  /// - Returns: how many events were handed on.
  package func drain(_ receive: (Event) -> Verdict) -> UInt64 {
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
        var verdict = Verdict.more
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
