internal import Language
internal import Syntax

/// C blocks in bodies: calls of the functions that ``UserC`` makes of them.
extension ScriptBody {
  /// The call of a block, a number.
  ///
  /// - Parameter user: where what it fills in is; nil where that is nothing.
  func callC(_ index: Int, user: String? = nil) throws(Diagnostic) -> String {
    let block = shared.script.cBlocks[index]
    let names = CText.identifiers(block.text.utf8)
    let isRun = shared.unit.mechanism == .run
    // What a socket costs is paid only where one is asked for.
    var sock = "NULL"
    if names.contains("sock"), !isRun, !shared.unit.isAtReturn, shared.unit.point != nil {
      sock = "(void *)\(try pointerOfC(.sock, "sock", block).orZero(0))"
    }
    var ext = "NULL"
    if names.contains("ext"), !isRun, let slot = shared.unit.point?.extArgument {
      ext = "(void *)\(try pointerOfC(.argument(slot), "ext", block).orZero(0))"
    }
    // Points that share a program would share the number: each gets its own, where it is asked for.
    let traceIndex = names.contains("trace_index") ? shared.unit.point?.position ?? 0 : 0
    let (bytes, length) =
      shared.rebuilds
      ? ("nc_made_bytes(run)", "nc_made_bytes_len(run)")
      : ("run->s->packet.start", "run->s->packet.len")
    return "\(UserC.function(index))((void *)run->ctx, (void *)run->skb, "
      + (isRun ? "NULL" : "(const u8 *)\(bytes)")
      + ", \(length), \(sock), \(ext), \(traceIndex)\(user.map { ", \($0)" } ?? ""))"
  }

  private func pointerOfC(
    _ base: KernelRead.Base, _ name: String, _ block: CBlock
  ) throws(Diagnostic) -> CValue {
    let read = KernelRead(base: base, hops: [], value: .pointer, text: name)
    return try kernelValue(
      read, TypedExpression(.kernel(read), .integer(.pointer), span: block.span))
  }

  /// `emit … from c { … }`
  func emit(_ emission: Emission, fromC index: Int) throws(Diagnostic) {
    guard let probe else { return }
    if emission.cFields.isEmpty {
      try block("if (\(try callC(index)))") { () throws(Diagnostic) in try emit(emission) }
      return
    }
    let words = CLayout.words(of: emission.cFields.map { probe.fields[$0] })
    let user = name("user")
    line("u64 *\(user) = \(slot(words));")
    line("nc_clear(\(user), \(words));")
    var filled: [Int: String] = [:]
    for field in emission.cFields {
      let member =
        "((const struct \(UserC.structure(index)) *)\(user))->\(probe.fields[field].name)"
      let isSigned = probe.fields[field].width?.isSigned ?? true
      filled[field] = isSigned ? "(u64)(s64)\(member)" : member
    }
    try block("if (\(try callC(index, user: "(void *)\(user)")))") { () throws(Diagnostic) in
      try emit(emission, filled: filled)
    }
  }
}

/// How C lays out a structure of numbers.
enum CLayout {
  /// Words of 8 bytes that it takes.
  static func words(of fields: [EventField]) -> Int {
    let bytes = fields.reduce(0) { offset, field in
      let size = (field.width?.bits ?? 64) / 8
      return (offset + size - 1) / size * size + size
    }
    return max(1, (bytes + 7) / 8)
  }
}

extension UserC {
  /// Nil where the body has no C block.
  init?(_ unit: ScriptUnit, _ walk: ScriptWalk) throws(Diagnostic) {
    if walk.cBlocks.isEmpty { return nil }
    let script = unit.script
    let fields = script.probes[unit.probe].fields
    source = script.source
    blocks = walk.cBlocks.map { use in
      Block(
        index: use.index, block: script.cBlocks[use.index], fields: use.fields.map { fields[$0] },
        isStatement: use.isStatement)
    }
    declarations = script.cDeclarations
    try Self.refuseOwnIncludes(declarations)
    isOfProgram = unit.isOfProgram
    isUserMemory = [.uprobe, .uretprobe, .usdt].contains(unit.mechanism)
    refused = Self.refused(unit)
    var options: [String] = []
    let texts =
      walk.cBlocks.map { (script.cBlocks[$0.index], script.source) }
      + script.cDeclarations.map { ($0.block, $0.source) }
    for (block, source) in texts {
      let names = CText.identifiers(block.text.utf8)
      for option in script.options
      where names.contains(option.name) && !CKeywords.all.contains(option.name) {
        guard let text = Self.declaration(of: option) else {
          throw Diagnostic(
            .error, "the option '\(option.name)' has no value, and C has nothing for that",
            at: Diagnostic.Place(source, block.span),
            hints: ["give it a default, or a value: --\(option.name)"])
        }
        if !options.contains(text) { options.append(text) }
      }
    }
    self.options = options
  }

  /// `#include "x.h"`: what is not the kernel's would be missing without a word.
  private static func refuseOwnIncludes(_ declarations: [CDeclaration]) throws(Diagnostic) {
    for declaration in declarations {
      guard let range = CText.ownInclude(in: declaration.block.text) else { continue }
      let start = declaration.block.span.start
      throw Diagnostic(
        .error, "files of one's own cannot be included",
        at: Diagnostic.Place(
          declaration.source, Span(start + range.lowerBound..<start + range.upperBound)),
        hints: ["put its text here; types of the kernel need no #include"])
    }
  }

  private static func declaration(of option: ScriptOption) -> String? {
    switch option.value {
    case nil: return nil
    case .integer(let number): return "static const s64 \(option.name) = \(constant(number));\n"
    case .text(let text):
      let bytes = (text.utf8 + [0]).map(String.init).joined(separator: ", ")
      return "static const char \(option.name)[] = {\(bytes)};\n"
    case .address(let address):
      let bytes = [address.high, address.low].flatMap { half in
        (0..<8).map { String(UInt8(truncatingIfNeeded: half >> (56 - 8 * UInt64($0)))) }
      }
      return "static const u8 \(option.name)[16] = {\(bytes.joined(separator: ", "))};\n"
    }
  }

  private static func refused(_ unit: ScriptUnit) -> [String: String] {
    var refused: [String: String] = [:]
    let points = unit.script.probes.filter { $0.name == unit.script.probes[unit.probe].name }
      .flatMap(\.points)
    if !points.contains(where: { $0.extArgument != nil }) {
      let name = unit.point?.displayName ?? "f"
      refused["ext"] = "nothing is handed over here: a point says what, \(name)(ext: 1)"
    }
    guard let point = unit.point else { return refused }
    if point.packet == .none {
      for name in ["skb", "pkt", "pkt_len"] {
        refused[name] = "there is no packet at \(point.displayName): it takes no skb"
      }
      if point.sockArgument == nil, point.sockRecordOffset == nil {
        refused["sock"] =
          "there is no socket at \(point.displayName): neither an argument nor an skb has one"
      }
    }
    if unit.isOfProgram {
      refused["skb"] = "the packet is a program's, and no skb: its address is '\(programPacket)'"
      refused["sock"] = "there is no socket at \(point.displayName): it is in a program"
    }
    if unit.isAtReturn {
      for name in ["skb", "sock"] {
        refused[name] =
          "at a return '\(name)' may be another one by now; what is wanted of the call is read by "
          + "the script: let mark = skb.mark"
      }
    }
    return refused
  }
}
