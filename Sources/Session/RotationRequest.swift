internal import Language
package import Output
package import Syntax

/// How files of packets follow one another, as it was typed.
package struct RotationRequest: Sendable, Equatable {
  /// `--write-file-rotate`: the last so many packets; 0 or nil: all.
  package var packets: Int?
  /// `--rotate-size`: `64k`, `100M`
  package var size: String?
  /// `--rotate-time`: `60s`, `1h`
  package var time: String?
  /// `--rotate-files`: how many are kept.
  package var files: Int?

  package init(
    packets: Int? = nil, size: String? = nil, time: String? = nil, files: Int? = nil
  ) {
    self.packets = packets
    self.size = size
    self.time = time
    self.files = files
  }

  /// What was asked for.
  ///
  /// - Parameter file: what `-w` says.
  /// - Throws: what makes no sense, alone or together.
  package func rotation(of file: String?) throws(Diagnostic) -> Rotation {
    let given = words
    guard let first = given.first else { return .none }
    guard let file else {
      throw Diagnostic(
        .error, "\(first.name) is about the file that packets are written to, and there is none",
        hints: ["-w FILE names one"])
    }
    if file == "-" {
      throw Diagnostic(
        .error, "\(first.name): what went to standard output cannot be taken back, nor followed",
        hints: ["name a file: -w trace.pcapng"])
    }
    if let packets {
      guard (0...Self.packetLimit).contains(packets) else {
        throw Diagnostic(
          .error, "the last 1 … \(Self.packetLimit) packets can be kept",
          at: Diagnostic.Place(argument: "--write-file-rotate", String(packets)),
          hints: ["0 keeps all"])
      }
      if packets > 0, let other = given.first(where: { $0.name != "--write-file-rotate" }) {
        throw Diagnostic(
          .error, "--write-file-rotate writes one file at the end, and \(other.name) several",
          hints: ["leave one of them out"])
      }
      if packets > 0 { return .last(packets) }
    }
    let bytes = try size.map { text throws(Diagnostic) in
      guard case .integer(let number)? = ScriptOption.Kind.bytes.value(of: text), number > 0 else {
        throw Diagnostic(
          .error, "this is no size of a file",
          at: Diagnostic.Place(argument: "--rotate-size", text),
          hints: ["write 1500, 64k, 100M or 1G"])
      }
      return UInt64(number)
    }
    let interval = try time.map { text throws(Diagnostic) in
      UInt64(try Self.duration(text, of: "--rotate-time"))
    }
    if let files, bytes == nil, interval == nil {
      throw Diagnostic(
        .error, "--rotate-files says how many files are kept, and nothing when one ends",
        at: Diagnostic.Place(argument: "--rotate-files", String(files)),
        hints: ["add --rotate-size or --rotate-time"])
    }
    if let files, files < 1 {
      throw Diagnostic(
        .error, "at least one file is kept",
        at: Diagnostic.Place(argument: "--rotate-files", String(files)))
    }
    if bytes == nil, interval == nil { return .none }
    return .pieces(Rotation.Pieces(bytes: bytes, interval: interval, files: files))
  }

  /// Their memory is taken as they come; more than this would be no slip of a finger.
  private static let packetLimit = 100_000_000

  /// A length of time: seconds where no unit is said.
  static func duration(_ text: String, of option: String) throws(Diagnostic) -> Int64 {
    let isPlain = !text.isEmpty && text.utf8.allSatisfy { (48...57).contains($0) || $0 == 46 }
    guard
      case .integer(let number)? = ScriptOption.Kind.duration.value(of: isPlain ? text + "s" : text),
      number > 0
    else {
      throw Diagnostic(
        .error, "this is no length of time", at: Diagnostic.Place(argument: option, text),
        hints: ["write 2 or 2s, 500ms, 5m, 1h"])
    }
    return number
  }

  /// The options that were given, with their values, as words of a command line.
  package var words: [(name: String, value: String)] {
    var words: [(name: String, value: String)] = []
    if let packets, packets != 0 { words.append(("--write-file-rotate", String(packets))) }
    if let size { words.append(("--rotate-size", size)) }
    if let time { words.append(("--rotate-time", time)) }
    if let files { words.append(("--rotate-files", String(files))) }
    return words
  }
}

extension String {
  /// What `-w` says is written as pcapng.
  package var isPcapngName: Bool { self == "-" || PcapFile.isPcapng(self) }
}

extension ScriptRequest {
  /// How the files of `-w` follow one another.
  func fileRotation() throws(SessionError) -> Rotation {
    do {
      return try rotation.rotation(of: writeFile)
    } catch {
      throw .usage(error)
    }
  }
}
