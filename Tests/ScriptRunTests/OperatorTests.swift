import Kernel
import Language
import Lowering
import MadePackets
import MadeScripts
import Packets
import Syntax
import Testing

extension InKernel {
  /// Operators over values that are given, absent ones among them.
  @Suite struct OperatorTests {
    private static let numbers: [Int64] = [
      0, 1, -1, 2, -2, 3, 7, -7, 63, 64, 65, 255, 1 << 31, 1 << 32, .max, .min, .min + 1,
      0x1234_5678_9abc_def0,
    ]

    private func expected(
      _ operation: ArithmeticOperator, _ a: Int64, _ b: Int64, isUnsigned: Bool
    ) -> Int64? {
      let (x, y) = (UInt64(bitPattern: a), UInt64(bitPattern: b))
      switch operation {
      case .add: return a &+ b
      case .subtract: return a &- b
      case .multiply: return a &* b
      case .divide:
        if b == 0 { return nil }
        return isUnsigned
          ? Int64(bitPattern: x / y) : a.dividedReportingOverflow(by: b).partialValue
      case .remainder:
        if b == 0 { return nil }
        return isUnsigned
          ? Int64(bitPattern: x % y) : a.remainderReportingOverflow(dividingBy: b).partialValue
      case .and: return a & b
      case .or: return a | b
      case .exclusiveOr: return a ^ b
      case .shiftLeft: return a &<< b
      case .shiftRight: return isUnsigned ? Int64(bitPattern: x &>> y) : a &>> b
      }
    }

    @Test(arguments: [Presentation.decimal, .pointer])
    func arithmetic(presentation: Presentation) throws {
      let type = ValueType.integer(presentation)
      let (a, b) = (TypedExpression.kernel("a", type), TypedExpression.kernel("b", type))
      let all = ArithmeticOperator.allCases.map { TypedExpression.arithmetic($0, a, b) }
      let run = try load(.of([], emit: all))
      for x in Self.numbers {
        for y in Self.numbers {
          var input = ScriptRun.Input()
          input.reads = ["a": [UInt64(bitPattern: x)], "b": [UInt64(bitPattern: y)]]
          let values = try run.values(on: input, all)
          for (operation, value) in zip(ArithmeticOperator.allCases, values) {
            let wanted = expected(operation, x, y, isUnsigned: presentation.isUnsigned)
            #expect(
              value == wanted.map { [UInt64(bitPattern: $0)] }, "\(x) \(operation) \(y)")
          }
        }
      }
      var input = ScriptRun.Input()
      input.reads = ["a": [1]]
      #expect(try run.values(on: input, all).allSatisfy { $0 == nil })
    }

