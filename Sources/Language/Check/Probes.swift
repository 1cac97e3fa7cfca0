internal import Syntax

/// `probe name = points { … }`
extension Check {
  func checkProbes() {
    module = 0
    for declaration in modules[0].tree.declarations {
      switch declaration.kind {
      case .probe(let probe): checkProbe(probe, span: declaration.span)
      case .path(let path): checkPath(path, span: declaration.span)
      case .option, .importing, .constant, .function, .filter, .table, .state, .on, .every, .begin,
        .end, .statement, .c:
        continue
      }
    }
    body = BodyState(place: .constant)
  }

  private func checkProbe(_ probe: ProbeSyntax, span: Span) {
    let found = points(probe.points)
    let name = probe.name?.text ?? defaultName(probe.points)
    if let name, isTaken(name, at: probe.name?.span ?? probe.points.span) { return }
    let definitions = definitions(
      name: name ?? "probe", found, probe.body, span: span, at: probe.points.span)
    guard let name else { return }
    probeIndexes[name] = define(definitions)
  }

  func define(_ definitions: [ProbeDefinition]) -> [Int] {
    let start = script.probes.count
    script.probes += definitions
    return Array(start..<script.probes.count)
  }

  /// Whether a probe or path is called so already, which is said.
  func isTaken(_ name: String, at span: Span) -> Bool {
    guard probeIndexes[name] != nil || pathIndexes[name] != nil else { return false }
    report(
      "two probes are called '\(name)'", at: span,
      hints: ["give this one a name of its own"])
    return true
  }

  /// The function's or tracepoint's name; that there is none is said.
  private func defaultName(_ points: PointSyntax) -> String? {
    if let name = points.usualName { return name }
    report(
      "a probe at several points needs a name", at: points.span,
      hints: ["probe name = \(written(points.span)) { … }"])
    return nil
  }

  /// Points at which a body means the same.
  private struct Group {
    var state: BodyState
    var statements: [TypedStatement]
    var points: [ScriptPoint]
  }

  /// The body checked at each point; points where it comes out the same are one definition.
  func definitions(
    name: String, _ found: [FoundPoint]?, _ block: Block, span: Span, at pointsSpan: Span,
    path: ProbeDefinition.PathRole? = nil
  ) -> [ProbeDefinition] {
    // A point that is wrong, or that this kernel lacks: the body is checked all the same.
    guard let found, !found.isEmpty else {
      return [
        definition(
          name: name, points: [], body: checkedBody(of: name, block, nil, []), span: span, path)
      ]
    }
    let union = Set(found.flatMap { $0.signature?.arguments.map(\.name) ?? [] })
    var groups: [Group] = []
    var shared: (state: BodyState, statements: [TypedStatement])?
    for (index, item) in found.enumerated() {
      var item = item
      item.point.position = path?.hop ?? index
      let checked =
        shared ?? checkedBody(of: name, block, item, found.count > 1 ? union : [])
      // What is no matter of arguments is the same at all points.
      if !checked.state.usesSignature, isUniform(found) { shared = checked }
      if let index = groups.firstIndex(where: {
        $0.statements == checked.statements && $0.state.fields == checked.state.fields
          && $0.state.locals == checked.state.locals
      }) {
        groups[index].points.append(item.point)
      } else {
        groups.append(
          Group(state: checked.state, statements: checked.statements, points: [item.point]))
      }
    }
    agree(&groups, at: pointsSpan)
    return groups.map { group in
      definition(
        name: name, points: group.points, body: (group.state, group.statements), span: span, path)
    }
  }

  /// Whether what a body can see without looking at arguments is the same at all points.
  private func isUniform(_ found: [FoundPoint]) -> Bool {
    let first = found[0].point.packet == .none
    return found.allSatisfy { ($0.point.packet == .none) == first }
  }

  private func definition(
    name: String, points: [ScriptPoint], body: (state: BodyState, statements: [TypedStatement]),
    span: Span, _ path: ProbeDefinition.PathRole?
  ) -> ProbeDefinition {
    ProbeDefinition(
      name: name, points: points, fields: body.state.fields,
      body: Body(locals: body.state.locals, statements: body.statements),
      emitsAtEnd: !body.state.emits && (path != nil || !body.state.updatesStores),
      captureLength: body.state.captureLength ?? Checker.standardCaptureLength, path: path,
      span: span)
  }

  private func checkedBody(
    of name: String, _ block: Block, _ found: FoundPoint?, _ others: Set<String>
  ) -> (state: BodyState, statements: [TypedStatement]) {
    let context = ProbeContext(
      signature: found?.signature, kind: found?.point.kind ?? .functionReturn,
      pointName: found?.point.displayName ?? "a point that this kernel lacks",
      hasPacket: found.map { $0.point.packet != .none } ?? true,
      hasSockArgument: found.map {
        $0.point.sockArgument != nil || $0.point.sockRecordOffset != nil || $0.signature == nil
      } ?? true, otherArguments: others, isSet: !others.isEmpty,
      hasGivenStart: found.map { $0.point.start != .found } ?? false)
    body = BodyState(place: .probe(context))
    defer { failedFields[name, default: []].formUnion(body.failedFields) }
    let statements = padded(self.block(block, opensScope: false), to: body.fields.count)
    return (body, statements)
  }

  /// Emissions before the last know fewer fields than the event has in the end.
  private func padded(_ statements: [TypedStatement], to count: Int) -> [TypedStatement] {
    emissions(in: statements) { emission in
      emission.values += Array(repeating: nil, count: max(0, count - emission.values.count))
    }
  }

  private func emissions(
    in statements: [TypedStatement], _ change: (inout Emission) -> Void
  ) -> [TypedStatement] {
    statements.map { statement in
      switch statement.kind {
      case .emit(var emission):
        change(&emission)
        return TypedStatement(.emit(emission), span: statement.span)
      case .condition(let asked, let then, let otherwise):
        return TypedStatement(
          .condition(
            asked, then: emissions(in: then, change), otherwise: emissions(in: otherwise, change)),
          span: statement.span)
      case .loop(let local, let from, let to, let inner):
        return TypedStatement(
          .loop(local: local, from: from, to: to, emissions(in: inner, change)),
          span: statement.span)
      default: return statement
      }
    }
  }

  /// A set's points send events that `on` sees alike: what one point lacks has the type that it has
  /// at the others.
  private func agree(_ groups: inout [Group], at span: Span) {
    guard groups.count > 1 else { return }
    var types: [String: ValueType] = [:]
    for group in groups {
      for field in group.state.fields where !group.state.wildFields.contains(field.name) {
        guard let before = types[field.name] else {
          types[field.name] = field.type
          continue
        }
        if let joined = before.joined(with: field.type) {
          types[field.name] = joined
        } else if !before.hasRepresentation(of: field.type) {
          report(
            "'\(field.name)' is \(before.described) at one point of the set, and "
              + "\(field.type.described) at another",
            at: group.state.fieldSpans[field.name] ?? span, hints: ["make two probes of it"])
        }
      }
    }
    for index in groups.indices {
      let fields = groups[index].state.fields.map { field in
        EventField(name: field.name, type: types[field.name] ?? field.type, width: field.width)
      }
      groups[index].state.fields = fields
      groups[index].statements = emissions(in: groups[index].statements) { emission in
        for (place, value) in emission.values.enumerated() {
          guard let value, place < fields.count else { continue }
          emission.values[place] = adapted(value, to: fields[place].type)
        }
      }
    }
  }
}
