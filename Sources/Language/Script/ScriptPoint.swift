package import Syntax

/// A point of a script's probe.
package struct ScriptPoint: Sendable, Equatable {
  package enum Kind: Sendable, Equatable, Hashable {
    /// By the best mechanism: fentry, else kprobe.
    case function
    case kprobe
    case fentry
    /// At a function's return, by fexit or kretprobe.
    case functionReturn
    case fexit
    case tracepoint(category: String)
    case rawTracepoint
    /// In the file at this path.
    case userFunction(path: String)
    case userReturn(path: String)
    case userMark(path: String, provider: String)
  }

  /// How the packet is found.
  package enum PacketSource: Sendable, Equatable, Hashable {
    /// No packet here.
    case none
    /// The argument's slot, from 0, that is the skb.
    case argument(Int)
    /// A field of a tracepoint's record that points to it: bytes from its start.
    case record(offset: Int)
    /// `(skb: args.pkt.skb)`
    case read(KernelRead)
    /// `(mbuf: 1)`: the argument of a program, from 0, that is a DPDK mbuf.
    case mbuf(Int)
    /// `(mbuf: 1, count: 2)`: the arguments that are an array of mbufs, and how many there are.
    case mbufs(Int, count: Int)
    /// `(data: 1, len: 2)`: the arguments that are a packet's bytes, and how many.
    case bytes(Int, length: Int)

    /// In a program's memory, and not an sk_buff.
    package var isUser: Bool {
      switch self {
      case .mbuf, .mbufs, .bytes: true
      case .none, .argument, .record, .read: false
      }
    }

    /// Several at once.
    package var isMany: Bool {
      if case .mbufs = self { true } else { false }
    }
  }

  /// Where members of DPDK's `struct rte_mbuf` are, bytes from its start.
  package struct MbufLayout: Sendable, Equatable, Hashable {
    package var bufAddr = 0
    package var dataOff = 16
    package var pktLen = 36
    package var dataLen = 40
    package var next = 64

    /// As DPDK has had them since 20.11, on 64-bit machines.
    package init() {}

    /// The members, as DPDK names them.
    package static var members: [(name: String, place: WritableKeyPath<MbufLayout, Int>)] {
      [
        ("buf_addr", \.bufAddr), ("data_off", \.dataOff), ("pkt_len", \.pktLen),
        ("data_len", \.dataLen), ("next", \.next),
      ]
    }
  }

  /// `(start: data, offset: -34)`: where the packet starts in its skb.
  package enum Start: Sendable, Equatable, Hashable {
    case found
    case data(offset: Int)

    /// Bytes that a packet can start before or behind its skb's data.
    package static let offsets = -65535...65535
  }

  /// A `struct flowi4 *`, `struct flowi6 *` or `struct flowi *`: addresses and ports.
  package struct Flow: Sendable, Equatable, Hashable {
    package let slot: Int
    /// 4 or 6; 0: that of the socket.
    package let family: Int

    package init(slot: Int, family: Int) {
      self.slot = slot
      self.family = family
    }
  }

  package var kind: Kind
  /// The function, tracepoint or mark.
  package var name: String
  /// The module that has it, nil for the kernel itself.
  package var module: String?
  package var packet: PacketSource
  package var start: Start
  /// How the socket is found, where the body uses one: an argument's slot; nil: `skb->sk`.
  package var sockArgument: Int?
  package var sockRecordOffset: Int?
  /// The argument that is the flow which the packet is sent by, for `rebuild`.
  package var flow: Flow?
  /// `(ext: 1)`: the slot of the argument that C is handed.
  package var extArgument: Int?
  /// Its place among the points of its probe or path, as they are written, from 0.
  package var position = 0
  /// Of a packet that is an mbuf.
  package var mbufLayout = MbufLayout()
  /// At a function's return: the slot behind its arguments', where trampolines put the result; nil
  /// where the function's arguments are not known.
  package var returnSlot: Int?
  /// One of those that a pattern matches, `tcp_*`: left out where it cannot be attached.
  package var isMatched = false
  package var place: Diagnostic.Place

  package init(
    kind: Kind, name: String, module: String? = nil, packet: PacketSource = .none,
    start: Start = .found, sockArgument: Int? = nil, sockRecordOffset: Int? = nil,
    flow: Flow? = nil, returnSlot: Int? = nil, place: Diagnostic.Place
  ) {
    self.kind = kind
    self.name = name
    self.module = module
    self.packet = packet
    self.start = start
    self.sockArgument = sockArgument
    self.sockRecordOffset = sockRecordOffset
    self.flow = flow
    self.returnSlot = returnSlot
    self.place = place
  }

  /// As output names it.
  package var displayName: String {
    switch kind {
    case .tracepoint(let category): "\(category):\(name)"
    case .functionReturn, .fexit, .userReturn: "return:\(name)"
    case .function, .kprobe, .fentry, .rawTracepoint, .userFunction, .userMark: name
    }
  }
}
