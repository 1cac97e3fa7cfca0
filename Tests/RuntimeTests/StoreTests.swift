import Language
import Packets
import Runtime
import Testing

@Suite struct StoreTests {
  private func store(
    _ aggregation: Aggregation, keys: [ValueType] = [.integer(.decimal)], max: Int = 100
  ) -> MemoryStore {
    var script = Script.made()
    script.table(keys: keys.map { ("k", $0) }, aggregation, max: max)
    return MemoryStore(script)
  }

  @Test func `samples are aggregated`() {
    for aggregation: Aggregation in [
      .count, .average, .minimum, .maximum, .stats, .histogram,
      .linearHistogram(low: -2, high: 2, step: 1), .quantiles,
    ] {
      let store = store(aggregation)
      let samples: [Int64] = [5, -3, .max, 0, 1, 1]
      for sample in samples { store.add(table: 0, key: [1, 7], value: sample) }
      let rows = store.rows(ofTable: 0)
      #expect(rows.map(\.key) == [[1, 7]])
      let value = rows[0].value
      #expect(value.count == 6)
      #expect(value.sum == samples.reduce(0) { $0 &+ $1 })
      if aggregation == .stats {
        #expect(value.minimum == -3)
        #expect(value.maximum == .max)
      }
      var buckets = [UInt64](repeating: 0, count: aggregation.bucketCount)
      if !buckets.isEmpty { for sample in samples { buckets[aggregation.bucket(of: sample)] += 1 } }
      #expect(value.buckets == buckets)
    }
  }

  @Test func `ten thousand keys are told apart`() {
    let store = store(.count, keys: [.integer(.decimal), .address], max: 20_000)
    for round in 0..<3 {
      for key in 0..<10_000 {
        store.add(table: 0, key: [3, UInt64(key % 10), 0, UInt64(key)], value: Int64(round))
      }
    }
    let rows = store.rows(ofTable: 0)
    #expect(rows.count == 10_000)
    #expect(Set(rows.map(\.key)).count == 10_000)
    #expect(rows.allSatisfy { $0.value.sum == 3 && $0.value.count == 3 })
    #expect(store.take(table: 0).count == 10_000)
    #expect(store.rows(ofTable: 0).isEmpty)
  }

  @Test func `a full table refuses new keys`() {
    let store = store(.count, max: 3)
    for key in 0..<10 { store.add(table: 0, key: [1, UInt64(key)], value: 1) }
    store.add(table: 0, key: [1, 0], value: 1)
    #expect(store.rows(ofTable: 0).count == 3)
    #expect(store.refused(table: 0) == 7)
    store.clear(table: 0)
    store.add(table: 0, key: [1, 9], value: 1)
    #expect(store.rows(ofTable: 0).map(\.key) == [[1, 9]])
  }

  private func states(max: Int, lifetime: Int64?) -> MemoryStore {
    var script = Script.made()
    script.states = [
      StateDefinition(
        name: "s", keys: [.integer(.decimal)],
        members: [
          ValueType.Member(name: "a", type: .integer(.decimal)),
          ValueType.Member(name: "b", type: .address),
        ], maximum: max, lifetime: lifetime)
    ]
    return MemoryStore(script)
  }

  @Test func `states are forgotten after their lifetime`() {
    let store = states(max: 2, lifetime: 100)
    store.set(state: 0, key: [1, 5], value: [3, 1, 2, 3], now: 1000)
    #expect(store.value(ofState: 0, key: [1, 5], now: 1100) == [3, 1, 2, 3])
    #expect(store.value(ofState: 0, key: [1, 5], now: 1101) == nil)
    #expect(store.value(ofState: 0, key: [1, 6], now: 1000) == nil)
    // Events may come a little out of order.
    #expect(store.value(ofState: 0, key: [1, 5], now: 900) == [3, 1, 2, 3])
    store.set(state: 0, key: [1, 6], value: [1, 1, 0, 0], now: 1050)
    store.set(state: 0, key: [1, 7], value: [1, 1, 0, 0], now: 1060)
    #expect(store.refused(state: 0) == 1)
    // What is over makes room.
    store.set(state: 0, key: [1, 7], value: [1, 9, 0, 0], now: 1101)
    #expect(store.value(ofState: 0, key: [1, 7], now: 1101) == [1, 9, 0, 0])
    #expect(store.refused(state: 0) == 1)
    store.delete(state: 0, key: [1, 7])
    store.delete(state: 0, key: [1, 7])
    #expect(store.value(ofState: 0, key: [1, 7], now: 1101) == nil)
    store.clear(state: 0)
    #expect(store.value(ofState: 0, key: [1, 6], now: 1101) == nil)
  }

