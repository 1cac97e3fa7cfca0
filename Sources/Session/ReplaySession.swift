internal import Glibc
package import Language
package import Output
internal import Packets
package import Runtime
package import Syntax
package import SystemPackage

/// What is asked of a script and a recording: `netcap -s f.ncs -r FILE`.
package struct ReplayRequest: Sendable {
  /// The file, as the user wrote it.
  package var path: SourceText
  /// `-c`: events after which it is enough; 0: all.
  package var count: UInt64 = 0
  /// `-t`
  package var flags: DisplayFlags
  package var isJSON = false
  /// `-w`: where every emitted packet goes.
  package var writeFile: String?
  package var rotation = Rotation.none
  /// What the script asked of the kernel's types, for that file.
  package var types: [String] = []
  package var allowsRun = false
  /// `--duration`: recorded time behind the first packet after which it is enough.
  package var duration: Duration?
  /// `--stats`: at the end say what became of every packet.
  package var showsStatistics = false
  /// Files are not written and commands not run: a line says what would be. For tests.
  package var tellsEffects = false
  /// What is opened, where that is not what the user wrote.
  package var file: FilePath

  package init(path: SourceText, flags: DisplayFlags) {
    self.path = path
    file = FilePath(path.text)
    self.flags = flags
  }

  func cannotRead(_ error: CaptureError) -> Diagnostic {
    Diagnostic(
      .error, "cannot read '\(path.text)': \(error)", at: Diagnostic.Place(path, path.span))
  }
}

