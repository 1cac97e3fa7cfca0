internal import CBpf
internal import CLibbpf

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// One eBPF object with its programs and maps, from the compiled file to the kernel.
///
/// It is opened, prepared (constants, map sizes, shared maps, targets), loaded, and then attached. Its
/// programs and maps are gone with it, unless a link or another object still holds them.
package final class BpfObject {
  private let handle: OpaquePointer

  /// - Parameter bytes: the ELF file.
  package init(_ bytes: [UInt8]) throws(LoadFailure) {
    LoadLog.collect()
    guard
      let handle = bytes.withUnsafeBytes({ nc_object_open($0.baseAddress, $0.count, "netcap") })
    else { throw LoadLog.failure("open") }
    self.handle = handle
  }

  deinit { bpf_object__close(handle) }

  // MARK: Before loading

  /// Names and kinds of the programs, in the order of the object; nil for a kind that netcap does not
  /// attach.
  package var programs: [(name: String, kind: ProgramKind?)] {
    var result: [(name: String, kind: ProgramKind?)] = []
    var program = bpf_object__next_program(handle, nil)
    while let one = program {
      result.append(
        (String(cString: bpf_program__name(one)), ProgramKind(section: section(one))))
      program = bpf_object__next_program(handle, one)
    }
    return result
  }

  /// Sets what the object holds in a section of constants, such as `.rodata.config`.
  package func setConstants(
    _ section: String, _ bytes: UnsafeRawBufferPointer
  ) throws(LoadFailure) {
    let map = bpf_object__find_map_by_name(handle, section)
    if bpf_map__set_initial_value(map, bytes.baseAddress, bytes.count) != 0 {
      throw LoadLog.failure("open")
    }
  }

  /// Sets the constants that every object has.
  func configure(_ config: nc_config) throws(LoadFailure) {
    let result = withUnsafeBytes(of: config) { bytes -> Result<Void, LoadFailure> in
      do throws(LoadFailure) {
        return .success(try setConstants(".rodata.config", bytes))
      } catch {
        return .failure(error)
      }
    }
    try result.get()
  }

  /// Uses a map that exists already, if the object has one of this name.
  package func share(_ name: String, descriptor: Int32) throws(LoadFailure) {
    guard let map = bpf_object__find_map_by_name(handle, name) else { return }
    if bpf_map__reuse_fd(map, descriptor) != 0 { throw LoadLog.failure("open") }
  }

  /// Sets how many entries a map has room for, if the object has one of this name.
  package func setSize(_ name: String, entries: Int) throws(LoadFailure) {
    guard let map = bpf_object__find_map_by_name(handle, name) else { return }
    if bpf_map__set_max_entries(map, UInt32(entries)) != 0 { throw LoadLog.failure("open") }
  }

  /// Names the function or tracepoint that a program for one target is for; a module's too.
  package func setTarget(
    _ target: String, of program: String = BpfObject.probe
  ) throws(LoadFailure) {
    if bpf_program__set_attach_target(try find(program), 0, target) != 0 {
      throw LoadLog.failure("attach")
    }
  }

  /// Has a kprobe or kretprobe program attach to many functions in one step.
  package func setMulti(_ program: String = BpfObject.probe) throws(LoadFailure) {
    if bpf_program__set_expected_attach_type(try find(program), BPF_TRACE_KPROBE_MULTI) != 0 {
      throw LoadLog.failure("attach")
    }
  }

  /// Leaves a program out when the object is loaded.
  package func leaveOut(_ program: String) throws(LoadFailure) {
    if bpf_program__set_autoload(try find(program), false) != 0 { throw LoadLog.failure("open") }
  }

  package func load() throws(LoadFailure) {
    LoadLog.collect()
    if bpf_object__load(handle) != 0 { throw LoadLog.failure("load") }
  }

  // MARK: After loading

  /// The kernel's descriptor of a map; it lives as long as the object. Nil where there is none of this
  /// name.
  package func map(_ name: String) -> Int32? {
    bpf_object__find_map_by_name(handle, name).map { bpf_map__fd($0) }
  }

  /// The one value of an array map, in this process's memory.
  func memory(ofMap name: String) throws(LoadFailure) -> UnsafeMutableRawBufferPointer {
    guard let map = bpf_object__find_map_by_name(handle, name) else {
      throw LoadLog.failure("open")
    }
    let size = Int(bpf_map__value_size(map))
    let memory = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(map), 0)
    guard let memory, memory != MAP_FAILED else { throw LoadLog.failure("map memory") }
    return UnsafeMutableRawBufferPointer(start: memory, count: size)
  }

  /// The kernel's descriptor of a loaded program.
  func descriptor(of program: String) throws(LoadFailure) -> Int32 {
    bpf_program__fd(try find(program))
  }

  /// How often the kernel skipped the program because it was running already; 0 where a kernel does
  /// not count.
  package func misses(of program: String = BpfObject.probe) -> UInt64 {
    var misses: UInt64 = 0
    guard let program = bpf_object__find_program_by_name(handle, program) else { return 0 }
    return nc_program_misses(bpf_program__fd(program), &misses) == 0 ? misses : 0
  }

  /// How long the program has run, and how often, while ``RunTimeStatistics`` were on; nil where the
  /// kernel does not tell.
  func runTime(of program: String = BpfObject.probe) -> (nanoseconds: UInt64, runs: UInt64)? {
    var time: (nanoseconds: UInt64, runs: UInt64) = (0, 0)
    guard let program = bpf_object__find_program_by_name(handle, program) else { return nil }
    let result = nc_program_runtime(bpf_program__fd(program), &time.nanoseconds, &time.runs)
    return result == 0 ? time : nil
  }

  /// Instructions of the program as it was loaded.
  package func instructionCount(of program: String = BpfObject.probe) -> Int {
    bpf_object__find_program_by_name(handle, program).map { Int(bpf_program__insn_cnt($0)) } ?? 0
  }

  /// The program of an object that has but one, and the one that is at a function's return.
  package static let probe = "nc_probe"
  /// The one beside it that is at the function's entry, in objects for returns that want it.
  static let entry = "nc_entry"

  /// Those of them that the object has. The one at the return comes first: where both are attached in
  /// this order, a call without a record is one that had begun before.
  var probes: [String] {
    [Self.probe, Self.entry].filter { bpf_object__find_program_by_name(handle, $0) != nil }
  }

  // MARK: Programs

  /// What a program is attached to: as its section says, unless ``setMulti(_:)`` changed it.
  func kind(of program: OpaquePointer) -> ProgramKind? {
    let kind = ProgramKind(section: section(program))
    guard bpf_program__expected_attach_type(program) == BPF_TRACE_KPROBE_MULTI else { return kind }
    switch kind {
    case .kprobe: return .kprobeMulti
    case .kretprobe: return .kretprobeMulti
    default: return kind
    }
  }

  private func section(_ program: OpaquePointer) -> String {
    String(cString: bpf_program__section_name(program))
  }

  func find(_ program: String) throws(LoadFailure) -> OpaquePointer {
    guard let found = bpf_object__find_program_by_name(handle, program) else {
      throw LoadLog.failure("open")
    }
    return found
  }
}

/// An attached program; detached when it is let go of, or when the process ends in whatever way.
package final class BpfLink {
  private let handle: OpaquePointer

  init(_ handle: OpaquePointer) {
    self.handle = handle
  }

  deinit { bpf_link__destroy(handle) }

  /// How often a kprobe was hit but skipped, or all that are attached in one step together; nil where
  /// the kernel does not tell.
  package func kprobeMisses() -> UInt64? {
    var misses: UInt64 = 0
    return nc_kprobe_misses(handle, &misses) == 0 ? misses : nil
  }
}
