internal import Syntax

/// `f(x)`: functions of the script, filters, casts, and what tables can do.
extension Check {
  func callEntity(
    _ callee: Expression, _ arguments: [ArgumentSyntax], at span: Span,
    expecting expected: ValueType?
  ) -> Entity? {
    if case .member(let base, let method, _) = callee.kind {
      return methodCall(callee, base, method, arguments, at: span)
    }
    guard case .name(let name) = callee.kind else {
      report("this cannot be called", at: callee.span)
      return nil
    }
    if let declared = modules[module].names[name], body.binding(of: name) == nil {
      return entity(of: declared, at: callee.span).flatMap {
        call($0, callee, arguments, at: span)
      }
    }
    switch name {
    case "take":
      guard let query = tableArgument(name, arguments, at: span) else { return nil }
      var taken = query
      taken.takes = true
      return .table(taken)
    case "addr", "mac", "text":
      guard let argument = single(name, arguments, at: span) else { return nil }
      return conversion(name, argument, at: span).map { .value($0) }
    default: return castCall(name, callee, arguments, at: span)
    }
  }

  private func single(
    _ name: String, _ arguments: [ArgumentSyntax], at span: Span
  ) -> Expression? {
    guard arguments.count == 1, arguments[0].name == nil else {
      report("\(name)(x) takes one argument", at: span)
      return nil
    }
    return arguments[0].value
  }

  private func call(
    _ entity: Entity, _ callee: Expression, _ arguments: [ArgumentSyntax], at span: Span
  ) -> Entity? {
    switch entity {
    case .function(let module, let function):
      return callFunction(function, of: module, arguments, at: span).map { .value($0) }
    case .filter(let module, let name, let text):
      guard let argument = single(name.text, arguments, at: span) else { return nil }
      guard let packet = self.entity(of: argument) else { return nil }
      guard case .packet(let depth) = packet else {
        report(
          "a filter asks a packet, and this is \(packet.described)", at: argument.span,
          hints: ["\(name.text)(pkt), or \(name.text)(pkt.inner)"])
        return nil
      }
      guard let index = inModule(module, { namedFilter(name, text) }) else { return nil }
      return .value(TypedExpression(.filterMatches(index, depth: depth), .boolean, span: span))
    default:
      report("\(entity.described) cannot be called", at: callee.span)
      return nil
    }
  }

  // MARK: Methods

  private func methodCall(
    _ callee: Expression, _ base: Expression, _ method: Name, _ arguments: [ArgumentSyntax],
    at span: Span
  ) -> Entity? {
    var named: Entity?
    if importNamedLikeLayer(base, declaring: method.text) == nil {
      guard let found = entity(of: base) else { return nil }
      named = found
    }
    guard let entity = named else {
      return memberEntity(callee, base, method, isOptional: false).flatMap {
        call($0, callee, arguments, at: span)
      }
    }
    if case .module = entity {
      return memberEntity(callee, base, method, isOptional: false).flatMap {
        call($0, callee, arguments, at: span)
      }
    }
    if case .layer = entity, case .name(let text) = base.kind,
      let imported = modules[module].imports[text]
    {
      return moduleMember(method, of: imported, at: span)
    }
    guard case .table(let query) = entity else {
      report("\(entity.described) has nothing that can be called", at: method.span)
      return nil
    }
    var result = query
    switch method.text {
    case "top":
      guard let argument = single("top", arguments, at: span),
        let count = integer(of: argument, what: "a number of rows")
      else { return nil }
      if let number = count.constantInteger, number < 1 {
        report("a number of rows is 1 or more", at: argument.span)
        return nil
      }
      result.order = .byValueDescending
      result.limit = count
    case "by":
      guard let argument = single("by", arguments, at: span) else { return nil }
      switch argument.kind {
      case .name("key"): result.order = .byKey
      case .name("value"): result.order = .byValue
      default:
        report(
          "rows are ordered by key or by value", at: argument.span,
          hints: ["for example: print \(script.tables[query.table].name).by(value)"])
        return nil
      }
    default:
      report(
        "a table has no '\(method.text)'", at: method.span,
        hints: suggestion(for: method.text, among: ["top", "by"]).orElse(
          "it has top(n) and by(key)"))
      return nil
    }
    return .table(result)
  }

  private func tableArgument(
    _ name: String, _ arguments: [ArgumentSyntax], at span: Span
  ) -> TableQuery? {
    guard let argument = single(name, arguments, at: span) else { return nil }
    switch body.place {
    case .event, .plain: break
    case .probe, .function, .constant:
      report("tables are read in netcap: in on, every, begin and end", at: span)
      return nil
    }
    guard let entity = entity(of: argument) else { return nil }
    guard case .table(let query) = entity else {
      report("\(name) takes a table, and this is \(entity.described)", at: argument.span)
      return nil
    }
    return query
  }

