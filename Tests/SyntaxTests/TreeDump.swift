import Syntax

/// A tree as text: a line for each declaration and statement, expressions as S-expressions, no spans.
struct TreeDump {
  private(set) var text = ""
  private var indent = ""

  init(_ tree: ScriptTree) {
    if let version = tree.version { line("ncs \(version.number)") }
    if !tree.documentation.isEmpty { line("doc \(quoted(tree.documentation))") }
    for declaration in tree.declarations { add(declaration) }
  }

  private mutating func line(_ content: String) { text += indent + content + "\n" }

  private mutating func inner(_ body: (inout TreeDump) -> Void) {
    indent += "  "
    body(&self)
    indent.removeLast(2)
  }

  private func quoted(_ text: String) -> String { "\"\(text.terminalSafe)\"" }

  // MARK: Declarations

  private mutating func add(_ declaration: Declaration) {
    switch declaration.kind {
    case .option(let option):
      line("option \(option.name.text): \(option.type.text)\(suffix("=", option.value))")
    case .c(.block(let block)): line("c {\(block.text)}")
    case .c(.file(let path)): line("c \(dump(path))")
    case .importing(let imported):
      line("import \(dump(imported.path))\(imported.alias.map { " as \($0.text)" } ?? "")")
    case .constant(let name, let value): line("const \(name.text) \(dump(value))")
    case .function(let function):
      let names = function.parameters.map(\.text).joined(separator: " ")
      switch function.body {
      case .expression(let value): line("func \(function.name.text) (\(names)) \(dump(value))")
      case .block(let block):
        line("func \(function.name.text) (\(names))")
        add(block)
      }
    case .filter(let name, let text): line("filter \(name.text) \(dump(text))")
    case .table(let table):
      let arguments = table.arguments.map { " " + dump($0) }.joined()
      line(
        "table \(table.name.text)\(keys(table.keys)) \(table.aggregation.text)\(arguments)"
          + suffix("max", table.max))
    case .state(let state):
      line(
        "state \(state.name.text)\(keys(state.keys))\(suffix("max", state.max))"
          + suffix("for", state.lifetime))
    case .probe(let probe):
      line("probe \(probe.name.map { $0.text + " = " } ?? "")\(dump(probe.points))")
      add(probe.body)
    case .path(let path):
      line(
        "path \(path.name.text) \(path.hops.map(dump).joined(separator: " -> ")) by \(path.key.text)"
          + suffix("within", path.within) + suffix("max", path.max))
      if let body = path.body { add(body) }
    case .on(let name, let block):
      line("on \(name.text)")
      add(block)
    case .every(let interval, let block):
      line("every \(dump(interval))")
      add(block)
    case .begin(let block):
      line("begin")
      add(block)
    case .end(let block):
      line("end")
      add(block)
    case .statement(let statement): add(statement)
    }
    if !declaration.documentation.isEmpty {
      inner { $0.line("doc \($0.quoted(declaration.documentation))") }
    }
  }

  private func keys(_ names: [Name]) -> String {
    names.isEmpty ? "" : "[\(names.map(\.text).joined(separator: " "))]"
  }

  private func suffix(_ word: String, _ value: Expression?) -> String {
    value.map { " \(word) \(dump($0))" } ?? ""
  }

  private func dump(_ point: PointSyntax) -> String {
    switch point {
    case .single(let single): dump(single)
    case .set(let points, _): "{\(points.map(dump).joined(separator: ", "))}"
    case .alternatives(let points, _): "(\(points.map(dump).joined(separator: " | ")))"
    }
  }

  private func dump(_ point: SinglePointSyntax) -> String {
    let prefix = point.prefix.map { $0.text + ":" }.joined()
    let path = point.path.map { dump($0) + ":" } ?? ""
    let arguments = point.arguments.isEmpty ? "" : "(\(dump(point.arguments)))"
    return prefix + path + point.name.text + arguments + (point.isOptional ? "?" : "")
  }

  // MARK: Statements