    @Test(arguments: [Presentation.decimal, .pointer])
    func comparisons(presentation: Presentation) throws {
      let type = ValueType.integer(presentation)
      let (a, b) = (TypedExpression.kernel("a", type), TypedExpression.kernel("b", type))
      let all = ComparisonOperator.allCases.map { TypedExpression.comparison($0, a, b) }
      let run = try load(.of([], emit: all + all.map { !$0 }))
      for x in Self.numbers {
        for y in Self.numbers {
          var input = ScriptRun.Input()
          let (p, q) = (UInt64(bitPattern: x), UInt64(bitPattern: y))
          input.reads = ["a": [p], "b": [q]]
          let less = presentation.isUnsigned ? p < q : x < y
          let right = [x == y, x != y, less, less || x == y, !less && x != y, !less]
          let values = try run.values(on: input, all + all)
          #expect(values == (right + right.map { !$0 }).map { [$0 ? 1 : 0] }, "\(x) \(y)")
        }
      }
      // With an absent side all are false, and their negations true.
      var input = ScriptRun.Input()
      input.reads = ["b": [1]]
      #expect(
        try run.values(on: input, all + all) == (all.map { _ in [0] } + all.map { _ in [1] }))
    }

    @Test func logic() throws {
      let a = TypedExpression.kernel("a")
      let b = TypedExpression.kernel("b")
      let coalesced = TypedExpression(.coalesce(a, .arithmetic(.add, b, .number(100))))
      let all = [
        (a == 1) && (b == 1), (a == 1) || (.arithmetic(.divide, b, a) == 1), coalesced,
        a.isPresent, TypedExpression(.negate(a)), TypedExpression(.complement(a)),
        TypedExpression(.coalesce(a, b)),
      ]
      let run = try load(.of([], emit: all))
      func values(_ reads: [String: [UInt64]]) throws -> [[UInt64]?] {
        var input = ScriptRun.Input()
        input.reads = reads
        return try run.values(on: input, all)
      }
      #expect(
        try values(["a": [1], "b": [1]])
          == [[1], [1], [1], [1], [UInt64.max], [UInt64.max - 1], [1]])
      #expect(
        try values(["a": [2], "b": [2]])
          == [[0], [1], [2], [1], [UInt64.max - 1], [UInt64.max - 2], [2]])
      #expect(try values(["b": [5]]) == [[0], [0], [105], [0], nil, nil, [5]])
      #expect(try values([:]) == [[0], [0], nil, [0], nil, nil, nil])
    }

    @Test func widths() throws {
      let a = TypedExpression.kernel("a")
      let script = Script.of(
        [], emit: [a, a, a, a],
        widths: [
          0: .init(bits: 8, isSigned: false), 1: .init(bits: 8, isSigned: true),
          2: .init(bits: 32, isSigned: true),
        ])
      let run = try load(script)
      var input = ScriptRun.Input()
      input.reads = ["a": [0x1_8765_43f0]]
      #expect(
        try run.values(on: input, [a, a, a, a])
          == [[0xf0], [0xffff_ffff_ffff_fff0], [0xffff_ffff_8765_43f0], [0x1_8765_43f0]])
    }

    @Test func texts() throws {
      let a = TypedExpression.kernel("a", .text)
      let comm = TypedExpression.context(.comm, .text)
      let all =
        ComparisonOperator.allCases.map { TypedExpression.comparison($0, a, .text("curl")) } + [
          a, comm, TypedExpression.comparison(.equal, comm, .text("nc")),
          TypedExpression(.coalesce(a, .text("none")), .text),
        ]
      let run = try load(.of([], emit: all))
      func words(_ text: String) -> [UInt64] {
        var words = [UInt64](repeating: 0, count: 8)
        words.withUnsafeMutableBytes { $0.copyBytes(from: text.utf8.prefix(64)) }
        return words
      }
      for text in [
        "curl", "", "curk", "curm", "curl ", "cur", "Curl", "\u{e9}",
        String(repeating: "x", count: 64),
      ] {
        var input = ScriptRun.Input()
        input.reads = ["a": words(text)]
        input.command = "nc"
        let values = try run.values(on: input, all)
        let (x, y) = (Array(text.utf8), Array("curl".utf8))
        let less = x.lexicographicallyPrecedes(y)
        let right = [x == y, x != y, less, less || x == y, !less && x != y, !less]
        #expect(values[..<6].map { $0 } == right.map { [$0 ? 1 : 0] }, "\(text)")
        #expect(values[6] == words(text) && values[7] == words("nc") && values[8] == [1])
        #expect(values[9] == words(text))
      }
      let absent = try run.values(on: ScriptRun.Input(), all)
      #expect(absent[0] == [0] && absent[6] == nil && absent[9] == words("none"))
    }

    @Test func addresses() throws {
      let a = TypedExpression.kernel("a", .address)
      let prefix = AddressValue(ipv4: 0x0a00_0000)
      func within(_ address: AddressValue, _ bits: Int) -> TypedExpression {
        TypedExpression(.isInPrefix(a, address, bits: bits), .boolean)
      }
      let other = AddressValue(high: 0x2001_0db8_0000_0000, low: 1)
      let all =
        [
          within(prefix, 104), within(other, 32), within(other, 128), within(other, 0),
          within(other, 64),
        ]
        + ComparisonOperator.allCases.map {
          TypedExpression.comparison($0, a, TypedExpression(.address(other), .address))
        }
      let run = try load(.of([], emit: all))
      for address in [
        AddressValue(ipv4: 0x0a01_0203), AddressValue(ipv4: 0x0b01_0203), other,
        AddressValue(high: other.high, low: 2), AddressValue(high: other.high | 1, low: 0),
        AddressValue(high: 0, low: 0), AddressValue(high: .max, low: .max),
      ] {
        var input = ScriptRun.Input()
        input.reads = ["a": [address.high, address.low]]
        let values = try run.values(on: input, all)
        let right = [
          address.high == 0 && address.low >> 24 == prefix.low >> 24,
          address.high >> 32 == other.high >> 32, address == other, true,
          address.high == other.high,
          address == other, address != other, address < other, address <= other, address > other,
          address >= other,
        ]
        #expect(values == right.map { [$0 ? 1 : 0] }, "\(address)")
      }
    }

    @Test func localsLoopsAndFunctions() throws {
      // var sum = 0; for i in 0..<n { if i == 3 { } else { sum = sum + f(i) } }
      let integer = ValueType.integer(.decimal)
      var script = Script.of(
        [
          TypedStatement(.set(local: 0, .number(0))),
          TypedStatement(
            .loop(
              local: 1, from: .number(0), to: .kernel("n"),
              [
                TypedStatement(
                  .condition(
                    .local(1) == 3, then: [],
                    otherwise: [
                      TypedStatement(
                        .set(
                          local: 0,
                          .arithmetic(
                            .add, .local(0), TypedExpression(.call(0, [.local(1)])))))
                    ]))
              ])),
          .require(TypedExpression.comparison(.less, .local(0), .number(1000))),
        ], emit: [.local(0), TypedExpression(.call(1, [.kernel("n")]), .text)],
        locals: [.init(name: "sum", type: integer), .init(name: "int", type: integer)])
      // func f(x) { if x == 5 { return 500 }; return x * 2 }; func g(x) -> text, absent unless 4
      script.functions = [
        FunctionInstance(
          name: "f", parameterCount: 1, result: integer,
          body: Body(
            locals: [.init(name: "x", type: integer)],
            statements: [
              TypedStatement(
                .condition(
                  .local(0) == 5, then: [TypedStatement(.returning(.number(500)))], otherwise: [])),
              TypedStatement(.returning(.arithmetic(.multiply, .local(0), .number(2)))),
            ])),
        FunctionInstance(
          name: "g", parameterCount: 1, result: .text,
          body: Body(
            locals: [.init(name: "x", type: integer)],
            statements: [
              TypedStatement(
                .condition(
                  .local(0) == 4, then: [TypedStatement(.returning(.text("four")))], otherwise: []))
            ])),
      ]
      let run = try load(script)
      func outcome(_ n: UInt64?) throws -> ScriptRun.Outcome {
        var input = ScriptRun.Input()
        if let n { input.reads = ["n": [n]] }
        return try run.run(on: input)
      }
      #expect(try outcome(4).emissions.first?.prefix(3) == [3, 6, 0x7275_6f66])
      #expect(try outcome(6).emissions.first?.prefix(3) == [1, 514, 0])
      #expect(try outcome(nil).emissions.first?.prefix(3) == [1, 0, 0])
      #expect(try outcome(200).accepted == false)
      #expect(try outcome(200).emissions.isEmpty)
    }
  }
}
