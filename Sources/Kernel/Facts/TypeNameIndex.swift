internal import Glibc

/// Types of one kind by name, in a table of numbers: no name is copied.
///
/// Making it takes as long as some ten searches without it.
struct TypeNameIndex {
  /// Names that are looked for before it is worth while.
  static let threshold = 16

  /// Identifiers, 0 for none; those of one name lie behind each other.
  private var slots: [UInt32]
  private let mask: Int

  init(_ identifiers: [UInt32], name: (UInt32) -> UnsafePointer<CChar>?) {
    var size = 16
    while size < 2 * identifiers.count { size *= 2 }
    mask = size - 1
    var slots = [UInt32](repeating: 0, count: size)
    for id in identifiers {
      guard let name = name(id), name.pointee != 0 else { continue }
      var slot = Self.hash(name) & mask
      while slots[slot] != 0 { slot = (slot + 1) & mask }
      slots[slot] = id
    }
    self.slots = slots
  }

  /// In the order in which they were put in.
  func find(
    _ wanted: UnsafePointer<CChar>, name: (UInt32) -> UnsafePointer<CChar>?
  ) -> [UInt32] {
    var result: [UInt32] = []
    var slot = Self.hash(wanted) & mask
    while slots[slot] != 0 {
      if let found = name(slots[slot]), strcmp(found, wanted) == 0 { result.append(slots[slot]) }
      slot = (slot + 1) & mask
    }
    return result
  }

  /// FNV-1a.
  private static func hash(_ name: UnsafePointer<CChar>) -> Int {
    var hash: UInt32 = 0x811c_9dc5
    var next = name
    while next.pointee != 0 {
      hash = (hash ^ UInt32(UInt8(bitPattern: next.pointee))) &* 0x0100_0193
      next += 1
    }
    return Int(hash)
  }
}
