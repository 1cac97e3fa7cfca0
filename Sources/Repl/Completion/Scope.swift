internal import Language
internal import Packets
internal import Syntax

/// What a name or a chain of members stands for, as far as completion has to know.
indirect enum Meaning {
  case packet(isInner: Bool)
  /// `tcp`, and `tcp.flags` with the prefix `flags`.
  case layer(Layer, prefix: String)
  case payload
  /// Something in the kernel's memory.
  case kernel(KernelType)
  case arguments
  /// `dev`
  case device
  case flow
  case enumeration(Enumeration)
  case module(ScriptTree)
  case state(String)
  case record([String: Meaning])
  /// A table, or rows of one.
  case rows(TableSyntax)
  case row(TableSyntax)
  case hop
}

/// What can be named in a body.
struct Scope {
  enum Place {
    case kernel
    /// `on` of a probe.
    case event
    /// `on` of a path.
    case journey
    /// Statements without an event.
    case plain
    /// `func`, which sees its parameters.
    case function
    /// A value that is known before anything runs.
    case constant
  }

  let types: any KernelTypes
  let names: SessionNames
  let script: (String) -> ScriptTree?
  var place: Place
  /// Of a probe's points: what `args` can be.
  var points: [KernelSignature] = []
  var isReturn = false
  var locals: [String: Meaning?] = [:]
  /// What the event has of its own.
  var fields: [String: Meaning?] = [:]

  init(
    _ place: Place, types: any KernelTypes, names: SessionNames,
    script: @escaping (String) -> ScriptTree?
  ) {
    self.place = place
    self.types = types
    self.names = names
    self.script = script
  }

  var isKernel: Bool { if case .kernel = place { true } else { false } }

  var hasPacket: Bool {
    switch place {
    case .kernel, .event, .journey: true
    case .plain, .function, .constant: false
    }
  }

  /// In a probe's body.
  mutating func enter(_ points: PointSyntax) {
    switch points {
    case .single(let single): enter(single)
    case .set(let items, _), .alternatives(let items, _):
      for item in items { enter(item) }
    }
  }

  /// A pattern is not looked up for arguments if it leaves more open than this.
  private static let shortestPattern = 3

  private mutating func enter(_ single: SinglePointSyntax) {
    let words = single.prefix.map(\.text)
    let name = single.name.text
    let literal = name.prefix { $0 != "*" }.count
    guard single.path == nil, literal == name.count || literal >= Scope.shortestPattern else {
      return
    }
    switch words.first {
    case "uprobe", "usdt": return
    case "tracepoint" where words.count == 2, "tp" where words.count == 2:
      points += types.tracepoints(category: words[1], matching: name)
    case "rawtp":
      points += types.tracepoints(category: "*", matching: name).map {
        KernelSignature(name: $0.name, arguments: $0.typedArguments)
      }
    case "kprobe", "fentry", nil: points += types.functions(matching: name)
    case "return", "fexit":
      isReturn = true
      points += types.functions(matching: name)
    case .some(let category): points += types.tracepoints(category: category, matching: name)
    }
  }

  /// In a block that is being written: its names are known from here on.
  mutating func enter(_ block: Block) {
    for statement in block.statements {
      switch statement.kind {
      case .binding(_, let name, let value):
        // Not `= meaning`, which would take the name away where nothing is known of it.
        locals.updateValue(meaning(of: value), forKey: name.text)
      default: continue
      }
    }
    guard let last = block.statements.last else { return }
    switch last.kind {
    case .loop(let name, let sequence, let body):
      locals.updateValue(element(of: sequence), forKey: name.text)
      enter(body)
    case .condition(_, let then, let otherwise):
      enter(then)
      switch otherwise {
      case .block(let block): enter(block)
      case .condition(let statement): enter(Block([statement], span: statement.span))
      case nil: break
      }
    default: break
    }
  }

  private func element(of sequence: Expression) -> Meaning? {
    if case .name("hops") = sequence.kind { return .hop }
    if case .rows(let table)? = meaning(of: sequence) { return .row(table) }
    return nil
  }

  /// In `on name`.
  mutating func enter(eventsOf name: String) {
    if let probe = names.probes[name] {
      place = .event
      enter(fieldsOf: probe.body, at: probe.points)
    } else if let path = names.paths[name] {
      place = .journey
      if let body = path.body, let first = path.hops.first { enter(fieldsOf: body, at: first) }
    } else {
      place = .event
    }
  }

