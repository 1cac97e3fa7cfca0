package import Language
package import Runtime

/// What became of every packet: counted in the kernel at each point, then in netcap.
package struct Ledger: Sendable, Equatable {
  package struct Row: Sendable, Equatable {
    package var point: PointLabel
    package var counters: PointCounters

    package init(point: PointLabel, counters: PointCounters) {
      self.point = point
      self.counters = counters
    }
  }

  package var rows: [Row]
  /// Events that the session took from the ring buffer.
  package var received: UInt64
  package var sinks: [SinkTally]
  /// The session ended because it had as many packets as were asked for.
  package var isLimitReached: Bool
  /// What became of the journeys of a script's paths.
  package var paths: [PathRow] = []
  /// Call chains that were not kept; nil where none were asked for.
  package var stackLosses: StackLosses?

  package struct PathRow: Sendable, Equatable {
    package var name: String
    package var counters: PathCounters

    package init(name: String, counters: PathCounters) {
      self.name = name
      self.counters = counters
    }
  }

  package struct StackLosses: Sendable, Equatable {
    /// Another chain has their number.
    package var collisions: UInt64
    /// There was none, or it could not be read.
    package var unreadable: UInt64

    package init(collisions: UInt64, unreadable: UInt64) {
      self.collisions = collisions
      self.unreadable = unreadable
    }
  }

  package init(
    rows: [Row], received: UInt64, sinks: [SinkTally], isLimitReached: Bool = false
  ) {
    self.rows = rows
    self.received = received
    self.sinks = sinks
    self.isLimitReached = isLimitReached
  }

  /// Packets that matched, or might have, and did not get to where they should.
  package var lost: UInt64 {
    rows.reduce(0) { $0 + $1.counters.lost } + sinks.reduce(0) { $0 + $1.lost } + leftBehind
  }

  /// Events that were in the ring buffer when the session ended, and were wanted.
  private var leftBehind: UInt64 {
    if isLimitReached { return 0 }
    let emitted = rows.reduce(0) { $0 + $1.counters.emitted }
    return emitted > received ? emitted - received : 0
  }

  /// One line for each kind of loss at each point; none if nothing was lost.
  ///
  /// Packets without an interface are among them where one was asked for: they may be what the user
  /// is waiting for.
  package func losses() -> [String] {
    var lines: [String] = []
    for row in rows {
      let name = row.point.name
      let counters = row.counters
      if counters.ringFull > 0 {
        lines.append("\(name): \(packets(counters.ringFull)) lost: the ring buffer was full")
      }
      if let missed = counters.missed, missed > 0 {
        lines.append("\(name): \(packets(missed)) missed: the kernel did not run the probe")
      }
      if counters.unreadable > 0 {
        lines.append(
          "\(name): \(packets(counters.unreadable)) not judged: "
            + "bytes that the filter looks at could not be read")
      }
      if counters.noInterface > 0 {
        lines.append(
          "\(name): \(packets(counters.noInterface)) not matched by -i: "
            + "no interface is set there")
      }
    }
    lines += paths.filter { !isComplete($0) }.map(\.line)
    if let stackLosses { lines += stackLosses.lines }
    if leftBehind > 0 { lines.append("\(packets(leftBehind)) left in the ring buffer at the end") }
    for sink in sinks where sink.lost > 0 {
      lines.append("\(packets(sink.lost)) received but not \(sink.verb)")
    }
    return lines
  }

  /// All counters as a table, the totals, and the losses.
  package func statistics() -> [String] {
    var table = [
      [
        "point", "by", "hits", "emitted", "filtered", "other if", "no if", "no packet",
        "ring full", "unreadable", "missed",
      ]
    ]
    for row in rows {
      table.append([row.point.name, row.point.mechanism] + row.counters.columns)
    }
    if rows.count > 1 {
      var total = PointCounters(missed: 0)
      for row in rows { total.add(row.counters) }
      table.append(["total", ""] + total.columns)
    }
    var lines = Columns.lines(table, textColumns: 2)
    if rows.contains(where: { $0.counters.missed == nil }) {
      lines.append("missed: - is not counted by this kernel for this kind of probe")
    }
    let parts =
      ["\(received) received"]
      + sinks.flatMap { sink in
        ["\(sink.delivered) \(sink.verb)"]
          + (sink.discarded > 0 ? ["\(sink.discarded) rotated out"] : [])
      }
    lines.append("packets: " + parts.joined(separator: ", "))
    return lines + paths.filter { isComplete($0) }.map(\.line) + losses()
  }

  /// Every journey came to all of its points, in time. Those that were under way when there were as many
  /// as had been asked for were not.
  private func isComplete(_ path: PathRow) -> Bool {
    let counters = path.counters
    return counters.timedOut + counters.replaced + counters.late + counters.unknown == 0
      && (counters.cut == 0 || isLimitReached)
  }
}

extension Ledger.PathRow {
  /// `path rx: 12 complete, 2 timed out`; what was refused the runtime says.
  fileprivate var line: String {
    let parts = [
      (counters.timedOut, "timed out"), (counters.replaced, "cut off as their packet began again"),
      (counters.cut, "under way at the end"), (counters.late, "hops late"),
      (counters.repeated, "hops repeated"), (counters.unknown, "packets without content"),
    ]
    return "path \(name): \(counters.complete) complete"
      + parts.filter { $0.0 > 0 }.map { ", \($0.0) \($0.1)" }.joined()
  }
}

extension Ledger.StackLosses {
  fileprivate var lines: [String] {
    var lines: [String] = []
    if collisions > 0 {
      lines.append("\(stacks(collisions)) not kept: others have their numbers")
    }
    if unreadable > 0 { lines.append("\(stacks(unreadable)) could not be read") }
    return lines
  }
}

private func stacks(_ count: UInt64) -> String { count == 1 ? "1 stack" : "\(count) stacks" }

extension SinkTally {
  /// Consumed, but not delivered.
  package var lost: UInt64 {
    consumed > delivered + discarded ? consumed - delivered - discarded : 0
  }
}

extension PointCounters {
  fileprivate var lost: UInt64 { ringFull + unreadable + (missed ?? 0) }

  fileprivate var columns: [String] {
    [hits, emitted, filtered, otherInterface, noInterface, noPacket, ringFull, unreadable]
      .map { String($0) } + [missed.map { String($0) } ?? "-"]
  }
}

private func packets(_ count: UInt64) -> String { count == 1 ? "1 packet" : "\(count) packets" }
