internal import Kernel

/// Lines of call chains, by the number that events and keys refer to them by.
// Used by the one thread that runs the session's loop.
final class StackNames: @unchecked Sendable {
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
