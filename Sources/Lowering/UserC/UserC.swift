package import Language
package import Syntax

/// The C blocks that a probe of a script uses, as functions: what clang is given, and what it answers.
package struct UserC: Sendable, Equatable {
  /// One block.
  package struct Block: Sendable, Equatable {
    /// Index into ``Script/cBlocks``.
    package let index: Int
    package let block: CBlock
    /// What `emit … from c` has it fill, in the order of the script.
    package let fields: [EventField]
    /// What it returns means nothing, and need not be.
    package let isStatement: Bool
  }

  package let source: SourceText
  package let blocks: [Block]
  /// C of the script that the blocks can use.
  let declarations: [CDeclaration]
  /// Options of the script that the blocks name: declarations of C.
  let options: [String]
  /// Names that the blocks may not use at this point, and why.
  let refused: [String: String]
  /// What pointers point to is the memory of a process.
  let isUserMemory: Bool
  /// The packet is a program's.
  let isOfProgram: Bool

  /// What scripts' own memory is reached by.
  private static let own: Set = ["ctx", "user"]

  /// The C function of a block.
  static func function(_ index: Int) -> String { "\(functionPrefix)\(index)" }

  /// What the functions of all blocks begin with.
  package static let functionPrefix = "script_c_"

  /// What beside the text decides what becomes of it.
  package var conditions: String {
    ([isUserMemory ? "user memory" : "kernel memory", isOfProgram ? "mbuf" : "skb"]
      + refused.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" })
      .joined(separator: "\n")
  }

  /// The structure of what a block fills.
  static func structure(_ index: Int) -> String { "script_user_\(index)" }

  /// The files that line markers name: the script, files that it names, and where what is made of them
  /// begins.
  static let file = "script"
  private static let functionsFile = "functions"

  private func file(of index: Int) -> String {
    declarations[index].source == source ? Self.file : "file\(index)"
  }

  /// What a file that line markers name is; nil for what is not the user's.
  private func source(of file: some StringProtocol) -> SourceText? {
    if file == Self.file { return source }
    guard file.hasPrefix("file"), let index = Int(file.dropFirst(4)),
      declarations.indices.contains(index)
    else { return nil }
    return declarations[index].source
  }

  // MARK: For the preprocessor

  /// What is preprocessed first; `bpf/` has the files that it includes.
  package var preprocessorText: String {
    "#include \"c_block.h\"\n#include \"c_names.h\"\n" + constants
      + "#line 1 \"\(Self.functionsFile)\"\n" + functions
  }

  private var constants: String {
    let names = identifiers
    var text = ""
    for enumeration in Catalogue.enumerations {
      for item in enumeration.cases where names.contains(item.name) {
        text += "#define \(item.name) \(item.value)\n"
      }
    }
    return text
  }

  private var identifiers: Set<String> {
    (blocks.map(\.block) + declarations.map(\.block)).reduce(into: []) {
      $0.formUnion(CText.identifiers($1.text.utf8))
    }
  }

  /// What is declared for the blocks, at its lines and columns.
  private var preamble: String {
    declarations.indices.map { index in
      let (source, block) = (declarations[index].source, declarations[index].block)
      let start = block.span.start
      return """
        #line \(Self.line(of: start, in: source)) "\(file(of: index))"
        \(Self.padding(before: start, in: source))\(CText.withoutIncludes(block.text))
        #line 1 "\(Self.functionsFile)"

        """
    }.joined()
  }

  /// What the packet is known by: of a program's the address of its mbuf, or of its bytes.
  private var packetParameter: String {
    isOfProgram ? "void *\(Self.programPacket)" : "struct sk_buff *skb"
  }

  /// What C calls the address of a program's packet.
  package static let programPacket = "mbuf"

  /// The blocks as functions, at the lines and columns of the script.
  private var functions: String {
    var text = options.joined() + preamble
    for block in blocks {
      let structure = Self.structure(block.index)
      if !block.fields.isEmpty {
        let members = block.fields.map { "\t\(Self.type(of: $0)) \($0.name);\n" }
        text += "struct \(structure) {\n\(members.joined())} __attribute__((may_alias));\n"
      }
      let user = block.fields.isEmpty ? "" : ", struct \(structure) *user"
      let end = block.block.span.end
      text += """
        static inline __attribute__((always_inline)) int \(Self.function(block.index))(\
        void *ctx, \(packetParameter), const u8 *pkt, u32 pkt_len, struct sock *sock, void *ext, \
        u16 trace_index\(user))
        {
        #line \(Self.line(of: block.block.span.start, in: source)) "\(Self.file)"
        \(Self.padding(before: block.block.span.start, in: source))\(CText.withoutIncludes(block.block.text))
        \(block.isStatement ? "#line 1 \"\(Self.functionsFile)\"\n\treturn 0;\n" : "")\
        #line \(Self.line(of: end, in: source)) "\(Self.file)"
        \(Self.padding(before: end, in: source))}
        #line 1 "\(Self.functionsFile)"

        """
    }
    return text
  }

  /// `s32` for what is declared so, 64 bits for what is not.
  static func type(of field: EventField) -> String {
    guard let width = field.width else { return "s64" }
    return "\(width.isSigned ? "s" : "u")\(width.bits)"
  }

  private static func line(of offset: Int, in source: SourceText) -> Int {
    source.text.utf8.prefix(offset).count { $0 == UInt8(ascii: "\n") } + 1
  }

  /// As many blanks as bytes stand before a place on its line.
  private static func padding(before offset: Int, in source: SourceText) -> String {
    let bytes = Array(source.text.utf8.prefix(offset))
    let start = bytes.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    return String(repeating: " ", count: bytes.count - start)
  }

  // MARK: For the parser

  /// What of the kernel's types is asked for: names that stand in the preprocessed text, but for
  /// structures that it declares itself.
  package static func names(in preprocessed: [UInt8]) -> Set<String> {
    let text = functions(in: preprocessed)
    return CText.identifiers(text).subtracting(COutline(text).tags)
  }

  /// What of clang's syntax tree is wanted: filters of `-ast-dump-filter`, each a part of a name.
  package static func treeFilters(_ preprocessed: [UInt8]) -> [String] {
    let outline = COutline(functions(in: preprocessed))
    var filters: [String] = []
    // What has a part that is asked for comes with that.
    for name in ([functionPrefix] + outline.functions + outline.tags).sorted(by: {
      ($0.utf8.count, $0) < ($1.utf8.count, $1)
    }) where !filters.contains(where: { name.contains($0) }) {
      filters.append(name)
    }
    return filters
  }

  /// The text that is parsed and rewritten.
  package static func parsedText(types: String, preprocessed: [UInt8]) -> [UInt8] {
    Array(declared(types).utf8) + preprocessed
  }

  /// The same before preprocessing: clang's places in it are those of the script.
  package func diagnosedText(types: String) -> String {
    Self.declared(types) + preprocessorText
  }

  private static func declared(_ types: String) -> String {
    "#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)\n"
      + "struct sk_buff;\nstruct sock;\n" + types + "\n#pragma clang attribute pop\n"
  }

  /// What of a preprocessed text is the script's.
  private static func functions(in text: [UInt8]) -> ArraySlice<UInt8> {
    var start = 0
    while start < text.count {
      let end = text[start...].firstIndex(of: UInt8(ascii: "\n")) ?? text.count
      if let marker = LineMarker(text[start..<end]), marker.file == functionsFile {
        return text[min(end + 1, text.count)...]
      }
      start = end + 1
    }
    return text[text.count...]
  }

  /// Makes the loads safe.
  ///
  /// - Parameters:
  ///   - types: the kernel's, as C.
  ///   - text: what ``parsedText(types:preprocessed:)`` made of them.
  ///   - tree: what clang prints of it.
  ///   - bitFields: names of bit fields of the kernel's types.
  /// - Returns: what stands before the rest of the probe's C; nil if the tree is not one.
  /// - Throws: what is wrong with the script's C.
  package func rewritten(
    types: String, text: [UInt8], tree: [UInt8], bitFields: Set<String>
  ) throws(CMistakes) -> String? {
    let outline = COutline(Self.functions(in: text))
    guard
      let result = CRewriter.rewrite(
        text, tree: tree, bitFields: bitFields, own: Self.own, refused: refused,
        functions: Set(outline.functions).filter { !$0.hasPrefix(Self.functionPrefix) },
        structures: Set(outline.tags))
    else { return nil }
    if !result.problems.isEmpty {
      throw CMistakes(
        diagnostics: result.problems.map { problem in
          Diagnostic(
            .error, problem.message,
            at: place(of: problem.range, in: text), hints: problem.hints)
        })
    }
    return """
      /* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
      /* C of the script; what it loads from the kernel's memory is loaded by helpers. */
      \(isUserMemory ? "#define NC_C_USER_MEMORY 1\n" : "")#include "c_block.h"

      /* What it names of this kernel's types. */
      \(Self.declared(types))
      \(marked(Self.functions(in: result.text)))
      #include "c_rest.h"


      """
  }

  /// Line markers as comments that ``LoweredScript/scriptLine(of:in:userC:)`` knows.
  private func marked(_ text: ArraySlice<UInt8>) -> String {
    var result = ""
    var at: (source: SourceText, line: Int)?
    var said: (source: SourceText, line: Int)?
    for line in text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      if let marker = LineMarker(line) {
        at = source(of: marker.file).map { ($0, marker.line) }
        continue
      }
      let isBlank = line.allSatisfy { $0 == 32 || (9...13).contains($0) }
      if !isBlank {
        if let at, at.line != said?.line || at.source != said?.source {
          result += LoweredScript.mark(line: at.line, of: at.source, script: source) + "\n"
        }
        said = at
        result += String(decoding: line, as: UTF8.self) + "\n"
      }
      at = at.map { ($0.source, $0.line + 1) }
    }
    return result
  }

  // MARK: Places

  /// Where in the script a part of the preprocessed text stands.
  private func place(of range: Range<Int>, in text: [UInt8]) -> Diagnostic.Place {
    var at: (source: SourceText, line: Int)?
    var start = 0
    while let end = text[start..<range.lowerBound].firstIndex(of: UInt8(ascii: "\n")) {
      if let marker = LineMarker(text[start..<end]) {
        at = source(of: marker.file).map { ($0, marker.line) }
      } else {
        at = at.map { ($0.source, $0.line + 1) }
      }
      start = end + 1
    }
    guard let (source, number) = at else {
      return Diagnostic.Place(source, blocks.first?.block.span ?? source.span)
    }
    let line = source.lineSpan(number)
    let lineBytes = Array(Array(source.text.utf8)[line.start..<line.end])
    // Where macros have not moved it, it is at the same column.
    let written = Array(text[range.lowerBound..<range.upperBound].prefix { $0 != 10 })
    let column = range.lowerBound - start
    if lineBytes.dropFirst(column).starts(with: written) {
      return Diagnostic.Place(
        source, Span(line.start + column..<line.start + column + written.count))
    }
    // Else where it stands once on the line, if it does.
    let places = written.isEmpty ? [] : lineBytes.ranges(of: written)
    if places.count == 1 {
      return Diagnostic.Place(
        source, Span(line.start + places[0].lowerBound..<line.start + places[0].upperBound))
    }
    return Diagnostic.Place(source, source.textSpan(ofLine: number))
  }

  /// What clang says of ``diagnosedText(types:)``, where it is about the script.
  package func diagnostics(_ log: String) -> [Diagnostic] {
    var result: [Diagnostic] = []
    for line in log.split(separator: "\n") {
      guard let file = line.firstIndex(of: ":").map({ line[..<$0] }),
        let source = source(of: file), let said = CDiagnostic(line, file: String(file)),
        said.severity == .error
      else { continue }
      result.append(
        Diagnostic(
          .error, said.message,
          at: Diagnostic.Place(source, Self.span(line: said.line, said.column, in: source))))
    }
    return result
  }

  /// The word at a place.
  private static func span(line: Int, _ column: Int, in source: SourceText) -> Span {
    let line = source.lineSpan(line)
    let bytes = Array(source.text.utf8)
    let start = min(line.start + max(column - 1, 0), line.end)
    var end = start
    while end < line.end, CText.isWord(bytes[end]) { end += 1 }
    return Span(start..<max(end, min(start + 1, line.end)))
  }
}

