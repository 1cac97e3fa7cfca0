internal import Language

/// What is asked of a probe for every packet.
struct ProbeFacts {
  let captureLength: Int
  let emitsAtEnd: Bool
  let isOfPath: Bool
  /// Fields that C fills.
  let cFields: Set<Int>
  /// Words of its events' fields, with the presence bits.
  let eventWords: Int
  /// Fields that are times: their bit of the presence word, and their word.
  let times: [(bit: UInt64, word: Int)]
  /// ``EventField/run``, where events have it.
  private let run: (bit: UInt64, word: Int)?

  init(_ probe: ProbeDefinition) {
    var word = 1
    var times: [(bit: UInt64, word: Int)] = []
    var run: (bit: UInt64, word: Int)?
    for (index, field) in probe.fields.enumerated() {
      if field.type == .integer(.time) { times.append((1 << UInt64(index), word)) }
      if field == .run { run = (1 << UInt64(index), word) }
      word += field.type.wordCount
    }
    self.run = run
    self.times = times
    captureLength = probe.captureLength
    emitsAtEnd = probe.emitsAtEnd
    isOfPath = probe.path != nil
    cFields = probe.cFields
    eventWords = word
  }

  /// Whether an event, by its fields, is for recordings only.
  @inline(__always)
  func isSilent(_ fields: UnsafePointer<UInt64>?) -> Bool {
    guard let run, let fields else { return false }
    return fields[0] & run.bit != 0 && fields[run.word] == UInt64(EventField.silent)
  }
}

extension Script {
  /// Probes that a packet enters of which no place is known, those of paths first: each that has a
  /// name once, though it may have been checked for several points.
  var probesWithoutPlace: [Int] {
    func isFirst(_ index: Int) -> Bool {
      !probes[..<index].contains {
        $0.name == probes[index].name && $0.path == probes[index].path
      }
    }
    let first = probes.indices.filter { isFirst($0) }
    return first.filter { probes[$0].path != nil } + first.filter { probes[$0].path == nil }
  }

  /// What events of a path's first hop carry.
  func fields(ofPath path: Int) -> [EventField] {
    probes.first { $0.path?.path == path && $0.path?.hop == 0 }?.fields ?? []
  }
}

/// A probe's kernel half, with what is asked of the probe for every packet that enters it.
final class KernelHalf {
  let run: StatementCode
  let captureLength: Int
  let eventWords: Int
  let isOfPath: Bool
  let emitsAtEnd: Bool

  init(run: @escaping StatementCode, _ facts: ProbeFacts) {
    self.run = run
    captureLength = facts.captureLength
    eventWords = facts.eventWords
    isOfPath = facts.isOfPath
    emitsAtEnd = facts.emitsAtEnd
  }
}
