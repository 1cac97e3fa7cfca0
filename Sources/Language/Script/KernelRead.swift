/// A value in the kernel's memory: `skb.mark`, `args.reason?`, `tcp_sock(sock).bytes_acked`,
/// `sock.__sk_common.skc_daddr`.
///
/// A chain of pointers: from the base to a structure, from there by each hop to a member, which is
/// the pointer to the next hop's structure or, at the last, the value. A NULL pointer or a failed
/// read on the way is absent.
package struct KernelRead: Sendable, Hashable {
  package indirect enum Base: Sendable, Hashable {
    /// The probed function's, or BTF-typed tracepoint's, argument: its 8-byte slot, from 0.
    case argument(Int)
    /// A field of the tracepoint's record: bytes from the start of what the program is given.
    case record(offset: Int)
    /// What the function returned.
    case returned
    case skb
    /// The socket: the argument that is one, else `skb->sk`.
    case sock
    /// `T(x)`: a number taken for a pointer.
    case pointer(TypedExpression)

    /// Whether it is something that the probed function was called with.
    package var isOfCall: Bool {
      switch self {
      case .argument, .skb, .sock: true
      case .record, .returned, .pointer: false
      }
    }

    package static func == (a: Base, b: Base) -> Bool {
      switch (a, b) {
      case (.argument(let x), .argument(let y)): x == y
      case (.record(let x), .record(let y)): x == y
      case (.returned, .returned), (.skb, .skb), (.sock, .sock): true
      case (.pointer(let x), .pointer(let y)): x == y
      default: false
      }
    }

    package func hash(into hasher: inout Hasher) {
      switch self {
      case .argument(let slot): hasher.combine(slot)
      case .record(let offset): hasher.combine(~offset)
      case .returned: hasher.combine("returned")
      case .skb: hasher.combine("skb")
      case .sock: hasher.combine("sock")
      case .pointer: hasher.combine("pointer")
      }
    }
  }

  /// A member of a structure, found by CO-RE when the object is loaded.
  package struct Hop: Sendable, Hashable {
    /// `sock`, as in `struct sock`.
    package let structure: String
    /// `__sk_common.skc_daddr`: through embedded structures, anonymous ones left out.
    package let path: String
    /// `?`: this kernel may lack it; it is absent then.
    package let isOptional: Bool

    package init(structure: String, path: String, isOptional: Bool) {
      self.structure = structure
      self.path = path
      self.isOptional = isOptional
    }
  }

  /// What is found at the end of the chain.
  package enum Value: Sendable, Hashable {
    /// 1, 2, 4 or 8 bytes; big-endian ones are turned.
    case integer(bytes: Int, isSigned: Bool, isBigEndian: Bool)
    /// Bits of a bit field; CO-RE tells where.
    case bitField(isSigned: Bool)
    case pointer
    /// 4 or 16 bytes in network order.
    case address4, address6
    /// An address whose family is that of the socket that the chain ends in: 4 or 16 bytes by
    /// `skc_family`; of a tracepoint's record by its `family` field.
    case addressByFamily
    case mac
    /// A `char` array of this many bytes, NUL-terminated or full.
    case characters(Int)
    /// A `char *`; of a record itself, without hops, the text that its `__data_loc` field refers to.
    case string
    /// Both ends of a `struct sock`, the local one first.
    case socketFlow
  }

  package let base: Base
  package let hops: [Hop]
  package let value: Value
  /// As scripts name it: the key under which recordings keep the value.
  package let text: String
  /// This kernel does not have it, which `?` allows: always absent.
  package let isMissing: Bool

  package init(base: Base, hops: [Hop], value: Value, text: String, isMissing: Bool = false) {
    self.base = base
    self.hops = hops
    self.value = value
    self.text = text
    self.isMissing = isMissing
  }
}
