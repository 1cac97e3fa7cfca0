package import Language

/// Tables and states in this process: for recordings, and for what the half in netcap adds to tables
/// that the kernel has too.
package final class MemoryStore: ScriptStore {
  let tables: [TableMemory]
  let states: [StateMemory]
  private let identities: [StoreIdentity]

  /// - Parameter before: whose tables and states go on with what they hold, where the script has the same.
  package init(_ script: Script, continuing before: MemoryStore? = nil) {
    let identities = script.storeIdentities
    /// Its place among the tables and states that go on.
    func place(_ index: Int) -> Int? { before?.identities.firstIndex(of: identities[index]) }
    tables = script.tables.enumerated().map { index, table in
      if let before, let place = place(index) { return before.tables[place] }
      return TableMemory(table)
    }
    states = script.states.enumerated().map { index, state in
      if let before, let place = place(script.tables.count + index) {
        return before.states[place - before.tables.count]
      }
      return StateMemory(state)
    }
    self.identities = identities
  }

  package func rows(ofTable table: Int) -> [TableRow] { tables[table].rows() }

  package func take(table: Int) -> [TableRow] {
    defer { tables[table].clear() }
    return tables[table].rows()
  }

  package func clear(table: Int) { tables[table].clear() }

  package func add(table: Int, key: [UInt64], value: Int64) {
    key.withUnsafeBufferPointer { tables[table].add($0.baseAddress!, value) }
  }

  package func refused(table: Int) -> UInt64 { tables[table].refused }

  package func value(ofState state: Int, key: [UInt64], now: UInt64) -> [UInt64]? {
    key.withUnsafeBufferPointer { key in
      states[state].value(key.baseAddress!, now: now).map {
        Array(UnsafeBufferPointer(start: $0, count: states[state].valueWords))
      }
    }
  }

  package func set(state: Int, key: [UInt64], value: [UInt64], now: UInt64) {
    key.withUnsafeBufferPointer { key in
      value.withUnsafeBufferPointer {
        states[state].set(key.baseAddress!, $0.baseAddress!, now: now)
      }
    }
  }

  package func delete(state: Int, key: [UInt64]) {
    key.withUnsafeBufferPointer { states[state].delete($0.baseAddress!) }
  }

  package func clear(state: Int) { states[state].clear() }

  package func refused(state: Int) -> UInt64 { states[state].refused }
}

/// One table: for each key the count and sum of its samples, then, where the aggregation has them,
/// their minimum and maximum, then its buckets.
final class TableMemory {
  private let aggregation: Aggregation
  private let maximum: Int
  private let hasExtremes: Bool
  private let bucketCount: Int
  // Run-time checks of exclusive access would cost more than the work: nothing that is called while
  // these are modified calls back.
  @exclusivity(unchecked) private var table: WordTable
  @exclusivity(unchecked) private(set) var refused: UInt64 = 0

  init(_ definition: TableDefinition) {
    aggregation = definition.aggregation
    maximum = definition.maximum
    bucketCount = aggregation.bucketCount
    switch aggregation {
    case .count, .average: hasExtremes = false
    case .minimum, .maximum, .stats, .histogram, .linearHistogram, .quantiles: hasExtremes = true
    }
    table = WordTable(
      keyWords: 1 + definition.keys.reduce(0) { $0 + $1.wordCount },
      valueWords: hasExtremes ? 4 + bucketCount : 2)
  }

  func add(_ key: UnsafePointer<UInt64>, _ value: Int64) {
    let place: UnsafeMutablePointer<UInt64>
    if let found = table.find(key) {
      place = found
    } else {
      if table.count >= maximum {
        refused += 1
        return
      }
      place = table.insert(key)
      if hasExtremes {
        place[2] = UInt64(bitPattern: Int64.max)
        place[3] = UInt64(bitPattern: Int64.min)
      }
    }
    place[0] &+= 1
    place[1] &+= UInt64(bitPattern: value)
    if !hasExtremes { return }
    if value < Int64(bitPattern: place[2]) { place[2] = UInt64(bitPattern: value) }
    if value > Int64(bitPattern: place[3]) { place[3] = UInt64(bitPattern: value) }
    if bucketCount > 0 { place[4 + aggregation.bucket(of: value)] &+= 1 }
  }

  func rows() -> [TableRow] {
    var rows: [TableRow] = []
    rows.reserveCapacity(table.count)
    let (keyWords, hasExtremes, bucketCount) = (table.keyWords, hasExtremes, bucketCount)
    table.forEach { key, value in
      var aggregate = AggregateValue(count: value[0], sum: Int64(bitPattern: value[1]))
      if hasExtremes {
        aggregate.minimum = Int64(bitPattern: value[2])
        aggregate.maximum = Int64(bitPattern: value[3])
        aggregate.buckets = Array(UnsafeBufferPointer(start: value + 4, count: bucketCount))
      }
      rows.append(
        TableRow(
          key: Array(UnsafeBufferPointer(start: key, count: keyWords)), value: aggregate))
    }
    return rows
  }

  func clear() { table.removeAll() }
}

/// One state: for each key when it was set, the presence bits of its members, and their words.
final class StateMemory {
  /// Presence bits and members.
  let valueWords: Int
  private let maximum: Int
  private let lifetime: UInt64?
  // As in ``TableMemory``.
  @exclusivity(unchecked) private var table: WordTable
  @exclusivity(unchecked) private(set) var refused: UInt64 = 0
  /// No value can be over before; nothing is looked for until then.
  @exclusivity(unchecked) private var nextExpiry: UInt64 = 0

  init(_ definition: StateDefinition) {
    maximum = definition.maximum
    lifetime = definition.lifetime.map { UInt64(max(0, $0)) }
    valueWords = 1 + definition.members.reduce(0) { $0 + $1.type.wordCount }
    table = WordTable(
      keyWords: 1 + definition.keys.reduce(0) { $0 + $1.wordCount }, valueWords: 1 + valueWords)
  }

  private func isOver(_ set: UInt64, _ now: UInt64) -> Bool {
    guard let lifetime else { return false }
    return now > set && now - set > lifetime
  }

  /// Lent until the state is next changed.
  func value(_ key: UnsafePointer<UInt64>, now: UInt64) -> UnsafePointer<UInt64>? {
    guard let found = table.find(key), !isOver(found[0], now) else { return nil }
    return UnsafePointer(found + 1)
  }

  func set(_ key: UnsafePointer<UInt64>, _ value: UnsafePointer<UInt64>, now: UInt64) {
    var place = table.find(key)
    if place == nil {
      if table.count >= maximum { removeExpired(now) }
      if table.count >= maximum {
        refused += 1
        return
      }
      place = table.insert(key)
    }
    place![0] = now
    (place! + 1).update(from: value, count: valueWords)
  }

  private func removeExpired(_ now: UInt64) {
    guard let lifetime, now >= nextExpiry else { return }
    var over: [[UInt64]] = []
    var oldest = UInt64.max
    let keyWords = table.keyWords
    table.forEach { key, value in
      if isOver(value[0], now) {
        over.append(Array(UnsafeBufferPointer(start: key, count: keyWords)))
      } else {
        oldest = min(oldest, value[0])
      }
    }
    for key in over { key.withUnsafeBufferPointer { _ = table.remove($0.baseAddress!) } }
    if over.isEmpty, oldest < .max { nextExpiry = oldest &+ lifetime }
  }

  func delete(_ key: UnsafePointer<UInt64>) { table.remove(key) }

  func clear() { table.removeAll() }
}
