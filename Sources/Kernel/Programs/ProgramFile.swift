internal import CPrograms
internal import Glibc
package import Language

/// A program or library: what can be probed in it.
package struct ProgramFile: Sendable {
  /// A mark that it was built with (USDT).
  package struct Mark: Sendable, Hashable {
    package let provider: String
    package let name: String

    package init(provider: String, name: String) {
      self.provider = provider
      self.name = name
    }
  }

  package let path: String
  /// Names of functions that are defined in it, of all its symbols.
  package let functions: Set<String>
  package let marks: Set<Mark>

  /// Nil for what is no ELF file of this machine's word size, or cannot be read.
  package init?(path: String) {
    guard let image = ElfImage(path: path) else { return nil }
    self.path = path
    var functions: Set<String> = []
    for kind in [SHT_SYMTAB, SHT_DYNSYM] {
      image.forEachFunction(in: Int32(kind)) {
        functions.insert(String(decoding: $1, as: UTF8.self))
      }
    }
    self.functions = functions
    marks = Self.marks(in: image)
  }

  /// The notes of sys/sdt.h: three addresses, then the provider, the name and the arguments, each with a
  /// NUL behind it.
  private static func marks(in image: ElfImage) -> Set<Mark> {
    var marks: Set<Mark> = []
    for section in image.sections where section.sh_type == SHT_NOTE {
      let bytes = image.content(of: section)
      var at = 0
      while at + 12 <= bytes.count {
        let sizes = (0..<3).map {
          Int(bytes.loadUnaligned(fromByteOffset: at + 4 * $0, as: UInt32.self))
        }
        let name = at + 12
        let description = name + (sizes[0] + 3) & ~3
        let end = description + sizes[1]
        guard description <= bytes.count, end <= bytes.count, end >= description else { break }
        if sizes[2] == 3,
          bytes[name..<min(name + sizes[0], bytes.count)].elementsEqual(
            Array("stapsdt".utf8) + [0]), sizes[1] >= 24
        {
          let texts = bytes[description + 24..<end].split(separator: 0).prefix(2).map {
            String(decoding: $0, as: UTF8.self)
          }
          if texts.count == 2 { marks.insert(Mark(provider: texts[0], name: texts[1])) }
        }
        at = (end + 3) & ~3
      }
    }
    return marks
  }

  /// Where members of `struct rte_mbuf` are, as its debug information says.
  package enum MbufKnowledge: Sendable, Equatable {
    case found(ScriptPoint.MbufLayout)
    /// libdw is not installed.
    case noLibrary
    /// The file has no debug information, or none of that structure.
    case unknown
  }

  /// Looks it up; takes some time with large files.
  package static func mbufLayout(path: String) -> MbufKnowledge {
    let members = ScriptPoint.MbufLayout.members
    let names = members.map { Array($0.name.utf8CString) }
    var offsets = [Int64](repeating: -1, count: members.count)
    let result = withPointers(names[...], []) {
      nc_debug_offsets(path, "rte_mbuf", $0, Int32(members.count), &offsets)
    }
    switch result {
    case NC_DEBUG_FOUND: break
    case NC_DEBUG_NO_LIBRARY: return .noLibrary
    default: return .unknown
    }
    var layout = ScriptPoint.MbufLayout()
    for (member, offset) in zip(members, offsets) { layout[keyPath: member.place] = Int(offset) }
    return .found(layout)
  }

  private static func withPointers<Result>(
    _ texts: ArraySlice<[CChar]>, _ pointers: [UnsafePointer<CChar>?],
    _ body: ([UnsafePointer<CChar>?]) -> Result
  ) -> Result {
    guard let first = texts.first else { return body(pointers) }
    return first.withUnsafeBufferPointer {
      withPointers(texts.dropFirst(), pointers + [$0.baseAddress], body)
    }
  }
}
