package import Syntax

/// What can be asked of the kernel's types: `:type struct sk_buff`.
package enum TypeQuestion: Sendable, Equatable {
  /// A structure or union, or what a typedef of this name stands for.
  case structure(String)
  case enumeration(String)
  case function(String)

  package enum Kind: String, Sendable, CaseIterable {
    case structure = "struct"
    case enumeration = "enum"
    case function
  }

  package init(_ kind: Kind, _ name: String) {
    switch kind {
    case .structure: self = .structure(name)
    case .enumeration: self = .enumeration(name)
    case .function: self = .function(name)
    }
  }
}

extension KernelFacts {
  /// The answer as C: a structure with offsets, an enumeration with values, a function's prototype
  /// with what can be done with it. One after the other where the kernel and modules have several.
  ///
  /// - Parameter place: where the name stands.
  /// - Throws: a diagnostic with the nearest names.
  package func text(
    of question: TypeQuestion, at place: Diagnostic.Place? = nil
  ) throws(Diagnostic) -> String {
    guard let types else {
      throw Diagnostic(.error, "this kernel has no BTF: nothing is known of its types", at: place)
    }
    var parts: [String] = []
    for source in [types.kernel] + types.modules {
      let found =
        switch question {
        case .structure(let name): source.composites(named: name).map { source.layout(of: $0) }
        case .enumeration(let name):
          source.find(name, [.enumeration, .enumeration64]).map { source.enumerationText($0) }
        case .function(let name):
          source.find(name, [.function]).prefix(1).map { text(ofFunction: $0, name, source) }
        }
      // Modules repeat what they were built with: only what is different is news.
      for text in found where !parts.contains(text) {
        let module = source.module.map { "/* of the module \($0) */\n" } ?? ""
        parts.append(module + text)
      }
    }
    if parts.isEmpty { throw unknown(question, types, at: place) }
    return parts.joined(separator: "\n")
  }

  private func text(ofFunction id: UInt32, _ name: String, _ source: TypeInformation) -> String {
    let function = KernelFunction(source, function: id, name: name)
    let prototype = source.declaration(of: source.target(id), name: name) + ";\n"
    let skbs = function.skbArguments
    let skb =
      switch skbs.count {
      case 0: "it takes no skb: nothing of a packet can be named there"
      case 1: "the skb is argument \(skbs[0])"
      default:
        "arguments \(skbs.map(String.init).joined(separator: " and ")) are skbs: the first is taken, "
          + "or \(name)(skb: \(skbs[1]))"
      }
    let ways = mechanisms(for: function)
    let both = [
      ("fentry", "fexit", ways.fentry), ("kprobe", "kretprobe", ways.kprobe),
    ]
    let open = both.filter { !$0.2.isRuledOut }
    func names(_ name: ((String, String, Availability)) -> String) -> String {
      open.map { name($0) + ($0.2.isAvailable ? "" : "?") }.joined(separator: ", ")
    }
    var lines = [skb]
    if !open.isEmpty {
      lines.append("probe \(name) { }: \(names(\.0))")
      lines.append("probe return:\(name) { }: \(names(\.1))")
    }
    for (mechanism, _, way) in both {
      if let reason = way.reason { lines.append("\(mechanism): \(reason)") }
    }
    return prototype + lines.map { "  \($0)\n" }.joined()
  }

  private func unknown(
    _ question: TypeQuestion, _ types: BTF, at place: Diagnostic.Place?
  ) -> Diagnostic {
    let (what, name, kinds): (String, String, [TypeInformation.Kind]) =
      switch question {
      case .structure(let name): ("struct", name, [.structure, .union])
      case .enumeration(let name): ("enum", name, [.enumeration, .enumeration64])
      case .function(let name): ("function", name, [.function])
      }
    var names: Set<String> = []
    for source in [types.kernel] + types.modules {
      for kind in kinds {
        source.forEach(kind, prefix: "") { names.insert(source.name($0)) }
      }
    }
    let near = nearestNames(to: name, among: names)
    return Diagnostic(
      .error, "this kernel has no \(what) '\(name)'", at: place,
      hints: near.isEmpty ? [] : ["did you mean \(near.joined(separator: ", "))?"])
  }
}
