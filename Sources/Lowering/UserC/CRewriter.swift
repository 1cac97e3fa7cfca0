/// Makes the loads of a function of C safe: each from memory that is not the program's own becomes a
/// call of NC_C_LOAD or NC_C_BITS (`bpf/c_block.h`).
///
/// What is a load is said by clang's syntax tree: a conversion of an lvalue to its value. Text is put
/// around the lvalue, so that a load in a load is just one call in the other's argument.
package struct CRewriter {
  /// Something that the function may not do.
  package struct Problem: Sendable, Equatable {
    /// Bytes of the text.
    package let range: Range<Int>
    package let message: String
    package let hints: [String]
  }

  private struct Edit {
    let at: Int
    let removed: Int
    let text: String
    /// Of what it is put around, for the order of those at one place.
    let length: Int
    let isEnd: Bool
  }

  private let text: [UInt8]
  private let bitFields: Set<String>
  private let refused: [String: String]
  private var memory: CMemory
  private var edits: [Edit] = []
  private var done: Set<Range<Int>> = []
  private var parameters: [String: String] = [:]
  /// Members of structures that the function declares, and which of them are bit fields.
  private var ownMembers: [String: Bool] = [:]
  /// Names of the bit fields of structures that the text declares outside, by their tags.
  private var ownStructures: [String: Set<String>] = [:]
  package private(set) var problems: [Problem] = []

  /// Rewrites the functions in a text.
  ///
  /// - Parameters:
  ///   - text: what clang was given: preprocessed, so that places in it are exact.
  ///   - tree: what clang has printed of it, as JSON.
  ///   - bitFields: names of bit fields of the kernel's types in it.
  ///   - own: names of parameters that point to the program's own memory.
  ///   - refused: names of parameters that may not be used, and why.
  ///   - functions: those that others call: their parameters are what they are called with.
  ///   - structures: tags of those that the text declares outside of functions.
  /// - Returns: nil if the tree is not one; else the text, and what is wrong with it.
  package static func rewrite(
    _ text: [UInt8], tree: [UInt8], bitFields: Set<String>, own: Set<String>,
    refused: [String: String] = [:], functions: Set<String> = [], structures: Set<String> = []
  ) -> (text: [UInt8], problems: [Problem])? {
    guard let nodes = CNode.parse(tree) else { return nil }
    // What several filters have asked for is there several times.
    var known: Set<String> = []
    let found = nodes.filter { node in
      known.insert("\(node.kind) \(node.name) \(node.range.map(String.init(describing:)) ?? "")")
        .inserted
    }
    var members: [String: Set<String>] = [:]
    for node in found where node.kind == "RecordDecl" && structures.contains(node.name) {
      var bits: Set<String> = []
      node.visit { if $0.kind == "FieldDecl", $0.isBitField { bits.insert($0.name) } }
      members[node.name] = bits.union(members[node.name] ?? [])
    }
    let declared = found.filter {
      $0.kind == "FunctionDecl"
        && (functions.contains($0.name) || $0.name.hasPrefix(UserC.functionPrefix)
          || functions.isEmpty)
    }
    let parameters = CCalls(declared, own: own, called: functions)
    var edits: [Edit] = []
    var problems: [Problem] = []
    for node in declared {
      if functions.contains(node.name) { edits += Self.inlining(node) }
      var one = CRewriter(
        text, node, bitFields, parameters.own(of: node.name),
        functions.contains(node.name) ? [:] : refused)
      one.ownStructures = members
      one.walk(node, parent: nil)
      edits += one.edits
      problems += one.problems
    }
    return (apply(edits, to: text), problems.sorted { $0.range.lowerBound < $1.range.lowerBound })
  }

  /// Has a function be part of those that call it, as all are in bcc.
  private static func inlining(_ function: CNode) -> [Edit] {
    guard let range = function.range else { return [] }
    let isStatic = function.storage == "static"
    return [
      Edit(
        at: range.lowerBound, removed: 0,
        text: "\(isStatic ? "" : "static ")inline __attribute__((always_inline)) ",
        length: range.count, isEnd: false)
    ]
  }

  private init(
    _ text: [UInt8], _ function: CNode, _ bitFields: Set<String>, _ own: Set<String>,
    _ refused: [String: String]
  ) {
    self.text = text
    self.bitFields = bitFields
    self.refused = refused
    memory = CMemory(function, ownParameters: own)
    var parameters: [String: String] = [:]
    var members: [String: Bool] = [:]
    function.visit { node in
      if node.kind == "ParmVarDecl" { parameters[node.id] = node.name }
      if node.kind == "FieldDecl" { members[node.id] = node.isBitField }
    }
    self.parameters = parameters
    ownMembers = members
  }

  private mutating func walk(_ node: CNode, parent: CNode?) {
    switch node.kind {
    // Nothing in there happens.
    case "UnaryExprOrTypeTraitExpr", "OffsetOfExpr": return
    case "ImplicitCastExpr":
      if node.castKind == "LValueToRValue", let place = node.children.first,
        !memory.isOwn(place), !isFieldQuestion(parent)
      {
        load(place, parent: parent)
      }
    case "BinaryOperator":
      if node.opcode == "=", let target = node.children.first { store(target, in: node) }
    case "CompoundAssignOperator":
      if let target = node.children.first { store(target, in: node) }
    case "UnaryOperator":
      if ["++", "--"].contains(node.opcode), let target = node.children.first {
        store(target, in: node)
      }
    case "DeclRefExpr":
      if let name = parameters[node.referenced], let reason = refused[name], let range = node.range
      {
        problems.append(Problem(range: range, message: reason, hints: []))
      }
    default: break
    }
    for child in node.children { walk(child, parent: node) }
  }

  /// `__builtin_preserve_field_info(x->y, n)` asks where the member is, and reads nothing.
  private func isFieldQuestion(_ parent: CNode?) -> Bool {
    guard let parent, parent.kind == "CallExpr" else { return false }
    var isQuestion = false
    parent.children.first?.visit {
      if $0.referencedName.hasPrefix("__builtin_preserve_") { isQuestion = true }
    }
    return isQuestion
  }

  private mutating func store(_ target: CNode, in node: CNode) {
    guard !memory.isOwn(target), let range = target.range ?? node.range else { return }
    let written = String(decoding: text[range], as: UTF8.self)
    problems.append(
      Problem(
        range: range, message: "C here can read the kernel's memory, and not write to it",
        hints: ["\(written) is not the script's own: a variable, or a field of 'user', is"]))
  }

  private mutating func load(_ place: CNode, parent: CNode?) {
    guard let range = place.range, done.insert(range).inserted else { return }
    let member = place.bare
    guard member.kind == "MemberExpr", let isBits = isBits(member),
      let (base, isArrow) = Self.base(of: member), let start = member.range, let inner = base.range,
      start.lowerBound == inner.lowerBound, inner.upperBound < start.upperBound
    else {
      put("NC_C_LOAD(", ")", around: range)
      return
    }
    // A bit field is promoted by its width, of which a value knows nothing.
    let promoted = parent?.castKind == "IntegralCast" && parent?.type == "int" ? "(int)" : ""
    let name = isBits == .own ? "NC_C_OWN_BITS" : "NC_C_BITS"
    let lines = text[inner.upperBound..<start.upperBound].count { $0 == UInt8(ascii: "\n") }
    put(
      "(\(promoted)\(name)(\(isArrow ? "" : "&(")",
      "\(isArrow ? "" : ")"), \(member.name)))" + String(repeating: "\n", count: lines),
      around: start, removing: inner.upperBound)
  }

  private enum Bits {
    case kernel, own
  }

  /// Nil for a member that has an address.
  private func isBits(_ member: CNode) -> Bits? {
    if let isBitField = ownMembers[member.referenced] { return isBitField ? .own : nil }
    if let (base, _) = Self.base(of: member), let tag = base.structureTag,
      let names = ownStructures[tag]
    {
      return names.contains(member.name) ? .own : nil
    }
    // Another structure may have something else of this name.
    let isNumber =
      !member.isPointer && !member.type.hasPrefix("struct ") && !member.type.hasPrefix("union ")
    return isNumber && bitFields.contains(member.name) ? .kernel : nil
  }

  /// What stands before a member, without the unnamed structures on the way; whether that is a pointer.
  private static func base(of member: CNode) -> (CNode, isArrow: Bool)? {
    var node = member
    while let inner = node.children.first {
      if inner.kind == "MemberExpr", inner.name.isEmpty {
        node = inner
        continue
      }
      return (inner, node.isArrow)
    }
    return nil
  }

  private mutating func put(
    _ opening: String, _ closing: String, around range: Range<Int>, removing from: Int? = nil
  ) {
    edits.append(
      Edit(
        at: range.lowerBound, removed: 0, text: opening, length: range.count, isEnd: false))
    let end = from ?? range.upperBound
    edits.append(
      Edit(
        at: end, removed: range.upperBound - end, text: closing, length: range.count, isEnd: true))
  }

  private static func apply(_ edits: [Edit], to text: [UInt8]) -> [UInt8] {
    let ordered = edits.sorted { a, b in
      if a.at != b.at { return a.at < b.at }
      if a.isEnd != b.isEnd { return a.isEnd }
      return a.isEnd ? a.length < b.length : a.length > b.length
    }
    var result: [UInt8] = []
    result.reserveCapacity(text.count + ordered.count * 12)
    var next = 0
    for edit in ordered {
      if edit.at > next { result += text[next..<edit.at] }
      next = max(next, edit.at)
      result += edit.text.utf8
      next = max(next, edit.at + edit.removed)
    }
    return result + text[next...]
  }
}
