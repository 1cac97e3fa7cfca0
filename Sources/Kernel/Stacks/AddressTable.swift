/// Names of addresses: each holds from its address on, up to the next one's.
///
/// 150,000 of them are kept as numbers and one text, as most are never asked for.
struct AddressTable {
  private struct Entry {
    let address: UInt64
    /// Where the name is in the text; a module's follows it.
    let start: UInt32
    let length: UInt16
    let moduleLength: UInt16
  }

  private var entries: [Entry] = []
  private var text: [UInt8] = []

  var isEmpty: Bool { entries.isEmpty }

  mutating func add(
    _ address: UInt64, name: UnsafeRawBufferPointer, module: UnsafeRawBufferPointer? = nil
  ) {
    guard let start = UInt32(exactly: text.count), let length = UInt16(exactly: name.count),
      let moduleLength = UInt16(exactly: module?.count ?? 0)
    else { return }
    text.append(contentsOf: name)
    if let module { text.append(contentsOf: module) }
    entries.append(
      Entry(address: address, start: start, length: length, moduleLength: moduleLength))
  }

  /// Has to be called when all have been added.
  mutating func sort() {
    entries.sort { $0.address < $1.address }
  }

  /// The last name at or before an address.
  func find(_ address: UInt64) -> (name: String, module: String?, offset: UInt64)? {
    var low = 0
    var high = entries.count
    while low < high {
      let middle = (low + high) / 2
      if entries[middle].address <= address { low = middle + 1 } else { high = middle }
    }
    // Of several names of one address the first is as good as any; sorting keeps no order.
    guard low > 0 else { return nil }
    let entry = entries[low - 1]
    let start = Int(entry.start)
    let end = start + Int(entry.length)
    return (
      String(decoding: text[start..<end], as: UTF8.self),
      entry.moduleLength == 0
        ? nil : String(decoding: text[end..<(end + Int(entry.moduleLength))], as: UTF8.self),
      address - entry.address
    )
  }
}
