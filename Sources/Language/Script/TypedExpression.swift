package import Packets
package import Syntax

/// An expression whose names have been found and whose type is known.
package struct TypedExpression: Sendable, Equatable {
  package let kind: Kind
  package let type: ValueType
  /// Where it stands in the script.
  package let span: Span

  package init(_ kind: Kind, _ type: ValueType, span: Span) {
    self.kind = kind
    self.type = type
    self.span = span
  }

  package indirect enum Kind: Sendable, Equatable {
    /// An integer, a boolean (0 or 1), or a mac.
    case constant(Int64)
    case address(AddressValue)
    case text(String)
    case absent

    /// A `let`, `var`, parameter or loop variable: index into the body's ``Body/locals``.
    case local(Int)
    /// Index into ``Script/options``.
    case option(Int)
    /// Index into the event's fields; only in the half that runs in netcap.
    case eventField(Int)

    // The packet. Depth 0 is the packet, 1 what is inside its tunnel.
    case packetField(Layer, PacketField, depth: Int)
    /// `tcp[13]`, `udp[8:2]`: 1, 2 or 4 bytes at an offset from the layer's start or its payload's.
    case packetBytes(Layer, depth: Int, fromPayload: Bool, offset: TypedExpression, count: Int)
    /// Bytes of a layer's payload, as the IP header tells; `udp.payload.len`.
    case payloadLength(Layer, depth: Int)
    /// A layer's payload as text or hex; only in the half that runs in netcap.
    case payloadText(Layer, depth: Int)
    case hasLayer(Layer, depth: Int)
    /// Bytes from where the packet starts, `pkt.len`; of an inner one, to the end of the outer.
    case packetLength(depth: Int)
    case capturedLength
    case packetFlow(depth: Int)
    /// A pcap filter as a test: index into ``Script/filters``.
    case filterMatches(Int, depth: Int)
    /// `pkt.rebuilt`
    case isRebuilt

    /// The event's context.
    case context(ContextField)
    /// What the kernel has in memory; only in the kernel half.
    case kernel(KernelRead)

    // Parts and combinations.
    case flowMember(TypedExpression, FlowMember)
    case reversed(TypedExpression)
    case member(TypedExpression, Int)
    case negate(TypedExpression)
    case complement(TypedExpression)
    case not(TypedExpression)
    /// Integers; wraps, `/` and `%` by zero are absent, shifts count mod 64.
    case arithmetic(ArithmeticOperator, TypedExpression, TypedExpression)
    /// Both sides have the same representation; absent on either side is false.
    case comparison(ComparisonOperator, TypedExpression, TypedExpression)
    /// `ip.src in "10.0.0.0/8"`: the prefix's length counts 128 bits.
    case isInPrefix(TypedExpression, AddressValue, bits: Int)
    case and(TypedExpression, TypedExpression)
    case or(TypedExpression, TypedExpression)
    case coalesce(TypedExpression, TypedExpression)
    case isPresent(TypedExpression)
    /// Index into ``Script/functions``.
    case call(Int, [TypedExpression])
    /// A member of what a state keeps for a key, or all of it.
    case state(Int, keys: [TypedExpression], member: Int?)
    case hasState(Int, keys: [TypedExpression])

    // The half in netcap only.
    /// Text with values put in.
    case interpolation([TextPiece])
    /// `pkt.summary`: what tcpdump shows; only printed.
    case packetSummary
    /// Rows of a table; only printed and looped over.
    case table(TableQuery)
    /// A journey's hops as a text, one a line; only printed and looped over.
    case hops
    /// Of the journey that `on` of a path is about.
    case journey(JourneyField)
    /// The number of the event or journey, from 0, of those that are handled.
    case eventNumber
    /// What sets a terminal's colour; a text, empty where no colours are wanted.
    case colour(TextColour)
    /// Of the hop that a loop is at.
    case hop(HopField)
    /// Of the row that a loop over a table is at: a key's index, or the value.
    case rowKey(Int)
    case rowValue(RowValue)
  }
}

