package import Language
internal import Packets

/// Runs the half of a script that is in netcap, and for recordings the other half as well.
///
/// In this order: ``begin()``; then ``consume(_:)`` for each event that the kernel half has sent, or
/// ``replay(_:)`` for each packet of a recording, with ``advance(to:)`` in between; then ``end()``.
/// When ``exitStatus`` is set the script has asked for its end.
package final class ScriptRuntime {
  let script: Script
  let store: any ScriptStore
  private let output: any ScriptOutput
  private let printer: ValuePrinter
  private let points: [RuntimePoint]
  private let clockOffset: () -> Int64
  private let names: [Text]

  private let machine: Machine
  private let words: UnsafeMutablePointer<UInt64>
  /// Fields of the event at hand, where times are among them.
  private let told: UnsafeMutablePointer<UInt64>
  private let kernel: [KernelHalf]
  /// The same. Counting references would cost as much as a predicate: they live as long as this does.
  private let uncounted: [Unmanaged<KernelHalf>]
  private let probeHandlers: [[StatementCode]]
  private let pathHandlers: [[StatementCode]]
  private let beginHandlers: [StatementCode]
  private let endHandlers: [StatementCode]
  private let probes: [ProbeFacts]
  /// Probes that a packet enters which no point is known of: those of paths first.
  private let allProbes: [Int]

  private(set) var timers: ScriptTimers
  private(set) var paths: PathTracker
  private let hasPaths: Bool
  private let isRecording: Bool
  /// Another has taken over: timers and journeys are its.
  private var isSucceeded = false
  // Run-time checks of exclusive access would cost as much as a predicate: nothing that is called while
  // one of these is modified looks at it.
  /// Nothing is due before.
  @exclusivity(unchecked) private var nextWake: UInt64 = 0
  /// The machine's packet, fields or context are not those of the packet that is being replayed.
  @exclusivity(unchecked) private var isDisturbed = false
  /// What it had then.
  private var interrupted: (EventContext, [String: String], Bool)?
  /// The machine's context has a time and nothing else.
  @exclusivity(unchecked) private var isContextPlain = false

  /// The latest time of an event, or that was advanced to; nil before the first.
  @exclusivity(unchecked) package private(set) var clock: UInt64?
  /// Events of probes, and journeys of paths, that were handled.
  @exclusivity(unchecked) package private(set) var events: UInt64 = 0
  /// How many of them are wanted.
  private let limit: UInt64

  /// - Parameters:
  ///   - store: a ``MemoryStore`` for recordings, a ``MergedStore`` for a script that runs in the
  ///     kernel.
  ///   - points: what ``Event/point`` is an index of; for recordings may be empty.
  ///   - limit: events and journeys that are handled, at most; 0: all.
  ///   - before: whose clock, timers and journeys go on, where the script has the same.
  ///   - clockOffset: what the clock of events is ahead of the one that times among their fields are
  ///     told by, ns.
  package init(
    _ script: Script, store: any ScriptStore, output: any ScriptOutput, points: [RuntimePoint],
    environment: PrintingEnvironment = PrintingEnvironment(), limit: UInt64 = 0,
    continuing before: ScriptRuntime? = nil, clockOffset: @escaping () -> Int64 = { 0 }
  ) {
    self.limit = limit == 0 ? .max : limit
    self.script = script
    self.store = store
    self.output = output
    self.points = points
    self.clockOffset = clockOffset
    names = points.map { Text($0.name) }
    printer = ValuePrinter(script, environment)
    let compiler = Compiler(script, store: store, printer: printer, output: output)

    kernel = script.probes.map { KernelHalf(run: compiler.kernelHalf($0), ProbeFacts($0)) }
    uncounted = kernel.map { Unmanaged.passUnretained($0) }
    func handlers(_ matches: (Handler.Trigger) -> Bool, _ fields: [EventField]) -> [StatementCode] {
      script.handlers.filter { matches($0.trigger) }.map { compiler.handler($0, fields) }
    }
    probeHandlers = script.probes.indices.map { index in
      handlers({ $0 == .probe(index) }, script.probes[index].fields)
    }
    pathHandlers = script.paths.indices.map { index in
      handlers({ $0 == .path(index) }, script.fields(ofPath: index))
    }
    beginHandlers = handlers({ $0 == .begin }, [])
    endHandlers = handlers({ $0 == .end }, [])
    timers = ScriptTimers(
      script.handlers.compactMap { handler in
        guard case .every(let interval) = handler.trigger else { return nil }
        return (interval, compiler.handler(handler, []))
      })
    paths = PathTracker(script.paths)
    hasPaths = !script.paths.isEmpty
    isRecording = output.isRecording
    probes = script.probes.map { ProbeFacts($0) }
    allProbes = script.probesWithoutPlace

    words = .allocate(capacity: max(1, compiler.wordCount))
    words.initialize(repeating: 0, count: max(1, compiler.wordCount))
    told = .allocate(capacity: probes.map(\.eventWords).max() ?? 1)
    machine = .allocate(capacity: 1)
    machine.initialize(to: MachineState(words: words, textCount: compiler.textCount))
    if let before { takeOver(from: before) }
  }

  private func takeOver(from before: ScriptRuntime) {
    clock = before.clock
    events = before.events
    if let time = clock { timers.take(from: before.timers, at: time) }
    var places: [Int: Int] = [:]
    for (old, path) in before.script.paths.enumerated() {
      guard let new = script.paths.firstIndex(of: path),
        script.fields(ofPath: new) == before.script.fields(ofPath: old)
      else { continue }
      places[old] = new
    }
    paths.take(from: before.paths, places: places)
    before.isSucceeded = true
  }

  deinit {
    machine.deinitialize(count: 1)
    machine.deallocate()
    words.deallocate()
    told.deallocate()
  }

  /// What `exit` said, as a process's status; nil: the script goes on.
  package var exitStatus: Int32? { machine.pointee.exitStatus }

  /// There have been as many events and journeys as are wanted.
  package var isLimitReached: Bool { events >= limit }

  // MARK: From begin to end

  package func begin() throws(StoreError) {
    run(beginHandlers)
    try check()
  }

  /// Ends all journeys, then runs `end`; after `exit` as well, which journeys do not survive.
  package func end() throws(StoreError) {
    for journey in paths.finish() { handle(journey) }
    let status = exitStatus
    machine.pointee.exitStatus = nil
    run(endHandlers)
    if let status { machine.pointee.exitStatus = status }
    try check()
  }

  /// An event that the kernel half has sent.
  package func consume(_ event: Event) throws(StoreError) {
    if exitStatus != nil { return }
    var event = event
    let point = points[event.point]
    if point.probe < 0 { return }
    if !probes[point.probe].times.isEmpty { tellTimes(of: &event, point.probe) }
    isContextPlain = false
    if isSucceeded, probes[point.probe].isOfPath { return }
    if !probes[point.probe].isOfPath, !isSucceeded { advanceClock(to: event.timeNanoseconds) }
    set(event, EventContext(event, function: names[event.point]), isPlaced: true)
    handle(point.probe, event)
    try check()
  }

  /// Times among an event's fields, told by the clock of events.
  private func tellTimes(of event: inout Event, _ probe: Int) {
    let facts = probes[probe]
    guard let fields = fieldWords(event, probe) else { return }
    let clockOffset = clockOffset()
    told.update(from: fields, count: facts.eventWords)
    for (bit, word) in facts.times where fields[0] & bit != 0 {
      told[word] &+= UInt64(bitPattern: clockOffset)
    }
    event.fields = UnsafeRawBufferPointer(start: told, count: 8 * facts.eventWords)
  }

  /// A packet of a recording of netcap's: it enters the probes at its point.
  package func replay(_ packet: borrowing ReplayPacket) throws(StoreError) {
    set(packet.event, packet.context, isPlaced: true)
    machine.pointee.recorded = packet.recorded
    isContextPlain = false
    enter(packet.probes, packet.event.timeNanoseconds) { packet.event }
    advanceClock(to: packet.event.timeNanoseconds)
    try check()
  }

  /// A packet of another capture: it enters all probes.
  package func replay(_ packet: PlainPacket) throws(StoreError) {
    if !isContextPlain {
      machine.pointee.context = EventContext()
      machine.pointee.recorded = [:]
      machine.pointee.isPlaced = false
      isContextPlain = true
    }
    machine.pointee.setPacket(packet.bytes, length: packet.length, link: packet.link)
    machine.pointee.context.time = packet.timeNanoseconds
    let time = packet.timeNanoseconds ?? clock ?? 0
    // An event is not made of every packet.
    enter(allProbes, time) { packet.event(at: time) }
    advanceClock(to: time)
    try check()
  }

  /// The time has come to this, by the clock of the events.
  package func advance(to time: UInt64) throws(StoreError) {
    if isSucceeded { return }
    advanceClock(to: time)
    try check()
  }

  /// When ``advance(to:)`` has something to do though no event comes.
  package var wakeTime: UInt64? {
    let deadline = paths.nextDeadline.map { $0 &+ 1 }
    guard let due = timers.next else { return deadline }
    return deadline.map { min($0, due) } ?? due
  }

  private func check() throws(StoreError) {
    if let failure = machine.pointee.failure {
      machine.pointee.failure = nil
      throw failure
    }
  }

  private func run(_ codes: [StatementCode]) {
    if codes.isEmpty { return }
    leaveEvent(at: clock)
    for code in codes where machine.pointee.exitStatus == nil { _ = code(machine) }
  }

  // MARK: Time

  @inline(__always)
  private func advanceClock(to time: UInt64) {
    if let clock, time < clock || time < nextWake {
      if time > clock { self.clock = time }
      return
    }
    work(until: time)
  }

  @inline(never)
  private func work(until time: UInt64) {
    if clock == nil { timers.start(at: time) }
    while let due = timers.next, due <= time, exitStatus == nil {
      expire(at: due)
      clock = due
      leaveEvent(at: due)
      timers.run(until: time, machine)
    }
    expire(at: time)
    clock = time
    nextWake = hasPaths ? 0 : timers.next ?? .max
  }

  private func expire(at time: UInt64) {
    if !hasPaths { return }
    for journey in paths.expire(at: time) { handle(journey) }
  }

  /// Puts the machine back to the packet that is being replayed, which something else came between.
  private func restore(_ event: Event) {
    if let (context, recorded, isPlaced) = interrupted {
      machine.pointee.context = context
      machine.pointee.recorded = recorded
      machine.pointee.isPlaced = isPlaced
      interrupted = nil
    }
    machine.pointee.setPacket(event.bytes, length: event.packetLength, link: event.link)
    machine.pointee.fields = nil
    machine.pointee.journey = nil
    isDisturbed = false
  }

  /// Something else is going to be the machine's matter.
  private func interrupt() {
    if !isDisturbed || interrupted == nil {
      interrupted = (
        machine.pointee.context, machine.pointee.recorded, machine.pointee.isPlaced
      )
    }
    isDisturbed = true
    isContextPlain = false
  }

  private func leaveEvent(at time: UInt64?) {
    interrupt()
    machine.pointee.setPacket(UnsafeRawBufferPointer(start: nil, count: 0), length: 0, link: .rawIP)
    machine.pointee.fields = nil
    machine.pointee.event = nil
    machine.pointee.journey = nil
    machine.pointee.context = EventContext()
    machine.pointee.context.time = time
    machine.pointee.recorded = [:]
  }

  // MARK: Events

  private func set(_ event: Event, _ context: EventContext, isPlaced: Bool) {
    machine.pointee.setPacket(event.bytes, length: event.packetLength, link: event.link)
    machine.pointee.context = context
    machine.pointee.event = event
    machine.pointee.isPlaced = isPlaced
  }

  /// Runs the kernel half of probes, and handles what each has sent. The machine has the packet and
  /// its context.
  @inline(__always)
  private func enter(_ indexes: [Int], _ time: UInt64, _ event: () -> Event) {
    if machine.pointee.exitStatus != nil { return }
    isDisturbed = false
    for index in 0..<indexes.count {
      let probe = indexes[index]
      uncounted[probe]._withUnsafeGuaranteedRef { half in
        if !half.isOfPath { advanceClock(to: time) }
        if isDisturbed { restore(event()) }
        machine.pointee.captureLimit = half.captureLength
        if half.run(machine) == .next, half.emitsAtEnd { emitAtEnd(half.eventWords) }
      }
      if machine.pointee.emissions.isEmpty { continue }
      deliver(probe, event())
      if machine.pointee.exitStatus != nil { return }
    }
  }

  private func emitAtEnd(_ count: Int) {
    let fields = [UInt64](repeating: 0, count: count)
    fields.withUnsafeBufferPointer {
      machine.pointee.emissions.append($0.baseAddress!, count, machine.pointee.captureLimit)
    }
  }

  private func deliver(_ probe: Int, _ event: Event) {
    let queue = machine.pointee.emissions
    queue.words.withUnsafeBufferPointer { words in
      for entry in queue.entries {
        var sent = event
        sent.fields = UnsafeRawBufferPointer(
          UnsafeBufferPointer(rebasing: words[entry.start..<entry.start + probes[probe].eventWords])
        )
        if event.bytes.count > entry.captureLimit {
          sent.bytes = UnsafeRawBufferPointer(rebasing: event.bytes[..<entry.captureLimit])
        }
        if isDisturbed { restore(event) }
        if sent.bytes.count < event.bytes.count {
          isDisturbed = true
          machine.pointee.setPacket(sent.bytes, length: sent.packetLength, link: sent.link)
        }
        handle(probe, sent)
        if exitStatus != nil { break }
      }
    }
    machine.pointee.emissions.removeAll()
    machine.pointee.fields = nil
    machine.pointee.event = nil
  }

  /// Does what the script says about an event; the machine has its packet and context.
  private func handle(_ probe: Int, _ event: Event) {
    machine.pointee.event = event
    machine.pointee.fields = fieldWords(event, probe)
    if isRecording {
      record(probe, event)
      if probes[probe].isSilent(machine.pointee.fields) { return }
    }
    if probes[probe].isOfPath, let role = script.probes[probe].path {
      let over = paths.see(role, machine, event)
      advanceClock(to: event.timeNanoseconds)
      for journey in over { handle(journey) }
      return
    }
    if isLimitReached { return }
    countEvent()
    let handlers = probeHandlers[probe]
    if handlers.isEmpty {
      show(script.probes[probe], event)
      return
    }
    for handler in handlers {
      _ = handler(machine)
      if exitStatus != nil { return }
    }
  }

  private func countEvent() {
    machine.pointee.number = Int64(truncatingIfNeeded: events)
    events += 1
  }

  /// The event's fields; nil where it has not all of them.
  private func fieldWords(_ event: Event, _ probe: Int) -> UnsafePointer<UInt64>? {
    guard event.fields.count >= 8 * probes[probe].eventWords else { return nil }
    return event.fields.baseAddress.map { $0.assumingMemoryBound(to: UInt64.self) }
  }

  private func record(_ probe: Int, _ event: Event) {
    var packet = ShownPacket(event: event, isPlaced: machine.pointee.isPlaced)
    if packet.isPlaced {
      packet.values = machine.pointee.recordedValues(
        script.probes[probe].fields, cFields: probes[probe].cFields, printer)
    }
    output.record(packet)
  }

  /// What happens to an event that the script says nothing about.
  private func show(_ definition: ProbeDefinition, _ event: Event) {
    let fields = printer.fields(
      definition.fields.filter { !$0.isHidden }, machine.pointee.fields,
      wantsValues: output.wantsValues)
    output.show(
      ShownPacket(event: event, fields: fields, isPlaced: machine.pointee.isPlaced))
  }

  private func handle(_ journey: Journey) {
    if exitStatus != nil || isLimitReached { return }
    countEvent()
    interrupt()
    set(journey.first.event, journey.first.context, isPlaced: journey.first.isPlaced)
    machine.pointee.fields =
      journey.first.event.fields.baseAddress?.assumingMemoryBound(to: UInt64.self)
    machine.pointee.journey = journey
    let handlers = pathHandlers[journey.path]
    if handlers.isEmpty { show(journey) }
    for handler in handlers {
      _ = handler(machine)
      if exitStatus != nil { break }
    }
    machine.pointee.journey = nil
  }

  /// What happens to a journey that the script says nothing about.
  private func show(_ journey: Journey) {
    if output.wantsValues {
      var packet = ShownPacket(event: journey.first.event, isPlaced: journey.first.isPlaced)
      packet.fields = printer.fields(
        script.fields(ofPath: journey.path).filter { !$0.isHidden }, machine.pointee.fields,
        wantsValues: true)
      packet.fields.append(ShownField(name: "hops", text: "", value: journey.printed))
      return output.show(packet)
    }
    machine.pointee.line.begin()
    machine.pointee.line.appendSummary()
    machine.pointee.line.bytes.append(0x0A)
    machine.pointee.line.bytes += printer.hops(of: journey)
    machine.pointee.line.bytes.append(0x0A)
    output.print(machine.pointee.line, of: machine.shown)
  }
}

extension Compiler {
  fileprivate func kernelHalf(_ probe: ProbeDefinition) -> StatementCode {
    isKernelHalf = true
    fields = []
    emissionFields = probe.fields
    return body(probe.body)
  }

  fileprivate func handler(_ handler: Handler, _ fields: [EventField]) -> StatementCode {
    isKernelHalf = false
    self.fields = fields
    emissionFields = []
    return body(handler.body)
  }
}

extension EventContext {
  /// What an event from the kernel says.
  package init(_ event: Event, function: Text?) {
    self.init()
    time = event.timeNanoseconds
    self.function = function
    cpu = event.cpu
    processID = event.processID
    threadID = event.threadID
    command = event.command
    if !event.interfaceName.isEmpty { interfaceName = event.interfaceName }
    if event.interfaceIndex != 0 { interfaceIndex = event.interfaceIndex }
    if event.namespace != 0 { namespace = event.namespace }
    if event.skb != 0 { skb = event.skb }
    isRebuilt = !event.madeHeaders.isEmpty
  }
}
