internal import Syntax

/// Statements that only run in netcap.
extension Check {
  func netcapStatement(_ statement: Statement) -> TypedStatement.Kind? {
    switch body.place {
    case .event, .plain: break
    case .probe, .function, .constant:
      reportNetcapOnly(statement)
      return nil
    }
    switch statement.kind {
    case .print(let expressions): return printing(expressions)
    case .show(let expression):
      guard isPacket(expression, word: "show") else { return nil }
      return .showPacket
    case .save(let expression, let file):
      guard isPacket(expression, word: "save") else { return nil }
      guard let path = text(of: file, what: "a file's name") else { return nil }
      explanation.addFile(path)
      return .savePacket(to: path)
    case .clear(let expression): return clearing(expression)
    case .exit(let status):
      guard let status else { return .exit(nil) }
      guard let value = integer(of: status, what: "an exit status") else { return nil }
      if let number = value.constantInteger, !(0...255).contains(number) {
        report("an exit status is 0 … 255", at: status.span)
        return nil
      }
      return .exit(value)
    case .run(let expressions): return running(expressions, at: statement.span)
    case .binding, .assignment, .condition, .loop, .deletion, .returning, .expression, .filter,
      .requirement, .requirementC, .capture, .rebuild, .emit, .c:
      return nil
    }
  }

  private func reportNetcapOnly(_ statement: Statement) {
    let (word, hint): (String, String) =
      switch statement.kind {
      case .print: ("print", "emit the values, and print them: on NAME { print … }")
      case .show: ("show", "events are shown where nothing is done on them")
      case .save: ("save", "do it in on NAME { … }")
      case .clear: ("clear", "do it in every 5s { … }")
      case .exit: ("exit", "emit an event, and exit in on NAME { … }")
      default: ("run", "emit an event, and run it in on NAME { … }")
      }
    let span = Span(
      statement.span.start..<min(statement.span.end, statement.span.start + word.utf8.count))
    report(
      body.isFunction
        ? "a function works out a value, and '\(word)' does something"
        : "'\(word)' runs in netcap, and this is in the kernel", at: span,
      hints: body.isFunction ? [] : [hint])
  }

  private func printing(_ expressions: [Expression]) -> TypedStatement.Kind? {
    var values: [TypedExpression] = []
    for expression in expressions {
      if let value = value(of: expression) { values.append(value) }
    }
    return values.count == expressions.count ? .print(values) : nil
  }

  private func isPacket(_ expression: Expression, word: String) -> Bool {
    guard let entity = entity(of: expression) else { return false }
    if case .packet(depth: 0) = entity { return true }
    report(
      "\(word) takes the packet, and this is \(entity.described)", at: expression.span,
      hints: ["\(word) pkt\(word == "save" ? " to \"f.pcapng\"" : "")"])
    return false
  }

  private func text(of expression: Expression, what: String) -> TypedExpression? {
    guard let value = value(of: expression) else { return nil }
    if value.type == .text { return value }
    report("\(what) is a text, and this is \(value.type.described)", at: expression.span)
    return nil
  }

  private func clearing(_ expression: Expression) -> TypedStatement.Kind? {
    switch stored(expression) {
    case .table(let query): return .clearTable(query.table)
    case .state(let index): return .clearState(index)
    default:
      if let entity = entity(of: expression) {
        report(
          "clear empties a table or a state, and this is \(entity.described)",
          at: expression.span)
      }
      return nil
    }
  }

  private func running(_ expressions: [Expression], at span: Span) -> TypedStatement.Kind? {
    guard let first = expressions.first else {
      report("run takes a command", at: span, hints: ["for example: run \"logger\", \"dropped\""])
      return nil
    }
    guard let command = text(of: first, what: "a command") else { return nil }
    var values = [command]
    for expression in expressions.dropFirst() {
      guard let value = printable(expression) else { continue }
      values.append(value)
    }
    explanation.addCommand(command)
    return values.count == expressions.count ? .run(values) : nil
  }
}
