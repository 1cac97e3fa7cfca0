internal import Language
internal import Syntax

/// What the bodies of one unit have in common: names, constants, and how large its memory has to be.
final class ScriptShared {
  let script: Script
  let unit: ScriptUnit
  /// It looks into the packet of a tunnel.
  var needsInner = false
  private(set) var slotCount = 0
  private(set) var slotWords = 1
  private(set) var keyWords = 1
  private(set) var valueWords = 1
  private(set) var texts: [String] = []
  private(set) var tables: Set<Int> = []
  private(set) var states: Set<Int> = []
  private(set) var reads: [LoweredScript.Read] = []
  /// At a return: what the program at the entry keeps of the call, in this order.
  private(set) var kept: [TypedExpression] = []
  /// Headers that the packet lacks are made.
  var rebuilds: Bool { unit.rebuilds }
  /// There is such a program.
  let keepsCall: Bool
  /// Structures with one member each, as CO-RE wants them.
  private(set) var flavours: [String] = []
  private var flavourNames: [KernelRead.Hop: [String: String]] = [:]
  /// Where the lines begin of each text that was asked about.
  private var lineStarts: [SourceText: [Int]] = [:]

  private var functions: [Int] = []
  private var filters: [Int] = []

  init(_ unit: ScriptUnit) {
    script = unit.script
    self.unit = unit
    keepsCall = unit.keepsCall
  }

  /// A line of the script or of one that it imports, counted from 1, as a comment can hold it.
  func line(at offset: Int, of source: SourceText) -> (number: Int, text: String) {
    let starts = lineStarts[source] ?? Self.lineStarts(of: source)
    lineStarts[source] = starts
    let index = max(0, (starts.firstIndex { $0 > offset } ?? starts.count) - 1)
    let bytes = source.text.utf8.dropFirst(starts[index]).prefix { $0 != 10 }
    return (index + 1, String(decoding: bytes, as: UTF8.self).inComment)
  }

  private static func lineStarts(of source: SourceText) -> [Int] {
    [0] + source.text.utf8.enumerated().filter { $0.element == 10 }.map { $0.offset + 1 }
  }

  // MARK: Memory

  func newSlot(_ words: Int) -> Int {
    slotWords = max(slotWords, words)
    defer { slotCount += 1 }
    return slotCount
  }

  func keep(keyWords: Int) { self.keyWords = max(self.keyWords, keyWords) }

  func keep(valueWords: Int) { self.valueWords = max(self.valueWords, valueWords) }

  // MARK: Names

  func text(_ text: String) -> String {
    let index = texts.firstIndex(of: text) ?? texts.count
    if index == texts.count { texts.append(text) }
    return "nc_text_\(index)"
  }

  func table(_ index: Int) -> String {
    tables.insert(index)
    return Self.mapName(ofTable: index, in: script)
  }

  func state(_ index: Int) -> String {
    states.insert(index)
    return Self.mapName(ofState: index, in: script)
  }

  func function(_ index: Int) -> String {
    "script_\(script.functions[index].name)_\(number(index, &functions))"
  }

  func filter(_ index: Int) -> String { "script_filter_\(filterNumber(index))" }

  func filterNumber(_ index: Int) -> Int { number(index, &filters) }

  /// What is numbered by its first use here does not depend on what else there is in the script.
  private func number(_ index: Int, _ known: inout [Int]) -> Int {
    if let number = known.firstIndex(of: index) { return number }
    known.append(index)
    return known.count - 1
  }

  static func mapName(ofTable index: Int, in script: Script) -> String {
    "\(script.tables[index].name)_table"
  }

  static func mapName(ofState index: Int, in script: Script) -> String {
    "\(script.states[index].name)_state"
  }

  // MARK: Kernel values

  /// A value that the harness gives instead of the kernel.
  func given(_ read: KernelRead, words: Int) -> (index: Int, first: Int) {
    if let index = reads.firstIndex(where: { $0.read == read }) {
      return (index, reads[index].first)
    }
    let first = reads.last.map { $0.first + $0.words } ?? 0
    reads.append(LoweredScript.Read(read: read, first: first, words: words))
    return (reads.count - 1, first)
  }

  /// A value that the program at the entry keeps: the index of its presence bit, and of its first
  /// word, behind the one of those bits.
  func keep(_ read: KernelRead, _ expression: TypedExpression) -> (index: Int, first: Int) {
    func isSame(_ other: TypedExpression) -> Bool {
      if case .kernel(read) = other.kind { true } else { false }
    }
    let index = kept.firstIndex(where: isSame) ?? kept.count
    if index == kept.count { kept.append(expression) }
    return (index, 1 + kept[..<index].reduce(0) { $0 + $1.type.wordCount })
  }

  /// A structure with this member, declared with `declaration` for its last name.
  func flavour(
    _ hop: KernelRead.Hop, kind: String, _ declaration: (String) -> String
  ) -> String {
    if let name = flavourNames[hop]?[kind] { return name }
    let name = "\(hop.structure)___s\(flavours.count)"
    let path = hop.path.split(separator: ".").map(String.init)
    var text = ""
    var depth = 1
    for _ in path.dropLast() {
      text += String(repeating: "\t", count: depth) + "struct {\n"
      depth += 1
    }
    text += String(repeating: "\t", count: depth) + declaration(path.last ?? hop.path) + ";\n"
    for outer in path.dropLast().reversed() {
      depth -= 1
      text += String(repeating: "\t", count: depth) + "} \(outer);\n"
    }
    flavours.append("struct \(name) {\n\(text)};\n")
    flavourNames[hop, default: [:]][kind] = name
    return name
  }
}

extension String {
  /// As a comment of C can hold it.
  var inComment: String {
    terminalSafe.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      .split(separator: "*/", omittingEmptySubsequences: false).joined(separator: "* /")
      .split(separator: "/*", omittingEmptySubsequences: false).joined(separator: "/ *")
  }
}
