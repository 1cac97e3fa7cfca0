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
  /// Something may go to standard output.
  package private(set) var saysAnything = false

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
    saysAnything = saysAnything || showsPackets
    kernelReads.sort()
  }

  // MARK: Everywhere

  private mutating func visit(_ statements: [TypedStatement]) {
    for statement in statements {
      switch statement.kind {
      case .requirementC, .c: hasC = true
      case .emit(let emission): if emission.cBlock != nil { hasC = true }
      case .showPacket:
        showsPackets = true
        saysAnything = true
      case .print: saysAnything = true
      case .run: runsCommands = true
      default: break
      }
      for expression in statement.expressions { visit(expression) }
      for block in statement.blocks { visit(block) }
    }
  }

  private mutating func visit(_ expression: TypedExpression) {
    switch expression.kind {
    case .kernel(let read):
      if !read.isMissing, !kernelReads.contains(read.text) { kernelReads.append(read.text) }
    case .context(let field): if field != .time { context.insert(field) }
    case .packetSummary: showsPackets = true
    default: break
    }
    for part in expression.parts { visit(part) }
  }
}

extension TypedStatement {
  /// The expressions that it has itself.
  var expressions: [TypedExpression] {
    switch kind {
    case .set(_, let value), .requirement(let value), .savePacket(let value): [value]
    case .tableAdd(_, let keys, let value): keys + [value]
    case .stateSet(_, let keys, let values): keys + values
    case .stateDelete(_, let keys): keys
    case .condition(let test, _, _): [test]
    case .loop(_, let from, let to, _): [from, to]
    case .returning(let value), .exit(let value): value.map { [$0] } ?? []
    case .emit(let emission): emission.values.compactMap { $0 }
    case .print(let values): values
    case .run(let command): command
    case .forEachRow(let query, _): query.limit.map { [$0] } ?? []
    case .filter, .requirementC, .capture, .rebuild, .c, .showPacket, .clearTable, .clearState,
      .forEachHop:
      []
    }
  }

  /// The statements that are within it.
  var blocks: [[TypedStatement]] {
    switch kind {
    case .condition(_, let then, let otherwise): [then, otherwise]
    case .loop(_, _, _, let body), .forEachHop(let body), .forEachRow(_, let body): [body]
    case .set, .tableAdd, .stateSet, .stateDelete, .returning, .filter, .requirement,
      .requirementC, .capture, .rebuild, .emit, .c, .print, .showPacket, .savePacket, .clearTable,
      .clearState, .exit, .run:
      []
    }
  }
}

extension TypedExpression {
  /// The expressions that it is made of.
  var parts: [TypedExpression] {
    switch kind {
    case .kernel(let read):
      if case .pointer(let base) = read.base { [base] } else { [] }
    case .packetBytes(_, _, _, let offset, _): [offset]
    case .flowMember(let base, _), .reversed(let base), .member(let base, _), .negate(let base),
      .complement(let base), .not(let base), .isPresent(let base), .isInPrefix(let base, _, _):
      [base]
    case .arithmetic(_, let a, let b), .comparison(_, let a, let b), .and(let a, let b),
      .or(let a, let b), .coalesce(let a, let b):
      [a, b]
    case .call(_, let arguments): arguments
    case .state(_, let keys, _), .hasState(_, let keys): keys
    case .interpolation(let pieces):
      pieces.compactMap { piece in
        if case .value(let value, _) = piece { value } else { nil }
      }
    case .table(let query): query.limit.map { [$0] } ?? []
    case .constant, .address, .text, .absent, .local, .option, .eventField, .packetField,
      .payloadLength, .payloadText, .hasLayer, .packetLength, .capturedLength, .packetFlow,
      .filterMatches, .isRebuilt, .packetSummary, .context, .hops, .journey, .hop, .rowKey,
      .rowValue, .eventNumber, .colour:
      []
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
