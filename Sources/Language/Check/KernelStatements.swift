internal import Syntax

/// Statements that only a probe's body has.
extension Check {
  func kernelStatement(_ statement: Statement) -> TypedStatement.Kind? {
    guard case .probe(let context) = body.place else {
      reportKernelOnly(statement)
      return nil
    }
    switch statement.kind {
    case .filter(let literal):
      let hasPacket = packet(at: literal.span)
      let index = filter(literal)
      return hasPacket ? index.map { .filter($0) } : nil
    case .requirement(let asked): return condition(asked).map { .requirement($0) }
    case .requirementC(let block): return .requirementC(cBlock(block))
    case .c(let block): return .c(cBlock(block))
    case .capture(let count):
      guard let number = constantInteger(count, what: "capture") else { return nil }
      guard (0...Int64(Probe.captureLimit)).contains(number) else {
        report("a packet is captured up to 0 … \(Probe.captureLimit) bytes", at: count.span)
        return nil
      }
      body.captureLength = max(body.captureLength ?? 0, Int(number))
      return .capture(Int(number))
    case .rebuild:
      guard packet(at: statement.span) else { return nil }
      return rebuilding(statement.span, context)
    case .emit(let items, let block): return emission(items, from: block, context)
    case .binding, .assignment, .condition, .loop, .deletion, .returning, .expression, .print,
      .show, .save, .clear, .exit, .run:
      return nil
    }
  }

  /// `rebuild` is of a whole body: what comes before it sees the same packet as what comes behind it, in
  /// the kernel as on a recording of what it sent.
  private func rebuilding(_ span: Span, _ context: ProbeContext) -> TypedStatement.Kind? {
    if body.isNested {
      report(
        "'rebuild' holds for a whole body, and cannot depend on anything", at: span,
        hints: ["write it outside of 'if' and 'for'"])
      return nil
    }
    if context.kind.isUser {
      report(
        "headers are made of the kernel's sockets, and \(context.pointName) is in a program",
        at: span, hints: ["leave out 'rebuild': a program's packets begin with Ethernet"])
      return nil
    }
    if context.hasGivenStart {
      report(
        "where the packet starts is given, so it lacks no header", at: span,
        hints: ["leave out 'rebuild', or the point's 'start'"])
      return nil
    }
    return .rebuild
  }

  private func reportKernelOnly(_ statement: Statement) {
    let (word, hints): (String, [String]) =
      switch statement.kind {
      case .filter: ("filter", ["if web(pkt) { … } asks a declared filter: filter web = \"…\""])
      case .requirement(let asked): ("where", ["if \(written(asked.span)) { … }"])
      case .requirementC: ("where", [])
      case .capture: ("capture", [])
      case .rebuild: ("rebuild", [])
      case .emit: ("emit", ["print shows values here"])
      default: ("c", [])
      }
    let keyword = Span(
      statement.span.start..<min(statement.span.end, statement.span.start + word.utf8.count))
    report(
      body.isFunction
        ? "'\(word)' is a probe's, not a function's"
        : "'\(word)' is for the kernel, and this runs in netcap", at: keyword,
      hints: ["it stands in a probe's body"] + (body.isFunction ? [] : hints))
  }

  private func cBlock(_ block: CBlock) -> Int {
    body.usesPacket = true
    // It may ask for the socket, which is another argument at another point.
    body.usesSignature = true
    if let index = script.cBlocks.firstIndex(of: block) { return index }
    script.cBlocks.append(block)
    return script.cBlocks.count - 1
  }

  // MARK: Emit

  private func emission(
    _ items: [EmitItem], from block: CBlock?, _ context: ProbeContext
  ) -> TypedStatement.Kind? {
    body.emits = true
    var values: [Int: TypedExpression] = [:]
    var names: Set<String> = []
    var isWhole = true
    var cFields: [Int] = []
    for item in items {
      guard let (name, field, value) = emitted(item, hasC: block != nil) else {
        if let name = item.name?.text ?? item.value?.fieldName {
          body.failedFields.insert(name)
        }
        isWhole = false
        continue
      }
      guard names.insert(name).inserted else {
        report("the event has two fields called '\(name)'", at: item.name?.span ?? item.span)
        isWhole = false
        continue
      }
      // What every event carries needs no field.
      guard let field else { continue }
      guard let index = add(field, at: item.span) else {
        isWhole = false
        continue
      }
      if let value {
        values[index] = adapted(value, to: body.fields[index].type)
      } else {
        cFields.append(index)
      }
    }
    guard isWhole else { return nil }
    return .emit(
      Emission(
        values: body.fields.indices.map { values[$0] }, cBlock: block.map { cBlock($0) },
        cFields: cFields))
  }

