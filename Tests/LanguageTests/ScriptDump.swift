import Language
import Packets
import Syntax

/// A typed script as a text for people to compare: compact, one statement a line.
struct ScriptDump {
  private let script: Script
  private var lines: [String] = []

  init(_ script: Script) {
    self.script = script
  }

  func text() -> String {
    var dump = self
    dump.write()
    return dump.lines.map { $0 + "\n" }.joined()
  }

  private mutating func write() {
    for option in script.options {
      let value = option.value.map { "\($0)" } ?? "absent"
      lines.append(
        "option \(option.name): \(option.kind.rawValue) = \(value) // \(option.documentation)")
    }
    for (index, filter) in script.filters.enumerated() {
      lines.append("filter \(index) = \"\(filter.source.text)\"")
    }
    for declaration in script.cDeclarations {
      lines.append("c of \(declaration.source.name) {\(declaration.block.text)}")
    }
    for (index, block) in script.cBlocks.enumerated() { lines.append("c \(index) {\(block.text)}") }
    for table in script.tables {
      let keys = zip(table.keyNames, table.keys).map { "\($0): \(type($1))" }
      lines.append(
        "table \(table.name)[\(keys.joined(separator: ", "))]: \(table.aggregation) "
          + "\(table.presentation) max \(table.maximum)")
    }
    for state in script.states {
      let members = state.members.map { "\($0.name): \(type($0.type))" }
      lines.append(
        "state \(state.name)[\(state.keys.map(type).joined(separator: ", "))] = "
          + "(\(members.joined(separator: ", "))) max \(state.maximum)"
          + (state.lifetime.map { " for \($0)" } ?? ""))
    }
    for (index, function) in script.functions.enumerated() {
      lines.append(
        "func \(index) \(function.name)/\(function.parameterCount) -> \(type(function.result))")
      body(function.body)
    }
    for (index, path) in script.paths.enumerated() {
      lines.append(
        "path \(index) \(path.name) by \(path.key.rawValue) within \(path.within) max "
          + "\(path.maximum): \(path.hopNames.joined(separator: " -> "))")
    }
    for (index, probe) in script.probes.enumerated() { write(probe, index) }
    for handler in script.handlers {
      lines.append("handler \(handler.trigger)")
      body(handler.body)
    }
  }

  private mutating func write(_ probe: ProbeDefinition, _ index: Int) {
    let role = probe.path.map { " path \($0.path) hop \($0.hop)" } ?? ""
    let end = probe.emitsAtEnd ? " emits at end" : ""
    lines.append("probe \(index) \(probe.name) capture \(probe.captureLength)\(role)\(end)")
    for point in probe.points {
      let sock =
        point.sockArgument.map { " sock arg \($0)" }
        ?? point.sockRecordOffset.map { " sock record \($0)" } ?? ""
      let start = point.start == .found ? "" : " start \(point.start)"
      lines.append(
        "  at \(point.kind) \(point.name)\(point.module.map { " [\($0)]" } ?? "") "
          + "packet \(packet(point.packet))\(start)\(sock)")
    }
    for field in probe.fields {
      let width = field.width.map { " \($0.isSigned ? "s" : "u")\($0.bits)" } ?? ""
      lines.append("  field \(field.name): \(type(field.type))\(width)")
    }
    body(probe.body)
  }

  private func packet(_ source: ScriptPoint.PacketSource) -> String {
    switch source {
    case .none: "none"
    case .argument(let slot): "arg \(slot)"
    case .record(let offset): "record \(offset)"
    case .mbuf(let slot): "mbuf \(slot)"
    case .mbufs(let slot, let count): "mbufs \(slot), \(count)"
    case .bytes(let slot, let length): "bytes \(slot), \(length)"
    case .read(let read): text(read)
    }
  }

