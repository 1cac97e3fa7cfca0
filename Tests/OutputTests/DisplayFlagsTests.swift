import Foundation
import Processes
import Syntax
import SystemPackage
import Testing

@testable import Output

@Suite struct DisplayFlagsTests {
  struct Case: CustomTestStringConvertible {
    let text: String
    let arguments: [String]
    let style: TimeFormat.Style
    let isNano: Bool
    let isNumbered: Bool

    init(
      _ text: String, _ arguments: [String], _ style: TimeFormat.Style = .timeOfDay,
      nano isNano: Bool = false, number isNumbered: Bool = false
    ) {
      self.text = text
      self.arguments = arguments
      self.style = style
      self.isNano = isNano
      self.isNumbered = isNumbered
    }

    var testDescription: String { text }
  }

  @Test(arguments: [
    Case("", []),
    Case("  \t ", []),
    Case("-nn", ["-n", "-n"]),
    Case("-nnv", ["-n", "-n", "-v"]),
    Case("-nn -e -vvv", ["-n", "-n", "-e", "-v", "-v", "-v"]),
    Case("-AtttS", ["-A", "-S"], .sincePrevious),
    Case("-t -nt", ["-n"], .unix),
    Case("-t", [], .none),
    Case("-tttt", [], .dateAndTime),
    Case("-ttttt", [], .sinceFirst),
    Case("-#n", ["-n"], number: true),
    Case("--number", [], number: true),
    Case("--num", [], number: true),
    Case("--nano", [], nano: true),
    Case("--na --mi", []),
    Case("--time-stamp-precision=nano", [], nano: true),
    Case("--time-stamp-p nano -q", ["-q"], nano: true),
    Case("--nano --time-stamp-precision micro", []),
    Case("-lUO -n --packet-buffered --no-o", ["-n"]),
    Case("--absolute --dont-verify", ["-S", "-K"]),
    Case("-Tradius", ["-T", "radius"]),
    Case("-nT radius -e", ["-n", "-T", "radius", "-e"]),
    Case("-M -w", ["-M", "-w"]),
    Case("-M 'a b'\"c\\\"d\"\\ e -v", ["-M", "a bc\"d e", "-v"]),
    Case("-'n'n \"-\"e", ["-n", "-n", "-e"]),
    Case(
      "-xx -XX -AA -b -H -K -N -u",
      [
        "-x", "-x", "-X", "-X", "-A", "-A", "-b", "-H", "-K", "-N", "-u",
      ]),
  ])
  func `display flags are understood and written anew`(expected: Case) throws {
    let parsed = try flags(expected.text)
    #expect(parsed.arguments == expected.arguments)
    #expect(parsed.time == TimeFormat(style: expected.style, isNano: expected.isNano))
    #expect(parsed.isNumbered == expected.isNumbered)
  }

  struct Refusal: CustomTestStringConvertible {
    let text: String
    let rendered: String

    init(_ text: String, _ rendered: String) {
      self.text = text
      self.rendered = rendered
    }

    var testDescription: String { text }
  }

  @Test(arguments: [
    Refusal(
      "-nnw out.pcap",
      """
      error: tcpdump's -w is not a display flag: it writes files
       --> -t:1:4
        | -nnw out.pcap
        |    ^
        = netcap's own -w FILE writes the packets to a file
      """),
    Refusal(
      "-nn -z/bin/sh",
      """
      error: tcpdump's -z is not a display flag: it runs programs
       --> -t:1:6
        | -nn -z/bin/sh
        |      ^
      """),
    Refusal(
      "-n '-'w x",
      """
      error: tcpdump's -w is not a display flag: it writes files
       --> -t:1:4
        | -n '-'w x
        |    ^^^^
        = netcap's own -w FILE writes the packets to a file
      """),
    Refusal(
      "-nn host 10.0.0.1",
      """
      error: 'host' is not a display flag of tcpdump
       --> -t:1:5
        | -nn host 10.0.0.1
        |     ^^^^
        = packets are selected by netcap: -e 'EXPRESSION'
      """),
    Refusal(
      "-nn --inter=eth0",
      """
      error: tcpdump's --inter is not a display flag: netcap captures the packets itself
       --> -t:1:5
        | -nn --inter=eth0
        |     ^^^^^^^^^^^^
        = netcap's own -i INTERFACE
      """),
    Refusal(
      "--time-stamp",
      """
      error: '--time-stamp' could be --time-stamp-precision or --time-stamp-type
       --> -t:1:1
        | --time-stamp
        | ^^^^^^^^^^^^
      """),
    Refusal(
      "-né",
      """
      error: tcpdump has no display flag -é that netcap knows
       --> -t:1:3
        | -né
        |   ^
        = display flags: -A -b -e -H -K -M SECRET -n -N -q -S -t… -T TYPE -u -v -x -X -# --micro --nano
      """),
    Refusal(
      "-nn -T radios",
      """
      error: tcpdump knows no packet type 'radios'
       --> -t:1:6
        | -nn -T radios
        |      ^
        = did you mean radius?
      """),
    Refusal(
      "-nn -M",
      """
      error: -M needs a value
       --> -t:1:6
        | -nn -M
        |      ^
      """),
    Refusal(
      "-nn 'x",
      """
      error: this quote is not closed
       --> -t:1:5
        | -nn 'x
        |     ^
      """),
    Refusal(
      "-nn \\",
      """
      error: nothing follows this backslash
       --> -t:1:5
        | -nn \\
        |     ^
      """),
    Refusal(
      "--nano=3",
      """
      error: --nano takes no value
       --> -t:1:1
        | --nano=3
        | ^^^^^^^^
      """),
    Refusal(
      "--time-stamp-precision=pico",
      """
      error: 'pico' is not a time stamp precision
       --> -t:1:1
        | --time-stamp-precision=pico
        | ^^^^^^^^^^^^^^^^^^^^^^^^^^^
        = micro or nano
      """),
    Refusal(
      "-tttttt",
      """
      error: tcpdump knows no more than five of -t
       --> -t:1:1
        | -tttttt
        | ^^^^^^^
      """),
  ])
  func `what is not for display is refused at its place`(expected: Refusal) {
    do {
      let parsed = try flags(expected.text)
      Issue.record("let through: \(parsed.arguments)")
    } catch let error as Diagnostic {
      #expect(error.rendered() == expected.rendered)
    } catch {
      Issue.record(error)
    }
  }

