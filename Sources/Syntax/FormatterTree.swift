/// A statement or declaration as tokens and blocks, for laying it out.
struct LaidStatement {
  enum Item {
    case token(TakenToken)
    indirect case block(LaidBlock)

    var first: TakenToken {
      switch self {
      case .token(let token): token
      case .block(let block): block.open
      }
    }
  }

  /// At least one.
  var items: [Item]
}

/// Statements in braces.
struct LaidBlock {
  var open: TakenToken
  var statements: [LaidStatement]
  var close: TakenToken
  /// Whether it was written on one line.
  var isOnOneLine: Bool
}

/// Makes statements and blocks of the tokens that a parser took.
struct LayoutReader {
  private var rest: ArraySlice<TakenToken>

  init(_ tokens: ArraySlice<TakenToken>) { rest = tokens }

  /// All up to the end of the block, or of the text.
  mutating func statements() -> [LaidStatement] {
    var statements: [LaidStatement] = []
    while let first = rest.first, !first.layout.contains(.closesBlock) {
      // What stood before a `;` has been moved behind it.
      if first.layout.contains(.separates) {
        rest.removeFirst()
      } else {
        statements.append(statement())
      }
    }
    return statements
  }

  private mutating func statement() -> LaidStatement {
    var items: [LaidStatement.Item] = []
    while let token = rest.first {
      let isNext = !items.isEmpty && token.layout.contains(.startsStatement)
      if isNext || !token.layout.isDisjoint(with: [.closesBlock, .separates]) { break }
      rest.removeFirst()
      items.append(token.layout.contains(.opensBlock) ? .block(block(token)) : .token(token))
    }
    return LaidStatement(items: items)
  }

  private mutating func block(_ open: TakenToken) -> LaidBlock {
    let inside = rest
    let statements = statements()
    let close = rest.removeFirst()
    let tokens = inside[..<rest.startIndex]
    let isOnOneLine = tokens.allSatisfy {
      !$0.token.startsLine && $0.token.comments.isEmpty && !$0.hasLineBreak
    }
    return LaidBlock(
      open: open, statements: statements, close: close, isOnOneLine: isOnOneLine)
  }
}
