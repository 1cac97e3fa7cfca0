internal import Syntax

/// A way through the kernel's memory that is being written: `skb.dev.` …
struct KernelChain {
  var base: KernelRead.Base
  var hops: [KernelRead.Hop] = []
  /// Of what has been reached.
  var type: KernelType
  /// As scripts write it.
  var text: String
  /// This kernel lacks a part of it, which `?` allows.
  var isMissing = false
  /// Nothing is known of it.
  var isWild = false
  /// Base and offsets of the fields beside it, for addresses whose family another field tells.
  var record: [KernelSignature.Argument] = []
  var field = ""

  /// A field of a tracepoint's record itself.
  var isRecordField: Bool {
    if case .record = base { hops.isEmpty } else { false }
  }
}

extension Check {
  /// `chain.name`; nil if there is no such member, which has been said.
  func member(
    _ name: Name, isOptional: Bool, of chain: KernelChain, text: String
  ) -> Entity? {
    var result = chain
    result.text = text
    result.record = []
    if chain.isMissing { return .chain(result) }
    let structure: String
    let isEmbedded: Bool
    switch chain.type {
    case .pointer(.structure(let name)): (structure, isEmbedded) = (name, false)
    case .structure(let name): (structure, isEmbedded) = (name, true)
    case _ where chain.isWild: (structure, isEmbedded) = ("", false)
    case .pointer(.void):
      report(
        "'\(chain.text)' points to no certain type", at: name.span,
        hints: ["say to which: sock(\(chain.text)).\(name.text)"])
      return nil
    case .integer, .bitField, .enumeration, .boolean, .pointer, .array, .characters, .locatedText,
      .void, .other:
      report(
        "'\(chain.text)' has no members: it is \(chain.type.described)", at: name.span,
        hints: chain.type.isNumber
          ? ["if it is a pointer, say to what: T(\(chain.text)).\(name.text)"] : [])
      return nil
    }
    if structure == "sock", let special = socketMember(name, chain, text: text) { return special }
    let isOptional = isOptional || (isEmbedded && chain.hops.last?.isOptional == true)
    guard let member = structure.isEmpty ? nil : types.member(name.text, of: structure) else {
      return missingMember(
        name, of: structure, isEmbedded: isEmbedded, isOptional: isOptional, result)
    }
    if isEmbedded {
      guard let last = result.hops.popLast() else {
        report("'\(chain.text)' is a structure by value, which cannot be read", at: name.span)
        return nil
      }
      result.hops.append(
        KernelRead.Hop(
          structure: last.structure, path: last.path + "." + member.path, isOptional: isOptional))
    } else {
      result.hops.append(
        KernelRead.Hop(structure: structure, path: member.path, isOptional: isOptional))
    }
    result.type = member.type
    result.field = name.text
    return .chain(result)
  }

  private func missingMember(
    _ name: Name, of structure: String, isEmbedded: Bool, isOptional: Bool, _ chain: KernelChain
  ) -> Entity? {
    var result = chain
    if !types.lacks(.member(name.text, of: structure)) {
      noteUnchecked(chain.text)
      if isEmbedded, let last = result.hops.popLast() {
        result.hops.append(
          KernelRead.Hop(
            structure: last.structure, path: last.path + "." + name.text, isOptional: isOptional))
      } else {
        result.hops.append(
          KernelRead.Hop(structure: structure, path: name.text, isOptional: isOptional))
      }
      result.isWild = true
      result.type = .other("?")
      return .chain(result)
    }
    if isOptional {
      result.isMissing = true
      return .chain(result)
    }
    if !types.hasStructure(structure) {
      report(
        "this kernel has no struct \(structure)", at: name.span,
        hints: ["write \(name.text)? where a kernel may lack it"])
      return nil
    }
    report(
      "struct \(structure) has no member '\(name.text)'", at: name.span,
      hints: suggestion(for: name.text, among: types.memberNames(of: structure)).orElse(
        "write \(name.text)? if other kernels have it"))
    return nil
  }

