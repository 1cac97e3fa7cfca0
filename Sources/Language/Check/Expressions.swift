internal import Packets
internal import Syntax

/// From what was written to values with types.
extension Check {
  /// The value of an expression; nil if it has none, which has been said, or is not known yet.
  func value(of expression: Expression, expecting expected: ValueType? = nil) -> TypedExpression? {
    guard let entity = entity(of: expression, expecting: expected) else { return nil }
    return value(of: entity, at: expression.span)
  }

  func value(of entity: Entity, at span: Span) -> TypedExpression? {
    switch entity {
    case .value(let value): return value
    case .chain(let chain): return value(of: chain, at: span)
    case .device: return value(of: deviceChainIfKernel(at: span), at: span)
    case .layer(let layer, let depth, let prefix):
      return value(ofLayer: layer, depth, prefix, at: span)
    case .payload(let layer, let depth):
      if body.isKernel {
        report(
          "a payload as a text is not to be had in the kernel", at: span,
          hints: ["read bytes: \(written(span))[0:4]", "or print it in on"])
        return nil
      }
      return TypedExpression(.payloadText(layer, depth: depth), .text, span: span)
    case .packet(let depth):
      report(
        "a packet is no value", at: span,
        hints: [
          depth == 0
            ? "name a part: pkt.len, pkt.flow, ip.src; every event carries its packet"
            : "name a part"
        ])
      return nil
    case .filter(let module, let name, let text):
      guard packet(at: span) else { return nil }
      guard let index = inModule(module, { namedFilter(name, text) }) else { return nil }
      return TypedExpression(.filterMatches(index, depth: 0), .boolean, span: span)
    case .table(let query):
      guard refuseTableHere(at: span) else { return nil }
      return TypedExpression(.table(query), .text, span: span)
    case .hops: return TypedExpression(.hops, .text, span: span)
    case .state(let index):
      guard script.states[index].keys.isEmpty else {
        report(
          "'\(script.states[index].name)' keeps values for keys", at: span,
          hints: ["name one: \(script.states[index].name)[…]"])
        return nil
      }
      return entryValue(index, [], at: span)
    case .entry(let index, let keys): return entryValue(index, keys, at: span)
    case .arguments:
      report("'args' is all arguments", at: span, hints: ["name one: args.x, or args[1]"])
      return nil
    case .function(_, let function):
      report(
        "'\(function.name.text)' is a function", at: span,
        hints: ["call it: \(function.name.text)(…)"])
      return nil
    case .module, .hop, .row:
      report("\(entity.described) is no value", at: span, hints: ["name a part of it"])
      return nil
    }
  }

  private func deviceChainIfKernel(at span: Span) -> KernelChain {
    if case .event = body.place {
      var chain = deviceChain
      chain.type = .other("a device, of which an event has dev.name and dev.index")
      return chain
    }
    return deviceChain
  }

  private func refuseTableHere(at span: Span) -> Bool {
    switch body.place {
    case .event, .plain: return true
    case .probe, .function, .constant:
      report(
        "a table can be added to here, and is read in netcap", at: span,
        hints: ["what a probe has to find again is kept in a state"])
      return false
    }
  }

  func entity(of expression: Expression, expecting expected: ValueType? = nil) -> Entity? {
    let span = expression.span
    func constant(_ number: Int64, _ type: ValueType) -> Entity {
      .value(TypedExpression(.constant(number), type, span: span))
    }
    switch expression.kind {
    case .integer(let number): return constant(number, .integer(.decimal))
    case .duration(let number): return constant(number, .integer(.duration))
    case .boolean(let isTrue): return constant(isTrue ? 1 : 0, .boolean)
    case .string(let literal): return text(literal).map { .value($0.placed(at: span)) }
    case .name(let name): return entity(named: name, at: span, expecting: expected)
    case .member(let base, let name, let isOptional):
      return memberEntity(expression, base, name, isOptional: isOptional)
    case .index(let base, let indices): return indexEntity(base, indices, at: span)
    case .slice(let base, let offset, let count):
      return sliceEntity(base, offset, count, at: span)
    case .call(let callee, let arguments):
      return callEntity(callee, arguments, at: span, expecting: expected)
    case .unary(let op, let operand):
      return unary(op, operand, at: span, expecting: expected).map { .value($0) }
    case .binary(let op, let left, let right):
      return binary(op, left, right, at: span, expecting: expected).map { .value($0) }
    case .has(let operand): return presence(operand, at: span).map { .value($0) }
    case .record(let items):
      if items.count == 1, items[0].name == nil {
        return entity(of: items[0].value, expecting: expected)
      }
      report(
        "a record is kept in a state, and is nothing by itself", at: span,
        hints: ["for example: conn[sock] = (born = time, pid)"])
      return nil
    case .range(let low, let high):
      if let asked = membership(low, high) { return entity(of: asked, expecting: expected) }
      report(
        "a range can be looped over, and asked with in", at: span,
        hints: ["for i in 0..<8 { … }", "tcp.dport in 1..<1024"])
      return nil
    }
  }