  // MARK: Conversions

  /// `addr(x)`, `mac(x)`, `text(x)`: bytes of the kernel as what they are.
  private func conversion(_ name: String, _ argument: Expression, at span: Span)
    -> TypedExpression?
  {
    guard let entity = entity(of: argument) else { return nil }
    guard case .chain(let chain) = entity else {
      guard let value = value(of: entity, at: argument.span) else { return nil }
      return convertedValue(name, value, at: span)
    }
    // Not the name of what it is without the conversion: a recording may have both.
    let text = "\(name)(\(chain.text))"
    func read(_ value: KernelRead.Value, _ type: ValueType) -> TypedExpression {
      TypedExpression(
        .kernel(
          KernelRead(
            base: chain.base, hops: chain.hops, value: value,
            text: value == .pointer ? chain.text : text, isMissing: chain.isMissing)), type,
        span: span)
    }
    let unknown = chain.isMissing || chain.isWild
    switch (name, chain.type) {
    case ("addr", .array(.integer(1, _, _), 4)):
      return familyAddress(chain, at: span) ?? read(.address4, .address)
    case ("addr", .array(_, 16)), ("addr", .structure("in6_addr")): return read(.address6, .address)
    case ("addr", .integer(4, _, _)):
      let last = chain.hops.last?.path ?? ""
      let isSocket = last.hasSuffix("skc_daddr") || last.hasSuffix("skc_rcv_saddr")
      return read(isSocket ? .addressByFamily : .address4, .address)
    case ("addr", .structure("in_addr")): return read(.address4, .address)
    case ("addr", _) where unknown: return read(.address4, .address)
    case ("mac", .array(_, 6)): return read(.mac, .mac)
    case ("mac", _) where unknown: return read(.mac, .mac)
    case ("mac", .pointer):
      // The bytes are behind the pointer.
      let pointer = read(.pointer, .integer(.pointer))
      return TypedExpression(
        .kernel(KernelRead(base: .pointer(pointer), hops: [], value: .mac, text: text)),
        .mac, span: span)
    case ("text", .characters(let count)): return read(.characters(count), .text)
    case ("text", .array(.integer(1, _, _), let count)): return read(.characters(count), .text)
    case ("text", .pointer) where chain.isRecordField:
      let pointer = read(.pointer, .integer(.pointer))
      return TypedExpression(
        .kernel(KernelRead(base: .pointer(pointer), hops: [], value: .string, text: text)),
        .text, span: span)
    case ("text", .pointer), ("text", .locatedText), ("text", .integer(8, _, _)):
      return read(.string, .text)
    case ("text", _) where unknown: return read(.string, .text)
    default:
      report(
        "\(name)(…) cannot read \(chain.type.described)", at: argument.span,
        hints: [Catalogue.function(name)?.documentation ?? ""])
      return nil
    }
  }

  private func convertedValue(_ name: String, _ value: TypedExpression, at span: Span)
    -> TypedExpression?
  {
    let wanted: ValueType = name == "addr" ? .address : name == "mac" ? .mac : .text
    if value.type == wanted { return value.placed(at: span) }
    if case .text(let text) = value.kind {
      let adapted = adapted(value, to: wanted)
      if adapted.type == wanted { return adapted.placed(at: span) }
      report("'\(text)' is no \(name == "mac" ? "MAC" : "IP") address", at: value.span)
      return nil
    }
    if name == "text", value.type.isInteger, body.isKernel {
      let read = KernelRead(
        base: .pointer(value), hops: [], value: .string, text: written(span))
      return TypedExpression(.kernel(read), .text, span: span)
    }
    report(
      "\(name)(…) reads bytes of the kernel, and this is \(value.type.described)", at: value.span,
      hints: name == "text" && !body.isKernel ? ["put it into a text: \"{x}\""] : [])
    return nil
  }

  /// `addr(args.saddr)` beside `saddr_v6` and `family`: the address that the family says.
  private func familyAddress(_ chain: KernelChain, at span: Span) -> TypedExpression? {
    guard let family = chain.record.first(where: { $0.name == "family" }),
      let long = chain.record.first(where: { $0.name == chain.field + "_v6" }),
      case .integer(let bytes, let isSigned, _) = family.type
    else { return nil }
    func read(
      _ argument: KernelSignature.Argument, _ value: KernelRead.Value, _ type: ValueType
    ) -> TypedExpression {
      TypedExpression(
        .kernel(
          KernelRead(
            base: .record(offset: argument.place), hops: [], value: value,
            text: "args.\(argument.name)")), type, span: span)
    }
    guard let short = chain.record.first(where: { $0.name == chain.field }) else { return nil }
    let index = familyFunction(at: span)
    return TypedExpression(
      .call(
        index,
        [
          read(
            family, .integer(bytes: bytes, isSigned: isSigned, isBigEndian: false),
            .integer(.decimal)),
          read(short, .address4, .address), read(long, .address6, .address),
        ]), .address, span: span)
  }

