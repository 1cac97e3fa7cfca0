package import Language
package import Lowering
package import Syntax

/// A point that the running kernel has, with all that is needed to attach to it.
package struct ResolvedPoint: Sendable, Equatable {
  package let point: Point
  /// What may be tried, in this order.
  package let mechanisms: [Mechanism]
  /// The function, or the tracepoint without its category.
  package let name: String
  /// The tracepoint's category; nil for a function.
  package let category: String?
  /// The module that has it, nil for the kernel itself or where that is not known.
  package let module: String?
  /// Which argument is the skb, counted from 1; a tracepoint's are its own.
  package let skbArgument: Int
  /// The argument's place among what a program is given, counted from 1: see
  /// ``KernelFunction/slot(ofArgument:)``.
  package let skbSlot: Int
  /// The place of the second argument that was asked for, if one was.
  package let extraSlot: Int?
  /// As an error shows it, nil where BTF does not describe it.
  package let prototype: String?
  /// Identifier of the function, or of the tracepoint's typedef, in the BTF of its module.
  package let btfID: UInt32?
  /// The function, where BTF describes it.
  package let function: KernelFunction?
  /// What the user ought to know: that there is a second skb.
  package let notes: [Diagnostic]

  /// What output calls the point.
  package var displayName: String { category.map { "\($0):\(name)" } ?? name }
}
