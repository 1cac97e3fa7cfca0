import Foundation
import Packets
import Processes
import SystemPackage

/// A session of netcap: started, ready, ended.
struct Netcap {
  /// Generous: an emulated machine may be busy.
  static let readyTime = Duration.seconds(120)
  static let endTime = Duration.seconds(60)

  /// What NETCAP_BINARY names, or the one that was built together with these tests.
  static let binary =
    ProcessInfo.processInfo.environment["NETCAP_BINARY"]
    ?? URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    .deletingLastPathComponent().appendingPathComponent("netcap").path

  let process: Running

  /// Starts `netcap` and does not wait.
  init(
    starting arguments: [String], in namespace: Namespace? = nil,
    environment: [String: String] = [:], standardOutput: FileDescriptor? = nil,
    executable: String = binary, identity: Child.Identity = .inherited
  ) throws {
    process = try Running(
      executable, arguments, in: namespace, environment: environment,
      standardOutput: standardOutput, identity: identity)
  }

  /// Starts `netcap skb` and waits until it traces.
  init(
    skb arguments: String..., in namespace: Namespace? = nil, environment: [String: String] = [:],
    standardOutput: FileDescriptor? = nil
  ) throws {
    try self.init(
      starting: ["skb"] + arguments, in: namespace, environment: environment,
      standardOutput: standardOutput)
    try process.waitForErrors(containing: "; ^C ends it", within: Netcap.readyTime)
  }

  /// Waits for an end of its own accord.
  func wait(within limit: Duration = Netcap.endTime) throws -> Outcome {
    let status = try process.wait(within: limit)
    return Outcome(status: status, output: try process.output, errors: try process.errors)
  }

  /// Lets packets that are under way arrive, and ends the session by a signal.
  func end(by signal: Int32 = SIGINT) throws -> Outcome {
    usleep(300_000)
    process.signal(signal)
    return try wait()
  }

  /// Runs `netcap` to its end.
  static func run(_ arguments: String..., in namespace: Namespace? = nil) throws -> Outcome {
    try Netcap(starting: arguments, in: namespace).wait()
  }

  /// Runs `netcap` as nobody, to its end, once with each list of arguments. A copy, because nobody
  /// may not get at where it was built.
  static func runUnprivileged(_ commands: [String]...) throws -> [Outcome] {
    let folder = try Scratch()
    let copy = folder.file("netcap")
    try FileManager.default.copyItem(atPath: binary, toPath: copy)
    chmod(folder.path, 0o755)
    return try commands.map {
      try Netcap(
        starting: $0, environment: ["HOME": "/tmp"], executable: copy, identity: .unprivileged
      ).wait()
    }
  }

  struct Outcome {
    let status: Int32
    let output: [UInt8]
    let errors: String

    var text: String { String(decoding: output, as: UTF8.self) }
    var lines: [Substring] { text.split(separator: "\n") }

    private func objects<T: Decodable>(_ type: String) throws -> [T] {
      try lines.filter { $0.hasPrefix("{\"type\":\"\(type)\"") }.map {
        try JSONDecoder().decode(T.self, from: Data($0.utf8))
      }
    }

    /// Of `--json`.
    var packets: [JSONPacket] { get throws { try objects("packet") } }

    /// Of `--json`, or the table that `--stats` prints.
    var ledger: JSONLedger {
      get throws {
        let ledgers: [JSONLedger] = try objects("ledger")
        if let ledger = ledgers.first { return ledger }
        return try JSONLedger(table: errors)
      }
    }
  }
}

struct JSONPacket: Decodable {
  let point: String
  let comm: String
  let dev: String?
  let netns: UInt32
  let link: String
  let len: Int
  let caplen: Int
  let unreadable: Bool?
  let time_ns: UInt64
  let bytes: String
  let text: String

  var content: [UInt8] {
    let digits = Array(bytes.utf8)
    return stride(from: 0, to: digits.count, by: 2).map {
      UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16)!
    }
  }
}

/// What became of the packets, as netcap says.
struct JSONLedger: Decodable {
  struct Row: Decodable {
    let point: String
    let mechanism: String
    let hits, emitted, filtered, other_interface, no_interface, no_packet, ring_full: UInt64
    let unreadable: UInt64
    let missed: UInt64?

    /// All that can become of a hit.
    var outcomes: UInt64 {
      emitted + filtered + other_interface + no_interface + no_packet + ring_full + unreadable
    }
  }

  struct Sink: Decodable {
    let verb: String
    let consumed, delivered: UInt64
  }

  let points: [Row]
  let received, lost: UInt64
  let sinks: [Sink]

  /// Nothing is unaccounted for.
  var isBalanced: Bool {
    points.allSatisfy { $0.hits == $0.outcomes }
      && sinks.allSatisfy { $0.consumed == received && $0.delivered == received }
  }

  subscript(point: String) -> Row? { points.first { $0.point == point } }

  /// From the table of `--stats`, which has one row here.
  init(table: String) throws {
    let lines = table.split(separator: "\n")
    guard let head = lines.firstIndex(where: { $0.hasPrefix("point ") }),
      let packets = lines.first(where: { $0.hasPrefix("packets: ") })
    else { throw Failed("no table of what became of the packets: \(table)") }
    let cells = lines[head + 1].split(separator: " ").map(String.init)
    guard cells.count == 11 else { throw Failed("not a row of 11 columns: \(cells)") }
    let numbers = cells[2...].map { UInt64($0) }
    points = [
      Row(
        point: cells[0], mechanism: cells[1], hits: numbers[0]!, emitted: numbers[1]!,
        filtered: numbers[2]!, other_interface: numbers[3]!, no_interface: numbers[4]!,
        no_packet: numbers[5]!, ring_full: numbers[6]!, unreadable: numbers[7]!,
        missed: numbers[8])
    ]
    // packets: 4 received, 4 written
    let words = packets.split(whereSeparator: { $0 == " " || $0 == "," }).map(String.init)
    received = UInt64(words[1])!
    sinks = stride(from: 3, to: words.count, by: 2).map {
      Sink(verb: words[$0 + 1], consumed: UInt64(words[1])!, delivered: UInt64(words[$0])!)
    }
    lost = 0
  }
}

/// A packet of a capture file.
struct FilePacket {
  let point: String?
  let time: UInt64?
  let originalLength: Int
  let bytes: [UInt8]
  let comments: [String]
}

func packets(in reader: consuming CaptureReader) throws -> [FilePacket] {
  var packets: [FilePacket] = []
  while try reader.advance() {
    let names = reader.interfaces.map(\.name)
    reader.withPacket { packet in
      packets.append(
        FilePacket(
          point: names[packet.interface], time: packet.timeNanoseconds,
          originalLength: packet.originalLength, bytes: [UInt8](packet.bytes),
          comments: packet.comments))
    }
  }
  return packets
}
