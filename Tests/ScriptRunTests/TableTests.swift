import Kernel
import Language
import Lowering
import MadeScripts
import Packets
import Runtime
import Testing

extension InKernel {
  /// Tables and states in the kernel's maps.
  @Suite struct TableTests {
    private static let kinds: [Aggregation] = [
      .count, .average, .minimum, .maximum, .stats, .histogram,
      .linearHistogram(low: -10, high: 25, step: 10), .quantiles,
    ]

    private func table(
      _ aggregation: Aggregation, keys: [ValueType], maximum: Int = 100
    ) -> TableDefinition {
      TableDefinition(
        name: "t", keyNames: keys.indices.map { "k\($0)" }, keys: keys, aggregation: aggregation,
        presentation: .decimal, maximum: maximum)
    }

    private func script(_ table: TableDefinition, _ keys: [TypedExpression]) -> Script {
      var script = Script.of([
        TypedStatement(.tableAdd(table: 0, keys: keys, value: .kernel("value")))
      ])
      script.tables = [table]
      return script
    }

    private static let samples: [Int64] = [
      0, 1, -1, 5, -11, -10, 24, 25, 1000, .max, .min, 17, 15, 16, 1 << 40, 3,
    ]

    @Test(arguments: kinds, [true, false])
    func aggregations(aggregation: Aggregation, hasCompareExchange: Bool) throws {
      let script = script(table(aggregation, keys: []), [])
      let run = try load(script, hasCompareExchange: hasCompareExchange)
      for value in Self.samples {
        var input = ScriptRun.Input()
        input.reads = ["value": [UInt64(bitPattern: value)]]
        _ = try run.run(on: input)
      }
      // An absent value is no sample.
      _ = try run.run(on: ScriptRun.Input())
      let rows = try run.store.rows(ofTable: 0)
      #expect(rows.map(\.key) == [[0]])
      check(rows[0].value, aggregation, Self.samples)
      // One more from here, then taken: all together, and nothing is left.
      let merged = MergedStore(script, kernel: run.store)
      merged.add(table: 0, key: [0], value: 7)
      let taken = try merged.take(table: 0)
      #expect(taken.count == 1)
      check(taken[0].value, aggregation, Self.samples + [7])
      #expect(try run.store.rows(ofTable: 0).isEmpty)
      var input = ScriptRun.Input()
      input.reads = ["value": [9]]
      _ = try run.run(on: input)
      check(try run.store.take(table: 0)[0].value, aggregation, [9])
      _ = try run.run(on: input)
      try run.store.clear(table: 0)
      #expect(try run.store.rows(ofTable: 0).isEmpty)
    }

    private func check(_ value: AggregateValue, _ aggregation: Aggregation, _ samples: [Int64]) {
      let sum = samples.reduce(0, &+)
      switch aggregation {
      case .count: #expect(value.sum == sum)
      case .average: #expect(value.sum == sum && value.count == UInt64(samples.count))
      case .minimum: #expect(value.minimum == samples.min())
      case .maximum: #expect(value.maximum == samples.max())
      case .stats:
        #expect(value.sum == sum && value.count == UInt64(samples.count))
        #expect(value.minimum == samples.min() && value.maximum == samples.max())
      case .histogram, .linearHistogram, .quantiles:
        var buckets = [UInt64](repeating: 0, count: aggregation.bucketCount)
        for sample in samples { buckets[aggregation.bucket(of: sample)] += 1 }
        #expect(value.buckets == buckets && value.sum == sum)
      }
    }

    @Test func keysAndRefusals() throws {
      let keys: [TypedExpression] = [
        .kernel("a"), .kernel("text", .text), .kernel("address", .address),
      ]
      let run = try load(script(table(.count, keys: keys.map(\.type), maximum: 3), keys))
      func add(_ reads: [String: [UInt64]]) throws {
        var input = ScriptRun.Input()
        input.reads = reads.merging(["value": [2]]) { $1 }
        _ = try run.run(on: input)
      }
      let text: [UInt64] = [0x61, 0, 0, 0, 0, 0, 0, 0]
      try add(["a": [1], "text": text, "address": [3, 4]])
      try add(["a": [1], "text": text, "address": [3, 4]])
      try add(["text": text])
      try add([:])
      try add(["a": [9]])
      try add(["a": [10]])
      let rows = try run.store.rows(ofTable: 0).sorted { $0.key[0] < $1.key[0] }
      let none = [UInt64](repeating: 0, count: 8)
      #expect(
        rows.map(\.key) == [
          [0, 0] + none + [0, 0], [2, 0] + text + [0, 0], [7, 1] + text + [3, 4],
        ])
      #expect(rows.map(\.value.sum) == [2, 2, 4])
      #expect(try run.store.refused(table: 0) == 2)
    }

