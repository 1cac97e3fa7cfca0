/// A tracepoint's name and arguments, from the typedef that the kernel makes for BPF programs.
///
/// BTF knows no categories; see ``Tracefs`` for those.
package struct TracepointSignature: Sendable, Equatable {
  /// What the kernel puts before the name (include/trace/bpf_probe.h).
  package static let prefix = "btf_trace_"

  package let name: String
  /// The module that has it, nil for the kernel itself.
  package let module: String?
  /// The typedef's identifier: what a `tp_btf` program is attached to.
  package let btfID: UInt32
  /// Its own arguments, without the `void *` that the kernel puts before them.
  package let parameters: [Parameter]
  /// Which of them are `struct sk_buff *`, counted from 1.
  package let skbArguments: [Int]
  /// As an error shows it: `kfree_skb(struct sk_buff *skb, void *location)`.
  package let prototype: String

  /// Nil unless the typedef is a pointer to a function that takes `void *` first.
  init?(_ types: TypeInformation, typedef: UInt32) {
    let pointer = types.target(typedef)
    let function = types.target(pointer)
    guard types.kind(pointer) == .pointer, types.kind(function) == .functionPrototype else {
      return nil
    }
    let elements = types.parameters(ofPrototype: function)
    guard !elements.isEmpty else { return nil }
    name = String(types.name(typedef).dropFirst(Self.prefix.utf8.count))
    module = types.module
    btfID = typedef
    let parameters = elements.dropFirst().map { Parameter(types, $0) }
    self.parameters = parameters
    skbArguments = parameters.indices.filter { parameters[$0].shape == .skb }.map { $0 + 1 }
    prototype = "\(name)(\(parameters.map(\.text).joined(separator: ", ")))"
  }
}
