internal import CLibbpf
internal import Glibc
internal import SystemPackage

/// The bytes of one BTF object, and where each of its types begins.
///
/// libbpf could read them as well; but it copies them once more and looks up names one at a time,
/// and that is a tenth of the time in which netcap is to be ready. The format is the kernel's ABI
/// (linux/btf.h): a header, the types one after the other, their names.
struct TypeData: ~Copyable {
  /// The identifiers of the types that are defined here.
  let identifiers: Range<UInt32>
  /// Bytes of all names.
  let stringCount: UInt32

  private let bytes: UnsafeMutableRawPointer
  private let size: Int
  /// By identifier, from the first one here: offset of the type's record.
  private let offsets: UnsafeMutablePointer<UInt32>
  private let strings: UnsafePointer<CChar>

  deinit {
    free(bytes)
    offsets.deallocate()
  }

  /// A type: name, what it is, and the words that follow.
  struct Record {
    private let start: UnsafePointer<UInt32>

    fileprivate init(_ start: UnsafePointer<UInt32>) { self.start = start }

    /// Offset of its name.
    var name: UInt32 { start[0] }
    var kindNumber: UInt32 { start[1] >> 24 & 0x1f }
    var kind: TypeInformation.Kind { TypeInformation.Kind(rawValue: kindNumber) ?? .unknown }
    /// How many members, parameters or enumerators follow.
    var count: Int { Int(start[1] & 0xffff) }
    var flag: Bool { start[1] >> 31 == 1 }
    var sizeOrType: UInt32 { start[2] }
    /// The words after the record's first three.
    subscript(word: Int) -> UInt32 { start[3 + word] }

    /// Words that the whole record takes; nil for a kind that is newer than this program.
    fileprivate var length: Int? {
      switch kind {
      case .void, .unknown: nil
      case .pointer, .forward, .typedef, .volatile, .const, .restrict, .function, .float, .typeTag:
        3
      case .integer, .variable, .declarationTag: 4
      case .array: 6
      case .structure, .union, .dataSection, .enumeration64: 3 + 3 * count
      case .enumeration, .functionPrototype: 3 + 2 * count
      }
    }
  }

  subscript(id: UInt32) -> Record {
    Record(
      UnsafePointer(
        (bytes + Int(offsets[Int(id - identifiers.lowerBound)])).assumingMemoryBound(
          to: UInt32.self)))
  }

  func kindNumber(_ id: UInt32) -> UInt32 { self[id].kindNumber }

  /// The string at an offset, nil beyond the end. Every string ends before the end of all.
  func string(_ offset: UInt32) -> UnsafePointer<CChar>? {
    offset < stringCount ? strings + Int(offset) : nil
  }

  /// All of it. The bytes are lent.
  borrowing func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    body(UnsafeRawBufferPointer(start: bytes, count: size))
  }

  // MARK: Reading

  /// The kernel's own types: in one piece from the kernel where this process may ask for that, for
  /// the file gives no more than a page at a time; without either, where libbpf knows to look.
  init(kernel path: FilePath) throws(Errno) {
    var size = 0
    if path == "/sys/kernel/btf/vmlinux", let bytes = nc_kernel_btf(&size) {
      try self.init(taking: bytes, size, firstIdentifier: 1)
    } else if KernelFile.exists(path) {
      try self.init(path, firstIdentifier: 1)
    } else {
      guard let btf = btf__load_vmlinux_btf() else { throw Errno(rawValue: errno) }
      defer { btf__free(btf) }
      var count: UInt32 = 0
      guard let raw = btf__raw_data(btf, &count) else { throw .noMemory }
      try self.init(
        Array(UnsafeRawBufferPointer(start: raw, count: Int(count))), firstIdentifier: 1)
    }
  }

  /// A file's types.
  init(_ path: FilePath, firstIdentifier: UInt32) throws(Errno) {
    try self.init(try readFile(path), firstIdentifier: firstIdentifier)
  }

  init(_ content: [UInt8], firstIdentifier: UInt32) throws(Errno) {
    guard let bytes = malloc(max(content.count, 1)) else { throw .noMemory }
    content.withUnsafeBytes { source in
      if let start = source.baseAddress { bytes.copyMemory(from: start, byteCount: source.count) }
    }
    try self.init(taking: bytes, content.count, firstIdentifier: firstIdentifier)
  }

  /// Finds the records, in memory of malloc(3) that becomes this object's.
  private init(
    taking bytes: UnsafeMutableRawPointer, _ size: Int, firstIdentifier: UInt32
  ) throws(Errno) {
    guard let layout = Layout(UnsafeRawBufferPointer(start: bytes, count: size)) else {
      free(bytes)
      throw .badMessage
    }
    // No record is shorter than three words.
    let most = layout.types.count / 12
    let offsets = UnsafeMutablePointer<UInt32>.allocate(capacity: max(most, 1))
    var count = 0
    var next = layout.types.lowerBound
    while next < layout.types.upperBound {
      let left = (layout.types.upperBound - next) / 4
      let record = Record((bytes + next).assumingMemoryBound(to: UInt32.self))
      guard left >= 3, let length = record.length, length <= left else {
        free(bytes)
        offsets.deallocate()
        throw .badMessage
      }
      offsets[count] = UInt32(next)
      count += 1
      next += 4 * length
    }
    self.bytes = bytes
    self.size = size
    self.offsets = offsets
    identifiers = firstIdentifier..<(firstIdentifier + UInt32(count))
    strings = UnsafePointer((bytes + layout.strings.lowerBound).assumingMemoryBound(to: CChar.self))
    stringCount = UInt32(layout.strings.count)
  }

  /// Where the parts are: `struct btf_header`.
  private struct Layout {
    let types: Range<Int>
    let strings: Range<Int>

    /// Nil unless both parts lie within the bytes, and the names end as they must.
    init?(_ bytes: UnsafeRawBufferPointer) {
      guard bytes.count >= 24, bytes.load(as: UInt16.self) == 0xeB9F else { return nil }
      func word(_ number: Int) -> Int {
        Int(bytes.load(fromByteOffset: 4 * number, as: UInt32.self))
      }
      let header = word(1)
      let types = header + word(2)
      let strings = header + word(4)
      guard header >= 24, types % 4 == 0, types + word(3) <= bytes.count,
        strings + word(5) <= bytes.count, bytes.count <= UInt32.max
      else { return nil }
      self.types = types..<(types + word(3))
      self.strings = strings..<(strings + word(5))
      if let last = self.strings.last, bytes[last] != 0 { return nil }
    }
  }
}
