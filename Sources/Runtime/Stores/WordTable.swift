/// A hash table from keys of so many words to values of so many words: open addressing, one block of
/// memory, nothing allocated for a key that is there.
///
/// The hash is seeded for each table: packets cannot be made to collide.
struct WordTable: ~Copyable {
  let keyWords: Int
  let valueWords: Int
  private(set) var count = 0
  /// For each slot: the key's hash (0: empty), the key, the value.
  private var slots: UnsafeMutablePointer<UInt64>
  private var mask: Int
  private let seed: UInt64

  private var stride: Int { 1 + keyWords + valueWords }

  init(keyWords: Int, valueWords: Int) {
    self.keyWords = keyWords
    self.valueWords = valueWords
    seed = .random(in: 1 ... .max)
    mask = 63
    slots = WordTable.allocate(64 * (1 + keyWords + valueWords))
  }

  deinit { slots.deallocate() }

  private static func allocate(_ count: Int) -> UnsafeMutablePointer<UInt64> {
    let place = UnsafeMutablePointer<UInt64>.allocate(capacity: count)
    place.initialize(repeating: 0, count: count)
    return place
  }

  @inline(__always)
  private func hash(_ key: UnsafePointer<UInt64>) -> UInt64 {
    var hash = seed
    for index in 0..<keyWords {
      let (high, low) = (hash ^ key[index]).multipliedFullWidth(by: 0x9e37_79b9_7f4a_7c15)
      hash = (high ^ low) &+ seed
    }
    return hash | 1
  }

  @inline(__always)
  private func matches(
    _ slot: UnsafeMutablePointer<UInt64>, _ hash: UInt64, _ key: UnsafePointer<UInt64>
  ) -> Bool {
    if slot[0] != hash { return false }
    for index in 0..<keyWords where slot[1 + index] != key[index] { return false }
    return true
  }

  /// The slot of a key, or the empty one where it would stand.
  @inline(__always)
  private func slot(_ key: UnsafePointer<UInt64>, _ hash: UInt64) -> UnsafeMutablePointer<UInt64> {
    var index = Int(truncatingIfNeeded: hash >> 1) & mask
    while true {
      let slot = slots + index * stride
      if slot[0] == 0 || matches(slot, hash, key) { return slot }
      index = (index + 1) & mask
    }
  }

  /// The value of a key, lent until the table is next changed; nil: there is none.
  @inline(__always)
  func find(_ key: UnsafePointer<UInt64>) -> UnsafeMutablePointer<UInt64>? {
    let slot = slot(key, hash(key))
    return slot[0] == 0 ? nil : slot + 1 + keyWords
  }

  /// The value of a key that may be new: its words are zero then.
  mutating func insert(_ key: UnsafePointer<UInt64>) -> UnsafeMutablePointer<UInt64> {
    let hash = hash(key)
    var slot = slot(key, hash)
    if slot[0] == 0 {
      if (count + 1) * 4 > (mask + 1) * 3 {
        grow()
        slot = self.slot(key, hash)
      }
      count += 1
      slot[0] = hash
      (slot + 1).update(from: key, count: keyWords)
      (slot + 1 + keyWords).update(repeating: 0, count: valueWords)
    }
    return slot + 1 + keyWords
  }

  private mutating func grow() {
    let (old, oldCount) = (slots, mask + 1)
    mask = 2 * oldCount - 1
    slots = WordTable.allocate((mask + 1) * stride)
    for index in 0..<oldCount {
      let from = old + index * stride
      if from[0] == 0 { continue }
      var at = Int(truncatingIfNeeded: from[0] >> 1) & mask
      while slots[at * stride] != 0 { at = (at + 1) & mask }
      (slots + at * stride).update(from: from, count: stride)
    }
    old.deallocate()
  }

  /// - Returns: whether the key was there.
  @discardableResult
  mutating func remove(_ key: UnsafePointer<UInt64>) -> Bool {
    let found = slot(key, hash(key))
    if found[0] == 0 { return false }
    count -= 1
    // What follows moves up, so that no gap parts a key from where its search begins.
    var hole = (found - slots) / stride
    var next = (hole + 1) & mask
    while slots[next * stride] != 0 {
      let home = Int(truncatingIfNeeded: slots[next * stride] >> 1) & mask
      if (next - home) & mask >= (next - hole) & mask {
        (slots + hole * stride).update(from: slots + next * stride, count: stride)
        hole = next
      }
      next = (next + 1) & mask
    }
    slots[hole * stride] = 0
    return true
  }

  mutating func removeAll() {
    if count > 0 { slots.update(repeating: 0, count: (mask + 1) * stride) }
    count = 0
  }

  /// Calls with each key and its value.
  func forEach(_ body: (UnsafePointer<UInt64>, UnsafeMutablePointer<UInt64>) -> Void) {
    for index in 0...mask {
      let slot = slots + index * stride
      if slot[0] != 0 { body(slot + 1, slot + 1 + keyWords) }
    }
  }
}
