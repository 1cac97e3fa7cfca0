internal import Glibc
internal import Kernel
internal import Language
internal import Output
internal import Runtime
internal import Syntax
internal import SystemPackage

/// What a live session has in the kernel: its probes, one object each or more, on one ring buffer.
///
/// A change is planned first: what is new is compiled, verified and attached, but switched off. Then it
/// is carried out, which does not fail: switches are turned, and what is gone is taken away beside. What
/// the change does not concern stays as it is.
final class KernelRun {
  struct Settings {
    var flags: DisplayFlags
    var allowsRun = false
    var process: Int32?
    var mbufLayout: ScriptPoint.MbufLayout?
  }

  private let facts: KernelFacts
  private let streams: Streams
  private let settings: Settings
  private let pages: Tracer.PageAddresses?
  private let ring: EventRing
  private let stacks: StackMap
  /// Takes away what is gone.
  private let remover: Worker
  let view: ScriptView
  let held: HeldOutput

  private(set) var script: Script
  private(set) var probes: [LiveProbe] = []
  private var kernelStore: KernelStore
  private var store: MergedStore
  private(set) var runtime: ScriptRuntime
  private var sink: ScriptSink
  /// Of every point that there ever was, by number.
  private var labels: [PointLabel] = []
  /// What is being taken away; its last events may still be in the ring.
  private var leaving: [Leaving] = []
  /// What became of the packets of probes that are gone.
  private var gone: [Ledger.Row] = []
  private var received: UInt64 = 0
  private var statistics: RunTimeStatistics?
  private var nextLook = ContinuousClock.now
  private let environment: PrintingEnvironment

  /// Events of probes that are gone may still come.
  var isLeaving: Bool { !leaving.isEmpty }

  private struct Leaving {
    let probes: [LiveProbe]
    /// None has taken their place: what they have seen is not shown any more.
    let isDetached: Bool
    /// What handles their events.
    let sink: ScriptSink
    let job: Job<Void>
    /// How far the ring has to be read, once they are gone.
    var end: UInt64?
  }

  /// Holds what any probe may keep of a packet.
  private static let captureLength = 65535
  private static let ringBytes = 32 << 20
  /// Events that are handed out before anything else gets its turn.
  private static let batch: UInt64 = 512
  /// The ring is looked into at least so often: the kernel wakes the reader for many events only.
  private static let drainInterval = Duration.milliseconds(20)
  private static let lookInterval = Duration.seconds(1)
  /// How long delivering what is queued may take at the end.
  private static let finishTime = Duration.seconds(10)

  init(facts: KernelFacts, streams: Streams, settings: Settings) throws(SessionError) {
    self.facts = facts
    self.streams = streams
    self.settings = settings
    if let problem = Attachment.missingPrivilege(facts) { throw .cannotRun([problem]) }
    pages = TracerSetup(facts: facts, streams: streams).pages()
    do throws(LoadFailure) {
      ring = try EventRing(bytes: Self.ringBytes, captureLength: Self.captureLength)
      stacks = try StackMap()
    } catch {
      throw TracerSetup.cannotSetUp(error)
    }
    do throws(Errno) { remover = try Worker() } catch {
      throw .cannotRun([Diagnostic(.error, "cannot start a thread: \(error)")])
    }
    view = ScriptView(
      .text, flags: settings.flags, writer: streams.output, messages: streams.messages,
      application: Version.application, allowsRun: settings.allowsRun)
    held = HeldOutput(view)
    environment = .live(stacks, usesColour: streams.wantsColour)
    script = Script(source: SourceText(name: "session", text: ""))
    kernelStore = try ScriptCompilation(script, facts: facts).store()
    store = MergedStore(script, kernel: kernelStore)
    let ring = ring
    runtime = ScriptRuntime(
      script, store: store, output: held, points: [], environment: environment,
      clockOffset: { ring.clockOffset })
    sink = ScriptSink(runtime: runtime, view: view, watch: nil) { _ throws(StoreError) in }
    do throws(OutputError) { try sink.begin(points: []) } catch { throw SessionError(error) }
  }

  // MARK: Changes

  /// What a script needs, ready to be switched on.
  struct Plan {
    fileprivate let script: Script
    fileprivate let store: KernelStore
    /// In the order of the script's probes; nil: not attached.
    fileprivate let probes: [LiveProbe?]
    fileprivate let fresh: [LiveProbe]
    var notes: [Diagnostic]
  }

