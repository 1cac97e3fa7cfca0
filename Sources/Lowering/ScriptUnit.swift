package import Language
package import Syntax

/// How the program of a script's probe gets to run.
package enum ScriptMechanism: String, Sendable, Hashable, CaseIterable {
  /// At a function's entry; arguments are slots.
  case fentry
  /// At a function's entry; arguments are registers.
  case kprobe
  /// A tracepoint with its own arguments, typed by BTF.
  case tracepoint
  /// A tracepoint with its record, as tracefs describes it.
  case record
  /// A tracepoint with its arguments as numbers.
  case rawTracepoint
  /// At a function's return, with the result: arguments are slots, or registers that are gone.
  case fexit, kretprobe
  /// In a program: at a function's entry, at its return, at a mark.
  case uprobe, uretprobe, usdt
  /// No probe: over packets from a map, see `bpf/script_run.h`.
  case run
}

/// One probe of a script at points that are alike: everything that decides its C text.
package struct ScriptUnit: Sendable {
  package let script: Script
  /// Index into ``Script/probes``.
  package let probe: Int
  package let mechanism: ScriptMechanism
  /// Where the packet and the socket are; nil for ``ScriptMechanism/run``.
  package let point: ScriptPoint?
  /// The kernel has an atomic compare-and-exchange for programs (5.12 and later): tables of extremes
  /// are shared by all CPUs then, else each CPU has its own.
  package let hasCompareExchange: Bool
  /// As ``ProbeUnit/readsInPlace``: for the packet's headers and the skb's own fields.
  package let readsInPlace: Bool
  /// The body's usual form is tried first: see ``UsualForm``.
  package let triesUsualForm: Bool
  /// Bytes of a packet that are read at once: a multiple of 8.
  package let window: Int

  package static let standardWindow = 256

  package init(
    script: Script, probe: Int, mechanism: ScriptMechanism, point: ScriptPoint?,
    hasCompareExchange: Bool, readsInPlace: Bool = false, triesUsualForm: Bool? = nil,
    window: Int = standardWindow
  ) {
    self.script = script
    self.probe = probe
    self.mechanism = mechanism
    self.point = point
    self.hasCompareExchange = hasCompareExchange
    self.readsInPlace = readsInPlace
    self.triesUsualForm = triesUsualForm ?? readsInPlace
    self.window = window
  }

  /// Whether the packet gets the headers that it lacks (`bpf/rebuild.h`).
  package var rebuilds: Bool {
    mechanism != .run && script.probes[probe].rebuilds
      && point?.packet != ScriptPoint.PacketSource.none
  }

  /// The body runs over each of several packets.
  package var isOfMany: Bool { isOfProgram && point?.packet.isMany == true }

  /// The packet is in a program's memory.
  package var isOfProgram: Bool { mechanism != .run && point?.packet.isUser == true }

  /// Whether it runs at a function's return.
  package var isAtReturn: Bool { [.fexit, .kretprobe, .uretprobe].contains(mechanism) }

  /// The mechanisms that can serve a point, best first.
  package static func mechanisms(
    for point: ScriptPoint, in script: Script, probe: Int
  ) -> [ScriptMechanism] {
    switch point.kind {
    case .function: return [.fentry, .kprobe]
    case .fentry: return [.fentry]
    case .kprobe: return [.kprobe]
    case .tracepoint:
      let walk = ScriptWalk(script, script.probes[probe].body)
      let isRecord =
        walk.readsRecord || point.sockRecordOffset != nil
        || {
          if case .record = point.packet { true } else { false }
        }()
      return isRecord ? [.record] : [.tracepoint]
    case .rawTracepoint: return [.rawTracepoint]
    case .userFunction: return [.uprobe]
    case .userReturn: return [.uretprobe]
    case .userMark: return [.usdt]
    case .functionReturn: return point.returnSlot == nil ? [.kretprobe] : [.fexit, .kretprobe]
    case .fexit: return [.fexit]
    }
  }

  /// The C text, which includes files of `bpf/`.
  package func lower() throws(Diagnostic) -> LoweredScript {
    try ScriptLowering(self).lower()
  }
}

