package import Language

/// The kernel's tables and states, with the samples that the half in netcap adds: these are kept in
/// this process, and put together with the kernel's when a table is read.
///
/// States have one value for a key, so they are in the kernel alone.
package final class MergedStore: ScriptStore {
  private let kernel: any ScriptStore
  let local: MemoryStore

  /// - Parameter before: whose samples stay, where the script has the same tables.
  package init(
    _ script: Script, kernel: any ScriptStore, continuing before: MergedStore? = nil
  ) {
    self.kernel = kernel
    local = MemoryStore(script, continuing: before?.local)
  }

  package func rows(ofTable table: Int) throws(StoreError) -> [TableRow] {
    merge(try kernel.rows(ofTable: table), local.rows(ofTable: table))
  }

  package func take(table: Int) throws(StoreError) -> [TableRow] {
    merge(try kernel.take(table: table), local.take(table: table))
  }

  private func merge(_ rows: [TableRow], _ others: [TableRow]) -> [TableRow] {
    if others.isEmpty { return rows }
    if rows.isEmpty { return others }
    var merged = rows
    var places: [[UInt64]: Int] = [:]
    for (index, row) in rows.enumerated() { places[row.key] = index }
    for row in others {
      if let place = places[row.key] {
        merged[place].value.add(row.value)
      } else {
        merged.append(row)
      }
    }
    return merged
  }

  package func clear(table: Int) throws(StoreError) {
    try kernel.clear(table: table)
    local.clear(table: table)
  }

  package func add(table: Int, key: [UInt64], value: Int64) {
    local.add(table: table, key: key, value: value)
  }

  package func refused(table: Int) throws(StoreError) -> UInt64 {
    try kernel.refused(table: table) + local.refused(table: table)
  }

  package func value(
    ofState state: Int, key: [UInt64], now: UInt64
  ) throws(StoreError) -> [UInt64]? {
    try kernel.value(ofState: state, key: key, now: now)
  }

  package func set(
    state: Int, key: [UInt64], value: [UInt64], now: UInt64
  ) throws(StoreError) {
    try kernel.set(state: state, key: key, value: value, now: now)
  }

  package func delete(state: Int, key: [UInt64]) throws(StoreError) {
    try kernel.delete(state: state, key: key)
  }

  package func clear(state: Int) throws(StoreError) { try kernel.clear(state: state) }

  package func refused(state: Int) throws(StoreError) -> UInt64 {
    try kernel.refused(state: state)
  }
}

extension AggregateValue {
  /// What a row is ordered by, and what a loop sees as its value; nil: nothing.
  package func value(_ kind: RowValue, of aggregation: Aggregation) -> Int64? {
    switch kind {
    case .value:
      switch aggregation {
      case .count: return sum
      case .average: return value(.average, of: aggregation)
      case .minimum: return value(.minimum, of: aggregation)
      case .maximum: return value(.maximum, of: aggregation)
      case .stats, .histogram, .linearHistogram, .quantiles: return Int64(bitPattern: count)
      }
    case .count: return Int64(bitPattern: count)
    case .sum: return sum
    case .average:
      if count == 0 { return nil }
      return count > UInt64(Int64.max) ? 0 : sum / Int64(count)
    case .minimum: return minimum > maximum && minimum == .max ? nil : minimum
    case .maximum: return minimum > maximum && maximum == .min ? nil : maximum
    case .p50, .p90, .p99, .p999: return kind.perMille.flatMap { quantile(perMille: $0) }
    }
  }
}
