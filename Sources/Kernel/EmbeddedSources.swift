internal import CBpf

/// The C of `bpf/`, which the binary carries.
package enum EmbeddedSources {
  /// One translation unit from a text that includes files of `bpf/`: each is put in where it is
  /// first included. The result compiles as it stands, without an include path.
  package static func amalgamate(_ text: String) -> String {
    var seen: Set<String> = []
    var result: [UInt8] = []
    result.reserveCapacity(64 << 10)
    var text = text
    text.withUTF8 { append(UnsafeRawBufferPointer($0), to: &result, seen: &seen) }
    return String(decoding: result, as: UTF8.self)
  }

  /// The embedded file of this name; it lives as long as the process.
  private static func file(named name: String) -> UnsafeRawBufferPointer? {
    var index = 0
    while let file = nc_embedded_file_at(index)?.pointee {
      if name == String(cString: file.name) {
        return UnsafeRawBufferPointer(start: file.text, count: file.size)
      }
      index += 1
    }
    return nil
  }

  /// Bytes, not characters: this runs at each start, also where the object is in the cache.
  private static func append(
    _ text: UnsafeRawBufferPointer, to result: inout [UInt8], seen: inout Set<String>
  ) {
    var start = 0
    while start < text.count {
      let end = text[start...].firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? text.count
      let line = UnsafeRawBufferPointer(rebasing: text[start..<end])
      start = end
      guard let name = includedName(line), let file = file(named: name) else {
        result.append(contentsOf: line)
        continue
      }
      if seen.insert(name).inserted {
        result.append(contentsOf: "/* bpf/\(name) */\n".utf8)
        append(file, to: &result, seen: &seen)
      }
    }
  }

  /// The name in a line `#include "name"`.
  private static func includedName(_ line: UnsafeRawBufferPointer) -> String? {
    let opening: StaticString = "#include \""
    let length = opening.utf8CodeUnitCount
    guard line.count > length, line[0] == UInt8(ascii: "#"),
      line.prefix(length).elementsEqual(
        UnsafeBufferPointer(start: opening.utf8Start, count: length))
    else { return nil }
    return String(decoding: line[length...].prefix { $0 != UInt8(ascii: "\"") }, as: UTF8.self)
  }
}
