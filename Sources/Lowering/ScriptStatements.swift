internal import Language
internal import Syntax

extension ScriptBody {
  /// Writes statements, in order.
  func lower(_ statements: [TypedStatement]) throws(Diagnostic) {
    for statement in statements { try lower(statement) }
  }

  func lower(_ statement: TypedStatement) throws(Diagnostic) {
    say(statement.span)
    switch statement.kind {
    case .set(let local, let value):
      try refuseBuffer(value)
      assign(local: local, try self.value(value))
    case .tableAdd(let table, let keys, let value):
      try add(table: table, keys: keys, value: value)
    case .stateSet(let state, let keys, let values):
      try set(state: state, keys: keys, values: values)
    case .stateDelete(let state, let keys):
      try key(keys)
      line("bpf_map_delete_elem(&\(shared.state(state)), run->s->key);")
    case .condition(let test, let then, let otherwise):
      let test = try condition(test)
      try block("if (\(test))", end: otherwise.isEmpty ? "}" : "} else {") {
        () throws(Diagnostic) in try lower(then)
      }
      if !otherwise.isEmpty { try rest(otherwise) }
    case .loop(let local, let from, let to, let content):
      try loop(local, from, to, content)
    case .returning(let value):
      try leave(with: value, statement.span)
    case .filter(let index):
      let verdict = name("verdict")
      line("int \(verdict) = \(shared.filter(index))(run, 0);")
      line("")
      line("if (\(verdict) == NC_FILTER_FAULT)")
      line("\treturn NC_UNREADABLE;")
      line("if (!\(verdict))")
      line("\treturn NC_FILTERED;")
    case .requirement(let test):
      line("if (!\(grouped(try condition(test))))")
      line("\treturn NC_FILTERED;")
    case .capture(let bytes):
      line("run->capture = \(bytes);")
    case .emit(let emission):
      if let index = emission.cBlock {
        try emit(emission, fromC: index)
      } else {
        try emit(emission)
      }
    case .requirementC(let index):
      line("if (!\(try callC(index)))")
      line("\treturn NC_FILTERED;")
    case .c(let index):
      line("\(try callC(index));")
    case .rebuild:
      // Done before the body runs: it holds for all of it.
      break
    case .print, .showPacket, .savePacket, .clearTable, .clearState, .exit, .run, .forEachHop,
      .forEachRow:
      throw problem(
        "this cannot be done in the kernel", statement.span,
        hints: ["do it in an 'on' body, with what the probe emits"])
    }
  }

  /// The part behind `} else {`.
  private func rest(_ statements: [TypedStatement]) throws(Diagnostic) {
    let (_, lines) = try apart { () throws(Diagnostic) in try lower(statements) }
    append(lines)
    line("}")
  }

  private func loop(
    _ local: Int, _ from: TypedExpression, _ to: TypedExpression, _ content: [TypedStatement]
  ) throws(Diagnostic) {
    let from = try value(from)
    let to = try value(to)
    let counter = locals[local]
    assign(local: local, from)
    let rounds = name("round")
    let isThere = CValue.both(from.present, to.present)
    // At most: the verifier goes through all rounds.
    try block("for (u32 \(rounds) = 0; \(rounds) < \(limit(from, to)); \(rounds)++)") {
      () throws(Diagnostic) in
      line("if (!(\(CValue.both(isThere, "(s64)\(counter.words[0]) < (s64)\(to.words[0])"))))")
      line("\tbreak;")
      try lower(content)
      line("\(counter.words[0])++;")
    }
  }

  private func limit(_ from: CValue, _ to: CValue) -> Int {
    guard let low = Int(from.words[0]), let high = Int(to.words[0]) else {
      return TypedStatement.loopLimit
    }
    return min(max(high - low, 0), TypedStatement.loopLimit)
  }

  private func leave(with value: TypedExpression?, _ span: Span) throws(Diagnostic) {
    if probe != nil {
      line("return NC_HANDLED;")
      return
    }
    guard let value else {
      line("return false;")
      return
    }
    let result = try self.value(value)
    if let words = value.type.memoryWords {
      copy(result, to: "result", words: words - (value.type == .text ? 1 : 0))
    } else {
      for (index, word) in result.words.enumerated() { line("result[\(index)] = \(word);") }
    }
    line("return \(result.present);")
  }

  // MARK: Words one after the other: keys, rows, fields

  /// Presence bits and words of values, into a part of the scratch memory. Each value is put there
  /// when it has been computed: many at once would not fit into the stack.
  func put(
    _ types: [ValueType], into place: String,
    _ value: (Int) throws(Diagnostic) -> CValue
  ) throws(Diagnostic) {
    line("\(place)[0] = 0;")
    var at = 1
    for (index, type) in types.enumerated() {
      let value = try value(index)
      switch value.present {
      case "true": line("\(place)[0] |= 1ULL << \(index);")
      case "false": break
      default: line("\(place)[0] |= (u64)\(grouped(value.present)) << \(index);")
      }
      put(value, type, into: place, at: at)
      at += type.wordCount
    }
  }

