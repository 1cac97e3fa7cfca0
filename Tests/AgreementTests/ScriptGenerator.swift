import Packets

/// Makes scripts at random, in the language's own text: all operators, types, fields and absent cases
/// of what both backends can do without a kernel's structures.
struct ScriptGenerator {
  var random: Random
  /// How often each thing was used; a test prints it and wants none to be zero.
  private(set) var used: [String: Int] = [:]
  /// What expressions can name, by kind.
  var names: [Generated.Kind: [String]] = [:]
  /// Those of them that can be set.
  private var variables: [Generated.Kind: [String]] = [:]
  /// Of records of the state `last`.
  var records: [String] = []
  private var fields: [(kind: Generated.Kind, width: String)] = []
  private var count = 0
  private var isInLoop = false

  init(seed: UInt64) {
    random = Random(state: seed)
  }

  static let arithmetic = ["+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>"]
  static let comparisons = ["==", "!=", "<", "<=", ">", ">="]
  private static let widths = ["u8", "u16", "u32", "u64", "s8", "s16", "s32", "s64"]

  private static let carried: Set = [
    "comm", "func", "dev.name", "cpu", "pid", "tid", "dev.index", "netns", "time",
  ]

  /// A table: its keys' kinds and what follows them. Some are small enough to be full.
  private static let tables: [(name: String, keys: [Generated.Kind], aggregation: String, Int)] = [
    ("sum", [.integer, .address], "count", 128), ("mean", [.text], "avg", 8),
    ("lows", [.flow], "min", 128), ("highs", [.mac, .boolean], "max", 64),
    ("all", [.integer, .address], "stats", 10), ("powers", [], "hist", 1),
    ("steps", [.integer], "lhist(-10, 100, 7)", 5), ("parts", [.address], "quantiles", 64),
  ]

  /// A state: its keys, members (without a name where it keeps one value), and the rest.
  private static let states:
    [(name: String, keys: [Generated.Kind], members: [(String, Generated.Kind)], rest: String)] = [
      (
        "last", [.address, .integer],
        [("a", .integer), ("b", .integer), ("who", .text), ("host", .address), ("yes", .boolean)],
        "max 64"
      ),
      ("recent", [.flow], [("", .integer)], "max 4, for 3us"),
      ("seen", [], [("", .mac)], "max 1"),
    ]

  /// All that has to be used at least once in a run of the tests.
  static var everything: Set<String> {
    var all: Set<String> = []
    for layer in Layer.allCases {
      all.insert("has \(layer.name)")
      for field in layer.fields { all.insert("\(layer.name).\(field.name)") }
      all.insert("bytes of \(layer.name)")
      if layer.definition.payload != nil { all.insert("payload of \(layer.name)") }
    }
    all.formUnion(arithmetic + comparisons + widths)
    all.formUnion(Generated.Kind.allCases.map { "field \($0.rawValue)" })
    all.formUnion(Generated.Kind.allCases.map { "variable \($0.rawValue)" })
    all.formUnion(tables.map(\.aggregation))
    all.formUnion(states.map { "state \($0.name)" } + states.map { "delete \($0.name)" })
    all.formUnion(states.map { "set \($0.name)" } + states.map { "has \($0.name)" })
    all.formUnion([
      "&&", "||", "!", "-x", "~", "??", "in prefix", "in range", "in list", "let", "set", "if",
      "else", "for", "where", "filter", "function", "emit", "flow", "reverse", "inner",
      "filter test", "option", "absent option", "const", "pkt.len", "pkt.caplen", "inner.len",
      "has value", "return", "record", "capture", "context number", "context text", "literal text",
      "function without result", "flow comparison", "mac comparison", "text comparison",
      "address comparison",
    ])
    return all
  }

  mutating func use(_ what: String) { used[what, default: 0] += 1 }

  // MARK: Scripts

