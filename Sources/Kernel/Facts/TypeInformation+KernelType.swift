package import Language

extension TypeInformation {
  /// The kernel's names for numbers in network order.
  private static let bigEndian: Set<String> = ["__be16", "__be32", "__be64"]

  /// The type as scripts see it.
  ///
  /// A structure without a name of its own goes by its typedef's (`possible_net_t`) or by where it
  /// stands (`tcp_sock.rcv_rtt_est`), and is only a structure where it is embedded: CO-RE finds
  /// nothing by such a name, so a pointer to it leads nowhere.
  ///
  /// - Parameter place: the structure and member that it is the type of, empty if of none.
  package func kernelType(_ id: UInt32, place: String = "") -> KernelType {
    kernelType(id, place: place, depth: 0)
  }

  /// The type of a structure's member.
  package func kernelType(of field: Field, place: String) -> KernelType {
    guard field.bitFieldSize == nil else {
      return .bitField(isSigned: integer(stripped(field.type))?.isSigned ?? false)
    }
    return kernelType(field.type, place: place)
  }

  private func kernelType(_ id: UInt32, place: String, depth: Int) -> KernelType {
    if depth > Self.depthLimit { return .other("…") }
    let (type, alias, isBigEndian) = withoutModifiers(id)
    let name = name(type)
    let kind = kind(type)
    switch kind {
    case .void: return .void
    case .integer:
      guard let integer = integer(type), integer.bytes <= 8 else { return .other(text(id)) }
      if integer.isBoolean { return .boolean }
      if integer.bits < 8 * integer.bytes { return .bitField(isSigned: integer.isSigned) }
      // Compilers differ in whether BTF calls a plain char signed.
      return .integer(
        bytes: integer.bytes, isSigned: integer.isSigned || name == "char",
        isBigEndian: isBigEndian)
    case .enumeration, .enumeration64:
      let bytes = size(type) ?? 4
      let known = name.isEmpty ? alias : name
      return known.map { .enumeration(name: $0, bytes: bytes) }
        ?? .integer(bytes: bytes, isSigned: isSignedEnumeration(type), isBigEndian: false)
    case .structure, .union, .forward:
      let known = name.isEmpty ? alias ?? (place.isEmpty ? nil : place) : name
      return known.map { .structure($0) } ?? .other(text(id))
    case .array:
      guard let array = array(type) else { return .other(text(id)) }
      if isCharacter(array.element) { return .characters(array.count) }
      return .array(
        kernelType(array.element, place: place, depth: depth + 1), count: array.count)
    case .pointer: return pointer(to: target(type), text: text(id), depth: depth)
    case .typedef, .volatile, .const, .restrict, .function, .functionPrototype, .variable,
      .dataSection, .float, .declarationTag, .typeTag, .unknown:
      return .other(text(id))
    }
  }

  private func pointer(to id: UInt32, text: String, depth: Int) -> KernelType {
    let pointee = stripped(id)
    switch kind(pointee) {
    case .functionPrototype: return .other(text)
    case .union: return .pointer(.other(self.text(id)))
    case .structure, .forward:
      let name = name(pointee)
      return .pointer(name.isEmpty ? .other(self.text(id)) : .structure(name))
    default: return .pointer(kernelType(id, place: "", depth: depth + 1))
    }
  }

  /// Whether the type is `char`, through modifiers and typedefs.
  func isCharacter(_ id: UInt32) -> Bool {
    let type = stripped(id)
    return kind(type) == .integer && name(type) == "char"
  }

  /// The type behind modifiers and typedefs, the last typedef's name on the way, and whether one of
  /// them says that it is in network order.
  private func withoutModifiers(
    _ id: UInt32
  ) -> (type: UInt32, alias: String?, isBigEndian: Bool) {
    var id = id
    var alias: String?
    var isBigEndian = false
    for _ in 0..<Self.depthLimit {
      switch kind(id) {
      case .typedef:
        let name = name(id)
        alias = name
        if Self.bigEndian.contains(name) { isBigEndian = true }
        id = target(id)
      case .volatile, .const, .restrict, .typeTag: id = target(id)
      default: return (id, alias, isBigEndian)
      }
    }
    return (0, nil, false)
  }
}
