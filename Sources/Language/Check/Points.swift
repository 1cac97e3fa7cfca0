internal import Syntax

/// A point that was found, with what the kernel says of it.
struct FoundPoint {
  var point: ScriptPoint
  var signature: KernelSignature?
}

extension Check {
  /// The points that are meant: nil if there is a mistake, which has been said; empty if this kernel
  /// has none of them, and may.
  func points(_ syntax: PointSyntax) -> [FoundPoint]? {
    let key = PointKey(module: module, span: syntax.span)
    if let known = foundPoints[key] { return known }
    let before = diagnostics.count
    let found = foundAnew(syntax)
    // What is unchecked is noted in every pass.
    if types.isKnown, diagnostics.count == before { foundPoints[key] = found }
    return found
  }

  private func foundAnew(_ syntax: PointSyntax) -> [FoundPoint]? {
    switch syntax {
    case .single(let single): return points(single)
    case .set(let items, _):
      let found = items.map { points($0) }
      guard !found.contains(where: { $0 == nil }) else { return nil }
      return unique(found.flatMap { $0 ?? [] })
    case .alternatives(let items, let span): return alternatives(items, at: span)
    }
  }

  private func unique(_ points: [FoundPoint]) -> [FoundPoint] {
    var result: [FoundPoint] = []
    var keys: Set<String> = []
    for found in points where keys.insert("\(found.point.kind) \(found.point.name)").inserted {
      result.append(found)
    }
    return result
  }

  /// The first that this kernel has.
  private func alternatives(_ items: [PointSyntax], at span: Span) -> [FoundPoint]? {
    let before = diagnostics
    var tried: [Diagnostic] = []
    // Of a kernel of which little is known, one that it is known to have goes before the first.
    var unknown: [FoundPoint]?
    for item in items {
      diagnostics = []
      let found = points(item)
      let said = diagnostics
      diagnostics = before
      if let found, !found.isEmpty {
        if types.isKnown || found.contains(where: { $0.signature != nil }) { return found }
        unknown = unknown ?? found
        continue
      }
      // What is wrong with a point that exists is said.
      if said.contains(where: { !$0.message.hasPrefix(Self.absence) }) {
        for diagnostic in said { report(diagnostic) }
        return nil
      }
      tried += said
    }
    if let unknown { return unknown }
    if items.contains(where: { $0.isOptional }) { return [] }
    report(
      "this kernel has none of these", at: span,
      hints: tried.map { "\($0.message)\($0.hints.first.map { ": \($0)" } ?? "")" })
    return nil
  }

  /// How the message about a point that a kernel lacks begins.
  private static let absence = "this kernel has no "

  // MARK: One point

  private func points(_ single: SinglePointSyntax) -> [FoundPoint]? {
    guard let kind = kind(of: single) else { return nil }
    let how = options(of: single)
    guard let how else { return nil }
    let found: [FoundPoint]?
    switch kind {
    case .userFunction, .userReturn, .userMark:
      found = [
        FoundPoint(
          point: ScriptPoint(kind: kind, name: single.name.text, place: place(single)),
          signature: nil)
      ]
    case .tracepoint(let category): found = tracepoints(category, single)
    case .rawTracepoint: found = tracepoints("*", single, raw: true)
    case .function, .kprobe, .fentry, .functionReturn, .fexit:
      found = functions(kind, single, needsPacket: how.skb == nil && how.expression == nil)
    }
    guard let found else { return nil }
    var result: [FoundPoint] = []
    for item in found {
      guard var arranged = arranged(item, how, single) else { return nil }
      arranged.point.isMatched = single.name.text.contains("*")
      result.append(arranged)
    }
    return result
  }

  private func place(_ single: SinglePointSyntax) -> Diagnostic.Place {
    Diagnostic.Place(source, single.span)
  }

