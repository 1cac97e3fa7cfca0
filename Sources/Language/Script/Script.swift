package import Syntax

/// A script that has been checked: everything is found, everything has a type.
///
/// The kernel half (probe bodies) is lowered to C by ``/Lowering``, and interpreted by ``/Runtime`` for
/// recordings; the other half is always run by ``/Runtime``. Things refer to each other by index.
package struct Script: Sendable, Equatable {
  package var source: SourceText
  package var options: [ScriptOption]
  package var enumerations: [Enumeration]
  package var filters: [PacketFilter]
  package var cBlocks: [CBlock]
  /// C that the blocks can use, in the order of the script.
  package var cDeclarations: [CDeclaration]
  package var tables: [TableDefinition]
  package var states: [StateDefinition]
  package var functions: [FunctionInstance]
  package var probes: [ProbeDefinition]
  package var paths: [PathDefinition]
  package var handlers: [Handler]

  package init(source: SourceText) {
    self.source = source
    options = []
    enumerations = []
    filters = []
    cBlocks = []
    cDeclarations = []
    tables = []
    states = []
    functions = []
    probes = []
    paths = []
    handlers = []
  }
}

/// `c { … }` and `c "file.c"`: structures, functions and macros for C blocks.
package struct CDeclaration: Sendable, Equatable {
  /// The script, or the file.
  package let source: SourceText
  /// Where it stands there, all of a file.
  package let block: CBlock

  package init(source: SourceText, block: CBlock) {
    self.source = source
    self.block = block
  }
}

/// `option port: port = 9000`, with the value that it has in this run.
package struct ScriptOption: Sendable, Equatable {
  /// What may be given on the command line.
  package enum Kind: String, Sendable, Equatable, CaseIterable {
    case int, port, duration, bytes, bool, text, addr
  }

  package enum Value: Sendable, Equatable {
    case integer(Int64)
    case text(String)
    case address(AddressValue)
  }

  package let name: String
  package let kind: Kind
  /// Nil: absent, unless the command line says otherwise.
  package var value: Value?
  package let documentation: String

  package init(name: String, kind: Kind, value: Value?, documentation: String) {
    self.name = name
    self.kind = kind
    self.value = value
    self.documentation = documentation
  }

  package var type: ValueType {
    switch kind {
    case .int, .port, .bytes: .integer(.decimal)
    case .duration: .integer(.duration)
    case .bool: .boolean
    case .text: .text
    case .addr: .address
    }
  }
}

/// Statements with the locals that they use.
package struct Body: Sendable, Equatable {
  package struct Local: Sendable, Equatable {
    package let name: String
    package let type: ValueType

    package init(name: String, type: ValueType) {
      self.name = name
      self.type = type
    }
  }

  package var locals: [Local]
  package var statements: [TypedStatement]

  package init(locals: [Local] = [], statements: [TypedStatement] = []) {
    self.locals = locals
    self.statements = statements
  }
}

/// A function for arguments of certain types; parameters are its first locals. Never recursive.
package struct FunctionInstance: Sendable, Equatable {
  package let name: String
  package let parameterCount: Int
  package let result: ValueType
  /// Ends with `returning`; running off its end is absent.
  package var body: Body
  /// What the spans of its body are of; nil: the script itself.
  package let source: SourceText?

  package init(
    name: String, parameterCount: Int, result: ValueType, body: Body, source: SourceText? = nil
  ) {
    self.source = source
    self.name = name
    self.parameterCount = parameterCount
    self.result = result
    self.body = body
  }
}

package enum Aggregation: Sendable, Equatable, Hashable {
  /// The sum of what is added.
  case count
  case average
  case minimum
  case maximum
  /// Count, sum, average, minimum, maximum.
  case stats
  /// Powers of two: bucket 0 is below 0, 1 is 0, then [1, 2), [2, 4), … 64 in all.
  case histogram
  /// Buckets of `step` from `low` to `high`, and one below and one above.
  case linearHistogram(low: Int64, high: Int64, step: Int64)
  /// Quantiles from a logarithmic histogram with 16 buckets for each power of two.
  case quantiles
}

