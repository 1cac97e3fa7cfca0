internal import Glibc
package import SystemPackage

/// Where the kernel has the memory that page fragments of an skb are in.
///
/// A `struct page *` p is the page at `pageOffset + (p - vmemmap) / sizeof(struct page) * 4096`.
/// Both addresses are drawn anew at each boot. They come from the program headers of `/proc/kcore`,
/// which cost microseconds; the symbols `page_offset_base` and `vmemmap_base` would cost a pass
/// through `/proc/kallsyms`, and a read of kernel memory.
extension Tracer.PageAddresses {
  /// A part of memory, as a program header of `/proc/kcore` describes it.
  struct Segment: Equatable {
    let virtual: UInt64
    /// Nil for what is not in the linear map.
    let physical: UInt64?
    let size: UInt64
  }

  /// Reads the running kernel's.
  ///
  /// - Parameter pageSize: `sizeof(struct page)`.
  /// - Returns: nil where the headers do not tell.
  /// - Throws: `Errno`: without CAP_SYS_RAWIO, or where the kernel is locked down.
  package static func ofRunningKernel(
    pageSize: UInt64 = 64, path: FilePath = "/proc/kcore"
  ) throws(Errno) -> Tracer.PageAddresses? {
    let descriptor = open(path.string, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Errno(rawValue: errno) }
    defer { close(descriptor) }
    var header = Elf64_Ehdr()
    guard
      pread(descriptor, &header, MemoryLayout<Elf64_Ehdr>.size, 0)
        == MemoryLayout<Elf64_Ehdr>.size,
      header.e_phentsize == MemoryLayout<Elf64_Phdr>.size
    else { return nil }
    var headers = [Elf64_Phdr](repeating: Elf64_Phdr(), count: Int(header.e_phnum))
    let wanted = headers.count * MemoryLayout<Elf64_Phdr>.size
    guard pread(descriptor, &headers, wanted, off_t(header.e_phoff)) == wanted else { return nil }
    return Tracer.PageAddresses(
      headers.filter { $0.p_type == 1 /* PT_LOAD */ }.map {
        Segment(
          virtual: $0.p_vaddr, physical: $0.p_paddr == .max ? nil : $0.p_paddr, size: $0.p_memsz)
      }, pageSize: pageSize)
  }

  /// Works both addresses out.
  ///
  /// Each stretch of memory is there twice: itself, with its physical address, and its part of the
  /// page array, without one. The page array starts at a multiple of 1 GiB, so that only one place
  /// fits such a pair; every stretch that fits none makes the whole untrustworthy.
  init?(_ segments: [Segment], pageSize: UInt64) {
    let gigabyte: UInt64 = 1 << 30
    let page: UInt64 = 4096
    // The kernel's own text and data are mapped a second time; that copy is no linear map.
    let memory = segments.filter { segment in
      segment.physical != nil && !isKernelImage(segment.virtual)
    }
    let others = segments.filter { $0.physical == nil }
    guard let first = memory.first, let physical = first.physical else { return nil }
    let linearMap = first.virtual &- physical
    var pageArray: UInt64?
    for stretch in memory {
      guard let start = stretch.physical, stretch.virtual &- start == linearMap else { return nil }
      let offset = start / page * pageSize
      let end = (start + stretch.size) / page * pageSize
      let base = others.lazy.compactMap { other -> UInt64? in
        guard other.virtual >= offset else { return nil }
        let base = (other.virtual - offset + page - 1) / gigabyte * gigabyte
        let fits =
          other.virtual == (base + offset) / page * page
          && other.virtual + other.size == (base + end + page - 1) / page * page
        return fits ? base : nil
      }.first
      guard let base, pageArray == nil || pageArray == base else { return nil }
      pageArray = base
    }
    guard let pageArray else { return nil }
    self.init(pageOffset: linearMap, vmemmap: pageArray)
  }
}

/// Whether an address lies in the mapping of the kernel's own image (`__START_KERNEL_map`).
private func isKernelImage(_ address: UInt64) -> Bool {
  #if arch(x86_64)
    address >= 0xffff_ffff_8000_0000
  #else
    false
  #endif
}
