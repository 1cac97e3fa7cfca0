package import Language

/// What became of what a script kept and followed.
extension ScriptRuntime {
  /// What became of the journeys of each path.
  package var journeys: [PathCounters] { paths.counters }

  /// One line for each kind of loss; none if nothing was lost.
  package func losses() throws(StoreError) -> [String] {
    var lines: [String] = []
    for (index, table) in script.tables.enumerated() {
      let refused = try store.refused(table: index)
      if refused > 0 {
        lines.append(
          "table \(table.name): \(refused) samples refused: it is full, max \(table.maximum)")
      }
    }
    for (index, state) in script.states.enumerated() {
      let refused = try store.refused(state: index)
      if refused > 0 {
        lines.append(
          "state \(state.name): \(refused) values refused: it is full, max \(state.maximum)")
      }
    }
    for (path, counters) in zip(script.paths, paths.counters) where counters.refused > 0 {
      lines.append(
        "path \(path.name): \(counters.refused) journeys refused: "
          + "\(path.maximum) were under way, its max")
    }
    return lines + timers.losses
  }
}