/// A script on a recording: both halves are interpreted.
///
/// A packet of a recording of netcap's enters the probes at its point, any other enters all probes
/// once, in file order; the clock is the file's.
package final class ReplaySession {
  private let script: Script
  private let request: ReplayRequest
  private let streams: Streams
  private let stop: FileDescriptor?
  private let view: ScriptView
  private let runtime: ScriptRuntime
  /// What the script has kept.
  let store: MemoryStore
  private let use: ScriptUse

  private let stacks = RecordedStacks()
  private var labels: [PointLabel] = []
  private var interfaces: [CaptureInterface] = []
  private var links: [LinkType?] = []
  /// For each point of a recording the probes that are there.
  private var probes: [String: [Int]] = [:]
  // Looked at for every packet, by what calls nothing meanwhile.
  @exclusivity(unchecked) private var packets: UInt64 = 0
  private var firstTime: UInt64?
  private var isTimeUp = false
  private var unknownLinks: [UInt16: UInt64] = [:]
  private var placed: UInt64 = 0
  /// Values of the kernel's memory that some packet came with.
  private var recordedNames: Set<String> = []
  private var storeFailure: StoreError?
  private var isStopped = false

  /// How long delivering what is queued may take at the end: nothing comes after it that would be
  /// late, and the machine may be busy.
  private static let finishTime = Duration.seconds(60)
  /// Packets between two looks at what waits to be written.
  private static let batch: UInt64 = 256

  /// - Parameters:
  ///   - standardOutput: what the script says goes there, and nothing else.
  ///   - standardError: diagnostics, losses, and what commands say.
  ///   - stop: becomes readable when the session is to end.
  package convenience init(
    _ script: Script, _ request: ReplayRequest, standardOutput: FileDescriptor,
    standardError: FileDescriptor, stop: FileDescriptor? = nil
  ) throws(SessionError) {
    try self.init(
      script, request,
      streams: Streams(standardOutput: standardOutput, standardError: standardError), stop: stop)
  }

  /// For a session that has begun.
  init(
    _ script: Script, _ request: ReplayRequest, streams: Streams, stop: FileDescriptor?
  ) throws(SessionError) {
    self.script = script
    self.request = request
    self.stop = stop
    self.streams = streams
    use = ScriptUse(script)
    view = ScriptView(
      request.isJSON ? .json : .text, flags: request.flags, writer: streams.output,
      messages: streams.messages, application: Version.application,
      recorder: try streams.recorder(request.writeFile, request.rotation, types: request.types),
      allowsRun: request.allowsRun,
      tellsEffects: request.tellsEffects)
    let stacks = stacks
    var environment = PrintingEnvironment.system
    environment.symbolize = { stacks.frames(of: $0) }
    environment.usesColour = !request.isJSON && streams.wantsColour
    store = MemoryStore(script)
    runtime = ScriptRuntime(
      script, store: store, output: view, points: [], environment: environment,
      limit: request.count)
  }

  /// Replays the file.
  ///
  /// - Returns: the exit status that the script asked for, else 0.
  /// - Throws: the first error; what the script said by then has been delivered.
  package func run() throws(SessionError) -> Int32 {
    var problem: Diagnostic?
    do throws(StoreError) {
      try runtime.begin()
      problem = try readAll()
      try runtime.end()
    } catch {
      problem = Diagnostic(.error, error.message)
    }
    try deliver()
    for line in note() { streams.say(line) }
    if request.showsStatistics { streams.say(statistics()) }
    if let problem { throw .cannotRun([problem]) }
    return runtime.exitStatus ?? 0
  }

  /// The script has said `exit`.
  var hasExited: Bool { runtime.exitStatus != nil }

  // MARK: Reading

  /// - Returns: why not all of the file was read; what was read has been replayed.
  private func readAll() throws(StoreError) -> Diagnostic? {
    do throws(CaptureError) {
      var reader = try CaptureReader(request.file)
      var set = PollSet()
      while runtime.exitStatus == nil, storeFailure == nil, try reader.advance() {
        if reader.hasNewInterfaces() { learn(reader.interfaces) }
        if packets == 0, let failure = begin() { return failure }
        if !isOver(reader.packet.timeNanoseconds) {
          packets += 1
          if let link = links[reader.packet.interface] {
            let packet = PlainPacket(
              timeNanoseconds: reader.packet.timeNanoseconds,
              length: max(reader.packet.originalLength, reader.packet.bytes.count), link: link,
              bytes: reader.packet.bytes)
            // Most packets are not copied with their comments, nor references to these counted.
            replay(packet, reader.packet.comments.isEmpty ? [] : reader.packet.comments)
          } else {
            let number = interfaces[reader.packet.interface].linkNumber
            unknownLinks[number, default: 0] += 1
          }
        }
        if isTimeUp { break }
        if runtime.isLimitReached { break }
        if packets % ReplaySession.batch == 0, let failure = turn(&set) { return failure }
        if isStopped { break }
      }
    } catch {
      return request.cannotRead(error)
    }
    if let storeFailure { throw storeFailure }
    return packets == 0 ? begin() : nil
  }

  /// Whether the recording has gone on for longer than was asked for.
  private func isOver(_ time: UInt64?) -> Bool {
    guard let duration = request.duration, let time else { return false }
    let first = firstTime ?? time
    firstTime = first
    isTimeUp = time > first && Duration.nanoseconds(Int64(clamping: time - first)) > duration
    return isTimeUp
  }

  private func begin() -> Diagnostic? {
    do throws(OutputError) {
      try view.begin(points: labels)
      return nil
    } catch {
      return SessionError(error).diagnostics.first
    }
  }

  /// Takes in the interfaces that the file has told of so far.
  private func learn(_ interfaces: [CaptureInterface]) {
    self.interfaces = interfaces
    links = interfaces.map(\.link)
    if packets > 0 { return }
    labels = interfaces.map { interface in
      let name = interface.name ?? ""
      let words = interface.description?.split(separator: " ") ?? []
      return PointLabel(
        name: name, mechanism: words.count > 1 && words[1] == name ? String(words[0]) : "recorded")
    }
    if labels.isEmpty { labels = [PointLabel(name: "", mechanism: "recorded")] }
    for (index, probe) in script.probes.enumerated() {
      for point in probe.points { probes[point.displayName, default: []].append(index) }
    }
  }

  private func replay(_ packet: PlainPacket, _ comments: [String]) {
    do throws(StoreError) {
      if !comments.isEmpty, let place = place(comments) {
        let event = placed(packet, place)
        var context = EventContext(event, function: Text(place.point))
        context.time = packet.timeNanoseconds
        context.threadID = place.number("tid")
        context.interfaceIndex = place.number("ifindex")
        context.namespace = place.number("netns")
        context.cgroup = place.cgroup
        context.stack = place.stack.map { stacks.number(of: $0) }
        recordedNames.formUnion(place.values.keys)
        try runtime.replay(
          ReplayPacket(
            event: event, context: context, recorded: place.kernelValues,
            probes: place.isAgain ? [] : probes[place.point] ?? []))
      } else {
        try runtime.replay(packet)
      }
    } catch {
      storeFailure = storeFailure ?? error
    }
  }

  private func place(_ comments: [String]) -> RecordedPlace? {
    for comment in comments {
      if let place = RecordedPlace(comment: comment) { return place }
    }
    return nil
  }

  /// A packet of netcap's where it was seen.
  private func placed(_ packet: PlainPacket, _ place: RecordedPlace) -> Event {
    placed += 1
    var event = packet.event(at: packet.timeNanoseconds ?? runtime.clock ?? 0)
    event.cpu = place.cpu
    event.processID = place.processID
    event.command = KernelName(place.command)
    event.interfaceName = KernelName(place.interface ?? "")
    event.skb = place.skb
    event.isCutByFault = place.isCutByFault
    event.madeHeaders = place.madeHeaders
    event.point = labels.firstIndex { $0.name == place.point } ?? 0
    if place.hasMadeHeader, event.link == .ethernet, event.bytes.count >= EthernetFraming.length {
      event.etherType = UInt16(event.bytes[12]) << 8 | UInt16(event.bytes[13])
      event.link = .rawIP
      event.bytes = UnsafeRawBufferPointer(rebasing: event.bytes[EthernetFraming.length...])
      event.packetLength -= EthernetFraming.length
    }
    return event
  }

  // MARK: Writing

  /// Once round the event loop, and on while too much waits to be written.
  private func turn(_ set: inout PollSet) -> Diagnostic? {
    do throws(OutputError) {
      repeat {
        set.removeAll()
        view.addInterests(to: &set)
        if let stop { set.add(stop, .read) }
        let now = ContinuousClock.now
        let later = now + .milliseconds(20)
        set.wait(until: view.wantsMore ? now : view.wakeTime.map { min($0, later) } ?? later)
        try view.handle(set, now: .now)
        if let stop, set.isReady(stop, .read) { isStopped = true }
      } while !view.wantsMore && !isStopped
      return nil
    } catch {
      isStopped = true
      return error == .closed ? nil : SessionError(error).diagnostics.first
    }
  }

  private func deliver() throws(SessionError) {
    do throws(OutputError) {
      try finish([view], by: .now + ReplaySession.finishTime)
    } catch {
      if error != .closed { throw SessionError(error) }
    }
  }

  // MARK: Account

  /// What the file lacked, and what was lost.
  private func note() -> [Diagnostic] {
    var notes: [Diagnostic] = []
    let name = request.path.text
    let unread = use.kernelReads.filter { !recordedNames.contains($0.filter { $0 != "?" }) }
    if packets > 0, !unread.isEmpty {
      notes.append(
        Diagnostic(.note, "'\(name)' does not have \(list(unread)): absent there"))
    }
    let lacking = use.context.filter { field in
      switch field {
      case .stack, .cgroup: !recordedNames.contains(field.recordedName)
      default: placed < packets
      }
    }.map(\.spelling).sorted()
    if packets > 0, !lacking.isEmpty {
      notes.append(
        Diagnostic(.note, "'\(name)' does not have \(list(lacking)): absent there"))
    }
    if packets > 0, use.hasC {
      notes.append(
        Diagnostic(
          .warning,
          "C blocks were skipped: 'where c' lets all through, and what C fills is as it was recorded, "
            + "or absent"))
    }
    for (number, count) in unknownLinks.sorted(by: { $0.key < $1.key }) {
      notes.append(
        Diagnostic(
          .warning, "\(count) packets of link type \(number) skipped: netcap does not know it"))
    }
    do throws(StoreError) {
      for line in try runtime.losses() + view.losses { notes.append(Diagnostic(.warning, line)) }
    } catch {
      notes.append(Diagnostic(.warning, error.message))
    }
    return notes
  }

  private func statistics() -> Diagnostic {
    let skipped = unknownLinks.values.reduce(0, +)
    return Diagnostic(
      .note,
      "'\(request.path.text)': \(packets) packets read, \(skipped) skipped, \(runtime.events) events"
    )
  }

  private func list(_ names: [String]) -> String {
    names.count < 2
      ? names.joined() : names.dropLast().joined(separator: ", ") + " and " + names.last!
  }
}

