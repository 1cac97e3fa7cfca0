package import Language

/// A table as it is printed: its rows in order.
package struct PrintedTable: Sendable {
  package let definition: TableDefinition
  package let rows: [TableRow]
  let printer: ValuePrinter

  package init(_ definition: TableDefinition, rows: [TableRow], printer: ValuePrinter) {
    self.definition = definition
    self.rows = rows
    self.printer = printer
  }

  /// As lines, each with its end.
  package func text() -> [UInt8] {
    var text: [UInt8] = []
    if rows.isEmpty {
      text.append(escaping: Array(definition.name.utf8))
      text.append(": empty\n")
      return text
    }
    switch definition.aggregation {
    case .histogram, .linearHistogram:
      for (index, row) in rows.enumerated() {
        if index > 0 { text.append(0x0A) }
        appendTitle(of: row, to: &text)
        appendHistogram(row.value, to: &text)
      }
    case .count, .average, .minimum, .maximum, .stats, .quantiles: appendColumns(to: &text)
    }
    return text
  }

  // MARK: Rows in columns

  private struct Column {
    var title: [UInt8]
    var isLeft: Bool
    var cells: [[UInt8]] = []
    var width: Int { cells.reduce(title.displayWidth) { max($0, $1.displayWidth) } }
  }

  /// A number ends where the others end; other keys begin where they begin. Stacks have lines of
  /// their own.
  private func appendColumns(to text: inout [UInt8]) {
    var columns: [Column] = []
    var stacks: [Int] = []
    for (index, type) in definition.keys.enumerated() {
      if type == .stack {
        stacks.append(index)
        continue
      }
      var column = Column(title: title(index), isLeft: !type.isNumber)
      column.cells = rows.map { cell($0, index) }
      columns.append(column)
    }
    for (position, title) in valueTitles.enumerated() {
      var column = Column(title: Array(title.utf8), isLeft: false)
      column.cells = rows.map { number(values(of: $0.value)[position]) }
      columns.append(column)
    }
    appendLine(columns.map { ($0.title, $0.width, $0.isLeft) }, to: &text)
    for (index, row) in rows.enumerated() {
      appendLine(columns.map { ($0.cells[index], $0.width, $0.isLeft) }, to: &text)
      for stack in stacks {
        text += cell(row, stack)
        text.append(0x0A)
      }
    }
  }

  private func appendLine(
    _ cells: [(text: [UInt8], width: Int, isLeft: Bool)], to text: inout [UInt8]
  ) {
    for (index, cell) in cells.enumerated() {
      if index > 0 { text.append("  ") }
      let blanks = [UInt8](repeating: 0x20, count: cell.width - cell.text.displayWidth)
      text += cell.isLeft ? cell.text + blanks : blanks + cell.text
    }
    while text.last == 0x20 { text.removeLast() }
    text.append(0x0A)
  }

  private func title(_ key: Int) -> [UInt8] {
    var title: [UInt8] = []
    title.append(
      escaping: Array(
        (definition.keyNames.indices.contains(key) ? definition.keyNames[key] : "key").utf8))
    return title
  }

  private func cell(_ row: TableRow, _ index: Int) -> [UInt8] {
    var text: [UInt8] = []
    let offset = 1 + definition.keys[..<index].reduce(0) { $0 + $1.wordCount }
    row.key.withUnsafeBufferPointer { key in
      let isPresent = key[0] >> UInt64(index) & 1 != 0
      printer.append(
        isPresent ? key.baseAddress! + offset : nil, definition.keys[index], ValueFormat(),
        to: &text)
    }
    return text
  }

  /// What is added, as it prints; nil: absent.
  private func number(_ number: PrintedNumber) -> [UInt8] {
    var text: [UInt8] = []
    switch number {
    case .count(let count): text.append(decimal: count)
    case .sample(nil): text.append("-")
    case .sample(let sample?):
      var word = UInt64(bitPattern: sample)
      printer.append(&word, .integer(definition.presentation), ValueFormat(), to: &text)
    }
    return text
  }

  private enum PrintedNumber {
    case count(UInt64)
    case sample(Int64?)
  }

  private var valueTitles: [String] {
    switch definition.aggregation {
    case .count: ["count"]
    case .average: ["avg", "count"]
    case .minimum: ["min"]
    case .maximum: ["max"]
    case .stats: ["count", "avg", "min", "max", "sum"]
    case .quantiles: ["count", "p50", "p90", "p99", "p99.9"]
    case .histogram, .linearHistogram: []
    }
  }

  private func values(of value: AggregateValue) -> [PrintedNumber] {
    let aggregation = definition.aggregation
    func sample(_ kind: RowValue) -> PrintedNumber {
      .sample(value.value(kind, of: aggregation))
    }
    switch aggregation {
    case .count: return [.sample(value.sum)]
    case .average: return [sample(.average), .count(value.count)]
    case .minimum: return [sample(.minimum)]
    case .maximum: return [sample(.maximum)]
    case .stats:
      return [
        .count(value.count), sample(.average), sample(.minimum), sample(.maximum), sample(.sum),
      ]
    case .quantiles:
      return [.count(value.total)]
        + [.p50, .p90, .p99, .p999].map(sample)
    case .histogram, .linearHistogram: return []
    }
  }

  // MARK: Histograms

  /// `hop ip_local_deliver`
  private func appendTitle(of row: TableRow, to text: inout [UInt8]) {
    if definition.keys.isEmpty {
      text.append(escaping: Array(definition.name.utf8))
      text.append(0x0A)
      return
    }
    for index in definition.keys.indices {
      if index > 0 { text.append(", ") }
      text += title(index)
      text.append(definition.keys[index] == .stack ? "\n" : " ")
      text += cell(row, index)
    }
    text.append(0x0A)
  }

  private static let barWidth = 40

  /// From the first bucket that has something to the last, a line each.
  private func appendHistogram(_ value: AggregateValue, to text: inout [UInt8]) {
    guard let first = value.buckets.firstIndex(where: { $0 > 0 }),
      let last = value.buckets.lastIndex(where: { $0 > 0 })
    else { return text.append("  no samples\n") }
    let titles = (first...last).map { bucketTitle($0) }
    let counts = value.buckets[first...last].map { String($0) }
    let titleWidth = titles.map(\.displayWidth).max() ?? 0
    let countWidth = counts.map(\.utf8.count).max() ?? 0
    let most = value.buckets[first...last].max() ?? 1
    for (index, count) in value.buckets[first...last].enumerated() {
      text.append("  ")
      text += titles[index]
      text += [UInt8](repeating: 0x20, count: titleWidth - titles[index].displayWidth)
      text.append("  ")
      text += [UInt8](repeating: 0x20, count: countWidth - counts[index].utf8.count)
      text.append(counts[index])
      text.append(" |")
      let (high, low) = count.multipliedFullWidth(by: UInt64(PrintedTable.barWidth))
      let length = Int(most.dividingFullWidth((high, low)).quotient)
      text += [UInt8](repeating: UInt8(ascii: "@"), count: length)
      text += [UInt8](repeating: 0x20, count: PrintedTable.barWidth - length)
      text.append("|\n")
    }
  }

  /// `[256, 512)`, in the units of what was added.
  private func bucketTitle(_ bucket: Int) -> [UInt8] {
    let (low, high) = definition.aggregation.bounds(ofBucket: bucket)
    var text: [UInt8] = []
    switch (low, high) {
    case (nil, let high?):
      text.append("< ")
      text += number(.sample(high))
    case (let low?, nil):
      text.append(">= ")
      text += number(.sample(low))
    case (let low?, let high?) where high == low &+ 1: text += number(.sample(low))
    case (let low?, let high?):
      text.append("[")
      text += number(.sample(low))
      text.append(", ")
      text += number(.sample(high))
      text.append(")")
    case (nil, nil): break
    }
    return text
  }

  // MARK: Values

  /// Each row as an object: its keys by name, then what the aggregation made.
  package var values: [PrintedValue] {
    rows.map { row in
      var members: [PrintedValue.Member] = []
      var offset = 1
      for (index, type) in definition.keys.enumerated() {
        let name = String(decoding: title(index), as: UTF8.self)
        let isPresent = row.key[0] >> UInt64(index) & 1 != 0
        let value = row.key.withUnsafeBufferPointer {
          printer.value(isPresent ? $0.baseAddress! + offset : nil, type)
        }
        members.append(PrintedValue.Member(name, value))
        offset += type.wordCount
      }
      if definition.aggregation.bucketCount > 0, definition.aggregation != .quantiles {
        members.append(PrintedValue.Member("buckets", buckets(row.value)))
      }
      for (title, value) in zip(valueTitles, values(of: row.value)) {
        switch value {
        case .count(let count): members.append(PrintedValue.Member(title, .unsigned(count)))
        case .sample(let sample):
          members.append(PrintedValue.Member(title, sample.map { .integer($0) } ?? .absent))
        }
      }
      return .members(members)
    }
  }

  private func buckets(_ value: AggregateValue) -> PrintedValue {
    var list: [PrintedValue] = []
    for (index, count) in value.buckets.enumerated() where count > 0 {
      let (low, high) = definition.aggregation.bounds(ofBucket: index)
      list.append(
        .members([
          .init("low", low.map { .integer($0) } ?? .absent),
          .init("high", high.map { .integer($0) } ?? .absent), .init("count", .unsigned(count)),
        ]))
    }
    return .list(list)
  }
}

