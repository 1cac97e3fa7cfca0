internal import Kernel
internal import Language
package import Syntax

/// A point of `netcap mbuf` or `netcap raw`: a function of a program, or a mark that it was built with.
package struct ProgramPoint: Sendable, Equatable {
  package enum Kind: Sendable, Equatable {
    case function
    /// Of this provider, or of any.
    case mark(provider: String?)
  }

  package let kind: Kind
  package let name: String
  /// Numbers of arguments, from 1: the packet, and what is said of it by another.
  package let packet: Int?
  package let second: Int?
  package let place: Diagnostic.Place
}

/// What packets are in a program.
package enum ProgramPackets: String, Sendable {
  /// DPDK's; with a second argument, as many in an array as it says.
  case mbuf
  /// Bytes, and how many.
  case raw

  /// As a script's point has it: `(mbuf: 1)`, `(mbuf: 1, count: 2)`, `(data: 1, len: 2)`.
  func arguments(of point: ProgramPoint) -> String {
    let first = point.packet ?? 1
    switch (self, point.second) {
    case (.mbuf, nil): return "(mbuf: \(first))"
    case (.mbuf, let count?): return "(mbuf: \(first), count: \(count))"
    case (.raw, let length): return "(data: \(first), len: \(length ?? first + 1))"
    }
  }
}

/// Finds points in the files that a process runs.
struct ProgramSearch {
  let process: TracedProcess
  private let files: [ProgramFile]

  init(_ process: TracedProcess) {
    self.process = process
    files = process.paths.compactMap { ProgramFile(path: $0) }
  }

  /// A point as a script names it: `uprobe:"/proc/812/root/usr/bin/x":f`.
  ///
  /// - Throws: that no file of the process has it, with the nearest names.
  func spelled(_ point: ProgramPoint, _ packets: ProgramPackets) throws(Diagnostic) -> String {
    let how = packets.arguments(of: point)
    switch point.kind {
    case .function:
      if let file = files.first(where: { $0.functions.contains(point.name) }) {
        return "uprobe:\(SkbScript.literal(file.path)):\(point.name)\(how)"
      }
    case .mark(let provider):
      for file in files {
        let marks = Self.marks(of: file).filter {
          $0.name == point.name && (provider == nil || $0.provider == provider)
        }
        let providers = Set(marks.map(\.provider)).sorted()
        if providers.count > 1 {
          throw Diagnostic(
            .error, "several providers have a mark '\(point.name)'", at: point.place,
            hints: [
              "say which: \(providers.map { "usdt:\($0):\(point.name)" }.joined(separator: ", "))"
            ])
        }
        if let provider = providers.first {
          return "usdt:\(SkbScript.literal(file.path)):\(provider):\(point.name)\(how)"
        }
      }
    }
    throw unknown(point)
  }

  /// Marks that a script can name: a file may not write into one by the name of a provider.
  private static func marks(of file: ProgramFile) -> [ProgramFile.Mark] {
    file.marks.filter { SkbScript.isName($0.provider) }
  }

  private func unknown(_ point: ProgramPoint) -> Diagnostic {
    let (what, names): (String, Set<String>)
    switch point.kind {
    case .function:
      (what, names) = ("function", files.reduce(into: []) { $0.formUnion($1.functions) })
    case .mark:
      (what, names) = (
        "mark", files.reduce(into: []) { $0.formUnion(Self.marks(of: $1).map(\.name)) }
      )
    }
    let near = nearestNames(to: point.name, among: names)
    let hint =
      if files.isEmpty {
        "no file of it can be read: has it ended, or is it the kernel's?"
      } else if !near.isEmpty {
        "did you mean \(near.joined(separator: ", "))?"
      } else if !names.isEmpty {
        "its executable and \(files.count - 1) libraries were looked through"
      } else if case .mark = point.kind {
        "none of its \(files.count) files has any: marks are built in with sys/sdt.h"
      } else {
        "none of its \(files.count) files has any: is it stripped?"
      }
    return Diagnostic(
      .error,
      "process \(process.number) (\(process.name.terminalSafe)) has no \(what) '\(point.name)'",
      at: point.place, hints: [hint])
  }
}

extension PointList {
  /// Reads points in programs: `[uprobe:]function[@1[@2]], …` or `usdt:[provider:]mark[@1[@2]], …`.
  ///
  /// - Returns: the points in the order of the text, at least one, none twice.
  package func parsePrograms() throws(Diagnostic) -> [ProgramPoint] {
    var points: [ProgramPoint] = []
    for range in parts {
      let point = try programPoint(in: range)
      if points.contains(where: { $0.kind == point.kind && $0.name == point.name }) {
        throw Diagnostic(.error, "'\(point.name)' is named twice", at: point.place)
      }
      points.append(point)
    }
    return points
  }

  private func programPoint(in range: Range<Int>) throws(Diagnostic) -> ProgramPoint {
    guard !range.isEmpty else {
      throw error(
        "expected a function or a mark of the program", range,
        "as in -f main_rx@1, -f rx_burst@2@3 or -f usdt:packet_received@1")
    }
    var parts = split(range, at: ":")
    var kind = ProgramPoint.Kind.function
    switch (parts.count, text(parts[0])) {
    case (1, _): break
    case (2, "uprobe"): parts.removeFirst()
    case (2, "usdt"):
      kind = .mark(provider: nil)
      parts.removeFirst()
    case (3, "usdt"):
      kind = .mark(provider: try name(parts[1], what: "a provider"))
      parts.removeFirst(2)
    default:
      let near = nearestNames(to: text(parts[0]), among: ["uprobe", "usdt"])
      throw error(
        "'\(text(parts[0]))' is not a kind of point in a program", parts[0],
        near.isEmpty ? "one of uprobe, usdt" : "did you mean \(near[0])?")
    }
    let point = try function(parts[0], kind: .function, in: range)
    return ProgramPoint(
      kind: kind, name: point.name, packet: point.skbArgument, second: point.extraArgument,
      place: point.place)
  }
}
