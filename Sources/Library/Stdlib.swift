internal import CStdlib
package import Syntax

/// The script collection that ships, in the binary.
package enum Stdlib {
  /// Names without `.ncs`, sorted.
  package static let names: [String] = scripts.map(\.name)

  /// The script of this name; it calls itself `stdlib/NAME.ncs`.
  package static func script(named name: String) -> SourceText? {
    scripts.first { $0.name == name }.map {
      SourceText(name: "stdlib/\(name).ncs", text: $0.text)
    }
  }

  private static let scripts: [(name: String, text: String)] = {
    var all: [(name: String, text: String)] = []
    while let script = nc_stdlib_script_at(all.count)?.pointee {
      let bytes = UnsafeRawBufferPointer(start: script.text, count: script.size)
      all.append((String(cString: script.name), String(decoding: bytes, as: UTF8.self)))
    }
    return all.sorted { $0.name < $1.name }
  }()
}