  @Test func `deleting leaves the others`() {
    let store = states(max: 100_000, lifetime: nil)
    var kept: Set<UInt64> = []
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<20_000 {
      let key = UInt64.random(in: 0..<3000, using: &generator)
      if Bool.random(using: &generator) {
        store.set(state: 0, key: [1, key], value: [3, key, 0, key], now: 1)
        kept.insert(key)
      } else {
        store.delete(state: 0, key: [1, key])
        kept.remove(key)
      }
    }
    for key in 0..<3000 as Range<UInt64> {
      #expect(
        store.value(ofState: 0, key: [1, key], now: 1)
          == (kept.contains(key) ? [3, key, 0, key] : nil))
    }
  }

  /// A kernel's table with one row.
  private final class FakeKernel: ScriptStore {
    var table: [TableRow] = []
    func rows(ofTable table: Int) -> [TableRow] { self.table }
    func take(table: Int) -> [TableRow] {
      defer { self.table = [] }
      return self.table
    }
    func clear(table: Int) { self.table = [] }
    func add(table: Int, key: [UInt64], value: Int64) {}
    func refused(table: Int) throws(StoreError) -> UInt64 { throw StoreError(message: "no map") }
    func value(ofState state: Int, key: [UInt64], now: UInt64) -> [UInt64]? { [1, 77] }
    func set(state: Int, key: [UInt64], value: [UInt64], now: UInt64) {}
    func delete(state: Int, key: [UInt64]) {}
    func clear(state: Int) {}
    func refused(state: Int) -> UInt64 { 5 }
  }

  @Test func `what netcap adds is merged with the kernel's rows`() throws {
    var script = Script.made()
    script.table(keys: [("k", .integer(.decimal))], .stats)
    let kernel = FakeKernel()
    kernel.table = [
      TableRow(key: [1, 1], value: AggregateValue(count: 2, sum: 10, minimum: 4, maximum: 6))
    ]
    let store = MergedStore(script, kernel: kernel)
    store.add(table: 0, key: [1, 1], value: 20)
    store.add(table: 0, key: [1, 2], value: -1)
    let rows = try store.rows(ofTable: 0).sorted { $0.key[1] < $1.key[1] }
    #expect(
      rows == [
        TableRow(key: [1, 1], value: AggregateValue(count: 3, sum: 30, minimum: 4, maximum: 20)),
        TableRow(key: [1, 2], value: AggregateValue(count: 1, sum: -1, minimum: -1, maximum: -1)),
      ])
    #expect(try store.take(table: 0).count == 2)
    #expect(try store.rows(ofTable: 0).isEmpty)
    #expect(throws: StoreError.self) { try store.refused(table: 0) }
  }

  @Test func `a store that fails is told of`() throws {
    var script = Script.made()
    script.table()
    let runtime = ScriptRuntime(
      script, store: MergedStore(script, kernel: FakeKernel()), output: FakeOutput(), points: [])
    #expect(throws: StoreError(message: "no map")) { try runtime.losses() }
  }

  @Test func `absent keys are rows of their own, absent samples are none`() throws {
    var script = Script.made()
    script.table("t", keys: [("port", .integer(.decimal))])
    script.table("u", .stats)
    script.probe([
      .add(0, [.field(.tcp, "dport")]), .add(1, [], .field(.udp, "dport")),
    ])
    script.on(.end, .print(.table(0)), .print(.table(1)))
    let text = try run(
      script, [MadePacket(bytes: Frames.tcp()), MadePacket(bytes: Frames.udp())])
    #expect(
      text == """
        port  count
         443      1
           -      1
        count  avg  min  max  sum
            1   53   53   53   53

        """)
  }
}
