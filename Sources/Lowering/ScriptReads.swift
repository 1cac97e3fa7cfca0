internal import Language
internal import Syntax

/// Values in the kernel's memory: chains of pointers, each found by CO-RE when the object is loaded.
extension ScriptBody {
  func kernelValue(
    _ read: KernelRead, _ expression: TypedExpression
  ) throws(Diagnostic) -> CValue {
    if read.isMissing { return .absent }
    if case .pointer = read.base { return try makeKernelValue(read, expression) }
    return try once("kernel \(read.text) \(read.hashValue)") { () throws(Diagnostic) in
      try makeKernelValue(read, expression)
    }
  }

  private func makeKernelValue(
    _ read: KernelRead, _ expression: TypedExpression
  ) throws(Diagnostic) -> CValue {
    let type = expression.type
    if shared.unit.mechanism == .run { return given(read, type) }
    if !isAtCall, shared.keepsCall, read.base.isOfCall { return try kept(read, expression) }
    var place = try base(read, expression.span)
    for (index, hop) in read.hops.enumerated() {
      place = try step(place, hop, isLast: index == read.hops.count - 1, read)
    }
    return try load(read, place, type, expression.span)
  }

  /// Where a value is: its address or, `isValue`, itself, as for arguments.
  struct Place {
    var present: String
    var address: String
    var isValue: Bool
    /// The structure that the last member is of, where there was a hop.
    var structure: String?
  }

  private func given(_ read: KernelRead, _ type: ValueType) -> CValue {
    let words = type.wordCount
    let (index, first) = shared.given(read, words: words)
    let name = name(hint(read))
    if type.memoryWords != nil {
      line("u64 *\(name) = \(slot(words));")
      return CValue(
        present: flag("nc_run_read(\(index), \(first), \(name), \(words))", "has"), words: [name])
    }
    line("u64 \(name)[\(words)] = {};")
    let present = flag("nc_run_read(\(index), \(first), \(name), \(words))", "has")
    return CValue(present: present, words: (0..<words).map { word("\(name)[\($0)]") })
  }

