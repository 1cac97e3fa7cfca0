internal import Packets
internal import Syntax

/// Statements of both halves.
extension Check {
  func block(_ block: Block, opensScope: Bool = true) -> [TypedStatement] {
    if opensScope { body.scopes.append([:]) }
    defer { if opensScope { body.scopes.removeLast() } }
    var result: [TypedStatement] = []
    for statement in block.statements {
      if let kind = self.statement(statement) {
        result.append(TypedStatement(kind, span: statement.span))
      }
    }
    return result
  }

  /// Nil if it is wrong, which has been said.
  private func statement(_ statement: Statement) -> TypedStatement.Kind? {
    let span = statement.span
    switch statement.kind {
    case .binding(let isVariable, let name, let value):
      return binding(name, isVariable: isVariable, value)
    case .assignment(let target, let op, let value):
      return assignment(target, op, value, at: span)
    case .condition(let asked, let then, let otherwise):
      return condition(asked, then, otherwise)
    case .loop(let name, let sequence, let block):
      return loop(name, over: sequence, block, at: span)
    case .deletion(let target): return deletion(target, at: span)
    case .returning(let value): return returning(value, at: span)
    case .expression(let expression): return expressionStatement(expression)
    case .filter, .requirement, .requirementC, .capture, .rebuild, .emit, .c:
      return kernelStatement(statement)
    case .print, .show, .save, .clear, .exit, .run: return netcapStatement(statement)
    }
  }

  private func expressionStatement(_ expression: Expression) -> TypedStatement.Kind? {
    guard let entity = entity(of: expression) else { return nil }
    let hints: [String]
    switch entity {
    case .table: hints = ["print shows it: print \(written(expression.span))"]
    case .value(let value) where value.type == .boolean:
      hints = ["where goes on only if it is true, if { } does something then"]
    default: hints = ["let x = … keeps it, print shows it, emit sends it"]
    }
    report("this value is not used", at: expression.span, hints: hints)
    return nil
  }

  // MARK: Locals

  private func binding(
    _ name: Name, isVariable: Bool, _ expression: Expression
  ) -> TypedStatement.Kind? {
    func refuse() -> TypedStatement.Kind? {
      body.scopes[body.scopes.count - 1][name.text] = .unknown
      return nil
    }
    if body.scopes.last?[name.text] != nil {
      report("'\(name.text)' is declared twice in this block", at: name.span)
    }
    guard let entity = entity(of: expression) else { return refuse() }
    var structure: String?
    switch entity {
    case .packet, .layer:
      if case .layer(let layer, _, let prefix) = entity, layer.field(named: prefix) != nil { break }
      if isVariable {
        report("a packet is called otherwise with let", at: name.span)
        return refuse()
      }
      body.scopes[body.scopes.count - 1][name.text] = .entity(entity)
      return nil
    case .chain(let chain):
      if case .pointer(.structure(let pointed)) = chain.type { structure = pointed }
    case .table, .hops:
      report("\(entity.described) cannot be kept", at: expression.span)
      return refuse()
    default: break
    }
    guard let value = value(of: entity, at: expression.span) else { return refuse() }
    let index = body.addLocal(name.text, value.type)
    body.scopes[body.scopes.count - 1][name.text] = .local(
      index, isVariable: isVariable, structure: structure)
    return .set(local: index, value)
  }

  // MARK: Assignments

  private func assignment(
    _ target: Expression, _ op: BinaryOperator?, _ value: Expression, at span: Span
  ) -> TypedStatement.Kind? {
    switch target.kind {
    case .name(let name):
      if case .local(let index, let isVariable, _) = body.binding(of: name) {
        return localAssignment(name, index, isVariable: isVariable, op, value, at: target.span)
      }
      if case .unknown = body.binding(of: name) {
        _ = self.value(of: value)
        return nil
      }
      return storeAssignment(target, keys: [], op, value, at: span)
    case .index(let base, let keys): return storeAssignment(base, keys: keys, op, value, at: span)
    case .member(let base, let name, _):
      if case .state(let index) = stored(base) {
        let state = script.states[index].name
        report(
          "'\(state)' is set as a whole, not a part of it", at: target.span,
          hints: ["\(state)[…] = (\(name.text) = …, …)"])
        return nil
      }
      if case .index(let inner, _) = base.kind, case .state(let index) = stored(inner) {
        let state = script.states[index].name
        report(
          "'\(state)' is set as a whole, not a part of it", at: target.span,
          hints: ["\(state)[…] = (\(name.text) = …, …)"])
        return nil
      }
      report("'\(written(target.span))' cannot be set: netcap changes nothing", at: target.span)
      return nil
    // The parser says so.
    default: return nil
    }
  }

