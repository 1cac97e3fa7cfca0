internal import Kernel
internal import Language
internal import Lowering
internal import Syntax

/// From declarations to objects: each unit is lowered and compiled once.
final class Compilation {
  private var objects: [ProbeUnit: Tracer.Object] = [:]
  private var clang: Clang?

  /// The C text of a unit, complete: it compiles as it stands.
  static func source(of unit: ProbeUnit) -> String {
    EmbeddedSources.amalgamate(ProbeLowering(unit).lower())
  }

  /// The units that serve a point by a mechanism, the best first.
  static func units(
    for point: ResolvedPoint, by mechanism: Mechanism, probe: Probe, in facts: KernelFacts
  ) -> [ProbeUnit] {
    facts.features.inPlaceChoices.map {
      ProbeUnit(
        mechanism: mechanism, skbArgument: point.skbSlot - 1, filter: probe.filter,
        readsInPlace: $0)
    }
  }

  /// The object for a unit, compiled or taken from the cache.
  func object(for unit: ProbeUnit) throws(Diagnostic) -> Tracer.Object {
    if let object = objects[unit] { return object }
    guard let clang = clang ?? Clang.find() else {
      throw Self.missingClang
    }
    self.clang = clang
    do {
      let object = Tracer.Object(try clang.object(for: Self.source(of: unit)))
      objects[unit] = object
      return object
    } catch {
      throw Self.diagnostic(error, clang)
    }
  }

  static let missingClang = Diagnostic(
    .error, "no clang was found, which compiles the probes",
    hints: ["install clang 14 or newer: apt-get install clang", "or name one: NETCAP_CLANG"])

  private static func diagnostic(_ failure: Clang.Failure, _ clang: Clang) -> Diagnostic {
    switch failure {
    case .system(let what, let error):
      Diagnostic(.error, "cannot compile the probes: \(what): \(error)")
    case .refused(let log):
      Diagnostic(
        .error, "\(clang.executable) refuses the probe's C",
        hints: log.split(separator: "\n").prefix(8).map(String.init)
          + ["clang must be 14 or newer and have the bpf target"])
    }
  }
}
