internal import Language
internal import Packets
internal import Syntax

/// What of a packet, and of the moment, a body asks for.
extension ScriptBody {
  private func macro(_ layer: Layer) -> String { "NC_" + layer.name.uppercased() }

  private func layout(_ depth: Int) -> String {
    if depth > 0 { shared.needsInner = true }
    return depth == 0 ? "run->s->outer" : "run->s->inner"
  }

  private func start(_ layer: Layer, _ depth: Int) -> String {
    "\(layout(depth)).at[\(macro(layer))]"
  }

  /// Whether the packet has a layer, as an expression.
  func has(_ layer: Layer, _ depth: Int) -> String {
    if isUsual { return "nc_usual_has(usual, \(macro(layer)))" }
    if depth > 0 { shared.needsInner = true }
    let bit = "\(depth == 0 ? "NC_OUTER" : "NC_INNER")(\(macro(layer)))"
    return "(run->layers & \(bit)) != 0"
  }

  /// Up to eight bytes of a layer that is there, as a number.
  private func bytes(_ layer: Layer, _ depth: Int, _ byte: Int, _ count: Int) -> String {
    switch (count, isUsual) {
    case (8, true), (6, true):
      let first = bytes(layer, depth, byte, count - 4)
      return "(\(first) << 32 | \(bytes(layer, depth, byte + count - 4, 4)))"
    case (8, false): return "nc_field_u64(run, \(start(layer, depth)), \(byte))"
    case (6, false): return "nc_field_mac(run, \(start(layer, depth)), \(byte))"
    case (_, true): return "nc_usual_field(usual, \(macro(layer)), \(byte), \(count))"
    case (_, false): return "nc_field(run, \(start(layer, depth)), \(byte), \(count))"
    }
  }

  /// The same, as a variable.
  private func presence(_ layer: Layer, _ depth: Int) throws(Diagnostic) -> String {
    try once("has \(layer) \(depth)") { () throws(Diagnostic) in
      let name = name("has_\(depth > 0 ? "inner_" : "")\(layer.name)")
      line("bool \(name) = \(has(layer, depth));")
      return CValue(present: name, words: [])
    }.present
  }

