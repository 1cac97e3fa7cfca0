package import Lowering
internal import SystemPackage

/// By which mechanisms a function can be traced here.
package struct FunctionMechanisms: Sendable, Equatable {
  package let fentry: Availability
  package let kprobe: Availability

  package init(fentry: Availability, kprobe: Availability) {
    self.fentry = fentry
    self.kprobe = kprobe
  }
}

extension KernelFacts {
  /// By which mechanisms each of the functions can be traced, in their order.
  ///
  /// Reads the kernel's lists of symbols and of traceable functions to their ends, which takes some
  /// tenths of a second: for a listing, or to explain a failure. What only root may read is left
  /// open: ``Availability/unknown(reason:)``.
  package func mechanisms(for functions: [KernelFunction]) -> [FunctionMechanisms] {
    let survey = Survey(self, functions: functions)
    return functions.map { survey.mechanisms(for: $0) }
  }

  /// By which mechanisms the function can be traced.
  package func mechanisms(for function: KernelFunction) -> FunctionMechanisms {
    mechanisms(for: [function])[0]
  }

  /// Why a probe could not be attached to the function, as far as the kernel's lists tell; nil
  /// where they show nothing against it.
  package func explainFailure(
    of mechanism: Mechanism, on function: KernelFunction
  ) -> String? {
    let mechanisms = mechanisms(for: function)
    switch mechanism {
    case .fentry: return mechanisms.fentry.isRuledOut ? mechanisms.fentry.reason : nil
    case .kprobe: return mechanisms.kprobe.isRuledOut ? mechanisms.kprobe.reason : nil
    case .tracepoint: return nil
    }
  }
}

/// What the kernel's lists say of some functions.
struct Survey {
  var fentry: Availability
  var kprobe: Availability
  /// By name; nil where the list cannot be read.
  var symbols: [String: KernelSymbol]?
  var traceable: [String: [String?]]?
  var blacklist: Set<String>?
  /// Why what can be traced is not known.
  var traceableProblem: String

  /// Registers that arguments are passed in.
  static let argumentRegisters: Int = {
    #if arch(arm64)
      8
    #else
      6
    #endif
  }()
  /// `MAX_BPF_FUNC_ARGS`: more a trampoline does not pass on.
  static let trampolineArguments = 12

  init(
    fentry: Availability, kprobe: Availability, symbols: [String: KernelSymbol]?,
    traceable: [String: [String?]]?, blacklist: Set<String>?, traceableProblem: String = ""
  ) {
    self.fentry = fentry
    self.kprobe = kprobe
    self.symbols = symbols
    self.traceable = traceable
    self.blacklist = blacklist
    self.traceableProblem = traceableProblem
  }

  init(_ facts: KernelFacts, functions: [KernelFunction]) {
    let names = Set(functions.map(\.name))
    fentry = facts.features.fentry
    kprobe = facts.features.kprobe
    do throws(Errno) { symbols = try facts.symbols.lookUp(names) } catch { symbols = nil }
    traceable = facts.tracefs.traceable(among: names)
    traceableProblem = Self.untold(facts.tracefs)
    blacklist = KprobeBlacklist.read()
  }

  /// Why it is not known which functions can be traced.
  static func untold(_ tracefs: Tracefs) -> String {
    "\(tracefs.problem?.reason ?? "tracefs has no list of functions"), so only trying tells"
  }

  func mechanisms(for function: KernelFunction) -> FunctionMechanisms {
    if let reason = reasonAgainstBoth(function) {
      let no = Availability.unavailable(reason: reason)
      return FunctionMechanisms(
        fentry: fentry.isRuledOut ? fentry : no, kprobe: kprobe.isRuledOut ? kprobe : no)
    }
    let open: Availability =
      if let count = sameName(function) {
        .unknown(reason: "\(count) functions have this name: which is traced, the kernel decides")
      } else if traceable == nil {
        .unknown(reason: traceableProblem)
      } else {
        .available
      }
    return FunctionMechanisms(
      fentry: fentry != .available
        ? fentry
        : reasonAgainstFentry(function).map { .unavailable(reason: $0) }
          ?? (open == .available ? doubtAboutFentry(function) : nil) ?? open,
      kprobe: kprobe != .available
        ? kprobe : reasonAgainstKprobe(function).map { .unavailable(reason: $0) } ?? open)
  }

  /// How many functions have its name, nil if it is the only one.
  private func sameName(_ function: KernelFunction) -> Int? {
    let count = symbols?[function.name]?.count(in: function.module) ?? 1
    return count > 1 ? count : nil
  }

  private func reasonAgainstBoth(_ function: KernelFunction) -> String? {
    if let symbols {
      let symbol = symbols[function.name]
      let count = symbol?.count(in: function.module) ?? 0
      if count == 0 {
        // The part that is rarely run lies elsewhere; that is no function.
        let variants = (symbol?.variants ?? []).filter { !$0.contains(".cold") }
        if let variant = variants.first {
          return "the compiler made \(variant) of it, whose arguments may be others"
        }
        return "inlined: the kernel has no such function any more"
      }
    }
    if let traceable, traceable[function.name]?.contains(function.module) != true {
      return "not traceable: the kernel was built so (notrace)"
    }
    return nil
  }

  private func reasonAgainstFentry(_ function: KernelFunction) -> String? {
    if function.parameters.contains(where: { $0.size == nil }) {
      return "fentry passes on no variable arguments"
    }
    if function.parameters.contains(where: { $0.size ?? 0 > 16 }) {
      return "fentry passes on no argument larger than 16 bytes"
    }
    if function.parameters.count > Self.trampolineArguments {
      return "fentry passes on \(Self.trampolineArguments) arguments at most"
    }
    return nil
  }

  /// Trampolines for arguments on the stack came late, and nothing but attaching one tells.
  private func doubtAboutFentry(_ function: KernelFunction) -> Availability? {
    function.slot(ofArgument: function.parameters.count + 1) - 1 > Self.argumentRegisters
      ? .unknown(reason: "arguments on the stack: whether fentry passes them on, only trying tells")
      : nil
  }

  private func reasonAgainstKprobe(_ function: KernelFunction) -> String? {
    if blacklist?.contains(function.name) == true { return "the kernel allows no kprobe on it" }
    if let argument = function.skbArguments.first,
      function.slot(ofArgument: argument) > Self.argumentRegisters
    {
      return "a kprobe sees \(Self.argumentRegisters) arguments; the skb is number \(argument)"
    }
    return nil
  }
}