  mutating func script() -> GeneratedScript {
    names = [:]
    variables = [:]
    records = []
    count = 0
    isInLoop = false
    var declarations = """
      option limit: int = \(random.below(200) - 100)
      option none: int
      option peer: addr = "10.9.0.1"
      const LOW = \(random.below(64))
      filter web = "tcp port 80 or udp port 53"
      func twice(a) = a * 2 + LOW
      func smaller(a, b) {
          if a < b { return a }
          return b
      }
      func odd(a) {
          if a % 2 == 1 { return a }
      }
      func is_odd(p) = p.len % 2 == 1

      """
    for (name, keys, aggregation, maximum) in Self.tables {
      declarations += "table \(name)\(Self.labels(keys)): \(aggregation), max \(maximum)\n"
    }
    for state in Self.states {
      declarations += "state \(state.name)\(Self.labels(state.keys)), \(state.rest)\n"
      // Which keys there are to be compared: states themselves do not tell.
      declarations += "table keys_of_\(state.name)\(Self.labels(state.keys)): count, max 512\n"
    }
    // States have to be set somewhere; never here.
    declarations += """
      on p {
          if pkt.len > 1000000 {
              last[peer, 1] = (a = 1, b = 1, who = "", host = peer, yes = true)
              recent[pkt.flow] = 1
              seen = eth.src
          }
      }

      """
    var body: [GeneratedStatement] = []
    if random.chance(20) {
      use("filter")
      let filters = ["tcp", "ip", "udp or icmp", "ip6", "len > 60", "vlan or ip", "ip[8] > 7"]
      body.append(GeneratedStatement(.text("filter \"\(random.pick(filters))\"")))
    }
    if random.chance(20) {
      use("capture")
      body.append(GeneratedStatement(.text("capture \(random.below(100))")))
    }
    if random.chance(25) { body.append(requirement()) }
    fields = (0..<(1 + random.below(4))).map { _ in
      let kind = random.chance(40) ? .integer : random.pick(Generated.Kind.allCases)
      let isNarrow = kind == .integer && random.chance(30)
      return (kind, isNarrow ? random.pick(Self.widths) : "")
    }
    for _ in 0..<(1 + random.below(6)) { body.append(statement(2)) }
    body.append(emission(isWhole: true))
    return GeneratedScript(declarations: declarations, body: body)
  }

  private static func labels(_ keys: [Generated.Kind]) -> String {
    keys.isEmpty ? "" : "[" + keys.indices.map { "k\($0)" }.joined(separator: ", ") + "]"
  }

  // MARK: Statements

  private mutating func statement(_ depth: Int) -> GeneratedStatement {
    switch random.below(depth > 0 ? 17 : 12) {
    case 0, 1: return declaration()
    case 2, 3:
      let kind = random.pick(Generated.Kind.allCases)
      guard let name = variables[kind].map({ random.pick($0) }) else { return declaration() }
      use("set")
      let operation = kind == .integer && random.chance(50) ? " += " : " = "
      return GeneratedStatement(.text(name + operation), .expression(expression(kind, 3)))
    case 4, 5, 6: return sample()
    case 7, 8: return setting()
    case 9:
      let state = random.pick(Self.states)
      use("delete \(state.name)")
      var statement = GeneratedStatement(.text("delete \(state.name)"))
      addKeys(state.keys, to: &statement)
      return statement
    case 10:
      if isInLoop || !random.chance(50) { return sample() }
      return random.chance(50) ? requirement() : emission(isWhole: false)
    case 11:
      use("record")
      let name = fresh()
      var statement = GeneratedStatement(declares: name, .text("let \(name) = last"))
      addKeys(Self.states[0].keys, to: &statement)
      records.append(name)
      return statement
    case 12, 13, 14:
      use("if")
      if random.chance(15) {
        use("return")
        return GeneratedStatement(
          .text("if "), .expression(expression(.boolean, 2)), .text(" { return }"))
      }
      var statement = GeneratedStatement(
        .text("if "), .expression(expression(.boolean, 3)), .text(" "), .block(block(depth - 1)))
      guard random.chance(50) else { return statement }
      use("else")
      statement.segments += [.text(" else "), .block(block(depth - 1))]
      return statement
    default:
      use("for")
      let name = fresh()
      let outer = (names, isInLoop)
      defer { (names, isInLoop) = outer }
      let last =
        random.chance(60)
        ? Generated(.integer, .text("\(random.below(7))"))
        : Generated(
          .integer, .text("("), .part(expression(.integer, 2)), .text(" & 7)"))
      names[.integer, default: []].append(name)
      isInLoop = true
      return GeneratedStatement(
        .text("for \(name) in \(random.below(3))..<"), .expression(last), .text(" "),
        .block(block(depth - 1)))
    }
  }

