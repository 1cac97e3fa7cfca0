internal import Glibc
internal import SystemPackage

/// An ELF file of this machine's word size, mapped into memory. What it says of itself is checked.
final class ElfImage {
  private let memory: UnsafeMutableRawPointer
  let bytes: UnsafeRawBufferPointer
  let sections: [Elf64_Shdr]

  /// Nil for what is none, or cannot be read.
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
    let bytes = UnsafeRawBufferPointer(start: memory, count: Int(info.st_size))
    let header = bytes.loadUnaligned(as: Elf64_Ehdr.self)
    // Magic bytes, and 64 bits.
    guard bytes.prefix(5).elementsEqual([0x7f, 0x45, 0x4c, 0x46, 2]) else {
      munmap(memory, bytes.count)
      return nil
    }
    self.memory = memory
    self.bytes = bytes
    sections = Self.array(Elf64_Shdr.self, bytes, header.e_shoff, UInt64(header.e_shnum))
  }

  deinit { munmap(memory, bytes.count) }

  /// Segments that are loaded: where they are in the file, and at which address.
  var segments: [(offset: UInt64, size: UInt64, address: UInt64)] {
    let header = bytes.loadUnaligned(as: Elf64_Ehdr.self)
    return Self.array(Elf64_Phdr.self, bytes, header.e_phoff, UInt64(header.e_phnum))
      .filter { $0.p_type == PT_LOAD }.map { ($0.p_offset, $0.p_filesz, $0.p_vaddr) }
  }

  /// Hands on each function that is defined in a table of symbols of this kind.
  func forEachFunction(
    in kind: Int32, _ body: (_ address: UInt64, _ name: UnsafeRawBufferPointer) -> Void
  ) {
    let size = UInt64(MemoryLayout<Elf64_Sym>.size)
    for section in sections where section.sh_type == kind {
      guard Int(section.sh_link) < sections.count else { continue }
      let names = sections[Int(section.sh_link)]
      let symbols = Self.array(
        Elf64_Sym.self, bytes, section.sh_offset, section.sh_size / size)
      for symbol in symbols
      where symbol.st_info & 0xf == 2 && symbol.st_shndx != 0 && symbol.st_value != 0 {
        if let name = text(at: names.sh_offset, plus: UInt64(symbol.st_name)) {
          body(symbol.st_value, name)
        }
      }
    }
  }

  /// The bytes before a NUL; nil where there is none.
  func text(at start: UInt64, plus offset: UInt64) -> UnsafeRawBufferPointer? {
    let (start, overflow) = start.addingReportingOverflow(offset)
    guard !overflow, start < bytes.count else { return nil }
    let rest = bytes[Int(start)...]
    return rest.firstIndex(of: 0).map { UnsafeRawBufferPointer(rebasing: rest[..<$0]) }
  }

  /// The bytes of a section, as far as they are in the file.
  func content(of section: Elf64_Shdr) -> UnsafeRawBufferPointer {
    guard section.sh_type != SHT_NOBITS, section.sh_offset <= bytes.count else {
      return UnsafeRawBufferPointer(start: nil, count: 0)
    }
    let size = min(section.sh_size, UInt64(bytes.count) - section.sh_offset)
    let start = Int(section.sh_offset)
    return UnsafeRawBufferPointer(rebasing: bytes[start..<start + Int(size)])
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
