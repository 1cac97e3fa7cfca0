package import Language

/// What the kernel's maps of tables and states hold.
package enum ScriptMaps {
  /// The C name of the map of a table.
  package static func name(ofTable index: Int, in script: Script) -> String {
    ScriptShared.mapName(ofTable: index, in: script)
  }

  /// The C name of the map of a state.
  package static func name(ofState index: Int, in script: Script) -> String {
    ScriptShared.mapName(ofState: index, in: script)
  }

  /// The C name of the map beside a table's or state's, with the number of what was refused.
  package static func refusals(of map: String) -> String { "\(map)_refused" }

  /// Words of a table's key, the presence word included.
  package static func keyWords(_ keys: [ValueType]) -> Int {
    1 + keys.reduce(0) { $0 + $1.wordCount }
  }

  /// Words of a row.
  package static func rowWords(_ aggregation: Aggregation) -> Int {
    switch aggregation {
    case .count: 1
    case .average, .minimum, .maximum: 2
    case .stats: 4
    case .histogram, .linearHistogram, .quantiles: 1 + aggregation.bucketCount
    }
  }

  /// Words of a state's row: when it was set, presence bits, the members' words.
  package static func rowWords(_ state: StateDefinition) -> Int {
    2 + state.members.reduce(0) { $0 + $1.type.wordCount }
  }

  /// Each CPU has rows of its own.
  package static func isPerCPU(_ aggregation: Aggregation, hasCompareExchange: Bool) -> Bool {
    switch aggregation {
    case .minimum, .maximum, .stats: !hasCompareExchange
    case .count, .average, .histogram, .linearHistogram, .quantiles: false
    }
  }

  /// The most words of a key: what a hash map of the kernel takes.
  package static let keyLimit = 64
}