  private func type(_ type: ValueType) -> String {
    switch type {
    case .integer(.enumeration(let index)):
      "enum \(script.enumerations[index].name.isEmpty ? "?" : script.enumerations[index].name)"
    case .integer(let presentation): "\(presentation)"
    case .record(let members):
      "(\(members.map { "\($0.name): \(self.type($0.type))" }.joined(separator: ", ")))"
    default: "\(type)"
    }
  }

  // MARK: Statements

  private mutating func body(_ body: Body) {
    if !body.locals.isEmpty {
      let locals = body.locals.enumerated().map { "%\($0) \($1.name): \(type($1.type))" }
      lines.append("  locals \(locals.joined(separator: ", "))")
    }
    write(body.statements, "  ")
  }

  private mutating func write(_ statements: [TypedStatement], _ indent: String) {
    for statement in statements { write(statement, indent) }
  }

  private mutating func write(_ statement: TypedStatement, _ indent: String) {
    func line(_ text: String) { lines.append(indent + text) }
    switch statement.kind {
    case .set(let local, let value): line("%\(local) = \(text(value))")
    case .tableAdd(let table, let keys, let value):
      line("\(script.tables[table].name)[\(list(keys))] += \(text(value))")
    case .stateSet(let state, let keys, let values):
      line("\(script.states[state].name)[\(list(keys))] = (\(list(values)))")
    case .stateDelete(let state, let keys):
      line("delete \(script.states[state].name)[\(list(keys))]")
    case .condition(let asked, let then, let otherwise):
      line("if \(text(asked))")
      write(then, indent + "  ")
      if !otherwise.isEmpty {
        line("else")
        write(otherwise, indent + "  ")
      }
    case .loop(let local, let from, let to, let inner):
      line("for %\(local) in \(text(from))..<\(text(to))")
      write(inner, indent + "  ")
    case .returning(let value): line("return \(value.map(text) ?? "")")
    case .filter(let index): line("filter \(index)")
    case .requirement(let asked): line("where \(text(asked))")
    case .requirementC(let index): line("where c \(index)")
    case .capture(let count): line("capture \(count)")
    case .rebuild: line("rebuild")
    case .emit(let emission):
      let values = emission.values.map { $0.map(text) ?? "-" }.joined(separator: ", ")
      let filled = emission.cFields.isEmpty ? "" : " fills \(emission.cFields)"
      line("emit (\(values))\(emission.cBlock.map { " from c \($0)\(filled)" } ?? "")")
    case .c(let index): line("c \(index)")
    case .print(let values): line("print \(list(values))")
    case .showPacket: line("show pkt")
    case .savePacket(let path): line("save pkt to \(text(path))")
    case .clearTable(let index): line("clear \(script.tables[index].name)")
    case .clearState(let index): line("clear \(script.states[index].name)")
    case .exit(let status): line("exit \(status.map(text) ?? "")")
    case .run(let values): line("run \(list(values))")
    case .forEachHop(let inner):
      line("for each hop")
      write(inner, indent + "  ")
    case .forEachRow(let query, let inner):
      line("for each row of \(text(query))")
      write(inner, indent + "  ")
    }
  }

  // MARK: Expressions

  private func list(_ values: [TypedExpression]) -> String {
    values.map(text).joined(separator: ", ")
  }

  private func text(_ read: KernelRead) -> String {
    let base =
      switch read.base {
      case .pointer(let value): "(\(text(value)))"
      default: "\(read.base)"
      }
    let hops = read.hops.map { "->\($0.structure).\($0.path)\($0.isOptional ? "?" : "")" }
    return
      "<\(base)\(hops.joined()) \(read.value)\(read.isMissing ? " missing" : "") '\(read.text)'>"
  }

  private func text(_ query: TableQuery) -> String {
    "\(query.takes ? "take " : "")\(script.tables[query.table].name) \(query.order)"
      + (query.limit.map { " \(text($0))" } ?? "")
  }

