import Kernel
import Language
import Lowering
import MadeScripts
import Packets
import Processes
import Syntax
import SystemPackage
import Testing

/// Whether this machine and this user can run eBPF programs.
enum BpfHere {
  static let obstacle: String? = {
    guard Clang.find() != nil else { return "no clang" }
    do throws(ScriptRun.Failure) {
      _ = try run(Script.of([]))
      return nil
    } catch .load(let failure) {
      return "\(failure.step): \(failure.reason)"
    } catch {
      return "\(error)"
    }
  }()

  static func run(
    _ script: Script, window: Int = ScriptUnit.standardWindow, hasCompareExchange: Bool = true,
    compiler: String? = nil
  ) throws(ScriptRun.Failure) -> ScriptRun {
    let named = compiler.flatMap { findExecutable($0) }.map { Clang(executable: $0) }
    return try ScriptRun(
      script, clang: named ?? Clang.find()!, window: window,
      hasCompareExchange: hasCompareExchange)
  }
}

/// One after the other: what libbpf says while it loads is kept in one place for the process.
@Suite(
  .serialized,
  .enabled(if: BpfHere.obstacle == nil, "eBPF cannot be run here: \(BpfHere.obstacle ?? "")"))
enum InKernel {}

extension ScriptRun {
  /// The fields of the one event that is sent.
  func values(
    on input: Input, _ emitted: [TypedExpression]
  ) throws -> [[UInt64]?] {
    let outcome = try run(on: input)
    try #require(outcome.emissions.count == 1)
    return fields(outcome.emissions[0], emitted.map(\.type))
  }
}
