import Kernel
import Language
import MadePackets
import Packets
import Runtime

/// What a script's probe does with packets, as far as both backends can tell.
struct Behaviour: Equatable {
  /// For each packet the field words of its events.
  var events: [[[UInt64]]] = []
  /// For each table its rows: what its aggregation means, by key.
  var tables: [[[UInt64]: [UInt64]]] = []
  /// For each state what it keeps, by key: those that the table `keys_of_…` has.
  var states: [[[UInt64]: [UInt64]]] = []
  /// Samples and values that found no room, for each table, then for each state.
  var refused: [UInt64] = []

  /// Events' fields that are there, and those that are not.
  func presence(fields: Int) -> (present: Int, absent: Int) {
    let masks = events.joined().compactMap(\.first)
    let present = masks.reduce(0) { $0 + $1.nonzeroBitCount }
    return (present, masks.count * fields - present)
  }

  /// The first thing that differs; nil: nothing does.
  func difference(from interpreted: Behaviour, _ script: Script, _ trials: [Trial]) -> String? {
    for (index, (kernel, interpreter)) in zip(events, interpreted.events).enumerated()
    where kernel != interpreter {
      let packet = trials[index].packet
      return """
        packet \(index) (\(packet.description), \(packet.bytes.count) of \(packet.length) bytes, \
        \(packet.link)): events in the kernel \(Self.text(kernel)), interpreted \
        \(Self.text(interpreter))
          \(Self.hex(packet.bytes.prefix(128)))
        """
    }
    let names =
      script.tables.map { "table \($0.name)" } + script.states.map { "state \($0.name)" }
    for (index, (kernel, interpreter)) in zip(
      tables + states, interpreted.tables + interpreted.states
    )
    .enumerated() {
      for key in Set(kernel.keys).union(interpreter.keys) where kernel[key] != interpreter[key] {
        return """
          \(names[index])\(Self.text([key])): in the kernel \(Self.text(kernel[key])), \
          interpreted \(Self.text(interpreter[key]))
          """
      }
    }
    for (name, (kernel, interpreter)) in zip(names, zip(refused, interpreted.refused))
    where kernel != interpreter {
      return "\(name): the kernel refused \(kernel), the interpreter \(interpreter)"
    }
    return self == interpreted ? nil : "they have not the same number of events"
  }

  private static func text(_ words: [UInt64]?) -> String {
    words.map { text([$0]) } ?? "nothing"
  }

  private static func text(_ words: [[UInt64]]) -> String {
    "["
      + words.map { $0.map { String($0, radix: 16) }.joined(separator: " ") }
      .joined(separator: " | ") + "]"
  }

  private static func hex(_ bytes: ArraySlice<UInt8>) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  // MARK: The two that are compared

  static func ofKernel(_ run: ScriptRun, _ script: Script, _ trials: [Trial]) throws -> Behaviour {
    var behaviour = Behaviour()
    for trial in trials {
      // The interpreter makes room when a state is full; for the kernel netcap does it now and then.
      try run.store.sweep(now: trial.time)
      behaviour.events.append(try run.run(on: trial.input).emissions)
    }
    try behaviour.read(run.store, script, now: trials.last?.time ?? 0)
    return behaviour
  }

  static func ofInterpreter(_ script: Script, _ trials: [Trial]) throws -> Behaviour {
    let store = MemoryStore(script)
    let output = Emissions()
    let runtime = ScriptRuntime(script, store: store, output: output, points: [])
    var behaviour = Behaviour()
    for trial in trials {
      output.events = []
      try trial.replayed { try runtime.replay($0) }
      // Without fields there is nothing in an event, not even which of them are present.
      let hasFields = script.probes.contains { !$0.fields.isEmpty }
      behaviour.events.append(hasFields ? output.events : output.events.map { _ in [] })
    }
    try behaviour.read(store, script, now: trials.last?.time ?? 0)
    return behaviour
  }

  private mutating func read(_ store: any ScriptStore, _ script: Script, now: UInt64) throws {
    for (index, table) in script.tables.enumerated() {
      let rows = try store.rows(ofTable: index)
      tables.append(
        Dictionary(uniqueKeysWithValues: rows.map { ($0.key, $0.value.words(table.aggregation)) }))
      refused.append(try store.refused(table: index))
    }
    for (index, state) in script.states.enumerated() {
      var kept: [[UInt64]: [UInt64]] = [:]
      if let keys = script.tables.firstIndex(where: { $0.name == "keys_of_\(state.name)" }) {
        for key in tables[keys].keys {
          kept[key] = try store.value(ofState: index, key: key, now: now)
        }
      }
      states.append(kept)
      refused.append(try store.refused(state: index))
    }
  }
}

extension AggregateValue {
  /// Those parts that an aggregation has.
  fileprivate func words(_ aggregation: Aggregation) -> [UInt64] {
    let (sum, minimum, maximum) = (
      UInt64(bitPattern: sum), UInt64(bitPattern: minimum), UInt64(bitPattern: maximum)
    )
    return switch aggregation {
    case .count: [sum]
    case .average: [count, sum]
    case .minimum: [count, minimum]
    case .maximum: [count, maximum]
    case .stats: [count, sum, minimum, maximum]
    case .histogram, .linearHistogram, .quantiles: [count, sum] + buckets
    }
  }
}

/// Keeps what events carry.
private final class Emissions: ScriptOutput {
  var events: [[UInt64]] = []

  var wantsValues: Bool { false }
  var isRecording: Bool { true }
  func print(_ line: Line, of packet: ShownPacket?) {}
  func print(_ table: PrintedTable) {}
  func show(_ packet: ShownPacket) {}
  func save(_ packet: ShownPacket, to path: String) {}
  func run(_ command: [String]) {}
  func record(_ packet: ShownPacket) {
    let bytes = packet.event.fields
    events.append(
      (0..<bytes.count / 8).map {
        bytes.loadUnaligned(fromByteOffset: 8 * $0, as: UInt64.self)
      })
  }
}
