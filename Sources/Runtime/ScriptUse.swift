package import Language

/// What a script asks of its surroundings, found by looking at all of it.
package struct ScriptUse: Sendable, Equatable {
  /// Values of the kernel's memory, as scripts name them, sorted.
  package private(set) var kernelReads: [String] = []
  /// What the kernel half asks of an event's surroundings, but for the time.
  package private(set) var context: Set<ContextField> = []
  /// There are C blocks, which only the kernel runs.
  package private(set) var hasC = false
  /// Packets are shown as tcpdump shows them.
  package private(set) var showsPackets = false
  package private(set) var runsCommands = false

  package init(_ script: Script) {
    for probe in script.probes { visit(probe.body.statements) }
    for function in script.functions { visit(function.body.statements) }
    for handler in script.handlers { visit(handler.body.statements) }
    let handled = script.handlers.map(\.trigger)
    for (index, probe) in script.probes.enumerated()
    where probe.path == nil && !handled.contains(.probe(index)) && probe.sends {
      showsPackets = true
    }
    for index in script.paths.indices where !handled.contains(.path(index)) { showsPackets = true }
    kernelReads.sort()
  }

  // MARK: Everywhere

  private mutating func visit(_ statements: [TypedStatement]) {
    for statement in statements { visit(statement) }
  }

  private mutating func visit(_ expressions: [TypedExpression?]) {
    for case let expression? in expressions { visit(expression) }
  }

  private mutating func visit(_ statement: TypedStatement) {
    switch statement.kind {
    case .set(_, let value), .requirement(let value), .savePacket(let value): visit(value)
    case .tableAdd(_, let keys, let value): visit(keys + [value])
    case .stateSet(_, let keys, let values): visit(keys + values)
    case .stateDelete(_, let keys): visit(keys)
    case .condition(let test, let then, let otherwise):
      visit(test)
      visit(then)
      visit(otherwise)
    case .loop(_, let from, let to, let body):
      visit([from, to])
      visit(body)
    case .returning(let value), .exit(let value): visit([value])
    case .requirementC, .c: hasC = true
    case .emit(let emission):
      visit(emission.values)
      if emission.cBlock != nil { hasC = true }
    case .print(let values): visit(values)
    case .showPacket: showsPackets = true
    case .run(let command):
      runsCommands = true
      visit(command)
    case .forEachHop(let body): visit(body)
    case .forEachRow(let query, let body):
      visit([query.limit])
      visit(body)
    case .filter, .capture, .rebuild, .clearTable, .clearState: break
    }
  }

  private mutating func visit(_ expression: TypedExpression) {
    switch expression.kind {
    case .kernel(let read):
      if !read.isMissing, !kernelReads.contains(read.text) { kernelReads.append(read.text) }
      if case .pointer(let base) = read.base { visit(base) }
    case .context(let field): if field != .time { context.insert(field) }
    case .packetSummary: showsPackets = true
    case .packetBytes(_, _, _, let offset, _): visit(offset)
    case .flowMember(let base, _), .reversed(let base), .member(let base, _), .negate(let base),
      .complement(let base), .not(let base), .isPresent(let base), .isInPrefix(let base, _, _):
      visit(base)
    case .arithmetic(_, let a, let b), .comparison(_, let a, let b), .and(let a, let b),
      .or(let a, let b), .coalesce(let a, let b):
      visit([a, b])
    case .call(_, let arguments): visit(arguments)
    case .state(_, let keys, _), .hasState(_, let keys): visit(keys)
    case .interpolation(let pieces):
      for case .value(let value, _) in pieces { visit(value) }
    case .table(let query): visit([query.limit])
    case .constant, .address, .text, .absent, .local, .option, .eventField, .packetField,
      .payloadLength, .payloadText, .hasLayer, .packetLength, .capturedLength, .packetFlow,
      .filterMatches, .isRebuilt, .hops, .journey, .hop, .rowKey, .rowValue:
      break
    }
  }
}

extension ProbeDefinition {
  /// Its body can send an event.
  fileprivate var sends: Bool { emitsAtEnd || body.statements.contains(where: \.sends) }
}

extension TypedStatement {
  fileprivate var sends: Bool {
    switch kind {
    case .emit: true
    case .condition(_, let then, let otherwise): (then + otherwise).contains(where: \.sends)
    case .loop(_, _, _, let body): body.contains(where: \.sends)
    default: false
    }
  }
}
