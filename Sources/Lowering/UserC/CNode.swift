/// A node of the syntax tree that clang prints: `-Xclang -ast-dump=json`.
final class CNode {
  var kind = ""
  var id = ""
  /// `LValueToRValue`, `ArrayToPointerDecay`, …; empty for what is no cast.
  var castKind = ""
  /// Of a declaration or, in an expression, of the member.
  var name = ""
  /// `&`, `*`, `=`, `++`, …
  var opcode = ""
  /// A member behind a pointer.
  var isArrow = false
  /// The type as C writes it, typedefs resolved.
  var type = ""
  /// An expression that has an address.
  var isLvalue = false
  /// Of a member's declaration.
  var isBitField = false
  /// `static`, `extern`; of a declaration.
  var storage = ""
  /// The declaration that a name or a member refers to.
  var referenced = ""
  var referencedName = ""
  /// Bytes of the text; nil where it is of nothing that stands there.
  var range: Range<Int>?
  var children: [CNode] = []

  /// Without parentheses around it.
  var bare: CNode {
    var node = self
    while node.kind == "ParenExpr", let inner = node.children.first { node = inner }
    return node
  }

  var isPointer: Bool { ["*", "*const", "*volatile"].contains { type.hasSuffix($0) } }

  /// `iphdr` of `struct iphdr`, `const struct iphdr *`; nil for what is no structure.
  var structureTag: String? {
    let words = type.split { $0 == " " || $0 == "*" }
    guard let place = words.firstIndex(where: { $0 == "struct" || $0 == "union" }) else {
      return nil
    }
    return words[(place + 1)...].first.map(String.init)
  }

  func visit(_ body: (CNode) -> Void) {
    body(self)
    for child in children { child.visit(body) }
  }

  /// The declarations that clang has printed, one JSON text behind the other.
  ///
  /// - Returns: nil if it is not that.
  static func parse(_ bytes: [UInt8]) -> [CNode]? {
    var reader = JSONReader(bytes)
    var nodes: [CNode] = []
    // Some versions say what they print.
    while reader.skip(to: UInt8(ascii: "{")) {
      guard let value = reader.value() else { return nil }
      nodes.append(node(value))
    }
    return nodes
  }

  private static func node(_ value: JSONTree) -> CNode {
    let node = CNode()
    guard case .object(let members) = value else { return node }
    for (key, value) in members {
      switch (key, value) {
      case ("kind", .string(let text)): node.kind = text
      case ("id", .string(let text)): node.id = text
      case ("castKind", .string(let text)): node.castKind = text
      case ("name", .string(let text)): node.name = text
      case ("storageClass", .string(let text)): node.storage = text
      case ("opcode", .string(let text)): node.opcode = text
      case ("isArrow", .bool(let flag)): node.isArrow = flag
      case ("isBitfield", .bool(let flag)): node.isBitField = flag
      case ("valueCategory", .string(let text)): node.isLvalue = text == "lvalue"
      case ("referencedMemberDecl", .string(let text)): node.referenced = text
      case ("referencedDecl", let declaration):
        node.referenced = declaration["id"]?.string ?? ""
        node.referencedName = declaration["name"]?.string ?? ""
      case ("type", let type):
        node.type = (type["desugaredQualType"] ?? type["qualType"])?.string ?? ""
      case ("range", let range):
        if let start = range["begin"]?["offset"]?.number, let end = range["end"],
          let last = end["offset"]?.number, let length = end["tokLen"]?.number,
          start <= last + length
        {
          node.range = start..<last + length
        }
      case ("inner", .array(let values)): node.children = values.map { Self.node($0) }
      default: break
      }
    }
    return node
  }
}

/// A JSON text as it was read (RFC 8259); numbers with a fraction are 0.
indirect enum JSONTree {
  case null
  case bool(Bool)
  case number(Int)
  case string(String)
  case array([JSONTree])
  case object([(String, JSONTree)])

  subscript(name: String) -> JSONTree? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.0 == name }?.1
  }

  var string: String? { if case .string(let text) = self { text } else { nil } }
  var number: Int? { if case .number(let number) = self { number } else { nil } }
}