    @Test func states() throws {
      let members = [
        ValueType.Member(name: "born", type: .integer(.time)),
        ValueType.Member(name: "comm", type: .text),
      ]
      let record = ValueType.record(members)
      let key: [TypedExpression] = [.kernel("sock")]
      func state(_ member: Int?) -> TypedExpression {
        TypedExpression(
          .state(0, keys: key, member: member), member.map { members[$0].type } ?? record)
      }
      let isSetting = TypedExpression.kernel("set") == 1
      let isDeleting = TypedExpression.kernel("delete") == 1
      let emitted = [
        state(0), state(1), TypedExpression(.hasState(0, keys: key), .boolean),
        TypedExpression(.member(state(nil), 0), .integer(.time)), .local(0, .text),
      ]
      var script = Script.of(
        [
          TypedStatement(
            .condition(
              isSetting,
              then: [
                TypedStatement(
                  .stateSet(state: 0, keys: key, values: [.context(.time), .kernel("name", .text)]))
              ], otherwise: [])),
          TypedStatement(
            .condition(
              isDeleting, then: [TypedStatement(.stateDelete(state: 0, keys: key))], otherwise: [])),
          TypedStatement(.set(local: 0, state(1))),
        ], emit: emitted, locals: [.init(name: "kept", type: .text)])
      script.states = [
        StateDefinition(
          name: "conn", keys: [.integer(.pointer)], members: members, maximum: 2, lifetime: 1000)
      ]
      let run = try load(script)
      func values(_ time: UInt64, _ sock: UInt64, _ reads: [String: [UInt64]] = [:]) throws
        -> [[UInt64]?]
      {
        var input = ScriptRun.Input()
        input.time = time
        input.reads = reads.merging(["sock": [sock]]) { $1 }
        return try run.values(on: input, emitted)
      }
      let nothing: [[UInt64]?] = [nil, nil, [0], nil, nil]
      let name: [UInt64] = [0x6e, 0, 0, 0, 0, 0, 0, 0]
      #expect(try values(50, 1) == nothing)
      #expect(try values(100, 1, ["set": [1], "name": name]) == [[100], name, [1], [100], name])
      #expect(try values(200, 1) == [[100], name, [1], [100], name])
      #expect(try values(1100, 1) == [[100], name, [1], [100], name])
      #expect(try values(1101, 1) == nothing)
      #expect(try run.store.value(ofState: 0, key: [1, 1], now: 1100) == [3, 100] + name)
      #expect(try run.store.value(ofState: 0, key: [1, 1], now: 1101) == nil)
      // Set without a name, which is absent then; a third one finds no room.
      #expect(try values(300, 2, ["set": [1]]) == [[300], nil, [1], [300], nil])
      #expect(try values(300, 3, ["set": [1]]) == nothing)
      #expect(try run.store.refused(state: 0) == 1)
      #expect(try values(300, 2, ["delete": [1]]) == nothing)
      #expect(try values(300, 2, ["delete": [1]]) == nothing)
      try run.store.set(state: 0, key: [1, 5], value: [1, 77] + name, now: 400)
      #expect(try values(500, 5) == [[77], nil, [1], [77], nil])
      // By another CPU, after this one looked at the clock.
      #expect(try values(399, 5) == [[77], nil, [1], [77], nil])
      try run.store.sweep(now: 1350)
      #expect(try run.store.value(ofState: 0, key: [1, 1], now: 101) == nil)
      #expect(try run.store.value(ofState: 0, key: [1, 5], now: 401) != nil)
      try run.store.delete(state: 0, key: [1, 5])
      try run.store.delete(state: 0, key: [1, 5])
      #expect(try values(500, 5) == nothing)
    }
  }
}
