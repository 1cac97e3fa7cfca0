/// A piece of a generated program, which can be made smaller.
indirect enum Piece {
  case text(String)
  case part(Generated)
}

/// An expression of a kind, as text with parts.
struct Generated {
  enum Kind: String, CaseIterable {
    case integer, boolean, address, mac, text, flow

    /// What an expression of the kind shrinks to.
    var smallest: [String] {
      switch self {
      case .integer: ["0", "1", "pkt.len"]
      case .boolean: ["true", "false"]
      case .address: ["ip.src"]
      case .mac: ["eth.src"]
      case .text: ["comm"]
      case .flow: ["pkt.flow"]
      }
    }
  }

  let kind: Kind
  var pieces: [Piece]

  init(_ kind: Kind, _ pieces: Piece...) {
    self.kind = kind
    self.pieces = pieces
  }

  var text: String {
    pieces.map {
      switch $0 {
      case .text(let text): text
      case .part(let part): part.text
      }
    }.joined()
  }

  /// Smaller expressions of the same kind, the boldest first.
  var smaller: [Generated] {
    var result: [Generated] = []
    if pieces.count > 1 || !kind.smallest.contains(text) {
      result += kind.smallest.filter { $0 != text }.map { Generated(kind, .text($0)) }
    }
    for piece in pieces {
      if case .part(let part) = piece, part.kind == kind { result.append(part) }
    }
    for (index, piece) in pieces.enumerated() {
      guard case .part(let part) = piece else { continue }
      for less in part.smaller {
        var copy = self
        copy.pieces[index] = .part(less)
        result.append(copy)
      }
    }
    return result
  }
}

/// A statement with its expressions and blocks.
struct GeneratedStatement {
  /// Text, expressions and blocks in their order.
  enum Segment {
    case text(String)
    case expression(Generated)
    case block([GeneratedStatement])
  }

  var segments: [Segment]
  /// The name that it declares: it cannot go while others may use it.
  var declares: String?

  init(declares: String? = nil, _ segments: Segment...) {
    self.segments = segments
    self.declares = declares
  }

  func lines(_ indent: String) -> String {
    var line = indent
    for segment in segments {
      switch segment {
      case .text(let text): line += text
      case .expression(let expression): line += expression.text
      case .block(let statements):
        line += "{\n" + statements.map { $0.lines(indent + "    ") }.joined() + indent + "}"
      }
    }
    return line + "\n"
  }

  var smaller: [GeneratedStatement] {
    var result: [GeneratedStatement] = []
    for (index, segment) in segments.enumerated() {
      let variants: [Segment] =
        switch segment {
        case .text: []
        case .expression(let expression): expression.smaller.map { .expression($0) }
        case .block(let statements):
          GeneratedStatement.smaller(statements).map { .block($0) }
        }
      for variant in variants {
        var copy = self
        copy.segments[index] = variant
        result.append(copy)
      }
    }
    return result
  }

  /// Smaller lists: without one statement, or with one made smaller.
  static func smaller(_ statements: [GeneratedStatement]) -> [[GeneratedStatement]] {
    var result: [[GeneratedStatement]] = []
    for index in statements.indices where statements[index].declares == nil {
      var copy = statements
      copy.remove(at: index)
      result.append(copy)
    }
    for index in statements.indices.reversed() where statements[index].declares != nil {
      // Perhaps nobody uses it: the checker tells.
      var copy = statements
      copy.remove(at: index)
      result.append(copy)
    }
    for (index, statement) in statements.enumerated() {
      for less in statement.smaller {
        var copy = statements
        copy[index] = less
        result.append(copy)
      }
    }
    return result
  }
}

/// A script with one probe.
struct GeneratedScript {
  var declarations: String
  var body: [GeneratedStatement]

  var text: String {
    "ncs 1\n\(declarations)probe p = icmp_rcv {\n"
      + body.map { $0.lines("    ") }.joined() + "}\n"
  }

  var smaller: [GeneratedScript] {
    GeneratedStatement.smaller(body).map {
      GeneratedScript(declarations: declarations, body: $0)
    }
  }
}

/// SplitMix64: the same numbers for the same seed everywhere.
struct Random: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  mutating func below(_ limit: Int) -> Int { Int.random(in: 0..<limit, using: &self) }

  mutating func pick<T>(_ choices: [T]) -> T { choices[below(choices.count)] }

  mutating func chance(_ percent: Int) -> Bool { below(100) < percent }
}
