package import Language
package import Lowering
package import Syntax
internal import SystemPackage

/// A script's probe, compiled; points that are alike share it.
package struct ScriptObject {
  package let object: Tracer.Object
  package let lowered: LoweredScript

  /// Compiles, or takes the object from the cache.
  ///
  /// - Parameters:
  ///   - lowered: what `unit` lowers to.
  ///   - unit: what a refusal is about.
  /// - Throws: why there is no object.
  package init(
    _ lowered: LoweredScript, of unit: ScriptUnit, clang: Clang
  ) throws(Diagnostic) {
    self.lowered = lowered
    do {
      object = Tracer.Object(try clang.object(for: EmbeddedSources.amalgamate(lowered.c)))
    } catch {
      throw Self.diagnostic(error, clang, unit)
    }
  }

  private static func diagnostic(
    _ failure: Clang.Failure, _ clang: Clang, _ unit: ScriptUnit
  ) -> Diagnostic {
    let probe = unit.script.probes[unit.probe]
    let place = Diagnostic.Place(unit.script.source, probe.span)
    switch failure {
    case .system(let what, let error):
      return Diagnostic(
        .error, "cannot compile probe '\(probe.name)': \(what): \(error)", at: place)
    case .refused(let log):
      return Diagnostic(
        .error, "\(clang.executable) refuses the C of probe '\(probe.name)'", at: place,
        hints: log.split(separator: "\n").prefix(8).map(String.init))
    }
  }

  /// What a program's file lacks; nil for points in the kernel.
  private static func absence(of point: ScriptPoint) -> Diagnostic? {
    let path: String
    let what: String
    let hint: String
    switch point.kind {
    case .userFunction(let file), .userReturn(let file):
      (path, what, hint) = (file, "function '\(point.name)'", "nm -D \(file) lists them")
    case .userMark(let file, let provider):
      (path, what) = (file, "mark '\(provider):\(point.name)'")
      hint = "readelf -n \(file) lists them, as stapsdt"
    case .function, .kprobe, .fentry, .functionReturn, .fexit, .tracepoint, .rawTracepoint:
      return nil
    }
    return KernelFile.exists(FilePath(path))
      ? Diagnostic(.error, "\(path) has no \(what)", at: point.place, hints: [hint])
      : Diagnostic(.error, "there is no file \(path)", at: point.place)
  }

  /// Why the kernel does not take the program, at the line of the script that it was about.
  package func diagnostic(_ failure: LoadFailure, unit: ScriptUnit) -> Diagnostic {
    let probe = unit.script.probes[unit.probe]
    if failure.cause == .notFound, let point = unit.point, let said = Self.absence(of: point) {
      return said
    }
    let line = VerifierLog(failure.log).scriptLine(in: lowered, of: unit.script)
    let place =
      line.map { Diagnostic.Place($0.source, $0.source.span(ofLine: $0.number)) }
      ?? Diagnostic.Place(unit.script.source, probe.span)
    return Diagnostic(
      .error, "the kernel does not take probe '\(probe.name)': \(failure.reason)", at: place)
  }
}

extension VerifierLog {
  /// The line of the script that was being looked at when the program was refused: the log quotes the C
  /// in lines that begin with a semicolon.
  package func scriptLine(
    in lowered: LoweredScript, of script: Script
  ) -> (source: SourceText, number: Int)? {
    for line in text.split(separator: "\n").reversed() where line.hasPrefix("; ") {
      // From 6.8 on with the file and line behind it.
      let quoted = line.dropFirst(2)
      let c = quoted.firstRange(of: " @ ").map { quoted[..<$0.lowerBound] } ?? quoted
      if let found = lowered.scriptLine(of: c, in: script) { return found }
    }
    return nil
  }
}

extension SourceText {
  /// The span of a line, counted from 1, without the blanks around it.
  fileprivate func span(ofLine number: Int) -> Span {
    let bytes = Array(text.utf8)
    var start = 0
    for _ in 1..<max(1, number) {
      guard let end = bytes[start...].firstIndex(of: 10) else { break }
      start = end + 1
    }
    var end = bytes[start...].firstIndex(of: 10) ?? bytes.count
    while start < end, bytes[start] == 32 || bytes[start] == 9 { start += 1 }
    while end > start, bytes[end - 1] == 32 || bytes[end - 1] == 9 { end -= 1 }
    return Span(start..<end)
  }
}
