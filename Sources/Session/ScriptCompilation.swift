internal import Glibc
internal import Kernel
internal import Language
internal import Lowering
internal import Output
internal import Runtime
internal import Syntax
internal import SystemPackage

/// A script's probes on their way into the kernel: each point by the best mechanism that works.
final class ScriptCompilation {
  private let script: Script
  private let facts: KernelFacts
  private let hasCompareExchange: Bool
  private var clang: Clang?
  /// By C text: points that are alike share an object.
  private var objects: [String: ScriptObject] = [:]

  /// Every point of every probe.
  let points: [(probe: Int, point: ScriptPoint)]

  /// - Parameter only: the probe that it is about; nil: all of the script's.
  init(_ script: Script, facts: KernelFacts, only: Int? = nil) {
    self.script = script
    self.facts = facts
    hasCompareExchange = facts.features.compareExchange.isAvailable
    points = script.probes.enumerated().flatMap { index, probe in
      only == nil || only == index ? probe.points.map { (index, $0) } : []
    }
  }

  /// Those that are attached: in the order in which events number them.
  private(set) var attached: [(probe: Int, point: ScriptPoint)] = []

  var runtimePoints: [RuntimePoint] {
    attached.map { RuntimePoint(probe: $0.probe, name: $0.point.displayName) }
  }

  /// Those of ``attached`` that are functions of the kernel and make no headers, by their numbers.
  var functions: [(index: Int, name: String)] {
    attached.enumerated().compactMap { index, one in
      if script.probes[one.probe].rebuilds { return nil }
      return switch one.point.kind {
      case .function, .kprobe, .fentry, .functionReturn, .fexit: (index, one.point.displayName)
      case .tracepoint, .rawTracepoint, .userFunction, .userReturn, .userMark: nil
      }
    }
  }

  /// The argument that is the skb, from 1, where a single point is attached.
  var skbArgument: Int? {
    guard attached.count == 1, case .argument(let slot) = attached[0].point.packet else {
      return nil
    }
    return slot + 1
  }

  /// The most that any probe keeps of a packet.
  var captureLength: Int { script.probes.map(\.captureLength).max() ?? 64 }

  /// - Parameter before: whose tables and states go on.
  func store(continuing before: KernelStore? = nil) throws(SessionError) -> KernelStore {
    do {
      return try KernelStore(
        script, hasCompareExchange: hasCompareExchange, continuing: before)
    } catch {
      throw .cannotRun([
        Diagnostic(.error, "cannot make the script's tables: \(error.step): \(error.reason)")
      ])
    }
  }

  /// What decides the programs and what they are attached to, whatever stands around the probes in the
  /// script: where two agree, the programs of the one do what those of the other would.
  func identity() throws(SessionError) -> [String] {
    var texts: [String] = []
    var shapes: [ScriptPoint] = []
    for (probe, point) in points {
      texts.append("\(point.kind) \(point.module ?? "") \(point.name)")
      var shape = point
      (shape.name, shape.module) = ("", nil)
      shape.place = Diagnostic.Place(script.source, Span(0..<0))
      if script.cBlocks.isEmpty { shape.position = 0 }
      if shapes.contains(shape) { continue }
      shapes.append(shape)
      guard let unit = units(probe, point).first else { continue }
      let lowered: LoweredScript
      do throws(SessionError) {
        lowered = try lower(unit)
      } catch {
        if point.isMatched { continue }
        throw error
      }
      texts.append(lowered.textWithoutPlaces)
      if let userC = lowered.userC {
        texts.append(userC.conditions)
        texts += script.cBlocks.map(\.text) + script.cDeclarations.map(\.block.text)
      }
      for index in script.tables.indices
      where lowered.c.contains("} \(ScriptMaps.name(ofTable: index, in: script)) SEC") {
        texts.append("\(script.identity(ofTable: index))")
      }
      for index in script.states.indices
      where lowered.c.contains("} \(ScriptMaps.name(ofState: index, in: script)) SEC") {
        texts.append("\(script.identity(ofState: index))")
      }
    }
    return texts
  }

  /// The C of each probe by the mechanism that comes first, each text once.
  func sources() throws(SessionError) -> [String] {
    var texts: [String] = []
    for (probe, point) in points {
      guard let first = units(probe, point).first else { continue }
      do throws(SessionError) {
        let text = try source(first)
        if !texts.contains(text) { texts.append(text) }
      } catch {
        if !point.isMatched { throw error }
      }
    }
    return texts
  }

  /// Looks at the C blocks of all probes, as each of their points would have them.
  ///
  /// - Throws: what is wrong with them.
  func checkBlocks() throws(SessionError) {
    if script.cBlocks.isEmpty { return }
    for (probe, point) in points {
      if let first = units(probe, point).first, try lower(first).userC != nil {
        _ = try object(for: first)
      }
    }
  }

  private func source(_ unit: ScriptUnit) throws(SessionError) -> String {
    let lowered = try lower(unit)
    let clang = lowered.userC == nil ? nil : try self.compiler()
    do {
      return try ScriptObject.source(
        lowered, of: unit, clang: clang, types: facts.types?.kernel)
    } catch {
      throw Self.sessionError(error)
    }
  }

  private static func sessionError(_ failure: ScriptObject.Failure) -> SessionError {
    switch failure {
    case .mistakes(let diagnostics): .mistakes(diagnostics)
    case .cannotCompile(let diagnostic): .cannotRun([diagnostic])
    }
  }

