import Kernel
import Language
import Lowering
import Syntax

/// Runs one text as eBPF and in the interpreter.
struct Comparison {
  enum Failure: Error, CustomStringConvertible {
    /// The text is no script: whoever made it is wrong.
    case rejected(String)
    /// The kernel does not take what was made of it.
    case refused(String)
    /// It has more paths than the verifier goes along.
    case tooLarge

    var description: String {
      switch self {
      case .rejected(let why): "the script does not check: \(why)"
      case .refused(let why): "the kernel's half cannot run: \(why)"
      case .tooLarge: "the kernel's half is too large for the verifier"
      }
    }
  }

  let clang: Clang
  /// Bytes that the kernel's half reads at once.
  var window = ScriptUnit.standardWindow
  var hasCompareExchange = true

  static func script(_ text: String) throws(Failure) -> Script {
    let parsed = Parser(SourceText(name: "generated.ncs", text: text)).parse()
    var wrong = parsed.diagnostics.filter { $0.severity == .error }
    if wrong.isEmpty {
      let outcome = Checker(tree: parsed.tree, types: NoKernelTypes()).check()
      wrong = outcome.diagnostics.filter { $0.severity == .error }
      if wrong.isEmpty, let script = outcome.script { return script }
    }
    throw .rejected(wrong.map { $0.rendered() }.joined(separator: "\n"))
  }

  /// What comes of it: the first difference, if there is any, and how the kernel's half behaved.
  ///
  /// - Parameter interpreted: another script for the interpreter, to plant a fault.
  func difference(
    _ script: Script, interpreted: Script? = nil, _ trials: [Trial]
  ) throws -> (String?, Behaviour) {
    let run: ScriptRun
    do throws(ScriptRun.Failure) {
      run = try ScriptRun(
        script, clang: clang, window: window, hasCompareExchange: hasCompareExchange)
    } catch {
      if case .load(let failure) = error, failure.reason.contains("too large") {
        throw Failure.tooLarge
      }
      throw Failure.refused(Self.reason(error))
    }
    let kernel = try Behaviour.ofKernel(run, script, trials)
    let interpreter = try Behaviour.ofInterpreter(interpreted ?? script, trials)
    return (kernel.difference(from: interpreter, script, trials), kernel)
  }

  private static func reason(_ failure: ScriptRun.Failure) -> String {
    switch failure {
    case .lower(let diagnostic): diagnostic.rendered()
    case .userC(let mistakes): mistakes.diagnostics.map { $0.rendered() }.joined(separator: "\n")
    case .compile(let failure, let c): "\(failure)\n\(c)"
    case .load(let failure): "\(failure.step): \(failure.reason)"
    }
  }
}

extension GeneratedScript {
  /// Makes a script that fails as small as it gets with this many attempts.
  func shrunk(attempts: Int, fails: (GeneratedScript) -> Bool) -> GeneratedScript {
    var best = self
    var left = attempts
    search: while true {
      for smaller in best.smaller {
        if left == 0 { break search }
        left -= 1
        if fails(smaller) {
          best = smaller
          continue search
        }
      }
      break
    }
    return best
  }
}
