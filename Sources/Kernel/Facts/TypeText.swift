extension TypeInformation {
  /// The type as C writes it: `const struct sk_buff *`.
  package func text(_ id: UInt32) -> String { declaration(of: id, name: "") }

  /// A function's prototype without its result, as an error shows it:
  /// `icmp_rcv(struct sk_buff *skb)`.
  package func prototypeText(_ name: String, prototype: UInt32) -> String {
    name + parameterList(prototype, depth: 0)
  }

  /// A C declaration of `name` (empty for an abstract one) as this type.
  ///
  /// C wraps a declarator from the inside out: what stands around the name grows while the type
  /// is followed, and the specifier at the end of the chain goes first.
  package func declaration(of id: UInt32, name: String) -> String {
    declaration(of: id, name: name, depth: 0)
  }

  private func declaration(of id: UInt32, name: String, depth: Int) -> String {
    var declarator = name
    var qualifiers: [String] = []
    var id = id
    for _ in 0..<Self.depthLimit {
      let kind = kind(id)
      switch kind {
      case .const, .volatile, .restrict:
        qualifiers.insert(kind == .restrict ? "restrict" : "\(kind)", at: 0)
        id = target(id)
      case .typeTag, .declarationTag:
        id = target(id)
      case .pointer:
        let suffix = qualifiers.joined(separator: " ")
        qualifiers = []
        let space = suffix.isEmpty || declarator.isEmpty ? "" : " "
        declarator = "*" + suffix + space + declarator
        id = target(id)
      case .array:
        guard let array = array(id) else { return declarator }
        declarator = "\(parenthesized(declarator))[\(array.count)]"
        id = array.element
      case .functionPrototype:
        declarator = parenthesized(declarator) + parameterList(id, depth: depth + 1)
        id = target(id)
      case .void, .integer, .structure, .union, .enumeration, .enumeration64, .forward, .typedef,
        .float, .function, .variable, .dataSection, .unknown:
        let words = qualifiers + [specifier(id, kind)] + (declarator.isEmpty ? [] : [declarator])
        return words.joined(separator: " ")
      }
    }
    return declarator
  }

  private func parenthesized(_ declarator: String) -> String {
    declarator.hasPrefix("*") ? "(\(declarator))" : declarator
  }

  private func parameterList(_ prototype: UInt32, depth: Int) -> String {
    // Functions that take functions that take functions: enough is enough.
    if depth > 4 { return "(…)" }
    let parameters = parameters(ofPrototype: prototype)
    if parameters.isEmpty { return "(void)" }
    let texts = parameters.map {
      $0.type == 0 ? "..." : declaration(of: $0.type, name: $0.name, depth: depth)
    }
    return "(\(texts.joined(separator: ", ")))"
  }

  private func specifier(_ id: UInt32, _ kind: Kind) -> String {
    let name = name(id)
    switch kind {
    case .structure, .forward: return "struct \(name.isEmpty ? "{…}" : name)"
    case .union: return "union \(name.isEmpty ? "{…}" : name)"
    case .enumeration, .enumeration64: return "enum \(name.isEmpty ? "{…}" : name)"
    case .void: return "void"
    case .integer, .typedef, .float, .function, .variable, .dataSection, .pointer, .array, .const,
      .volatile, .restrict, .functionPrototype, .declarationTag, .typeTag, .unknown:
      return name.isEmpty ? "?" : name
    }
  }
}
