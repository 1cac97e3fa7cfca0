package import Language
package import Syntax

/// What a user action fills in, as ByteDance's netcap has it: the fields of `struct xcap_user_extend`
/// in its file, each with the print format that a comment behind it says.
///
///     struct xcap_user_extend {
///         int      mark; // format: 0x%x
///         uint16_t port;
///     };
package struct UserExtend: Sendable, Equatable {
  package struct Field: Sendable, Equatable {
    package let name: String
    package let width: EventField.Width
    package let format: PrintFormat
  }

  package let fields: [Field]

  package static let tag = "xcap_user_extend"

  /// - Throws: what it cannot have, at its place in the file.
  package init(_ file: SourceText) throws(Diagnostic) {
    var reader = Reader(file)
    fields = try reader.fields()
  }

  /// The function of a file that netcap calls: `xcap_user_filter`, `xcap_ext_action`, …
  ///
  /// - Parameter role: `filter` or `action`.
  /// - Throws: that there is none.
  package static func function(_ role: String, in file: SourceText) throws(Diagnostic) -> String {
    let defined = COutline(file.text.utf8).definitions
    let names = families.map { "xcap_\($0)_\(role)" }
    if let name = names.first(where: { defined.contains($0) }) { return name }
    let near = nearestNames(to: names[0], among: defined)
    throw Diagnostic(
      .error, "\(file.name) has no function \(names[0])",
      hints: near.isEmpty
        ? ["its beginning: \(beginnings[role] ?? "")"]
        : ["it has \(near.joined(separator: ", "))", "its beginning: \(beginnings[role] ?? "")"])
  }

  /// Whether the first argument of a function of the file is called the extra argument of the point,
  /// and not the program's context.
  package static func isExtFamily(_ function: String) -> Bool {
    !function.hasPrefix("xcap_user_")
  }

  private static let families = ["user", "ext", "skb"]
  private static let beginnings = [
    "filter": "static inline int xcap_user_filter(void *ctx, void *pkt, u16 trace_index)",
    "action":
      "static inline int xcap_user_action(void *ctx, void *pkt, u32 pkt_len, "
      + "struct xcap_user_extend *user, u16 trace_index)",
  ]

  /// Numbers by the words of their type, in the order of the alphabet.
  private static let widths: [String: EventField.Width] = {
    var widths: [String: EventField.Width] = [:]
    func add(_ bits: Int, _ isSigned: Bool, _ names: [String]) {
      for name in names { widths[name] = EventField.Width(bits: bits, isSigned: isSigned) }
    }
    for bits in [8, 16, 32, 64] {
      add(bits, true, ["int\(bits)", "int\(bits)_t", "s\(bits)", "__s\(bits)"])
      add(bits, false, ["uint\(bits)", "uint\(bits)_t", "u\(bits)", "__u\(bits)"])
      if bits > 8 { add(bits, false, ["__be\(bits)", "__le\(bits)"]) }
    }
    add(8, true, ["char", "char signed"])
    add(8, false, ["uchar", "char unsigned", "bool", "_Bool"])
    add(16, true, ["short", "int short", "short signed", "int short signed"])
    add(16, false, ["short unsigned", "int short unsigned", "__sum16"])
    add(32, true, ["int", "signed", "int signed"])
    add(32, false, ["uint", "unsigned", "int unsigned", "__wsum"])
    add(64, true, ["long", "int long", "long long", "int long long", "long signed"])
    add(
      64, false,
      ["long unsigned", "int long unsigned", "long long unsigned", "int long long unsigned"])
    return widths
  }()

  /// Goes through the file's tokens.
  private struct Reader {
    private let file: SourceText
    private let bytes: [UInt8]
    private var tokens: [(kind: CText.Kind, range: Range<Int>)] = []
    private var index = 0

    init(_ file: SourceText) {
      self.file = file
      bytes = Array(file.text.utf8)
      var tokens: [(kind: CText.Kind, range: Range<Int>)] = []
      CText.scan(bytes) { kind, range, _ in tokens.append((kind, range)) }
      self.tokens = tokens
    }

    mutating func fields() throws(Diagnostic) -> [Field] {
      try findStart()
      var fields: [Field] = []
      while let token = next() {
        if text(token) == "}" { return fields }
        fields += try declaration(beginningWith: token, behind: fields.map(\.name))
        if fields.count > Self.limit {
          throw problem("at most \(Self.limit) fields can be printed", token)
        }
      }
      throw Diagnostic(
        .error, "the structure \(tag) is not closed", at: Diagnostic.Place(file, file.span))
    }

    /// What an event can have, beside a stack and whether there is something to say.
    private static let limit = 62

    private mutating func findStart() throws(Diagnostic) {
      let wanted = ["struct", tag, "{"]
      while index < tokens.count {
        let start = index
        let found = wanted.allSatisfy { word in next().map { text($0) } == word }
        if found { return }
        index = start + 1
      }
      throw Diagnostic(
        .error, "\(file.name) has no struct \(tag)",
        hints: ["it says what is printed: struct \(tag) { int mark; // format: 0x%x … };"])
    }

    /// `uint32_t a, b : 4; // format: 0x%x`
    private mutating func declaration(
      beginningWith first: Range<Int>, behind known: [String]
    ) throws(Diagnostic) -> [Field] {
      var words: [Range<Int>] = []
      var names: [Range<Int>] = []
      var token: Range<Int>? = first
      scan: while let range = token {
        switch text(range) {
        case ";": break scan
        case ",":
          names.append(try name(&words, range))
        case ":":
          // Bits of a number are a number.
          _ = next()
        case "*":
          throw problem(
            "a pointer cannot be printed", range,
            hints: ["have a number: uint64_t \(peekName() ?? "address"); // format: 0x%x"])
        case "[": throw problem("an array cannot be printed", range, hints: ["have a field each"])
        case "{", "(", "struct", "union", "enum", "}":
          throw problem(
            "only numbers can be printed", range,
            hints: ["int8_t … int64_t, uint8_t … uint64_t, char, int and their like"])
        default: words.append(range)
        }
        token = next()
      }
      guard let end = token else {
        throw problem("';' is missing behind this field", words.last ?? first)
      }
      names.append(try name(&words, end))
      let width = try width(words, names[0])
      let format = try format(behind: end)
      var fields: [Field] = []
      for range in names {
        let name = text(range)
        if (known + fields.map(\.name)).contains(name) {
          throw problem("two fields are called '\(name)'", range)
        }
        let isUnsigned = format.showsBits || !width.isSigned
        fields.append(
          Field(
            name: name, width: EventField.Width(bits: width.bits, isSigned: !isUnsigned),
            format: format))
      }
      return fields
    }

    private func name(
      _ words: inout [Range<Int>], _ end: Range<Int>
    ) throws(Diagnostic) -> Range<Int> {
      guard let last = words.popLast(), CText.isWord(bytes[last.lowerBound]) else {
        throw problem("a field's name is missing here", end)
      }
      return last
    }

    private func width(
      _ words: [Range<Int>], _ name: Range<Int>
    ) throws(Diagnostic) -> EventField.Width {
      let type = words.map { text($0) }.filter { !["const", "volatile", "static"].contains($0) }
      if let width = UserExtend.widths[type.sorted().joined(separator: " ")] { return width }
      guard let first = words.first, let last = words.last else {
        throw problem("this field has no type", name)
      }
      throw problem(
        "fields of the type '\(type.joined(separator: " "))' cannot be printed",
        first.lowerBound..<last.upperBound,
        hints: ["int8_t … int64_t, uint8_t … uint64_t, char, int and their like can"])
    }

    /// What the comment behind the field, on its line, says.
    private func format(behind end: Range<Int>) throws(Diagnostic) -> PrintFormat {
      guard index < tokens.count, tokens[index].kind == .comment else { return PrintFormat() }
      let comment = tokens[index].range
      if bytes[end.upperBound..<comment.lowerBound].contains(UInt8(ascii: "\n")) {
        return PrintFormat()
      }
      let written = text(comment)
      guard let mark = written.firstRange(of: "format:") else { return PrintFormat() }
      let rest = written[mark.upperBound...].drop { $0 == " " || $0 == "\t" }
      var word = String(rest.prefix { $0 != " " && $0 != "\t" && $0 != "\n" })
      if word.hasSuffix("*/") { word = String(word.dropLast(2)) }
      if word.isEmpty { return PrintFormat() }
      if let format = PrintFormat(word) { return format }
      let start = comment.lowerBound + written[..<rest.startIndex].utf8.count
      throw problem(
        "'\(word)' is no format for a number", start..<start + word.utf8.count,
        hints: ["one of %d %u %x %X %o %b %c, with text around it: 0x%08x"])
    }

    private func peekName() -> String? {
      tokens[index...].first { $0.kind == .word }.map { text($0.range) }
    }

    /// The next token that is no comment.
    private mutating func next() -> Range<Int>? {
      while index < tokens.count {
        defer { index += 1 }
        if tokens[index].kind != .comment { return tokens[index].range }
      }
      return nil
    }

    private func text(_ range: Range<Int>) -> String {
      String(decoding: bytes[range], as: UTF8.self)
    }

    private func problem(
      _ message: String, _ range: Range<Int>, hints: [String] = []
    ) -> Diagnostic {
      Diagnostic(.error, message, at: Diagnostic.Place(file, Span(range)), hints: hints)
    }
  }
}

