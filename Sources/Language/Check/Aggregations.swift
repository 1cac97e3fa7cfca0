extension Aggregation {
  /// As scripts name it; nil for `lhist`, which takes arguments, and what is none.
  init?(plain name: String) {
    switch name {
    case "count": self = .count
    case "avg": self = .average
    case "min": self = .minimum
    case "max": self = .maximum
    case "stats": self = .stats
    case "hist": self = .histogram
    case "quantiles": self = .quantiles
    default: return nil
    }
  }

  /// As scripts write it.
  package var scriptName: String {
    switch self {
    case .count: "count"
    case .average: "avg"
    case .minimum: "min"
    case .maximum: "max"
    case .stats: "stats"
    case .histogram: "hist"
    case .linearHistogram(let low, let high, let step): "lhist(\(low), \(high), \(step))"
    case .quantiles: "quantiles"
    }
  }

  /// What a row of a table with this aggregation has beside its keys, as scripts name it.
  package static func rowNames(of name: String) -> [String] {
    let aggregation = Aggregation(plain: name) ?? .linearHistogram(low: 0, high: 1, step: 1)
    return aggregation.rowValues.map(\.scriptName)
  }

  /// What a row of it can be asked for.
  var rowValues: [RowValue] {
    switch self {
    case .count: [.value]
    case .average: [.value, .average, .count, .sum]
    case .minimum: [.value, .minimum]
    case .maximum: [.value, .maximum]
    case .stats: [.count, .sum, .average, .minimum, .maximum]
    case .histogram, .linearHistogram: [.count, .sum, .average]
    case .quantiles: [.count, .sum, .average, .p50, .p90, .p99, .p999]
    }
  }
}

extension RowValue {
  var scriptName: String {
    switch self {
    case .value: "value"
    case .count: "count"
    case .sum: "sum"
    case .average: "avg"
    case .minimum: "min"
    case .maximum: "max"
    case .p50, .p90, .p99, .p999: rawValue
    }
  }
}
