internal import Kernel
internal import Language
internal import Lowering
internal import Output
internal import Runtime
internal import Syntax

/// What is to be known of a session that runs.
extension LiveSession {
  /// One line for each probe and path, in the order of their declarations.
  package func probeLines() throws(SessionError) -> [String] {
    var table = [["probe", "where", "hits", "emitted", "lost"]]
    for name in text.probeNames {
      guard case .kernel(let run) = run else {
        table.append([name, detached.contains(name) ? "left out" : "on the recording", "", "", ""])
        continue
      }
      let probes = run.probes(named: name)
      if probes.isEmpty {
        table.append([name, detached.contains(name) ? "detached" : "nowhere", "", "", ""])
        continue
      }
      let sum = try counters(of: probes)
      let how = probes.map(\.how).joined(separator: " -> ")
      table.append([name, how, "\(sum.hits)", "\(sum.eventsSent)", "\(lost(sum))"])
    }
    if table.count == 1 {
      return ["no probes: probe icmp_rcv { filter \"icmp\" } attaches one; :help tells more"]
    }
    return Columns.lines(table, textColumns: 2)
  }

  private func lost(_ counters: PointCounters) -> UInt64 {
    counters.eventsLost + counters.unreadable + (counters.missed ?? 0)
  }

  private func counters(of probes: [LiveProbe]) throws(SessionError) -> PointCounters {
    var sum = PointCounters(missed: 0)
    do throws(LoadFailure) {
      for probe in probes { sum.add(try probe.counters()) }
    } catch {
      throw .cannotRun([Diagnostic(.error, "counters cannot be read: \(error.reason)")])
    }
    return sum
  }

  /// `:why`: what became of the packets at a probe or path, and what it costs.
  package func why(_ name: String) throws(SessionError) -> [String] {
    guard case .kernel(let run) = run else {
      throw .usage(
        Diagnostic(
          .error, "on a recording nothing is attached",
          hints: ["netcap -s FILE -r FILE --stats counts packets"]))
    }
    let probes = run.probes(named: name)
    if probes.isEmpty {
      return [
        "\(name): \(detached.contains(name) ? "detached; :attach \(name) puts it back" : "nowhere: this kernel has none of its points")"
      ]
    }
    let isFirst = try run.countRunTimes()
    var lines: [String] = []
    for probe in probes {
      let c = try counters(of: [probe])
      let places = probe.labels.count == 1 ? probe.labels[0].name : "\(probe.labels.count) points"
      lines.append("\(name): at \(places), by \(probe.how)")
      func line(_ label: String, _ count: UInt64?, _ meaning: String) {
        let number = count.map { "\($0)" } ?? "-"
        lines.append("  \(Columns.padded(label, 12))\(Columns.padded(number, -12))  \(meaning)")
      }
      line("hit", c.hits, "times that the kernel came by")
      line("filtered", c.filtered, "packets that a filter or where said no to")
      if c.noPacket > 0 { line("no packet", c.noPacket, "no skb, or no headers in it yet") }
      if c.unreadable > 0 {
        line("unreadable", c.unreadable, "bytes that a filter looks at could not be read")
      }
      line("handled", c.handled, "runs of the body that sent nothing")
      line("emitted", c.eventsSent, "events that were sent")
      line("ring full", c.eventsLost, "events lost: the ring buffer was full")
      line("missed", c.missed, "hits that the kernel did not run the program for")
      let cost = probe.tracer.nanosecondsPerHit().map { String(Int($0.rounded())) }
      lines.append(
        "  \(Columns.padded("ns a hit", 12))\(Columns.padded(cost ?? "-", -12))  "
          + (isFirst
            ? "counted from now on: ask again"
            : cost == nil
              ? "no hit since it was first asked for" : "since it was first asked for"))
      lines.append(
        "  \(Columns.padded("program", 12))\(Columns.padded("\(probe.tracer.instructionCount)", -12))  instructions; "
          + "attached in \(Int64(probe.duration / .milliseconds(1))) ms")
    }
    return lines
  }

  /// `:tables`: a line for each table and state.
  package func tableLines() throws(SessionError) -> [String] {
    var table = [["table", "keeps", "rows", "refused"]]
    for definition in script.tables {
      let keys = definition.keyNames.joined(separator: ", ")
      let count: (rows: Int, refused: UInt64)?
      switch run {
      case .kernel(let run): count = try run.rows(ofTable: definition.name)
      case .recording(let run): count = run.rows(ofTable: definition.name)
      }
      table.append([
        definition.name + (keys.isEmpty ? "" : "[\(keys)]"), definition.aggregation.scriptName,
        count.map { "\($0.rows)" } ?? "-", count.map { "\($0.refused)" } ?? "-",
      ])
    }
    for definition in script.states {
      let members = definition.members.map(\.name).filter { !$0.isEmpty }
      table.append([
        definition.name, "state" + (members.isEmpty ? "" : " (\(members.joined(separator: ", ")))"),
        "", "",
      ])
    }
    if table.count == 1 { return ["no tables: table sizes[src]: count declares one"] }
    return Columns.lines(table, textColumns: 2)
  }

  /// Names of tables and states.
  package var storeNames: [String] { script.tables.map(\.name) + script.states.map(\.name) }

  /// `:c`: the C that a probe or path becomes, one text for each kind of point.
  package func sources(of name: String) throws(SessionError) -> [String] {
    var texts: [String] = []
    for (index, probe) in script.probes.enumerated() where script.ownName(of: probe) == name {
      for text in try ScriptCompilation(script, facts: facts, only: index).sources()
      where !texts.contains(text) {
        texts.append(text)
      }
    }
    return texts
  }

  /// How many events of a probe there were since it was attached, or how many journeys of a path ended.
  package func eventCount(of name: String) throws(SessionError) -> UInt64? {
    guard case .kernel(let run) = run else { return nil }
    if let path = script.paths.firstIndex(where: { $0.name == name }) {
      let counters = run.runtime.journeys[path]
      return counters.complete + counters.incomplete
    }
    return try counters(of: run.probes(named: name)).eventsSent
  }
}
