package import Language

/// What scripts can name in the running kernel: from its BTF, that of its modules, and tracefs.
///
/// Names are looked for when they are asked for, each once: a pass through the kernel's types takes
/// under a millisecond, an index of them all would take longer than a script needs. Modules are
/// looked at for names that the kernel itself does not have, and for patterns.
package final class BTFKernelTypes: KernelTypes {
  let btf: BTF
  let tracefs: Tracefs
  private var structures: [String: [Composite]] = [:]
  private var enumerations: [String: Enumeration?] = [:]
  private var prototypes: [Prototype: ([KernelSignature.Argument], KernelType?)] = [:]
  /// Types that tracefs names: nil for those that BTF does not know.
  var namedTypes: [String: KernelType?] = [:]
  private(set) lazy var kernelTracepoints = TracepointIndex(btf.kernel)
  private(set) lazy var moduleTracepoints = btf.modules.map { TracepointIndex($0) }
  /// Categories of events by name; empty where tracefs cannot be read.
  private(set) lazy var categories = tracefs.categories()

  package init(btf: BTF, tracefs: Tracefs) {
    self.btf = btf
    self.tracefs = tracefs
  }

  package var isKnown: Bool { true }

  /// A structure or union, or a typedef of one, and whose types it is among.
  private struct Composite {
    let types: TypeInformation
    let id: UInt32
  }

  private struct Prototype: Hashable {
    let types: ObjectIdentifier
    let id: UInt32
  }

  // MARK: Functions

  package func functions(matching pattern: String) -> [KernelSignature] {
    guard Glob(pattern).isPattern else {
      return first { $0.find(pattern, [.function]) }
        .map { [signature($0.types, $0.id, pattern)] } ?? []
    }
    var seen: Set<String> = []
    var result: [KernelSignature] = []
    for types in [btf.kernel] + btf.modules {
      types.forEachFunction(matching: Glob(pattern)) { id in
        // BTF made of several functions of one name lists it as often; a probe names only one.
        let name = types.name(id)
        if seen.insert(name).inserted { result.append(signature(types, id, name)) }
      }
    }
    return result.sorted { $0.name < $1.name }
  }

  private func signature(_ types: TypeInformation, _ id: UInt32, _ name: String) -> KernelSignature
  {
    let prototype = types.target(id)
    let key = Prototype(types: ObjectIdentifier(types), id: prototype)
    let (arguments, returned) =
      prototypes[key] ?? (types.arguments(ofPrototype: prototype), types.returned(prototype))
    prototypes[key] = (arguments, returned)
    return KernelSignature(
      name: name, module: types.module, arguments: arguments, returned: returned,
      slotCount: types.slotCount(ofPrototype: prototype))
  }

  package func functionNames() -> [String] { Array(Set(btf.functionNames())) }

  // MARK: Structures

  package func member(_ name: String, of structure: String) -> KernelMember? {
    for found in composites(structure) {
      if let field = found.types.member(name, of: found.id) {
        return KernelMember(
          path: name,
          type: found.types.kernelType(of: field, place: "\(structure).\(name)"))
      }
    }
    // The kernel's macros: sk_family is __sk_common.skc_family.
    for (prefix, common) in [("sk_", "__sk_common.skc_"), ("inet_", "sk.__sk_common.skc_")]
    where name.hasPrefix(prefix) {
      let path = common + name.dropFirst(prefix.count)
      for found in composites(structure) {
        if let field = found.types.field(of: structure, path: path) {
          return KernelMember(
            path: path, type: found.types.kernelType(of: field, place: "\(structure).\(path)"))
        }
      }
    }
    return nil
  }

  package func hasStructure(_ name: String) -> Bool {
    // By CO-RE only what is called so is found, and as what it is.
    composites(name).contains { $0.types.kind($0.id) == .structure && $0.types.name($0.id) == name }
  }

  package func memberNames(of structure: String) -> [String] {
    var names: [String] = []
    for found in composites(structure) { found.types.appendMemberNames(of: found.id, to: &names) }
    return names
  }

  /// Structures and unions of this name, typedefs of those that have none, and by `outer.member` the
  /// one that stands there.
  private func composites(_ name: String) -> [Composite] {
    if let known = structures[name] { return known }
    var result: [Composite] = []
    let path = name.split(separator: ".")
    if path.isEmpty {
      return []
    } else if path.count > 1 {
      for found in composites(String(path[0])) {
        if let field = found.types.field(
          of: String(path[0]), path: path.dropFirst().joined(separator: "."))
        {
          result.append(
            Composite(types: found.types, id: found.types.withoutArrays(field.type)))
        }
      }
    } else if let (types, _) = first(where: { $0.composites(named: name) }) {
      result = types.composites(named: name).map { Composite(types: types, id: $0) }
    }
    structures[name] = result
    return result
  }

  // MARK: Enumerations

  package func enumeration(_ name: String) -> Enumeration? {
    if let known = enumerations[name] { return known }
    let found = first {
      let ids = $0.find(name, [.enumeration, .enumeration64, .typedef])
      return ids.map($0.stripped).filter { [types = $0] id in !types.enumerators(of: id).isEmpty }
    }
    let result = found.map { $0.types.enumeration($0.id, name: name) }
    enumerations[name] = result
    return result
  }

  package func enumerators(
    named name: String
  ) -> [(enumeration: Enumeration, value: Int64)] {
    guard let (types, _) = first(where: { $0.enumerations(with: name) }) else { return [] }
    var result: [(enumeration: Enumeration, value: Int64)] = []
    for id in types.enumerations(with: name) {
      let enumeration = types.enumeration(id, name: types.name(id))
      for item in enumeration.cases where item.name == name {
        if !result.contains(where: { $0.value == item.value && $0.enumeration == enumeration }) {
          result.append((enumeration, item.value))
        }
      }
    }
    return result
  }

  // MARK: Finding

  /// The first type that `find` finds: among the kernel's, else among a module's.
  func first(
    where find: (TypeInformation) -> [UInt32]
  ) -> (types: TypeInformation, id: UInt32)? {
    if let id = find(btf.kernel).first { return (btf.kernel, id) }
    for types in btf.modules {
      if let id = find(types).first { return (types, id) }
    }
    return nil
  }
}

