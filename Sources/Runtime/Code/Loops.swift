internal import Language

/// Code about journeys, hops and the rows of tables.
extension Compiler {
  func journeyInteger(_ field: JourneyField) -> IntegerCode {
    switch field {
    case .complete: { machine in machine.pointee.journey.map { $0.isComplete ? 1 : 0 } }
    case .total: { machine in machine.pointee.journey.map { $0.total } }
    case .missing: { machine in machine.pointee.journey.map { Int64($0.missing) } }
    case .repeated: { machine in machine.pointee.journey.map { Int64($0.repeated) } }
    case .late: { machine in machine.pointee.journey.map { Int64($0.late) } }
    }
  }

  func hopInteger(_ field: HopField) -> IntegerCode {
    switch field {
    case .name: { _ in nil }
    case .ns: { machine in machine.pointee.journey?.sincePrevious(machine.pointee.hop) }
    case .at: { machine in machine.pointee.journey?.sinceFirst(machine.pointee.hop) }
    case .index: { machine in Int64(machine.pointee.hop) }
    }
  }

  func forEachHop(_ body: [TypedStatement]) -> StatementCode {
    let body = block(body)
    return { machine in
      guard let journey = machine.pointee.journey else { return .next }
      let outer = machine.pointee.hop
      defer { machine.pointee.hop = outer }
      for hop in journey.definition.hopNames.indices {
        machine.pointee.hop = hop
        let outcome = body(machine)
        if outcome != .next { return outcome }
      }
      return .next
    }
  }

  /// The rows of a table, in order.
  func rows(_ query: TableQuery) -> (Machine) -> [TableRow] {
    let limit = query.limit.map { integer($0) }
    let printer = printer
    let order = RowOrder(script.tables[query.table], query.order) { printer.frames(of: $0) }
    let store = store
    return { machine in
      var rows: [TableRow] = []
      do throws(StoreError) {
        rows =
          query.takes
          ? try store.take(table: query.table) : try store.rows(ofTable: query.table)
      } catch {
        machine.note(error)
      }
      order.sort(&rows)
      if let limit, let count = limit(machine), count < Int64(rows.count) {
        rows.removeLast(rows.count - Int(max(0, count)))
      }
      return rows
    }
  }

  func forEachRow(_ query: TableQuery, _ body: [TypedStatement]) -> StatementCode {
    let rows = rows(query)
    rowTables.append(query.table)
    let body = block(body)
    rowTables.removeLast()
    return { machine in
      let outer = machine.pointee.row
      defer { machine.pointee.row = outer }
      for row in rows(machine) {
        machine.pointee.row = row
        let outcome = body(machine)
        if outcome != .next { return outcome }
      }
      return .next
    }
  }

  func rowKeyWords(_ index: Int) -> WordsCode {
    guard let table = rowTables.last else { return { _, _ in false } }
    let keys = script.tables[table].keys
    let offset = 1 + keys[..<index].reduce(0) { $0 + $1.wordCount }
    let count = keys[index].wordCount
    return { machine, place in
      guard let key = machine.pointee.row?.key, key[0] >> UInt64(index) & 1 != 0 else {
        place.update(repeating: 0, count: count)
        return false
      }
      for word in 0..<count { place[word] = key[offset + word] }
      return true
    }
  }

  func rowInteger(_ value: RowValue) -> IntegerCode {
    guard let table = rowTables.last else { return { _ in nil } }
    let aggregation = script.tables[table].aggregation
    return { machine in machine.pointee.row?.value.value(value, of: aggregation) }
  }
}

/// The order of a table's rows; by key where values are the same. Call chains are in the order of what they
/// print, as their numbers are others in each session.
struct RowOrder {
  private let definition: TableDefinition
  private let order: TableQuery.Order
  private let frames: (UInt64) -> [String]

  init(
    _ definition: TableDefinition, _ order: TableQuery.Order,
    frames: @escaping (UInt64) -> [String]
  ) {
    self.definition = definition
    self.order = order
    self.frames = frames
  }

  func sort(_ rows: inout [TableRow]) {
    switch order {
    case .byKey: rows.sort { precedes($0.key, $1.key) }
    case .byValue: sort(&rows) { $0 < $1 }
    case .byValueDescending: sort(&rows) { $0 > $1 }
    }
  }

  private func sort(_ rows: inout [TableRow], _ holds: (Int64, Int64) -> Bool) {
    let aggregation = definition.aggregation
    rows.sort { a, b in
      let (x, y) = (
        a.value.value(.value, of: aggregation) ?? .min,
        b.value.value(.value, of: aggregation) ?? .min
      )
      return x == y ? precedes(a.key, b.key) : holds(x, y)
    }
  }

  /// Key by key; an absent one comes last.
  private func precedes(_ a: [UInt64], _ b: [UInt64]) -> Bool {
    var offset = 1
    for (index, type) in definition.keys.enumerated() {
      let (hasA, hasB) = (a[0] >> UInt64(index) & 1 != 0, b[0] >> UInt64(index) & 1 != 0)
      if hasA != hasB { return hasA }
      if hasA, let result = compare(a, b, offset, type) { return result }
      offset += type.wordCount
    }
    return false
  }

  /// Nil: the same.
  private func compare(_ a: [UInt64], _ b: [UInt64], _ offset: Int, _ type: ValueType) -> Bool? {
    for word in offset..<offset + type.wordCount where a[word] != b[word] {
      switch type {
      case .integer(let presentation) where !presentation.isUnsigned:
        return Int64(bitPattern: a[word]) < Int64(bitPattern: b[word])
      case .text: return a[word].byteSwapped < b[word].byteSwapped
      case .stack:
        let (x, y) = (frames(a[word]), frames(b[word]))
        return x == y ? nil : x.lexicographicallyPrecedes(y)
      default: return a[word] < b[word]
      }
    }
    return nil
  }
}