  private func kind(of single: SinglePointSyntax) -> ScriptPoint.Kind? {
    let words = single.prefix.map(\.text)
    var path = ""
    if let literal = single.path {
      guard let text = self.path(literal) else { return nil }
      path = text
    }
    switch (words.first, words.count) {
    case (nil, _): return .function
    case ("kprobe", 1): return .kprobe
    case ("fentry", 1): return .fentry
    case ("return", 1): return .functionReturn
    case ("return", 2) where words[1] == "uprobe": return .userReturn(path: path)
    case ("fexit", 1): return .fexit
    case ("rawtp", 1): return .rawTracepoint
    case ("uprobe", 1): return .userFunction(path: path)
    case ("usdt", 2): return .userMark(path: path, provider: words[1])
    case ("tracepoint", 2), ("tp", 2): return .tracepoint(category: words[1])
    case (let category?, 1):
      let names = Catalogue.pointKinds.map(\.name)
      let near = nearestNames(to: category, among: names, limit: 1)
      if types.isKnown, types.tracepoints(category: category, matching: "*").isEmpty {
        report(
          "there is no kind of point '\(category)', and no category of tracepoints either",
          at: single.prefix[0].span,
          hints: near.isEmpty
            ? ["there are: \(names.joined(separator: ", "))"] : ["did you mean \(near[0])?"])
        return nil
      }
      return .tracepoint(category: category)
    default:
      report(
        "this is no point", at: single.span,
        hints: ["for example icmp_rcv, return:tcp_v4_connect, tracepoint:skb:kfree_skb"])
      return nil
    }
  }

  private func functions(
    _ kind: ScriptPoint.Kind, _ single: SinglePointSyntax, needsPacket: Bool
  ) -> [FoundPoint]? {
    let name = single.name.text
    func made(_ signature: KernelSignature?) -> FoundPoint {
      FoundPoint(
        point: ScriptPoint(
          kind: kind, name: signature?.name ?? name, module: signature?.module,
          place: place(single)), signature: signature)
    }
    let found = types.functions(matching: name)
    guard !found.isEmpty || types.lacks(.function(name)) else {
      noteUnchecked(name)
      return [made(nil)]
    }
    let isGlob = name.contains("*")
    if found.isEmpty {
      if single.isOptional { return [] }
      report(
        "\(Self.absence)\(isGlob ? "function that matches '\(name)'" : "function '\(name)'")",
        at: single.name.span,
        hints: isGlob
          ? []
          : suggestion(for: name, among: types.functionNames()).orElse(
            "write \(name)? where a kernel may lack it"))
      return nil
    }
    guard isGlob else { return [made(found[0])] }
    guard needsPacket else { return found.map { made($0) } }
    let withSkb = found.filter { $0.skbArgument != nil }
    guard !withSkb.isEmpty else {
      report(
        "no function that matches '\(name)' takes an skb", at: single.name.span,
        hints: ["name the functions themselves, where no packet is needed: {a, b}"])
      return nil
    }
    return withSkb.map { made($0) }
  }

  private func tracepoints(
    _ category: String, _ single: SinglePointSyntax, raw: Bool = false
  ) -> [FoundPoint]? {
    let name = single.name.text
    func made(_ signature: KernelSignature?) -> FoundPoint {
      FoundPoint(
        point: ScriptPoint(
          kind: raw ? .rawTracepoint : .tracepoint(category: signature?.category ?? category),
          name: signature?.name ?? name, module: signature?.module, place: place(single)),
        signature: signature)
    }
    let found = types.tracepoints(category: category, matching: name)
    guard !found.isEmpty || types.lacks(.tracepoint(category: category, name)) else {
      noteUnchecked(raw ? name : "\(category):\(name)")
      return [made(nil)]
    }
    if found.isEmpty {
      if single.isOptional { return [] }
      let full = raw ? name : "\(category):\(name)"
      let all = types.tracepointNames()
      let near = nearestNames(to: full, among: all)
      report(
        "\(Self.absence)tracepoint '\(full)'", at: single.name.span,
        hints: near.isEmpty
          ? ["write \(full)? where a kernel may lack it"]
          : ["did you mean \(near.joined(separator: ", "))?"])
      return nil
    }
    return found.map { signature in
      var item = made(signature)
      if signature.category == nil {
        // Its category is written where only root can read.
        item.signature = KernelSignature(
          name: signature.name, category: category, module: signature.module,
          arguments: signature.arguments, typedArguments: signature.typedArguments,
          isRecordKnown: signature.isRecordKnown)
      }
      if raw {
        item.signature = KernelSignature(
          name: signature.name, category: nil, module: signature.module,
          arguments: signature.typedArguments)
      }
      return item
    }
  }