/// `script:5:30: error: no member named 'marx' in 'struct sk_buff'`
struct CDiagnostic {
  let line: Int
  let column: Int
  let severity: Diagnostic.Severity
  let message: String

  /// Nil for what is not about the file.
  init?(_ text: some StringProtocol, file: String) {
    let parts = text.split(
      separator: ":", maxSplits: 4, omittingEmptySubsequences: false)
    guard parts.count == 5, parts[0] == file, let line = Int(parts[1]), let column = Int(parts[2])
    else { return nil }
    switch parts[3].drop(while: { $0 == " " }) {
    case "error", "fatal error": severity = .error
    case "warning": severity = .warning
    default: severity = .note
    }
    self.line = line
    self.column = column
    message = String(parts[4].drop { $0 == " " })
  }
}

/// `# 12 "script" 1`
struct LineMarker {
  let line: Int
  let file: Substring

  init?(_ bytes: ArraySlice<UInt8>) {
    guard bytes.starts(with: "# ".utf8) else { return nil }
    let text = String(decoding: bytes, as: UTF8.self)
    let parts = text.split(separator: " ", maxSplits: 2)
    guard parts.count == 3, let line = Int(parts[1]), parts[2].first == "\"" else { return nil }
    self.line = line
    file = parts[2].dropFirst().prefix { $0 != "\"" }
  }
}

/// What is wrong with the C of a script.
package struct CMistakes: Error, Sendable {
  package let diagnostics: [Diagnostic]

  package init(diagnostics: [Diagnostic]) {
    self.diagnostics = diagnostics
  }
}