  private mutating func block(_ depth: Int) -> [GeneratedStatement] {
    let outer = (names, variables, records)
    defer { (names, variables, records) = outer }
    return (0..<(1 + random.below(2))).map { _ in statement(depth) }
  }

  private mutating func declaration() -> GeneratedStatement {
    let kind = random.chance(50) ? .integer : random.pick(Generated.Kind.allCases)
    let isVariable = random.chance(50)
    use(isVariable ? "variable \(kind.rawValue)" : "let")
    let value = expression(kind, 3)
    let name = fresh()
    names[kind, default: []].append(name)
    if isVariable { variables[kind, default: []].append(name) }
    return GeneratedStatement(
      declares: name, .text("\(isVariable ? "var" : "let") \(name) = "), .expression(value))
  }

  private mutating func requirement() -> GeneratedStatement {
    use("where")
    return GeneratedStatement(.text("where "), .expression(expression(.boolean, 3)))
  }

  private mutating func sample() -> GeneratedStatement {
    let (name, keys, aggregation, _) = random.pick(Self.tables)
    use(aggregation)
    var statement = GeneratedStatement(.text(name))
    addKeys(keys, to: &statement)
    statement.segments += [.text(" += "), .expression(expression(.integer, 3))]
    return statement
  }

  /// Sets a state, after noting the key.
  private mutating func setting() -> GeneratedStatement {
    let state = random.pick(Self.states)
    use("set \(state.name)")
    var keys = GeneratedStatement(.text(""))
    addKeys(state.keys, to: &keys)
    let key = keys.lines("").dropLast()
    var statement = GeneratedStatement(
      .text("keys_of_\(state.name)\(key) += 1; \(state.name)\(key) = "))
    if state.members.count == 1 {
      statement.segments.append(.expression(expression(state.members[0].1, 3)))
      return statement
    }
    for (index, (name, kind)) in state.members.enumerated() {
      statement.segments += [
        .text("\(index == 0 ? "(" : ", ")\(name) = "), .expression(expression(kind, 2)),
      ]
    }
    statement.segments.append(.text(")"))
    return statement
  }

  private mutating func addKeys(_ kinds: [Generated.Kind], to statement: inout GeneratedStatement) {
    for (index, kind) in kinds.enumerated() {
      statement.segments += [.text(index == 0 ? "[" : ", "), .expression(expression(kind, 1))]
    }
    if !kinds.isEmpty { statement.segments.append(.text("]")) }
  }

  private mutating func emission(isWhole: Bool) -> GeneratedStatement {
    use("emit")
    var statement = GeneratedStatement(.text("emit "))
    for (index, field) in fields.enumerated() {
      guard isWhole || random.chance(60) || index == fields.count - 1 else { continue }
      use("field \(field.kind.rawValue)")
      if !field.width.isEmpty { use(field.width) }
      let width = field.width.isEmpty ? "" : ": \(field.width)"
      var value = expression(field.kind, 4)
      // Every event carries these under their own names, which the checker insists on.
      if Self.carried.contains(value.text) {
        value = Generated(
          field.kind, .text("("), .part(value), .text(" ?? "), .part(value), .text(")"))
      }
      statement.segments += [
        .text("\(statement.segments.count == 1 ? "" : ", ")e\(index)\(width) = "),
        .expression(value),
      ]
    }
    return statement
  }

  private mutating func fresh() -> String {
    count += 1
    return "v\(count)"
  }
}
