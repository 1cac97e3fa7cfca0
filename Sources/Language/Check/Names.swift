internal import Packets
internal import Syntax

/// What a single name stands for.
extension Check {
  /// - Parameter expected: the type of what the name is compared with or assigned to, whose
  ///   enumerators then go without their prefix.
  func entity(named name: String, at span: Span, expecting expected: ValueType?) -> Entity? {
    switch body.binding(of: name) {
    case .local(let index, _, let structure):
      let value = TypedExpression(.local(index), body.locals[index].type, span: span)
      guard let structure else { return .value(value) }
      return .chain(
        KernelChain(base: .pointer(value), type: .pointer(.structure(structure)), text: name))
    case .entity(.value(let value)): return .value(value.placed(at: span))
    case .entity(let entity): return entity
    case .unknown: return nil
    case nil: break
    }
    if case .event(let context) = body.place,
      let index = context.fields.firstIndex(where: { $0.name == name })
    {
      return .value(TypedExpression(.eventField(index), context.fields[index].type, span: span))
    }
    if case .event(let context) = body.place, context.failedFields.contains(name) { return nil }
    if let declared = modules[module].names[name] { return entity(of: declared, at: span) }
    if let layer = Layer.allCases.first(where: { $0.name == name }) {
      return packet(at: span) ? .layer(layer, depth: 0, prefix: "") : nil
    }
    if let imported = modules[module].imports[name] { return .module(imported) }
    if let builtin = builtin(name, at: span) { return builtin.entity }
    if let value = enumerator(name, at: span, expecting: expected) { return value.entity }
    reportUnknown(name, at: span, expecting: expected)
    return nil
  }

  /// A name that was recognised; nil inside if it may not stand here, which has been said.
  struct Recognised {
    var entity: Entity?

    static let refused = Recognised(entity: nil)

    static func value(_ kind: TypedExpression.Kind, _ type: ValueType, _ span: Span) -> Recognised {
      Recognised(entity: .value(TypedExpression(kind, type, span: span)))
    }
  }

  func entity(of declared: Module.Declared, at span: Span) -> Entity? {
    switch declared.declaration.kind {
    case .option(let option):
      guard let index = modules[module].options[option.name.text] else { return nil }
      return .value(TypedExpression(.option(index), script.options[index].type, span: span))
    case .constant(let name, let value):
      return constant(name, value).map { .value($0.placed(at: span)) }
    case .function(let function): return .function(module: module, function)
    case .filter(let name, let text): return .filter(module: module, name, text)
    case .table(let table):
      guard let index = modules[module].tables[table.name.text] else { return nil }
      return .table(TableQuery(table: index, takes: false, order: .byKey, limit: nil))
    case .state(let state):
      return modules[module].states[state.name.text].map { .state($0) }
    case .importing, .probe, .path, .on, .every, .begin, .end, .statement, .c: return nil
    }
  }

  private func builtin(_ name: String, at span: Span) -> Recognised? {
    switch name {
    case "pkt": return packet(at: span) ? Recognised(entity: .packet(depth: 0)) : .refused
    case "skb", "sock", "args", "retval": return kernelName(name, at: span)
    case "dev":
      if case .event = body.place { return Recognised(entity: .device) }
      return kernelName(name, at: span)
    case "hops", "complete", "total", "missing", "repeated", "late":
      return journeyName(name, at: span)
    case "number":
      guard case .event = body.place else { return nil }
      return .value(.eventNumber, .integer(.decimal), span)
    default: break
    }
    if !body.isKernel, let colour = TextColour(rawValue: name) {
      return .value(.colour(colour), .text, span)
    }
    guard let row = Catalogue.contextFields.first(where: { $0.name == name }) else { return nil }
    return contextField(row, at: span)
  }

  func contextField(_ row: Catalogue.ContextRow, at span: Span) -> Recognised {
    switch body.place {
    case .probe(let context):
      if row.needsPacket, !context.hasPacket {
        report(
          "'\(row.name)' is of the packet's device, and there is no packet at "
            + "\(context.pointName)", at: span)
        return .refused
      }
      return .value(.context(row.field), row.type, span)
    case .event:
      if row.isCarried { return .value(.context(row.field), row.type, span) }
      report(
        "'\(row.name)' is not in the event", at: span,
        hints: ["have the probe send it: emit \(row.name)"])
      return .refused
    case .plain:
      if row.field == .time { return .value(.context(.time), row.type, span) }
      report(
        "'\(row.name)' is of an event, and there is none here", at: span,
        hints: ["probe and on have one"])
      return .refused
    case .function, .constant:
      report(
        "'\(row.name)' is of an event, and \(body.isFunction ? "a function" : "a constant") has none",
        at: span, hints: body.isFunction ? ["hand it over as an argument"] : [])
      return .refused
    }
  }

  /// Whether the body can see a packet; if not, that is said.
  func packet(at span: Span) -> Bool {
    switch body.place {
    case .probe(let context):
      body.usesPacket = true
      if context.hasPacket { return true }
      report(
        "there is no packet at \(context.pointName): it takes no skb", at: span,
        hints: ["say where one is: \(context.pointName)(skb: args.x)"])
      return false
    case .event(let context):
      if context.hasPacket { return true }
      report("the events of '\(context.name)' have no packet: its point takes no skb", at: span)
      return false
    case .function: return true
    case .plain:
      report(
        "there is no packet here", at: span,
        hints: ["probe and on have one; keep what is needed in a table or a state"])
      return false
    case .constant:
      report("there is no packet before the script runs", at: span)
      return false
    }
  }

