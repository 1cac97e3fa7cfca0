internal import Kernel
internal import Language
internal import Output
internal import Session
internal import Syntax

extension Completer {
  /// A line that begins with a colon.
  func complete(command line: String) -> Completion {
    let bytes = Array(line.utf8)
    let colon = bytes.firstIndex(of: UInt8(ascii: ":")) ?? 0
    let isBlank = { (byte: UInt8) in byte == 32 || byte == 9 }
    guard let nameEnd = bytes[colon...].firstIndex(where: isBlank) else {
      return Found.words(CommandName.allCases.map { ":\($0.rawValue)" })
        .completion(of: text(bytes[colon...]), at: colon)
    }
    let start = bytes.lastIndex(where: isBlank).map { $0 + 1 } ?? bytes.count
    let words = bytes[nameEnd..<start].split(whereSeparator: isBlank).map { text($0) }
    let word = text(bytes[start...])
    let nothing = Completion(start: bytes.count, candidates: [], suffix: "")
    guard let command = CommandName(rawValue: text(bytes[(colon + 1)..<nameEnd])) else {
      return nothing
    }
    let places = command.row.places
    // Flags go on and on.
    let number = places == [.flags] ? 0 : words.count
    guard number < places.count else { return nothing }
    return argument(places[number], behind: words, word).completion(of: word, at: start)
  }

  private func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }

  private func argument(
    _ argument: CommandName.Argument, behind words: [String], _ word: String
  ) -> Found {
    let names = SessionNames(sources.declarations())
    let tables = Array(names.tables.keys) + names.states.keys
    switch argument {
    case .topic:
      let topics = Catalogue.sections.flatMap(\.rows).map(\.name)
      let commands = CommandName.allCases.map(\.rawValue)
      return .words(
        word.hasPrefix(":") ? commands.map { ":" + $0 } : topics + commands)
    case .probe: return .words(names.handled)
    case .probeOrAll: return .words(names.handled + ["*"])
    case .name: return .words(names.all)
    case .table: return .words(tables)
    case .tableOrAll: return .words(tables + ["*"])
    case .list:
      let functions =
        word.isEmpty ? [] : sources.types().names(of: .skbFunction, beginning: word)
      return .words(NameList.Kind.allCases.map(\.rawValue) + functions)
    case .glob: return words.first.map { listed($0, word) } ?? .nothing
    case .typeKind: return .words(TypeQuestion.Kind.allCases.map(\.rawValue))
    case .typeName: return words.first.map { typeNames($0, word) } ?? .nothing
    case .file: return files(word)
    case .fileOrOff: return .parts(files(word).names + ["off"])
    case .script:
      return .parts(files(word, ending: [".ncs"]).names + sources.scripts())
    case .rate: return .words(["off"])
    case .flags:
      return .words(
        words.last == "-T" ? DisplayFlags.packetTypes : DisplayFlags.spellings)
    case .timeOrProbe: return .words(names.handled)
    case .count: return .nothing
    }
  }

  private func listed(_ kind: String, _ word: String) -> Found {
    switch NameList.Kind(rawValue: kind) {
    case .functions: .words(sources.types().names(of: .skbFunction, beginning: word))
    case .tracepoints: .words(sources.types().names(of: .tracepoint, beginning: word))
    case .fields: .words(Manual.fields().map(\.name))
    case .builtins: .words(Manual.builtins().map(\.name))
    case .scripts: .words(sources.scripts())
    case nil: .nothing
    }
  }

  private func typeNames(_ kind: String, _ word: String) -> Found {
    let types = sources.types()
    switch TypeQuestion.Kind(rawValue: kind) {
    case .structure: return .words(types.names(of: .structure, beginning: word))
    case .enumeration: return .words(types.names(of: .enumeration, beginning: word))
    case .function:
      // All of them are too many to choose from.
      let kind: KernelNameKind = word.isEmpty ? .skbFunction : .function
      return .words(types.names(of: kind, beginning: word))
    case nil: return .nothing
    }
  }
}