  private func localAssignment(
    _ name: String, _ index: Int, isVariable: Bool, _ op: BinaryOperator?, _ expression: Expression,
    at span: Span
  ) -> TypedStatement.Kind? {
    let type = body.locals[index].type
    guard var value = value(of: expression, expecting: type) else { return nil }
    guard isVariable else {
      report(
        "'\(name)' was given its value for good", at: span,
        hints: ["declare it with var: var \(name)"])
      return nil
    }
    if let op {
      let before = TypedExpression(.local(index), type, span: span)
      guard let result = arithmetic(op, before, value, at: Span(span.start..<value.span.end)) else {
        return nil
      }
      value = result
    }
    value = adapted(value, to: type)
    guard value.type.hasRepresentation(of: type) else {
      report("'\(name)' is \(type.described), and this is \(value.type.described)", at: value.span)
      return nil
    }
    return .set(local: index, value)
  }

  /// A table or a state that is called by its name.
  func stored(_ expression: Expression) -> Entity? {
    switch expression.kind {
    case .name(let name):
      guard body.binding(of: name) == nil, let declared = modules[module].names[name] else {
        return nil
      }
      switch declared.declaration.kind {
      case .table, .state: return entity(of: declared, at: expression.span)
      default: return nil
      }
    case .member(let base, let name, _):
      guard case .name(let text) = base.kind, body.binding(of: text) == nil,
        let index = modules[module].imports[text], let declared = modules[index].names[name.text]
      else { return nil }
      switch declared.declaration.kind {
      case .table, .state: return inModule(index) { entity(of: declared, at: expression.span) }
      default: return nil
      }
    default: return nil
    }
  }

  private func storeAssignment(
    _ target: Expression, keys: [Expression], _ op: BinaryOperator?, _ value: Expression,
    at span: Span
  ) -> TypedStatement.Kind? {
    guard let entity = stored(target) else {
      if case .name(let name) = target.kind, Catalogue.isReserved(name) {
        report("'\(name)' is built in, and cannot be set", at: target.span)
      } else if case .name(let name) = target.kind, modules[module].names[name] == nil, keys.isEmpty
      {
        report(
          "there is no variable '\(name)'", at: target.span,
          hints: suggestion(for: name, among: body.visibleNames).orElse(
            "declare it: var \(name) = \(written(value.span))"))
      } else if let entity = self.entity(of: target) {
        report("\(entity.described) cannot be set", at: target.span)
      }
      _ = self.value(of: value)
      return nil
    }
    if body.isFunction {
      report(
        "a function keeps nothing: it only works out a value", at: target.span,
        hints: ["do it in the probe"])
      return nil
    }
    body.updatesStores = true
    switch entity {
    case .table(let query):
      return tableUpdate(query.table, keys, op, value, target: target, at: span)
    case .state(let index):
      if let op {
        report(
          "a state keeps the last value, and has no '\(op.rawValue)='", at: span,
          hints: ["a table counts: table \(script.states[index].name)[…]: count"])
        return nil
      }
      return stateUpdate(index, keys, value, target: target, at: span)
    default: return nil
    }
  }

  private func tableUpdate(
    _ index: Int, _ keys: [Expression], _ op: BinaryOperator?, _ expression: Expression,
    target: Expression, at span: Span
  ) -> TypedStatement.Kind? {
    let name = script.tables[index].name
    let typedKeys = self.keys(
      keys, ofTable: index, orState: nil, at: target.span, assigns: true)
    guard op == .plus else {
      report(
        "a table is added to, with +=", at: span,
        hints: ["for example: \(name)\(keys.isEmpty ? "" : "[…]") += 1", "a state keeps a value"])
      return nil
    }
    guard let value = value(of: expression) else { return nil }
    guard value.type.isInteger || isWild(value), case .integer(let presentation) = value.type else {
      report(
        "a number is added to a table, and this is \(value.type.described)", at: value.span,
        hints: ["to count, add 1, with the value as a key"])
      return nil
    }
    let shown: Presentation =
      switch presentation {
      case .enumeration, .time, .pointer: .decimal
      default: presentation
      }
    if let before = seen.presentations[index] {
      seen.presentations[index] = before == .decimal || before == shown ? shown : before
    } else {
      seen.presentations[index] = shown
    }
    guard let typedKeys else { return nil }
    return .tableAdd(table: index, keys: typedKeys, value: value)
  }

