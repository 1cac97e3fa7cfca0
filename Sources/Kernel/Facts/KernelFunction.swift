/// A function of the kernel or of a module, as its type information shows it.
package struct KernelFunction: Sendable, Equatable {
  package let name: String
  /// The module that has it, nil for the kernel itself.
  package let module: String?
  /// Its identifier in the type information of the kernel or the module.
  package let btfID: UInt32
  package let parameters: [Parameter]
  /// Which parameters are `struct sk_buff *`, counted from 1.
  package let skbArguments: [Int]
  /// As an error shows it: `icmp_rcv(struct sk_buff *skb)`.
  package let prototype: String

  package init(_ types: TypeInformation, function: UInt32, name: String) {
    let prototype = types.target(function)
    self.name = name
    module = types.module
    btfID = function
    parameters = types.parameters(ofPrototype: prototype).map { Parameter(types, $0) }
    skbArguments = types.skbArguments(ofPrototype: prototype)
    self.prototype = types.prototypeText(name, prototype: prototype)
  }

  /// Where an argument is among those that a program is given, counted from 1: the number of the
  /// register for a kprobe, of the 8-byte slot for fentry. A structure before it that is passed by
  /// value takes two, if it is larger than one.
  package func slot(ofArgument number: Int) -> Int {
    parameters.prefix(number - 1).reduce(1) { $0 + Self.slots(ofSize: $1.size ?? 8) }
  }

  /// How many slots an argument of so many bytes takes: a larger structure is in memory, and takes
  /// none.
  static func slots(ofSize bytes: Int) -> Int { bytes > 16 ? 0 : (bytes + 7) / 8 }
}

/// One parameter of a kernel function or tracepoint.
package struct Parameter: Sendable, Equatable {
  /// What a parameter may be taken for.
  package enum Shape: Sendable, Equatable {
    case skb
    /// `void *` and the like, which may well be an skb.
    case untypedPointer
    case other
  }

  /// Empty where BTF has none.
  package let name: String
  /// As C declares it: `struct sk_buff *skb`.
  package let text: String
  package let shape: Shape
  /// Bytes that it takes; nil for `...`.
  package let size: Int?

  package init(_ types: TypeInformation, _ element: TypeInformation.Element) {
    name = element.name
    text = element.type == 0 ? "..." : types.declaration(of: element.type, name: element.name)
    size = element.type == 0 ? nil : types.size(element.type)
    let type = types.stripped(element.type)
    if types.isSkbPointer(element.type) {
      shape = .skb
    } else if types.kind(type) == .pointer, types.kind(types.stripped(types.target(type))) == .void
    {
      shape = .untypedPointer
    } else {
      shape = .other
    }
  }
}
