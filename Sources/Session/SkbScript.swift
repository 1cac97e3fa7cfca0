package import Language
internal import Library
internal import Output
internal import Syntax

/// `netcap skb … --script`: the script that does what the command line does.
///
/// Options that scripts are run with, too (`-t`, `-c`, `--json`, …), stand in its first line.
package struct SkbScript {
  private let request: SkbRequest
  private let probe: Probe

  package init(_ request: SkbRequest, _ probe: Probe) {
    self.request = request
    self.probe = probe
  }

  /// The longest first line that Linux reads whole: `BINPRM_BUF_SIZE` without its end.
  private static let firstLineLimit = 255

  /// The text, laid out as `netcap fmt` does.
  ///
  /// - Throws: `SessionError.usage` for what no script can say.
  package func text() throws(SessionError) -> String {
    let written: String
    do throws(Diagnostic) {
      written = try head() + "ncs 1\n" + declarations()
    } catch {
      throw .usage(error)
    }
    let (formatted, diagnostics) = Formatter.format(SourceText(name: "--script", text: written))
    guard let formatted else { throw .mistakes(diagnostics) }
    let outcome = ScriptLoader(library: ScriptLibrary(folders: []), reserved: []).load(
      ScriptFile(source: SourceText(name: "--script", text: formatted), origin: .text),
      types: NoKernelTypes(), arguments: [])
    guard outcome.script != nil else { throw .mistakes(outcome.diagnostics) }
    return formatted
  }

  // MARK: Options

  private func head() -> String {
    var words: [String] = []
    if request.tcpdumpFlags != DisplayFlags.standard {
      words += ["-t", Self.quoted(request.tcpdumpFlags)]
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
      byte == UInt8(ascii: "-") || byte == UInt8(ascii: "=") || byte == UInt8(ascii: ",")
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

  private func declarations() throws(Diagnostic) -> String {
    var points: [String] = []
    for point in probe.points { points.append(try spelled(point)) }
    let set = points.count == 1 ? points[0] : "{" + points.joined(separator: ", ") + "}"
    var body: [String] = []
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
    var text = "\nprobe seen = \(set) {\n"
    text += body.map { "    \($0)\n" }.joined() + "}\n"
    if let path = request.writeFile {
      let shown = request.isJSON ? "show pkt; " : ""
      text += "\non seen { \(shown)save pkt to \(try quotedPath(path)) }\n"
    }
    return text
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
    // The second argument has no use, here or there.
    if let skb = point.skbArgument { text += "(skb: \(skb))" }
    return text
  }

  private static func isName(_ text: String) -> Bool {
    text.utf8.enumerated().allSatisfy { index, byte in
      byte == UInt8(ascii: "_")
        || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
        || (index > 0 && (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte))
    }
  }

  private func unsayable(_ point: Point) -> Diagnostic {
    Diagnostic(
      .error, "a script cannot have this name as a point", at: point.place,
      hints: ["there, a name has letters, digits and _"])
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

  private func quotedPath(_ path: String) throws(Diagnostic) -> String {
    if path == "-" {
      let source = SourceText(name: "-w", text: path)
      throw Diagnostic(
        .error, "a script cannot save packets to standard output",
        at: Diagnostic.Place(source, source.span), hints: ["name a file: -w trace.pcapng"])
    }
    var text = "\""
    for scalar in path.unicodeScalars {
      switch scalar {
      case "\"", "\\", "{", "}": text += "\\\(scalar)"
      case "\n": text += "\\n"
      case "\t": text += "\\t"
      case _ where scalar.value < 0x20 || scalar.value == 0x7F:
        text += "\\u{\(String(scalar.value, radix: 16))}"
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text + "\""
  }
}
