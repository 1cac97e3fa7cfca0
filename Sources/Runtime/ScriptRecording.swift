package import Language

/// What makes a recording of a script's events one that the same script can be run on.
extension Script {
  /// The same script, whose events carry what its bodies read of the kernel's memory as well: as
  /// fields that are not shown, behind the others. A body that changes tables or states without an
  /// event sends one that only a recording has; of several events of one run of a body all but the
  /// first are marked, as the body is run once again on a replay.
  package func recordingKernelValues() -> Script {
    var script = self
    for index in script.probes.indices {
      let probe = script.probes[index]
      var reads = KernelReads()
      reads.visit(probe.body.statements)
      let runs = RunRecording(probe)
      // Which fields are present is said by the bits of one word.
      let room = 64 - probe.fields.count - (runs == nil ? 0 : 1)
      let found = reads.found.prefix(max(0, room))
      if found.isEmpty, runs == nil { continue }
      let values = found.map { TypedExpression?.some($0.expression) }
      let count = probe.fields.count
      script.probes[index].fields += found.map {
        EventField(name: EventField.hiddenPrefix + $0.name, type: $0.expression.type)
      }
      script.probes[index].body.statements = probe.body.statements.map {
        $0.emitting(values, behind: count)
      }
      if probe.emitsAtEnd {
        let nothing = [TypedExpression?](repeating: nil, count: count)
        script.probes[index].body.statements.append(
          TypedStatement(.emit(Emission(values: nothing + values)), span: probe.span))
        script.probes[index].emitsAtEnd = false
      }
      if let runs {
        script.probes[index].fields.append(.run)
        let nothing = [TypedExpression?](repeating: nil, count: count)
        runs.apply(to: &script.probes[index].body, silent: nothing + values)
      }
    }
    return script
  }
}

/// How the events of one run of a probe's body are told apart.
private struct RunRecording {
  /// The body's own local of this index tells that the run has sent an event, the next one that it
  /// has changed a table or a state.
  private let sent: Int
  private var changed: Int { sent + 1 }
  /// Values are read by way of states: before an entry goes, they are recorded.
  private let readsStates: Bool
  private let probe: ProbeDefinition

  /// Nil: each run sends one event, or none and changes nothing.
  init?(_ probe: ProbeDefinition) {
    var counted = Effects()
    counted.visit(probe.body.statements, isInLoop: false)
    guard counted.changes || counted.events > 1 else { return nil }
    sent = probe.body.locals.count
    readsStates = counted.readsStates
    self.probe = probe
  }

  private struct Effects {
    var events = 0
    var changes = false
    var readsStates = false

    mutating func visit(_ statements: [TypedStatement], isInLoop: Bool) {
      for statement in statements {
        var isLoop = isInLoop
        switch statement.kind {
        case .emit: events += isInLoop ? 2 : 1
        case .tableAdd, .stateSet, .stateDelete: changes = true
        case .loop: isLoop = true
        default: break
        }
        readsStates = readsStates || statement.expressions.contains { $0.readsKernelByState }
        for block in statement.blocks { visit(block, isInLoop: isLoop) }
      }
    }
  }

  func apply(to body: inout Body, silent values: [TypedExpression?]) {
    for name in ["run_sent", "run_changed"] {
      body.locals.append(Body.Local(name: name, type: .integer(.decimal)))
    }
    let silent = unlessSent(values)
    let ending = [statement(.condition(has(changed), then: [silent], otherwise: []))]
    var writer = Writer(runs: self, silent: silent, ending: ending)
    let statements = writer.recorded(body.statements) + ending
    // A filter that is first is judged before anything else.
    let first = statements.prefix { if case .filter = $0.kind { true } else { false } }
    let start = [sent, changed].map { index in
      let nothing = TypedExpression(.absent, .integer(.decimal), span: probe.span)
      return statement(.set(local: index, nothing))
    }
    body.statements = first + start + statements.dropFirst(first.count)
  }

  fileprivate func statement(_ kind: TypedStatement.Kind) -> TypedStatement {
    TypedStatement(kind, span: probe.span)
  }

  private func number(_ value: Int64) -> TypedExpression {
    TypedExpression(.constant(value), .integer(.decimal), span: probe.span)
  }

  private func local(_ index: Int) -> TypedExpression {
    TypedExpression(.local(index), .integer(.decimal), span: probe.span)
  }

  private func has(_ index: Int) -> TypedExpression {
    TypedExpression(.isPresent(local(index)), .boolean, span: probe.span)
  }

  private func note(_ index: Int) -> TypedStatement {
    statement(.set(local: index, number(EventField.again)))
  }

  /// The event that only a recording has, where the run has sent no other.
  private func unlessSent(_ values: [TypedExpression?]) -> TypedStatement {
    let event = statement(.emit(Emission(values: values + [number(EventField.silent)])))
    return statement(.condition(has(sent), then: [], otherwise: [event, note(sent)]))
  }

  /// Goes through a body in its order.
  private struct Writer {
    let runs: RunRecording
    let silent: TypedStatement
    let ending: [TypedStatement]
    /// Something may have been changed above.
    var mayHaveChanged = false