  /// The function that chooses between an IPv4 and an IPv6 address.
  private func familyFunction(at span: Span) -> Int {
    let key = "address of family"
    if case .found(let index) = instances[key] { return index }
    func local(_ index: Int, _ type: ValueType) -> TypedExpression {
      TypedExpression(.local(index), type, span: span)
    }
    func statement(_ kind: TypedStatement.Kind) -> TypedStatement {
      TypedStatement(kind, span: span)
    }
    let isIPv6 = TypedExpression(
      .comparison(
        .equal, local(0, .integer(.decimal)),
        TypedExpression(.constant(10), .integer(.decimal), span: span)), .boolean, span: span)
    script.functions.append(
      FunctionInstance(
        name: "address_of_family", parameterCount: 3, result: .address,
        body: Body(
          locals: [
            Body.Local(name: "family", type: .integer(.decimal)),
            Body.Local(name: "ipv4", type: .address), Body.Local(name: "ipv6", type: .address),
          ],
          statements: [
            statement(
              .condition(
                isIPv6, then: [statement(.returning(local(2, .address)))], otherwise: [])),
            statement(.returning(local(1, .address))),
          ])))
    instances[key] = .found(script.functions.count - 1)
    return script.functions.count - 1
  }

  // MARK: Casts

  /// `T(x)`: an enumeration's or a structure's name.
  private func castCall(
    _ name: String, _ callee: Expression, _ arguments: [ArgumentSyntax], at span: Span
  ) -> Entity? {
    if let enumeration = types.enumeration(name)
      ?? Catalogue.enumerations.first(where: { $0.name == name })
    {
      guard let argument = single(name, arguments, at: span),
        let value = integer(of: argument, what: "what \(name)(…) names")
      else { return nil }
      return .value(value.retyped(type(of: enumeration)).placed(at: span))
    }
    let isStructure = types.hasStructure(name)
    if !isStructure, types.isKnown || !name.contains("_") && name != "sock" {
      for argument in arguments { _ = entity(of: argument.value) }
      reportNoFunction(name, at: callee.span)
      return nil
    }
    guard let argument = single(name, arguments, at: span) else { return nil }
    if !isStructure { noteUnchecked("struct \(name)") }
    guard case .probe = body.place else {
      report(
        "'\(name)(…)' reads the kernel's memory, which can be done in a probe only", at: span,
        hints: ["emit what is needed of it"])
      return nil
    }
    guard let entity = entity(of: argument) else { return nil }
    if case .device = entity { return pointer(deviceChain, as: name, at: span) }
    guard case .chain(let chain) = entity else {
      guard let value = value(of: entity, at: argument.span) else { return nil }
      guard value.type.isInteger else {
        report(
          "\(name)(…) takes a pointer, and this is \(value.type.described)", at: argument.span)
        return nil
      }
      return .chain(
        KernelChain(
          base: .pointer(value), type: .pointer(.structure(name)), text: written(span)))
    }
    return pointer(chain, as: name, at: argument.span)
  }

  private func pointer(_ chain: KernelChain, as structure: String, at span: Span) -> Entity? {
    var result = chain
    result.text = "\(structure)(\(chain.text))"
    result.isWild = false
    switch chain.type {
    case .pointer, .integer(8, _, _): break
    case _ where chain.isWild || chain.isMissing: break
    case .integer, .bitField, .enumeration, .boolean, .structure, .array, .characters,
      .locatedText, .void, .other:
      report("\(structure)(…) takes a pointer, and this is \(chain.type.described)", at: span)
      return nil
    }
    result.type = .pointer(.structure(structure))
    // At a return, what the call was given is as it was then; what it points to is read now.
    if case .probe(let context) = body.place, context.kind.isReturn, chain.base.isOfCall,
      !chain.isWild, !chain.isMissing, let value = value(of: chain, at: span)
    {
      result.base = .pointer(value)
      result.hops = []
    }
    return .chain(result)
  }

  private func reportNoFunction(_ name: String, at span: Span) {
    let names =
      modules[module].names.values.filter {
        if case .function = $0.declaration.kind { true } else { false }
      }.map(\.name.text) + Catalogue.functions.map(\.name)
      + ["sock", "tcp_sock", "sk_buff", "net_device", "inet_sock", "udp_sock"]
    report(
      "there is no function, enum or struct '\(name)'", at: span,
      hints: suggestion(for: name, among: names))
  }
}
