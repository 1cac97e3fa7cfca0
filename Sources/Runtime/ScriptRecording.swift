package import Language

/// What makes a recording of a script's events one that the same script can be run on.
extension Script {
  /// The same script, whose events carry what its bodies read of the kernel's memory as well: as
  /// fields that are not shown, behind the others.
  package func recordingKernelValues() -> Script {
    var script = self
    for index in script.probes.indices {
      let probe = script.probes[index]
      var reads = KernelReads()
      reads.visit(probe.body.statements)
      // Which fields are present is said by the bits of one word.
      let found = reads.found.prefix(64 - probe.fields.count)
      if found.isEmpty { continue }
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
    }
    return script
  }
}

extension EventField {
  static let hiddenPrefix = "@"

  /// The name under which a recording keeps what C has filled in: a kernel's value has no such name.
  var recordedName: String { "emit.\(name)" }

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
