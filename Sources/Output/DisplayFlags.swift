package import Syntax

/// How tcpdump shows packets: what the user asked for with `-t`.
///
/// tcpdump is never given the user's own spelling. The text is parsed against ``FlagTable``, and
/// ``arguments`` are written anew from what was understood: no other flag can get through.
package struct DisplayFlags: Sendable, Equatable {
  /// What the time of a packet looks like; netcap prints it.
  package private(set) var time = TimeFormat()
  /// `-#`: each packet is numbered, by netcap.
  package private(set) var isNumbered = false
  /// Arguments for tcpdump.
  package private(set) var arguments: [String] = []

  /// What is shown when nothing is asked for.
  package static let standard = "-nn"

  /// Parses the value of `-t`: flags of tcpdump, split as a shell would.
  ///
  /// - Throws: a diagnostic with the place of the flag that is unknown or not for display.
  package init(parsing source: SourceText) throws(Diagnostic) {
    var words = Words(source)
    var timeFlags = 0
    while let word = try words.next() {
      let text = word.text
      if text.hasPrefix("--"), text != "--" {
        try parseLong(word, &words)
      } else if text.hasPrefix("-"), text != "-", text != "--" {
        try parseCluster(word, &words, &timeFlags)
      } else {
        throw Diagnostic(
          .error, "'\(text)' is not a display flag of tcpdump", at: words.place(word),
          hints: ["packets are selected by netcap: -e 'EXPRESSION'"])
      }
    }
    switch timeFlags {
    case 0: time.style = .timeOfDay
    case 1: time.style = .none
    case 2: time.style = .unix
    case 3: time.style = .sincePrevious
    case 4: time.style = .dateAndTime
    case 5: time.style = .sinceFirst
    default:
      throw Diagnostic(
        .error, "tcpdump knows no more than five of -t", at: Diagnostic.Place(source, source.span))
    }
  }

  /// `-nnvT radius`: one-letter flags, the last of which may take a value.
  private mutating func parseCluster(
    _ word: Words.Word, _ words: inout Words, _ timeFlags: inout Int
  ) throws(Diagnostic) {
    var rest = word.text.dropFirst()
    var offset = 1
    while let letter = rest.first {
      rest = rest.dropFirst()
      let name = "-\(letter)"
      let place = words.place(word, part: offset..<(offset + String(letter).utf8.count))
      offset += String(letter).utf8.count
      guard let row = FlagTable.rows.first(where: { $0.letter == letter }) else {
        throw Diagnostic(
          .error, "tcpdump has no display flag \(name) that netcap knows", at: place,
          hints: [FlagTable.overview])
      }
      var value: String?
      if row.takesValue {
        if !rest.isEmpty {
          value = String(rest)
        } else if case .refused = row.use {
          // It is refused whatever its value.
        } else {
          value = try words.next()?.text
        }
        rest = ""
      }
      if letter == "t" { timeFlags += 1 }
      try apply(row, spelled: name, value, place)
    }
  }

  /// `--nano`, `--time-stamp-precision=nano`, and beginnings of such names that are not ambiguous.
  private mutating func parseLong(_ word: Words.Word, _ words: inout Words) throws(Diagnostic) {
    let parts = word.text.dropFirst(2).split(
      separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let name = String(parts[0])
    let place = words.place(word)
    var found = FlagTable.rows.filter { $0.names.contains(name) }
    if found.isEmpty {
      found = FlagTable.rows.filter { row in row.names.contains { $0.hasPrefix(name) } }
    }
    if found.count > 1 {
      let names = found.flatMap(\.names).filter { $0.hasPrefix(name) }.map { "--\($0)" }
      throw Diagnostic(
        .error, "'--\(name)' could be \(names.joined(separator: " or "))", at: place)
    }
    guard let row = found.first else {
      throw Diagnostic(
        .error, "tcpdump has no display flag --\(name) that netcap knows", at: place,
        hints: [FlagTable.overview])
    }
    var value = parts.count > 1 ? String(parts[1]) : nil
    if case .refused = row.use {
      // It is refused whatever its value.
    } else if row.takesValue {
      if value == nil { value = try words.next()?.text }
    } else if value != nil {
      throw Diagnostic(.error, "--\(row.names[0]) takes no value", at: place)
    }
    try apply(row, spelled: "--\(name)", value, place)
  }

  private mutating func apply(
    _ row: FlagTable.Row, spelled name: String, _ value: String?, _ place: Diagnostic.Place
  ) throws(Diagnostic) {
    if row.takesValue, value == nil, !row.isRefused {
      throw Diagnostic(.error, "\(name) needs a value", at: place)
    }
    switch row.use {
    case .passed:
      arguments.append("-\(row.letter!)")
    case .passedWithSecret:
      arguments += ["-\(row.letter!)", value!]
    case .passedWithType:
      guard FlagTable.packetTypes.contains(value!) else {
        let near = nearestNames(to: value!, among: FlagTable.packetTypes)
        throw Diagnostic(
          .error, "tcpdump knows no packet type '\(value!)'", at: place,
          hints: [
            near.isEmpty
              ? "one of: \(FlagTable.packetTypes.joined(separator: ", "))"
              : "did you mean \(near.joined(separator: ", "))?"
          ])
      }
      arguments += ["-\(row.letter!)", value!]
    case .timeStyle: break  // counted by the caller
    case .micro: time.isNano = false
    case .nano: time.isNano = true
    case .precision:
      switch value! {
      case "micro": time.isNano = false
      case "nano": time.isNano = true
      default:
        throw Diagnostic(
          .error, "'\(value!)' is not a time stamp precision", at: place, hints: ["micro or nano"])
      }
    case .number: isNumbered = true
    case .needless: break
    case .refused(let reason, let hint):
      throw Diagnostic(
        .error, "tcpdump's \(name) is not a display flag: \(reason)", at: place,
        hints: hint.map { [$0] } ?? [])
    }
  }
}

/// Splits a text into words as a shell does: blanks, quotes and backslashes, but nothing is expanded.
package struct Words {
  /// A word without its quotes, and where it stands.
  package struct Word {
    package let text: String
    let span: Span
    /// The span has the word's bytes one by one: nothing was quoted.
    let isPlain: Bool
  }

  private let source: SourceText
  private let bytes: [UInt8]
  private var at = 0

  package init(_ source: SourceText) {
    self.source = source
    bytes = Array(source.text.utf8)
  }

  /// The place of a word, or of a part of it given in UTF-8 offsets.
  package func place(_ word: Word, part: Range<Int>? = nil) -> Diagnostic.Place {
    guard let part, word.isPlain else { return Diagnostic.Place(source, word.span) }
    let start = word.span.start
    return Diagnostic.Place(
      source, Span((start + part.lowerBound)..<(start + part.upperBound)))
  }

  package mutating func next() throws(Diagnostic) -> Word? {
    let blanks: [UInt8] = [0x20, 0x09, 0x0A, 0x0D]
    while at < bytes.count, blanks.contains(bytes[at]) { at += 1 }
    if at == bytes.count { return nil }
    let start = at
    var text: [UInt8] = []
    var isPlain = true
    while at < bytes.count, !blanks.contains(bytes[at]) {
      let byte = bytes[at]
      at += 1
      switch byte {
      case UInt8(ascii: "'"), UInt8(ascii: "\""):
        isPlain = false
        let opening = at - 1
        while at < bytes.count, bytes[at] != byte {
          if byte == UInt8(ascii: "\""), bytes[at] == UInt8(ascii: "\\"), at + 1 < bytes.count,
            [UInt8(ascii: "\""), UInt8(ascii: "\\")].contains(bytes[at + 1])
          {
            at += 1
          }
          text.append(bytes[at])
          at += 1
        }
        if at == bytes.count {
          throw Diagnostic(
            .error, "this quote is not closed",
            at: Diagnostic.Place(source, Span(opening..<(opening + 1))))
        }
        at += 1
      case UInt8(ascii: "\\"):
        isPlain = false
        if at == bytes.count {
          throw Diagnostic(
            .error, "nothing follows this backslash",
            at: Diagnostic.Place(source, Span((at - 1)..<at)))
        }
        text.append(bytes[at])
        at += 1
      default: text.append(byte)
      }
    }
    return Word(
      text: String(decoding: text, as: UTF8.self), span: Span(start..<at), isPlain: isPlain)
  }
}

extension DisplayFlags {
  /// How flags for display are written, for completion.
  package static var spellings: [String] {
    FlagTable.rows.filter { !$0.isRefused }.flatMap { row in
      (row.letter.map { ["-\($0)"] } ?? []) + row.names.map { "--\($0)" }
    }
  }

  /// Values of `-T`.
  package static var packetTypes: [String] { FlagTable.packetTypes }
}
