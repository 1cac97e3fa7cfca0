/// A script as it was written: the result of parsing, before any name has been looked up.
///
/// Spans are UTF-8 offsets into `source`. What could not be parsed is left out; the diagnostics that
/// come with the tree say so.
package struct ScriptTree: Sendable, Equatable {
  package let source: SourceText
  /// The number behind `ncs`, with its place; nil where the line is missing.
  package var version: Version?
  /// The `///` lines at the top, before the first declaration and not belonging to it.
  package var documentation: String
  package var declarations: [Declaration]

  package struct Version: Sendable, Equatable {
    package var number: Int64
    package var span: Span

    package init(number: Int64, span: Span) {
      self.number = number
      self.span = span
    }
  }

  package init(
    source: SourceText, version: Version? = nil, documentation: String = "",
    declarations: [Declaration] = []
  ) {
    self.source = source
    self.version = version
    self.documentation = documentation
    self.declarations = declarations
  }
}

/// A name at its place.
package struct Name: Sendable, Equatable, Hashable {
  package let text: String
  package let span: Span

  package init(_ text: String, _ span: Span) {
    self.text = text
    self.span = span
  }
}

/// One declaration; at a prompt also a statement or an expression.
package struct Declaration: Sendable, Equatable {
  package var kind: Kind
  /// The `///` lines above it, or behind it on its line, without the slashes.
  package var documentation: String
  package var span: Span

  package init(_ kind: Kind, documentation: String = "", span: Span) {
    self.kind = kind
    self.documentation = documentation
    self.span = span
  }

  package enum Kind: Sendable, Equatable {
    /// `option port: port = 9000`
    case option(OptionSyntax)
    /// `import "net/flows" as f`
    case importing(ImportSyntax)
    /// `const LIMIT = 64`
    case constant(Name, Expression)
    /// `func is_reset(p) = p.tcp.flags.rst`, `func f(a, b) { … return x }`
    case function(FunctionSyntax)
    /// `c { … }`, `c "file.c"`
    case c(CSyntax)
    /// `filter web = "tcp port 80"`
    case filter(Name, StringLiteral)
    case table(TableSyntax)
    case state(StateSyntax)
    case probe(ProbeSyntax)
    case path(PathSyntax)
    /// `on drop { … }`
    case on(Name, Block)
    /// `every 5s { … }`
    case every(Expression, Block)
    case begin(Block)
    case end(Block)
    /// A statement or an expression at the top level: only at a prompt.
    case statement(Statement)
  }
}

/// C that the C blocks of a script can use.
package enum CSyntax: Sendable, Equatable {
  case block(CBlock)
  case file(StringLiteral)
}

package struct OptionSyntax: Sendable, Equatable {
  package var name: Name
  /// `port`, `int`, `duration`, `text`, `addr`, `bool`, …
  package var type: Name
  package var value: Expression?

  package init(name: Name, type: Name, value: Expression?) {
    self.name = name
    self.type = type
    self.value = value
  }
}

package struct ImportSyntax: Sendable, Equatable {
  package var path: StringLiteral
  /// What follows `as`.
  package var alias: Name?

  package init(path: StringLiteral, alias: Name?) {
    self.path = path
    self.alias = alias
  }
}

package struct FunctionSyntax: Sendable, Equatable {
  package var name: Name
  package var parameters: [Name]
  package var body: Body

  package enum Body: Sendable, Equatable {
    case expression(Expression)
    case block(Block)
  }

  package init(name: Name, parameters: [Name], body: Body) {
    self.name = name
    self.parameters = parameters
    self.body = body
  }
}

/// `table drops[reason, stack]: lhist(0, 100, 10), max 4096`
package struct TableSyntax: Sendable, Equatable {
  package var name: Name
  /// Labels in brackets; empty where there are none.
  package var keys: [Name]
  package var aggregation: Name
  package var arguments: [Expression]
  package var max: Expression?

  package init(
    name: Name, keys: [Name], aggregation: Name, arguments: [Expression], max: Expression?
  ) {
    self.name = name
    self.keys = keys
    self.aggregation = aggregation
    self.arguments = arguments
    self.max = max
  }
}

/// `state conn[sock], max 65536, for 30s`
package struct StateSyntax: Sendable, Equatable {
  package var name: Name
  package var keys: [Name]
  package var max: Expression?
  package var lifetime: Expression?

  package init(name: Name, keys: [Name], max: Expression?, lifetime: Expression?) {
    self.name = name
    self.keys = keys
    self.max = max
    self.lifetime = lifetime
  }
}

/// `probe drop = tracepoint:skb:kfree_skb { … }`
package struct ProbeSyntax: Sendable, Equatable {
  /// Nil where the name is the function's.
  package var name: Name?
  package var points: PointSyntax
  package var body: Block

  package init(name: Name?, points: PointSyntax, body: Block) {
    self.name = name
    self.points = points
    self.body = body
  }
}

/// `path rx = a -> b | c -> d by content within 2s, max 64 { … }`
package struct PathSyntax: Sendable, Equatable {
  package var name: Name
  /// One for each hop, at least two.
  package var hops: [PointSyntax]
  /// `skb`, `content`, `flow`.
  package var key: Name
  package var within: Expression?
  package var max: Expression?
  package var body: Block?

  package init(
    name: Name, hops: [PointSyntax], key: Name, within: Expression?, max: Expression?, body: Block?
  ) {
    self.name = name
    self.hops = hops
    self.key = key
    self.within = within
    self.max = max
    self.body = body
  }
}

/// Where a probe is: one point, a set, or alternatives.
package indirect enum PointSyntax: Sendable, Equatable {
  case single(SinglePointSyntax)
  /// `{a, b}`: all of them.
  case set([PointSyntax], Span)
  /// `a | b`: the first that this kernel has.
  case alternatives([PointSyntax], Span)

  package var span: Span {
    switch self {
    case .single(let point): point.span
    case .set(_, let span), .alternatives(_, let span): span
    }
  }

  /// What a probe here is called where it is given no name: nil at several points.
  package var usualName: String? {
    switch self {
    case .single(let single): single.name.text.contains("*") ? nil : single.name.text
    case .alternatives(let items, _):
      if case .single(let first)? = items.first, !first.name.text.contains("*") {
        first.name.text
      } else {
        nil
      }
    case .set: nil
    }
  }
}

/// `icmp_rcv`, `kprobe:tcp_*`, `tracepoint:skb:kfree_skb`, `uprobe:"/bin/x":main(data: 1, len: 2)?`
package struct SinglePointSyntax: Sendable, Equatable {
  /// What stands before the colons, but for the path: `kprobe`; `return`, `uprobe`; `tracepoint` and a
  /// category, or a category alone; `usdt` and a provider.
  package var prefix: [Name]
  /// `"/usr/bin/x"` of `uprobe:` and `usdt:`.
  package var path: StringLiteral?
  /// The function, tracepoint or mark; may contain `*`.
  package var name: Name
  /// `(skb: 2)`, `(start: data, offset: -34)`.
  package var arguments: [ArgumentSyntax]
  /// `?` behind it: this kernel may lack it.
  package var isOptional: Bool
  package var span: Span

  package init(
    prefix: [Name], path: StringLiteral?, name: Name, arguments: [ArgumentSyntax], isOptional: Bool,
    span: Span
  ) {
    self.prefix = prefix
    self.path = path
    self.name = name
    self.arguments = arguments
    self.isOptional = isOptional
    self.span = span
  }
}
