package import Language
package import Lowering
package import Syntax
internal import SystemPackage

/// A script's probe, compiled; points that are alike share it.
package struct ScriptObject {
  package let object: Tracer.Object
  package let lowered: LoweredScript
  /// What was made of the C blocks, which stands before ``lowered``.
  private let userC: String

  package enum Failure: Error {
    /// What is wrong with the script's C blocks.
    case mistakes([Diagnostic])
    /// Why there is no object.
    case cannotCompile(Diagnostic)

    package var diagnostics: [Diagnostic] {
      switch self {
      case .mistakes(let diagnostics): diagnostics
      case .cannotCompile(let diagnostic): [diagnostic]
      }
    }
  }

  /// Compiles, or takes the object from the cache.
  ///
  /// - Parameters:
  ///   - lowered: what `unit` lowers to.
  ///   - unit: what a refusal is about.
  ///   - types: the kernel's, which C blocks name.
  package init(
    _ lowered: LoweredScript, of unit: ScriptUnit, clang: Clang, types: TypeInformation?
  ) throws(Failure) {
    self.lowered = lowered
    userC = try Self.userText(lowered, of: unit, clang: clang, types: types)
    do {
      object = Tracer.Object(try clang.object(for: lowered, userC: userC))
    } catch {
      throw Self.failure(error, clang, unit, lowered, userC)
    }
  }

  /// Why clang made no object: said at the line of the script where that is in C of its own.
  private static func failure(
    _ failure: Clang.Failure, _ clang: Clang, _ unit: ScriptUnit, _ lowered: LoweredScript,
    _ userC: String
  ) -> Failure {
    guard case .refused(let log) = failure, lowered.userC != nil,
      let said = log.split(separator: "\n").first(where: { $0.contains(": error: ") }),
      let text = said.firstRange(of: ": error: "),
      // …/probe.c:12:3
      let number = said[..<text.lowerBound].split(separator: ":").dropFirst().first.flatMap({
        Int($0)
      }),
      let line = lowered.scriptLine(
        at: number, of: EmbeddedSources.amalgamate(userC + lowered.c), in: unit.script)
    else { return .cannotCompile(diagnostic(failure, clang, unit)) }
    return .mistakes([
      Diagnostic(
        .error, String(said[text.upperBound...]),
        at: Diagnostic.Place(line.source, line.source.textSpan(ofLine: line.number)))
    ])
  }

  /// All of a probe's C, as it is compiled.
  package static func source(
    _ lowered: LoweredScript, of unit: ScriptUnit, clang: Clang?, types: TypeInformation?
  ) throws(Failure) -> String {
    guard lowered.userC != nil, let clang else { return EmbeddedSources.amalgamate(lowered.c) }
    return EmbeddedSources.amalgamate(
      try userText(lowered, of: unit, clang: clang, types: types) + lowered.c)
  }

  private static func userText(
    _ lowered: LoweredScript, of unit: ScriptUnit, clang: Clang, types: TypeInformation?
  ) throws(Failure) -> String {
    guard let user = lowered.userC else { return "" }
    do {
      return try clang.userText(for: user, types: types)
    } catch {
      switch error {
      case .mistakes(let mistakes): throw .mistakes(mistakes.diagnostics)
      case .clang(let failure): throw .cannotCompile(diagnostic(failure, clang, unit))
      case .types(let error):
        throw .cannotCompile(
          Diagnostic(.error, "this kernel's types cannot be written as C: \(error)"))
      }
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
    let line = VerifierLog(failure.log).scriptLine(in: lowered, of: unit.script, userC)
    let place =
      line.map { Diagnostic.Place($0.source, $0.source.textSpan(ofLine: $0.number)) }
      ?? Diagnostic.Place(unit.script.source, probe.span)
    return Diagnostic(
      .error, "the kernel does not take probe '\(probe.name)': \(failure.reason)", at: place)
  }
}

extension VerifierLog {
  /// The line of the script that was being looked at when the program was refused: the log quotes the C
  /// in lines that begin with a semicolon.
  ///
  /// - Parameter userC: what was made of the script's C blocks.
  package func scriptLine(
    in lowered: LoweredScript, of script: Script, _ userC: String = ""
  ) -> (source: SourceText, number: Int)? {
    for line in text.split(separator: "\n").reversed() where line.hasPrefix("; ") {
      // From 6.8 on with the file and line behind it.
      let quoted = line.dropFirst(2)
      let c = quoted.firstRange(of: " @ ").map { quoted[..<$0.lowerBound] } ?? quoted
      if let found = lowered.scriptLine(of: c, in: script, userC: userC) { return found }
    }
    return nil
  }
}