  // MARK: What is given of a point

  private struct PointOptions {
    /// The argument's number, from 1, and where that is said.
    var skb: (number: Int, span: Span)?
    var ext: (number: Int, span: Span)?
    var expression: Expression?
    var start = ScriptPoint.Start.found
  }

  private func options(of single: SinglePointSyntax) -> PointOptions? {
    var result = PointOptions()
    var offset: Int?
    var startSpan: Span?
    for argument in single.arguments {
      guard let name = argument.name else { return nil }
      switch name.text {
      case "skb":
        if case .integer = argument.value.kind {
          guard let number = constantInteger(argument.value, what: "skb"),
            (1...12).contains(number)
          else {
            report("arguments are counted from 1", at: argument.value.span)
            return nil
          }
          result.skb = (Int(number), argument.value.span)
        } else {
          result.expression = argument.value
        }
      case "start":
        guard case .name("data") = argument.value.kind else {
          report(
            "a packet starts where it is found, or at data", at: argument.value.span,
            hints: ["(start: data, offset: -14)"])
          return nil
        }
        startSpan = name.span
      case "offset":
        guard let number = constantInteger(argument.value, what: "offset") else { return nil }
        guard (-65535...65535).contains(number) else {
          report("an offset is -65535 … 65535", at: argument.value.span)
          return nil
        }
        offset = Int(number)
      case "ext":
        guard let number = constantInteger(argument.value, what: "ext") else { return nil }
        guard (1...12).contains(number) else {
          report("arguments are counted from 1", at: argument.value.span)
          return nil
        }
        result.ext = (Int(number), argument.value.span)
      case "mbuf", "count", "data", "len":
        report("'\(name.text)' is not supported yet", at: name.span)
        return nil
      default:
        let names = ["skb", "start", "offset", "ext"]
        report(
          "nothing is called '\(name.text)' of a point", at: name.span,
          hints: suggestion(for: name.text, among: names).orElse(
            "there are: \(names.joined(separator: ", "))"))
        return nil
      }
    }
    if startSpan != nil {
      result.start = .data(offset: offset ?? 0)
    } else if offset != nil {
      report("an offset is from data", at: single.span, hints: ["(start: data, offset: -14)"])
      return nil
    }
    return result
  }

  /// The point with how its packet and its socket are found.
  private func arranged(
    _ found: FoundPoint, _ how: PointOptions, _ single: SinglePointSyntax
  ) -> FoundPoint? {
    var result = found
    result.point.start = how.start
    if let (number, span) = how.ext {
      guard let slot = extSlot(number, of: found, at: span) else { return nil }
      result.point.extArgument = slot
    }
    guard let signature = found.signature else {
      result.point.packet = unknownPacket(found.point.kind, how)
      return result
    }
    if let (number, span) = how.skb {
      guard let argument = signature.arguments[safe: number - 1] else {
        report(
          "\(signature.name) has \(signature.arguments.count.counted("argument"))", at: span)
        return nil
      }
      switch argument.type {
      case .pointer(.structure("sk_buff")), .pointer(.void), .integer(8, _, _): break
      default:
        let skb = signature.skbArgument.map { ["its skb is argument \($0 + 1)"] } ?? []
        report(
          "argument \(number) of \(signature.name) is \(argument.type.described), not an skb",
          at: span, hints: skb)
        return nil
      }
      result.point.packet =
        signature.category == nil ? .argument(argument.place) : .record(offset: argument.place)
    } else if let expression = how.expression {
      guard let read = skbRead(expression, found) else { return nil }
      result.point.packet = .read(read)
    } else if signature.category != nil {
      result.point.packet = signature.recordSkb ?? unknownRecord(signature)
    } else {
      result.point.packet = signature.skbArgument.map { .argument($0) } ?? .none
    }
    if signature.category != nil {
      result.point.sockRecordOffset =
        signature.arguments.first { $0.isSock }?.place
      if result.point.sockRecordOffset == nil {
        result.point.sockArgument = signature.typedArguments.first { $0.isSock }?.place
      }
    } else {
      result.point.sockArgument = signature.arguments.first { $0.isSock }?.place
      result.point.flow = signature.flow
    }
    switch found.point.kind {
    case .functionReturn, .fexit: result.point.returnSlot = signature.slotCount
    case .function, .kprobe, .fentry, .tracepoint, .rawTracepoint, .userFunction, .userReturn,
      .userMark:
      break
    }
    return result
  }