  private func deletion(_ target: Expression, at span: Span) -> TypedStatement.Kind? {
    let base: Expression
    let keys: [Expression]
    if case .index(let inner, let indices) = target.kind {
      (base, keys) = (inner, indices)
    } else {
      (base, keys) = (target, [])
    }
    guard case .state(let index) = stored(base) else {
      if case .table(let query) = stored(base) {
        report(
          "rows of a table cannot be deleted", at: target.span,
          hints: ["clear \(script.tables[query.table].name) empties it, in netcap"])
      } else if entity(of: base) != nil {
        report("delete takes what a state keeps for a key", at: target.span)
      }
      return nil
    }
    if body.isFunction {
      report("a function keeps nothing: it only works out a value", at: span)
      return nil
    }
    body.updatesStores = true
    return self.keys(keys, ofTable: nil, orState: index, at: target.span, assigns: false)
      .map { .stateDelete(state: index, keys: $0) }
  }

  // MARK: Flow

  private func condition(
    _ asked: Expression, _ then: Block, _ otherwise: Statement.Otherwise?
  ) -> TypedStatement.Kind? {
    let value = condition(asked)
    let first = block(then)
    let second: [TypedStatement]
    switch otherwise {
    case .block(let block): second = self.block(block)
    case .condition(let next):
      second = statement(next).map { [TypedStatement($0, span: next.span)] } ?? []
    case nil: second = []
    }
    return value.map { .condition($0, then: first, otherwise: second) }
  }

  private func loop(
    _ name: Name, over sequence: Expression, _ block: Block, at span: Span
  ) -> TypedStatement.Kind? {
    func refuse() -> TypedStatement.Kind? {
      _ = scoped(name.text, .unknown, block)
      return nil
    }
    if case .range(let low, let high) = sequence.kind {
      return count(name, low, high, block, at: sequence.span)
    }
    guard let entity = entity(of: sequence) else { return refuse() }
    switch entity {
    case .hops:
      guard !body.isInHopLoop else {
        report("a loop over hops inside another would hide its hop", at: sequence.span)
        return refuse()
      }
      body.isInHopLoop = true
      defer { body.isInHopLoop = false }
      return .forEachHop(scoped(name.text, .entity(.hop), block))
    case .table(let query):
      switch body.place {
      case .event, .plain: break
      case .probe, .function, .constant:
        report("tables are read in netcap: in on, every, begin and end", at: sequence.span)
        return refuse()
      }
      guard body.rowTable == nil else {
        report("a loop over rows inside another would hide its row", at: sequence.span)
        return refuse()
      }
      body.rowTable = query.table
      defer { body.rowTable = nil }
      return .forEachRow(query, scoped(name.text, .entity(.row(query.table)), block))
    default:
      report(
        "\(entity.described) cannot be looped over", at: sequence.span,
        hints: ["a range can (0..<8), and in netcap hops and tables"])
      return refuse()
    }
  }

  private func scoped(_ name: String, _ binding: LocalBinding, _ block: Block) -> [TypedStatement] {
    body.scopes.append([name: binding])
    defer { body.scopes.removeLast() }
    return self.block(block)
  }

  private func count(
    _ name: Name, _ low: Expression, _ high: Expression, _ block: Block, at span: Span
  ) -> TypedStatement.Kind? {
    let from = integer(of: low, what: "where a loop begins")
    let to = integer(of: high, what: "where a loop ends")
    let index = body.addLocal(name.text, .integer(.decimal))
    let statements = scoped(
      name.text, .local(index, isVariable: false, structure: nil), block)
    guard let from, let to else { return nil }
    if body.isKernel, let a = from.constantInteger, let b = to.constantInteger {
      let (rounds, overflow) = b.subtractingReportingOverflow(a)
      if overflow || rounds > Int64(TypedStatement.loopLimit) {
        report(
          "a loop in the kernel has at most \(TypedStatement.loopLimit) rounds", at: span)
        return nil
      }
    }
    return .loop(local: index, from: from, to: to, statements)
  }
}
