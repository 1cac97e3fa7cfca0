internal import Language
internal import Syntax

/// At returns: what the function was called with, which a program at its entry keeps, see
/// `bpf/script_return.h`.
extension ScriptUnit {
  /// Whether there is a program at the entry.
  var keepsCall: Bool {
    guard isAtReturn else { return false }
    let walk = ScriptWalk(script, script.probes[probe].body)
    if needsPacket(walk) { return true }
    // A trampoline is given the arguments at the return as well.
    return walk.callReads.contains { expression in
      guard mechanism == .fexit, case .kernel(let read) = expression.kind else { return true }
      return !read.isArgumentItself
    }
  }

  /// Whether the packet of the call is wanted, or its skb.
  private func needsPacket(_ walk: ScriptWalk) -> Bool {
    guard let point, point.packet != .none else { return false }
    if walk.usesPacket || walk.sends || script.probes[probe].emitsAtEnd { return true }
    return walk.callReads.contains { expression in
      guard case .kernel(let read) = expression.kind else { return false }
      return read.base == .skb || (read.base == .sock && point.sockArgument == nil)
    }
  }

  /// Bytes of a packet that are kept: a power of two.
  func keptBytes(_ walk: ScriptWalk) -> Int {
    guard needsPacket(walk) else { return 8 }
    var bytes = window
    while bytes < script.probes[probe].captureLength { bytes *= 2 }
    return bytes
  }
}

extension KernelRead {
  /// It is what was passed, and nothing that this points to.
  var isArgumentItself: Bool {
    guard case .argument = base, hops.isEmpty else { return false }
    switch value {
    case .integer, .pointer, .address4: return true
    case .bitField, .address6, .addressByFamily, .mac, .characters, .string, .socketFlow:
      return false
    }
  }
}

extension ScriptBody {
  /// A value as it was at the call.
  func kept(_ read: KernelRead, _ expression: TypedExpression) throws(Diagnostic) -> CValue {
    let (index, first) = shared.keep(read, expression)
    if index > 63 {
      throw problem("a probe at a return reads 64 values of the call at most", expression.span)
    }
    let present = flag("nc_call_has(run, \(index))", "was")
    if expression.type.memoryWords != nil {
      let name = name("kept")
      line("const u64 *\(name) = nc_call_of(run)->values + \(first);")
      return CValue(present: present, words: [name])
    }
    let words = (0..<expression.type.wordCount).map {
      word("nc_call_of(run)->values[\(first + $0)]", "kept")
    }
    return CValue(present: present, words: words)
  }

  /// At a return nothing is read from a packet's buffer: it may be another one's by then.
  func refuseBuffer(_ expression: TypedExpression) throws(Diagnostic) {
    guard shared.unit.isAtReturn else { return }
    let isBuffer =
      switch expression.kind {
      case .context(.skb): true
      case .kernel(let read):
        if case .argument(let slot) = read.base, shared.unit.point?.packet == .argument(slot) {
          read.isArgumentItself
        } else {
          false
        }
      default: false
      }
    guard isBuffer else { return }
    throw problem(
      "at a return the skb may be another packet's, and cannot be looked into", expression.span,
      hints: ["skb.mark and pkt are as they were at the call: name what you want of them here"])
  }

  /// An argument of a mark, from 0: the program's notes say where it is.
  func markArgument(_ slot: Int) throws(Diagnostic) -> Place {
    let argument = try once("argument \(slot)") { () throws(Diagnostic) in
      let name = name("argument")
      line("u64 \(name) = 0;")
      return CValue(
        present: flag(
          shared.unit.isOfMany
            ? "nc_given_argument(run, \(slot), &\(name))"
            : "nc_mark_argument(run->ctx, \(slot), &\(name))", "has"), words: [name])
    }
    return Place(present: argument.present, address: argument.words[0], isValue: true)
  }
}

/// The parts of the C text that are about the call.
extension ScriptLowering {
  /// Calls that are kept at the same time: 16 MiB of them, 4096 at most.
  static func callCount(words: Int, kept: Int) -> Int {
    let size = 48 + 8 * words + 2 * kept
    return min(4096, max(64, (16 << 20) / size))
  }

  /// What `call_packet.h` wants to know; to be asked for when the body has been lowered.
  func callMacros() -> String {
    let words = 1 + shared.kept.reduce(0) { $0 + $1.type.wordCount }
    let kept = unit.keptBytes(walk)
    return """
      #define NC_CALL_WORDS \(words)
      #define NC_CALL_KEPT \(kept)
      #define NC_CALLS \(Self.callCount(words: words, kept: kept))

      """
  }

  /// Reads at the entry what the body wants of the call.
  func callValues() throws(Diagnostic) -> String {
    let body = ScriptBody(shared, Body(), probe: nil, isAtCall: true)
    let kept = shared.kept
    if !kept.isEmpty {
      try body.put(kept.map(\.type), into: "call->values") { index throws(Diagnostic) in
        try body.value(kept[index])
      }
    }
    return """
      /* Of the call, at its entry. */
      static __always_inline void nc_call_values(struct nc_run *run, struct nc_call *call)
      {
      \(body.lines.joined(separator: "\n"))
      }

      """
  }
}