  /// What reads, writes, captures, ends or runs something, in every spelling that getopt_long(3)
  /// takes for it: clustered, with the value attached, apart, quoted, abbreviated.
  @Test func `no refused flag gets through in any spelling`() {
    let letters = "BcCdDEfFGhiIjJLmpQrsVwWyYzZ"
    for letter in letters {
      for text in [
        "-\(letter)", "-\(letter) x", "-\(letter)x", "-n\(letter)x", "-nnv\(letter) x",
        "-t\(letter)", "'-\(letter)' x", "\"-n\(letter)\" x", "-\\\(letter) x", "-n -\(letter)=x",
        "-M a -\(letter) x", "--nano -\(letter) x",
      ] {
        #expect(throws: Diagnostic.self, "\(text)") { try flags(text) }
      }
    }
    for name in [
      "buffer-size", "count", "list-interfaces", "help", "interface", "monitor-mode",
      "immediate-mode", "time-stamp-type", "list-time-stamp-types", "list-data-link-types",
      "no-promiscuous-mode", "print", "direction", "snapshot-length", "version", "linktype",
      "relinquish-privileges", "write-file", "read", "skip", "debug-dump", "lengths",
    ] {
      for length in 0...name.count {
        let prefix = name.prefix(length)
        for text in ["--\(prefix)", "--\(prefix)=x", "--\(prefix) x", "-n '--\(prefix)' x"] {
          guard let parsed = try? flags(text) else { continue }
          // A beginning of one of these may be one of a flag that is harmless: --n, --nu, --pa.
          Issue.record("\(text) is let through as \(parsed)")
        }
      }
    }
    for text in ["--", "-", "-n --", "-n -- -w", "x", "- n"] {
      #expect(throws: Diagnostic.self, "\(text)") { try flags(text) }
    }
  }

  /// Whatever is written, tcpdump is given nothing but these.
  @Test func `arguments are of a closed set`() {
    let pieces = [
      "-", "--", "n", "v", "w", "r", "z", "A", "e", "x", "t", "T", "M", " ", " ", "'", "\"", "\\",
      "=", "radius", "file", "nano", "number", "write", "interface", "#", "é", "/", "q", "S",
    ]
    var generator = SystemRandomNumberGenerator()
    var accepted = 0
    for _ in 0..<20_000 {
      let text = (0..<Int.random(in: 1...8, using: &generator)).map { _ in
        pieces.randomElement(using: &generator)!
      }.joined()
      guard let parsed = try? flags(text) else { continue }
      accepted += 1
      var rest = parsed.arguments[...]
      while let argument = rest.popFirst() {
        switch argument {
        case "-M": _ = rest.popFirst()
        case "-T":
          #expect(FlagTable.packetTypes.contains(rest.popFirst() ?? ""), "\(text)")
        default:
          #expect(
            argument.count == 2 && argument.first == "-"
              && "AbeHKnNqSuvxX".contains(argument.last!),
            "\(text) gives \(argument)")
        }
      }
    }
    #expect(accepted > 50)
  }

  /// A tcpdump with a flag that is not in the table: is it one for display?
  @Test func `the table has all flags of the tcpdump that is installed`() throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try #require(findExecutable("tcpdump")?.string))
    process.arguments = ["--help"]
    let pipe = Foundation.Pipe()
    process.standardError = pipe
    process.standardOutput = pipe
    try process.run()
    let help = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    let usage = try #require(help.range(of: "Usage:")).upperBound
    for group in help[usage...].split(whereSeparator: { "[]|\n".contains($0) }) {
      let word = group.split(separator: " ").first ?? ""
      if word.hasPrefix("--") {
        #expect(FlagTable.rows.contains { $0.names.contains(String(word.dropFirst(2))) }, "\(word)")
      } else if word.hasPrefix("-") {
        for letter in word.dropFirst() {
          let row = FlagTable.rows.first { $0.letter == letter }
          #expect(row != nil, "-\(letter)")
          let hasValue = group.split(separator: " ").count > 1 && word.count == 2
          #expect(row?.takesValue == hasValue, "-\(letter)")
        }
      }
    }
  }

  @Test func `the table says each thing once`() {
    let letters = FlagTable.rows.compactMap(\.letter)
    #expect(letters.count == Set(letters).count)
    let names = FlagTable.rows.flatMap(\.names)
    #expect(names.count == Set(names).count)
  }
}
