internal import CBpf
internal import CLibbpf
internal import Language
internal import Packets

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// The reader of a session's ring buffer.
final class EventRing {
  private var handle: OpaquePointer?
  private var receive: ((Event) -> Tracer.Verdict)?
  /// Wall clock minus the kernel's monotonic clock, ns.
  private var clockOffset: Int64 = 0
  private let captureLength: Int
  private(set) var received: UInt64 = 0

  init(map: Int32, captureLength: Int) throws(LoadFailure) {
    self.captureLength = captureLength
    LoadLog.collect()
    let context = Unmanaged.passUnretained(self).toOpaque()
    handle = ring_buffer__new(map, Self.callback, context, nil)
    if handle == nil { throw LoadLog.failure("open the ring buffer") }
  }

  deinit { ring_buffer__free(handle) }

  /// Readable (epoll) when the kernel wakes the reader.
  var descriptor: Int32 { ring_buffer__epoll_fd(handle) }

  /// Hands on all that is queued, oldest first, until `receive` says that it is enough.
  ///
  /// - Returns: how many events were handed on.
  func drain(_ receive: @escaping (Event) -> Tracer.Verdict) -> UInt64 {
    clockOffset = WallClock.offset()
    let before = received
    self.receive = receive
    _ = ring_buffer__consume(handle)
    self.receive = nil
    return received - before
  }

  private static let callback: ring_buffer_sample_fn = { context, bytes, size in
    guard let context, let bytes else { return 0 }
    let ring = Unmanaged<EventRing>.fromOpaque(context).takeUnretainedValue()
    return ring.take(UnsafeRawBufferPointer(start: bytes, count: size))
  }

  private func take(_ record: UnsafeRawBufferPointer) -> Int32 {
    let header = record.loadUnaligned(as: nc_event.self)
    let size = MemoryLayout<nc_event>.size
    // A script's fields come before the packet's bytes.
    let fields = min(8 * Int(header.field_words), record.count - size)
    let start = size + fields
    let captured = min(Int(header.captured_len), captureLength, record.count - start)
    func name(at offset: Int?) -> KernelName {
      KernelName(UnsafeRawBufferPointer(rebasing: record[(offset ?? 0)...]))
    }
    received += 1
    let event = Event(
      timeNanoseconds: UInt64(bitPattern: Int64(bitPattern: header.time_ns) &+ clockOffset),
      point: Int(header.point), cpu: header.cpu, processID: header.tgid, threadID: header.tid,
      command: name(at: MemoryLayout<nc_event>.offset(of: \.comm)),
      interfaceIndex: header.ifindex,
      interfaceName: name(at: MemoryLayout<nc_event>.offset(of: \.ifname)),
      namespace: header.netns, skb: header.skb, etherType: header.protocol,
      link: UInt32(header.link) == NC_LINK_ETHERNET.rawValue ? .ethernet : .rawIP,
      packetLength: Int(header.packet_len),
      isCutByFault: UInt32(header.flags) & NC_EVENT_UNREADABLE != 0,
      fields: UnsafeRawBufferPointer(rebasing: record[size..<start]),
      bytes: UnsafeRawBufferPointer(rebasing: record[start..<(start + captured)]))
    return receive?(event) == .enough ? -EINTR : 0
  }
}
