extension TypeInformation {
  /// A structure or union as C declares it, with what is where: at each member the bytes from the
  /// start, of a bit field also the bits.
  func layout(of id: UInt32) -> String {
    var layout = Layout(types: self)
    layout.add(id, declarator: "", at: 0, indent: 0, depth: 0)
    return layout.text
  }

  /// An enumeration as C declares it.
  func enumerationText(_ id: UInt32) -> String {
    let cases = enumerators(of: id).map { "  \($0.name) = \($0.value),\n" }.joined()
    return "enum \(name(id)) {\n\(cases)};\n"
  }
}

/// Lines of a structure's declaration.
private struct Layout {
  let types: TypeInformation
  /// The comment is empty where a line has none.
  private var lines: [(code: String, comment: String)] = []

  /// Comments stand below each other, but not behind longer lines than this.
  private static let widest = 60

  init(types: TypeInformation) {
    self.types = types
  }

  var text: String {
    let width = lines.map(\.code.count).filter { $0 <= Self.widest }.max() ?? 0
    return lines.map { line in
      if line.comment.isEmpty { return line.code + "\n" }
      let space = String(repeating: " ", count: max(0, width - line.code.count))
      return "\(line.code)\(space)  /* \(line.comment) */\n"
    }.joined()
  }

  mutating func add(_ id: UInt32, declarator: String, at start: Int, indent: Int, depth: Int) {
    let margin = String(repeating: "  ", count: indent)
    let name = types.name(id)
    let head =
      (types.kind(id) == .union ? "union" : "struct") + (name.isEmpty ? "" : " \(name)")
    lines.append(
      ("\(margin)\(head) {", indent == 0 ? types.size(id).map { "\($0) bytes" } ?? "" : ""))
    for member in types.members(of: id) {
      add(member, at: start + member.bitOffset, indent: indent + 1, depth: depth + 1)
    }
    lines.append((margin + "}" + (declarator.isEmpty ? "" : " \(declarator)") + ";", ""))
  }

  private mutating func add(
    _ member: TypeInformation.Member, at bit: Int, indent: Int, depth: Int
  ) {
    var (type, dimensions) = (member.type, "")
    while let array = types.array(type), dimensions.utf8.count < 64 {
      dimensions += "[\(array.count)]"
      type = array.element
    }
    let isComposite = [.structure, .union].contains(types.kind(type))
    if isComposite, types.name(type).isEmpty, depth < TypeInformation.depthLimit {
      add(
        type, declarator: member.name + dimensions, at: bit, indent: indent, depth: depth)
      return
    }
    let margin = String(repeating: "  ", count: indent)
    let declaration = types.declaration(of: member.type, name: member.name)
    let bits = member.bitFieldSize.map { ": \($0)" } ?? ""
    let place = member.bitFieldSize == nil ? "\(bit / 8)" : "\(bit / 8):\(bit % 8)"
    lines.append(("\(margin)\(declaration)\(bits);", place))
  }
}
