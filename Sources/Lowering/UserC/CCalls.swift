/// What functions of a text are called with: which of their pointers are into the program's own memory.
///
/// A parameter is the program's own if all that it is ever given is.
struct CCalls {
  /// Names of own parameters, by function.
  private var parameters: [String: Set<String>] = [:]
  private let given: Set<String>

  /// - Parameters:
  ///   - functions: their declarations.
  ///   - own: parameters of functions that nobody calls.
  ///   - called: functions that others call.
  init(_ functions: [CNode], own: Set<String>, called: Set<String>) {
    given = own
    let bodies = functions.filter { $0.children.contains { $0.kind == "CompoundStmt" } }
    for function in bodies where called.contains(function.name) {
      parameters[function.name] = Set(
        function.children.filter { $0.kind == "ParmVarDecl" && $0.isPointer }.map(\.name))
    }
    let names = Dictionary(
      bodies.map { ($0.name, $0.children.filter { $0.kind == "ParmVarDecl" }.map(\.name)) },
      uniquingKeysWith: { first, _ in first })
    // Each round takes at least one away.
    var isStable = false
    while !isStable {
      isStable = true
      for function in bodies {
        let memory = CMemory(function, ownParameters: self.own(of: function.name))
        function.visit { node in
          guard node.kind == "CallExpr", let callee = node.children.first?.callee,
            let parameters = names[callee], called.contains(callee)
          else { return }
          for (name, argument) in zip(parameters, node.children.dropFirst())
          where self.parameters[callee]?.contains(name) == true && !memory.isOwn(pointer: argument)
          {
            self.parameters[callee]?.remove(name)
            isStable = false
          }
        }
      }
    }
  }

  func own(of function: String) -> Set<String> { parameters[function] ?? given }
}

extension CNode {
  /// The function that is called here by its name.
  fileprivate var callee: String? {
    var node = self
    while ["ImplicitCastExpr", "ParenExpr"].contains(node.kind), let inner = node.children.first {
      node = inner
    }
    return node.kind == "DeclRefExpr" ? node.referencedName : nil
  }
}
