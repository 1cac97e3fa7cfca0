package import Syntax

/// A statement that has been checked, with where it stands.
package struct TypedStatement: Sendable, Equatable {
  package let kind: Kind
  package let span: Span

  package init(_ kind: Kind, span: Span) {
    self.kind = kind
    self.span = span
  }

  package indirect enum Kind: Sendable, Equatable {
    // Both halves.
    /// Sets a local; `let` and `var` begin so as well.
    case set(local: Int, TypedExpression)
    case tableAdd(table: Int, keys: [TypedExpression], value: TypedExpression)
    /// Whole record: the values in order. An absent one is kept as absent.
    case stateSet(state: Int, keys: [TypedExpression], values: [TypedExpression])
    case stateDelete(state: Int, keys: [TypedExpression])
    case condition(TypedExpression, then: [TypedStatement], otherwise: [TypedStatement])
    /// `for i in a..<b`: at most ``loopLimit`` rounds in the kernel half.
    case loop(local: Int, from: TypedExpression, to: TypedExpression, [TypedStatement])
    /// From a function with the value, from a body without.
    case returning(TypedExpression?)

    // The kernel half.
    /// Goes on only if the filter with this index in ``Script/filters`` matches.
    case filter(Int)
    case requirement(TypedExpression)
    /// `where c { … }`: index into ``Script/cBlocks``.
    case requirementC(Int)
    case capture(Int)
    case rebuild
    case emit(Emission)
    /// `c { … }`
    case c(Int)

    // The half in netcap.
    /// One line.
    case print([TypedExpression])
    case showPacket
    case savePacket(to: TypedExpression)
    case clearTable(Int)
    case clearState(Int)
    case exit(TypedExpression?)
    case run([TypedExpression])
    /// Over the hops of a journey, or the rows of a table.
    case forEachHop([TypedStatement])
    case forEachRow(TableQuery, [TypedStatement])
  }

  package static let loopLimit = 1024
}

/// An event that is sent: values for some or all of the probe's fields.
package struct Emission: Sendable, Equatable {
  /// For each field of ``ProbeDefinition/fields``, in order; nil where this `emit` leaves it out or a
  /// C block fills it.
  package var values: [TypedExpression?]
  /// `from c { … }`: index into ``Script/cBlocks``; sends only if it returns true.
  package var cBlock: Int?
  /// The fields that the block fills, in the order of the script: indexes into
  /// ``ProbeDefinition/fields``. They are never absent.
  package var cFields: [Int]

  package init(values: [TypedExpression?], cBlock: Int? = nil, cFields: [Int] = []) {
    self.values = values
    self.cBlock = cBlock
    self.cFields = cFields
  }
}

extension ProbeDefinition {
  /// The fields that C blocks fill: indexes into ``fields``.
  package var cFields: Set<Int> {
    func found(_ statements: [TypedStatement]) -> Set<Int> {
      statements.reduce(into: []) { result, statement in
        switch statement.kind {
        case .emit(let emission): result.formUnion(emission.cFields)
        case .condition(_, let then, let otherwise): result.formUnion(found(then + otherwise))
        case .loop(_, _, _, let body): result.formUnion(found(body))
        default: break
        }
      }
    }
    return found(body.statements)
  }
}
