package import Language

/// How a program gets to run at a point.
package enum Mechanism: String, Sendable, Equatable, Hashable, CaseIterable {
  /// A BPF trampoline at a function's entry; the verifier knows the arguments' types.
  case fentry
  /// A breakpoint or ftrace hook at a function's entry.
  case kprobe
  /// A tracepoint with its arguments typed by BTF.
  case tracepoint
}

/// What one eBPF object does: everything that decides its C text, and nothing else.
///
/// Points that agree in all of it share one compiled object; what differs between them and between
/// runs (the interface, the capture length) is configured when the object is loaded.
package struct ProbeUnit: Sendable, Equatable, Hashable {
  package let mechanism: Mechanism
  /// The argument that is the skb, counted from 0.
  package let skbArgument: Int
  package let filter: PacketFilter?
  /// The kernel lets memory be read in place, by `bpf_rdonly_cast` (6.2 and later): else helpers copy
  /// what is looked at.
  package let readsInPlace: Bool

  package init(
    mechanism: Mechanism, skbArgument: Int, filter: PacketFilter?, readsInPlace: Bool
  ) {
    self.mechanism = mechanism
    self.skbArgument = skbArgument
    self.filter = filter
    self.readsInPlace = readsInPlace
  }
}
