/// Statements between braces.
package struct Block: Sendable, Equatable {
  package var statements: [Statement]
  /// With the braces.
  package var span: Span

  package init(_ statements: [Statement], span: Span) {
    self.statements = statements
    self.span = span
  }
}

/// One statement of either half; which may stand where is the checker's matter.
package struct Statement: Sendable, Equatable {
  package var kind: Kind
  package var span: Span

  package init(_ kind: Kind, span: Span) {
    self.kind = kind
    self.span = span
  }

  package indirect enum Kind: Sendable, Equatable {
    /// `let x = …`, `var x = …`
    case binding(isVariable: Bool, Name, Expression)
    /// `x = …`, `t[k] += …`, `s[k] = (a = 1, b)`: target, operator (nil for plain `=`), value.
    case assignment(Expression, BinaryOperator?, Expression)
    case condition(Expression, then: Block, otherwise: Otherwise?)
    /// `for i in 0..<8 { … }`, `for hop in hops { … }`
    case loop(Name, in: Expression, Block)
    case deletion(Expression)
    case returning(Expression?)
    case expression(Expression)

    // The kernel half.
    /// `filter "tcp port 80"`
    case filter(StringLiteral)
    /// `where …`: goes on only if it is true.
    case requirement(Expression)
    /// `where c { … }`
    case requirementC(CBlock)
    /// `capture 1500`
    case capture(Expression)
    case rebuild
    case emit([EmitItem], from: CBlock?)
    /// `c { … }` alone.
    case c(CBlock)

    // The half in netcap.
    case print([Expression])
    /// `show pkt`
    case show(Expression)
    /// `save pkt to "f.pcapng"`
    case save(Expression, to: Expression)
    case clear(Expression)
    case exit(Expression?)
    /// `run "cmd", a, b`
    case run([Expression])
  }

  package indirect enum Otherwise: Sendable, Equatable {
    case block(Block)
    /// `else if`
    case condition(Statement)
  }
}

/// One value of `emit`: `reason = args.reason`, `a: u32`, `skb.mark`.
package struct EmitItem: Sendable, Equatable {
  /// What the event calls it, where that is said.
  package var name: Name?
  /// `u8` … `s64`, where that is said.
  package var width: Name?
  /// Nil for a field that a `from c { }` block fills.
  package var value: Expression?
  package var span: Span

  package init(name: Name?, width: Name?, value: Expression?, span: Span) {
    self.name = name
    self.width = width
    self.value = value
    self.span = span
  }
}

/// Text between the braces of `c { … }`, as it stands.
package struct CBlock: Sendable, Equatable {
  package var text: String
  /// Of the text, without the braces.
  package var span: Span

  package init(text: String, span: Span) {
    self.text = text
    self.span = span
  }
}
