internal import Glibc
internal import Kernel
internal import Language
internal import Output
internal import Syntax
package import SystemPackage

/// `netcap skb`, from its command line to its end.
package final class SkbSession {
  private let request: SkbRequest
  private let streams: Streams
  private let facts = KernelFacts()
  private let compilation = Compilation()

  /// - Parameters:
  ///   - standardOutput: packets go there, and nothing else.
  ///   - standardError: diagnostics, progress and the ledger.
  package init(
    _ request: SkbRequest, standardOutput: FileDescriptor, standardError: FileDescriptor
  ) {
    self.request = request
    streams = Streams(standardOutput: standardOutput, standardError: standardError)
  }

  /// Runs all stages, one after the other.
  ///
  /// - Throws: the first error; packets that had been seen by then have been delivered.
  package func run() throws(SessionError) {
    // 1. Declarations: nothing of the kernel is looked at.
    let (probe, flags, extras) = try understand()
    if request.isScript {
      streams.output.append(try SkbScript(request, probe, extras).text())
      return try streams.drain(streams.output)
    }
    // 2. The points in this kernel.
    let points = try resolve(probe)
    if extras.needScript { return try runScript(probe, extras) }
    // 3. C for the mechanisms that come first; with --dry-run that is all.
    if request.isDryRun { return try printSources(points, probe) }
    // 4. May this user trace at all?
    if let problem = Attachment.missingPrivilege(facts) { throw .cannotRun([problem]) }
    // 5. Where packets go; files are opened before anything is attached.
    let sinks = try openSinks(flags, extras.rotation)
    // 6. Signals, from here on, end the session in order.
    let stop = try TracerSetup.installSignals()
    // 7. Objects are compiled, loaded and attached; nothing is traced yet.
    let tracer = try TracerSetup(facts: facts, streams: streams).tracer(
      points: points.count, captureLength: probe.captureLength, interface: probe.interface)
    let attachment = Attachment(
      facts: facts, probe: probe, compilation: compilation, isVerbose: request.isVerbose,
      stop: stop)
    guard let labels = try attachment.attach(points, to: tracer, notice: { streams.say($0) }) else {
      return
    }
    // 8. All points begin together; the loop runs until it is told to end.
    let functions = points.enumerated().filter { $0.element.category == nil }
    let watch = HeaderWatch(
      tracer, points: functions.map { ($0.offset, $0.element.displayName) }, remedy: "--fake-hdr",
      say: { [self] in streams.say($0) })
    let loop = TraceLoop(
      tracer: tracer, sinks: sinks, messages: streams.messages, stop: stop,
      limit: UInt64(request.count), watch: watch)
    let failure = loop.run(labels) { [self] in streams.say(TracerSetup.ready(labels)) }
    // 9. What became of every packet.
    try streams.report(
      loop.ledger(labels, misses: facts.features), asJSON: request.isJSON,
      inFull: request.showsStatistics, failure)
  }

  /// What only scripts can say is done by the stages of scripts.
  private func runScript(_ probe: Probe, _ extras: SkbExtras) throws(SessionError) {
    let script = request.script(try SkbScript(request, probe, extras).text())
    _ = try ScriptSession(script, streams: streams, facts: facts).run()
  }

  private func understand() throws(SessionError) -> (Probe, DisplayFlags, SkbExtras) {
    do throws(Diagnostic) {
      let flags = try request.displayFlags()
      guard let probe = try request.program().probes.first else {
        throw Diagnostic(.error, "there is nothing to trace")
      }
      return (probe, flags, try SkbExtras(request, points: probe.points))
    } catch {
      throw Self.isOfTheWorld(error) ? .cannotRun([error]) : .usage(error)
    }
  }

  /// Which interfaces and files there are is this machine's matter, not the command line's.
  static func isOfTheWorld(_ problem: Diagnostic) -> Bool {
    ["-i", "--user-filter", "--user-action"].contains(problem.place?.source.name ?? "")
  }

  private func resolve(_ probe: Probe) throws(SessionError) -> [ResolvedPoint] {
    var points: [ResolvedPoint] = []
    for point in probe.points {
      do throws(Diagnostic) {
        points.append(try facts.resolve(point))
      } catch {
        throw .cannotRun([error])
      }
    }
    for point in points { for note in point.notes { streams.say(note) } }
    return points
  }

  private func printSources(_ points: [ResolvedPoint], _ probe: Probe) throws(SessionError) {
    var units: [String] = []
    for point in points {
      let unit = Compilation.units(
        for: point, by: point.mechanisms[0], probe: probe, in: facts)[0]
      let source = Compilation.source(of: unit)
      if !units.contains(source) { units.append(source) }
    }
    for source in units { streams.output.append(source) }
    try streams.drain(streams.output)
  }

  private func openSinks(
    _ flags: DisplayFlags, _ rotation: Rotation
  ) throws(SessionError) -> [any Sink] {
    do throws(OutputError) {
      var sinks: [any Sink] = []
      if let path = request.writeFile {
        sinks.append(
          try streams.packetFile(
            path, rotation, showsProgress: isatty(STDERR_FILENO) == 1))
      }
      if request.isJSON {
        sinks.append(
          try JSONLines(flags: flags, writer: streams.output, messages: streams.messages))
      } else if request.writeFile == nil {
        sinks.append(
          try TcpdumpView(flags: flags, writer: streams.output, messages: streams.messages))
      }
      return sinks
    } catch {
      throw SessionError(error)
    }
  }
}
