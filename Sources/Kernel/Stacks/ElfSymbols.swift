internal import Glibc

/// Functions of an ELF file by their place in the file.
struct ElfSymbols {
  private let table: AddressTable
  private let segments: [(offset: UInt64, size: UInt64, address: UInt64)]

  /// Of `.symtab`, or of `.dynsym` where the file was stripped. Nil for what is no ELF file of this
  /// machine's word size, or cannot be read.
  init?(path: String) {
    guard let image = ElfImage(path: path) else { return nil }
    segments = image.segments
    var table = AddressTable()
    for kind in [SHT_SYMTAB, SHT_DYNSYM] where table.isEmpty {
      image.forEachFunction(in: Int32(kind)) { table.add($0, name: $1) }
    }
    table.sort()
    self.table = table
  }

  /// `main+0x10` for a place in the file, nil where no function is known.
  func name(atFileOffset offset: UInt64) -> String? {
    guard
      let segment = segments.first(where: { $0.offset <= offset && offset - $0.offset < $0.size })
    else { return nil }
    return table.find(segment.address &+ (offset - segment.offset)).map {
      "\($0.name)+0x\(String($0.offset, radix: 16))"
    }
  }
}