  /// Compiles, loads and attaches what the script has more than the one that runs. Runs beside the
  /// session's loop; nothing that this looks at changes meanwhile.
  ///
  /// - Parameter detached: names of probes that are not attached.
  /// - Throws: why it cannot be; nothing of it is left then.
  func plan(_ given: Script, detached: Set<String>) throws(SessionError) -> Plan {
    var script = given
    var notes: [Diagnostic] = []
    MbufOffsets.resolve(&script, given: settings.mbufLayout) { notes.append($0) }
    let store = try ScriptCompilation(script, facts: facts).store(continuing: kernelStore)
    var next = labels.count
    var planned: [LiveProbe?] = []
    var fresh: [LiveProbe] = []
    var left = probes
    for (index, probe) in script.probes.enumerated() {
      let name = script.ownName(of: probe)
      if detached.contains(name) {
        planned.append(nil)
        continue
      }
      let compilation = ScriptCompilation(script, facts: facts, only: index)
      let identity = try compilation.identity()
      if let same = left.firstIndex(where: { $0.name == name && $0.identity == identity }) {
        planned.append(left.remove(at: same))
        continue
      }
      let began = ContinuousClock.now
      let tracer = try tracer(compilation, store, first: next)
      let labels = try compilation.attach(
        to: tracer, notice: { _ in }, warn: { notes.append($0) })
      let one = LiveProbe(
        name: name, path: probe.path, identity: identity, tracer: tracer,
        points: next..<next + labels.count, labels: labels,
        argument: compilation.skbArgument,
        watch: HeaderWatch(
          tracer, points: compilation.functions, remedy: "'rebuild'",
          say: { [streams] in streams.say($0) }),
        duration: .now - began)
      next += labels.count
      planned.append(one)
      fresh.append(one)
    }
    return Plan(script: script, store: store, probes: planned, fresh: fresh, notes: notes)
  }

  private func tracer(
    _ compilation: ScriptCompilation, _ store: KernelStore, first: Int
  ) throws(SessionError) -> Tracer {
    do throws(LoadFailure) {
      return try Tracer(
        points: compilation.points.count,
        configuration: Tracer.Configuration(
          captureLength: compilation.captureLength, interface: nil, pages: pages,
          process: settings.process, firstPoint: first),
        ring: ring, script: store, stacks: stacks)
    } catch {
      throw TracerSetup.cannotSetUp(error)
    }
  }

  /// Carries out what was planned.
  ///
  /// - Parameter recorder: what keeps every packet from here on, where that changes.
  func carryOut(
    _ plan: Plan, recorder: (any PacketFile)?? = nil
  ) throws(SessionError) -> LiveChange {
    let kept = plan.probes.compactMap { $0 }
    let leaving = probes.filter { old in !kept.contains { $0 === old } }
    for one in plan.fresh { labels += one.labels }
    view.extend(points: labels)
    // What is wrong with the file that was written before is no matter of the change.
    var before: (any PacketFile)?
    if let recorder { before = try change(recorder) }
    defer { close(before) }
    let formerSink = sink
    script = plan.script
    kernelStore = plan.store
    store = MergedStore(script, kernel: kernelStore, continuing: store)
    probes = kept
    start(plan)
    var change = LiveChange(notes: plan.notes)
    do throws(LoadFailure) {
      for old in leaving { try old.tracer.setEnabled(false) }
      for new in plan.fresh { try new.tracer.setEnabled(true) }
    } catch {
      throw .cannotRun([Diagnostic(.error, "cannot switch probes: \(error.reason)")])
    }
    for new in plan.fresh {
      change.attached.append(
        LiveChange.Attached(
          name: new.name, how: new.how, instructions: new.tracer.instructionCount,
          duration: new.duration, isReplacement: leaving.contains { $0.name == new.name }))
    }
    for old in leaving
    where !kept.contains(where: { $0.name == old.name }) && !change.detached.contains(old.name) {
      change.detached.append(old.name)
    }
    let replaced = leaving.filter { old in kept.contains { $0.name == old.name } }
    try take(replaced, isDetached: false, handledBy: formerSink)
    try take(
      leaving.filter { old in !replaced.contains { $0 === old } }, isDetached: true,
      handledBy: formerSink)
    return change
  }

  /// The script's other half takes over.
  private func start(_ plan: Plan) {
    var points = labels.map { RuntimePoint.gone($0.name) }
    for (index, probe) in plan.probes.enumerated() {
      guard let probe else { continue }
      for (number, label) in zip(probe.points, probe.labels) {
        points[number] = RuntimePoint(probe: index, name: label.name)
      }
    }
    let ring = ring
    let kernelStore = kernelStore
    runtime = ScriptRuntime(
      script, store: store, output: held, points: points, environment: environment,
      continuing: runtime, clockOffset: { ring.clockOffset })
    sink = ScriptSink(runtime: runtime, view: view, watch: nil) { now throws(StoreError) in
      try kernelStore.sweep(now: now)
    }
    attempt { () throws(OutputError) in try sink.startClock() }
  }

