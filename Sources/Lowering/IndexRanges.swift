/// A set of indices as ranges, in order, that do not touch each other.
struct IndexRanges {
  private(set) var ranges: [Range<Int>] = []

  mutating func insert(_ range: Range<Int>) {
    let meets = ranges.filter {
      $0.lowerBound <= range.upperBound && range.lowerBound <= $0.upperBound
    }
    let lower = min(range.lowerBound, meets.first?.lowerBound ?? range.lowerBound)
    let upper = max(range.upperBound, meets.last?.upperBound ?? range.upperBound)
    ranges.removeAll { $0.lowerBound <= range.upperBound && range.lowerBound <= $0.upperBound }
    let at = ranges.firstIndex { $0.lowerBound > upper } ?? ranges.endIndex
    ranges.insert(lower..<upper, at: at)
  }
}
