/// Where tables and states are kept while a script runs: in the kernel's maps, or in this process
/// for a recording.
///
/// Keys are words: first one whose bit `i` says that key `i` is present, then each key's
/// ``ValueType/wordCount`` words, zeros where it is absent.
package protocol ScriptStore: AnyObject {
  /// All rows of a table, in no order.
  func rows(ofTable table: Int) throws(StoreError) -> [TableRow]
  /// The same, and the table is empty afterwards; no update is lost in between.
  func take(table: Int) throws(StoreError) -> [TableRow]
  func clear(table: Int) throws(StoreError)
  /// Samples that were not kept because the table was full.
  func refused(table: Int) throws(StoreError) -> UInt64

  /// What a state keeps for a key: presence bits of its members, then their words; nil where there is
  /// nothing, or its lifetime is over at `now` (nanoseconds, the clock of events).
  func value(ofState state: Int, key: [UInt64], now: UInt64) throws(StoreError) -> [UInt64]?
  func set(state: Int, key: [UInt64], value: [UInt64], now: UInt64) throws(StoreError)
  func delete(state: Int, key: [UInt64]) throws(StoreError)
  func clear(state: Int) throws(StoreError)
  func refused(state: Int) throws(StoreError) -> UInt64
}

package struct StoreError: Error, Sendable, Equatable {
  /// What was being done, and why it failed.
  package let message: String

  package init(message: String) {
    self.message = message
  }
}

/// One row of a table.
package struct TableRow: Sendable, Equatable {
  package var key: [UInt64]
  package var value: AggregateValue

  package init(key: [UInt64], value: AggregateValue) {
    self.key = key
    self.value = value
  }
}

/// What an aggregation has made of the samples; which parts are used depends on the aggregation.
package struct AggregateValue: Sendable, Equatable {
  package var count: UInt64
  /// Wraps.
  package var sum: Int64
  package var minimum: Int64
  package var maximum: Int64
  /// Of histograms and quantiles: see ``Aggregation``.
  package var buckets: [UInt64]

  package init(
    count: UInt64 = 0, sum: Int64 = 0, minimum: Int64 = .max, maximum: Int64 = .min,
    buckets: [UInt64] = []
  ) {
    self.count = count
    self.sum = sum
    self.minimum = minimum
    self.maximum = maximum
    self.buckets = buckets
  }

  /// As if the other's samples, of the same aggregation, had been added here.
  package mutating func add(_ other: AggregateValue) {
    count &+= other.count
    sum &+= other.sum
    minimum = min(minimum, other.minimum)
    maximum = max(maximum, other.maximum)
    if buckets.count < other.buckets.count {
      buckets += [UInt64](repeating: 0, count: other.buckets.count - buckets.count)
    }
    for (index, bucket) in other.buckets.enumerated() { buckets[index] &+= bucket }
  }
}

extension Aggregation {
  /// How many buckets there are; 0 where it has none.
  package var bucketCount: Int {
    switch self {
    case .count, .average, .minimum, .maximum, .stats: 0
    case .histogram: 66
    case .linearHistogram(let low, let high, let step):
      2 + Int((high &- low &+ step &- 1) / step)
    case .quantiles: 1 + 64 * 16
    }
  }

  /// The bucket of a value; the same in `bpf/tables.h`.
  ///
  /// - histogram: 0 below zero, 1 zero, then 2 + the position of the highest set bit.
  /// - linear: 0 below `low`, then one for each step, the last from `high` on.
  /// - quantiles: 0 for zero and below; else 1 + 16 · e + m with e the position of the highest set bit
  ///   and m the four bits below it (zeros where there are fewer).
  package func bucket(of value: Int64) -> Int {
    switch self {
    case .count, .average, .minimum, .maximum, .stats: return 0
    case .histogram:
      if value <= 0 { return value < 0 ? 0 : 1 }
      return 2 + (63 - value.leadingZeroBitCount)
    case .linearHistogram(let low, let high, let step):
      if value < low { return 0 }
      if value >= high { return bucketCount - 1 }
      return 1 + Int((value &- low) / step)
    case .quantiles:
      if value <= 0 { return 0 }
      let exponent = 63 - value.leadingZeroBitCount
      let mantissa =
        exponent >= 4 ? (value >> Int64(exponent - 4)) & 15 : (value << Int64(4 - exponent)) & 15
      return 1 + 16 * exponent + Int(mantissa)
    }
  }
}