  private func take(
    _ old: [LiveProbe], isDetached: Bool, handledBy sink: ScriptSink
  ) throws(SessionError) {
    if old.isEmpty { return }
    do throws(Errno) {
      let job = try remover.start { for one in old { one.tracer.detach() } }
      leaving.append(Leaving(probes: old, isDetached: isDetached, sink: sink, job: job))
    } catch {
      throw .cannotRun([Diagnostic(.error, "cannot take probes away: \(error)")])
    }
  }

  /// - Returns: what kept packets before.
  private func change(
    _ recorder: (any PacketFile)?
  ) throws(SessionError) -> (any PacketFile)? {
    do throws(OutputError) { return try view.setRecorder(recorder) } catch {
      throw SessionError(error)
    }
  }

  private func close(_ file: (any PacketFile)?) {
    guard let file else { return }
    do throws(OutputError) { try Output.finish([file], by: .now + Self.finishTime) } catch {
      for problem in SessionError(error).diagnostics { streams.say(problem) }
    }
  }

  // MARK: Questions

  /// Runs `begin` of a script that has the session's tables and states.
  func ask(_ asked: Script) throws(SessionError) {
    let kernel = try ScriptCompilation(asked, facts: facts).store(continuing: kernelStore)
    let runtime = ScriptRuntime(
      asked, store: MergedStore(asked, kernel: kernel, continuing: store), output: view,
      points: [], environment: environment)
    do throws(StoreError) {
      try runtime.begin()
    } catch {
      throw .cannotRun([Diagnostic(.error, error.message)])
    }
    exitStatus = runtime.exitStatus ?? exitStatus
  }

  /// What a statement of the prompt has said by `exit`.
  private var exitStatus: Int32?
  /// The session is to end with this status.
  var isOver: Int32? { exitStatus ?? runtime.exitStatus }

  /// What the probe or path of this name does, one row each.
  func probes(named name: String) -> [LiveProbe] { probes.filter { $0.name == name } }

  /// From here on the kernel counts how long programs run.
  ///
  /// - Returns: whether it did not before.
  func countRunTimes() throws(SessionError) -> Bool {
    if statistics != nil { return false }
    do throws(LoadFailure) { statistics = try RunTimeStatistics() } catch {
      throw .cannotRun([Diagnostic(.error, "run times are not counted: \(error.reason)")])
    }
    return true
  }

  func rows(ofTable name: String) throws(SessionError) -> (rows: Int, refused: UInt64)? {
    guard let index = script.tables.firstIndex(where: { $0.name == name }) else { return nil }
    do throws(StoreError) {
      return (try store.rows(ofTable: index).count, try store.refused(table: index))
    } catch {
      throw .cannotRun([Diagnostic(.error, error.message)])
    }
  }

  // MARK: The loop

  func addInterests(to set: inout PollSet) {
    sink.addInterests(to: &set)
    // It is readable as long as anything is in it.
    if takesMore, !view.isChangingFlags {
      set.add(FileDescriptor(rawValue: ring.descriptor), .read)
    }
    for one in leaving where one.end == nil { set.add(one.job.done, .read) }
  }

  /// When there is something to do though no descriptor is ready.
  var wakeTime: ContinuousClock.Instant? {
    if probes.isEmpty, leaving.isEmpty { return sink.wakeTime }
    var wake = ContinuousClock.now + Self.drainInterval
    if let time = sink.wakeTime { wake = min(wake, time) }
    return wake
  }

  /// Goes on after poll(2): hands out events, at most so many that nothing else has to wait.
  ///
  /// - Returns: whether there may be more of them at once.
  func turn(_ set: PollSet) -> Bool {
    let drained = drain()
    attempt { () throws(OutputError) in
      if drained == 0 { try sink.idle(now: .now) }
      try sink.handle(set, now: .now)
    }
    letGo(set)
    let now = ContinuousClock.now
    if now >= nextLook {
      nextLook = now + Self.lookInterval
      for probe in probes { look(probe) }
    }
    return drained == Self.batch
  }

  private func look(_ probe: LiveProbe) {
    do throws(LoadFailure) { try probe.watch.look() } catch {
      streams.say(Diagnostic(.warning, "counters cannot be read: \(error.reason)"))
    }
  }

