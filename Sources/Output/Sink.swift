package import Language
package import Syntax

/// Somewhere that the packets of a session go: a terminal, a file, a stream of objects.
///
/// A sink lives in the session's event loop and never blocks it. In this order:
/// ``begin(points:)`` once all is attached; then, as often as need be, ``consume(_:)`` while
/// ``wantsMore``, ``idle(now:)`` when the ring is empty, and ``handle(_:now:)`` after each poll(2);
/// then ``finish()`` and on with ``handle(_:now:)`` until ``isFinished``, or ``abandon()``.
/// ``/Output/finish(_:by:)`` does that last part.
///
/// After an error the sink takes no more packets; ``finish()`` and what follows it still deliver what
/// can be delivered, and tell of the error again.
package protocol Sink: AnyObject {
  /// The points that events will refer to by index.
  func begin(points: [PointLabel]) throws(OutputError)

  /// Takes a packet; its bytes are not used after the call.
  func consume(_ event: Event) throws(OutputError)

  /// False while so much is queued that the packets had better stay in the ring.
  var wantsMore: Bool { get }

  /// There is nothing more to consume at the moment: passes on what was held back for the sake of
  /// larger writes. Cheap if there is nothing.
  func idle(now: ContinuousClock.Instant) throws(OutputError)

  /// Adds the descriptors that the sink waits for.
  func addInterests(to set: inout PollSet)

  /// When ``handle(_:now:)`` is to be called though no descriptor is ready.
  var wakeTime: ContinuousClock.Instant? { get }

  /// Goes on after poll(2), whatever it was that became ready.
  func handle(_ ready: PollSet, now: ContinuousClock.Instant) throws(OutputError)

  /// There will be no more packets: starts to bring all that is queued to its end.
  func finish() throws(OutputError)

  /// Everything has been delivered, and nothing is held any more.
  var isFinished: Bool { get }

  /// Lets go of everything at once, without delivering what is queued. Also after an error.
  func abandon()

  /// What has become of the packets consumed so far.
  var tally: SinkTally { get }

  /// The same of each part of the sink that is told of by itself.
  var tallies: [SinkTally] { get }
}

extension Sink {
  package var tallies: [SinkTally] { [tally] }
}

/// A point as output shows it.
package struct PointLabel: Sendable, Equatable {
  /// `icmp_rcv`, `skb:kfree_skb`.
  package var name: String
  /// How it was attached: `fentry`, `kprobe`, `tracepoint`.
  package var mechanism: String

  package init(name: String, mechanism: String) {
    self.name = name
    self.mechanism = mechanism
  }
}

/// What became of the packets that a sink consumed.
package struct SinkTally: Sendable, Equatable {
  /// What is done with a packet: `displayed`, `written`.
  package var verb: String
  package var consumed: UInt64
  package var delivered: UInt64
  /// Had to make room for later ones, as was asked for.
  package var discarded: UInt64

  package init(
    verb: String, consumed: UInt64 = 0, delivered: UInt64 = 0, discarded: UInt64 = 0
  ) {
    self.discarded = discarded
    self.verb = verb
    self.consumed = consumed
    self.delivered = delivered
  }
}

/// Why a sink cannot go on.
package enum OutputError: Error, Equatable {
  /// Nobody reads the output any more (EPIPE): the session ends, and there is nothing to say.
  case closed
  case failed(Diagnostic)
}

/// Finishes all sinks, waiting until `deadline` at most.
///
/// Every sink is given its chance; the first error is thrown at the end. A sink that is not done by
/// the deadline is abandoned: its tally tells what it still held.
package func finish(
  _ sinks: [any Sink], by deadline: ContinuousClock.Instant
) throws(OutputError) {
  var firstError: OutputError?
  var open: [any Sink] = []
  for sink in sinks {
    do throws(OutputError) {
      try sink.finish()
      open.append(sink)
    } catch {
      firstError = firstError ?? error
      sink.abandon()
    }
  }
  var set = PollSet()
  while true {
    open.removeAll { $0.isFinished }
    let now = ContinuousClock.now
    if open.isEmpty || now >= deadline { break }
    set.removeAll()
    var wake = deadline
    for sink in open {
      sink.addInterests(to: &set)
      if let time = sink.wakeTime { wake = min(wake, time) }
    }
    set.wait(until: wake)
    open.removeAll { sink in
      do throws(OutputError) {
        try sink.handle(set, now: .now)
        return false
      } catch {
        firstError = firstError ?? error
        sink.abandon()
        return true
      }
    }
  }
  for sink in open { sink.abandon() }
  if let firstError { throw firstError }
}
