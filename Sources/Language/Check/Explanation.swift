internal import Syntax

/// What a script touches, for `netcap check --explain`.
package struct Explanation: Sendable, Equatable {
  /// Files that `save` writes, as the script has them.
  package var files: [String] = []
  /// Commands that `run` starts.
  package var commands: [String] = []
  /// Names of the kernel that no kernel was asked for.
  package var unchecked: [String] = []

  package init() {}

  mutating func addFile(_ path: TypedExpression) {
    let text = Self.text(of: path)
    if !files.contains(text) { files.append(text) }
  }

  mutating func addCommand(_ command: TypedExpression) {
    let text = Self.text(of: command)
    if !commands.contains(text) { commands.append(text) }
  }

  /// What is known only when the script runs is an ellipsis.
  private static func text(of value: TypedExpression) -> String {
    switch value.kind {
    case .text(let text): text
    case .interpolation(let pieces):
      pieces.map { piece in
        if case .text(let text) = piece { text } else { "…" }
      }.joined()
    default: "…"
    }
  }

  // MARK: For people

  /// Headings and, indented, what is below them; headings with nothing below are left out.
  package func lines(of script: Script) -> [String] {
    var lines: [String] = []
    func section(_ heading: String, _ items: [String]) {
      if !items.isEmpty { lines += [heading] + items.map { "  " + $0 } }
    }
    section("probes", probes(of: script))
    section("keeps in the kernel", stores(of: script))
    section("writes files", files)
    section("runs commands, if --allow-run permits it", commands)
    section(
      "C of its own, left out on recordings if --skip-c permits it",
      (script.cDeclarations.map { ($0.block, $0.source) }
        + script.cBlocks.map { ($0, script.source) })
        .map { Self.place(of: $0, in: $1) })
    section("unchecked: what only a kernel can tell, which was not asked", unchecked)
    return lines.isEmpty ? ["touches nothing"] : lines
  }

  private func probes(of script: Script) -> [String] {
    var items: [String] = []
    for probe in script.probes {
      var name = probe.name
      if let role = probe.path { name += ", hop \(role.hop + 1)" }
      if probe.points.isEmpty {
        items.append("\(name): at no point, as this kernel lacks it")
      }
      for point in probe.points {
        items.append("\(name): \(Self.way(point))\(packet(point, probe))")
      }
    }
    return items
  }

  private static func way(_ point: ScriptPoint) -> String {
    let module = point.module.map { " of module \($0)" } ?? ""
    return switch point.kind {
    case .function: "function \(point.name)\(module), by fentry or kprobe"
    case .kprobe: "function \(point.name)\(module), by kprobe"
    case .fentry: "function \(point.name)\(module), by fentry"
    case .functionReturn: "return of \(point.name)\(module), by fexit or kretprobe"
    case .fexit: "return of \(point.name)\(module), by fexit"
    case .tracepoint(let category): "tracepoint \(category):\(point.name)"
    case .rawTracepoint: "raw tracepoint \(point.name)"
    case .userFunction(let path): "function \(point.name) of \(path)"
    case .userReturn(let path): "return of \(point.name) of \(path)"
    case .userMark(let path, let provider): "mark \(provider):\(point.name) of \(path)"
    }
  }

  private func packet(_ point: ScriptPoint, _ probe: ProbeDefinition) -> String {
    guard point.packet != .none else { return "" }
    // Where it is asked of no kernel, it is a guess.
    let names = [point.name, point.displayName]
    if unchecked.contains(where: { names.contains($0) }) { return "" }
    let bytes = probe.captureLength
    return switch point.packet {
    case .none: ""
    case .argument(let slot): "; skb = argument \(slot + 1), \(bytes) bytes of each packet"
    case .record: "; skb from its record, \(bytes) bytes of each packet"
    case .read(let read): "; skb = \(read.text), \(bytes) bytes of each packet"
    }
  }

  private func stores(of script: Script) -> [String] {
    script.tables.map { "table \($0.name), \($0.maximum) rows at most" }
      + script.states.map { "state \($0.name), \($0.maximum) keys at most" }
      + script.paths.map { "path \($0.name), \($0.maximum) journeys at a time" }
  }

  private static func place(of block: CBlock, in source: SourceText) -> String {
    let line = source.text.utf8.prefix(block.span.start).count { $0 == UInt8(ascii: "\n") } + 1
    return "\(source.name):\(line)"
  }
}