    mutating func recorded(_ statements: [TypedStatement]) -> [TypedStatement] {
      var result: [TypedStatement] = []
      for item in statements { result += recorded(item) }
      return result
    }

    private mutating func recorded(_ item: TypedStatement) -> [TypedStatement] {
      func made(_ kind: TypedStatement.Kind) -> TypedStatement {
        TypedStatement(kind, span: item.span)
      }
      /// Goes on only if a test holds, and else ends the run as it has to be ended.
      func required(_ test: TypedExpression) -> [TypedStatement] {
        let never = TypedExpression(.constant(0), .boolean, span: item.span)
        return [
          made(.condition(test, then: [], otherwise: ending + [made(.requirement(never))]))
        ]
      }
      switch item.kind {
      case .emit(var emission):
        emission.values.append(runs.local(runs.sent))
        return [made(.emit(emission)), runs.note(runs.sent)]
      case .tableAdd, .stateSet:
        mayHaveChanged = true
        return [item, runs.note(runs.changed)]
      case .stateDelete:
        mayHaveChanged = true
        return (runs.readsStates ? [silent] : []) + [item, runs.note(runs.changed)]
      case .returning: return mayHaveChanged ? ending + [item] : [item]
      case .requirement(let test): return mayHaveChanged ? required(test) : [item]
      case .filter(let index):
        if !mayHaveChanged { return [item] }
        return required(
          TypedExpression(.filterMatches(index, depth: 0), .boolean, span: item.span))
      case .condition(let test, let then, let otherwise):
        let (then, otherwise) = (recorded(then), recorded(otherwise))
        return [made(.condition(test, then: then, otherwise: otherwise))]
      case .loop(let local, let from, let to, let content):
        // A second round comes behind all of the first.
        var first = self
        _ = first.recorded(content)
        mayHaveChanged = first.mayHaveChanged
        return [made(.loop(local: local, from: from, to: to, recorded(content)))]
      default: return [item]
      }
    }
  }
}

extension EventField {
  static let hiddenPrefix = "@"

  /// The name under which a recording keeps what C has filled in: a kernel's value has no such name.
  var recordedName: String { "emit.\(name)" }

  /// Which event of one run of a body it is: absent for the first, which enters the body again on a
  /// replay; ``again`` for those that come of that; ``silent`` for one that only a recording has.
  static let run = EventField(name: hiddenPrefix + "again", type: .integer(.decimal))
  static let again: Int64 = 1
  static let silent: Int64 = 2

  /// Not shown: only a recording has it.
  var isHidden: Bool { name.hasPrefix(EventField.hiddenPrefix) }
}

extension KernelRead {
  /// The name under which a recording keeps the value: that a kernel may lack it does not matter.
  var recordedName: String { String(text.filter { $0 != "?" }) }
}

extension TypedStatement {
  fileprivate func emitting(_ values: [TypedExpression?], behind count: Int) -> TypedStatement {
    func all(_ statements: [TypedStatement]) -> [TypedStatement] {
      statements.map { $0.emitting(values, behind: count) }
    }
    switch kind {
    case .emit(var emission):
      let missing = max(0, count - emission.values.count)
      emission.values += [TypedExpression?](repeating: nil, count: missing) + values
      return TypedStatement(.emit(emission), span: span)
    case .condition(let test, let then, let otherwise):
      return TypedStatement(
        .condition(test, then: all(then), otherwise: all(otherwise)), span: span)
    case .loop(let local, let from, let to, let body):
      return TypedStatement(.loop(local: local, from: from, to: to, all(body)), span: span)
    default: return self
    }
  }
}

/// The reads of a body, each once; those that depend on its locals cannot be asked for elsewhere.
private struct KernelReads {
  var found: [(name: String, expression: TypedExpression)] = []

  mutating func visit(_ statements: [TypedStatement]) {
    for statement in statements {
      for expression in statement.expressions { visit(expression) }
      for block in statement.blocks { visit(block) }
    }
  }

  private mutating func visit(_ expression: TypedExpression) {
    if let name = Self.recordedName(expression), !found.contains(where: { $0.name == name }) {
      found.append((name, expression))
    }
    for part in expression.parts { visit(part) }
  }

  /// The name under which the value is kept; nil where that is nothing to keep.
  private static func recordedName(_ expression: TypedExpression) -> String? {
    switch expression.kind {
    case .kernel(let read): read.isMissing || expression.usesLocals ? nil : read.recordedName
    // Every event has the others.
    case .context(.stack): ContextField.stack.recordedName
    case .context(.cgroup): ContextField.cgroup.recordedName
    default: nil
    }
  }
}

extension ContextField {
  /// The name under which a recording keeps the value where the script reads it.
  package var recordedName: String { rawValue }
}

extension TypedExpression {
  fileprivate var usesLocals: Bool {
    if case .local = kind { return true }
    return parts.contains { $0.usesLocals }
  }
}

extension TypedExpression {
  /// What it reads in the kernel depends on what a state has.
  fileprivate var readsKernelByState: Bool {
    if case .kernel = kind, usesStates { return true }
    return parts.contains { $0.readsKernelByState }
  }

  private var usesStates: Bool {
    switch kind {
    case .state, .hasState: true
    default: parts.contains { $0.usesStates }
    }
  }
}