  /// `sock.flow`, `sock.state`.
  private func socketMember(_ name: Name, _ chain: KernelChain, text: String) -> Entity? {
    switch name.text {
    case "flow" where types.member("flow", of: "sock") == nil:
      let read = KernelRead(base: chain.base, hops: chain.hops, value: .socketFlow, text: text)
      return .value(TypedExpression(.kernel(read), .flow, span: name.span))
    case "state" where types.member("state", of: "sock") == nil:
      let hop = KernelRead.Hop(
        structure: "sock", path: "__sk_common.skc_state", isOptional: false)
      let read = KernelRead(
        base: chain.base, hops: chain.hops + [hop],
        value: .integer(bytes: 1, isSigned: false, isBigEndian: false), text: text)
      return .value(TypedExpression(.kernel(read), type(of: types.tcpStates), span: name.span))
    default: return nil
    }
  }

  /// The value at the end of a chain; nil if it has none that scripts can read.
  func value(of chain: KernelChain, at span: Span) -> TypedExpression? {
    func read(_ value: KernelRead.Value, _ type: ValueType) -> TypedExpression {
      TypedExpression(
        .kernel(
          KernelRead(
            base: chain.base, hops: chain.hops, value: value, text: chain.text,
            isMissing: chain.isMissing)), type, span: span)
    }
    if chain.isMissing || chain.isWild {
      let value = read(
        .integer(bytes: 8, isSigned: false, isBigEndian: false), .integer(.decimal))
      if case .kernel(let read) = value.kind { wildReads.insert(read) }
      return value
    }
    switch chain.type {
    case .pointer:
      if chain.hops.isEmpty {
        if case .skb = chain.base {
          return TypedExpression(.context(.skb), .integer(.pointer), span: span)
        }
        if case .pointer(let value) = chain.base {
          return value.retyped(.integer(.pointer)).placed(at: span)
        }
      }
      return read(.pointer, .integer(.pointer))
    case .integer(let bytes, let isSigned, let isBigEndian):
      return read(
        .integer(bytes: bytes, isSigned: isSigned, isBigEndian: isBigEndian),
        .integer(bytes == 8 && !isSigned ? .unsigned : .decimal))
    case .bitField(let isSigned):
      return read(.bitField(isSigned: isSigned), .integer(.decimal))
    case .enumeration(let name, let bytes):
      let enumeration = types.enumeration(name)
      let isSigned = enumeration?.cases.contains { $0.value < 0 } ?? false
      return read(
        .integer(bytes: bytes, isSigned: isSigned, isBigEndian: false),
        enumeration.map { type(of: $0) } ?? .integer(.decimal))
    case .boolean:
      return read(.integer(bytes: 1, isSigned: false, isBigEndian: false), .boolean)
    case .characters(let count): return read(.characters(count), .text)
    case .locatedText: return read(.string, .text)
    case .array(_, let count):
      let ways = count == 6 ? "mac" : count == 4 || count == 16 ? "addr" : "text"
      report(
        "'\(chain.text)' is \(chain.type.described), which has no one value", at: span,
        hints: ["read it as something: \(ways)(\(chain.text))"])
    case .structure(let name):
      report(
        "'\(chain.text)' is a struct \(name)", at: span,
        hints: memberHint(of: name, after: chain.text))
    case .void, .other:
      report("'\(chain.text)' is \(chain.type.described), which scripts cannot read", at: span)
    }
    return nil
  }

  private func memberHint(of structure: String, after text: String) -> [String] {
    let names = types.memberNames(of: structure).prefix(5)
    return names.isEmpty
      ? []
      : ["name a member: \(names.map { "\(text).\($0)" }.joined(separator: ", ")), …"]
  }
}

extension KernelType {
  var isNumber: Bool {
    if case .integer = self { true } else { false }
  }

  /// For messages.
  var described: String {
    switch self {
    case .integer, .bitField: "a number"
    case .enumeration(let name, _): "an enum \(name)"
    case .boolean: "a truth value"
    case .pointer(.structure(let name)): "a pointer to a struct \(name)"
    case .pointer: "a pointer"
    case .structure(let name): "a struct \(name)"
    case .array(let element, let count): "an array of \(count) × \(element.described)"
    case .characters, .locatedText: "a text"
    case .void: "nothing"
    case .other(let text): text
    }
  }
}
