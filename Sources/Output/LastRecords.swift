/// The last so many records of a file that is written at the end.
struct LastRecords {
  private let limit: Int
  /// In the order of coming, but that the oldest is at `next` when there are as many as there may be.
  private var records: [[UInt8]] = []
  private var next = 0

  /// - Parameter limit: at least 1.
  init(limit: Int) {
    self.limit = limit
  }

  /// Keeps a record.
  ///
  /// - Returns: whether the oldest one had to make room for it.
  mutating func add(_ record: UnsafeRawBufferPointer) -> Bool {
    if records.count < limit {
      records.append(Array(record))
      return false
    }
    // The memory of the old one serves the new.
    records[next].removeAll(keepingCapacity: true)
    records[next].append(contentsOf: record)
    next = next + 1 == limit ? 0 : next + 1
    return true
  }

  /// All, the oldest first.
  var inOrder: some Sequence<[UInt8]> {
    records.indices.lazy.map { [records, next] index in
      let place = next + index
      return records[place < records.count ? place : place - records.count]
    }
  }
}