extension TypeInformation {
  /// A prototype's parameters with the slots that programs find them in. Those of unknown number
  /// (`...`) are left out, and a structure that is passed by value cannot be read.
  func arguments(ofPrototype id: UInt32) -> [KernelSignature.Argument] {
    var slot = 0
    return parameters(ofPrototype: id).filter { $0.type != 0 }.map { parameter in
      let kind = kind(stripped(parameter.type))
      let isWhole = kind != .structure && kind != .union
      defer { slot += KernelFunction.slots(ofSize: size(parameter.type) ?? 8) }
      return KernelSignature.Argument(
        name: parameter.name,
        type: isWhole ? kernelType(parameter.type) : .other(text(parameter.type)), place: slot)
    }
  }

  /// Slots that all parameters take together.
  func slotCount(ofPrototype id: UInt32) -> Int {
    parameters(ofPrototype: id).filter { $0.type != 0 }
      .reduce(0) { $0 + KernelFunction.slots(ofSize: size($1.type) ?? 8) }
  }

  /// What a function of this prototype returns, nil for void.
  func returned(_ prototype: UInt32) -> KernelType? {
    let type = target(prototype)
    return kind(stripped(type)) == .void ? nil : kernelType(type)
  }

  /// Structures and unions that are called so, else what a typedef of this name stands for.
  func composites(named name: String) -> [UInt32] {
    let found = find(name, [.structure, .union])
    if !found.isEmpty { return found }
    return find(name, [.typedef]).map(stripped).filter {
      [.structure, .union].contains(kind($0))
    }
  }

  func enumeration(_ id: UInt32, name: String) -> Enumeration {
    Enumeration(
      name: name,
      cases: enumerators(of: id).map { Enumeration.Case(name: $0.name, value: $0.value) })
  }

  /// The element's type of an array of arrays, however deep; without modifiers.
  func withoutArrays(_ id: UInt32) -> UInt32 {
    var id = stripped(id)
    for _ in 0..<Self.depthLimit {
      guard let array = array(id) else { break }
      id = stripped(array.element)
    }
    return id
  }

  /// The names of a structure's members, those of anonymous ones among them.
  func appendMemberNames(of id: UInt32, to names: inout [String], depth: Int = 0) {
    if depth > Self.depthLimit { return }
    for member in members(of: stripped(id)) {
      if !member.name.isEmpty {
        if !names.contains(member.name) { names.append(member.name) }
      } else {
        appendMemberNames(of: member.type, to: &names, depth: depth + 1)
      }
    }
  }
}
