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
        .end, .statement:
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
      hints: ["give this one a name of its own: probe other = \(written(span)) { … }"])
    return true
  }

  /// The function's or tracepoint's name.
  private func defaultName(_ points: PointSyntax) -> String? {
    switch points {
    case .single(let single) where !single.name.text.contains("*"): return single.name.text
    case .alternatives(let items, _) where !items.isEmpty:
      if case .single(let first) = items[0], !first.name.text.contains("*") {
        return first.name.text
      }
    case .single, .set, .alternatives: break
    }
    report(
      "a probe at several points needs a name", at: points.span,
      hints: ["probe name = \(written(points.span)) { … }"])
    return nil
  }

  /// The body checked at each point; points where it comes out the same are one definition.
  func definitions(
    name: String, _ found: [FoundPoint]?, _ block: Block, span: Span, at pointsSpan: Span,
    path: ProbeDefinition.PathRole? = nil
  ) -> [ProbeDefinition] {
    // A point that is wrong, or that this kernel lacks: the body is checked all the same.
    guard let found, !found.isEmpty else {
      return [
        definition(name: name, points: [], body: checkedBody(block, nil, []), span: span, path)
      ]
    }
    let union = Set(found.flatMap { $0.signature?.arguments.map(\.name) ?? [] })
    var groups: [(state: BodyState, statements: [TypedStatement], points: [ScriptPoint])] = []
    var shared: (state: BodyState, statements: [TypedStatement])?
    for item in found {
      let key =
        shared
        ?? {
          let names = found.count > 1 ? union : []
          let checked = checkedBody(block, item, names)
          if !checked.state.usesSignature { return checked }
          return checked
        }()
      if !key.state.usesSignature, isUniform(found) { shared = key }
      if let index = groups.firstIndex(where: {
        $0.statements == key.statements && $0.state.fields == key.state.fields
          && $0.state.locals == key.state.locals
      }) {
        groups[index].points.append(item.point)
      } else {
        groups.append((key.state, key.statements, [item.point]))
      }
    }
    refuseDifferingFields(groups.map(\.state), at: pointsSpan)
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
    _ block: Block, _ found: FoundPoint?, _ others: Set<String>
  ) -> (state: BodyState, statements: [TypedStatement]) {
    let context = ProbeContext(
      signature: found?.signature, kind: found?.point.kind ?? .functionReturn,
      pointName: found?.point.displayName ?? "a point that this kernel lacks",
      hasPacket: found.map { $0.point.packet != .none } ?? true,
      hasSockArgument: found.map {
        $0.point.sockArgument != nil || $0.point.sockRecordOffset != nil || $0.signature == nil
      } ?? true, otherArguments: others, isSet: !others.isEmpty)
    body = BodyState(place: .probe(context))
    let statements = padded(self.block(block, opensScope: false), to: body.fields.count)
    return (body, statements)
  }

  /// Emissions before the last know fewer fields than the event has in the end.
  private func padded(_ statements: [TypedStatement], to count: Int) -> [TypedStatement] {
    statements.map { statement in
      switch statement.kind {
      case .emit(var emission):
        emission.values += Array(
          repeating: nil, count: max(0, count - emission.values.count))
        return TypedStatement(.emit(emission), span: statement.span)
      case .condition(let asked, let then, let otherwise):
        return TypedStatement(
          .condition(asked, then: padded(then, to: count), otherwise: padded(otherwise, to: count)),
          span: statement.span)
      case .loop(let local, let from, let to, let inner):
        return TypedStatement(
          .loop(local: local, from: from, to: to, padded(inner, to: count)), span: statement.span)
      default: return statement
      }
    }
  }

  /// A set's points send events that `on` sees alike.
  private func refuseDifferingFields(_ states: [BodyState], at span: Span) {
    guard let first = states.first else { return }
    for state in states.dropFirst() {
      for (a, b) in zip(first.fields, state.fields)
      where a.name == b.name && !a.type.hasRepresentation(of: b.type) {
        report(
          "'\(a.name)' is \(a.type.described) at one point of the set and \(b.type.described) at "
            + "another", at: state.fieldSpans[a.name] ?? span,
          hints: ["make two probes of it"])
      }
    }
  }
}