extension SessionError {
  init(_ error: OutputError) {
    switch error {
    case .failed(let diagnostic): self = .cannotRun([diagnostic])
    case .closed: self = .cannotRun([])
    }
  }
}

extension PrintingEnvironment {
  /// This machine's time zone, and stacks as numbers.
  package static var system: PrintingEnvironment {
    PrintingEnvironment(offsetFromUTC: { seconds in
      var time = time_t(seconds)
      var fields = tm()
      localtime_r(&time, &fields)
      return Int64(fields.tm_gmtoff)
    })
  }
}

/// Stacks of a recording, by numbers as the kernel would give them.
// Used by the one thread that replays.
private final class RecordedStacks: @unchecked Sendable {
  private var numbers: [String: UInt64] = [:]
  private var stacks: [[String]] = []

  func number(of text: String) -> UInt64 {
    if let number = numbers[text] { return number }
    let number = UInt64(stacks.count)
    numbers[text] = number
    stacks.append(RecordedValue.frames(text))
    return number
  }

  func frames(of number: UInt64) -> [String] {
    stacks.indices.contains(Int(number)) ? stacks[Int(number)] : ["(not kept)"]
  }
}

extension ContextField {
  /// As scripts write it.
  fileprivate var spelling: String {
    switch self {
    case .time: "time"
    case .function: "func"
    case .cpu: "cpu"
    case .pid: "pid"
    case .tid: "tid"
    case .comm: "comm"
    case .interfaceName: "dev.name"
    case .interfaceIndex: "dev.ifindex"
    case .namespace: "netns"
    case .cgroup: "cgroup"
    case .stack: "stack"
    case .skb: "skb"
    }
  }
}