extension ValueType {
  /// Prints as a number, so that columns of it end in line.
  var isNumber: Bool {
    switch self {
    case .integer(.enumeration): false
    case .integer: true
    case .boolean, .address, .mac, .text, .flow, .stack, .record: false
    }
  }
}

extension Aggregation {
  /// The lowest value of a bucket, and the one behind its highest; nil: no bound.
  package func bounds(ofBucket bucket: Int) -> (low: Int64?, high: Int64?) {
    switch self {
    case .count, .average, .minimum, .maximum, .stats: return (nil, nil)
    case .histogram:
      switch bucket {
      case 0: return (nil, 0)
      case 1: return (0, 1)
      default: return (1 << Int64(bucket - 2), bucket < 64 ? 1 << Int64(bucket - 1) : nil)
      }
    case .linearHistogram(let low, let high, let step):
      if bucket == 0 { return (nil, low) }
      if bucket >= bucketCount - 1 { return (high, nil) }
      let start = low &+ Int64(bucket - 1) &* step
      return (start, min(high, start &+ step))
    case .quantiles:
      if bucket == 0 { return (nil, 1) }
      let (exponent, mantissa) = ((bucket - 1) / 16, Int64((bucket - 1) % 16))
      let base: Int64 = 1 << Int64(exponent)
      if exponent < 4 {
        // Some of these sixteen hold no number.
        let low = (16 + mantissa) >> Int64(4 - exponent)
        return (low, low + 1)
      }
      let width: Int64 = 1 << Int64(exponent - 4)
      let low = base + mantissa * width
      let (high, isBeyond) = low.addingReportingOverflow(width)
      return (low, isBeyond ? nil : high)
    }
  }
}

extension AggregateValue {
  /// Samples in the buckets.
  var total: UInt64 { buckets.reduce(0) { $0 &+ $1 } }

  /// The middle of the bucket in which so many thousandths of the samples are reached; nil: there is
  /// no sample.
  func quantile(perMille: UInt64) -> Int64? {
    let total = total
    if total == 0 { return nil }
    let wanted = UInt64((UInt128(total) * UInt128(perMille) + 999) / 1000)
    var seen: UInt64 = 0
    for (bucket, count) in buckets.enumerated() {
      seen &+= count
      if seen >= wanted {
        let (low, high) = Aggregation.quantiles.bounds(ofBucket: bucket)
        guard let low else { return 0 }
        return high.map { low &+ ($0 &- low &- 1) / 2 } ?? low
      }
    }
    return nil
  }
}
