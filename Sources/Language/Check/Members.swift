internal import Packets
internal import Syntax

/// `a.b`
extension Check {
  func memberEntity(_ expression: Expression, _ base: Expression, _ name: Name, isOptional: Bool)
    -> Entity?
  {
    if let text = unsentKernelValue(expression), case .event(let context) = body.place {
      reportNotSent(text, at: expression.span, context)
      return nil
    }
    if let imported = importNamedLikeLayer(base, declaring: name.text) {
      return moduleMember(name, of: imported, at: expression.span)
    }
    guard let entity = entity(of: base) else { return nil }
    switch entity {
    case .packet(let depth): return packetMember(name, depth: depth, at: expression.span)
    case .layer(let layer, let depth, let prefix):
      return layerMember(name, layer, depth, prefix, at: expression.span)
    case .payload(let layer, let depth):
      if name.text == "len" {
        return .value(
          TypedExpression(
            .payloadLength(layer, depth: depth), .integer(.decimal), span: expression.span))
      }
      report("a payload has 'len', and bytes: payload[0:4]", at: name.span)
      return nil
    case .chain(let chain):
      return placed(
        member(
          name, isOptional: isOptional, of: chain, text: chainText(expression, chain, name)),
        at: expression.span)
    case .arguments: return argument(name, isOptional: isOptional, at: expression.span)
    case .device: return deviceMember(name, isOptional: isOptional, at: expression.span)
    case .module(let index): return moduleMember(name, of: index, at: expression.span)
    case .entry(let index, let keys): return entryMember(name, of: index, keys, at: expression.span)
    case .hop: return hopMember(name, at: expression.span)
    case .row(let table): return rowMember(name, of: table, at: expression.span)
    case .value(let value): return valueMember(name, of: value, at: expression.span)
    case .state(let index):
      guard script.states[index].keys.isEmpty else {
        report(
          "'\(script.states[index].name)' keeps values for keys", at: base.span,
          hints: ["name one: \(script.states[index].name)[…].\(name.text)"])
        return nil
      }
      return entryMember(name, of: index, [], at: expression.span)
    case .function, .filter, .table, .hops:
      report("\(entity.described) has no '\(name.text)'", at: name.span)
      return nil
    }
  }

  /// `import "net/tcp"`: what it declares goes before the fields of the layer.
  func importNamedLikeLayer(_ base: Expression, declaring name: String) -> Int? {
    guard case .name(let text) = base.kind, body.binding(of: text) == nil,
      let imported = modules[module].imports[text], modules[imported].names[name] != nil,
      Layer.allCases.contains(where: { $0.name == text })
    else { return nil }
    return imported
  }

  private func placed(_ entity: Entity?, at span: Span) -> Entity? {
    if case .value(let value) = entity { return .value(value.placed(at: span)) }
    return entity
  }

  /// The key of a chain in recordings: as written, without spaces and question marks.
  private func chainText(_ expression: Expression, _ chain: KernelChain, _ name: Name) -> String {
    chain.text + "." + name.text
  }

  /// The text of an expression that reads the kernel's memory, where `on` has no such name.
  private func unsentKernelValue(_ expression: Expression) -> String? {
    guard case .event(let context) = body.place else { return nil }
    var base = expression
    while true {
      switch base.kind {
      case .member(let inner, _, _), .index(let inner, _), .slice(let inner, _, _): base = inner
      case .call(let callee, let arguments):
        guard case .name(let name) = callee.kind, arguments.count == 1,
          modules[module].names[name] == nil, !Catalogue.isFunction(name)
        else { return nil }
        base = arguments[0].value
      case .name(let name):
        guard Catalogue.kernelNames.contains(name), name != "dev", body.binding(of: name) == nil,
          !context.fields.contains(where: { $0.name == name })
        else { return nil }
        return written(expression.span)
      default: return nil
      }
    }
  }

  // MARK: Packets

  private func packetMember(_ name: Name, depth: Int, at span: Span) -> Entity? {
    func value(_ kind: TypedExpression.Kind, _ type: ValueType) -> Entity {
      .value(TypedExpression(kind, type, span: span))
    }
    if let layer = Layer.allCases.first(where: { $0.name == name.text }) {
      return .layer(layer, depth: depth, prefix: "")
    }
    switch name.text {
    case "len": return value(.packetLength(depth: depth), .integer(.decimal))
    case "flow": return value(.packetFlow(depth: depth), .flow)
    case "inner" where depth == 0: return .packet(depth: 1)
    case "inner":
      report("one tunnel is looked into, not one inside another", at: name.span)
      return nil
    case "caplen" where depth == 0: return value(.capturedLength, .integer(.decimal))
    case "rebuilt" where depth == 0: return value(.isRebuilt, .boolean)
    case "summary" where depth == 0:
      if body.isKernel { return refuseInKernel("pkt.summary is made by tcpdump", at: span) }
      return value(.packetSummary, .text)
    case "caplen", "rebuilt", "summary":
      report("'\(name.text)' is of the whole packet: pkt.\(name.text)", at: name.span)
      return nil
    default:
      let names = Layer.allCases.map(\.name) + Catalogue.packetMembers.map(\.name)
      report(
        "a packet has no '\(name.text)'", at: name.span,
        hints: suggestion(for: name.text, among: names).orElse(
          "it has \(names.joined(separator: ", "))"))
      return nil
    }
  }

