internal import Kernel
internal import Language
internal import Syntax

/// Says, once, that packets at a function have no headers yet, and what makes them.
final class HeaderWatch {
  private let tracer: Tracer
  private let points: [(index: Int, name: String)]
  private let remedy: String
  private let say: (Diagnostic) -> Void
  private var isDone = false

  /// Points that are looked at: each look reads the counters of all.
  private static let limit = 64

  /// - Parameters:
  ///   - points: functions of the kernel, by their numbers. At tracepoints packets without headers are
  ///     mostly none of the network's.
  ///   - remedy: the option or statement that makes headers.
  init(
    _ tracer: Tracer, points: [(index: Int, name: String)], remedy: String,
    say: @escaping (Diagnostic) -> Void
  ) {
    self.tracer = tracer
    self.points = Array(points.prefix(Self.limit))
    self.remedy = remedy
    self.say = say
  }

  /// - Throws: why counters cannot be read.
  func look() throws(LoadFailure) {
    if isDone { return }
    for (index, name) in points where try tracer.counters(ofPoint: index).noPacket > 0 {
      return tell(of: name)
    }
  }

  /// An event without a packet has come: where nothing asks for it first, one without headers is an
  /// event too.
  func see(_ event: Event) {
    if event.skb == 0 || isDone { return }
    if let point = points.first(where: { $0.index == event.point }) { tell(of: point.name) }
  }

  private func tell(of name: String) {
    isDone = true
    say(
      Diagnostic(
        .note, "packets at \(name) have no headers yet, and nothing is known of them",
        hints: ["\(remedy) makes headers of their sockets, if they are on their way out"]))
  }
}
