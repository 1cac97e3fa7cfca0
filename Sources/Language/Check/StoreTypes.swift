internal import Syntax

/// What is known of tables and states from what is assigned to them.
struct Learned: Equatable {
  struct Seen: Equatable {
    var type: ValueType
    /// Where the type was first seen.
    var span: Span
    var module: Int
  }

  /// By table, by key.
  var tableKeys: [[Seen?]] = []
  var presentations: [Presentation?] = []
  var stateKeys: [[Seen?]] = []
  /// By state; nil: nothing has been assigned.
  var members: [[ValueType.Member]?] = []
  var memberSpans: [Span?] = []
  /// By state, members of which only unknown values have been seen.
  var wildMembers: [Set<String>] = []

  /// This, and where it knows nothing what was known before.
  func filled(from other: Learned) -> Learned {
    var result = self
    func fill(_ keys: inout [[Seen?]], _ old: [[Seen?]]) {
      for (index, row) in old.enumerated() where index < keys.count {
        for (key, seen) in row.enumerated() where key < keys[index].count {
          if keys[index][key] == nil { keys[index][key] = seen }
        }
      }
    }
    fill(&result.tableKeys, other.tableKeys)
    fill(&result.stateKeys, other.stateKeys)
    for (index, old) in other.members.enumerated() where index < result.members.count {
      if result.members[index] == nil { result.members[index] = old }
    }
    return result
  }
}

extension Check {
  func declareStores() {
    for index in modules.indices {
      inModule(index) {
        for declaration in modules[index].tree.declarations {
          switch declaration.kind {
          case .table(let table): declareTable(table)
          case .state(let state): declareState(state)
          default: continue
          }
        }
      }
    }
  }

  private func declareTable(_ table: TableSyntax) {
    guard modules[module].names[table.name.text]?.name.span == table.name.span else { return }
    modules[module].tables[table.name.text] = script.tables.count
    refuseDoubledKeys(table.keys)
    script.tables.append(
      TableDefinition(
        name: table.name.text, keyNames: table.keys.map(\.text),
        keys: table.keys.map { _ in .integer(.decimal) }, aggregation: aggregation(of: table),
        presentation: .decimal,
        maximum: limit(table.max, standard: TableDefinition.standardMaximum)))
    seen.tableKeys.append(table.keys.map { _ in nil })
    seen.presentations.append(nil)
  }

  private func declareState(_ state: StateSyntax) {
    guard modules[module].names[state.name.text]?.name.span == state.name.span else { return }
    modules[module].states[state.name.text] = script.states.count
    refuseDoubledKeys(state.keys)
    let lifetime = state.lifetime.flatMap { duration(of: $0, what: "how long a value is kept") }
    script.states.append(
      StateDefinition(
        name: state.name.text, keys: state.keys.map { _ in .integer(.decimal) }, members: [],
        maximum: limit(state.max, standard: TableDefinition.standardMaximum), lifetime: lifetime))
    seen.stateKeys.append(state.keys.map { _ in nil })
    seen.members.append(nil)
    seen.memberSpans.append(nil)
    seen.wildMembers.append([])
  }

  private func refuseDoubledKeys(_ keys: [Name]) {
    for (index, key) in keys.enumerated()
    where keys[..<index].contains(where: { $0.text == key.text }) {
      report("two keys are called '\(key.text)'", at: key.span)
    }
  }

  private func aggregation(of table: TableSyntax) -> Aggregation {
    guard let row = Catalogue.aggregations.first(where: { $0.name == table.aggregation.text })
    else {
      let names = Catalogue.aggregations.map(\.name)
      report(
        "there is no aggregation '\(table.aggregation.text)'", at: table.aggregation.span,
        hints: suggestion(for: table.aggregation.text, among: names).orElse(
          table.aggregation.text == "sum"
            ? "count is the sum of what is added"
            : "there are: \(names.joined(separator: ", "))"))
      return .count
    }
    var numbers: [Int64] = []
    for argument in table.arguments {
      guard let number = constantInteger(argument, what: "an argument of \(row.name)") else {
        return .count
      }
      numbers.append(number)
    }
    let wanted = row.name == "lhist" ? 3 : 0
    guard numbers.count == wanted else {
      report(
        "\(row.name) takes \(wanted == 0 ? "no arguments" : "three arguments: low, high, step")",
        at: table.aggregation.span, hints: ["for example: \(row.example)"])
      return .count
    }
    return Aggregation(plain: row.name) ?? linear(numbers, at: table.aggregation.span)
  }