  private mutating func enter(fieldsOf body: Block, at points: PointSyntax) {
    var inner = Scope(.kernel, types: types, names: names, script: script)
    inner.enter(points)
    inner.enter(body)
    for (name, value) in body.emitted {
      let meaning: Meaning? = value.flatMap { inner.meaning(of: $0) }
      fields.updateValue(meaning, forKey: name)
    }
  }
}

// MARK: What an expression stands for

extension Scope {
  func meaning(of expression: Expression) -> Meaning? { meaning(of: expression, depth: 0) }

  private func meaning(of expression: Expression, depth: Int) -> Meaning? {
    // Constants can be made of constants, and of themselves by mistake.
    guard depth < 50 else { return nil }
    switch expression.kind {
    case .name(let name): return meaning(ofName: name, depth: depth)
    case .member(let base, let name, _):
      return meaning(of: base, depth: depth + 1).flatMap { member(name.text, of: $0) }
    case .index(let base, let keys):
      return meaning(of: base, depth: depth + 1).flatMap { element(keys.first, of: $0) }
    case .call(let callee, let arguments): return result(callee, arguments, depth: depth + 1)
    case .binary(.otherwise, let first, _): return meaning(of: first, depth: depth + 1)
    case .record(let items):
      if items.count == 1, items[0].name == nil {
        return meaning(of: items[0].value, depth: depth + 1)
      }
      return nil
    case .integer, .duration, .boolean, .string, .slice, .unary, .binary, .has, .range: return nil
    }
  }

  private func meaning(ofName name: String, depth: Int) -> Meaning? {
    if let local = locals[name] { return local }
    if let field = fields[name] { return field }
    if let table = names.tables[name] { return .rows(table) }
    if names.states[name] != nil { return .state(name) }
    if let value = names.constants[name] { return meaning(of: value, depth: depth + 1) }
    if hasPacket, let layer = Layer.allCases.first(where: { $0.name == name }) {
      return .layer(layer, prefix: "")
    }
    if let tree = names.imports[name].flatMap({ script($0) }) { return .module(tree) }
    switch name {
    case "pkt" where hasPacket: return .packet(isInner: false)
    case "dev" where hasPacket: return .device
    case "skb" where isKernel: return .kernel(.pointer(.structure("sk_buff")))
    case "sock" where isKernel: return .kernel(.pointer(.structure("sock")))
    case "args" where isKernel: return .arguments
    default: return nil
    }
  }

  private func element(_ key: Expression?, of meaning: Meaning) -> Meaning? {
    switch meaning {
    case .arguments:
      guard case .integer(let number)? = key?.kind else { return nil }
      let types = points.compactMap { point -> KernelType? in
        let arguments = point.typedArguments.isEmpty ? point.arguments : point.typedArguments
        return number > 0 && number <= arguments.count ? arguments[Int(number) - 1].type : nil
      }
      return types.first.map { meaningOf($0) }
    case .kernel(.array(let element, _)): return meaningOf(element)
    case .state: return meaning
    default: return nil
    }
  }

  private func result(
    _ callee: Expression, _ arguments: [ArgumentSyntax], depth: Int
  ) -> Meaning? {
    switch callee.kind {
    case .name("take"):
      return arguments.first.flatMap { meaning(of: $0.value, depth: depth) }
    case .name(let name) where names.functions[name] == nil:
      if types.hasStructure(name) { return .kernel(.pointer(.structure(name))) }
      return types.enumeration(name).map { .enumeration($0) }
    case .member(let base, let name, _) where ["top", "by"].contains(name.text):
      if case .rows(let table)? = meaning(of: base, depth: depth) { return .rows(table) }
      return nil
    default: return nil
    }
  }

  private func meaningOf(_ type: KernelType) -> Meaning {
    if case .enumeration(let name, _) = type, let enumeration = types.enumeration(name) {
      return .enumeration(enumeration)
    }
    return .kernel(type)
  }

  private func structure(_ type: KernelType) -> String? {
    switch type {
    case .pointer(.structure(let name)), .structure(let name): name
    default: nil
    }
  }

