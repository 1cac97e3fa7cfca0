internal import CBpf
internal import CLibbpf
internal import Glibc
package import SystemPackage

/// What the running kernel offers to this process: each answer is found by asking the kernel, when
/// it is first wanted, and never from the kernel's version. Nothing is attached for it.
package final class Features {
  private let types: TypeInformation?
  private let privileges: Privileges
  private let root: FilePath

  /// - Parameters:
  ///   - types: the kernel's own, nil if it has none.
  ///   - privileges: what lacks them is not tried, for the kernel would refuse everything alike.
  ///   - root: where `/proc` and `/sys` are.
  package init(types: TypeInformation?, privileges: Privileges, root: FilePath = "/") {
    self.types = types
    self.privileges = privileges
    self.root = root
  }

  // MARK: Mechanisms

  /// BPF trampolines at the entry of functions.
  package private(set) lazy var fentry: Availability = {
    guard let types else {
      return .unavailable(reason: "fentry needs BTF, which this kernel lacks")
    }
    // Any function will do: it is named here so that the verifier has one to look up.
    let candidates = ["ip_rcv", "__netif_receive_skb_core", "schedule"]
    guard let function = candidates.lazy.compactMap({ types.find($0, [.function]).first }).first
    else { return .unknown(reason: "BTF has none of \(candidates.joined(separator: ", "))") }
    return tryProgram(BPF_PROG_TYPE_TRACING, attach: BPF_TRACE_FENTRY, type: function)
  }()

  /// Tracepoints, with the types of their arguments.
  package private(set) lazy var typedTracepoint: Availability = {
    guard let types else {
      return .unavailable(reason: "typed tracepoints need BTF, which this kernel lacks")
    }
    guard let type = types.find(TracepointSignature.prefix + "kfree_skb", [.typedef]).first else {
      return .unavailable(reason: "BTF has no tracepoint kfree_skb")
    }
    return tryProgram(BPF_PROG_TYPE_TRACING, attach: BPF_TRACE_RAW_TP, type: type)
  }()

  /// Tracepoints without the types of their arguments.
  package private(set) lazy var rawTracepoint: Availability = tryProgram(
    BPF_PROG_TYPE_RAW_TRACEPOINT)

  /// kprobes by perf_event_open(2).
  package private(set) lazy var kprobe: Availability =
    hasKprobeEvents
    ? tryProgram(BPF_PROG_TYPE_KPROBE)
    : .unavailable(reason: "this kernel has no kprobes (CONFIG_KPROBE_EVENTS)")

  /// One kprobe on many functions at once (kprobe.multi).
  package private(set) lazy var kprobeMulti: Availability =
    hasStructure("bpf_kprobe_multi_link", "kprobe.multi (CONFIG_FPROBE)")

  /// One number for each attachment, that the program can ask for.
  package private(set) lazy var kprobeCookie: Availability = {
    guard hasKprobeEvents else { return kprobe }
    // One program tells of both, where there are cookies.
    let cookie = tryProgram(BPF_PROG_TYPE_KPROBE, trial: NC_TRIAL_COOKIE)
    if !cookie.isRuledOut { return cookie }
    return kprobe.isAvailable ? .unavailable(reason: "this kernel has no attach cookies") : kprobe
  }()

  /// Breakpoints in processes.
  package private(set) lazy var uprobe: Availability =
    KernelFile.exists(path("sys/bus/event_source/devices/uprobe/type"))
    ? tryProgram(BPF_PROG_TYPE_KPROBE)
    : .unavailable(reason: "this kernel has no uprobes (CONFIG_UPROBE_EVENTS)")

  // MARK: What programs can do

  /// Call chains that the kernel keeps.
  package private(set) lazy var stacks: Availability =
    privilegesProblem
    ?? availability(
      nc_try_map(BPF_MAP_TYPE_STACK_TRACE, 4, 8 * UInt32(NC_STACK_FRAMES), 1), log: [])

  /// Whether programs may read kernel memory, which an skb is.
  package private(set) lazy var kernelReads: Availability = {
    let plain = tryProgram(BPF_PROG_TYPE_RAW_TRACEPOINT)
    if plain != .available { return plain }
    let reading = tryProgram(BPF_PROG_TYPE_RAW_TRACEPOINT, trial: NC_TRIAL_KERNEL_READ)
    if reading == .available { return .available }
    return .unavailable(reason: "this kernel is locked down: programs may not read its memory")
  }()

  /// Whether programs can compare and exchange: else each CPU keeps extremes of its own.
  package private(set) lazy var compareExchange: Availability = tryProgram(
    BPF_PROG_TYPE_RAW_TRACEPOINT, trial: NC_TRIAL_EXCHANGE)

  /// Whether programs can look at any memory as a type, in place.
  package private(set) lazy var readsInPlace: Availability = hasFunction(
    "bpf_rdonly_cast", "reads in place")

  /// Whether a unit reads in place, the best first: what the verifier refuses so is loaded in the form
  /// that copies.
  package var inPlaceChoices: [Bool] { readsInPlace.isAvailable ? [true, false] : [false] }

  package private(set) lazy var ringBuffer: Availability =
    privilegesProblem
    ?? availability(nc_try_map(BPF_MAP_TYPE_RINGBUF, 0, 0, UInt32(getpagesize())), log: [])

  /// Attachments to perf events that have a file descriptor of their own.
  package private(set) lazy var perfLink: Availability = hasEnumerator(
    "bpf_link_type", "BPF_LINK_TYPE_PERF_EVENT", "links to perf events")

  // MARK: Counts of what was missed

  /// How often a program was skipped because it was already running on that CPU.
  package private(set) lazy var programMisses: Availability = hasField(
    "bpf_prog_info", "recursion_misses", "counts of skipped programs")

  /// How often a kprobe was skipped.
  package private(set) lazy var kprobeMisses: Availability = hasField(
    "bpf_link_info", "perf_event.kprobe.missed", "counts of skipped kprobes")

  // MARK: Settings

  /// How far the kernel is locked down, as `/sys/kernel/security/lockdown` says:
  /// `none`, `integrity` or `confidentiality`; nil where that cannot be read.
  package private(set) lazy var lockdown: String? =
    KernelFile.line(path("sys/kernel/security/lockdown")).flatMap { Self.selected($0) }

  /// A number below `/proc/sys/kernel`; nil where it cannot be read.
  package func setting(_ name: String) -> Int? {
    KernelFile.number(path("proc/sys/kernel/\(name)"))
  }

  /// The choice in brackets: `integrity` of `none [integrity] confidentiality`.
  static func selected(_ line: String) -> String? {
    line.split(separator: " ").first { $0.hasPrefix("[") && $0.hasSuffix("]") }
      .map { String($0.dropFirst().dropLast()) }
  }

  // MARK: Asking

  private func path(_ relative: String) -> FilePath { root.pushing(FilePath(relative)) }

  /// Whether perf_event_open(2) can make kprobes.
  private var hasKprobeEvents: Bool {
    KernelFile.exists(path("sys/bus/event_source/devices/kprobe/type"))
  }

  private func tryProgram(
    _ program: bpf_prog_type, attach: bpf_attach_type = bpf_attach_type(0), type: UInt32 = 0,
    trial: nc_trial = NC_TRIAL_NOTHING
  ) -> Availability {
    if let privilegesProblem { return privilegesProblem }
    var log = [CChar](repeating: 0, count: 4096)
    let result = nc_try_program(program, attach, type, trial, &log, log.count)
    return availability(result, log: log)
  }

  private var privilegesProblem: Availability? {
    privileges.missing.isEmpty ? nil : .unknown(reason: "only root can ask the kernel")
  }

  /// What an answer of bpf(2) says: 0, or -errno and the verifier's words.
  private func availability(_ result: Int32, log: [CChar]) -> Availability {
    if result == 0 { return .available }
    let error = Errno(rawValue: -result)
    let words = log.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    switch error {
    case .notPermitted:
      return .unavailable(reason: "the kernel refuses it: \(error)")
    case .invalidArgument where words.isEmpty:
      return .unavailable(reason: "this kernel does not know it")
    default:
      let lines = String(decoding: words, as: UTF8.self).split(separator: "\n")
      // The verifier's last lines count what it did; the one before says what was wrong.
      let said = lines.last { !$0.hasPrefix("processed ") && !$0.hasPrefix("verification time") }
      return .unavailable(reason: said.map { "\(error): \($0)" } ?? "\(error)")
    }
  }

  private func hasStructure(_ name: String, _ what: String) -> Availability {
    guard let types else { return .unknown(reason: "without BTF only trying tells") }
    return types.find(name, [.structure]).isEmpty
      ? .unavailable(reason: "this kernel has no \(what)") : .available
  }

  private func hasFunction(_ name: String, _ what: String) -> Availability {
    guard let types else { return .unknown(reason: "without BTF only trying tells") }
    return types.find(name, [.function]).isEmpty
      ? .unavailable(reason: "this kernel has no \(what) (\(name))") : .available
  }

  private func hasEnumerator(_ name: String, _ value: String, _ what: String) -> Availability {
    guard let types else { return .unknown(reason: "without BTF only trying tells") }
    return types.enumerators(ofEnum: name)?.contains { $0.name == value } == true
      ? .available : .unavailable(reason: "this kernel has no \(what)")
  }

  private func hasField(_ name: String, _ field: String, _ what: String) -> Availability {
    guard let types else { return .unknown(reason: "without BTF only trying tells") }
    return types.field(of: name, path: field) != nil
      ? .available : .unavailable(reason: "this kernel keeps no \(what)")
  }
}
