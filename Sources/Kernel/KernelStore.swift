internal import CBpf
internal import CLibbpf
package import Language
internal import Lowering

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// A script's tables and states in the kernel's maps, shared by all its probes.
///
/// A table is an array of one map, its rows. Taking it puts an empty map there; the kernel goes on with
/// that only when no program uses the old one any more (a system call waits for them), so no
/// update is lost, and what was taken does not change. This process adds to none of them: programs may
/// add to the same row at the same time.
package final class KernelStore: ScriptStore {
  /// What a table or state counts of what it had no room for.
  private final class Refusals {
    let map: Int32

    init() throws(LoadFailure) {
      map = bpf_map_create(BPF_MAP_TYPE_ARRAY, "nc_refused", 4, 8, 1, nil)
      if map < 0 { throw LoadLog.failure("create maps") }
    }

    deinit { close(map) }

    var count: UInt64 {
      get throws(StoreError) {
        var key: UInt32 = 0
        var count: UInt64 = 0
        if bpf_map_lookup_elem(map, &key, &count) != 0 {
          throw KernelStore.failure("read refusals")
        }
        return count
      }
    }

    func add() throws(StoreError) {
      var key: UInt32 = 0
      var count = try self.count + 1
      if bpf_map_update_elem(map, &key, &count, 0) != 0 {
        throw KernelStore.failure("count refusals")
      }
    }
  }

  private final class Table {
    let identity: StoreIdentity
    let outer: Int32
    /// The rows that programs use, then those that wait, empty, to be used next.
    var inner: [Int32]
    let refusals: Refusals

    init(
      _ definition: TableDefinition, _ identity: StoreIdentity, isPerCPU: Bool
    ) throws(LoadFailure) {
      self.identity = identity
      refusals = try Refusals()
      var inner: [Int32] = []
      for _ in 0..<2 {
        inner.append(
          bpf_map_create(
            isPerCPU ? BPF_MAP_TYPE_PERCPU_HASH : BPF_MAP_TYPE_HASH, "nc_rows",
            UInt32(8 * ScriptMaps.keyWords(definition.keys)),
            UInt32(8 * ScriptMaps.rowWords(definition.aggregation)), UInt32(definition.maximum),
            nil))
      }
      outer = inner.min()! < 0 ? -1 : nc_map_of_maps("nc_table", inner[0])
      if outer < 0 {
        let failure = LoadLog.failure("create maps")
        for descriptor in inner where descriptor >= 0 { close(descriptor) }
        throw failure
      }
      self.inner = inner
      try use(inner[0])
    }

    deinit { for descriptor in [outer] + inner { close(descriptor) } }

    /// Has programs use these rows; returns when none uses others any more.
    func use(_ rows: Int32) throws(LoadFailure) {
      var zero: UInt32 = 0
      var rows = rows
      if bpf_map_update_elem(outer, &zero, &rows, 0) != 0 { throw LoadLog.failure("switch rows") }
    }
  }

  private final class State {
    let identity: StoreIdentity
    let map: Int32
    let refusals: Refusals

    init(_ definition: StateDefinition, _ identity: StoreIdentity) throws(LoadFailure) {
      self.identity = identity
      refusals = try Refusals()
      map = bpf_map_create(
        BPF_MAP_TYPE_HASH, "nc_state", UInt32(8 * ScriptMaps.keyWords(definition.keys)),
        UInt32(8 * ScriptMaps.rowWords(definition)), UInt32(definition.maximum), nil)
      if map < 0 { throw LoadLog.failure("create maps") }
    }

    deinit { close(map) }
  }

  private let script: Script
  private let hasCompareExchange: Bool
  private let cpuCount: Int
  private let tables: [Table]
  private let states: [State]
  /// The kernel's monotonic clock is the events' clock minus this.
  private let clockOffset: () -> Int64

  /// - Parameters:
  ///   - hasCompareExchange: as the script's objects are lowered: see ``ScriptUnit``.
  ///   - before: whose tables and states go on with what they hold, where the script has the same.
  ///   - clockOffset: what events' clock is ahead of the kernel's, ns; states remember by the kernel's.
  package init(
    _ script: Script, hasCompareExchange: Bool, continuing before: KernelStore? = nil,
    clockOffset: @escaping () -> Int64 = WallClock.offset
  ) throws(LoadFailure) {
    self.script = script
    self.hasCompareExchange = hasCompareExchange
    self.clockOffset = clockOffset
    LoadLog.collect()
    let cpus = libbpf_num_possible_cpus()
    guard cpus > 0 else { throw LoadLog.failure("create maps") }
    cpuCount = Int(cpus)
    tables = try script.tables.indices.map { index throws(LoadFailure) in
      let identity = script.identity(ofTable: index)
      if let same = before?.tables.first(where: { $0.identity == identity }) { return same }
      let table = script.tables[index]
      return try Table(
        table, identity,
        isPerCPU: ScriptMaps.isPerCPU(table.aggregation, hasCompareExchange: hasCompareExchange))
    }
    states = try script.states.indices.map { index throws(LoadFailure) in
      let identity = script.identity(ofState: index)
      if let same = before?.states.first(where: { $0.identity == identity }) { return same }
      return try State(script.states[index], identity)
    }
  }

  /// Lets an object use these maps.
  borrowing func share(with object: borrowing BpfObject) throws(LoadFailure) {
    for index in tables.indices {
      let name = ScriptMaps.name(ofTable: index, in: script)
      try object.share(name, descriptor: tables[index].outer)
      try object.share(
        ScriptMaps.refusals(of: name), descriptor: tables[index].refusals.map)
    }
    for index in states.indices {
      let name = ScriptMaps.name(ofState: index, in: script)
      try object.share(name, descriptor: states[index].map)
      try object.share(
        ScriptMaps.refusals(of: name), descriptor: states[index].refusals.map)
    }
  }

  // MARK: Tables

  package func rows(ofTable table: Int) throws(StoreError) -> [TableRow] {
    try kernelRows(table, tables[table].inner[0])
  }

  package func take(table: Int) throws(StoreError) -> [TableRow] {
    let one = tables[table]
    do throws(LoadFailure) {
      try one.use(one.inner[1])
    } catch {
      throw StoreError(message: "cannot take '\(script.tables[table].name)': \(error.reason)")
    }
    one.inner.swapAt(0, 1)
    let rows = try kernelRows(table, one.inner[1])
    try empty(one.inner[1], words: ScriptMaps.keyWords(script.tables[table].keys))
    return rows
  }

  package func clear(table: Int) throws(StoreError) { _ = try take(table: table) }

  package func refused(table: Int) throws(StoreError) -> UInt64 {
    try tables[table].refusals.count
  }

  private func kernelRows(_ table: Int, _ map: Int32) throws(StoreError) -> [TableRow] {
    let definition = script.tables[table]
    let aggregation = definition.aggregation
    let words = ScriptMaps.rowWords(aggregation)
    let isPerCPU = ScriptMaps.isPerCPU(aggregation, hasCompareExchange: hasCompareExchange)
    var row = [UInt64](repeating: 0, count: words * (isPerCPU ? cpuCount : 1))
    var rows: [TableRow] = []
    try forEachKey(map, words: ScriptMaps.keyWords(definition.keys)) { key in
      var key = key
      // A row that has gone meanwhile is none.
      if bpf_map_lookup_elem(map, &key, &row) != 0 { return }
      var value = AggregateValue()
      for start in stride(from: 0, to: row.count, by: words) {
        value.add(AggregateValue(aggregation, row[start..<start + words]))
      }
      rows.append(TableRow(key: key, value: value))
    }
    return rows
  }

  private func forEachKey(
    _ map: Int32, words: Int, _ body: ([UInt64]) -> Void
  ) throws(StoreError) {
    var key = [UInt64](repeating: 0, count: words)
    var next = key
    var result = bpf_map_get_next_key(map, nil, &next)
    while result == 0 {
      swap(&key, &next)
      body(key)
      result = bpf_map_get_next_key(map, &key, &next)
    }
    if result != -ENOENT, errno != ENOENT { throw Self.failure("go through a map") }
  }

  private func empty(_ map: Int32, words: Int) throws(StoreError) {
    var keys: [[UInt64]] = []
    try forEachKey(map, words: words) { keys.append($0) }
    for var key in keys { _ = bpf_map_delete_elem(map, &key) }
  }

  private static func failure(_ what: String) -> StoreError {
    StoreError(message: "cannot \(what): \(String(cString: strerror(errno)))")
  }

  // MARK: States

  private func kernelTime(_ now: UInt64) -> UInt64 {
    UInt64(bitPattern: Int64(bitPattern: now) &- clockOffset())
  }

  private func isOver(_ time: UInt64, _ state: Int, _ now: UInt64) -> Bool {
    guard let lifetime = script.states[state].lifetime, lifetime > 0 else { return false }
    let age = Int64(bitPattern: now &- time)
    return age > lifetime
  }

  package func value(
    ofState state: Int, key: [UInt64], now: UInt64
  ) throws(StoreError) -> [UInt64]? {
    var key = key
    var row = [UInt64](repeating: 0, count: ScriptMaps.rowWords(script.states[state]))
    if bpf_map_lookup_elem(states[state].map, &key, &row) != 0 {
      if errno == ENOENT { return nil }
      throw Self.failure("look up '\(script.states[state].name)'")
    }
    return isOver(row[0], state, kernelTime(now)) ? nil : Array(row[1...])
  }

  package func set(
    state: Int, key: [UInt64], value: [UInt64], now: UInt64
  ) throws(StoreError) {
    var key = key
    var row = [kernelTime(now)] + value
    if bpf_map_update_elem(states[state].map, &key, &row, 0) == 0 { return }
    guard errno == E2BIG else { throw Self.failure("set '\(script.states[state].name)'") }
    try states[state].refusals.add()
  }

  package func delete(state: Int, key: [UInt64]) throws(StoreError) {
    var key = key
    if bpf_map_delete_elem(states[state].map, &key) != 0, errno != ENOENT {
      throw Self.failure("delete from '\(script.states[state].name)'")
    }
  }

  package func clear(state: Int) throws(StoreError) {
    try empty(states[state].map, words: ScriptMaps.keyWords(script.states[state].keys))
  }

  package func refused(state: Int) throws(StoreError) -> UInt64 {
    try states[state].refusals.count
  }

  /// Removes what states keep beyond its lifetime, so that there is room: call it now and then.
  package func sweep(now: UInt64) throws(StoreError) {
    let time = kernelTime(now)
    for (index, state) in script.states.enumerated() where (state.lifetime ?? 0) > 0 {
      var over: [[UInt64]] = []
      var row = [UInt64](repeating: 0, count: ScriptMaps.rowWords(state))
      try forEachKey(states[index].map, words: ScriptMaps.keyWords(state.keys)) { key in
        var key = key
        if bpf_map_lookup_elem(states[index].map, &key, &row) == 0, isOver(row[0], index, time) {
          over.append(key)
        }
      }
      for var key in over { _ = bpf_map_delete_elem(states[index].map, &key) }
    }
  }
}

extension AggregateValue {
  /// A row as the kernel keeps it: see `bpf/tables.h`.
  fileprivate init(_ aggregation: Aggregation, _ row: ArraySlice<UInt64>) {
    let row = Array(row)
    let lowest: UInt64 = 1 << 63
    func maximum(_ word: UInt64) -> Int64 { Int64(bitPattern: word ^ lowest) }
    func minimum(_ word: UInt64) -> Int64 { Int64(bitPattern: ~word ^ lowest) }
    func sum(_ word: UInt64) -> Int64 { Int64(bitPattern: word) }
    switch aggregation {
    case .count: self.init(sum: sum(row[0]))
    case .average: self.init(count: row[0], sum: sum(row[1]))
    case .minimum: self.init(count: row[0], minimum: minimum(row[1]))
    case .maximum: self.init(count: row[0], maximum: maximum(row[1]))
    case .stats:
      self.init(
        count: row[0], sum: sum(row[1]), minimum: minimum(row[2]), maximum: maximum(row[3]))
    case .histogram, .linearHistogram, .quantiles:
      let buckets = Array(row[1...])
      self.init(count: buckets.reduce(0, &+), sum: sum(row[0]), buckets: buckets)
    }
  }
}