  private func linear(_ numbers: [Int64], at span: Span) -> Aggregation {
    let (width, overflow) = numbers[1].subtractingReportingOverflow(numbers[0])
    guard numbers[2] > 0, width > 0, !overflow else {
      report("lhist goes from a low bound to a higher one in steps above 0", at: span)
      return .count
    }
    guard (width - 1) / numbers[2] < 1024 else {
      report(
        "lhist has at most 1024 buckets, and this is \((width - 1) / numbers[2] + 1)", at: span,
        hints: ["take a larger step, or hist, whose buckets double"])
      return .count
    }
    return .linearHistogram(low: numbers[0], high: numbers[1], step: numbers[2])
  }

  private func limit(_ expression: Expression?, standard: Int) -> Int {
    guard let expression else { return standard }
    guard let number = constantInteger(expression, what: "max") else { return standard }
    guard (1...1 << 24).contains(number) else {
      report("max is 1 … \(1 << 24)", at: expression.span)
      return standard
    }
    return Int(number)
  }

  /// A number that is known now: of constants and of options that have a value.
  func constantInteger(_ expression: Expression, what: String) -> Int64? {
    let before = body
    body = BodyState(place: .constant)
    defer { body = before }
    guard let value = value(of: expression) else { return nil }
    if let number = value.constantInteger { return number }
    if case .option(let index) = value.kind,
      case .integer(let number) = script.options[index].value,
      value.type.isInteger
    {
      return number
    }
    report("\(what) is a number that is known before the script runs", at: expression.span)
    return nil
  }

  func duration(of expression: Expression, what: String) -> Int64? {
    guard let number = constantInteger(expression, what: what) else { return nil }
    guard number > 0 else {
      report("\(what) is a duration above 0", at: expression.span, hints: ["for example 5s, 300ms"])
      return nil
    }
    let before = body
    body = BodyState(place: .constant)
    defer { body = before }
    if case .integer(.duration) = value(of: expression)?.type { return number }
    report(
      "\(what) is a duration, and a number has no unit", at: expression.span,
      hints: ["write \(written(expression.span))s for seconds"])
    return nil
  }

  // MARK: Keys and values

  /// The keys of `t[a, b]`, with what is learned of their types.
  func keys(
    _ expressions: [Expression], ofTable index: Int?, orState state: Int?, at span: Span,
    assigns: Bool
  ) -> [TypedExpression]? {
    let name: String
    let wanted: Int
    if let index {
      (name, wanted) = (script.tables[index].name, script.tables[index].keys.count)
    } else if let state {
      (name, wanted) = (script.states[state].name, script.states[state].keys.count)
    } else {
      return nil
    }
    var values: [TypedExpression] = []
    var isWhole = expressions.count == wanted
    if !isWhole {
      report(
        "'\(name)' has \(wanted.counted("key")), and is given \(expressions.count)", at: span,
        hints: wanted == 0 ? ["declare them: \(index == nil ? "state" : "table") \(name)[a]"] : [])
    }
    for (position, expression) in expressions.enumerated() {
      let known =
        position < wanted
        ? index.flatMap { learned.tableKeys[safe: $0]?[safe: position] ?? nil }
          ?? state.flatMap { learned.stateKeys[safe: $0]?[safe: position] ?? nil }
        : nil
      guard var value = value(of: expression, expecting: known?.type) else {
        isWhole = false
        continue
      }
      guard isWhole else { continue }
      if let known { value = adapted(value, to: known.type) }
      guard storable(value, as: "a key") else {
        isWhole = false
        continue
      }
      if assigns {
        isWhole = learnKey(value, index, state, position, name) && isWhole
      } else if let known, !isWild(value), !value.type.hasRepresentation(of: known.type) {
        report(
          "key \(position + 1) of '\(name)' is \(known.type.described), and this is "
            + value.type.described, at: value.span, hints: [placeHint(known)])
        isWhole = false
      }
      values.append(value)
    }
    return isWhole ? values : nil
  }

