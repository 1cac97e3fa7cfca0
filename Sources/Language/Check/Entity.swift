internal import Packets
internal import Syntax

/// What an expression stands for, before it is asked for its value.
indirect enum Entity {
  case value(TypedExpression)
  /// `pkt`, `pkt.inner`
  case packet(depth: Int)
  /// `tcp`, and `tcp.flags` with the prefix `flags`.
  case layer(Layer, depth: Int, prefix: String)
  case payload(Layer, depth: Int)
  /// Something in the kernel's memory, whose members can be asked for.
  case chain(KernelChain)
  case arguments
  case device
  case module(Int)
  case function(module: Int, FunctionSyntax)
  case filter(module: Int, Name, StringLiteral)
  case table(TableQuery)
  /// A state without its keys.
  case state(Int)
  case entry(Int, keys: [TypedExpression])
  case hops
  case hop
  case row(Int)

  /// For messages.
  var described: String {
    switch self {
    case .value(let value): value.type.described
    case .packet: "a packet"
    case .layer: "a layer"
    case .payload: "a payload"
    case .chain: "something in the kernel's memory"
    case .arguments: "the arguments"
    case .device: "a network device"
    case .module: "an imported script"
    case .function: "a function"
    case .filter: "a filter"
    case .table: "a table"
    case .state, .entry: "a state"
    case .hops: "the hops of a journey"
    case .hop: "a hop"
    case .row: "a row of a table"
    }
  }
}

extension ValueType {
  /// "a number": for messages.
  var described: String {
    switch self {
    case .integer(.enumeration): "a number with names"
    case .integer(.duration): "a duration"
    case .integer(.time): "a time"
    case .integer(.pointer): "a pointer"
    case .integer: "a number"
    case .boolean: "a truth value"
    case .address: "an address"
    case .mac: "a MAC address"
    case .text: "a text"
    case .flow: "a flow"
    case .stack: "a stack"
    case .record(let members): "a record of \(members.map(\.name).joined(separator: ", "))"
    }
  }

  var isInteger: Bool {
    if case .integer = self { true } else { false }
  }

  /// Takes the same words, and compares with it.
  func hasRepresentation(of other: ValueType) -> Bool {
    switch (self, other) {
    case (.integer, .integer): true
    case (.record(let a), .record(let b)):
      a.count == b.count
        && zip(a, b).allSatisfy {
          $0.name == $1.name && $0.type.hasRepresentation(of: $1.type)
        }
    default: self == other
    }
  }

  /// One type for values of both; nil where their representations differ, or names do.
  func joined(with other: ValueType) -> ValueType? {
    if self == other { return self }
    switch (self, other) {
    case (.integer(let a), .integer(let b)):
      if a == .decimal { return other }
      if b == .decimal { return self }
      if case .enumeration = a, case .enumeration = b { return nil }
      if a.isUnsigned, b.isUnsigned { return .integer(.unsigned) }
      return .integer(.decimal)
    case (.record(let a), .record(let b)) where a.count == b.count:
      var members: [Member] = []
      for (x, y) in zip(a, b) {
        guard x.name == y.name, let type = x.type.joined(with: y.type) else { return nil }
        members.append(Member(name: x.name, type: type))
      }
      return .record(members)
    default: return nil
    }
  }
}

extension TypedExpression {
  func retyped(_ type: ValueType) -> TypedExpression {
    TypedExpression(kind, type, span: span)
  }

  func placed(at span: Span) -> TypedExpression {
    TypedExpression(kind, type, span: span)
  }

  var constantInteger: Int64? {
    if case .constant(let value) = kind, type.isInteger { value } else { nil }
  }

  var isConstant: Bool {
    switch kind {
    case .constant, .address, .text, .absent: true
    default: false
    }
  }
}
