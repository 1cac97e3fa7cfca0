internal import Packets

/// The body of a C function that does what a classic BPF program says: statements in the program's
/// order, each instruction as a comment at the first of its statements.
struct FilterBody {
  private enum Line {
    case label(Int)
    case statement(String, sets: String?, comment: String?)
  }

  private let program: FilterProgram
  private let disassembly: [String]
  private var lines: [Line] = []
  private var jumpedTo: Set<Int> = []
  private var variablesRead: Set<String> = []
  private var pendingComment: String?
  /// Whether control reaches the next statement from the one before.
  private(set) var fallsThrough = true

  init(_ program: FilterProgram) {
    self.program = program
    disassembly = program.disassembled()
  }

  /// What follows belongs to the instruction at `index`.
  mutating func begin(_ index: Int) {
    lines.append(.label(index))
    pendingComment = disassembly[index].split(whereSeparator: { $0 == " " || $0 == "\t" })
      .joined(separator: " ")
    fallsThrough = true
  }

  /// An instruction that is only ever jumped to, and whose jumps do its work themselves.
  func isAbsorbed(_ index: Int) -> Bool {
    guard case .return(.constant) = program.operations[index] else { return false }
    return !fallsThrough
  }

  mutating func add(_ statement: String, reads: [String] = []) {
    append(statement, sets: nil, reads: reads)
  }

  /// An assignment; left out if nothing reads the variable.
  mutating func set(_ variable: String, _ assignment: String, reads: [String] = []) {
    append(assignment, sets: variable, reads: reads)
  }

  mutating func `return`(_ value: String, reads: [String] = []) {
    add("return \(value);", reads: reads)
    fallsThrough = false
  }

  mutating func jump(to target: Int) {
    add(going(to: target))
    fallsThrough = false
  }

  /// Both ways of a comparison of A, made at the instruction at `index`.
  mutating func branch(
    _ comparison: FilterOperation.Comparison, _ operand: FilterOperation.Operand, ifTrue: Int,
    ifFalse: Int, at index: Int
  ) {
    if ifTrue == ifFalse {
      if ifTrue != index + 1 { jump(to: ifTrue) }
      return
    }
    let (right, reads) =
      switch operand {
      case .constant(let k): (hexadecimal(k), ["a"])
      case .x: ("x", ["a", "x"])
      }
    let (holds, fails) =
      switch comparison {
      case .equal: ("a == \(right)", "a != \(right)")
      case .greater: ("a > \(right)", "a <= \(right)")
      case .greaterOrEqual: ("a >= \(right)", "a < \(right)")
      case .anyBit: ("a & \(right)", "!(a & \(right))")
      }
    if ifTrue == index + 1 {
      add("if (\(fails))", reads: reads)
      add("\t" + going(to: ifFalse))
    } else {
      add("if (\(holds))", reads: reads)
      add("\t" + going(to: ifTrue))
      if ifFalse != index + 1 { jump(to: ifFalse) }
    }
  }

  /// An operation on registers alone.
  mutating func arithmetic(
    _ arithmetic: FilterOperation.Arithmetic, _ operand: FilterOperation.Operand
  ) {
    switch (arithmetic, operand) {
    case (.add, .constant(let k)): set("a", "a += \(k);", reads: ["a"])
    case (.subtract, .constant(let k)): set("a", "a -= \(k);", reads: ["a"])
    case (.multiply, .constant(let k)): set("a", "a *= \(k);", reads: ["a"])
    case (.divide, .constant(0)), (.modulo, .constant(0)): self.return("0")
    case (.divide, .constant(let k)): set("a", "a /= \(k);", reads: ["a"])
    case (.modulo, .constant(let k)): set("a", "a %= \(k);", reads: ["a"])
    case (.and, .constant(let k)): set("a", "a &= \(hexadecimal(k));", reads: ["a"])
    case (.or, .constant(let k)): set("a", "a |= \(hexadecimal(k));", reads: ["a"])
    case (.xor, .constant(let k)): set("a", "a ^= \(hexadecimal(k));", reads: ["a"])
    case (.shiftLeft, .constant(32...)), (.shiftRight, .constant(32...)): set("a", "a = 0;")
    case (.shiftLeft, .constant(let k)): set("a", "a <<= \(k);", reads: ["a"])
    case (.shiftRight, .constant(let k)): set("a", "a >>= \(k);", reads: ["a"])
    case (.add, .x): set("a", "a += x;", reads: ["a", "x"])
    case (.subtract, .x): set("a", "a -= x;", reads: ["a", "x"])
    case (.multiply, .x): set("a", "a *= x;", reads: ["a", "x"])
    case (.and, .x): set("a", "a &= x;", reads: ["a", "x"])
    case (.or, .x): set("a", "a |= x;", reads: ["a", "x"])
    case (.xor, .x): set("a", "a ^= x;", reads: ["a", "x"])
    case (.shiftLeft, .x): set("a", "a = x < 32 ? a << x : 0;", reads: ["a", "x"])
    case (.shiftRight, .x): set("a", "a = x < 32 ? a >> x : 0;", reads: ["a", "x"])
    case (.divide, .x), (.modulo, .x):
      add("if (!x)", reads: ["x"])
      add("\treturn 0;")
      set("a", arithmetic == .divide ? "a /= x;" : "a %= x;", reads: ["a", "x"])
    }
  }

  /// The C text, with the declarations of the variables that it reads.
  func text(declaring extra: [String] = []) -> String {
    let wide = 40
    var result: [String] = []
    let registers = (["a", "x"] + (0..<16).map { "m\($0)" }).filter(variablesRead.contains)
    if !registers.isEmpty {
      result.append("\tnc_u32 " + registers.map { "\($0) = 0" }.joined(separator: ", ") + ";")
    }
    result += extra.map { "\t" + $0 }
    if !result.isEmpty { result.append("") }
    // A comment whose statement is left out goes to the next one.
    var orphans: [String] = []
    for line in lines {
      switch line {
      case .label(let index):
        if jumpedTo.contains(index) { result.append("L\(index):") }
      case .statement(let text, let variable, let comment):
        if let comment { orphans.append(comment) }
        if let variable, !variablesRead.contains(variable) { continue }
        if orphans.isEmpty {
          result.append("\t" + text)
        } else {
          let width = text.reduce(8) { $1 == "\t" ? $0 + 8 : $0 + 1 }
          let tabs = max(1, (8 + wide - width + 7) / 8)
          result.append(
            "\t" + text + String(repeating: "\t", count: tabs)
              + "/* \(orphans.joined(separator: "; ")) */")
        }
        orphans = []
      }
    }
    return result.joined(separator: "\n")
  }

  private mutating func append(_ text: String, sets variable: String?, reads: [String]) {
    variablesRead.formUnion(reads)
    lines.append(.statement(text, sets: variable, comment: pendingComment))
    pendingComment = nil
  }

  private mutating func going(to target: Int) -> String {
    if case .return(.constant(let value)) = program.operations[target] {
      return value == 0 ? "return 0;" : "return 1;"
    }
    jumpedTo.insert(target)
    return "goto L\(target);"
  }

  private func hexadecimal(_ number: UInt32) -> String {
    "0x" + String(number, radix: 16)
  }
}