  private func put(_ value: CValue, _ type: ValueType, into place: String, at: Int) {
    let count = type.wordCount
    guard type.memoryWords != nil else {
      for index in 0..<count { line("\(place)[\(at + index)] = \(value.orZero(index));") }
      return
    }
    // A record's own presence word is not one of its words.
    var source = value.words[0]
    if case .record = type { source += " + 1" }
    if value.present == "false" {
      line("nc_clear(\(place) + \(at), \(count));")
    } else if value.isAlwaysPresent {
      line("nc_copy(\(place) + \(at), \(source), \(count));")
    } else {
      line("if (\(value.present))")
      line("\tnc_copy(\(place) + \(at), \(source), \(count));")
      line("else")
      line("\tnc_clear(\(place) + \(at), \(count));")
    }
  }

  /// Where a key is put together.
  private var keyPlace: String { isUsual ? "key" : "run->s->key" }

  /// Puts a key together, at ``keyPlace``.
  func key(_ keys: [TypedExpression]) throws(Diagnostic) {
    shared.keep(keyWords: 1 + keys.reduce(0) { $0 + $1.type.wordCount })
    // What looks up a state needs the memory for its own key.
    var values: [Int: CValue] = [:]
    if keys.contains(where: { ScriptWalk(shared.script, $0).usesStates }) {
      for (index, key) in keys.enumerated() { values[index] = try value(key) }
    }
    try put(keys.map(\.type), into: keyPlace) { index throws(Diagnostic) in
      if let value = values[index] { return value }
      return try value(keys[index])
    }
  }

  private func add(
    table index: Int, keys: [TypedExpression], value: TypedExpression
  ) throws(Diagnostic) {
    let value = try self.value(value)
    if value.present == "false" { return }
    let table = shared.table(index)
    let aggregation = shared.script.tables[index].aggregation
    func write() throws(Diagnostic) {
      try key(keys)
      let row = name("row")
      line("u64 *\(row) = nc_row(&\(table), \(keyPlace), nc_zeros, &\(table)_refused);")
      line("")
      line("if (\(row))")
      line("\t\(Self.addition(aggregation, row, value.words[0]));")
    }
    try block(value.isAlwaysPresent ? "" : "if (\(value.present))") { () throws(Diagnostic) in
      try write()
    }
  }

  private static func addition(_ aggregation: Aggregation, _ row: String, _ value: String)
    -> String
  {
    let buckets = aggregation.bucketCount
    switch aggregation {
    case .count: return "nc_add(\(row), \(value))"
    case .average: return "nc_add_average(\(row), \(value))"
    case .minimum: return "nc_add_minimum(\(row), \(value))"
    case .maximum: return "nc_add_maximum(\(row), \(value))"
    case .stats: return "nc_add_stats(\(row), \(value))"
    case .histogram:
      return "nc_add_to_bucket(\(row), \(value), nc_bucket_hist(\(value)), \(buckets))"
    case .quantiles:
      return "nc_add_to_bucket(\(row), \(value), nc_bucket_quantiles(\(value)), \(buckets))"
    case .linearHistogram(let low, let high, let step):
      let bounds = [low, high, step].map(constant).joined(separator: ", ")
      return
        "nc_add_to_bucket(\(row), \(value), nc_bucket_linear(\(value), \(bounds), \(buckets)), "
        + "\(buckets))"
    }
  }

  private func set(
    state index: Int, keys: [TypedExpression], values: [TypedExpression]
  ) throws(Diagnostic) {
    shared.keep(valueWords: 2 + values.reduce(0) { $0 + $1.type.wordCount })
    let state = shared.state(index)
    line("run->s->value[0] = nc_now(run);")
    try put(values.map(\.type), into: "(run->s->value + 1)") { index throws(Diagnostic) in
      try value(values[index])
    }
    try key(keys)
    line(
      "nc_state_set(&\(state), run->s->key, run->s->value, &\(state)_refused);")
  }

  /// - Parameter filled: what a C block has filled, by the index of the field.
  func emit(_ emission: Emission, filled: [Int: String] = [:]) throws(Diagnostic) {
    guard let probe else { return }
    if !probe.fields.isEmpty {
      try put(probe.fields.map(\.type), into: "run->s->fields") { index throws(Diagnostic) in
        if let place = filled[index] { return CValue(present: "true", words: [word(place)]) }
        guard index < emission.values.count, let expression = emission.values[index] else {
          return .absent
        }
        return narrowed(try value(expression), to: probe.fields[index].width)
      }
    }
    line("nc_send(run);")
  }

  /// The bits of a field that are kept.
  private func narrowed(_ value: CValue, to width: EventField.Width?) -> CValue {
    guard let width, width.bits < 64 else { return value }
    var value = value
    let shift = 64 - width.bits
    let number = value.words[0]
    value.words = [
      word(
        width.isSigned
          ? "(u64)((s64)((u64)\(number) << \(shift)) >> \(shift))"
          : "\(number) & \(hexadecimal((1 << UInt64(width.bits)) - 1))")
    ]
    return value
  }

  /// With what stands at a body's end.
  func finish() {
    if let probe {
      if probe.emitsAtEnd {
        if !probe.fields.isEmpty { line("nc_clear(run->s->fields, NC_FIELD_WORDS);") }
        line("nc_send(run);")
      }
      line("return NC_HANDLED;")
    } else {
      line("return false;")
    }
  }
}

func hexadecimal(_ number: UInt64) -> String { "0x" + String(number, radix: 16) + "ULL" }

/// A number as a constant of C.
func constant(_ number: Int64) -> String {
  if number == .min { return "(-9223372036854775807LL - 1)" }
  return Int64(Int32.min)...Int64(Int32.max) ~= number ? "\(number)" : "\(number)LL"
}