  func packetField(
    _ layer: Layer, _ field: PacketField, _ depth: Int
  ) throws(Diagnostic) -> CValue {
    try once("\(layer).\(field.name) \(depth)") { () throws(Diagnostic) in
      let present = try presence(layer, depth)
      let hint = "\(layer.name)_\(field.name.map { $0 == "." ? "_" : "\($0)" }.joined())"
      let byte = field.bitOffset / 8
      let parts: [String] =
        switch field.kind {
        case .number, .hex, .flag: [bits(field, of: layer, depth)]
        case .mac: [bytes(layer, depth, byte, 6)]
        case .address4: ["NC_MAPPED(\(bytes(layer, depth, byte, 4)))"]
        case .address6: [bytes(layer, depth, byte, 8), bytes(layer, depth, byte + 8, 8)]
        }
      let names = parts.map { _ in name(hint) }
      line("u64 \(names.map { "\($0) = 0" }.joined(separator: ", "));")
      line("if (\(present))\(parts.count > 1 ? " {" : "")")
      for (name, part) in zip(names, parts) { line("\t\(name) = \(part);") }
      if parts.count > 1 { line("}") }
      return CValue(present: present, words: field.kind == .address4 ? ["0"] + names : names)
    }
  }

  /// A number out of the 1, 2 or 4 bytes that hold it.
  private func bits(_ field: PacketField, of layer: Layer, _ depth: Int) -> String {
    let last = (field.bitOffset + field.bitCount - 1) / 8
    let first = field.bitOffset / 8
    let size = [1, 2, 4].first { $0 >= last - first + 1 } ?? 4
    // Within the fixed header, which is known to be there.
    let byte = min(first, layer.minimumLength - size)
    var text = bytes(layer, depth, byte, size)
    let below = (byte + size) * 8 - field.bitOffset - field.bitCount
    if below > 0 { text += " >> \(below)" }
    if field.bitCount < size * 8 { text += " & 0x\(String((1 << field.bitCount) - 1, radix: 16))" }
    return text
  }

  func packetBytes(
    _ layer: Layer, _ depth: Int, _ fromPayload: Bool, _ offset: TypedExpression, _ count: Int,
    _ span: Span
  ) throws(Diagnostic) -> CValue {
    let present = try presence(layer, depth)
    let offset = try value(offset)
    if offset.present == "false" { return .absent }
    let at = fromPayload ? try payload(layer, depth, span) : "(u64)\(start(layer, depth))"
    let number = name("bytes")
    // A negative offset is out of the layer, wherever it leads.
    let isThere = CValue.both(
      CValue.both(present, offset.present), "(s64)\(offset.words[0]) >= 0")
    line("u64 \(number) = NC_NOT_THERE;")
    line("if (\(isThere))")
    line("\t\(number) = nc_number(run->level, \(at) + \(offset.words[0]), \(count));")
    return CValue(present: flag("\(number) < NC_NOT_THERE", "has"), words: [number])
  }

  /// Where a layer's payload begins; the layer is there.
  private func payload(_ layer: Layer, _ depth: Int, _ span: Span) throws(Diagnostic) -> String {
    let at = isUsual ? "nc_usual_at(\(macro(layer)))" : start(layer, depth)
    switch layer.definition.payload {
    case .fixed(let length): return "(u64)\(at) + \(length)"
    case .words(let bit):
      let shift = 4 - bit % 8
      return "(u64)\(at) + 4 * (\(bytes(layer, depth, bit / 8, 1)) >> \(shift) & 15)"
    case nil: throw problem("'\(layer.name)' has no payload", span)
    }
  }

  func payloadLength(_ layer: Layer, _ depth: Int, _ span: Span) throws(Diagnostic) -> CValue {
    try once("payload \(layer) \(depth)") { () throws(Diagnostic) in
      let present = try presence(layer, depth)
      let length = name("payload_len")
      line("s64 \(length) = -1;")
      line("if (\(present))")
      let payload = try payload(layer, depth, span)
      line(
        isUsual
          ? "\t\(length) = nc_usual_payload_len(usual, \(payload));"
          : "\t\(length) = nc_payload_len(&\(layout(depth)), \(payload));")
      return CValue(present: flag("\(length) >= 0", "has"), words: [length])
    }
  }

  func packetLength(_ depth: Int) throws(Diagnostic) -> CValue {
    if depth == 0 {
      return CValue(
        present: "true", words: [word(isUsual ? "packet->len" : "run->s->packet.len", "len")])
    }
    shared.needsInner = true
    return try once("len \(depth)") { () throws(Diagnostic) in
      let length = name("inner_len")
      line("s64 \(length) = -1;")
      line("if (run->layers & NC_OUTER(NC_TUNNEL))")
      line("\t\(length) = (s64)run->s->packet.len - (s64)run->s->outer.payload;")
      return CValue(present: flag("\(length) >= 0", "has"), words: [length])
    }
  }

  func packetFlow(_ depth: Int) throws(Diagnostic) -> CValue {
    try once("flow \(depth)") { () throws(Diagnostic) in
      let flow = name("flow")
      let layers = depth == 0 ? "run->layers" : "run->layers >> 16"
      let present = flag(
        "(\(layers) & (NC_OUTER(NC_IP) | NC_OUTER(NC_IP6))) != 0", "has_flow")
      line("u64 *\(flow) = \(slot(5));")
      line("if (\(present))")
      line("\tnc_flow(run, &\(layout(depth)), \(layers), \(flow));")
      return CValue(present: present, words: [flow])
    }
  }

  // MARK: The moment

  func context(_ field: ContextField) throws(Diagnostic) -> CValue {
    try once("context \(field)") { () throws(Diagnostic) in
      switch field {
      case .time: simple("nc_now(run)", "time")
      case .cpu: simple("nc_cpu(run)", "cpu")
      case .pid: simple("nc_pid(run)", "pid")
      case .tid: simple("nc_tid(run)", "tid")
      case .cgroup: simple("nc_cgroup(run)", "cgroup")
      case .skb:
        CValue(present: flag("run->skb != 0", "has_skb"), words: [word("run->skb", "skb")])
      case .interfaceIndex: perhaps("nc_interface_index", "ifindex")
      case .namespace: perhaps("nc_namespace", "netns")
      case .stack:
        // Programs that run a body over many packets have no context that the helper takes.
        shared.unit.isOfMany ? .absent : perhaps("nc_stack", "stack")
      case .comm: text("nc_comm", "comm", isAlwaysPresent: true)
      case .function: text("nc_function", "func", isAlwaysPresent: false)
      case .interfaceName: text("nc_interface_name", "ifname", isAlwaysPresent: false)
      }
    }
  }

  private func simple(_ expression: String, _ hint: String) -> CValue {
    CValue(present: "true", words: [word(expression, hint)])
  }

  private func perhaps(_ function: String, _ hint: String) -> CValue {
    let name = name(hint)
    line("u64 \(name) = 0;")
    return CValue(present: flag("\(function)(run, &\(name))", "has_\(hint)"), words: [name])
  }

  private func text(_ function: String, _ hint: String, isAlwaysPresent: Bool) -> CValue {
    let name = name(hint)
    line("u64 *\(name) = \(slot(ValueType.text.wordCount + 1));")
    if isAlwaysPresent {
      line("\(function)(run, \(name));")
      return CValue(present: "true", words: [name])
    }
    return CValue(present: flag("\(function)(run, \(name))", "has_\(hint)"), words: [name])
  }
}
