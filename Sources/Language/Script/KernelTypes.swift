/// What a kernel has that scripts name: functions, tracepoints, structures, enumerations.
///
/// Made from the running kernel's BTF and tracefs, from a recording, or from nothing where a script is
/// checked on a machine without any: then `isKnown` is false, and what would need it is unchecked.
package protocol KernelTypes {
  var isKnown: Bool { get }

  /// Functions whose names match (`*` for any text), with what BTF says of their arguments.
  func functions(matching pattern: String) -> [KernelSignature]
  /// Tracepoints of a category, `*` allowed in both.
  func tracepoints(category: String, matching pattern: String) -> [KernelSignature]
  /// A member of a structure, through anonymous ones; nil where there is none.
  func member(_ name: String, of structure: String) -> KernelMember?
  /// Whether there is a structure of this name.
  func hasStructure(_ name: String) -> Bool
  func memberNames(of structure: String) -> [String]
  func enumeration(_ name: String) -> Enumeration?
  /// Every enumerator of this name: its value, and its enumeration (with anonymous ones).
  func enumerators(named name: String) -> [(enumeration: Enumeration, value: Int64)]

  /// Whether it is known that there is no such thing; else what was not found is unchecked.
  func lacks(_ what: KernelThing) -> Bool

  /// For "did you mean".
  func functionNames() -> [String]
  func tracepointNames() -> [String]

  /// Names that begin so, in no order, for completion: at once, and not after a look at everything.
  func names(of kind: KernelNameKind, beginning prefix: String) -> [String]
}

extension KernelTypes {
  package func lacks(_ what: KernelThing) -> Bool { isKnown }

  package func names(of kind: KernelNameKind, beginning prefix: String) -> [String] {
    switch kind {
    case .function: functionNames().filter { $0.hasPrefix(prefix) }
    case .skbFunction: functions(matching: prefix + "*").filter(\.takesSkb).map(\.name)
    case .tracepoint: tracepointNames().filter { $0.hasPrefix(prefix) }
    case .structure, .enumeration, .enumerator: []
    }
  }

  /// States of TCP sockets, with the kernel's numbers.
  package var tcpStates: Enumeration {
    enumerators(named: "TCP_ESTABLISHED").first?.enumeration ?? Catalogue.tcpStates
  }
}

package enum KernelNameKind: Sendable {
  case function
  /// One that takes an skb.
  case skbFunction
  /// `category:name`
  case tracepoint
  case structure
  case enumeration
  case enumerator
}

/// Something that one kernel has and another lacks.
package enum KernelThing: Sendable, Hashable {
  case function(String)
  case tracepoint(category: String, String)
  case member(String, of: String)
}

/// A function or tracepoint with its arguments.
package struct KernelSignature: Sendable, Equatable {
  package struct Argument: Sendable, Equatable {
    package let name: String
    package let type: KernelType
    /// Slot of 8 bytes from 0; for a tracepoint's record the offset in bytes.
    package let place: Int

    package init(name: String, type: KernelType, place: Int) {
      self.name = name
      self.type = type
      self.place = place
    }
  }

  package let name: String
  /// A tracepoint's.
  package let category: String?
  package let module: String?
  /// A function's parameters, or the fields of a tracepoint's record.
  package let arguments: [Argument]
  /// A tracepoint's own arguments, typed by BTF, which programs of the kind tp_btf are given.
  package let typedArguments: [Argument]
  /// Nil: void.
  package let returned: KernelType?
  /// False for a tracepoint whose record only tracefs describes, where this user cannot read that:
  /// ``arguments`` is empty then, and what it would hold is unchecked.
  package let isRecordKnown: Bool
  /// Slots of 8 bytes that a function's arguments take together.
  package let slotCount: Int

  package init(
    name: String, category: String? = nil, module: String? = nil, arguments: [Argument],
    typedArguments: [Argument] = [], returned: KernelType? = nil, isRecordKnown: Bool = true,
    slotCount: Int? = nil
  ) {
    self.name = name
    self.category = category
    self.module = module
    self.arguments = arguments
    self.typedArguments = typedArguments
    self.returned = returned
    self.isRecordKnown = isRecordKnown
    self.slotCount = slotCount ?? (arguments.last.map { $0.place + 1 } ?? 0)
  }
}

extension KernelSignature {
  /// Whether an argument is a `struct sk_buff *`.
  package var takesSkb: Bool {
    arguments.contains { $0.type == .pointer(.structure("sk_buff")) }
  }
}

package struct KernelMember: Sendable, Equatable {
  /// As CO-RE names it: anonymous structures left out.
  package let path: String
  package let type: KernelType

  package init(path: String, type: KernelType) {
    self.path = path
    self.type = type
  }
}

/// A C type, as far as scripts can read it.
package indirect enum KernelType: Sendable, Equatable {
  /// `__be16` and the like are big-endian.
  case integer(bytes: Int, isSigned: Bool, isBigEndian: Bool)
  case bitField(isSigned: Bool)
  case enumeration(name: String, bytes: Int)
  case boolean
  case pointer(KernelType)
  case structure(String)
  case array(KernelType, count: Int)
  case characters(Int)
  /// Of a tracepoint's record: `__data_loc` text.
  case locatedText
  case void
  /// What scripts cannot read; the text is how C writes it.
  case other(String)
}
