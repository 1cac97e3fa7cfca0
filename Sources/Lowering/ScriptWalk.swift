internal import Language

/// What a body, with the functions that it calls, makes use of.
struct ScriptWalk {
  private let script: Script
  private(set) var functions: [Int] = []
  private(set) var filters: Set<Int> = []
  /// It looks into the packet, beyond its length.
  private(set) var usesLayers = false
  private(set) var usesInner = false
  private(set) var readsRecord = false
  private(set) var usesStates = false
  /// The packet, or what surrounds it.
  private(set) var usesPacket = false
  /// What is read of the skb, the socket and the arguments, each once.
  private(set) var callReads: [TypedExpression] = []
  private(set) var sends = false
  /// The C blocks that it has, each once.
  private(set) var cBlocks: [CUse] = []

  struct CUse: Equatable {
    /// Index into ``Script/cBlocks``.
    let index: Int
    /// Indexes of the fields that it fills.
    var fields: [Int] = []
    var isStatement = false
  }

  init(_ script: Script, _ body: Body) {
    self.script = script
    visit(body.statements)
  }

  init(_ script: Script, _ expression: TypedExpression) {
    self.script = script
    visit(expression)
  }

  init(_ script: Script, _ statement: TypedStatement) {
    self.script = script
    visit([statement])
  }

  private mutating func visit(_ statements: [TypedStatement]) {
    for statement in statements { visit(statement) }
  }

  private mutating func visit(_ statement: TypedStatement) {
    switch statement.kind {
    case .set(_, let value), .requirement(let value): visit(value)
    case .tableAdd(_, let keys, let value):
      visit(keys)
      visit(value)
    case .stateSet(_, let keys, let values):
      visit(keys)
      visit(values)
    case .stateDelete(_, let keys): visit(keys)
    case .condition(let test, let then, let otherwise):
      visit(test)
      visit(then)
      visit(otherwise)
    case .loop(_, let from, let to, let body):
      visit(from)
      visit(to)
      visit(body)
    case .returning(let value): if let value { visit(value) }
    case .filter(let index):
      filters.insert(index)
      packet(0)
    case .emit(let emission):
      sends = true
      visit(emission.values.compactMap { $0 })
      if let index = emission.cBlock { note(CUse(index: index, fields: emission.cFields)) }
    case .requirementC(let index): note(CUse(index: index))
    case .c(let index): note(CUse(index: index, isStatement: true))
    case .capture, .rebuild, .print, .showPacket, .savePacket, .clearTable,
      .clearState, .exit, .run, .forEachHop, .forEachRow:
      break
    }
  }

  private mutating func note(_ use: CUse) {
    usesPacket = true
    if !cBlocks.contains(use) { cBlocks.append(use) }
  }

  private mutating func note(_ expression: TypedExpression, _ read: KernelRead) {
    let isKnown = callReads.contains {
      if case .kernel(read) = $0.kind { true } else { false }
    }
    if !isKnown, !read.isMissing { callReads.append(expression) }
  }

  private mutating func visit(_ expressions: [TypedExpression]) {
    for expression in expressions { visit(expression) }
  }

  private mutating func packet(_ depth: Int) {
    usesLayers = true
    usesPacket = true
    if depth > 0 { usesInner = true }
  }

  private mutating func visit(_ expression: TypedExpression) {
    switch expression.kind {
    case .packetField(_, _, let depth), .payloadLength(_, let depth), .hasLayer(_, let depth),
      .packetFlow(let depth), .payloadText(_, let depth):
      packet(depth)
    case .packetBytes(_, let depth, _, let offset, _):
      packet(depth)
      visit(offset)
    case .packetLength(let depth):
      usesPacket = true
      if depth > 0 { packet(depth) }
    case .capturedLength: usesPacket = true
    case .context(let field):
      switch field {
      case .interfaceName, .interfaceIndex, .namespace, .skb: usesPacket = true
      case .time, .function, .cpu, .pid, .tid, .comm, .cgroup, .stack: break
      }
    case .filterMatches(let index, let depth):
      filters.insert(index)
      packet(depth)
    case .kernel(let read):
      switch read.base {
      case .record: readsRecord = true
      case .pointer(let address): visit(address)
      case .argument, .skb, .sock: note(expression, read)
      case .returned: break
      }
    case .flowMember(let a, _), .reversed(let a), .member(let a, _), .negate(let a),
      .complement(let a), .not(let a), .isInPrefix(let a, _, _), .isPresent(let a):
      visit(a)
    case .arithmetic(_, let a, let b), .comparison(_, let a, let b), .and(let a, let b),
      .or(let a, let b), .coalesce(let a, let b):
      visit(a)
      visit(b)
    case .call(let index, let arguments):
      visit(arguments)
      visit(script.functions[index].body.statements)
      // Callees come first; none is recursive.
      if !functions.contains(index) { functions.append(index) }
    case .state(_, let keys, _), .hasState(_, let keys):
      usesStates = true
      visit(keys)
    case .constant, .address, .text, .absent, .local, .option, .eventField,
      .isRebuilt, .interpolation, .packetSummary, .table, .hops, .journey, .eventNumber, .colour,
      .hop, .rowKey,
      .rowValue:
      break
    }
  }
}
