internal import Glibc
internal import Kernel
internal import Language
internal import Lowering
internal import Output
internal import Runtime
internal import Syntax
package import SystemPackage

/// A script on this kernel, or on a recording, from its command line to its end.
package final class ScriptSession {
  private let request: ScriptRequest
  private let streams: Streams
  private let facts: KernelFacts
  /// The traced process, where it is known already.
  private let process: TracedProcess?

  package init(
    _ request: ScriptRequest, standardOutput: FileDescriptor, standardError: FileDescriptor
  ) {
    self.request = request
    streams = Streams(standardOutput: standardOutput, standardError: standardError)
    facts = KernelFacts()
    process = nil
  }

  /// For a session that has begun.
  init(
    _ request: ScriptRequest, streams: Streams, facts: KernelFacts, process: TracedProcess? = nil
  ) {
    self.request = request
    self.streams = streams
    self.facts = facts
    self.process = process
  }

  /// Runs all stages, one after the other.
  ///
  /// - Returns: the exit status that the script asked for, else 0.
  /// - Throws: the first error; what the script said by then has been delivered.
  package func run() throws(SessionError) -> Int32 {
    // 1. What the command line says by itself.
    let flags = try request.displayFlags()
    let limit = try request.limit()
    let rotation = try request.fileRotation()
    let duration = try request.timeLimit()
    if let file = request.readFile { return try replay(file, flags, limit, duration, rotation) }
    if request.skipsC {
      throw .usage(
        Diagnostic(
          .error, "--skip-c is about recordings, and there is none",
          hints: ["-r FILE names one; in the kernel C is run"]))
    }
    // 2. The script, checked against this kernel.
    let types = ObservedTypes(facts.scriptTypes)
    var script = try request.load(types: types) { streams.say($0) }
    let isAlone = try hasOneOutput(script)
    // A recording holds what the script read, so that the script can be run on it.
    if request.writeFile?.isPcapngName == true { script = script.recordingKernelValues() }
    // Without probes and timers nothing happens behind `begin`.
    let waits = !script.probes.isEmpty || script.handlers.contains { $0.trigger.isTimer }
    guard waits || script.handlers.contains(where: { $0.trigger == .begin }) else {
      throw .cannotRun([Diagnostic(.error, "the script has no probe")])
    }
    let process = try processToTrace()
    MbufOffsets.resolve(&script, given: try request.mbufLayout()) { [self] in
      if request.isVerbose { streams.say($0) }
    }
    // 3. C for the mechanisms that come first; with --dry-run that is all.
    let compilation = ScriptCompilation(script, facts: facts)
    if request.isDryRun {
      for source in try compilation.sources() { streams.output.append(source) }
      try streams.drain(streams.output)
      return 0
    }
    try compilation.checkBlocks()
    // 4. May this user trace at all?
    if let problem = Attachment.missingPrivilege(facts) { throw .cannotRun([problem]) }
    // 5. Where packets go; files are opened before anything is attached.
    let view = ScriptView(
      request.isJSON ? .json : .text, flags: flags, writer: streams.output,
      messages: streams.messages, application: Version.application,
      recorder: try streams.recorder(
        request.writeFile, rotation, types: types.recorded,
        isAlone: isAlone), allowsRun: request.allowsRun)
    // 6. Signals, from here on, end the session in order.
    let stop = try TracerSetup.installSignals()
    // 7. Objects are compiled, loaded and attached; nothing is traced yet.
    let store = try compilation.store()
    let tracer = try TracerSetup(facts: facts, streams: streams).tracer(
      points: compilation.points.count, captureLength: compilation.captureLength, script: store,
      process: request.process)
    let labels = try compilation.attach(
      to: tracer, notice: { [self] in if request.isVerbose { streams.say($0) } },
      warn: { [self] in streams.say($0) })
    // 8. All points begin together; the loop runs until it is told to end.
    let runtime = ScriptRuntime(
      script, store: MergedStore(script, kernel: store), output: view,
      points: compilation.runtimePoints,
      environment: environment(tracer), limit: limit, clockOffset: { tracer.ring.clockOffset })
    let watch = HeaderWatch(
      tracer, points: compilation.functions, remedy: request.isMade ? "--fake-hdr" : "'rebuild'",
      say: { [self] in streams.say($0) })
    let sink = ScriptSink(runtime: runtime, view: view, watch: request.isMade ? watch : nil) {
      now throws(StoreError) in
      try store.sweep(now: now)
    }
    let loop = TraceLoop(
      tracer: tracer, sinks: [sink], messages: streams.messages, stop: stop, limit: 0,
      duration: duration, watch: watch, ending: process?.end,
      isOver: { sink.isOver || !waits || runtime.isLimitReached })
    let failure = loop.run(labels) { [self] in
      if waits { streams.say(TracerSetup.ready(labels)) }
    }
    if loop.hasEnded, let process {
      streams.say(
        Diagnostic(.note, "process \(process.number) (\(process.name.terminalSafe)) has ended"))
    }
    // 9. What became of every packet.
    try report(script, loop, labels, runtime, view, tracer, failure)
    return runtime.exitStatus ?? 0
  }

  private func processToTrace() throws(SessionError) -> TracedProcess? {
    if let process { return process }
    guard let number = request.process else { return nil }
    return try TracedProcess.find(number)
  }

  private func report(
    _ script: Script, _ loop: TraceLoop, _ labels: [PointLabel], _ runtime: ScriptRuntime,
    _ view: ScriptView,
    _ tracer: Tracer, _ failure: SessionError?
  ) throws(SessionError) {
    do {
      for line in try runtime.losses() + view.losses { streams.say(Diagnostic(.warning, line)) }
    } catch {
      streams.say(Diagnostic(.warning, "losses are not known: \(error)"))
    }
    var ledger = loop.ledger(labels, misses: facts.features)
    ledger.paths = zip(script.paths, runtime.journeys).map { path, counters in
      Ledger.PathRow(name: path.name, counters: counters)
    }
    if ScriptUse(script).context.contains(.stack), let stacks = tracer.stacks {
      do {
        let lost = try stacks.lost()
        ledger.stackLosses = Ledger.StackLosses(
          collisions: lost.collisions, unreadable: lost.unreadable)
      } catch {
        streams.say(Diagnostic(.warning, "stacks that were lost are not known: \(error)"))
      }
    }
    try streams.report(
      ledger, asJSON: request.isJSON, inFull: request.showsStatistics, failure)
  }

  /// Whether nothing but `-w` has output.
  ///
  /// - Throws: that two things would go to standard output.
  private func hasOneOutput(_ script: Script) throws(SessionError) -> Bool {
    let other =
      request.isJSON ? "--json" : ScriptUse(script).saysAnything ? "what the script says" : nil
    if let other, request.writeFile == "-" {
      throw .usage(
        Diagnostic(
          .error, "-w - and \(other): both would go to standard output",
          hints: ["name a file: -w trace.pcapng"]))
    }
    return other == nil
  }

  private func environment(_ tracer: Tracer) -> PrintingEnvironment {
    .live(tracer.stacks, usesColour: !request.isJSON && streams.wantsColour)
  }

  // MARK: Recordings

  /// - Throws: that an option is about processes, which a recording has none of.
  private func refuseOptionsOfProcesses() throws(SessionError) {
    let given = [(request.process != nil, "-p"), (request.mbufOffsets != nil, "--mbuf-offsets")]
    guard let name = given.first(where: { $0.0 })?.1 else { return }
    throw .usage(
      Diagnostic(
        .error, "\(name) is about a process, and there is none in a recording",
        hints: ["leave out \(name), or -r"]))
  }

  private func replay(
    _ file: String, _ flags: DisplayFlags, _ limit: UInt64, _ duration: Duration?,
    _ rotation: Rotation
  ) throws(SessionError) -> Int32 {
    try refuseOptionsOfProcesses()
    if request.isDryRun {
      throw .usage(
        Diagnostic(
          .error, "--dry-run prints what would be loaded, and -r loads nothing",
          hints: ["leave one of them out"]))
    }
    var replay = ReplayRequest(path: SourceText(name: "-r", text: file), flags: flags)
    let (script, types) = try scriptForRecording(replay.file)
    _ = try hasOneOutput(script)
    if !request.skipsC { try script.refuseC() }
    replay.types = types.recorded
    replay.count = limit
    replay.duration = duration
    replay.showsStatistics = request.showsStatistics
    replay.isJSON = request.isJSON
    replay.writeFile = request.writeFile
    replay.rotation = rotation
    replay.allowsRun = request.allowsRun
    return try ReplaySession(
      script, replay, streams: streams, stop: try TracerSetup.installSignals()
    ).run()
  }

  /// A recording of netcap's has the names and types that it was made with. Any other may come from
  /// another kernel: names that this one does not have are no mistakes.
  private func scriptForRecording(
    _ file: FilePath
  ) throws(SessionError) -> (Script, ObservedTypes) {
    func load(_ types: any KernelTypes) throws(SessionError) -> (Script, ObservedTypes) {
      let types = ObservedTypes(types)
      return (try request.load(types: types) { streams.say($0) }, types)
    }
    let types = facts.scriptTypes
    return try scriptTypes(forRecording: file, ofKernel: types, load)
  }
}
