internal import Glibc
package import SystemPackage

/// The types that the kernel, or one of its modules, says it has (BTF).
///
/// A module's types are numbered after the kernel's and refer to them, so that every identifier of
/// the kernel's means the same in a module's.
package final class TypeInformation {
  /// What a type is: `BTF_KIND_*` of linux/btf.h.
  package enum Kind: UInt32 {
    case void, integer, pointer, array, structure, union, enumeration, forward, typedef, volatile
    case const, restrict, function, functionPrototype, variable, dataSection, float
    case declarationTag, typeTag, enumeration64
    /// A kind that is newer than this program.
    case unknown
  }

  /// The module's name, nil for the kernel itself.
  package let module: String?
  /// The identifiers of the types that are defined here, without those of the base.
  package let identifiers: Range<UInt32>

  private let data: TypeData
  private let base: TypeInformation?

  /// Reads the kernel's own: `/sys/kernel/btf/vmlinux`, else where libbpf knows to look.
  ///
  /// - Throws: `Errno`; `.noSuchFileOrDirectory` where the kernel was built without.
  package convenience init(kernel path: FilePath) throws(Errno) {
    try self.init(TypeData(kernel: path), module: nil, base: nil)
  }

  /// Reads a module's, which refers to the kernel's.
  package convenience init(
    module name: String, path: FilePath, base: TypeInformation
  ) throws(Errno) {
    try self.init(
      TypeData(path, firstIdentifier: base.identifiers.upperBound), module: name, base: base)
  }

  /// Uses types as they are in a file.
  package convenience init(
    bytes: [UInt8], module: String? = nil, base: TypeInformation? = nil
  ) throws(Errno) {
    try self.init(
      TypeData(bytes, firstIdentifier: base?.identifiers.upperBound ?? 1), module: module,
      base: base)
  }

  private init(
    _ data: consuming TypeData, module: String?, base: TypeInformation?
  ) {
    identifiers = data.identifiers
    self.data = data
    self.module = module
    self.base = base
  }

  /// How deep types are followed: what C writes is never so deep, and damaged types can be endless.
  static let depthLimit = 32

  // MARK: One type

  /// What the type is. Void is 0.
  package func kind(_ id: UInt32) -> Kind {
    id == 0 ? .void : type(id)?.kind ?? .unknown
  }

  /// The type's name, empty where it has none.
  package func name(_ id: UInt32) -> String {
    type(id).map { string($0.name) } ?? ""
  }

  /// The type that a pointer, modifier, typedef or function refers to.
  package func target(_ id: UInt32) -> UInt32 { type(id)?.sizeOrType ?? 0 }

  /// The type without const, volatile, restrict, type tags and typedefs.
  package func stripped(_ id: UInt32) -> UInt32 {
    var id = id
    for _ in 0..<Self.depthLimit {
      guard let type = type(id) else { return 0 }
      switch type.kind {
      case .typedef, .volatile, .const, .restrict, .typeTag: id = type.sizeOrType
      case .void, .integer, .pointer, .array, .structure, .union, .enumeration, .forward, .function,
        .functionPrototype, .variable, .dataSection, .float, .declarationTag, .enumeration64,
        .unknown:
        return id
      }
    }
    return 0
  }

  /// Bytes that a value of the type takes, nil where it has no size.
  package func size(_ id: UInt32) -> Int? { size(id, depth: 0) }

  private func size(_ id: UInt32, depth: Int) -> Int? {
    guard depth < Self.depthLimit, let type = type(stripped(id)) else { return nil }
    switch type.kind {
    case .integer, .structure, .union, .enumeration, .enumeration64, .float, .dataSection:
      return Int(type.sizeOrType)
    case .pointer: return MemoryLayout<UInt>.size
    case .array:
      return size(type[0], depth: depth + 1).flatMap {
        let (bytes, overflow) = $0.multipliedReportingOverflow(by: Int(type[2]))
        return overflow ? nil : bytes
      }
    case .void, .forward, .typedef, .volatile, .const, .restrict, .function, .functionPrototype,
      .variable, .declarationTag, .typeTag, .unknown:
      return nil
    }
  }

  /// One parameter of a function, one member of a structure or one element of an enumeration.
  package struct Element: Sendable, Equatable {
    package let name: String
    package let type: UInt32
  }

  /// The parameters of a function prototype. A last one of type void is C's `...`.
  package func parameters(ofPrototype id: UInt32) -> [Element] {
    guard let type = type(id), type.kind == .functionPrototype else { return [] }
    // struct btf_param: name_off, type.
    return (0..<type.count).map { Element(name: string(type[2 * $0]), type: type[2 * $0 + 1]) }
  }

  /// One member of a structure or union.
  package struct Member: Sendable, Equatable {
    /// Empty for an anonymous structure or union, whose members count as the outer one's.
    package let name: String
    package let type: UInt32
    package let bitOffset: Int
    /// Bits that a bit field has, nil for others.
    package let bitFieldSize: Int?
  }

  /// The members of a structure or union, in order.
  package func members(of id: UInt32) -> [Member] {
    guard let type = type(id), type.kind == .structure || type.kind == .union else { return [] }
    // struct btf_member: name_off, type, offset; with the flag, its upper 8 bits are a bit field's
    // size.
    return (0..<type.count).map { number in
      let offset = type[3 * number + 2]
      let bits = type.flag ? offset >> 24 : 0
      return Member(
        name: string(type[3 * number]), type: type[3 * number + 1],
        bitOffset: Int(type.flag ? offset & 0xff_ffff : offset),
        bitFieldSize: bits == 0 ? nil : Int(bits))
    }
  }

  /// An enumeration's names and values, in order.
  package func enumerators(of id: UInt32) -> [(name: String, value: Int64)] {
    guard let type = type(id) else { return [] }
    switch type.kind {
    case .enumeration:
      // struct btf_enum: name_off, val; the flag says that values are signed.
      return (0..<type.count).map {
        let value = type[2 * $0 + 1]
        return (
          string(type[2 * $0]), type.flag ? Int64(Int32(bitPattern: value)) : Int64(value)
        )
      }
    case .enumeration64:
      // struct btf_enum64: name_off, val_lo32, val_hi32.
      return (0..<type.count).map {
        let value = UInt64(type[3 * $0 + 2]) << 32 | UInt64(type[3 * $0 + 1])
        return (string(type[3 * $0]), Int64(bitPattern: value))
      }
    case .void, .integer, .pointer, .array, .structure, .union, .forward, .typedef, .volatile,
      .const, .restrict, .function, .functionPrototype, .variable, .dataSection, .float,
      .declarationTag, .typeTag, .unknown:
      return []
    }
  }

  /// How an integer is kept: `BTF_INT_*` of linux/btf.h.
  package struct Integer: Sendable, Equatable {
    package let bytes: Int
    /// Fewer than the bytes have in a bit field of an old encoding.
    package let bits: Int
    package let isSigned: Bool
    package let isBoolean: Bool
  }

  /// An integer's encoding, nil for other types.
  package func integer(_ id: UInt32) -> Integer? {
    guard let type = type(id), type.kind == .integer else { return nil }
    let encoding = type[0] >> 24
    return Integer(
      bytes: Int(type.sizeOrType), bits: Int(type[0] & 0xff), isSigned: encoding & 1 != 0,
      isBoolean: encoding & 4 != 0)
  }

  /// Whether an enumeration's values are signed.
  package func isSignedEnumeration(_ id: UInt32) -> Bool { type(id)?.flag ?? false }

  /// An array's element type and length.
  package func array(_ id: UInt32) -> (element: UInt32, count: Int)? {
    guard let type = type(id), type.kind == .array else { return nil }
    // struct btf_array: type, index_type, nelems.
    return (type[0], Int(type[2]))
  }

  // MARK: Finding types

  /// The types of this name and kind that are defined here, in order of their identifiers.
  ///
  /// Goes through all types of these kinds at first; after some searches through an index.
  package func find(_ name: String, _ kinds: Set<Kind>) -> [UInt32] {
    if name.isEmpty { return [] }
    var result: [UInt32] = []
    searches += 1
    name.withCString { wanted in
      for kind in kinds {
        if searches > TypeNameIndex.threshold {
          result += index(of: kind).find(wanted) { cName(data[$0]) }
          continue
        }
        for id in byKind[Int(kind.rawValue)] {
          if let found = cName(data[id]), found.pointee == wanted.pointee,
            strcmp(found, wanted) == 0
          {
            result.append(id)
          }
        }
      }
    }
    return kinds.count > 1 ? result.sorted() : result
  }

  private var searches = 0
  private var indexes: [Kind: TypeNameIndex] = [:]

  private func index(of kind: Kind) -> TypeNameIndex {
    if let index = indexes[kind] { return index }
    let index = TypeNameIndex(byKind[Int(kind.rawValue)]) { cName(data[$0]) }
    indexes[kind] = index
    return index
  }

  /// The types that are defined here by their kind's number: one pass for all that is ever looked for.
  private lazy var byKind: [[UInt32]] = {
    var result = [[UInt32]](repeating: [], count: Int(Kind.unknown.rawValue) + 1)
    for id in identifiers {
      result[Int(min(data.kindNumber(id), Kind.unknown.rawValue))].append(id)
    }
    return result
  }()

  /// The enumerations, anonymous ones too, that are defined here and have an enumerator of this name.
  package func enumerations(with enumerator: String) -> [UInt32] {
    var result: [UInt32] = []
    enumerator.withCString { wanted in
      for (kind, words) in [(Kind.enumeration, 2), (.enumeration64, 3)] {
        for id in byKind[Int(kind.rawValue)] {
          let record = data[id]
          for number in 0..<record.count {
            guard let found = cString(record[words * number]), found.pointee == wanted.pointee,
              strcmp(found, wanted) == 0
            else { continue }
            result.append(id)
            break
          }
        }
      }
    }
    return result
  }

  /// Calls `body` with each function that is defined here and whose name matches.
  package func forEachFunction(matching glob: Glob, _ body: (_ function: UInt32) -> Void) {
    glob.pattern.withCString { pattern in
      let literal = strcspn(pattern, "*?[\\")
      for id in byKind[Int(Kind.function.rawValue)] {
        guard let name = cName(data[id]), strncmp(name, pattern, literal) == 0,
          fnmatch(pattern, name, 0) == 0
        else { continue }
        body(id)
      }
    }
  }

  /// Calls `body` with each function that is defined here, and its prototype.
  package func forEachFunction(_ body: (_ function: UInt32, _ prototype: UInt32) -> Void) {
    for id in byKind[Int(Kind.function.rawValue)] { body(id, data[id].sizeOrType) }
  }

  /// Calls `body` with each typedef that is defined here and whose name starts with `prefix`.
  package func forEachTypedef(prefix: String, _ body: (UInt32) -> Void) {
    forEach(.typedef, prefix: prefix, body)
  }

  /// Calls `body` with each type of a kind that is defined here and whose name starts with `prefix`.
  package func forEach(_ kind: Kind, prefix: String, _ body: (UInt32) -> Void) {
    let length = prefix.utf8.count
    for id in byKind[Int(kind.rawValue)] {
      if let name = cName(data[id]), strncmp(name, prefix, length) == 0 { body(id) }
    }
  }

  /// Calls `body` with each name of a number that is defined here and starts with `prefix`.
  package func forEachEnumerator(prefix: String, _ body: (String) -> Void) {
    let length = prefix.utf8.count
    for (kind, words) in [(Kind.enumeration, 2), (.enumeration64, 3)] {
      for id in byKind[Int(kind.rawValue)] {
        let record = data[id]
        for number in 0..<record.count {
          if let name = cString(record[words * number]), strncmp(name, prefix, length) == 0 {
            body(String(cString: name))
          }
        }
      }
    }
  }

  /// Whether the type is `struct sk_buff *`, through modifiers and typedefs at both levels.
  package func isSkbPointer(_ id: UInt32) -> Bool {
    guard let type = type(stripped(id)), type.kind == .pointer,
      let pointee = self.type(stripped(type.sizeOrType)),
      pointee.kind == .structure || pointee.kind == .forward, let name = cName(pointee)
    else { return false }
    return strcmp(name, "sk_buff") == 0
  }

  /// Which parameters of a prototype are `struct sk_buff *`, counted from 1.
  package func skbArguments(ofPrototype id: UInt32) -> [Int] {
    guard let type = type(id), type.kind == .functionPrototype else { return [] }
    return (0..<type.count).filter { isSkbPointer(type[2 * $0 + 1]) }.map { $0 + 1 }
  }

  /// Whether a parameter of a prototype is a `struct sk_buff *`.
  package func hasSkbArgument(ofPrototype id: UInt32) -> Bool {
    guard let type = type(id), type.kind == .functionPrototype else { return false }
    return (0..<type.count).contains { isSkbPointer(type[2 * $0 + 1]) }
  }

  // MARK: Raw access

  /// The bytes of what is defined here, which are lent.
  func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    data.withBytes(body)
  }

  /// Nil for void, which has no record, and for a number that no type has.
  private func type(_ id: UInt32) -> TypeData.Record? {
    if id < identifiers.lowerBound { return base?.type(id) }
    return id < identifiers.upperBound ? data[id] : nil
  }

  private func cName(_ type: TypeData.Record) -> UnsafePointer<CChar>? { cString(type.name) }

  /// A string by its offset: those of the base come first.
  private func cString(_ offset: UInt32) -> UnsafePointer<CChar>? {
    guard let base else { return data.string(offset) }
    let count = base.data.stringCount
    return offset < count ? base.cString(offset) : data.string(offset - count)
  }

  private func string(_ offset: UInt32) -> String {
    cString(offset).map { String(cString: $0) } ?? ""
  }
}