  private func member(_ name: String, of meaning: Meaning) -> Meaning? {
    switch meaning {
    case .packet:
      if let layer = Layer.allCases.first(where: { $0.name == name }) {
        return .layer(layer, prefix: "")
      }
      return name == "inner" ? .packet(isInner: true) : name == "flow" ? .flow : nil
    case .layer(let layer, let prefix):
      if name == "payload", prefix.isEmpty { return .payload }
      let full = prefix.isEmpty ? name : "\(prefix).\(name)"
      let isGroup = layer.fields.contains { $0.name.hasPrefix(full + ".") }
      return isGroup ? .layer(layer, prefix: full) : nil
    case .kernel(let type):
      guard let structure = structure(type) else { return nil }
      if structure == "sock", types.member(name, of: structure) == nil {
        if name == "flow" { return .flow }
        if name == "state" { return .enumeration(types.tcpStates) }
      }
      return types.member(name, of: structure).map { meaningOf($0.type) }
    case .arguments:
      for point in points {
        if let argument = point.arguments.first(where: { $0.name == name }) {
          return meaningOf(argument.type)
        }
      }
      return nil
    case .device:
      guard isKernel, !["name", "index"].contains(name) else { return nil }
      return types.member(name, of: "net_device").map { meaningOf($0.type) }
    case .flow: return name == "reverse" ? .flow : nil
    case .record(let members): return members[name]
    case .rows(let table): return ["top", "by"].contains(name) ? .rows(table) : nil
    case .payload, .enumeration, .module, .state, .row, .hop: return nil
    }
  }

  // MARK: Members

  /// Names behind a point.
  func members(of meaning: Meaning) -> [String] {
    switch meaning {
    case .packet(let isInner):
      let own = Catalogue.packetMembers.map(\.name).filter { name in
        isInner ? ["len", "flow"].contains(name) : !(isKernel && name == "summary")
      }
      return own + Layer.allCases.map(\.name)
    case .layer(let layer, let prefix):
      let start = prefix.isEmpty ? "" : prefix + "."
      let fields = layer.fields.map(\.name).filter { $0.hasPrefix(start) }.compactMap {
        $0.dropFirst(start.count).split(separator: ".").first.map(String.init)
      }
      guard prefix.isEmpty else { return fields }
      // `import "net/tcp"`: what it declares is there beside the layer's fields.
      let imported = names.imports[layer.name].flatMap { script($0) }
      return fields + (layer.definition.payload == nil ? [] : ["payload"])
        + (imported.map { members(of: .module($0)) } ?? [])
    case .payload: return ["len"]
    case .kernel(let type): return structure(type).map { members(ofStructure: $0) } ?? []
    case .arguments: return points.flatMap { $0.arguments.map(\.name) }.filter { !$0.isEmpty }
    case .device:
      return ["name", "index"] + (isKernel ? types.memberNames(of: "net_device") : [])
    case .flow: return FlowMember.allCases.map(\.rawValue) + ["reverse"]
    case .enumeration: return []
    case .module(let tree):
      let names = SessionNames(tree.declarations)
      return names.functions.keys.map { $0 + "(" } + names.constants.keys + names.filters
        + names.options + names.tables.keys + names.states.keys
    case .state(let name): return names.members(ofState: name)
    case .record(let members): return Array(members.keys)
    case .rows: return ["top(", "by("]
    case .row(let table):
      return table.keys.map(\.text) + Aggregation.rowNames(of: table.aggregation.text)
    case .hop: return HopField.allCases.map(\.rawValue)
    }
  }

  private func members(ofStructure name: String) -> [String] {
    var members = types.memberNames(of: name)
    if name == "sock" {
      members += ["flow", "state"]
      // The kernel's macros: sk_family is __sk_common.skc_family.
      members += types.memberNames(of: "sock_common").filter { $0.hasPrefix("skc_") }
        .map { "sk_" + $0.dropFirst(4) }
    }
    return members
  }

  /// Whether something can follow a member's name that is part of it.
  func goesOn(_ name: String, of meaning: Meaning) -> Bool {
    guard let found = member(name, of: meaning) else { return false }
    if case .kernel(let type) = found { return structure(type) != nil }
    if case .enumeration = found { return false }
    return true
  }
}