  private func drain() -> UInt64 {
    // Packets that tcpdump is to show otherwise wait until it does.
    if view.isChangingFlags { return 0 }
    // Events wait in the ring as long as they can; when they are too many, some are not shown.
    let position = ring.position
    let waiting = position.written &- position.read
    if waiting > ring.bytes / 4 { held.isDropping = true }
    if waiting < ring.bytes / 8 { held.isDropping = false }
    var rest = Self.batch
    if !takesMore { return 0 }
    let drained = ring.drain { event in
      rest -= 1
      hand(on: event)
      return rest > 0 && takesMore ? .more : .enough
    }
    received += drained
    return drained
  }

  private func hand(on event: Event) {
    guard
      let owner = leaving.first(where: { one in
        one.probes.contains { $0.points.contains(event.point) }
      })
    else { return attempt { () throws(OutputError) in try sink.consume(event) } }
    var event = event
    held.isLate = owner.isDetached
    defer { held.isLate = false }
    // Journeys are those of the script that runs now.
    if let old = owner.probes.first(where: { $0.points.contains(event.point) }),
      let role = old.path,
      let new = probes.first(where: { $0.name == old.name && $0.path?.hop == role.hop })
    {
      let place = event.point - old.points.lowerBound
      guard place < new.points.count else { return }
      event.point = new.points.lowerBound + place
      return attempt { () throws(OutputError) in try sink.consume(event) }
    }
    attempt { () throws(OutputError) in try owner.sink.consume(event) }
    if let status = owner.sink.exitStatus { exitStatus = exitStatus ?? status }
  }

  private var takesMore: Bool {
    view.wantsMore && (held.isPaused || held.isAtEnd || held.isDropping || view.hasRoom)
  }

  /// What fails is said, and the session goes on.
  private func attempt(_ body: () throws(OutputError) -> Void) {
    var thrown: OutputError?
    do throws(OutputError) { try body() } catch { thrown = error }
    let isRecording = view.isRecording
    guard let problem = view.recover(from: thrown) else { return }
    let hints = isRecording && !view.isRecording ? ["nothing is recorded any more"] : []
    streams.say(
      Diagnostic(
        problem.severity, problem.message, at: problem.place, hints: problem.hints + hints))
  }

  /// Lets go of what is gone and whose events have been handled.
  private func letGo(_ set: PollSet) {
    for index in leaving.indices where leaving[index].end == nil {
      if set.isReady(leaving[index].job.done, .read) { leaving[index].end = ring.position.written }
    }
    let read = ring.position.read
    while let first = leaving.first, let end = first.end, read >= end {
      for probe in first.probes { note(probe) }
      leaving.removeFirst()
    }
  }

  private func note(_ probe: LiveProbe) {
    for (index, label) in probe.labels.enumerated() {
      do throws(LoadFailure) {
        let row = Ledger.Row(point: label, counters: try probe.tracer.counters(ofPoint: index))
        if let same = gone.firstIndex(where: { $0.point == label }) {
          gone[same].counters.add(row.counters)
        } else {
          gone.append(row)
        }
      } catch {
        streams.say(Diagnostic(.warning, "counters cannot be read: \(error.reason)"))
      }
    }
  }

  // MARK: The end

  /// Detaches everything, hands out what is left, runs `end`: see ``LiveSession/finish(showsRest:pass:)``.
  func finish(showsRest: Bool, pass: () -> Void) -> Ledger {
    do throws(LoadFailure) {
      for probe in probes { try probe.tracer.setEnabled(false) }
    } catch {
      streams.say(Diagnostic(.warning, "cannot switch probes off: \(error.reason)"))
    }
    var set = PollSet()
    let deadline = ContinuousClock.now + Self.finishTime
    if !showsRest { held.isAtEnd = true }
    while ContinuousClock.now < deadline {
      let drained = drain()
      attempt { () throws(OutputError) in
        if drained == 0 { try sink.idle(now: .now) }
      }
      pass()
      let position = ring.position
      if drained == 0, leaving.isEmpty, position.read == position.written { break }
      set.removeAll()
      addInterests(to: &set)
      set.wait(until: drained > 0 ? .now : .now + Self.drainInterval)
      attempt { () throws(OutputError) in try sink.handle(set, now: .now) }
      letGo(set)
    }
    for probe in probes { probe.tracer.detach() }
    held.isOpen = true
    attempt { () throws(OutputError) in try sink.finish() }
    while !view.isFinishedButForText, ContinuousClock.now < deadline {
      pass()
      set.removeAll()
      sink.addInterests(to: &set)
      set.wait(until: .now + Self.drainInterval)
      attempt { () throws(OutputError) in try sink.handle(set, now: .now) }
    }
    for probe in probes { note(probe) }
    var ledger = Ledger(rows: gone, received: received, sinks: view.tallies)
    ledger.paths = zip(script.paths, runtime.journeys).map { path, counters in
      Ledger.PathRow(name: path.name, counters: counters)
    }
    return ledger
  }
}