  private func placeHint(_ known: Learned.Seen) -> String {
    inModule(known.module) {
      "line \(lineNumber(of: known.span)) assigns \(known.type.described): \(written(known.span))"
    }
  }

  private func learnKey(
    _ value: TypedExpression, _ table: Int?, _ state: Int?, _ position: Int, _ name: String
  ) -> Bool {
    if isWild(value) { return true }
    let before =
      table.map { seen.tableKeys[$0][position] } ?? state.map { seen.stateKeys[$0][position] }
      ?? nil
    var found = Learned.Seen(type: value.type, span: value.span, module: module)
    if let before {
      guard let joined = before.type.joined(with: value.type) else {
        report(
          "key \(position + 1) of '\(name)' is \(before.type.described), and this is "
            + value.type.described, at: value.span, hints: [placeHint(before)])
        return false
      }
      found = Learned.Seen(type: joined, span: before.span, module: before.module)
    }
    if let table { seen.tableKeys[table][position] = found }
    if let state { seen.stateKeys[state][position] = found }
    return true
  }

  /// Whether a value can be kept in a map.
  private func storable(_ value: TypedExpression, as what: String) -> Bool {
    if case .record = value.type {
      report("a record cannot be \(what)", at: value.span, hints: ["take one of its members"])
      return false
    }
    return true
  }

  /// The types that the whole script agrees on.
  func finishStores() {
    let known = seen.filled(from: learned)
    for index in script.tables.indices {
      for key in script.tables[index].keys.indices {
        if let type = known.tableKeys[index][key]?.type { script.tables[index].keys[key] = type }
      }
      script.tables[index].presentation = known.presentations[index] ?? .decimal
    }
    for index in script.states.indices {
      for key in script.states[index].keys.indices {
        if let type = known.stateKeys[index][key]?.type { script.states[index].keys[key] = type }
      }
      script.states[index].members = known.members[index] ?? []
    }
    refuseLargeKeys()
    warnOfUnusedStores()
  }

  private func refuseLargeKeys() {
    for (module, item) in modules.enumerated() {
      inModule(module) {
        for (name, index) in item.tables {
          refuseLargeKeys(name, script.tables[index].keys)
        }
        for (name, index) in item.states {
          refuseLargeKeys(name, script.states[index].keys)
        }
      }
    }
  }

  private func refuseLargeKeys(_ name: String, _ keys: [ValueType]) {
    let bytes = 8 + 8 * keys.reduce(0) { $0 + $1.wordCount }
    guard bytes > 512, let declared = modules[module].names[name] else { return }
    report(
      "the keys of '\(name)' take \(bytes) bytes, and the kernel has room for 512",
      at: declared.name.span, hints: ["a text takes 64 bytes"])
  }

  private func warnOfUnusedStores() {
    // What failed to be added has been said.
    if diagnostics.contains(where: { $0.severity == .error }) { return }
    for (name, index) in modules[0].tables where seen.presentations[index] == nil {
      guard let declared = modules[0].names[name], !isPrompt else { continue }
      report(.warning, "nothing is added to the table '\(name)'", at: declared.name.span)
    }
    for (name, index) in modules[0].states where seen.members[index] == nil {
      guard let declared = modules[0].names[name], !isPrompt else { continue }
      report(.warning, "nothing is kept in the state '\(name)'", at: declared.name.span)
    }
  }
}

extension Array {
  subscript(safe index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}

extension Int {
  /// "1 key", "2 keys"
  func counted(_ noun: String) -> String { self == 1 ? "1 \(noun)" : "\(self) \(noun)s" }
}
