internal import Language
internal import Packets

/// What became of the journeys of a path.
package struct PathCounters: Sendable, Equatable {
  package var complete: UInt64 = 0
  /// Their time was up before all hops were seen.
  package var timedOut: UInt64 = 0
  /// Ended because the packet began again, or its buffer became another's.
  package var replaced: UInt64 = 0
  /// Under way when the script ended.
  package var cut: UInt64 = 0
  /// Hops seen again, and seen after the end of their journey.
  package var repeated: UInt64 = 0
  package var late: UInt64 = 0
  /// Journeys that were not begun because there were too many.
  package var refused: UInt64 = 0
  /// Packets that have no bytes to be known by, as before their headers are made.
  package var unknown: UInt64 = 0

  package init() {}

  /// Ended before all hops were seen.
  package var incomplete: UInt64 { timedOut + replaced + cut }
}

/// Correlates the packets of a path: a journey begins at the first point, and ends when all points
/// were seen or its time is up.
struct PathTracker {
  private let definitions: [PathDefinition]
  /// Journeys by key: those under way, and those that ended so lately that hops may still come.
  private var journeys: [JourneyKey: Journey] = [:]
  /// The same in the order of their beginning, for each path; those before `firsts` are done with.
  private var queues: [[Journey]]
  private var firsts: [Int]
  /// Where journeys whose time is up are told apart from those that linger.
  private var waiting: [Int]
  private var open: [Int]
  private(set) var counters: [PathCounters]
  private var seed = UInt64.random(in: 1 ... .max)

  init(_ definitions: [PathDefinition]) {
    self.definitions = definitions
    queues = definitions.map { _ in [] }
    firsts = definitions.map { _ in 0 }
    waiting = firsts
    open = firsts
    counters = definitions.map { _ in PathCounters() }
  }

  /// Goes on with the journeys of another tracker.
  ///
  /// - Parameter places: for each of its paths that goes on, the place of that in this one.
  mutating func take(from before: PathTracker, places: [Int: Int]) {
    seed = before.seed
    for (old, new) in places {
      queues[new] = before.queues[old]
      firsts[new] = before.firsts[old]
      waiting[new] = before.waiting[old]
      open[new] = before.open[old]
      counters[new] = before.counters[old]
      let known = before.queues[old][before.firsts[old]...].filter {
        before.journeys[$0.key] === $0
      }
      for journey in before.queues[old] { journey.move(toPath: new) }
      for journey in known { journeys[journey.key] = journey }
    }
  }

  /// Takes in that a packet was seen at a hop.
  ///
  /// - Returns: journeys that are over by that.
  mutating func see(
    _ role: ProbeDefinition.PathRole, _ machine: Machine, _ event: Event
  ) -> [Journey] {
    let definition = definitions[role.path]
    guard let key = key(role.path, definition.key, machine, event) else { return [] }
    var over: [Journey] = []
    if let journey = journeys[key] {
      let isNewBuffer =
        role.hop == 0 && definition.key == .skb && !isSamePacket(journey.first, event, machine)
      if !isNewBuffer, !(journey.isEnded && role.hop == 0) {
        note(journey, role.hop, event.timeNanoseconds)
        return journey.isComplete && !journey.isEnded ? [end(journey, otherwise: \.timedOut)] : []
      }
      // The buffer was freed and is another packet's, or the same packet begins again.
      if !journey.isEnded { over.append(end(journey, otherwise: \.replaced)) }
    }
    guard role.hop == 0 else { return over }
    guard open[role.path] < definition.maximum else {
      counters[role.path].refused += 1
      return over
    }
    let journey = Journey(
      definition, path: role.path, key: key,
      first: KeptEvent(event, context: machine.pointee.context, isPlaced: machine.pointee.isPlaced))
    journeys[key] = journey
    queues[role.path].append(journey)
    open[role.path] += 1
    return over
  }

  private mutating func note(_ journey: Journey, _ hop: Int, _ time: UInt64) {
    if journey.isEnded {
      counters[journey.path].late += 1
      return
    }
    let before = (journey.repeated, journey.late)
    journey.see(hop, at: time)
    counters[journey.path].repeated += UInt64(journey.repeated - before.0)
    counters[journey.path].late += UInt64(journey.late - before.1)
  }

  /// - Parameter reason: what an incomplete one is counted as.
  private mutating func end(
    _ journey: Journey, otherwise reason: WritableKeyPath<PathCounters, UInt64>
  ) -> Journey {
    journey.isEnded = true
    open[journey.path] -= 1
    if journey.isComplete {
      counters[journey.path].complete += 1
    } else {
      counters[journey.path][keyPath: reason] += 1
    }
    return journey
  }

  /// When the next journey's time is up.
  var nextDeadline: UInt64? {
    var next: UInt64?
    for path in definitions.indices {
      for journey in queues[path][waiting[path]...] where !journey.isEnded {
        next = min(next ?? .max, journey.deadline)
        break
      }
    }
    return next
  }

  /// Journeys whose time is up, in the order of their beginning.
  mutating func expire(at time: UInt64) -> [Journey] {
    var over: [Journey] = []
    for path in definitions.indices {
      while waiting[path] < queues[path].count {
        let journey = queues[path][waiting[path]]
        if !journey.isEnded {
          if journey.deadline >= time { break }
          over.append(end(journey, otherwise: \.timedOut))
        }
        waiting[path] += 1
      }
      forget(path, at: time)
    }
    return over
  }