  private func layerMember(
    _ name: Name, _ layer: Layer, _ depth: Int, _ prefix: String, at span: Span
  ) -> Entity? {
    let full = prefix.isEmpty ? name.text : "\(prefix).\(name.text)"
    if prefix.isEmpty, name.text == "payload", layer.definition.payload != nil {
      return .payload(layer, depth: depth)
    }
    if layer.fields.contains(where: { $0.name.hasPrefix(full + ".") }) {
      return .layer(layer, depth: depth, prefix: full)
    }
    if let field = layer.field(named: full) {
      return .value(
        TypedExpression(.packetField(layer, field, depth: depth), field.type, span: span))
    }
    let dotted = prefix.isEmpty ? "" : prefix + "."
    let names = layer.fields.map(\.name).filter { $0.hasPrefix(dotted) }
      .map { String($0.dropFirst(dotted.count)) }
    report(
      "\(layer.name)\(prefix.isEmpty ? "" : ".\(prefix)") has no field '\(name.text)'",
      at: name.span,
      hints: suggestion(for: name.text, among: names).orElse(
        "it has \(names.joined(separator: ", "))"))
    return nil
  }

  /// `tcp.flags` itself; `ip.flags` is a group only.
  func value(ofLayer layer: Layer, _ depth: Int, _ prefix: String, at span: Span)
    -> TypedExpression?
  {
    if let field = layer.field(named: prefix) {
      return TypedExpression(.packetField(layer, field, depth: depth), field.type, span: span)
    }
    if prefix.isEmpty {
      report(
        "'\(layer.name)' is a layer, not a value", at: span,
        hints: ["has \(layer.name) asks for it; \(layer.name).\(layer.fields[0].name) is a field"])
    } else {
      let names = layer.fields.map(\.name).filter { $0.hasPrefix(prefix + ".") }
      report(
        "'\(layer.name).\(prefix)' is a group of fields", at: span,
        hints: ["name one: \(names.map { "\(layer.name).\($0)" }.joined(separator: ", "))"])
    }
    return nil
  }

  func refuseInKernel(_ what: String, at span: Span) -> Entity? {
    report(
      "\(what), which is not to be had in the kernel", at: span,
      hints: ["use it in on, which runs in netcap"])
    return nil
  }

  // MARK: Others

  private func deviceMember(_ name: Name, isOptional: Bool, at span: Span) -> Entity? {
    let row = Catalogue.contextFields.first { $0.name == "dev.\(name.text)" }
    if let row { return contextField(row, at: span).entity }
    if case .event(let context) = body.place {
      reportNotSent("dev.\(name.text)", at: span, context)
      return nil
    }
    return member(
      name, isOptional: isOptional, of: deviceChain, text: "dev.\(name.text)")
  }

  var deviceChain: KernelChain {
    KernelChain(
      base: .skb, hops: [KernelRead.Hop(structure: "sk_buff", path: "dev", isOptional: false)],
      type: .pointer(.structure("net_device")), text: "dev")
  }

  func moduleMember(_ name: Name, of index: Int, at span: Span) -> Entity? {
    guard let declared = modules[index].names[name.text] else {
      report(
        "'\(modules[index].path)' declares no '\(name.text)'", at: name.span,
        hints: suggestion(for: name.text, among: modules[index].names.keys).orElse(
          "it declares \(modules[index].names.keys.sorted().joined(separator: ", "))"))
      return nil
    }
    return inModule(index) { entity(of: declared, at: span) }
  }

  private func entryMember(
    _ name: Name, of index: Int, _ keys: [TypedExpression], at span: Span
  ) -> Entity? {
    guard let members = learned.members[safe: index] ?? nil else {
      reportNeverKept(index, at: span)
      return nil
    }
    guard let member = members.firstIndex(where: { $0.name == name.text }) else {
      let names = members.map(\.name).filter { !$0.isEmpty }
      report(
        "'\(script.states[index].name)' keeps no '\(name.text)'", at: name.span,
        hints: names.isEmpty
          ? ["it keeps one value, without a name"]
          : suggestion(for: name.text, among: names).orElse(
            "it keeps \(names.joined(separator: ", "))"))
      return nil
    }
    return .value(
      TypedExpression(
        .state(index, keys: keys, member: member), members[member].type, span: span))
  }

