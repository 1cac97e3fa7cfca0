/// A member of a structure, however deep.
package struct Field: Sendable, Equatable {
  /// From the start of the outermost structure.
  package let bitOffset: Int
  /// Bits that a bit field has, nil for others.
  package let bitFieldSize: Int?
  package let type: UInt32
}

extension TypeInformation {
  /// An enumeration's names and values, in order; nil where there is no such enumeration.
  package func enumerators(ofEnum name: String) -> [(name: String, value: Int64)]? {
    find(name, [.enumeration, .enumeration64]).first.map { enumerators(of: $0) }
  }

  /// The member at a path such as `perf_event.kprobe.missed`, through members that are structures
  /// and unions, not through pointers; nil where there is none.
  ///
  /// Members of anonymous structures and unions count as the outer one's, as in C.
  package func field(of structure: String, path: String) -> Field? {
    for id in find(structure, [.structure, .union]) {
      var found: Field? = Field(bitOffset: 0, bitFieldSize: nil, type: id)
      for name in path.split(separator: ".", omittingEmptySubsequences: false) {
        guard let outer = found else { break }
        found = member(String(name), of: outer.type).map {
          Field(
            bitOffset: outer.bitOffset + $0.bitOffset, bitFieldSize: $0.bitFieldSize, type: $0.type)
        }
      }
      if let found { return found }
    }
    return nil
  }

  /// A member of a structure or union, through anonymous ones; nil where there is none.
  func member(_ name: String, of type: UInt32, depth: Int = 0) -> Field? {
    if depth > Self.depthLimit { return nil }
    for member in members(of: stripped(type)) {
      if member.name == name, !name.isEmpty {
        return Field(
          bitOffset: member.bitOffset, bitFieldSize: member.bitFieldSize, type: member.type)
      }
      if member.name.isEmpty, let inner = self.member(name, of: member.type, depth: depth + 1) {
        return Field(
          bitOffset: member.bitOffset + inner.bitOffset, bitFieldSize: inner.bitFieldSize,
          type: inner.type)
      }
    }
    return nil
  }
}