/// A script's probe as C.
package struct LoweredScript: Sendable {
  /// Includes files of `bpf/`.
  package let c: String
  /// Values that the body reads from the kernel: for ``ScriptMechanism/run`` they are given.
  package let reads: [Read]
  /// The C blocks that ``c`` calls; nil where there are none. What is made of them stands before it.
  package let userC: UserC?

  package struct Read: Sendable, Equatable {
    package let read: KernelRead
    /// Index of its first word, and how many it has.
    package let first: Int
    package let words: Int
  }

  /// The line, from 1, that a line of the C was made of, and the text that it is of.
  ///
  /// - Parameters:
  ///   - line: a line of the C as the verifier's log quotes it.
  ///   - script: what was lowered.
  ///   - userC: what was made of ``userC``.
  package func scriptLine(
    of line: some StringProtocol, in script: Script, userC: String = ""
  ) -> (source: SourceText, number: Int)? {
    let wanted = line.trimmed
    guard !wanted.isEmpty else { return nil }
    var current: Substring?
    for candidate in (userC + c).split(separator: "\n") {
      let text = candidate.trimmed
      if text.hasPrefix(Self.marker) { current = text }
      if text == wanted, let current { return Self.place(current, in: script) }
    }
    return nil
  }

  /// The same by the number of the line, from 1, in the text that was compiled.
  package func scriptLine(
    at number: Int, of compiled: String, in script: Script
  ) -> (source: SourceText, number: Int)? {
    let lines = compiled.split(separator: "\n", omittingEmptySubsequences: false).prefix(number)
    for line in lines.reversed() {
      let text = line.trimmed
      if text.hasPrefix(Self.marker) { return Self.place(text, in: script) }
    }
    return nil
  }

  /// The C without what depends on other parts of the script: the lines that say where something stands,
  /// and the numbers of C blocks, which are counted by their first use here.
  package var textWithoutPlaces: String {
    var numbers: [Substring: Int] = [:]
    var text = ""
    for line in c.split(separator: "\n") where !line.trimmed.hasPrefix(Self.marker) {
      var rest = line
      while let start = rest.firstRange(of: "script_") {
        let name = rest[start.lowerBound...].prefix { $0 == "_" || $0.isLetter || $0.isNumber }
        text += rest[..<start.lowerBound]
        let stem = name.reversed().drop { $0.isNumber }
        if stem.count < name.count, stem.first == "_" {
          let number = numbers[name] ?? numbers.count
          numbers[name] = number
          text += String(stem.reversed()) + "#\(number)"
        } else {
          text += name
        }
        rest = rest[name.endIndex...]
      }
      text += rest + "\n"
    }
    return text
  }

  /// What stands before a line of the script in the comments of the C.
  static let marker = "/* line "

  /// `/* line 12: `, or `/* line 12 of net/tcp: ` where that is in an imported script.
  static func marker(line: Int, of source: SourceText, in script: Script) -> String {
    source == script.source
      ? "\(marker)\(line): " : "\(marker)\(line) of \(source.name.inComment): "
  }

  /// The same for C, of which there is no more than that: `/* line 12 */`, `/* line 12 of a.c */`.
  static func mark(line: Int, of source: SourceText, script: SourceText) -> String {
    source == script
      ? "\(marker)\(line) */" : "\(marker)\(line) of \(source.name.inComment) */"
  }

  private static func place(
    _ comment: Substring, in script: Script
  ) -> (source: SourceText, number: Int)? {
    guard let number = Int(comment.dropFirst(marker.count).prefix { $0.isNumber }) else {
      return nil
    }
    let ofC = [script.source] + script.cDeclarations.map(\.source)
    if let source = ofC.first(where: {
      comment == mark(line: number, of: $0, script: script.source)
    }) {
      return (source, number)
    }
    let sources = [script.source] + script.functions.compactMap(\.source)
    return sources.first { comment.hasPrefix(marker(line: number, of: $0, in: script)) }
      .map { ($0, number) }
  }
}

extension StringProtocol {
  fileprivate var trimmed: SubSequence {
    let blank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
    guard let first = firstIndex(where: { !blank($0) }), let last = lastIndex(where: { !blank($0) })
    else { return prefix(0) }
    return self[first...last]
  }
}