  /// Lets go of journeys that ended long ago, and of the oldest if there are too many of them.
  private mutating func forget(_ path: Int, at time: UInt64) {
    let definition = definitions[path]
    while firsts[path] < waiting[path] {
      let journey = queues[path][firsts[path]]
      let isOld = journey.deadline &+ UInt64(max(0, definition.within)) < time
      if !isOld, waiting[path] - firsts[path] <= definition.maximum { break }
      if journeys[journey.key] === journey { journeys[journey.key] = nil }
      firsts[path] += 1
    }
    if firsts[path] > 1024, firsts[path] * 2 > queues[path].count {
      queues[path].removeFirst(firsts[path])
      waiting[path] -= firsts[path]
      firsts[path] = 0
    }
  }

  /// All that are under way: there will be no more events.
  mutating func finish() -> [Journey] {
    var over: [Journey] = []
    for path in definitions.indices {
      for journey in queues[path][firsts[path]...] where !journey.isEnded {
        over.append(end(journey, otherwise: \.cut))
      }
    }
    return over
  }

  // MARK: Identity

  private mutating func key(
    _ path: Int, _ kind: PathDefinition.Key, _ machine: Machine, _ event: Event
  ) -> JourneyKey? {
    switch kind {
    case .skb: return JourneyKey(path: path, words: (event.skb, 0, 0, 0, 0))
    case .content:
      guard let (a, b) = content(machine) else {
        counters[path].unknown += 1
        return nil
      }
      return JourneyKey(path: path, words: (a, b, 0, 0, 0))
    case .flow:
      guard let flow = machine.flow(0)?.normalized else { return nil }
      var words: (UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0)
      withUnsafeMutableBytes(of: &words) {
        flow.write(to: $0.baseAddress!.assumingMemoryBound(to: UInt64.self))
      }
      return JourneyKey(path: path, words: words)
    }
  }

  /// Whether an event at the first point is about the packet that a journey has begun with.
  private func isSamePacket(_ first: KeptEvent, _ event: Event, _ machine: Machine) -> Bool {
    var layers = LayerParser()
    layers.parse(first.event.bytes, link: first.event.link)
    let before = PacketContent(layers, first.event.bytes, length: first.event.packetLength)
    let hash = before.isEmpty ? nil : before.hash(seed)
    switch (hash, content(machine)) {
    case (let a?, let b?): return a == b
    case (nil, nil): return true
    case (_?, nil), (nil, _?): return false
    }
  }

  /// Nil where there are no bytes: then all packets would be the same.
  private func content(_ machine: Machine) -> (UInt64, UInt64)? {
    if !machine.pointee.areLayersParsed { machine.pointee.parseLayers() }
    let content = PacketContent(
      machine.pointee.layers, machine.pointee.bytes, length: machine.pointee.packetLength)
    return content.isEmpty ? nil : content.hash(seed)
  }
}

/// A packet from its IP header on, without what changes on its way: TTL or hop limit, and checksums.
struct PacketContent {
  private let bytes: UnsafeRawBufferPointer
  /// Offsets of bytes that count as zero.
  private var skipped: [Range<Int>] = []

  init(_ layers: LayerParser, _ bytes: UnsafeRawBufferPointer, length: Int) {
    var start = 0
    if let ip = layers.offset(of: .ip, depth: 0) {
      start = ip
      skipped = [8..<9, 10..<12]
    } else if let ip = layers.offset(of: .ip6, depth: 0) {
      start = ip
      skipped = [7..<8]
    } else if layers.offset(of: .eth, depth: 0) != nil {
      start = 14
    }
    let upper: [(Layer, Range<Int>)] = [
      (.tcp, 16..<18), (.udp, 6..<8), (.icmp, 2..<4), (.icmp6, 2..<4), (.sctp, 8..<12),
    ]
    for (layer, checksum) in upper {
      if let offset = layers.offset(of: layer, depth: 0) {
        let place = offset - start
        skipped.append(place + checksum.lowerBound..<place + checksum.upperBound)
      }
    }
    // Padding behind the packet may be there at one point and not at another.
    let end = min(bytes.count, layers.end(depth: 0) ?? length)
    self.bytes = UnsafeRawBufferPointer(rebasing: bytes[min(start, end)..<end])
  }

  var isEmpty: Bool { bytes.isEmpty }

  func hash(_ seed: UInt64) -> (UInt64, UInt64) {
    var (a, b) = (seed, ~seed)
    func take(_ word: UInt64) {
      let first = (a ^ word).multipliedFullWidth(by: 0x9e37_79b9_7f4a_7c15)
      let second = (b ^ word).multipliedFullWidth(by: 0xd6e8_feb8_6659_fd93)
      a = (first.high ^ first.low) &+ b
      b = (second.high ^ second.low) &+ seed
    }
    var at = 0
    // Only the headers have bytes that do not count.
    let careful = min(bytes.count, (skipped.map(\.upperBound).max() ?? 0) + 7 & ~7)
    while at < bytes.count {
      var word: UInt64 = 0
      if at >= careful, at + 8 <= bytes.count {
        word = bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self)
      } else {
        for index in at..<min(at + 8, bytes.count) {
          let counts = !skipped.contains { $0.contains(index) }
          word = word << 8 | UInt64(counts ? bytes[index] : 0)
        }
      }
      take(word)
      at += 8
    }
    take(UInt64(bytes.count))
    return (a, b)
  }
}