  private func kernelName(_ name: String, at span: Span) -> Recognised {
    guard case .probe(let context) = body.place else {
      switch body.place {
      case .event(let event): reportNotSent(name, at: span, event)
      case .function:
        report(
          "'\(name)' is a probe's, and a function sees its parameters only", at: span,
          hints: ["hand over what it needs: f(\(name == "args" ? "args.x" : name))"])
      case .plain, .constant, .probe:
        report("'\(name)' is in the kernel, and can be read in a probe only", at: span)
      }
      return .refused
    }
    switch name {
    case "skb":
      guard packet(at: span) else { return .refused }
      return Recognised(
        entity: .chain(KernelChain(base: .skb, type: .pointer(.structure("sk_buff")), text: "skb")))
    case "dev":
      guard packet(at: span) else { return .refused }
      return Recognised(entity: .device)
    case "sock":
      body.usesSock = true
      body.usesSignature = true
      if !context.hasSockArgument, !context.hasPacket {
        report(
          "there is no socket at \(context.pointName): neither an argument nor an skb has one",
          at: span)
        return .refused
      }
      return Recognised(
        entity: .chain(KernelChain(base: .sock, type: .pointer(.structure("sock")), text: "sock")))
    case "retval": return returnValue(context, at: span)
    default:
      body.usesSignature = true
      return Recognised(entity: .arguments)
    }
  }

  private func returnValue(_ context: ProbeContext, at span: Span) -> Recognised {
    body.usesSignature = true
    switch context.kind {
    case .functionReturn, .fexit, .userReturn: break
    case .function, .kprobe, .fentry, .tracepoint, .rawTracepoint, .userFunction, .userMark:
      report(
        "nothing has been returned yet at \(context.pointName)", at: span,
        hints: ["probe the return: return:\(context.pointName)"])
      return .refused
    }
    guard let signature = context.signature else {
      var chain = KernelChain(base: .returned, type: .other("?"), text: "retval")
      if context.kind.isUser {
        chain.type = .integer(bytes: 8, isSigned: true, isBigEndian: false)
      } else {
        chain.isMissing = types.isKnown
        chain.isWild = !types.isKnown
      }
      return Recognised(entity: .chain(chain))
    }
    guard let type = signature.returned, type != .void else {
      report("\(signature.name) returns nothing", at: span)
      return .refused
    }
    return Recognised(entity: .chain(KernelChain(base: .returned, type: type, text: "retval")))
  }

  private func journeyName(_ name: String, at span: Span) -> Recognised? {
    guard case .event(let context) = body.place, context.isPath else {
      guard name == "hops" else { return nil }
      report("hops are of a path's journey", at: span, hints: ["on NAME of a path has them"])
      return .refused
    }
    if name == "hops" { return Recognised(entity: .hops) }
    guard let field = JourneyField(rawValue: name) else { return nil }
    let type: ValueType =
      switch field {
      case .complete: .boolean
      case .total: .integer(.duration)
      case .missing, .repeated, .late: .integer(.decimal)
      }
    return .value(.journey(field), type, span)
  }

  func reportNotSent(_ text: String, at span: Span, _ context: EventContext) {
    let last = text.split(separator: ".").last.map(String.init) ?? text
    let name = last.hasSuffix("?") ? String(last.dropLast()) : last
    if context.fields.contains(where: { $0.name == name }) {
      report(
        "'\(text)' is in the kernel, and on sees what the event carries", at: span,
        hints: ["the event has it as \(name)"])
      return
    }
    report(
      "'\(text)' is not in the event", at: span,
      hints: ["have the probe '\(context.name)' send it: emit \(text)"])
  }

  private func reportUnknown(_ name: String, at span: Span, expecting expected: ValueType?) {
    if case .event(let context) = body.place, Catalogue.kernelNames.contains(name) {
      return reportNotSent(name, at: span, context)
    }
    var hints = suggestion(for: name, among: visibleNames(expected))
    if hints.isEmpty, case .integer(.enumeration(let index)) = expected {
      let enumeration = script.enumerations[index]
      hints = [
        "\(enumeration.name.isEmpty ? "it" : enumeration.name) has "
          + enumeration.cases.prefix(4).map(\.name).joined(separator: ", ")
          + (enumeration.cases.count > 4 ? ", …" : "")
      ]
    }
    report("there is no '\(name)'", at: span, hints: hints)
  }

  func visibleNames(_ expected: ValueType?) -> [String] {
    var names = body.visibleNames + modules[module].names.keys + modules[module].imports.keys
    names += Layer.allCases.map(\.name) + Catalogue.contextFields.map(\.name)
    names += Catalogue.kernelNames + ["pkt", "true", "false"]
    switch body.place {
    case .event(let context):
      names += context.fields.map(\.name)
      if context.isPath { names += ["hops"] + JourneyField.allCases.map(\.rawValue) }
    case .constant, .function, .probe, .plain: break
    }
    if case .integer(.enumeration(let index)) = expected {
      let enumeration = script.enumerations[index]
      names += enumeration.allNames
    }
    names += Catalogue.enumerations.flatMap { $0.cases.map(\.name) }
    return names
  }
}