  private func compiler() throws(SessionError) -> Clang {
    guard let found = clang ?? Clang.find() else { throw .cannotRun([Compilation.missingClang]) }
    clang = found
    return found
  }

  private func lower(_ unit: ScriptUnit) throws(SessionError) -> LoweredScript {
    do {
      return try unit.lower()
    } catch {
      throw .mistakes([error])
    }
  }

  /// The units that serve a point, the best first.
  private func units(_ probe: Int, _ point: ScriptPoint) -> [ScriptUnit] {
    ScriptUnit.mechanisms(for: point, in: script, probe: probe).flatMap { mechanism in
      // Headers that are made are beside the packet, and not in their place; a program's memory is read by
      // helpers only.
      let choices =
        script.probes[probe].rebuilds || point.packet.isUser
        ? [false] : facts.features.inPlaceChoices
      return choices.map {
        ScriptUnit(
          script: script, probe: probe, mechanism: mechanism, point: point,
          hasCompareExchange: hasCompareExchange, readsInPlace: $0)
      }
    }
  }

  /// Attaches all points, or none. Of what a pattern matches, what cannot be attached is left out, if
  /// anything can.
  ///
  /// - Parameters:
  ///   - notice: is told how points are attached.
  ///   - warn: is told what is left out.
  /// - Returns: how each was attached, in the order of ``attached``.
  func attach(
    to tracer: Tracer, notice: (Diagnostic) -> Void, warn: (Diagnostic) -> Void
  ) throws(SessionError) -> [PointLabel] {
    var labels: [PointLabel] = []
    var leftOut = LeftOut()
    for (probe, point) in points {
      do throws(SessionError) {
        labels.append(try attach(probe, point, index: labels.count, to: tracer, notice: notice))
        attached.append((probe, point))
        leftOut.noteAttached(point)
      } catch {
        guard point.isMatched else { throw error }
        leftOut.note(point, error)
      }
    }
    for pattern in leftOut.patterns {
      if pattern.attachedCount == 0 { throw pattern.first }
      warn(pattern.warning)
    }
    return labels
  }

  private func attach(
    _ probe: Int, _ point: ScriptPoint, index: Int, to tracer: Tracer,
    notice: (Diagnostic) -> Void
  ) throws(SessionError) -> PointLabel {
    // What is wrong with the best mechanism, in its last form.
    var problem: SessionError?
    var refused: ScriptMechanism?
    for unit in units(probe, point) {
      let mechanism = unit.mechanism
      let object: ScriptObject
      do throws(SessionError) {
        object = try self.object(for: unit)
      } catch {
        // What cannot be said by one mechanism is none of its mistakes if another was tried.
        throw problem ?? error
      }
      do throws(LoadFailure) {
        try tracer.setName(point.displayName, ofPoint: index)
        let instructions = try tracer.attach(
          object.object, to: try target(point, by: mechanism), point: index,
          captureLength: script.probes[probe].captureLength)
        let how =
          "\(mechanism.displayName), \(instructions) insns"
          + (unit.readsInPlace ? ", in place" : "")
        notice(Diagnostic(.note, "\(point.displayName): attached (\(how))"))
        return PointLabel(name: point.displayName, mechanism: mechanism.displayName)
      } catch {
        if unit.readsInPlace {
          notice(
            Diagnostic(.note, "\(point.displayName): not in place: \(error.reason)"))
        }
        if refused == nil || refused == mechanism {
          problem = .cannotRun([object.diagnostic(error, unit: unit)])
          refused = mechanism
        }
      }
    }
    // There is always a mechanism to try.
    throw problem!
  }

  private func object(for unit: ScriptUnit) throws(SessionError) -> ScriptObject {
    let lowered = try lower(unit)
    let key = lowered.c + (lowered.userC?.conditions ?? "")
    if let object = objects[key] { return object }
    let clang = try compiler()
    do {
      let types = lowered.userC == nil ? nil : facts.types?.kernel
      let object = try ScriptObject(lowered, of: unit, clang: clang, types: types)
      objects[key] = object
      return object
    } catch {
      throw Self.sessionError(error)
    }
  }

  private func target(
    _ point: ScriptPoint, by mechanism: ScriptMechanism
  ) throws(LoadFailure) -> Tracer.Target {
    var address: UInt64?
    if mechanism == .kprobe, !facts.features.kprobeCookie.isAvailable {
      // Without attach cookies the program tells its points by their addresses.
      do {
        address = try facts.symbols.lookUp([point.name])[point.name]?.address(in: point.module)
      } catch {
        throw LoadFailure(step: "attach", errno: error.rawValue, log: "the kernel's symbols")
      }
      if address == nil {
        throw LoadFailure(step: "attach", errno: ENOENT, log: "its address is not known")
      }
    }
    return Tracer.Target(
      point, by: mechanism, address: address,
      hasCookies: facts.features.kprobeCookie.isAvailable)
  }
}

extension ScriptMechanism {
  fileprivate var displayName: String {
    switch self {
    case .record, .run: "tracepoint"
    case .fentry, .kprobe, .tracepoint, .rawTracepoint, .fexit, .kretprobe, .uprobe, .uretprobe,
      .usdt:
      rawValue
    }
  }
}
