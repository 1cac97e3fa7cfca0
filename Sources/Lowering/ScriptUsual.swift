internal import Language
internal import Packets

/// The usual form of a probe's body: as much of it, from its beginning, as can be done of the usual
/// packet (`bpf/usual.h`) without scratch memory, at constant offsets. What it does not decide is left
/// to the body's full form, from the beginning: so it has an effect only if it is the whole body.
struct UsualForm {
  let statements: [TypedStatement]
  /// Nothing of the body is left.
  let isWhole: Bool
  /// Words of the longest key.
  let keyWords: Int
  /// Bytes of the packet, from the IP header on, that are looked at; nil: none.
  let reach: Int?

  /// The most words of a key that is put together on the stack.
  private static let keyLimit = 16
  /// Bytes of an IP header without options.
  private static let ipLength = 20

  /// Nil where there is nothing to be gained.
  ///
  /// - Parameter statements: of the probe's body, without a first filter that has been judged.
  init?(_ script: Script, _ probe: ProbeDefinition, _ statements: some Sequence<TypedStatement>) {
    var walk = Walk(locals: probe.body.locals)
    let all = Array(statements)
    let able = all.prefix { walk.canDo($0) }
    if able.count == all.count, !probe.emitsAtEnd {
      self.statements = all
      isWhole = true
    } else {
      // Up to the last statement that may decide, and none that does something.
      let pure = able.prefix { !Self.acts($0) }
      guard let last = pure.lastIndex(where: Self.decides) else { return nil }
      self.statements = Array(pure[...last])
      isWhole = false
    }
    // Statements that are left out ask for nothing.
    walk = Walk(locals: probe.body.locals)
    for statement in self.statements { _ = walk.canDo(statement) }
    guard walk.keyWords <= Self.keyLimit else { return nil }
    keyWords = walk.keyWords
    reach = walk.usesLayers ? Self.ipLength + (walk.upper.map(\.minimumLength).max() ?? 0) : nil
  }

  /// Whether it changes anything but locals.
  private static func acts(_ statement: TypedStatement) -> Bool {
    switch statement.kind {
    case .tableAdd: true
    case .condition(_, let then, let otherwise): (then + otherwise).contains(where: acts)
    default: false
    }
  }

  /// Whether a body may end with it.
  private static func decides(_ statement: TypedStatement) -> Bool {
    switch statement.kind {
    case .requirement, .returning: true
    case .condition(_, let then, let otherwise): (then + otherwise).contains(where: decides)
    default: false
    }
  }

  /// What needs no scratch memory, and what it asks for.
  private struct Walk {
    let locals: [Body.Local]
    var keyWords = 0
    var usesLayers = false
    var upper: Set<Layer> = []

    init(locals: [Body.Local]) { self.locals = locals }

    mutating func canDo(_ statement: TypedStatement) -> Bool {
      switch statement.kind {
      case .set(let local, let value):
        return locals[local].type.memoryWords == nil && canDo(value)
      case .requirement(let test): return canDo(test)
      case .tableAdd(_, let keys, let value):
        keyWords = max(keyWords, ScriptMaps.keyWords(keys.map(\.type)))
        return canDo(keys) && canDo(value)
      case .condition(let test, let then, let otherwise):
        return canDo(test) && canDo(then) && canDo(otherwise)
      case .returning(let value): return value == nil
      case .stateSet, .stateDelete, .loop, .filter, .requirementC, .capture, .rebuild, .emit, .c,
        .print, .showPacket, .savePacket, .clearTable, .clearState, .exit, .run, .forEachHop,
        .forEachRow:
        return false
      }
    }

    private mutating func canDo(_ statements: [TypedStatement]) -> Bool {
      for statement in statements where !canDo(statement) { return false }
      return true
    }

    private mutating func canDo(_ expressions: [TypedExpression]) -> Bool {
      for expression in expressions where !canDo(expression) { return false }
      return true
    }

    private mutating func canDo(_ expression: TypedExpression) -> Bool {
      if expression.type.memoryWords != nil { return false }
      switch expression.kind {
      case .constant, .address, .absent, .local, .option: return true
      case .packetLength(let depth): return depth == 0
      case .packetField(let layer, _, let depth), .hasLayer(let layer, let depth),
        .payloadLength(let layer, let depth):
        usesLayers = true
        switch layer {
        case .tcp, .udp, .icmp, .sctp: upper.insert(layer)
        case .eth, .vlan, .arp, .ip, .ip6, .icmp6: break
        }
        return depth == 0
      case .context(let field):
        switch field {
        case .time, .cpu, .pid, .tid, .cgroup: return true
        case .function, .comm, .interfaceName, .interfaceIndex, .namespace, .stack, .skb:
          return false
        }
      case .kernel(let read):
        guard case .argument = read.base else { return false }
        return read.hops.isEmpty
      case .negate(let a), .complement(let a), .not(let a), .isInPrefix(let a, _, _),
        .isPresent(let a):
        return canDo(a)
      case .arithmetic(_, let a, let b), .comparison(_, let a, let b), .and(let a, let b),
        .or(let a, let b), .coalesce(let a, let b):
        return canDo(a) && canDo(b)
      case .text, .eventField, .eventNumber, .colour, .packetBytes, .payloadText, .capturedLength,
        .packetFlow,
        .filterMatches, .isRebuilt, .flowMember, .reversed, .member, .call, .state, .hasState,
        .interpolation, .packetSummary, .table, .hops, .journey, .hop, .rowKey, .rowValue:
        return false
      }
    }
  }
}
