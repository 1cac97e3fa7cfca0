package import Language
internal import Lowering
package import SystemPackage
package import Syntax

extension KernelFacts {
  /// Finds the point in the running kernel.
  ///
  /// - Throws: a diagnostic that says what is wrong with it, at its place.
  package func resolve(_ point: Point) throws(Diagnostic) -> ResolvedPoint {
    switch point.kind {
    case .function: try resolveFunction(point, by: [.fentry, .kprobe])
    case .fentry: try resolveFunction(point, by: [.fentry])
    case .kprobe: try resolveFunction(point, by: [.kprobe])
    case .tracepoint(let category), .perhapsTracepoint(let category):
      try resolveTracepoint(point, category: category)
    }
  }

  /// Warnings about points whose function there are several of: which one is traced is the
  /// kernel's choice.
  ///
  /// Costs a pass through the kernel's symbols the first time since it booted.
  package func ambiguities(among points: [ResolvedPoint]) throws(Errno) -> [Diagnostic] {
    let functions = points.filter { $0.category == nil }
    let symbols = try symbols.lookUp(Set(functions.map(\.name)))
    return functions.compactMap { point in
      let count = symbols[point.name]?.count(in: point.module) ?? 0
      return count > 1 ? PointProblem.ambiguous(count).diagnostic(point.point, .warning) : nil
    }
  }

  // MARK: Functions

  private func resolveFunction(
    _ point: Point, by mechanisms: [Mechanism]
  ) throws(Diagnostic) -> ResolvedPoint {
    guard let function = types?.function(named: point.name) else {
      return try resolveUndescribed(point, by: mechanisms)
    }
    let signature = PointSignature(
      what: "function", prototype: function.prototype, parameters: function.parameters)
    let argument = try signature.skbArgument(of: point)
    try signature.checkExtraArgument(of: point)
    let skbSlot = function.slot(ofArgument: argument)
    let extraSlot = point.extraArgument.map { function.slot(ofArgument: $0) }
    // What is not in a register, a kprobe cannot see.
    let isInRegisters = max(skbSlot, extraSlot ?? 0) <= Survey.argumentRegisters
    let usable = mechanisms.filter { $0 != .kprobe || isInRegisters }
    if usable.isEmpty {
      throw PointProblem.beyondRegisters(
        signature, argument: skbSlot > Survey.argumentRegisters ? argument : point.extraArgument
      ).diagnostic(point)
    }
    return ResolvedPoint(
      point: point, mechanisms: usable, name: point.name, category: nil,
      module: function.module, skbArgument: argument, skbSlot: skbSlot, extraSlot: extraSlot,
      prototype: function.prototype, btfID: function.btfID, function: function,
      notes: signature.notes(on: point, taken: argument))
  }

  /// A function that BTF does not describe: that of a module without BTF, or one in assembler.
  /// Which argument is the skb has to be said then, and only a kprobe can be used.
  private func resolveUndescribed(
    _ point: Point, by mechanisms: [Mechanism]
  ) throws(Diagnostic) -> ResolvedPoint {
    var symbol: KernelSymbol?
    var symbolsAreKnown = true
    do throws(Errno) {
      symbol = try symbols.lookUp([point.name])[point.name]
    } catch {
      symbolsAreKnown = false
    }
    guard let place = symbol?.places.first else {
      if let variant = symbol?.variants.first(where: { !$0.contains(".cold") }) {
        throw PointProblem.onlyVariant(variant).diagnostic(point)
      }
      if symbolsAreKnown || point.skbArgument == nil {
        throw PointProblem.unknownFunction(
          nearest: nearestFunctions(to: point.name),
          tracepoint: types?.tracepoint(named: point.name).map { categorized($0.name) }
        ).diagnostic(point)
      }
      return try undescribed(point, by: mechanisms, module: nil)
    }
    return try undescribed(point, by: mechanisms, module: place.module)
  }

  private func undescribed(
    _ point: Point, by mechanisms: [Mechanism], module: String?
  ) throws(Diagnostic) -> ResolvedPoint {
    guard mechanisms.contains(.kprobe) else {
      throw PointProblem.fentryNeedsTypes(module: module, hasTypes: types != nil)
        .diagnostic(point)
    }
    guard let argument = point.skbArgument else {
      throw PointProblem.undescribed(module: module, hasTypes: types != nil).diagnostic(point)
    }
    return ResolvedPoint(
      point: point, mechanisms: [.kprobe], name: point.name, category: nil, module: module,
      skbArgument: argument, skbSlot: argument, extraSlot: point.extraArgument, prototype: nil,
      btfID: nil, function: nil, notes: [])
  }

  /// Functions with an skb whose names are like this one.
  private func nearestFunctions(to name: String) -> [String] {
    guard let types else { return [] }
    return nearestNames(to: name, among: Set(types.allSkbFunctions().map(\.name)))
  }

  // MARK: Tracepoints

  private func resolveTracepoint(
    _ point: Point, category: String
  ) throws(Diagnostic) -> ResolvedPoint {
    let isThere = tracefs.hasEvent(category: category, name: point.name)
    let found = types?.tracepoint(named: point.name)
    // Without tracefs a name that BTF knows has to do: categories are written nowhere else.
    guard isThere ?? (found != nil || types == nil) else {
      throw PointProblem.unknownTracepoint(nearest: nearestTracepoints(to: point.name))
        .diagnostic(point)
    }
    guard let found else {
      throw PointProblem.undescribedTracepoint(hasTypes: types != nil).diagnostic(point)
    }
    let signature = PointSignature(
      what: "tracepoint", prototype: found.prototype, parameters: found.parameters)
    let argument = try signature.skbArgument(of: point)
    try signature.checkExtraArgument(of: point)
    return ResolvedPoint(
      point: point, mechanisms: [.tracepoint], name: point.name, category: category,
      module: found.module, skbArgument: argument, skbSlot: argument,
      extraSlot: point.extraArgument, prototype: found.prototype, btfID: found.btfID,
      function: nil, notes: signature.notes(on: point, taken: argument))
  }

  private func nearestTracepoints(to name: String) -> [String] {
    guard let types else { return [] }
    let all = types.allTracepoints().filter { !$0.skbArguments.isEmpty }.map(\.name)
    return nearestNames(to: name, among: all).map { categorized($0) }
  }

  /// The tracepoint's name as a point: with its category where that can be read.
  private func categorized(_ name: String) -> String {
    "\(tracefs.categories()[name]?.first ?? "tracepoint:…"):\(name)"
  }
}
