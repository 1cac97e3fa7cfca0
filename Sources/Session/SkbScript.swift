package import Language
internal import Library
internal import Lowering
internal import Output
internal import Syntax

/// `netcap skb … --script`: the script that does what the command line does.
///
/// Options that scripts are run with, too (`-t`, `-c`, `-w`, `--json`, …), stand in its first line.
package struct SkbScript {
  private let request: SkbRequest
  private let probe: Probe
  private let extras: SkbExtras

  package init(_ request: SkbRequest, _ probe: Probe, _ extras: SkbExtras) {
    self.request = request
    self.probe = probe
    self.extras = extras
  }

  /// The longest first line that Linux reads whole: `BINPRM_BUF_SIZE` without its end.
  private static let firstLineLimit = 255

  /// The text, laid out as `netcap fmt` does.
  ///
  /// - Throws: `SessionError.usage` for what no script can say.
  package func text() throws(SessionError) -> String {
    let written: String
    do throws(Diagnostic) {
      var points: [String] = []
      for point in probe.points { points.append(try spelled(point)) }
      written = try head() + "ncs 1\n" + declarations(points)
    } catch {
      throw .usage(error)
    }
    return try laidOut(written)
  }

  /// The same with points of a process.
  ///
  /// - Parameters:
  ///   - points: as a script has them.
  ///   - process: its number.
  func text(
    points: [String], process: Int32, mbufOffsets: String?
  ) throws(SessionError) -> String {
    var words = ["-p", String(process)]
    if let mbufOffsets { words += ["--mbuf-offsets", Self.quoted(mbufOffsets)] }
    let written: String
    do throws(Diagnostic) {
      written = try head(words) + "ncs 1\n" + declarations(points, ofProgram: true)
    } catch {
      throw .usage(error)
    }
    return try laidOut(written)
  }

  private func laidOut(_ written: String) throws(SessionError) -> String {
    let (formatted, diagnostics) = Formatter.format(SourceText(name: "--script", text: written))
    guard let formatted else { throw .mistakes(diagnostics) }
    let outcome = ScriptLoader(library: ScriptLibrary(folders: []), reserved: []).load(
      ScriptFile(source: SourceText(name: "--script", text: formatted), origin: .text),
      types: NoKernelTypes(), arguments: [])
    guard outcome.script != nil else { throw .mistakes(outcome.diagnostics) }
    return formatted
  }

  // MARK: Options

  private func head(_ first: [String] = []) throws(Diagnostic) -> String {
    var words = first
    if request.tcpdumpFlags != DisplayFlags.standard {
      words += ["-t", Self.quoted(request.tcpdumpFlags)]
    }
    if let path = request.writeFile {
      words += ["-w", Self.quoted(try writable(path))]
      for (name, value) in request.rotation.words { words += [name, Self.quoted(value)] }
    }
    if request.count > 0 { words += ["-c", String(request.count)] }
    if request.isJSON { words.append("--json") }
    if request.showsStatistics { words.append("--stats") }
    if request.isVerbose { words.append("-v") }
    let command = (["netcap"] + words + ["-s"]).joined(separator: " ")
    let line = "#!/usr/bin/env -S \(command)"
    if line.utf8.count <= Self.firstLineLimit { return line + "\n" }
    return "#!/usr/bin/env -S netcap -s\n// run it by: \(command) FILE\n"
  }

  /// A word as a shell and `env -S` read it.
  private static func quoted(_ word: String) -> String {
    let isPlain = word.utf8.allSatisfy { byte in
      "-=,./_".utf8.contains(byte)
        || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }
    if isPlain, !word.isEmpty { return word }
    var text = "\""
    for character in word {
      switch character {
      case "\"", "\\", "$", "`": text += "\\\(character)"
      case "\n", "\t", "\r": text += " "
      default: text.append(character)
      }
    }
    return text + "\""
  }

  // MARK: Declarations

  private func declarations(
    _ points: [String], ofProgram: Bool = false
  ) throws(Diagnostic) -> String {
    let packet = ofProgram ? UserC.programPacket : "skb"
    var body: [String] = extras.makesHeaders ? ["rebuild"] : []
    if let expression = request.expression, !expression.allSatisfy(\.isWhitespace) {
      body.append("filter \"\(try filter(expression))\"")
    }
    if let interface = probe.interface {
      body.append(
        "where dev.ifindex == \(interface.index) && netns == \(interface.namespace)"
          + "  // \(interface.name.terminalSafe) here; its name in any namespace: dev.name")
    }
    if request.captureMaxSize != SkbRequest.standardCapture {
      body.append("capture \(request.captureMaxSize)")
    }
    if let user = extras.user, let filter = user.filter {
      body.append("where c { return \(filter)(\(first(filter)), \(packet), trace_index); }")
    }
    body += emissions(packet)
    var text = (extras.user?.files ?? []).map { "\nc \(Self.literal($0))\n" }.joined()
    if let gather = extras.gather {
      text += "\npath seen = \(points.joined(separator: " -> "))\n"
      text +=
        "    by \(gather.isByPointer ? "skb" : "content") within \(Self.duration(gather.within))"
      text += ", max \(gather.maximum)"
    } else {
      let set = points.count == 1 ? points[0] : "{" + points.joined(separator: ", ") + "}"
      text += "\nprobe seen = \(set)"
    }
    text += " {\n" + body.map { $0.isEmpty ? "\n" : "    \($0)\n" }.joined() + "}\n"
    return text + handlers
  }

  /// What the events carry beside the packet.
  private func emissions(_ packet: String) -> [String] {
    let stack = extras.stack == nil ? [] : ["stack"]
    guard let user = extras.user, let action = user.action else {
      return stack.isEmpty ? [] : ["emit stack"]
    }
    let fields = user.fields.map { field in
      "\(Self.fieldName(field)): \(field.width.isSigned ? "s" : "u")\(field.width.bits)"
    }
    return [
      "emit \((stack + fields + ["shown: u8"]).joined(separator: ", ")) from c {",
      "    struct \(UserExtend.tag) extend = {};", "",
      "    user->shown = \(action)(\(first(action)), \(packet), pkt_len, &extend, trace_index) != 0;",
    ] + user.fields.map { "    user->\(Self.fieldName($0)) = extend.\($0.name);" }
      + ["    return 1;", "}"]
  }

  /// The first argument of a function of the user's: what a point hands over, where one does.
  private func first(_ function: String) -> String {
    if probe.points.contains(where: { $0.extraArgument != nil }) { return "ext" }
    return UserExtend.isExtFamily(function) ? "NULL" : "ctx"
  }

  /// What the handlers name otherwise is not a field's name.
  private static func fieldName(_ field: UserExtend.Field) -> String {
    let names: Set = [
      "number", "func", "hop", "hops", "pkt", "shown", "stack", "latency", "true", "false", "has",
      "in", "filter",
    ]
    let isTaken = names.contains(field.name) || TextColour(rawValue: field.name) != nil
    return isTaken ? field.name + "_" : field.name
  }

  /// What is said of each packet.
  private var handlers: String {
    let histogram = extras.gather?.hasHistogram == true
    var text = histogram ? "\ntable latency[hop]: hist\n" : ""
    // As an object a packet has all that was noted of it.
    var said: [String] = request.isJSON ? [] : shows ? spoken : userLine
    if histogram {
      if request.isJSON { said.append("print \"{pkt.summary}\\n{hops}\"") }
      said.append("for hop in hops { latency[hop.name] += hop.ns }")
    }
    if !said.isEmpty {
      text += "\non seen {\n" + said.map { "    \($0)\n" }.joined() + "}\n"
    } else if !shows, !request.isJSON {
      text += "\non seen { }\n"
    }
    if histogram { text += "\nend { print latency }\n" }
    return text
  }

  /// A file takes the place of what is shown, but for what was gathered.
  private var shows: Bool { request.writeFile == nil || extras.gather != nil }

  private var spoken: [String] {
    var lines = userLine
    if let colour = extras.stack {
      lines.append(
        "print \"{\(colour)}--> No {number}'s packet's kstack: \\n{stack:kstack}{plain}\"")
    }
    if let gather = extras.gather {
      let colour = gather.colour
      lines.append(
        "print \"{\(colour)}+-- No'{number} packet received in {func}{plain}\"")
      lines += [
        "for hop in hops {", "    if hop.index > 0 {", "        if has hop.at {",
        "            print \"{\(colour)}|   * {hop.at:d} (ns) later received in {hop.name}{plain}\"",
        "        } else {",
        "            print \"{\(colour)}|   * NOT received at {hop.name}{plain}\"", "        }",
        "    }", "}",
      ]
    }
    return lines.isEmpty ? [] : ["show pkt"] + lines
  }

  /// What a user action has filled in, if it says so.
  private var userLine: [String] {
    guard let user = extras.user, user.action != nil else { return [] }
    let values = user.fields.map { "\($0.name): \($0.format.piece(Self.fieldName($0))); " }.joined()
    return [
      "if shown != 0 {",
      "    print \"{\(user.colour)}--> No {number}'s pkt User Action >> \\{\(values)\\}{plain}\"",
      "}",
    ]
  }

  /// `2s`, `1500ms`, `1ns`
  private static func duration(_ nanoseconds: Int64) -> String {
    for (unit, scale) in [("s", 1_000_000_000), ("ms", 1_000_000), ("us", 1000)]
      as [(String, Int64)]
    where nanoseconds % scale == 0 { return "\(nanoseconds / scale)\(unit)" }
    return "\(nanoseconds)ns"
  }

  private func spelled(_ point: Point) throws(Diagnostic) -> String {
    guard Self.isName(point.name) else { throw unsayable(point) }
    var text: String
    switch point.kind {
    case .function: text = point.name
    case .kprobe: text = "kprobe:\(point.name)"
    case .fentry: text = "fentry:\(point.name)"
    case .tracepoint(let category), .perhapsTracepoint(let category):
      guard Self.isName(category) else { throw unsayable(point) }
      text = "tracepoint:\(category):\(point.name)"
    }
    var arguments: [String] = []
    if let skb = point.skbArgument { arguments.append("skb: \(skb)") }
    // The second argument has no use but for C.
    if extras.user != nil, let ext = point.extraArgument { arguments.append("ext: \(ext)") }
    if let offset = extras.dataOffset {
      arguments.append("start: data")
      if offset != 0 { arguments.append("offset: \(offset)") }
    }
    if !arguments.isEmpty { text += "(\(arguments.joined(separator: ", ")))" }
    return text
  }

  /// As the lexer has it: compilers put dots into names, as in `f.constprop.0`.
  static func isName(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    return bytes.indices.allSatisfy { index in
      let byte = bytes[index]
      return byte == UInt8(ascii: "_")
        || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
        || (index > 0 && (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte))
        || (byte == UInt8(ascii: ".") && index > 0 && index + 1 < bytes.count
          && bytes[index + 1] != byte)
    }
  }

  private func unsayable(_ point: Point) -> Diagnostic {
    Diagnostic(
      .error, "a script cannot have this name as a point", at: point.place,
      hints: ["there, a name has letters, digits, _ and dots inside"])
  }

  /// In a filter a backslash is pcap's, and a line is a line.
  private func filter(_ text: String) throws(Diagnostic) -> String {
    let source = SourceText(name: "-e", text: text)
    for (offset, byte) in text.utf8.enumerated()
    where [UInt8(ascii: "\""), UInt8(ascii: "{"), UInt8(ascii: "}")].contains(byte) {
      throw Diagnostic(
        .error, "a script's filter cannot have this character",
        at: Diagnostic.Place(source, Span(offset..<offset + 1)))
    }
    return String(text.map { $0.isWhitespace ? " " : $0 })
  }

  /// A text in quotes.
  static func literal(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\", "{", "}": result += "\\\(scalar)"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case _ where scalar.value < 0x20 || scalar.value == 0x7F:
        result += "\\u{\(String(scalar.value, radix: 16))}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }

  /// The first line is one line, and of text.
  private func writable(_ path: String) throws(Diagnostic) -> String {
    for (offset, byte) in path.utf8.enumerated() where byte < 0x20 || byte == 0x7F {
      let source = SourceText(name: "-w", text: path)
      throw Diagnostic(
        .error, "a script's first line cannot have this character",
        at: Diagnostic.Place(source, Span(offset..<offset + 1)))
    }
    return path
  }
}
