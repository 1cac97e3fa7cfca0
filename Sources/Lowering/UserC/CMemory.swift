/// Which memory of a function of C is the program's own, and which is not: what is not may only be read
/// by helpers.
///
/// A pointer variable is the program's own if everything that it is ever given is; where that is not
/// known, it is not.
struct CMemory {
  /// Variables and parameters, by the identifier of their declaration.
  private var ownPointers: Set<String> = []

  /// - Parameter ownParameters: names of parameters that point to the program's own memory; those of
  ///   `function`, whatever they are called otherwise.
  init(_ function: CNode, ownParameters: Set<String>) {
    var variables: Set<String> = []
    var sources: [String: [CNode]] = [:]
    var exposed: Set<String> = []
    function.visit { node in
      switch node.kind {
      case "ParmVarDecl": if ownParameters.contains(node.name) { variables.insert(node.id) }
      case "VarDecl":
        guard node.isPointer else { return }
        variables.insert(node.id)
        if let value = node.children.first(where: { !$0.kind.hasSuffix("Attr") }) {
          sources[node.id, default: []].append(value)
        }
      case "BinaryOperator":
        guard node.opcode == "=", let target = node.children.first?.bare,
          target.kind == "DeclRefExpr", node.children.count == 2
        else { return }
        sources[target.referenced, default: []].append(node.children[1])
      case "UnaryOperator":
        if node.opcode == "&", let target = node.children.first?.bare,
          target.kind == "DeclRefExpr"
        {
          exposed.insert(target.referenced)
        }
      default: break
      }
    }
    ownPointers = variables.subtracting(exposed)
    var before = -1
    while before != ownPointers.count {
      before = ownPointers.count
      for id in ownPointers {
        if let values = sources[id], !values.allSatisfy({ isOwn(pointer: $0) }) {
          ownPointers.remove(id)
        }
      }
    }
  }

  /// Whether what an expression says is there is in the program's own memory.
  func isOwn(_ node: CNode) -> Bool {
    guard node.isLvalue else { return true }
    guard let first = node.children.first else {
      // A variable, a text: but not what is never said to be one.
      return ["DeclRefExpr", "StringLiteral", "PredefinedExpr"].contains(node.kind)
    }
    switch node.kind {
    case "DeclRefExpr", "StringLiteral", "PredefinedExpr", "CompoundLiteralExpr": return true
    case "MemberExpr": return node.isArrow ? isOwn(pointer: first) : isOwn(first)
    case "ArraySubscriptExpr":
      return node.children.first(where: \.isPointer).map { isOwn(pointer: $0) } ?? false
    case "UnaryOperator": return node.opcode == "*" ? isOwn(pointer: first) : isOwn(first)
    case "ParenExpr", "ImplicitCastExpr", "CStyleCastExpr", "GenericSelectionExpr",
      "ChooseExpr":
      return isOwn(first)
    default: return false
    }
  }

  /// Whether a pointer points into the program's own memory.
  func isOwn(pointer node: CNode) -> Bool {
    guard let first = node.children.first else { return false }
    switch node.kind {
    case "ParenExpr": return isOwn(pointer: first)
    case "ImplicitCastExpr", "CStyleCastExpr":
      switch node.castKind {
      case "ArrayToPointerDecay": return isOwn(first)
      case "FunctionToPointerDecay", "NullToPointer": return true
      case "BitCast", "NoOp", "AddressSpaceConversion": return isOwn(pointer: first)
      case "LValueToRValue":
        let place = first.bare
        return place.kind == "DeclRefExpr" && ownPointers.contains(place.referenced)
      default: return false
      }
    case "UnaryOperator":
      switch node.opcode {
      case "&": return isOwn(first)
      case "++", "--": return isOwnVariable(first)
      case "__extension__": return isOwn(pointer: first)
      default: return false
      }
    case "BinaryOperator":
      guard node.children.count == 2 else { return false }
      switch node.opcode {
      case "=", ",": return isOwn(pointer: node.children[1])
      case "+", "-":
        return node.children.first(where: \.isPointer).map { isOwn(pointer: $0) } ?? false
      default: return false
      }
    case "CompoundAssignOperator": return isOwnVariable(first)
    case "ConditionalOperator":
      return node.children.count == 3 && isOwn(pointer: node.children[1])
        && isOwn(pointer: node.children[2])
    case "StmtExpr": return first.children.last.map { isOwn(pointer: $0) } ?? false
    default: return false
    }
  }

  private func isOwnVariable(_ node: CNode) -> Bool {
    node.bare.kind == "DeclRefExpr" && ownPointers.contains(node.bare.referenced)
  }
}