  func reportNeverKept(_ index: Int, at span: Span) {
    guard isLastPass else { return }
    report(
      "nothing is ever kept in '\(script.states[index].name)'", at: span,
      hints: ["keep something: \(script.states[index].name)[…] = …"])
  }

  func entryValue(_ index: Int, _ keys: [TypedExpression], at span: Span) -> TypedExpression? {
    guard let members = learned.members[safe: index] ?? nil else {
      reportNeverKept(index, at: span)
      return nil
    }
    if members.count == 1, members[0].name.isEmpty {
      return TypedExpression(.state(index, keys: keys, member: 0), members[0].type, span: span)
    }
    return TypedExpression(.state(index, keys: keys, member: nil), .record(members), span: span)
  }

  private func hopMember(_ name: Name, at span: Span) -> Entity? {
    guard let field = HopField(rawValue: name.text) else {
      let names = HopField.allCases.map(\.rawValue)
      report(
        "a hop has no '\(name.text)'", at: name.span,
        hints: suggestion(for: name.text, among: names).orElse(
          "it has \(names.joined(separator: ", "))"))
      return nil
    }
    let type: ValueType =
      switch field {
      case .name: .text
      case .ns, .at: .integer(.duration)
      case .index: .integer(.decimal)
      }
    return .value(TypedExpression(.hop(field), type, span: span))
  }

  private func rowMember(_ name: Name, of index: Int, at span: Span) -> Entity? {
    let table = script.tables[index]
    if let key = table.keyNames.firstIndex(of: name.text) {
      let known = learned.tableKeys[safe: index]?[safe: key]??.type
      // Keys of which nothing is known are numbers.
      let isAdded = (learned.presentations[safe: index] ?? nil) != nil
      guard let type = known ?? (isAdded ? .integer(.decimal) : nil) else {
        if isLastPass { report("nothing is added to the table '\(table.name)'", at: span) }
        return nil
      }
      return .value(TypedExpression(.rowKey(key), type, span: span))
    }
    let values = table.aggregation.rowValues
    guard let value = values.first(where: { $0.scriptName == name.text }) else {
      let names = table.keyNames + values.map(\.scriptName)
      report(
        "a row of '\(table.name)' has no '\(name.text)'", at: name.span,
        hints: suggestion(for: name.text, among: names).orElse(
          "it has \(names.joined(separator: ", "))"))
      return nil
    }
    let presentation = learned.presentations[safe: index] ?? nil
    let type: ValueType =
      value == .count ? .integer(.decimal) : .integer(presentation ?? .decimal)
    return .value(TypedExpression(.rowValue(value), type, span: span))
  }

  private func valueMember(_ name: Name, of value: TypedExpression, at span: Span) -> Entity? {
    switch value.type {
    case .flow:
      if name.text == "reverse" {
        return .value(TypedExpression(.reversed(value), .flow, span: span))
      }
      guard let member = FlowMember(rawValue: name.text) else {
        let names = FlowMember.allCases.map(\.rawValue) + ["reverse"]
        report(
          "a flow has no '\(name.text)'", at: name.span,
          hints: ["it has \(names.joined(separator: ", "))"])
        return nil
      }
      let type: ValueType =
        switch member {
        case .src, .dst: .address
        case .sport, .dport, .proto: .integer(.decimal)
        }
      return .value(TypedExpression(.flowMember(value, member), type, span: span))
    case .record(let members):
      guard let index = members.firstIndex(where: { $0.name == name.text }) else {
        report(
          "there is no '\(name.text)' in it", at: name.span,
          hints: ["it has \(members.map(\.name).joined(separator: ", "))"])
        return nil
      }
      return .value(TypedExpression(.member(value, index), members[index].type, span: span))
    case .integer, .boolean, .address, .mac, .text, .stack:
      report(
        "\(value.type.described) has no '\(name.text)'", at: name.span,
        hints: value.type.isInteger && body.isKernel
          ? ["if it is a pointer, say to what: T(x).\(name.text)"] : [])
      return nil
    }
  }
}

extension PacketField {
  var type: ValueType {
    switch kind {
    case .number: .integer(.decimal)
    case .hex: .integer(.hex)
    case .flag: .boolean
    case .mac: .mac
    case .address4, .address6: .address
    }
  }
}
