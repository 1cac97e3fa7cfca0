package import Syntax

/// A place in the kernel, as the user named it.
package struct Point: Sendable, Equatable {
  /// How the user asked for the place to be probed.
  package enum Kind: Sendable, Equatable {
    /// A function, by the best mechanism that the kernel has for it.
    case function
    /// A function, by a kprobe and nothing else.
    case kprobe
    /// A function, by a BPF trampoline at its entry and nothing else.
    case fentry
    /// A tracepoint of this category (`skb`, `net`).
    case tracepoint(category: String)
    /// `category:name` without a prefix: a tracepoint, if there is such a one.
    case perhapsTracepoint(category: String)
  }

  package let kind: Kind
  /// The function's or tracepoint's name.
  package let name: String
  /// Which argument is the skb, counted from 1; nil: the first skb that BTF shows.
  package let skbArgument: Int?
  /// A second argument handed to user code, counted from 1.
  package let extraArgument: Int?
  /// Where the user wrote it.
  package let place: Diagnostic.Place

  package init(
    kind: Kind, name: String, skbArgument: Int? = nil, extraArgument: Int? = nil,
    place: Diagnostic.Place
  ) {
    self.kind = kind
    self.name = name
    self.skbArgument = skbArgument
    self.extraArgument = extraArgument
    self.place = place
  }

  /// What output calls the point: the name, with its category if it is a tracepoint.
  package var displayName: String {
    switch kind {
    case .function, .kprobe, .fentry: name
    case .tracepoint(let category), .perhapsTracepoint(let category): "\(category):\(name)"
    }
  }
}