  private func emitted(
    _ item: EmitItem, hasC: Bool
  ) -> (name: String, field: EventField?, value: TypedExpression?)? {
    let width = item.width.flatMap { self.eventWidth($0) }
    if item.width != nil, width == nil { return nil }
    guard let expression = item.value else {
      guard let name = item.name else { return nil }
      if !hasC {
        let typed = name.text + (item.width.map { ": \($0.text)" } ?? "")
        report(
          "'\(name.text)' has no value", at: item.span,
          hints: ["give it one: \(typed) = …", "or fill it in C: emit \(typed) from c { … }"])
        return nil
      }
      if CKeywords.all.contains(name.text) {
        report(
          "'\(name.text)' is a word of C: a field that C fills cannot be called so",
          at: name.span)
        return nil
      }
      let isUnsigned = width.map { !$0.isSigned && $0.bits == 64 } ?? false
      return (
        name.text,
        EventField(
          name: name.text, type: .integer(isUnsigned ? .unsigned : .decimal), width: width), nil
      )
    }
    if item.name == nil, case .name(let context) = expression.kind,
      body.binding(of: context) == nil,
      let row = Catalogue.contextFields.first(where: { $0.name == context }), row.isCarried
    {
      return (context, nil, nil)
    }
    if item.name == nil, case .member(let base, let member, _) = expression.kind,
      case .name("dev") = base.kind, member.text == "name" || member.text == "index"
    {
      return ("dev.\(member.text)", nil, nil)
    }
    guard let name = item.name?.text ?? expression.fieldName else {
      _ = value(of: expression)
      report(
        "this value has no name", at: expression.span,
        hints: ["give it one: emit x = \(written(expression.span))"])
      return nil
    }
    guard let value = value(of: expression) else { return nil }
    if case .context(.function) = value.kind {
      report(
        "every event carries 'func' under that name", at: expression.span, hints: ["emit func"])
      return nil
    }
    if let width, !value.type.isInteger, value.type != .boolean {
      report(
        "\(width.isSigned ? "s" : "u")\(width.bits) is for numbers, and this is "
          + value.type.described, at: item.width?.span ?? item.span)
      return nil
    }
    if isWild(value) { body.wildFields.insert(name) }
    return (name, EventField(name: name, type: value.type, width: width), value)
  }

  private func eventWidth(_ name: Name) -> EventField.Width? {
    let bits = Int(name.text.dropFirst())
    guard let sign = name.text.first, sign == "u" || sign == "s", let bits,
      [8, 16, 32, 64].contains(bits)
    else {
      report(
        "there is no width '\(name.text)'", at: name.span,
        hints: ["there are u8, u16, u32, u64, s8, s16, s32, s64"])
      return nil
    }
    return EventField.Width(bits: bits, isSigned: sign == "s")
  }

  /// The index of a field of the event; nil if an earlier `emit` says otherwise of it.
  private func add(_ field: EventField, at span: Span) -> Int? {
    guard let index = body.fields.firstIndex(where: { $0.name == field.name }) else {
      guard body.fields.count < Self.fieldLimit else {
        report("an event has at most \(Self.fieldLimit) fields", at: span)
        return nil
      }
      body.fields.append(field)
      body.fieldSpans[field.name] = span
      return body.fields.count - 1
    }
    let before = body.fields[index]
    guard let type = before.type.joined(with: field.type), before.width == field.width else {
      let line = body.fieldSpans[field.name].map { lineNumber(of: $0) } ?? 0
      report(
        "'\(field.name)' is \(before.type.described) in line \(line), and this is "
          + (before.width == field.width ? field.type.described : "of another width"), at: span,
        hints: ["give one of them another name: x = …"])
      return nil
    }
    body.fields[index] = EventField(name: field.name, type: type, width: field.width)
    return index
  }

  /// Their presence is one word's bits.
  static let fieldLimit = 64
}