package struct TableDefinition: Sendable, Equatable {
  package let name: String
  package var keyNames: [String]
  package var keys: [ValueType]
  package let aggregation: Aggregation
  /// How what is added prints.
  package var presentation: Presentation
  /// Keys kept at the same time; further ones are refused, and counted.
  package let maximum: Int

  package static let standardMaximum = 10240

  package init(
    name: String, keyNames: [String], keys: [ValueType], aggregation: Aggregation,
    presentation: Presentation, maximum: Int
  ) {
    self.name = name
    self.keyNames = keyNames
    self.keys = keys
    self.aggregation = aggregation
    self.presentation = presentation
    self.maximum = maximum
  }
}

package struct StateDefinition: Sendable, Equatable {
  package let name: String
  package var keys: [ValueType]
  /// One without a name where a single value is kept.
  package var members: [ValueType.Member]
  package let maximum: Int
  /// Nanoseconds after which a value is absent again; nil: never.
  package let lifetime: Int64?

  package init(
    name: String, keys: [ValueType], members: [ValueType.Member], maximum: Int, lifetime: Int64?
  ) {
    self.name = name
    self.keys = keys
    self.members = members
    self.maximum = maximum
    self.lifetime = lifetime
  }
}

/// A probe: where, and what happens there in the kernel.
package struct ProbeDefinition: Sendable, Equatable {
  package let name: String
  /// The points that it is attached to, found in this kernel, or as written where there is none.
  package var points: [ScriptPoint]
  /// What events carry beside the packet and its context.
  package var fields: [EventField]
  package var body: Body
  /// The body says itself when an event is sent; else one is sent at its end if
  /// ``emitsAtEnd``.
  package var emitsAtEnd: Bool
  /// Bytes kept of a packet.
  package var captureLength: Int
  /// `ns` of a path's hop and the path's own filters come from a probe of its own.
  package var path: PathRole?
  package let span: Span

  /// Headers that a packet does not have yet are made of its socket, for all of the body.
  package var rebuilds: Bool {
    body.statements.contains {
      if case .rebuild = $0.kind { true } else { false }
    }
  }

  package struct PathRole: Sendable, Equatable {
    /// Index into ``Script/paths``, and the hop, from 0.
    package let path: Int
    package let hop: Int

    package init(path: Int, hop: Int) {
      self.path = path
      self.hop = hop
    }
  }

  package init(
    name: String, points: [ScriptPoint], fields: [EventField], body: Body, emitsAtEnd: Bool,
    captureLength: Int, path: PathRole? = nil, span: Span
  ) {
    self.name = name
    self.points = points
    self.fields = fields
    self.body = body
    self.emitsAtEnd = emitsAtEnd
    self.captureLength = captureLength
    self.path = path
    self.span = span
  }
}

/// One value that an event carries.
package struct EventField: Sendable, Equatable {
  package let name: String
  package let type: ValueType
  /// Bits that are kept of an integer, and whether they are signed; nil: all 64.
  package let width: Width?

  package struct Width: Sendable, Hashable {
    package let bits: Int
    package let isSigned: Bool

    package init(bits: Int, isSigned: Bool) {
      self.bits = bits
      self.isSigned = isSigned
    }
  }

  package init(name: String, type: ValueType, width: Width? = nil) {
    self.name = name
    self.type = type
    self.width = width
  }
}

/// `path rx = a -> b by content within 2s, max 64 { … }`; each hop is a probe with a `PathRole`.
package struct PathDefinition: Sendable, Equatable {
  package enum Key: String, Sendable, Equatable, CaseIterable {
    case skb, content, flow
  }

  package let name: String
  package let hopNames: [String]
  package let key: Key
  /// Nanoseconds.
  package let within: Int64
  /// Journeys awaited at the same time.
  package let maximum: Int

  package init(name: String, hopNames: [String], key: Key, within: Int64, maximum: Int) {
    self.name = name
    self.hopNames = hopNames
    self.key = key
    self.within = within
    self.maximum = maximum
  }
}

/// What netcap does when something happens; those for the same thing in the order of the script.
package struct Handler: Sendable, Equatable {
  package enum Trigger: Sendable, Equatable {
    /// Index into ``Script/probes``.
    case probe(Int)
    /// Index into ``Script/paths``.
    case path(Int)
    /// Nanoseconds.
    case every(Int64)
    case begin
    case end

    package var isTimer: Bool { if case .every = self { true } else { false } }
  }

  package let trigger: Trigger
  package var body: Body

  package init(trigger: Trigger, body: Body) {
    self.trigger = trigger
    self.body = body
  }
}
