import Packets

extension ScriptGenerator {
  mutating func expression(_ kind: Generated.Kind, _ depth: Int) -> Generated {
    if kind != .integer, random.chance(20), let name = names[kind].map({ random.pick($0) }) {
      return Generated(kind, .text(name))
    }
    return switch kind {
    case .integer: integer(depth)
    case .boolean: boolean(depth)
    case .address: address(depth)
    case .mac: mac(depth)
    case .text: text(depth)
    case .flow: flow(depth)
    }
  }

  // MARK: Parts

  private mutating func packet() -> String {
    guard random.chance(12) else { return random.chance(50) ? "pkt." : "" }
    use("inner")
    return "pkt.inner."
  }

  private mutating func field(_ kinds: Set<PacketField.Kind>) -> String {
    let rows = Layer.allCases.flatMap { layer in
      layer.fields.filter { kinds.contains($0.kind) }.map { (layer, $0) }
    }
    let (layer, field) = random.pick(rows)
    use("\(layer.name).\(field.name)")
    return "\(packet())\(layer.name).\(field.name)"
  }

  /// `(a + b)`
  private mutating func binary(
    _ kind: Generated.Kind, _ operation: String, of parts: Generated.Kind, _ depth: Int
  ) -> Generated {
    use(operation)
    let left = expression(parts, depth - 1)
    var right = expression(parts, depth - 1)
    if operation == "/" || operation == "%", right.isConstant {
      // The checker works it out, and refuses zero.
      right = Generated(.integer, .text("("), .part(right), .text(" + pkt.caplen)"))
    }
    return Generated(
      kind, .text("("), .part(left), .text(" \(operation) "), .part(right), .text(")"))
  }

  /// `last[host, n].a`
  private mutating func kept(_ kind: Generated.Kind, _ member: String) -> Generated {
    if !records.isEmpty, random.chance(40) {
      return Generated(kind, .text("\(random.pick(records)).\(member)"))
    }
    use("state last")
    return Generated(
      kind, .text("last["), .part(address(1)), .text(", "), .part(integer(1)),
      .text("].\(member)"))
  }

  // MARK: Integers

  private mutating func integer(_ depth: Int) -> Generated {
    if depth == 0 || random.chance(15) { return integerLeaf() }
    switch random.below(15) {
    case 0..<7: return binary(.integer, random.pick(Self.arithmetic), of: .integer, depth)
    case 7:
      use("-x")
      return Generated(.integer, .text("-("), .part(integer(depth - 1)), .text(")"))
    case 8:
      use("~")
      return Generated(.integer, .text("~("), .part(integer(depth - 1)), .text(")"))
    case 9: return binary(.integer, "??", of: .integer, depth)
    case 10:
      use("function")
      return Generated(.integer, .text("twice("), .part(integer(depth - 1)), .text(")"))
    case 11:
      use("function without result")
      return Generated(.integer, .text("odd("), .part(integer(depth - 1)), .text(")"))
    case 12:
      use("function")
      return Generated(
        .integer, .text("smaller("), .part(integer(depth - 1)), .text(", "),
        .part(integer(depth - 1)), .text(")"))
    case 13: return kept(.integer, random.pick(["a", "b"]))
    default:
      use("state recent")
      return Generated(.integer, .text("recent["), .part(flow(1)), .text("]"))
    }
  }

  private mutating func integerLeaf() -> Generated {
    Generated(.integer, .text(integerText()))
  }

  private mutating func integerText() -> String {
    switch random.below(17) {
    case 0..<5: return field([.number, .hex])
    case 5:
      return random.pick([
        "0", "1", "2", "7", "63", "64", "65", "255", "0xffff", "0x7fffffff", "0xffffffff",
        "0x7fffffffffffffff", "0x8000000000000000", "0xffffffffffffffff",
      ])
    case 6: return "\(random.below(300))"
    case 7, 8:
      if let known = names[.integer] { return random.pick(known) }
      use("pkt.len")
      return "pkt.len"
    case 9:
      use("pkt.caplen")
      return "pkt.caplen"
    case 10:
      let layer = random.pick(Layer.allCases)
      use("bytes of \(layer.name)")
      return "\(packet())\(layer.name)[\(random.below(70)):\(random.pick([1, 2, 4]))]"
    case 11:
      let layer = random.pick(Layer.allCases.filter { $0.definition.payload != nil })
      use("payload of \(layer.name)")
      return random.chance(40)
        ? "\(packet())\(layer.name).payload.len"
        : "\(packet())\(layer.name).payload[\(random.below(40)):\(random.pick([1, 2, 4]))]"
    case 12:
      use("flow")
      return "\(flowText()).\(random.pick(["sport", "dport", "proto"]))"
    case 13:
      use("context number")
      return random.pick(["cpu", "pid", "tid", "dev.index", "netns", "cgroup", "time"])
    case 14:
      use("inner.len")
      return "pkt.inner.len"
    case 15:
      use("absent option")
      return "none"
    default:
      let isOption = random.chance(50)
      use(isOption ? "option" : "const")
      return isOption ? "limit" : "LOW"
    }
  }

