internal import CBpf
internal import CLibbpf
package import Language
package import Lowering

/// Programs attached to points, the ring buffer that they share, and their counters.
///
/// Nothing is traced before ``setEnabled(_:)``, so that all points begin together; everything is
/// detached when the tracer is let go of, or when the process ends in whatever way.
package final class Tracer {
  /// What is the same for all points.
  package struct Configuration: Sendable {
    /// Bytes kept of a packet.
    package var captureLength: Int
    /// Goes on only for packets of this interface.
    package var interface: Interface?
    /// Where the kernel's linear map and its array of pages begin; nil: fragments are unreadable.
    package var pages: PageAddresses?
    /// The only process in which points in programs are attached; nil: all that use the files.
    package var process: Int32?
    /// What events call the first point; the others follow it.
    package var firstPoint: Int

    package init(
      captureLength: Int, interface: Interface?, pages: PageAddresses?, process: Int32? = nil,
      firstPoint: Int = 0
    ) {
      self.captureLength = captureLength
      self.interface = interface
      self.pages = pages
      self.process = process
      self.firstPoint = firstPoint
    }
  }

  /// Values of the kernel's `page_offset_base` and `vmemmap_base`.
  package struct PageAddresses: Sendable, Equatable {
    package let pageOffset: UInt64
    package let vmemmap: UInt64

    package init(pageOffset: UInt64, vmemmap: UInt64) {
      self.pageOffset = pageOffset
      self.vmemmap = vmemmap
    }
  }

  /// Where to attach a program, and how.
  package struct Target: Sendable, Equatable {
    package let mechanism: Mechanism
    /// The function, or the tracepoint without its category.
    package let name: String
    /// The category of a tracepoint whose record the program wants; nil: its arguments, by BTF.
    package let recordCategory: String?
    /// Where a program of another kind is attached, as its section in the object says; it is loaded for
    /// this point alone.
    package let place: AttachPlace?
    /// For a kprobe on a kernel without attach cookies: the function's address.
    package let address: UInt64?
    /// The kernel hands programs such cookies.
    package let hasCookies: Bool

    package init(
      mechanism: Mechanism, name: String, recordCategory: String? = nil, address: UInt64? = nil
    ) {
      self.mechanism = mechanism
      self.name = name
      self.recordCategory = recordCategory
      self.address = address
      hasCookies = address == nil
      place = recordCategory.map { .tracepoint(category: $0, name: name) }
    }

    /// A script's point.
    ///
    /// - Parameters:
    ///   - address: a function's, where a kprobe needs it.
    ///   - hasCookies: the kernel has attach cookies.
    package init(
      _ point: ScriptPoint, by mechanism: ScriptMechanism, address: UInt64? = nil,
      hasCookies: Bool = true
    ) {
      name = point.name
      self.address = address
      self.hasCookies = hasCookies && address == nil
      recordCategory =
        if mechanism == .record, case .tracepoint(let category) = point.kind { category } else {
          nil
        }
      switch mechanism {
      case .fentry, .fexit, .run: (self.mechanism, place) = (.fentry, nil)
      case .kprobe: (self.mechanism, place) = (.kprobe, nil)
      case .tracepoint: (self.mechanism, place) = (.tracepoint, nil)
      case .record: (self.mechanism, place) = (.tracepoint, AttachPlace(point, by: .tracepoint))
      case .rawTracepoint:
        (self.mechanism, place) = (.tracepoint, AttachPlace(point, by: .rawTracepoint))
      case .kretprobe: (self.mechanism, place) = (.tracepoint, AttachPlace(point, by: .kretprobe))
      case .uprobe: (self.mechanism, place) = (.tracepoint, AttachPlace(point, by: .uprobe))
      case .uretprobe: (self.mechanism, place) = (.tracepoint, AttachPlace(point, by: .uretprobe))
      case .usdt: (self.mechanism, place) = (.tracepoint, AttachPlace(point, by: .usdt))
      }
    }
  }

  /// A compiled object; points that are given the same one share what can be shared.
  package final class Object {
    let bytes: [UInt8]

    package init(_ bytes: [UInt8]) {
      self.bytes = bytes
    }
  }

  private final class Loaded {
    let object: BpfObject
    var links: [(point: Int, link: BpfLink)] = []

    init(_ object: BpfObject) {
      self.object = object
    }

    // A link to a mark uses the object's maps while it is taken away.
    deinit { links.removeAll() }
  }

  private let configuration: Configuration
  private let maps: SharedMaps
  package let ring: EventRing
  private let script: KernelStore?
  /// Call chains that a script's events and keys refer to; nil without a script.
  package let stacks: StackMap?
  private var loaded: [Loaded] = []
  /// Descriptors of the counters of objects that serve one point, by point.
  private var counters: [Int: Int32] = [:]
  private var kprobes: [ObjectIdentifier: Loaded] = [:]
  /// Smallest capture in the kernel: a VLAN tag is put in within it.
  private static let captureFloor = 64
  private static let wakeupBytes: UInt32 = 256 << 10

  /// - Parameters:
  ///   - points: how many there will be.
  ///   - ring: where events go; several tracers may use one.
  ///   - script: the tables and states of the script whose probes they are.
  ///   - stacks: where its call chains go.
  package init(
    points: Int, configuration: Configuration, ring: EventRing, script: KernelStore? = nil,
    stacks: StackMap? = nil
  ) throws(LoadFailure) {
    self.configuration = configuration
    self.script = script
    self.stacks = stacks
    self.ring = ring
    maps = try SharedMaps(points: points, ring: ring)
  }

  /// Loads the object for this point and attaches it. On failure nothing is left behind.
  ///
  /// - Parameters:
  ///   - point: what events and counters of this point are to be known by.
  ///   - captureLength: bytes kept of a packet here, at most the configuration's, which nil stands for.
  /// - Returns: the number of eBPF instructions.
  @discardableResult
  package func attach(
    _ object: Object, to target: Target, point: Int, captureLength: Int? = nil
  ) throws(LoadFailure) -> Int {
    LoadLog.collect()
    switch target.mechanism {
    case .fentry, .tracepoint:
      let one = try load(object, point: point, target: target, captureLength)
      for program in one.object.probes {
        let link = try one.object.attach(
          program, to: target.place ?? .prepared, process: configuration.process)
        one.links.append((point, link))
      }
      loaded.append(one)
      counters[point] = one.object.map(".bss.counters")
      return one.object.instructionCount()
    case .kprobe:
      let id = ObjectIdentifier(object)
      let shared: Loaded
      if let one = kprobes[id] {
        shared = one
      } else {
        shared = try load(object, point: 0, target: target, captureLength)
      }
      if let address = target.address { try maps.register(address: address, point: point) }
      let cookie = target.address == nil ? UInt64(point) : nil
      let link = try shared.object.attach(to: .function(target.name), cookie: cookie)
      shared.links.append((point, link))
      if kprobes.updateValue(shared, forKey: id) == nil { loaded.append(shared) }
      return shared.object.instructionCount()
    }
  }

  /// Loads the object and attaches it to many functions in one step (kprobe.multi).
  ///
  /// - Parameter points: kprobe targets, and what each is to be known by.
  /// - Returns: the points that are attached; the kernel refused the others.
  package func attach(
    _ object: Object, toMany points: [(target: Target, point: Int)], shouldStop: () -> Bool
  ) throws(LoadFailure) -> Set<Int> {
    guard let first = points.first else { return [] }
    LoadLog.collect()
    let one = try load(object, point: 0, target: first.target, nil, isMulti: true)
    let many = try one.object.attachMany(
      to: points.map { BpfObject.Member(name: $0.target.name, cookie: UInt64($0.point)) },
      shouldStop: shouldStop)
    var attached: Set<Int> = []
    for (link, members) in many.links {
      for member in members { attached.insert(Int(member.cookie)) }
      // What the kernel skips at any of them is said of the first.
      if let first = members.first { one.links.append((Int(first.cookie), link)) }
    }
    if !one.links.isEmpty { loaded.append(one) }
    return attached
  }

  private func load(
    _ object: Object, point: Int, target: Target, _ captureLength: Int?, isMulti: Bool = false
  ) throws(LoadFailure) -> Loaded {
    let loaded = Loaded(try BpfObject(object.bytes))
    var config = nc_config()
    config.page_offset_base = configuration.pages?.pageOffset ?? 0
    config.vmemmap_base = configuration.pages?.vmemmap ?? 0
    config.capture_max = UInt32(
      max(captureLength ?? configuration.captureLength, Self.captureFloor))
    config.ifindex = configuration.interface?.index ?? 0
    config.netns = configuration.interface?.namespace ?? 0
    config.point = UInt32(point)
    config.cookies = target.hasCookies ? 1 : 0
    config.wakeup_bytes = min(Self.wakeupBytes, UInt32(ring.bytes / 4))
    config.first_point = UInt32(configuration.firstPoint)
    try loaded.object.configure(config)
    try maps.share(with: loaded.object)
    try script?.share(with: loaded.object)
    try stacks?.share(with: loaded.object)
    if target.mechanism != .kprobe, target.place == nil {
      for program in loaded.object.probes {
        try loaded.object.setTarget(target.name, of: program)
      }
    }
    if isMulti { try loaded.object.setMulti() }
    try loaded.object.load()
    return loaded
  }

  /// Tells programs what scripts call a point: its `func`.
  package func setName(_ name: String, ofPoint point: Int) throws(LoadFailure) {
    try maps.setName(name, ofPoint: point)
  }

  /// Begins tracing at all points at once, or ends it; attached programs do nothing in between.
  package func setEnabled(_ on: Bool) throws(LoadFailure) {
    try maps.setEnabled(on)
  }

  /// Takes all programs away. Events in the ring can still be drained.
  package func detach() {
    for one in loaded { one.links.removeAll() }
  }

  /// What has become of the packets at a point so far. `missed` is what the kernel tells: 0 also
  /// where it does not count.
  package func counters(ofPoint point: Int) throws(LoadFailure) -> PointCounters {
    LoadLog.collect()
    let outcomes = try maps.outcomes(ofPoint: point, own: counters[point])
    func count(_ outcome: nc_outcome) -> UInt64 { outcomes[Int(outcome.rawValue)] }
    let kinds = Int(NC_OUTCOMES.rawValue)
    func count(_ what: nc_script_count) -> UInt64 { outcomes[kinds + Int(what.rawValue)] }
    return PointCounters(
      hits: outcomes[..<kinds].reduce(0, +), emitted: count(NC_EMITTED),
      filtered: count(NC_FILTERED),
      otherInterface: count(NC_OTHER_DEV), noInterface: count(NC_NO_DEV),
      noPacket: count(NC_NO_PACKET), ringFull: count(NC_RING_FULL),
      unreadable: count(NC_UNREADABLE), handled: count(NC_HANDLED),
      eventsSent: count(NC_EVENTS_SENT), eventsLost: count(NC_EVENTS_LOST),
      missed: misses(ofPoint: point) + count(NC_NESTED))
  }

  /// Nanoseconds that a hit has taken on the average while ``RunTimeStatistics`` were on; nil before the
  /// first.
  package func nanosecondsPerHit() -> Double? {
    var time: (nanoseconds: UInt64, runs: UInt64) = (0, 0)
    for one in loaded {
      for program in one.object.probes {
        guard let part = one.object.runTime(of: program) else { return nil }
        time.nanoseconds += part.nanoseconds
        time.runs += part.runs
      }
    }
    return time.runs == 0 ? nil : Double(time.nanoseconds) / Double(time.runs)
  }

  /// Instructions of all programs, as they were loaded.
  package var instructionCount: Int {
    loaded.reduce(0) { $0 + $1.object.instructionCount() }
  }

  /// A program that serves several points counts its own misses for all of them together: they are
  /// said of its first point.
  private func misses(ofPoint point: Int) -> UInt64 {
    guard let one = loaded.first(where: { $0.links.contains { $0.point == point } }) else {
      return 0
    }
    var misses: UInt64 = 0
    if one.links.first?.point == point {
      for program in one.object.probes { misses += one.object.misses(of: program) }
    }
    for (owner, link) in one.links where owner == point { misses += link.kprobeMisses() ?? 0 }
    return misses
  }
}
