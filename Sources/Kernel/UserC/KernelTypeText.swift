internal import CLibbpf
package import SystemPackage

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Types of this kernel as C, as many as a text needs.
package struct KernelTypeText: Sendable, Equatable {
  /// Declarations, laid out as in this kernel.
  package let c: String
  /// Names of the bit fields in them.
  package let bitFields: Set<String>

  package static let none = KernelTypeText(c: "", bitFields: [])

  package init(c: String, bitFields: Set<String>) {
    self.c = c
    self.bitFields = bitFields
  }

  /// Declares what a text with these identifiers can ask for: the types that it names, those that
  /// these are made of and, behind each pointer member that it names, what that points to.
  ///
  /// - Throws: `Errno` where libbpf cannot write them.
  package init(of types: TypeInformation, naming names: Set<String>) throws(Errno) {
    var closure = Closure(types, names)
    for name in names.sorted() {
      for id in types.find(name, [.structure, .union, .enumeration, .enumeration64, .typedef]) {
        closure.add(id)
      }
    }
    for name in names.sorted() { types.enumerations(with: name).forEach { closure.add($0) } }
    if closure.roots.isEmpty {
      self = .none
      return
    }
    var size = 0
    let roots = closure.roots
    let text = types.withBytes { bytes in
      nc_types_as_c(bytes.baseAddress, bytes.count, roots, roots.count, &size)
    }
    guard let text else { throw Errno(rawValue: errno) }
    defer { free(text) }
    c = String(decoding: UnsafeRawBufferPointer(start: text, count: size), as: UTF8.self)
    bitFields = closure.bitFields
  }

  /// What has to be declared in full.
  private struct Closure {
    private let types: TypeInformation
    private let names: Set<String>
    private(set) var roots: [UInt32] = []
    private(set) var bitFields: Set<String> = []
    private var seen: Set<UInt32> = []

    init(_ types: TypeInformation, _ names: Set<String>) {
      self.types = types
      self.names = names
    }

    /// A type that is named, or that a named pointer points to.
    mutating func add(_ id: UInt32) {
      guard !roots.contains(id) else { return }
      switch types.kind(id) {
      case .structure, .union, .enumeration, .enumeration64, .typedef: roots.append(id)
      default: return
      }
      complete(id, isNamed: types.kind(id) == .typedef)
    }

    /// A type that something is made of: its members are found, and what those are made of.
    private mutating func complete(_ id: UInt32, isNamed: Bool) {
      var id = types.stripped(id)
      while let array = types.array(id) { id = types.stripped(array.element) }
      switch types.kind(id) {
      case .structure, .union:
        guard seen.insert(id).inserted else { return }
        for member in types.members(of: id) {
          if member.bitFieldSize != nil { bitFields.insert(member.name) }
          complete(member.type, isNamed: names.contains(member.name))
        }
      case .pointer:
        if isNamed { follow(types.target(id)) }
      default: break
      }
    }

    /// What a pointer that the text names points to, through further pointers and arrays.
    private mutating func follow(_ id: UInt32) {
      var id = types.stripped(id)
      for _ in 0..<TypeInformation.depthLimit {
        if let array = types.array(id) {
          id = types.stripped(array.element)
        } else if types.kind(id) == .pointer {
          id = types.stripped(types.target(id))
        } else {
          break
        }
      }
      add(id)
    }
  }
}

extension TypeInformation {
  /// What tells these types from those of another kernel.
  package var fingerprint: String {
    withBytes { bytes in
      var numbers: (UInt64, UInt64) = (0, 0)
      withUnsafeMutableBytes(of: &numbers) { place in
        nc_fingerprint(
          bytes.baseAddress, bytes.count, place.assumingMemoryBound(to: UInt64.self).baseAddress)
      }
      return String(numbers.0, radix: 16) + "-" + String(numbers.1, radix: 16)
    }
  }
}