/// Reads JSON texts, as far as they are well-formed.
struct JSONReader {
  private let bytes: [UInt8]
  private var index = 0
  private static let depthLimit = 4096

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// Goes to the next such byte; false where there is none.
  mutating func skip(to byte: UInt8) -> Bool {
    while index < bytes.count, bytes[index] != byte { index += 1 }
    return index < bytes.count
  }

  mutating func value() -> JSONTree? { value(depth: 0) }

  private mutating func value(depth: Int) -> JSONTree? {
    skipBlanks()
    guard index < bytes.count, depth < Self.depthLimit else { return nil }
    switch bytes[index] {
    case UInt8(ascii: "{"): return object(depth)
    case UInt8(ascii: "["): return array(depth)
    case UInt8(ascii: "\""): return text().map { .string($0) }
    case UInt8(ascii: "t"): return word("true") ? .bool(true) : nil
    case UInt8(ascii: "f"): return word("false") ? .bool(false) : nil
    case UInt8(ascii: "n"): return word("null") ? .null : nil
    default: return number()
    }
  }

  private mutating func object(_ depth: Int) -> JSONTree? {
    var members: [(String, JSONTree)] = []
    index += 1
    while true {
      skipBlanks()
      if take(UInt8(ascii: "}")) { return .object(members) }
      if !members.isEmpty, !take(UInt8(ascii: ",")) { return nil }
      skipBlanks()
      guard index < bytes.count, bytes[index] == UInt8(ascii: "\""), let name = text() else {
        return nil
      }
      skipBlanks()
      guard take(UInt8(ascii: ":")), let value = value(depth: depth + 1) else { return nil }
      members.append((name, value))
    }
  }

  private mutating func array(_ depth: Int) -> JSONTree? {
    var values: [JSONTree] = []
    index += 1
    while true {
      skipBlanks()
      if take(UInt8(ascii: "]")) { return .array(values) }
      if !values.isEmpty, !take(UInt8(ascii: ",")) { return nil }
      guard let value = value(depth: depth + 1) else { return nil }
      values.append(value)
    }
  }

  private mutating func text() -> String? {
    var result: [UInt8] = []
    index += 1
    while index < bytes.count {
      let byte = bytes[index]
      index += 1
      if byte == UInt8(ascii: "\"") { return String(decoding: result, as: UTF8.self) }
      if byte != UInt8(ascii: "\\") {
        result.append(byte)
        continue
      }
      guard index < bytes.count else { return nil }
      let escape = bytes[index]
      index += 1
      switch escape {
      case UInt8(ascii: "n"): result.append(10)
      case UInt8(ascii: "t"): result.append(9)
      case UInt8(ascii: "r"): result.append(13)
      case UInt8(ascii: "b"): result.append(8)
      case UInt8(ascii: "f"): result.append(12)
      case UInt8(ascii: "u"):
        guard index + 4 <= bytes.count,
          let code = UInt32(String(decoding: bytes[index..<index + 4], as: UTF8.self), radix: 16)
        else { return nil }
        index += 4
        // Half of a pair stands for something that no name has.
        result += String(Unicode.Scalar(code) ?? "?").utf8
      default: result.append(escape)
      }
    }
    return nil
  }

  private mutating func number() -> JSONTree? {
    let start = index
    while index < bytes.count, "+-.eE0123456789".utf8.contains(bytes[index]) { index += 1 }
    if start == index { return nil }
    return .number(Int(String(decoding: bytes[start..<index], as: UTF8.self)) ?? 0)
  }

  private mutating func word(_ text: String) -> Bool {
    guard bytes[index...].starts(with: text.utf8) else { return false }
    index += text.utf8.count
    return true
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard index < bytes.count, bytes[index] == byte else { return false }
    index += 1
    return true
  }

  private mutating func skipBlanks() {
    while index < bytes.count, [32, 9, 10, 13].contains(bytes[index]) { index += 1 }
  }
}
