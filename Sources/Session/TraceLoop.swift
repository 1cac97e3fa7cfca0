internal import Kernel
internal import Language
internal import Output
internal import Syntax
internal import SystemPackage

/// The event loop: from the ring buffer to the sinks until a signal, the packet limit or an error.
final class TraceLoop {
  private let tracer: Tracer
  private let sinks: [any Sink]
  private let messages: Writer
  private let stop: FileDescriptor
  /// Packets to hand out, 0 for no limit.
  private let limit: UInt64
  /// How long to trace; nil: no limit.
  private let duration: Duration?
  /// Readable when what is traced has ended, and the session with it.
  private let ending: FileDescriptor?
  /// That was so.
  private(set) var hasEnded = false
  /// Looks whether there is something to be said.
  private let watch: HeaderWatch?
  /// Something else that ends the session.
  private let isOver: () -> Bool
  private var received: UInt64 = 0
  private var failure: OutputError?
  private var counters: [PointCounters] = []
  private var counterProblem: LoadFailure?

  /// The ring is looked into at least so often: the kernel wakes the reader for many events only.
  private static let drainInterval = Duration.milliseconds(20)
  /// Packets that are handed out before what sinks say of them is written: a full ring has tens of thousands.
  private static let batch: UInt64 = 1024
  private static let watchInterval = Duration.seconds(1)
  /// How long delivering what is queued may take at the end.
  private static let finishTime = Duration.seconds(10)

  init(
    tracer: Tracer, sinks: [any Sink], messages: Writer, stop: FileDescriptor, limit: UInt64,
    duration: Duration? = nil, watch: HeaderWatch? = nil, ending: FileDescriptor? = nil,
    isOver: @escaping () -> Bool = { false }
  ) {
    self.tracer = tracer
    self.sinks = sinks
    self.messages = messages
    self.stop = stop
    self.limit = limit
    self.duration = duration
    self.watch = watch
    self.ending = ending
    self.isOver = isOver
  }

  /// Traces until the end, then detaches and delivers what is queued.
  ///
  /// - Returns: what went wrong, nil if nothing did. A reader that went away is nothing wrong.
  func run(_ labels: [PointLabel], started: () -> Void) -> SessionError? {
    do throws(OutputError) {
      for sink in sinks { try sink.begin(points: labels) }
    } catch {
      failure = error
    }
    do throws(LoadFailure) {
      if failure == nil {
        try tracer.setEnabled(true)
        started()
        trace()
      }
      try tracer.setEnabled(false)
    } catch {
      return .cannotRun([Diagnostic(.error, "cannot trace: \(error.reason)")])
    }
    if failure == nil { drainRest() }
    lookAround()
    readCounters(labels.count)
    tracer.detach()
    deliver()
    switch failure {
    case nil, .closed: return nil
    case .failed(let diagnostic): return .cannotRun([diagnostic])
    }
  }

  private var isComplete: Bool { limit > 0 && received >= limit || isOver() }

  private func trace() {
    var set = PollSet()
    let ring = FileDescriptor(rawValue: tracer.ring.descriptor)
    let end = duration.map { ContinuousClock.now + $0 }
    var nextWatch = ContinuousClock.now + Self.watchInterval
    while failure == nil, !isComplete {
      let drained = drain()
      if failure != nil || isComplete { return }
      let now = ContinuousClock.now
      if let end, now >= end { return }
      if now >= nextWatch {
        lookAround()
        nextWatch = now + Self.watchInterval
      }
      var wake = now + Self.drainInterval
      if let end { wake = min(wake, end) }
      set.removeAll()
      set.add(stop, .read)
      if let ending { set.add(ending, .read) }
      do throws(OutputError) {
        for sink in sinks {
          if drained == 0 { try sink.idle(now: now) }
          sink.addInterests(to: &set)
          if let time = sink.wakeTime { wake = min(wake, time) }
        }
        try messages.flush()
        let takes = sinks.allSatisfy(\.wantsMore)
        if takes { set.add(ring, .read) }
        // After a full batch there is probably more; without room, only sinks can make some.
        set.wait(until: drained > 0 && takes ? now : wake)
        for sink in sinks { try sink.handle(set, now: .now) }
      } catch {
        failure = error
      }
      if set.isReady(stop, .read) { return }
      if let ending, set.isReady(ending, .read) {
        hasEnded = true
        return
      }
    }
  }

  /// Hands out what is in the ring, as long as all sinks take it.
  private func drain() -> UInt64 {
    guard sinks.allSatisfy(\.wantsMore) else { return 0 }
    let sinks = sinks
    let before = received
    // So many are handed out, until the limit: a number, which is quickly compared.
    var rest = limit > 0 ? min(limit - received, Self.batch) : Self.batch
    let drained = tracer.ring.drain { event in
      rest &-= 1
      var haveRoom = true
      do throws(OutputError) {
        for sink in sinks {
          try sink.consume(event)
          if !sink.wantsMore { haveRoom = false }
        }
      } catch {
        failure = error
        return .enough
      }
      return haveRoom && rest > 0 && !isOver() ? .more : .enough
    }
    received = before + drained
    return drained
  }

  /// What was in the ring when tracing ended is handed out too.
  private func drainRest() {
    var set = PollSet()
    let deadline = ContinuousClock.now + Self.finishTime
    while failure == nil, !isComplete, ContinuousClock.now < deadline {
      let drained = drain()
      if drained == 0, sinks.allSatisfy(\.wantsMore) { return }
      set.removeAll()
      do throws(OutputError) {
        for sink in sinks { sink.addInterests(to: &set) }
        set.wait(until: .now + (drained == 0 ? Self.drainInterval : .zero))
        for sink in sinks { try sink.handle(set, now: .now) }
      } catch {
        failure = error
      }
    }
  }

  /// Also after a failure: what one sink could not do does not keep others from what they hold, as the last
  /// packets of a file that is written at the end.
  private func deliver() {
    do throws(OutputError) {
      try finish(sinks, by: .now + Self.finishTime)
    } catch {
      failure = failure ?? error
    }
  }

  private func lookAround() {
    do throws(LoadFailure) {
      try watch?.look()
    } catch {
      counterProblem = error
    }
  }

  private func readCounters(_ count: Int) {
    for point in 0..<count {
      do {
        counters.append(try tracer.counters(ofPoint: point))
      } catch {
        counterProblem = error
        return
      }
    }
  }

  /// What became of every packet. Packets behind the limit were not asked for.
  func ledger(_ labels: [PointLabel], misses features: Features) -> Ledger {
    let rows = zip(labels, counters).map { label, counters in
      var counters = counters
      let counts =
        label.mechanism == "kprobe" ? features.kprobeMisses : features.programMisses
      if !counts.isAvailable { counters.missed = nil }
      return Ledger.Row(point: label, counters: counters)
    }
    return Ledger(
      rows: rows, received: received, sinks: sinks.flatMap(\.tallies), isLimitReached: isComplete)
  }
}