  /// A C name that reminds of what scripts call it.
  private func hint(_ read: KernelRead) -> String {
    let text = read.text.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? "\($0)" : "_" }
    return "k_" + text.joined().prefix(32)
  }

  // MARK: The chain

  private func base(_ read: KernelRead, _ span: Span) throws(Diagnostic) -> Place {
    switch read.base {
    case .argument(let slot):
      if shared.unit.mechanism == .record {
        throw problem(
          "this is one of the tracepoint's own arguments, and others are fields of its record",
          span,
          hints: ["one probe can read the ones or the others"])
      }
      switch shared.unit.mechanism {
      case .kprobe, .uprobe, .kretprobe, .uretprobe:
        if slot > 5 { throw problem("a probe here sees the first six arguments only", span) }
      case .usdt: return try markArgument(slot)
      case .fentry, .fexit, .tracepoint, .record, .rawTracepoint, .run: break
      }
      let argument = try once("argument \(slot)") { () throws(Diagnostic) in
        CValue(present: "true", words: [word("nc_argument(run->ctx, \(slot))", "argument")])
      }
      return Place(present: "true", address: argument.words[0], isValue: true)
    case .record(let offset):
      guard shared.unit.mechanism == .record else {
        throw problem("only a tracepoint has fields by this name", span)
      }
      let address = word("(u64)run->ctx + \(offset)", "record")
      return Place(present: "true", address: address, isValue: false)
    case .returned:
      guard shared.unit.isAtReturn else {
        throw problem("there is a result at a function's return only", span)
      }
      let result = try once("returned") { () throws(Diagnostic) in
        CValue(present: "true", words: [word("nc_returned(run->ctx)", "retval")])
      }
      return Place(present: "true", address: result.words[0], isValue: true)
    case .skb:
      return Place(present: "run->skb != 0", address: "run->skb", isValue: true)
    case .sock:
      let sock = try once("sock") { () throws(Diagnostic) in
        let hasArgument =
          shared.unit.mechanism == .record
          ? shared.unit.point?.sockRecordOffset != nil : shared.unit.point?.sockArgument != nil
        let sock = word(hasArgument ? "run->sock" : "nc_sock_of(run->skb)", "sock")
        return CValue(present: flag("\(sock) != 0", "has_sock"), words: [sock])
      }
      return Place(present: sock.present, address: sock.words[0], isValue: true)
    case .pointer(let pointer):
      try refuseBuffer(pointer)
      let value = try self.value(pointer)
      return Place(present: value.present, address: value.words[0], isValue: true)
    }
  }

  /// Whether the value at the end of the chain is what a pointer there points to.
  private func isPointed(_ value: KernelRead.Value) -> Bool {
    switch value {
    case .pointer, .string, .socketFlow: true
    case .integer, .bitField, .address4, .address6, .addressByFamily, .mac, .characters: false
    }
  }

  private func step(
    _ from: Place, _ hop: KernelRead.Hop, isLast: Bool, _ read: KernelRead
  ) throws(Diagnostic) -> Place {
    // The pointer to the structure itself.
    let pointer = try dereference(from)
    let isPointer = !isLast || isPointed(read.value)
    if isPointer {
      let type = shared.flavour(hop, kind: "pointer") { "void *\($0)" }
      let name = name("at")
      line("u64 \(name) = 0;")
      let reads = "nc_read_integer(\(place(pointer, type, hop)), 8, &\(name))"
      let present = flag(
        CValue.both(exists(pointer, type, hop), reads), "reads")
      return Place(
        present: present, address: name, isValue: true, structure: hop.structure)
    }
    if case .bitField = read.value {
      // Bit fields have no address: load(_:) reads them from their structure.
      return pointer
    }
    let (declaration, kind) = member(read.value)
    let type = shared.flavour(hop, kind: kind, declaration)
    let address = name("at")
    var present = exists(pointer, type, hop)
    if case .integer(4, _, _) = read.value {
      // An enumeration is no integer to CO-RE.
      let other = shared.flavour(hop, kind: "enum") {
        "enum { NC_E\(self.shared.flavours.count) } \($0)"
      }
      let second = "struct \(other), \(hop.path)"
      line("u64 \(address) = nc_member_or(\(pointer.address), struct \(type), \(hop.path),")
      line(
        hop.isOptional
          ? "\tnc_member_or(\(pointer.address), \(second), 0));"
          : "\tnc_member(\(pointer.address), \(second)));")
      if hop.isOptional {
        present = CValue.both(
          nonNull(pointer),
          "(nc_field_exists(((struct \(type) *)0)->\(hop.path)) || "
            + "nc_field_exists(((struct \(other) *)0)->\(hop.path)))")
      }
    } else {
      line("u64 \(address) = \(place(pointer, type, hop));")
    }
    return Place(
      present: flag(present, "has"), address: address, isValue: false, structure: hop.structure)
  }

  /// A place that holds a pointer, as that pointer.
  private func dereference(_ place: Place) throws(Diagnostic) -> Place {
    if place.isValue { return place }
    let name = name("at")
    line("u64 \(name) = 0;")
    let present = flag(
      CValue.both(place.present, "nc_read_integer(\(place.address), 8, &\(name))"), "reads")
    return Place(present: present, address: name, isValue: true)
  }

  /// The address of a member; 0 where it is optional and this kernel lacks it.
  private func place(_ pointer: Place, _ type: String, _ hop: KernelRead.Hop) -> String {
    hop.isOptional
      ? "nc_member_or(\(pointer.address), struct \(type), \(hop.path), 0)"
      : "nc_member(\(pointer.address), struct \(type), \(hop.path))"
  }

  private func nonNull(_ pointer: Place) -> String {
    CValue.both(pointer.present, "\(pointer.address) != 0")
  }

  /// The pointer is not NULL, and its structure has the member, which is asked for only where it may
  /// be missing.
  private func exists(_ pointer: Place, _ type: String, _ hop: KernelRead.Hop) -> String {
    hop.isOptional
      ? CValue.both(nonNull(pointer), "nc_field_exists(((struct \(type) *)0)->\(hop.path))")
      : nonNull(pointer)
  }

  /// How a member is declared: CO-RE compares kinds, not sizes.
  private func member(
    _ value: KernelRead.Value
  ) -> (declaration: (String) -> String, kind: String) {
    switch value {
    case .integer(let bytes, _, _): ({ "u\(bytes * 8) \($0)" }, "u\(bytes * 8)")
    case .address4, .addressByFamily: ({ "u32 \($0)" }, "u32")
    case .address6: ({ "struct nc_in6_addr \($0)" }, "in6")
    case .mac, .characters: ({ "unsigned char \($0)[1]" }, "bytes")
    case .bitField, .pointer, .string, .socketFlow: ({ "void *\($0)" }, "pointer")
    }
  }

  // MARK: The value

  private func load(
    _ read: KernelRead, _ place: Place, _ type: ValueType, _ span: Span
  ) throws(Diagnostic) -> CValue {
    switch read.value {
    case .pointer:
      let pointer = try dereference(place)
      return CValue(present: pointer.present, words: [word(pointer.address)])
    case .socketFlow:
      let sock = try dereference(place)
      return text(sock, "nc_read_flow(\(sock.address),", words: 5)
    case .string:
      if read.hops.isEmpty, case .record = read.base {
        return text(place, "nc_read_located((u64)run->ctx, \(place.address),", words: 9)
      }
      let string = try dereference(place)
      return text(string, "nc_read_text(\(string.address), NC_TEXT_LEN,", words: 9)
    case .characters(let count):
      return text(place, "nc_read_text(\(place.address), \(count),", words: 9)
    case .integer(let bytes, let isSigned, let isBigEndian):
      let number = try integer(place, bytes, read)
      return CValue(
        present: number.present,
        words: [word(convert(number.words[0], bytes, isSigned, isBigEndian))])
    case .bitField(let isSigned):
      guard let hop = read.hops.last else { throw problem("a bit field has no structure", span) }
      let type = shared.flavour(hop, kind: "bits") {
        "\(isSigned ? "int" : "unsigned int") \($0) : 1"
      }
      let name = name(hint(read))
      line("u64 \(name) = 0;")
      let present = flag(
        CValue.both(
          exists(place, type, hop),
          "nc_read_bits(\(place.address), struct \(type), \(hop.path), \(isSigned), &\(name))"),
        "reads")
      return CValue(present: present, words: [name])
    case .mac:
      return numbers(place, "nc_read_mac(\(place.address),", read, 1)
    case .address4:
      if place.isValue, read.hops.isEmpty, case .argument = read.base {
        return CValue(
          present: place.present,
          words: ["0", word("NC_MAPPED(__builtin_bswap32((u32)\(place.address)))")])
      }
      var value = numbers(place, "nc_read_address4(\(place.address),", read, 1)
      value.words.insert("0", at: 0)
      return value
    case .address6:
      return numbers(place, "nc_read_address6(\(place.address),", read, 2)
    case .addressByFamily:
      return try addressByFamily(read, place, span)
    }
  }

  private func integer(
    _ place: Place, _ bytes: Int, _ read: KernelRead
  ) throws(Diagnostic) -> CValue {
    if place.isValue, read.hops.isEmpty {
      if case .pointer = read.base {
      } else {
        return CValue(present: place.present, words: [place.address])
      }
    }
    let name = name(hint(read))
    line("u64 \(name) = 0;")
    let present = flag(
      CValue.both(place.present, "nc_read_integer(\(place.address), \(bytes), &\(name))"), "reads")
    return CValue(present: present, words: [name])
  }

  private func convert(
    _ word: String, _ bytes: Int, _ isSigned: Bool, _ isBigEndian: Bool
  ) -> String {
    if bytes == 8 { return isBigEndian ? "__builtin_bswap64(\(word))" : word }
    let bits = bytes * 8
    let turned = isBigEndian && bytes > 1 ? "__builtin_bswap\(bits)((u\(bits))\(word))" : word
    let signed = ["s8", "s16", "s32"][bytes == 1 ? 0 : bytes == 2 ? 1 : 2]
    return isSigned ? "(u64)(s64)(\(signed))\(turned)" : "(u64)(u\(bits))\(turned)"
  }

  private func numbers(_ place: Place, _ call: String, _ read: KernelRead, _ count: Int) -> CValue {
    let names = (0..<count).map { _ in name(hint(read)) }
    line("u64 \(names.map { "\($0) = 0" }.joined(separator: ", "));")
    let arguments = names.map { "&\($0)" }.joined(separator: ", ")
    let present = flag(CValue.both(place.present, "\(call) \(arguments))"), "reads")
    return CValue(present: present, words: names)
  }

  private func text(_ place: Place, _ call: String, words: Int) -> CValue {
    let name = name("text")
    line("u64 *\(name) = \(slot(words));")
    let isThere = CValue.both(place.present, "\(place.address) != 0")
    return CValue(present: flag(CValue.both(isThere, "\(call) \(name))"), "reads"), words: [name])
  }

  /// The member of IPv6 that goes with one of IPv4.
  private static let sixOfFour = [
    "skc_daddr": "skc_v6_daddr", "skc_rcv_saddr": "skc_v6_rcv_saddr",
  ]

  private func addressByFamily(
    _ read: KernelRead, _ place: Place, _ span: Span
  ) throws(Diagnostic) -> CValue {
    guard let hop = read.hops.last, let four = hop.path.split(separator: ".").last.map(String.init),
      let six = Self.sixOfFour[four]
    else { throw problem("which family this address is of is not known here", span) }
    // The structure begins with a sock_common, whichever kind of socket it is.
    let type = shared.flavour(hop, kind: "u32") { "u32 \($0)" }
    let start = word(
      "\(place.address) - nc_field_byte_offset(((struct \(type) *)0)->\(hop.path))", "sock")
    let names = [name(hint(read)), name(hint(read))]
    line("u64 \(names[0]) = 0, \(names[1]) = 0;")
    let call =
      "nc_read_by_family(\(start), nc_of_sock(\(start), \(four)), nc_of_sock(\(start), \(six)), "
      + "&\(names[0]), &\(names[1]))"
    return CValue(present: flag(CValue.both(place.present, call), "reads"), words: names)
  }
}
