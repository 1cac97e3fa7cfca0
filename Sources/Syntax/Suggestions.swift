/// The names nearest to one that was not found, for "did you mean".
///
/// - Returns: at most `limit` names, nearest first; none further away than a third of the length.
package func nearestNames(
  to name: String, among candidates: some Sequence<String>, limit: Int = 3
) -> [String] {
  let wanted = Array(name.lowercased().utf8)
  let allowed = max(1, wanted.count / 3)
  var found: [(distance: Int, name: String)] = []
  for candidate in candidates where abs(candidate.utf8.count - wanted.count) <= allowed {
    let distance = editDistance(wanted, Array(candidate.lowercased().utf8), atMost: allowed)
    if let distance { found.append((distance, candidate)) }
  }
  return found.sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }
    .prefix(limit).map(\.name)
}

/// Optimal string alignment distance (Levenshtein with transpositions), or nil above `limit`.
private func editDistance(_ a: [UInt8], _ b: [UInt8], atMost limit: Int) -> Int? {
  if a.isEmpty || b.isEmpty { return max(a.count, b.count) <= limit ? max(a.count, b.count) : nil }
  var beforeLast = [Int](repeating: 0, count: b.count + 1)
  var last = Array(0...b.count)
  for i in 1...a.count {
    var row = [Int](repeating: 0, count: b.count + 1)
    row[0] = i
    for j in 1...b.count {
      let substitution = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)
      row[j] = min(last[j] + 1, row[j - 1] + 1, substitution)
      if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
        row[j] = min(row[j], beforeLast[j - 2] + 1)
      }
    }
    if row.allSatisfy({ $0 > limit }) { return nil }
    (beforeLast, last) = (last, row)
  }
  return last[b.count] <= limit ? last[b.count] : nil
}
