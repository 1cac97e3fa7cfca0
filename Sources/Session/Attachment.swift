internal import Kernel
internal import Language
internal import Lowering
internal import Output
internal import Syntax
internal import SystemPackage

/// Attaches a program's points, each by the best mechanism that works for it.
struct Attachment {
  let facts: KernelFacts
  let probe: Probe
  let compilation: Compilation
  let isVerbose: Bool
  /// Readable when the session is to end: what is not attached by then will not be.
  let stop: FileDescriptor

  /// Attaches all points, or none.
  ///
  /// - Returns: how each was attached, in their order; nil if it was told to stop before all were.
  /// - Throws: a diagnostic for the first point that could not be.
  func attach(
    _ points: [ResolvedPoint], to tracer: Tracer, notice: (Diagnostic) -> Void
  ) throws(SessionError) -> [PointLabel]? {
    var labels: [PointLabel] = []
    let together = try attachTogether(points, to: tracer, notice: notice)
    for (index, point) in points.enumerated() {
      if isToStop { return nil }
      if together.contains(index) {
        labels.append(
          PointLabel(name: point.displayName, mechanism: Mechanism.kprobe.rawValue))
        continue
      }
      let mechanism = try attach(point, index, to: tracer, notice: notice)
      labels.append(PointLabel(name: point.displayName, mechanism: mechanism.rawValue))
    }
    return labels
  }

  private var isToStop: Bool {
    var set = PollSet()
    set.add(stop, .read)
    set.wait(until: .now)
    return set.isReady(stop, .read)
  }

  /// Attaches the kprobes that one object serves in one step, where the kernel can.
  ///
  /// - Returns: the points that are attached so. What is refused is tried again by itself, for then it
  ///   is known why.
  private func attachTogether(
    _ points: [ResolvedPoint], to tracer: Tracer, notice: (Diagnostic) -> Void
  ) throws(SessionError) -> Set<Int> {
    guard facts.features.kprobeMulti.isAvailable else { return [] }
    var groups: [(units: [ProbeUnit], points: [Int])] = []
    for (index, point) in points.enumerated() where point.mechanisms.first == .kprobe {
      let units = Compilation.units(for: point, by: .kprobe, probe: probe, in: facts)
      if let group = groups.firstIndex(where: { $0.units == units }) {
        groups[group].points.append(index)
      } else {
        groups.append((units, [index]))
      }
    }
    var attached: Set<Int> = []
    for group in groups where group.points.count > 1 {
      let targets = group.points.map {
        (Tracer.Target(mechanism: .kprobe, name: points[$0].name), $0)
      }
      for unit in group.units {
        if isToStop { return attached }
        let object: Tracer.Object
        do throws(Diagnostic) {
          object = try compilation.object(for: unit)
        } catch {
          throw .cannotRun([error])
        }
        do throws(LoadFailure) {
          let done = try tracer.attach(object, toMany: targets, shouldStop: { isToStop })
          attached.formUnion(done)
          if isVerbose {
            let place = unit.readsInPlace ? ", in place" : ""
            let how = "kprobe.multi\(place)"
            notice(Diagnostic(.note, "\(done.count) kprobes attached in one step (\(how))"))
          }
          break
        } catch {
          // By the next unit; at last one by one.
          if isVerbose {
            notice(Diagnostic(.note, "kprobe.multi cannot be used: \(error.reason)"))
          }
        }
      }
    }
    return attached
  }

  private func attach(
    _ point: ResolvedPoint, _ index: Int, to tracer: Tracer, notice: (Diagnostic) -> Void
  ) throws(SessionError) -> Mechanism {
    var failures: [(mechanism: Mechanism, failure: LoadFailure)] = []
    for mechanism in point.mechanisms {
      var refusal: LoadFailure?
      for unit in Compilation.units(for: point, by: mechanism, probe: probe, in: facts) {
        let object: Tracer.Object
        let target: Tracer.Target
        do throws(Diagnostic) {
          object = try compilation.object(for: unit)
          target = try self.target(point, by: mechanism)
        } catch {
          throw .cannotRun([error])
        }
        do throws(LoadFailure) {
          let instructions = try tracer.attach(object, to: target, point: index)
          if isVerbose {
            let how =
              "\(mechanism.rawValue), skb = argument \(point.skbArgument), \(instructions) insns"
              + (unit.readsInPlace ? ", in place" : "")
            notice(Diagnostic(.note, "\(point.displayName): attached (\(how))"))
          }
          return mechanism
        } catch {
          refusal = error
        }
      }
      if let refusal { failures.append((mechanism, refusal)) }
    }
    throw .cannotRun([explain(failures, at: point)])
  }

  private func target(
    _ point: ResolvedPoint, by mechanism: Mechanism
  ) throws(Diagnostic) -> Tracer.Target {
    guard mechanism == .kprobe, !facts.features.kprobeCookie.isAvailable else {
      return Tracer.Target(mechanism: mechanism, name: point.name)
    }
    // Without attach cookies the program tells its points by their addresses.
    do {
      let symbol = try facts.symbols.lookUp([point.name])[point.name]
      if let address = symbol?.address(in: point.module) {
        return Tracer.Target(mechanism: mechanism, name: point.name, address: address)
      }
    } catch {
      throw Diagnostic(
        .error, "cannot read the kernel's symbols: \(error)", at: point.point.place)
    }
    throw Diagnostic(
      .error, "the address of '\(point.name)' is not known, which this kernel's kprobes need",
      at: point.point.place)
  }

  /// One diagnostic for all that was tried at a point.
  private func explain(
    _ failures: [(mechanism: Mechanism, failure: LoadFailure)], at point: ResolvedPoint
  ) -> Diagnostic {
    if let missing = missingPrivilege(failures.map(\.failure)) { return missing }
    var hints: [String] = []
    for (mechanism, failure) in failures {
      let known = point.function.flatMap { facts.explainFailure(of: mechanism, on: $0) }
      hints.append("\(mechanism.rawValue): \(known ?? failure.reason)")
      if isVerbose {
        hints += failure.log.split(separator: "\n").map { "  \($0)" }
      }
    }
    if !isVerbose, failures.contains(where: { VerifierLog($0.failure.log).reason != nil }) {
      hints.append("--verbose shows the verifier's log")
    }
    let what = point.category == nil ? "function" : "tracepoint"
    return Diagnostic(
      .error, "\(what) '\(point.displayName)' cannot be traced", at: point.point.place,
      hints: hints)
  }

  private func missingPrivilege(_ failures: [LoadFailure]) -> Diagnostic? {
    guard failures.contains(where: { $0.errno == Errno.notPermitted.rawValue }) else { return nil }
    return Self.missingPrivilege(facts)
      ?? Diagnostic(
        .error, "the kernel does not permit tracing", hints: ["netcap doctor says what is amiss"])
  }

  /// What this user lacks for tracing, nil if nothing.
  static func missingPrivilege(_ facts: KernelFacts) -> Diagnostic? {
    let missing = facts.privileges.missing
    if missing.isEmpty { return nil }
    return Diagnostic(
      .error,
      "tracing needs \(missing.map(\.name).joined(separator: " and ")), which this user lacks",
      hints: ["run it as root: sudo netcap …"])
  }
}