  private mutating func add(_ block: Block) {
    inner { dump in
      if block.statements.isEmpty { dump.line("empty") }
      for statement in block.statements { dump.add(statement) }
    }
  }

  private mutating func add(_ statement: Statement) {
    switch statement.kind {
    case .binding(let isVariable, let name, let value):
      line("\(isVariable ? "var" : "let") \(name.text) \(dump(value))")
    case .assignment(let target, let operation, let value):
      line("\(operation?.rawValue ?? "")= \(dump(target)) \(dump(value))")
    case .condition(let condition, let then, let otherwise):
      line("if \(dump(condition))")
      add(then)
      switch otherwise {
      case .block(let block):
        line("else")
        add(block)
      case .condition(let statement):
        line("else")
        inner { $0.add(statement) }
      case nil: break
      }
    case .loop(let name, let values, let block):
      line("for \(name.text) \(dump(values))")
      add(block)
    case .deletion(let value): line("delete \(dump(value))")
    case .returning(let value): line("return\(value.map { " " + dump($0) } ?? "")")
    case .expression(let value): line("do \(dump(value))")
    case .filter(let text): line("filter \(dump(text))")
    case .requirement(let value): line("where \(dump(value))")
    case .requirementC(let c): line("where c \(quoted(c.text))")
    case .capture(let value): line("capture \(dump(value))")
    case .rebuild: line("rebuild")
    case .emit(let items, let c):
      line("emit\(c.map { " from c \(quoted($0.text))" } ?? "")")
      inner { dump in
        for item in items {
          let name = item.name?.text ?? "-"
          let width = item.width.map { ": \($0.text)" } ?? ""
          dump.line("\(name)\(width)\(dump.suffix("=", item.value))")
        }
      }
    case .c(let c): line("c \(quoted(c.text))")
    case .print(let values): line("print\(values.map { " " + dump($0) }.joined())")
    case .show(let value): line("show \(dump(value))")
    case .save(let value, let file): line("save \(dump(value)) \(dump(file))")
    case .clear(let value): line("clear \(dump(value))")
    case .exit(let value): line("exit\(value.map { " " + dump($0) } ?? "")")
    case .run(let values): line("run\(values.map { " " + dump($0) }.joined())")
    }
  }

  // MARK: Expressions

  private func dump(_ expression: Expression) -> String {
    switch expression.kind {
    case .integer(let value): "\(value)"
    case .duration(let value): "\(value)ns"
    case .boolean(let value): "\(value)"
    case .string(let literal): dump(literal)
    case .name(let name): name
    case .member(let value, let field, let isOptional):
      "(. \(dump(value)) \(field.text)\(isOptional ? "?" : ""))"
    case .index(let value, let indexes):
      "(at \(dump(value)) \(indexes.map(dump).joined(separator: " ")))"
    case .slice(let value, let offset, let count):
      "(slice \(dump(value)) \(dump(offset)) \(dump(count)))"
    case .call(let value, let arguments):
      "(call \(dump(value))\(arguments.isEmpty ? "" : " ")\(dump(arguments)))"
    case .unary(let operation, let value): "(\(operation.rawValue) \(dump(value)))"
    case .binary(let operation, let left, let right):
      "(\(operation.rawValue) \(dump(left)) \(dump(right)))"
    case .has(let value): "(has \(dump(value)))"
    case .record(let items): "(record \(dump(items)))"
    case .range(let lower, let upper): "(..< \(dump(lower)) \(dump(upper)))"
    }
  }

  private func dump(_ arguments: [ArgumentSyntax]) -> String {
    arguments.map { ($0.name.map { $0.text + ": " } ?? "") + dump($0.value) }
      .joined(separator: " ")
  }

  private func dump(_ literal: StringLiteral) -> String {
    let pieces = literal.pieces.map { piece in
      switch piece {
      case .text(let text, _): text.terminalSafe
      case .interpolation(let value, let format, _):
        "{\(dump(value))\(format.map { ":" + $0.text } ?? "")}"
      }
    }
    return "\"\(pieces.joined())\""
  }
}
