package import Language

extension BTFKernelTypes {
  package func names(of kind: KernelNameKind, beginning prefix: String) -> [String] {
    var names: Set<String> = []
    for types in [btf.kernel] + btf.modules {
      switch kind {
      case .function: types.forEach(.function, prefix: prefix) { names.insert(types.name($0)) }
      case .skbFunction:
        types.forEach(.function, prefix: prefix) {
          if types.hasSkbArgument(ofPrototype: types.target($0)) { names.insert(types.name($0)) }
        }
      case .structure: types.forEach(.structure, prefix: prefix) { names.insert(types.name($0)) }
      case .enumeration:
        for kind in [TypeInformation.Kind.enumeration, .enumeration64] {
          types.forEach(kind, prefix: prefix) { names.insert(types.name($0)) }
        }
      case .enumerator: types.forEachEnumerator(prefix: prefix) { names.insert($0) }
      case .tracepoint: return tracepointNames().filter { $0.hasPrefix(prefix) }
      }
    }
    names.remove("")
    return Array(names)
  }
}
