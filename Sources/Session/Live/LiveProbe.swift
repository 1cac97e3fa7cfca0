internal import Kernel
internal import Language
internal import Output
package import Syntax

/// A probe of a live session with programs of its own, or one hop of a path.
final class LiveProbe {
  /// What commands call it: of a hop, the path's name.
  let name: String
  let path: ProbeDefinition.PathRole?
  /// See ``ScriptCompilation/identity()``.
  let identity: [String]
  let tracer: Tracer
  /// What events call its points.
  let points: Range<Int>
  let labels: [PointLabel]
  /// The one that is the skb, from 1, where there is but one point.
  let argument: Int?
  let watch: HeaderWatch
  /// From the beginning of compiling to the end of attaching.
  let duration: Duration

  init(
    name: String, path: ProbeDefinition.PathRole?, identity: [String], tracer: Tracer,
    points: Range<Int>, labels: [PointLabel], argument: Int?, watch: HeaderWatch,
    duration: Duration
  ) {
    self.name = name
    self.path = path
    self.identity = identity
    self.tracer = tracer
    self.points = points
    self.labels = labels
    self.argument = argument
    self.watch = watch
    self.duration = duration
  }

  /// `fentry`; `fentry, skb = argument 1`; `kprobe, 12 points`
  var how: String {
    var mechanisms: [String] = []
    for label in labels where !mechanisms.contains(label.mechanism) {
      mechanisms.append(label.mechanism)
    }
    let names = mechanisms.isEmpty ? "nowhere" : mechanisms.joined(separator: " and ")
    if labels.count > 1 { return "\(names), \(labels.count) points" }
    return argument.map { "\(names), skb = argument \($0)" } ?? names
  }

  /// What has become of its packets so far, all points together.
  func counters() throws(LoadFailure) -> PointCounters {
    var sum = PointCounters(missed: 0)
    for point in labels.indices { sum.add(try tracer.counters(ofPoint: point)) }
    return sum
  }
}

extension Script {
  /// What commands call a probe: a hop of a path, by the path's name.
  func ownName(of probe: ProbeDefinition) -> String {
    probe.path.map { paths[$0.path].name } ?? probe.name
  }
}

/// What a change of a live session came to, for the one who made it.
package struct LiveChange: Sendable {
  package struct Attached: Sendable, Equatable {
    package let name: String
    /// `fentry`
    package let how: String
    package let instructions: Int
    package let duration: Duration
    /// Another of its name was there.
    package let isReplacement: Bool
  }

  package var attached: [Attached] = []
  /// Names of probes that are there no more.
  package var detached: [String] = []
  package var notes: [Diagnostic] = []
  /// What `:undo` did beside.
  package var takenBack: [String] = []
}
