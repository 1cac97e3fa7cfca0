internal import Language
internal import Syntax

/// What the declarations of a session name.
struct SessionNames {
  private(set) var probes: [String: ProbeSyntax] = [:]
  private(set) var paths: [String: PathSyntax] = [:]
  private(set) var tables: [String: TableSyntax] = [:]
  private(set) var states: [String: StateSyntax] = [:]
  private(set) var functions: [String: FunctionSyntax] = [:]
  private(set) var constants: [String: Expression] = [:]
  private(set) var filters: Set<String> = []
  private(set) var options: Set<String> = []
  /// Paths of imported scripts.
  private(set) var imports: [String: String] = [:]
  /// All bodies, which tell what states hold.
  private(set) var bodies: [Block] = []

  /// - Parameter declarations: a later one of a name replaces the earlier.
  init(_ declarations: [Declaration]) {
    for declaration in declarations {
      switch declaration.kind {
      case .option(let option): options.insert(option.name.text)
      case .importing(let item):
        guard let path = item.path.plainText else { continue }
        let last = path.split(separator: "/").last.map(String.init) ?? path
        imports[item.alias?.text ?? last] = path
      case .constant(let name, let value): constants[name.text] = value
      case .function(let function):
        functions[function.name.text] = function
        if case .block(let block) = function.body { bodies.append(block) }
      case .filter(let name, _): filters.insert(name.text)
      case .table(let table): tables[table.name.text] = table
      case .state(let state): states[state.name.text] = state
      case .probe(let probe):
        if let name = probe.name?.text ?? probe.points.usualName { probes[name] = probe }
        bodies.append(probe.body)
      case .path(let path):
        paths[path.name.text] = path
        if let body = path.body { bodies.append(body) }
      case .on(_, let block), .every(_, let block), .begin(let block), .end(let block):
        bodies.append(block)
      case .c, .statement: continue
      }
    }
  }

  var handled: [String] { Array(probes.keys) + paths.keys }

  /// What has a declaration of its own.
  var all: [String] { handled + tables.keys + states.keys + values }

  /// What expressions of either half can name.
  var values: [String] {
    Array(functions.keys) + constants.keys + filters + options
  }

  /// Names of what a state keeps for a key; empty where it keeps one value.
  func members(ofState name: String) -> [String] {
    var members: Set<String> = []
    for body in bodies {
      body.forEachStatement { statement in
        guard case .assignment(let target, _, let value) = statement.kind,
          case .record(let items) = value.kind, target.root == name,
          items.count > 1 || items.first?.name != nil
        else { return }
        members.formUnion(items.compactMap { $0.name?.text ?? $0.value.fieldName })
      }
    }
    return Array(members)
  }
}

extension Block {
  /// Every statement in it, those of inner blocks too.
  func forEachStatement(_ body: (Statement) -> Void) {
    for statement in statements { statement.forEach(body) }
  }

  /// What its events have, by name.
  var emitted: [String: Expression?] {
    var fields: [String: Expression?] = [:]
    forEachStatement { statement in
      guard case .emit(let items, _) = statement.kind else { return }
      for item in items {
        if let name = item.name?.text ?? item.value?.fieldName { fields[name] = item.value }
      }
    }
    return fields
  }
}

extension Statement {
  fileprivate func forEach(_ body: (Statement) -> Void) {
    body(self)
    switch kind {
    case .condition(_, let then, let otherwise):
      then.forEachStatement(body)
      switch otherwise {
      case .block(let block): block.forEachStatement(body)
      case .condition(let statement): statement.forEach(body)
      case nil: break
      }
    case .loop(_, _, let block): block.forEachStatement(body)
    default: break
    }
  }
}

extension Expression {
  /// The name that a chain of members and keys begins with.
  var root: String? {
    switch kind {
    case .name(let name): name
    case .index(let base, _): base.root
    default: nil
    }
  }
}
