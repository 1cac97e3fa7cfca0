internal import Glibc
internal import Kernel
internal import Language
internal import Output
internal import Syntax
package import SystemPackage

/// `netcap skb`, from its command line to its end.
package final class SkbSession {
  private let request: SkbRequest
  private let output: Writer
  private let messages: Writer
  private let facts = KernelFacts()
  private let compilation = Compilation()

  /// - Parameters:
  ///   - standardOutput: packets go there, and nothing else.
  ///   - standardError: diagnostics, progress and the ledger.
  package init(
    _ request: SkbRequest, standardOutput: FileDescriptor, standardError: FileDescriptor
  ) {
    self.request = request
    output = Writer(standardOutput, name: "standard output")
    messages = Writer(standardError, name: "standard error")
  }

  /// Runs all stages, one after the other.
  ///
  /// - Throws: the first error; packets that had been seen by then have been delivered.
  package func run() throws(SessionError) {
    // 1. Declarations: nothing of the kernel is looked at.
    let (probe, flags) = try understand()
    // 2. The points in this kernel.
    let points = try resolve(probe)
    // 3. C for the mechanisms that come first; with --dry-run that is all.
    if request.isDryRun { return try printSources(points, probe) }
    // 4. May this user trace at all?
    if let problem = Attachment.missingPrivilege(facts) { throw .cannotRun([problem]) }
    // 5. Where packets go; files are opened before anything is attached.
    let sinks = try openSinks(flags)
    // 6. Signals, from here on, end the session in order.
    let stop = try installSignals()
    // 7. Objects are compiled, loaded and attached; nothing is traced yet.
    let tracer = try makeTracer(points, probe)
    let attachment = Attachment(
      facts: facts, probe: probe, compilation: compilation, isVerbose: request.isVerbose,
      stop: stop)
    guard let labels = try attachment.attach(points, to: tracer, notice: { say($0) }) else {
      return
    }
    // 8. All points begin together; the loop runs until it is told to end.
    let loop = TraceLoop(
      tracer: tracer, sinks: sinks, messages: messages, stop: stop, limit: UInt64(request.count))
    let failure = loop.run(labels) { [self] in say(ready(labels)) }
    // 9. What became of every packet.
    try report(loop, labels, failure)
  }

  private func understand() throws(SessionError) -> (Probe, DisplayFlags) {
    do throws(Diagnostic) {
      let flags = try request.displayFlags()
      guard let probe = try request.program().probes.first else {
        throw Diagnostic(.error, "there is nothing to trace")
      }
      return (probe, flags)
    } catch {
      // Which interfaces there are is this machine's matter, not the command line's.
      if error.place?.source.name == "-i" { throw .cannotRun([error]) }
      throw .usage(error)
    }
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
    for point in points { for note in point.notes { say(note) } }
    return points
  }

  private func printSources(_ points: [ResolvedPoint], _ probe: Probe) throws(SessionError) {
    var units: [String] = []
    for point in points {
      let unit = Compilation.unit(for: point, by: point.mechanisms[0], probe: probe)
      let source = Compilation.source(of: unit)
      if !units.contains(source) { units.append(source) }
    }
    for source in units { output.append(source) }
    try drain(output)
  }

  private func openSinks(_ flags: DisplayFlags) throws(SessionError) -> [any Sink] {
    do throws(OutputError) {
      var sinks: [any Sink] = []
      switch request.writeFile {
      case "-":
        sinks.append(
          PcapFile(
            standardOutput: output, application: Version.application, messages: messages))
      case let path?:
        sinks.append(
          try PcapFile(
            path: SourceText(name: "-w", text: path), application: Version.application,
            messages: messages, showsProgress: isatty(STDERR_FILENO) == 1))
      case nil: break
      }
      if request.isJSON {
        sinks.append(try JSONLines(flags: flags, writer: output, messages: messages))
      } else if request.writeFile == nil {
        sinks.append(try TcpdumpView(flags: flags, writer: output, messages: messages))
      }
      return sinks
    } catch {
      switch error {
      case .failed(let diagnostic): throw .cannotRun([diagnostic])
      case .closed: throw .cannotRun([])
      }
    }
  }

  private func installSignals() throws(SessionError) -> FileDescriptor {
    do {
      return try Signals.install()
    } catch {
      throw .cannotRun([Diagnostic(.error, "cannot handle signals: \(error)")])
    }
  }

  private func makeTracer(
    _ points: [ResolvedPoint], _ probe: Probe
  ) throws(SessionError) -> Tracer {
    var pages: Tracer.PageAddresses?
    do {
      let types = facts.types?.kernel
      let size = types?.find("page", [.structure]).first.flatMap { types?.size($0) }
      pages = try Tracer.PageAddresses.ofRunningKernel(pageSize: UInt64(size ?? 64))
    } catch {
      say(
        Diagnostic(
          .warning, "bytes in page fragments cannot be read: /proc/kcore: \(error)"))
    }
    do {
      return try Tracer(
        points: points.count,
        configuration: Tracer.Configuration(
          captureLength: probe.captureLength, interface: probe.interface,
          ringBytes: Self.ringBytes(captureLength: probe.captureLength), pages: pages))
    } catch {
      throw .cannotRun([
        Diagnostic(.error, "cannot set up tracing: \(error.step): \(error.reason)")
      ])
    }
  }

  /// 8 MiB, or room for some hundred packets of the largest size.
  private static func ringBytes(captureLength: Int) -> Int {
    var bytes = 8 << 20
    while bytes < captureLength * 512 { bytes *= 2 }
    return bytes
  }

  private func ready(_ labels: [PointLabel]) -> Diagnostic {
    let points = labels.map { "\($0.name) (\($0.mechanism))" }.joined(separator: ", ")
    return Diagnostic(.note, "tracing \(points); ^C ends it")
  }

  private func report(
    _ loop: TraceLoop, _ labels: [PointLabel], _ failure: SessionError?
  ) throws(SessionError) {
    let ledger = loop.ledger(labels, misses: facts.features)
    if request.isJSON {
      output.append(json: ledger)
    }
    if request.showsStatistics {
      for line in ledger.statistics() { messages.append(line + "\n") }
    } else if ledger.lost > 0 || !ledger.losses().isEmpty {
      for line in ledger.losses() { messages.append(line + "\n") }
    }
    try drain(messages)
    if failure == nil { try drain(output) }
    if let failure { throw failure }
  }

  private func say(_ diagnostic: Diagnostic) {
    messages.append(diagnostic.rendered() + "\n")
    // An error here has nowhere to be told.
    do { try messages.flush() } catch {}
  }

  /// Writes all that is queued; blocks.
  private func drain(_ writer: Writer) throws(SessionError) {
    do throws(OutputError) {
      var set = PollSet()
      while !writer.isEmpty {
        try writer.flush()
        set.removeAll()
        writer.addInterests(to: &set)
        if !writer.isEmpty { set.wait(until: nil) }
      }
    } catch {
      if case .failed(let diagnostic) = error { throw .cannotRun([diagnostic]) }
    }
  }
}
