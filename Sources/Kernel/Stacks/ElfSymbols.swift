internal import Glibc
internal import SystemPackage

/// Functions of an ELF file by their place in the file.
struct ElfSymbols {
  private let table: AddressTable
  /// Segments: where they are in the file, and where they are loaded.
  private let segments: [(offset: UInt64, size: UInt64, address: UInt64)]

  /// Of `.symtab`, or of `.dynsym` where the file was stripped. Nil for what is no ELF file of this
  /// machine's word size, or cannot be read.
  init?(path: String) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var info = stat()
    guard fstat(descriptor, &info) == 0, info.st_mode & S_IFMT == S_IFREG,
      info.st_size >= MemoryLayout<Elf64_Ehdr>.size,
      let memory = mmap(nil, Int(info.st_size), PROT_READ, MAP_PRIVATE, descriptor, 0),
      memory != MAP_FAILED
    else { return nil }
    defer { munmap(memory, Int(info.st_size)) }
    let file = UnsafeRawBufferPointer(start: memory, count: Int(info.st_size))
    guard file[0] == 0x7f, file[1] == 0x45, file[2] == 0x4c, file[3] == 0x46, file[4] == 2 else {
      return nil
    }
    let header = file.loadUnaligned(as: Elf64_Ehdr.self)
    segments = Self.array(Elf64_Phdr.self, file, header.e_phoff, UInt64(header.e_phnum))
      .filter { $0.p_type == PT_LOAD }.map { ($0.p_offset, $0.p_filesz, $0.p_vaddr) }
    let sections = Self.array(Elf64_Shdr.self, file, header.e_shoff, UInt64(header.e_shnum))
    var table = AddressTable()
    for kind in [SHT_SYMTAB, SHT_DYNSYM] where table.isEmpty {
      for section in sections where section.sh_type == kind {
        guard Int(section.sh_link) < sections.count else { continue }
        Self.add(section, names: sections[Int(section.sh_link)], of: file, to: &table)
      }
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

  private static func add(
    _ section: Elf64_Shdr, names: Elf64_Shdr, of file: UnsafeRawBufferPointer,
    to table: inout AddressTable
  ) {
    let size = UInt64(MemoryLayout<Elf64_Sym>.size)
    for symbol in array(Elf64_Sym.self, file, section.sh_offset, section.sh_size / size)
    where symbol.st_info & 0xf == 2 && symbol.st_shndx != 0 && symbol.st_value != 0 {
      let (start, overflow) = names.sh_offset.addingReportingOverflow(UInt64(symbol.st_name))
      guard !overflow, start < file.count else { continue }
      let rest = file[Int(start)...]
      guard let end = rest.firstIndex(of: 0) else { continue }
      table.add(symbol.st_value, name: UnsafeRawBufferPointer(rebasing: rest[..<end]))
    }
  }

  /// Records that lie wholly in the file; none if they do not.
  private static func array<T: BitwiseCopyable>(
    _ type: T.Type, _ file: UnsafeRawBufferPointer, _ offset: UInt64, _ count: UInt64
  ) -> [T] {
    let size = UInt64(MemoryLayout<T>.size)
    guard offset <= file.count, count <= (UInt64(file.count) - offset) / size else { return [] }
    return (0..<Int(count)).map {
      file.loadUnaligned(fromByteOffset: Int(offset) + $0 * Int(size), as: type)
    }
  }
}
