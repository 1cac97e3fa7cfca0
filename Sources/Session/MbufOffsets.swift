internal import Kernel
package import Language
package import Syntax

/// `--mbuf-offsets`: where members of DPDK's `struct rte_mbuf` are, as `data_off=16,pkt_len=36`.
package enum MbufOffsets {
  private static let limit = 4096

  /// The standard layout with what the text says otherwise.
  package static func parse(_ text: String) throws(Diagnostic) -> ScriptPoint.MbufLayout {
    let source = SourceText(name: "--mbuf-offsets", text: text)
    var layout = ScriptPoint.MbufLayout()
    var start = 0
    for part in text.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
      let place = Diagnostic.Place(source, Span(start..<start + part.count))
      start += part.count + 1
      let words = part.split(separator: UInt8(ascii: "="), omittingEmptySubsequences: false)
        .map { String(decoding: $0, as: UTF8.self) }
      guard words.count == 2 else {
        throw Diagnostic(
          .error, "expected a member and its offset", at: place,
          hints: ["as in --mbuf-offsets data_off=16,pkt_len=36"])
      }
      guard
        let member = ScriptPoint.MbufLayout.members.first(where: { $0.name == words[0] })
      else {
        let names = ScriptPoint.MbufLayout.members.map(\.name)
        let near = nearestNames(to: words[0], among: names)
        throw Diagnostic(
          .error, "'\(words[0])' is no member that is read of an mbuf", at: place,
          hints: [
            near.isEmpty
              ? "there are: \(names.joined(separator: ", "))" : "did you mean \(near[0])?"
          ])
      }
      guard let offset = Int(words[1]), (0...limit).contains(offset) else {
        throw Diagnostic(.error, "an offset is 0 … \(limit) bytes", at: place)
      }
      layout[keyPath: member.place] = offset
    }
    return layout
  }

  /// Sets where the members are at each point that takes mbufs: as was given, else as the program's debug
  /// information says, else as DPDK has them.
  ///
  /// - Parameter note: is told where that comes from, once for each file.
  static func resolve(
    _ script: inout Script, given: ScriptPoint.MbufLayout?, note: (Diagnostic) -> Void
  ) {
    var known: [String: ScriptPoint.MbufLayout] = [:]
    for probe in script.probes.indices {
      for index in script.probes[probe].points.indices {
        let point = script.probes[probe].points[index]
        switch point.packet {
        case .mbuf, .mbufs: break
        case .none, .argument, .record, .read, .bytes: continue
        }
        guard let path = point.kind.path else { continue }
        let layout = given ?? known[path] ?? lookUp(path, note: note)
        known[path] = layout
        script.probes[probe].points[index].mbufLayout = layout
      }
    }
  }

  private static func lookUp(
    _ path: String, note: (Diagnostic) -> Void
  ) -> ScriptPoint.MbufLayout {
    let standard = ScriptPoint.MbufLayout()
    let source: String
    let layout: ScriptPoint.MbufLayout
    switch ProgramFile.mbufLayout(path: path) {
    case .found(let found): (layout, source) = (found, "its debug information says")
    case .unknown:
      (layout, source) = (standard, "DPDK has them: it has no debug information of them")
    case .noLibrary:
      (layout, source) = (
        standard, "DPDK has them: libdw, which reads debug information, is not installed"
      )
    }
    let members = ScriptPoint.MbufLayout.members.map { "\($0.name) \(layout[keyPath: $0.place])" }
    note(
      Diagnostic(
        .note, "\(path): mbufs as \(source)", hints: [members.joined(separator: ", ")]))
    return layout
  }
}

extension ScriptPoint.Kind {
  /// The file that a point in a program is in.
  var path: String? {
    switch self {
    case .userFunction(let path), .userReturn(let path), .userMark(let path, _): path
    case .function, .kprobe, .fentry, .functionReturn, .fexit, .tracepoint, .rawTracepoint: nil
    }
  }
}