/// A format of printf for one number, with the text around it.
package struct PrintFormat: Sendable, Equatable {
  private var before = ""
  private var after = ""
  /// As scripts have it: `08x`.
  private var script = ""
  /// The number's bits are shown, and not its sign.
  let showsBits: Bool

  /// In decimal.
  init() { showsBits = false }

  /// `0x%08x`; nil if it is none, or for several.
  init?(_ text: String) {
    var bits = false
    var found = false
    var rest = text[...]
    while let character = rest.popFirst() {
      guard character == "%" else {
        if found { after.append(character) } else { before.append(character) }
        continue
      }
      if rest.first == "%" {
        rest.removeFirst()
        if found { after.append("%") } else { before.append("%") }
        continue
      }
      if found { return nil }
      found = true
      var flags = ""
      while let flag = rest.first, "-#0+ ".contains(flag) { flags.append(rest.removeFirst()) }
      let width = String(rest.prefix { $0.isASCII && $0.isNumber })
      rest = rest.dropFirst(width.count)
      while let length = rest.first, "hlLqjzt".contains(length) { rest.removeFirst() }
      guard let verb = rest.popFirst(), "diuvxXobc".contains(verb) else { return nil }
      bits = "uxXob".contains(verb)
      let style = "diuv".contains(verb) ? "" : String(verb)
      let isAlternate = flags.contains("#") && bits && verb != "u"
      script =
        (flags.contains("-") ? "-" : "") + (isAlternate ? "#" : "")
        + (flags.contains("0") && !width.isEmpty && !flags.contains("-") ? "0" : "") + width + style
    }
    guard found, Int(script.filter(\.isNumber)) ?? 0 <= ValueFormat.widthLimit else { return nil }
    showsBits = bits
  }

  /// As a piece of a text in a script.
  package func piece(_ name: String) -> String {
    func quoted(_ text: String) -> String {
      text.map { "\"\\{}".contains($0) ? "\\\($0)" : "\($0)" }.joined()
    }
    return quoted(before) + "{\(name)\(script.isEmpty ? "" : ":\(script)")}" + quoted(after)
  }
}
