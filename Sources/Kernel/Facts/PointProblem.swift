import Language
import Syntax

/// Everything that can be wrong with a point, in the words in which the user is told.
enum PointProblem {
  case unknownFunction(nearest: [String], tracepoint: String?)
  case onlyVariant(String)
  case undescribed(module: String?, hasTypes: Bool)
  case fentryNeedsTypes(module: String?, hasTypes: Bool)
  case noSkb(PointSignature, untyped: [Int])
  case noSuchArgument(PointSignature, argument: Int, skbs: [Int])
  case notAnSkb(PointSignature, argument: Int, skbs: [Int])
  case beyondRegisters(PointSignature, argument: Int?)
  case severalSkbs(PointSignature, taken: Int, others: [Int])
  case ambiguous(Int)
  case unknownTracepoint(nearest: [String])
  case undescribedTracepoint(hasTypes: Bool)

  func diagnostic(_ point: Point, _ severity: Diagnostic.Severity = .error) -> Diagnostic {
    let (message, hints) = words(point)
    return Diagnostic(severity, message, at: point.place, hints: hints)
  }

  private func words(_ point: Point) -> (message: String, hints: [String]) {
    let name = point.name
    switch self {
    case .unknownFunction(let nearest, let tracepoint):
      var hints = didYouMean(nearest)
      if let tracepoint { hints.append("there is a tracepoint of this name: \(tracepoint)") }
      return (
        "no function '\(name)' in this kernel or its loaded modules",
        hints.isEmpty ? ["netcap list functions shows those that take an skb"] : hints
      )
    case .onlyVariant(let variant):
      return (
        "'\(name)' cannot be traced: the compiler made \(variant) of it",
        ["its arguments may be others there; trace a function that calls it"]
      )
    case .undescribed(let module, let hasTypes):
      return (
        "\(whyUndescribed(module, hasTypes)), so the skb of '\(name)' is not known",
        ["say which argument it is, counted from 1: \(name)@N"]
      )
    case .fentryNeedsTypes(let module, let hasTypes):
      return (
        "fentry cannot be used for '\(name)': \(whyUndescribed(module, hasTypes))",
        ["kprobe:\(name)@N can, N being the argument that is the skb"]
      )
    case .noSkb(let signature, let untyped):
      let hints = untyped.first.map {
        ["if argument \($0) is an skb all the same, say so: \(name)@\($0)"]
      }
      return ("\(signature.what) '\(name)' takes no skb", [signature.prototype] + (hints ?? []))
    case .noSuchArgument(let signature, let argument, let skbs):
      let count = signature.parameters.count
      return (
        "\(signature.what) '\(name)' has no argument \(argument): it takes "
          + (count == 0 ? "none" : "\(count)"),
        [signature.prototype] + whichSkb(skbs)
      )
    case .notAnSkb(let signature, let argument, let skbs):
      return (
        "argument \(argument) of '\(name)' is no skb: \(signature.parameters[argument - 1].text)",
        [signature.prototype] + whichSkb(skbs)
      )
    case .beyondRegisters(let signature, let argument):
      return (
        "a kprobe cannot see argument \(argument ?? 0) of '\(name)': only the first "
          + "\(Survey.argumentRegisters) are in registers",
        [signature.prototype, "fentry:\(name) can, where the kernel has it"]
      )
    case .severalSkbs(let signature, let taken, let others):
      let ways = others.map { "\(name)@\($0)" }.joined(separator: ", ")
      return (
        "'\(name)' takes \(others.count + 1) skbs: argument \(taken) is traced, \(ways) would be "
          + (others.count == 1 ? "the other" : "the others"),
        [signature.prototype]
      )
    case .ambiguous(let count):
      return (
        "this kernel has \(count) functions '\(name)': which of them is traced is its choice", []
      )
    case .unknownTracepoint(let nearest):
      let hints = didYouMean(nearest)
      return (
        "no tracepoint '\(point.displayName)' in this kernel or its loaded modules",
        hints.isEmpty ? ["netcap list tracepoints shows those that take an skb"] : hints
      )
    case .undescribedTracepoint(let hasTypes):
      return (
        hasTypes
          ? "tracepoint '\(point.displayName)' has no skb that BTF describes"
          : "tracepoint '\(point.displayName)' cannot be used: this kernel has no BTF",
        []
      )
    }
  }

  private func whyUndescribed(_ module: String?, _ hasTypes: Bool) -> String {
    guard hasTypes else { return "this kernel has no BTF" }
    return module.map { "this kernel has no BTF for its module \($0)" }
      ?? "BTF does not describe it"
  }

  private func didYouMean(_ names: [String]) -> [String] {
    names.isEmpty ? [] : ["did you mean \(names.joined(separator: ", "))?"]
  }

  private func whichSkb(_ skbs: [Int]) -> [String] {
    switch skbs.count {
    case 0: []
    case 1: ["argument \(skbs[0]) is the skb"]
    default: ["arguments \(skbs.map(String.init).joined(separator: " and ")) are skbs"]
    }
  }
}