  private func text(_ value: TypedExpression) -> String {
    switch value.kind {
    case .constant(let number): "\(number)" + (value.type == .boolean ? "b" : "")
    case .address(let address):
      "@\(String(address.high, radix: 16)):\(String(address.low, radix: 16))"
    case .text(let text): "\"\(text.replacing("\n", with: "\\n"))\""
    case .absent: "absent"
    case .local(let index): "%\(index)"
    case .option(let index): "$\(script.options[index].name)"
    case .eventField(let index): "event.\(index)"
    case .packetField(let layer, let field, let depth):
      "\(layer.name)\(depth == 0 ? "" : "^\(depth)").\(field.name)"
    case .packetBytes(let layer, let depth, let fromPayload, let offset, let count):
      "\(layer.name)\(depth == 0 ? "" : "^\(depth)")\(fromPayload ? ".payload" : "")"
        + "[\(text(offset)):\(count)]"
    case .payloadLength(let layer, let depth): "payloadLength(\(layer.name)^\(depth))"
    case .payloadText(let layer, let depth): "payload(\(layer.name)^\(depth))"
    case .hasLayer(let layer, let depth): "has \(layer.name)^\(depth)"
    case .packetLength(let depth): "length^\(depth)"
    case .capturedLength: "caplen"
    case .packetFlow(let depth): "flow^\(depth)"
    case .filterMatches(let index, let depth): "filter \(index)^\(depth)"
    case .isRebuilt: "rebuilt"
    case .context(let field): "\(field)"
    case .kernel(let read): text(read)
    case .flowMember(let flow, let member): "\(text(flow)).\(member)"
    case .reversed(let flow): "reversed(\(text(flow)))"
    case .member(let record, let index): "\(text(record)).\(index)"
    case .negate(let inner): "-(\(text(inner)))"
    case .complement(let inner): "~(\(text(inner)))"
    case .not(let inner): "!(\(text(inner)))"
    case .arithmetic(let op, let a, let b): "(\(op) \(text(a)) \(text(b)))"
    case .comparison(let op, let a, let b): "(\(op) \(text(a)) \(text(b)))"
    case .isInPrefix(let inner, let address, let bits):
      "(\(text(inner)) in \(String(address.high, radix: 16)):\(String(address.low, radix: 16))/\(bits))"
    case .and(let a, let b): "(\(text(a)) && \(text(b)))"
    case .or(let a, let b): "(\(text(a)) || \(text(b)))"
    case .coalesce(let a, let b): "(\(text(a)) ?? \(text(b)))"
    case .isPresent(let inner): "present(\(text(inner)))"
    case .call(let index, let arguments):
      "\(script.functions[index].name)#\(index)(\(list(arguments)))"
    case .state(let index, let keys, let member):
      "\(script.states[index].name)[\(list(keys))]" + (member.map { ".\($0)" } ?? "")
    case .hasState(let index, let keys): "has \(script.states[index].name)[\(list(keys))]"
    case .interpolation(let pieces): "\"" + pieces.map(piece).joined() + "\""
    case .packetSummary: "summary"
    case .table(let query): text(query)
    case .hops: "hops"
    case .eventNumber: "number"
    case .colour(let colour): "colour \(colour.rawValue)"
    case .journey(let field): "journey.\(field)"
    case .hop(let field): "hop.\(field)"
    case .rowKey(let index): "row.key\(index)"
    case .rowValue(let value): "row.\(value)"
    }
  }

  private func piece(_ piece: TextPiece) -> String {
    switch piece {
    case .text(let text): return text.replacing("\n", with: "\\n")
    case .value(let value, let format):
      var shown = ""
      if format.isLeft { shown += "-" }
      if format.isAlternate { shown += "#" }
      if format.isZeroPadded { shown += "0" }
      if format.width > 0 { shown += String(format.width) }
      if let digits = format.digits { shown += ".\(digits)" }
      shown += format.style.rawValue
      return "{\(text(value))\(shown.isEmpty ? "" : " : " + shown)}"
    }
  }
}
