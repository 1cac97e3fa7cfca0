internal import Syntax

/// `args.x` and `args[1]`
extension Check {
  func argument(_ name: Name, isOptional: Bool, at span: Span) -> Entity? {
    guard case .probe(let context) = body.place else { return nil }
    let text = "args.\(name.text)"
    if context.kind.isUser {
      report(
        "arguments of a program's function have no names", at: name.span,
        hints: ["they are counted from 1: args[1]"])
      return nil
    }
    guard let signature = context.signature, !signature.hasUnknownRecord else {
      return unknownArgument(text, slot: 0, context)
    }
    if let found = signature.arguments.first(where: { $0.name == name.text }) {
      var chain = KernelChain(
        base: signature.category == nil
          ? .argument(found.place) : .record(offset: found.place), type: found.type, text: text)
      chain.record = signature.category == nil ? [] : signature.arguments
      chain.field = name.text
      return .chain(chain)
    }
    if let found = signature.typedArguments.first(where: { $0.name == name.text }),
      signature.arguments.isEmpty
    {
      return .chain(KernelChain(base: .argument(found.place), type: found.type, text: text))
    }
    if isOptional || context.otherArguments.contains(name.text) {
      return .chain(
        KernelChain(base: .argument(0), type: .other("?"), text: text, isMissing: true))
    }
    let names = signature.arguments.map(\.name).filter { !$0.isEmpty }
    report(
      "\(context.pointName) has no argument '\(name.text)'", at: name.span,
      hints: suggestion(for: name.text, among: names).orElse(
        names.isEmpty ? "it has none with a name" : "it has \(names.joined(separator: ", "))")
        + (names.isEmpty ? [] : ["write args.\(name.text)? if other kernels have it"]))
    return nil
  }

  /// Of a point that this kernel lacks, or of which it cannot be asked here.
  private func unknownArgument(_ text: String, slot: Int, _ context: ProbeContext) -> Entity {
    var chain = KernelChain(base: .argument(slot), type: .other("?"), text: text)
    if types.isKnown, context.signature == nil {
      chain.isMissing = true
    } else {
      noteUnchecked("\(text) of \(context.pointName)")
      chain.isWild = true
    }
    return .chain(chain)
  }

  func numberedArgument(_ indices: [Expression], at span: Span) -> Entity? {
    guard case .probe(let context) = body.place else { return nil }
    guard indices.count == 1,
      let number = constantInteger(indices[0], what: "which argument")
    else { return nil }
    guard (1...12).contains(number) else {
      report("arguments are counted from 1", at: indices[0].span)
      return nil
    }
    let text = "args[\(number)]"
    let slot = Int(number) - 1
    if context.kind.isUser {
      return .chain(
        KernelChain(
          base: .argument(slot), type: .integer(bytes: 8, isSigned: true, isBigEndian: false),
          text: text))
    }
    guard let signature = context.signature, !signature.hasUnknownRecord else {
      return unknownArgument(text, slot: slot, context)
    }
    let list =
      signature.category != nil && !signature.typedArguments.isEmpty && signature.arguments.isEmpty
      ? signature.typedArguments : signature.arguments
    guard list.indices.contains(slot) else {
      if context.isSet {
        return .chain(
          KernelChain(base: .argument(0), type: .other("?"), text: text, isMissing: true))
      }
      report(
        "\(context.pointName) has \(list.count.counted("argument"))", at: indices[0].span)
      return nil
    }
    let found = list[slot]
    let isRecord = signature.category != nil && list == signature.arguments
    return .chain(
      KernelChain(
        base: isRecord ? .record(offset: found.place) : .argument(found.place), type: found.type,
        text: text))
  }
}

extension KernelSignature {
  /// A tracepoint of which only root can read what its record has.
  var hasUnknownRecord: Bool {
    category != nil && !isRecordKnown
  }
}

extension ScriptPoint.Kind {
  /// At a function's return.
  var isReturn: Bool {
    switch self {
    case .functionReturn, .fexit, .userReturn: true
    case .function, .kprobe, .fentry, .tracepoint, .rawTracepoint, .userFunction, .userMark: false
    }
  }

  /// In a program or library, not in the kernel.
  var isUser: Bool {
    switch self {
    case .userFunction, .userReturn, .userMark: true
    case .function, .kprobe, .fentry, .functionReturn, .fexit, .tracepoint, .rawTracepoint: false
    }
  }
}