/// 128 bits; IPv4 as `::ffff:a.b.c.d`.
package struct AddressValue: Sendable, Hashable, Comparable {
  package let high: UInt64
  package let low: UInt64

  package init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  package init(ipv4: UInt32) {
    self.init(high: 0, low: 0xffff_0000_0000 | UInt64(ipv4))
  }

  package var ipv4: UInt32? {
    high == 0 && low >> 32 == 0xffff ? UInt32(truncatingIfNeeded: low) : nil
  }

  package static func < (a: AddressValue, b: AddressValue) -> Bool {
    (a.high, a.low) < (b.high, b.low)
  }
}

package enum ArithmeticOperator: Sendable, Equatable, CaseIterable {
  case add, subtract, multiply, divide, remainder, and, or, exclusiveOr, shiftLeft
  /// Arithmetic for signed numbers, logical for unsigned ones.
  case shiftRight
}

package enum ComparisonOperator: Sendable, Equatable, CaseIterable {
  case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual
}

package enum FlowMember: String, Sendable, Equatable, CaseIterable {
  case src, sport, dst, dport, proto
}

/// What an event says of its surroundings.
package enum ContextField: String, Sendable, Hashable, CaseIterable {
  /// Nanoseconds since 1970 in netcap, since boot in the kernel; only differences mix.
  case time
  /// The point's name.
  case function
  case cpu, pid, tid, comm
  /// `skb->dev`
  case interfaceName, interfaceIndex
  /// Inode number of the network namespace of `skb->dev`.
  case namespace
  /// Identifier of the current task's cgroup.
  case cgroup
  /// The kernel's call chain; the process's at user points.
  case stack
  /// Address of the sk_buff.
  case skb
}

/// What text can look like on a terminal.
package enum TextColour: String, Sendable, Hashable, CaseIterable {
  case red, green, yellow, blue, purple, cyan
  /// As it was before any colour.
  case plain
}

/// A piece of interpolated text.
package enum TextPiece: Sendable, Equatable {
  case text(String)
  case value(TypedExpression, ValueFormat)
}

/// `"{x:-16}"`: `[-][#][0][width][.digits]`, then the style.
package struct ValueFormat: Sendable, Hashable {
  package enum Style: String, Sendable, Hashable, CaseIterable {
    case standard = ""
    case hex = "x"
    case character = "c"
    case bytes, us, ms, s, clock, date, text, errno
    case hexText = "hex"
    case decimal = "d"
    case upperHex = "X"
    case octal = "o"
    case binary = "b"
    /// A stack as ByteDance's netcap prints it.
    case kstack
  }

  package var isLeft = false
  /// `#`: with `0x`.
  package var isAlternate = false
  package var isZeroPadded = false
  package var width = 0
  package var digits: Int?
  package var style = Style.standard

  package init() {}
}

/// `take(drops).top(10)`
package struct TableQuery: Sendable, Equatable {
  package enum Order: Sendable, Equatable {
    case byKey, byValue, byValueDescending
  }

  /// Index into ``Script/tables``.
  package var table: Int
  /// Reads and resets, with no update lost.
  package var takes: Bool
  package var order: Order
  package var limit: TypedExpression?

  package init(table: Int, takes: Bool, order: Order, limit: TypedExpression?) {
    self.table = table
    self.takes = takes
    self.order = order
    self.limit = limit
  }
}

/// What a row's value can be asked for; which there are depends on the aggregation.
package enum RowValue: String, Sendable, Equatable, CaseIterable {
  case value, count, sum, average, minimum, maximum
  /// Of quantiles: not exceeded by 50 %, 90 %, 99 % and 99.9 % of the samples.
  case p50, p90, p99, p999

  /// Of a percentile: the thousandths of the samples.
  package var perMille: UInt64? {
    switch self {
    case .value, .count, .sum, .average, .minimum, .maximum: nil
    case .p50: 500
    case .p90: 900
    case .p99: 990
    case .p999: 999
    }
  }
}

package enum JourneyField: String, Sendable, Hashable, CaseIterable {
  /// All hops were seen.
  case complete
  /// From the first hop to the last that was seen, ns.
  case total
  /// Hops that were not seen, seen again, and seen after the end.
  case missing, repeated, late
}

package enum HopField: String, Sendable, Hashable, CaseIterable {
  case name
  /// Since the hop before; absent if it was not reached.
  case ns
  /// Since the first.
  case at
  case index
}
