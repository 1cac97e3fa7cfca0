internal import Kernel
internal import Runtime

/// Lines of call chains, by the number that events and keys refer to them by.
// Used by the one thread that runs the session's loop.
private final class StackNames: @unchecked Sendable {
  private let stacks: StackMap?
  private let symbols = KernelSymbolizer()
  private var known: [UInt64: [String]] = [:]

  init(_ stacks: StackMap?) {
    self.stacks = stacks
  }

  func lines(of number: UInt64) -> [String] {
    if let lines = known[number] { return lines }
    let frames = stacks?.frames(of: number) ?? []
    let lines = frames.isEmpty ? ["(not kept)"] : symbols.names(of: frames)
    known[number] = lines
    return lines
  }
}

extension PrintingEnvironment {
  /// Stacks of the kernel by name.
  static func live(_ stacks: StackMap?, usesColour: Bool) -> PrintingEnvironment {
    var environment = PrintingEnvironment.system
    let names = StackNames(stacks)
    environment.symbolize = { names.lines(of: $0) }
    environment.usesColour = usesColour
    return environment
  }
}