  /// The slot of the argument that C is handed.
  private func extSlot(_ number: Int, of found: FoundPoint, at span: Span) -> Int? {
    switch found.point.kind {
    case .function, .kprobe, .fentry, .rawTracepoint: break
    case .tracepoint, .functionReturn, .fexit, .userFunction, .userReturn, .userMark:
      report(
        "an argument is handed over to C at functions only", at: span,
        hints: ["C has ctx, skb and sock there"])
      return nil
    }
    guard let signature = found.signature else { return number - 1 }
    guard let argument = signature.arguments[safe: number - 1] else {
      report(
        "\(signature.name) has \(signature.arguments.count.counted("argument"))", at: span)
      return nil
    }
    return argument.place
  }

  private func unknownRecord(_ signature: KernelSignature) -> ScriptPoint.PacketSource {
    signature.hasUnknownRecord && signature.typedArguments.isEmpty ? .record(offset: 8) : .none
  }

  private func unknownPacket(
    _ kind: ScriptPoint.Kind, _ how: PointOptions
  ) -> ScriptPoint.PacketSource {
    switch kind {
    case .userFunction, .userReturn, .userMark: .none
    case .tracepoint: .record(offset: 8)
    case .function, .kprobe, .fentry, .functionReturn, .fexit, .rawTracepoint:
      .argument((how.skb?.number ?? 1) - 1)
    }
  }

  /// `(skb: args.pkt.skb)`
  private func skbRead(_ expression: Expression, _ found: FoundPoint) -> KernelRead? {
    let before = body
    defer { body = before }
    body = BodyState(
      place: .probe(
        ProbeContext(
          signature: found.signature, kind: found.point.kind, pointName: found.point.displayName,
          hasPacket: false, hasSockArgument: false, otherArguments: [], isSet: false)))
    guard let entity = entity(of: expression) else { return nil }
    guard case .chain(let chain) = entity else {
      report("an skb is found through args", at: expression.span, hints: ["(skb: args.x.skb)"])
      return nil
    }
    switch chain.type {
    case .pointer(.structure("sk_buff")), .pointer(.void): break
    case _ where chain.isWild || chain.isMissing: break
    default:
      report(
        "'\(chain.text)' is \(chain.type.described), not an skb", at: expression.span)
      return nil
    }
    return KernelRead(
      base: chain.base, hops: chain.hops, value: .pointer, text: chain.text,
      isMissing: chain.isMissing)
  }
}

extension PointSyntax {
  /// Behind any of its points stands a question mark.
  var isOptional: Bool {
    switch self {
    case .single(let single): single.isOptional
    case .set(let items, _), .alternatives(let items, _): items.contains { $0.isOptional }
    }
  }
}

extension KernelSignature {
  /// The slot of the first argument that is an skb.
  var skbArgument: Int? {
    arguments.first { $0.type == .pointer(.structure("sk_buff")) }?.place
  }

  /// The first argument that is a flow.
  var flow: ScriptPoint.Flow? {
    let families = ["flowi4": 4, "flowi6": 6, "flowi": 0]
    for argument in arguments {
      if case .pointer(.structure(let name)) = argument.type, let family = families[name] {
        return ScriptPoint.Flow(slot: argument.place, family: family)
      }
    }
    return nil
  }

  /// Of a tracepoint: in its record, else among its typed arguments.
  var recordSkb: ScriptPoint.PacketSource? {
    let skb = KernelType.pointer(.structure("sk_buff"))
    if let field = arguments.first(where: { $0.type == skb || $0.name == "skbaddr" }) {
      return .record(offset: field.place)
    }
    return typedArguments.first { $0.type == skb }.map { .argument($0.place) }
  }
}

extension KernelSignature.Argument {
  /// A socket, whatever its protocol makes of it; in a record it is a `void *`.
  var isSock: Bool {
    switch type {
    case .pointer(.structure(let name)):
      ["sock", "tcp_sock", "udp_sock", "inet_sock", "inet_connection_sock"].contains(name)
    case .pointer(.void): name == "skaddr" || name == "sk"
    default: false
    }
  }
}