  /// `a && x in 1..<8 && b`, where the parser takes the range for the outermost.
  private func membership(_ low: Expression, _ high: Expression) -> Expression? {
    func joined(_ op: BinaryOperator, _ a: Expression, _ b: Expression) -> Expression {
      Expression(.binary(op, a, b), span: Span(a.span.start..<b.span.end))
    }
    if case .binary(let op, let left, let right) = high.kind,
      op.precedence < BinaryOperator.isIn.precedence
    {
      return membership(low, left).map { joined(op, $0, right) }
    }
    guard case .binary(let op, let left, let right) = low.kind else { return nil }
    if op == .isIn {
      let range = Expression(.range(right, high), span: Span(right.span.start..<high.span.end))
      return joined(.isIn, left, range)
    }
    guard op.precedence < BinaryOperator.isIn.precedence else { return nil }
    return membership(right, high).map { joined(op, left, $0) }
  }

  // MARK: Brackets

  private func indexEntity(_ base: Expression, _ indices: [Expression], at span: Span) -> Entity? {
    guard let entity = entity(of: base) else {
      for index in indices { _ = value(of: index) }
      return nil
    }
    switch entity {
    case .state(let index):
      return keys(indices, ofTable: nil, orState: index, at: span, assigns: false)
        .map { .entry(index, keys: $0) }
    case .table(let query):
      report(
        "a row of a table cannot be read by its key", at: span,
        hints: ["for row in \(script.tables[query.table].name) { … }", "a state can: state s[key]"])
      return nil
    case .layer(let layer, let depth, let prefix) where prefix.isEmpty:
      return packetBytes(layer, depth, indices, count: 1, fromPayload: false, at: span)
    case .payload(let layer, let depth):
      return packetBytes(layer, depth, indices, count: 1, fromPayload: true, at: span)
    case .arguments: return numberedArgument(indices, at: span)
    case .packet:
      report(
        "bytes are counted from a layer", at: span, hints: ["eth[0] is the first of the frame"])
      return nil
    case .chain(let chain):
      report("'\(chain.text)' cannot be indexed", at: span)
      return nil
    case .value, .layer, .device, .module, .function, .filter, .entry, .hops, .hop, .row:
      report("\(entity.described) has no keys", at: span)
      return nil
    }
  }

  private func sliceEntity(
    _ base: Expression, _ offset: Expression, _ count: Expression, at span: Span
  ) -> Entity? {
    guard let entity = entity(of: base) else { return nil }
    guard let number = constantInteger(count, what: "how many bytes") else { return nil }
    guard [1, 2, 4].contains(number) else {
      report("1, 2 or 4 bytes make a number", at: count.span)
      return nil
    }
    switch entity {
    case .layer(let layer, let depth, let prefix) where prefix.isEmpty:
      return packetBytes(layer, depth, [offset], count: Int(number), fromPayload: false, at: span)
    case .payload(let layer, let depth):
      return packetBytes(layer, depth, [offset], count: Int(number), fromPayload: true, at: span)
    default:
      report(
        "bytes are of a layer or its payload", at: span, hints: ["for example udp[8:2], eth[12:2]"])
      return nil
    }
  }

  private func packetBytes(
    _ layer: Layer, _ depth: Int, _ offsets: [Expression], count: Int, fromPayload: Bool,
    at span: Span
  ) -> Entity? {
    guard offsets.count == 1 else {
      report(
        "an offset is one number", at: span, hints: ["a number of bytes follows a colon: [8:2]"])
      return nil
    }
    guard let offset = integer(of: offsets[0], what: "an offset") else { return nil }
    if let number = offset.constantInteger, !(0...65535).contains(number) {
      report("an offset is 0 … 65535", at: offsets[0].span)
      return nil
    }
    return .value(
      TypedExpression(
        .packetBytes(layer, depth: depth, fromPayload: fromPayload, offset: offset, count: count),
        .integer(.decimal), span: span))
  }

  // MARK: Types that are wanted

  func integer(of expression: Expression, what: String) -> TypedExpression? {
    guard let value = value(of: expression) else { return nil }
    if value.type.isInteger { return value }
    report("\(what) is a number, and this is \(value.type.described)", at: expression.span)
    return nil
  }

  /// What an `if` or a `where` asks.
  func condition(_ expression: Expression) -> TypedExpression? {
    guard let value = value(of: expression) else { return nil }
    if value.type == .boolean { return value }
    if isWild(value) { return value.retyped(.boolean) }
    let text = written(expression.span)
    let isCompound =
      if case .binary = expression.kind { true } else { false }
    report(
      "a condition is true or false, and this is \(value.type.described)", at: expression.span,
      hints: value.type.isInteger
        ? ["compare it: \(isCompound ? "(\(text))" : text) != 0"] : ["has asks whether it is there"]
    )
    return nil
  }

  private func presence(_ operand: Expression, at span: Span) -> TypedExpression? {
    func layer(_ layer: Layer, _ depth: Int) -> TypedExpression {
      TypedExpression(.hasLayer(layer, depth: depth), .boolean, span: span)
    }
    guard let entity = entity(of: operand) else { return nil }
    switch entity {
    case .layer(let found, let depth, let prefix) where prefix.isEmpty: return layer(found, depth)
    case .packet(let depth):
      return TypedExpression(
        .or(
          TypedExpression(.or(layer(.ip, depth), layer(.ip6, depth)), .boolean, span: span),
          layer(.eth, depth)), .boolean, span: span)
    case .entry(let index, let keys):
      return TypedExpression(.hasState(index, keys: keys), .boolean, span: span)
    case .state(let index) where script.states[index].keys.isEmpty:
      return TypedExpression(.hasState(index, keys: []), .boolean, span: span)
    default:
      return value(of: entity, at: operand.span).map {
        TypedExpression(.isPresent($0), .boolean, span: span)
      }
    }
  }
}