  // MARK: Truth

  private mutating func boolean(_ depth: Int) -> Generated {
    if depth == 0 || random.chance(10) { return Generated(.boolean, .text(booleanText())) }
    switch random.below(18) {
    case 0..<4: return binary(.boolean, random.pick(Self.comparisons), of: .integer, depth)
    case 4:
      use("address comparison")
      return binary(.boolean, random.pick(["==", "!="]), of: .address, depth)
    case 5:
      use("mac comparison")
      return binary(.boolean, random.pick(["==", "!="]), of: .mac, depth)
    case 6:
      use("text comparison")
      return binary(.boolean, random.pick(["==", "!="]), of: .text, depth)
    case 7:
      use("flow comparison")
      return binary(.boolean, random.pick(["==", "!="]), of: .flow, depth)
    case 8: return binary(.boolean, "&&", of: .boolean, depth)
    case 9: return binary(.boolean, "||", of: .boolean, depth)
    case 10:
      use("!")
      return Generated(.boolean, .text("!("), .part(boolean(depth - 1)), .text(")"))
    case 11:
      use("in prefix")
      let prefix = random.pick([
        "10.0.0.0/8", "10.9.0.0/16", "192.168.0.0/16", "0.0.0.0/0", "10.9.0.1/32", "fe80::/10",
        "2001:db8::/32", "::/0", "2001:db8::1/128",
      ])
      return Generated(.boolean, .text("("), .part(address(1)), .text(" in \"\(prefix)\")"))
    case 12:
      let isRange = random.chance(50)
      use(isRange ? "in range" : "in list")
      let set = isRange ? "\(random.below(9))..<\(random.below(2000))" : "(80, 53, 17, LOW)"
      return Generated(
        .boolean, .text("("), .part(integer(depth - 1)), .text(" in \(set))"))
    case 13:
      use("has last")
      return Generated(
        .boolean, .text("has last["), .part(address(1)), .text(", "), .part(integer(1)),
        .text("]"))
    case 14:
      use("has recent")
      return Generated(.boolean, .text("has recent["), .part(flow(1)), .text("]"))
    case 15:
      use("has seen")
      return Generated(.boolean, .text("has seen"))
    case 16: return kept(.boolean, "yes")
    default:
      use("has value")
      return Generated(.boolean, .text("has ("), .part(integer(depth - 1)), .text(")"))
    }
  }

  private mutating func booleanText() -> String {
    switch random.below(7) {
    case 0, 1, 2: return field([.flag])
    case 3, 4:
      let layer = random.pick(Layer.allCases)
      use("has \(layer.name)")
      return "has \(packet())\(layer.name)"
    case 5:
      use("filter test")
      return random.chance(80) ? "web(pkt)" : "web(pkt.inner)"
    default:
      use("function")
      return "is_odd(pkt)"
    }
  }

  // MARK: Addresses, texts, flows

  private mutating func address(_ depth: Int) -> Generated {
    if depth > 0, random.chance(20) { return binary(.address, "??", of: .address, depth) }
    if depth > 1, random.chance(15) { return kept(.address, "host") }
    if random.chance(30) {
      use("flow")
      return Generated(.address, .text("\(flowText()).\(random.pick(["src", "dst"]))"))
    }
    if random.chance(10) {
      use("option")
      return Generated(.address, .text("peer"))
    }
    return Generated(.address, .text(field([.address4, .address6])))
  }

  private mutating func mac(_ depth: Int) -> Generated {
    if depth > 0, random.chance(20) { return binary(.mac, "??", of: .mac, depth) }
    if random.chance(20) {
      use("state seen")
      return Generated(.mac, .text("seen"))
    }
    return Generated(.mac, .text(field([.mac])))
  }

  private mutating func text(_ depth: Int) -> Generated {
    if depth > 0, random.chance(20) { return binary(.text, "??", of: .text, depth) }
    if depth > 1, random.chance(20) { return kept(.text, "who") }
    if random.chance(20) {
      use("literal text")
      let texts = [
        "curl", "", "nc", "eth0", "a longer text, which goes on and on to 64 bytes, yes",
      ]
      return Generated(.text, .text("\"\(random.pick(texts))\""))
    }
    use("context text")
    return Generated(.text, .text(random.pick(["comm", "func", "dev.name"])))
  }

  private mutating func flow(_ depth: Int) -> Generated {
    if depth > 0, random.chance(15) { return binary(.flow, "??", of: .flow, depth) }
    use("flow")
    return Generated(.flow, .text(flowText()))
  }

  private mutating func flowText() -> String {
    let inner = random.chance(10)
    if inner { use("inner") }
    let base = inner ? "pkt.inner.flow" : "pkt.flow"
    guard random.chance(25) else { return base }
    use("reverse")
    return base + ".reverse"
  }
}

extension Generated {
  /// Nothing but numbers.
  fileprivate var isConstant: Bool {
    text.split { !$0.isLetter && !$0.isNumber && $0 != "_" }
      .allSatisfy { $0.first?.isNumber == true || $0 == "LOW" }
  }
}
