internal import CBpf
internal import CLibbpf
internal import SystemPackage

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Why an object was not loaded or a program not attached.
package struct LoadFailure: Error, Equatable {
  /// What was being done: `open`, `load`, `attach`.
  package let step: String
  package let errno: Int32
  /// What libbpf printed meanwhile, the verifier's log included.
  package let log: String

  /// The reason in one line: the verifier's if it is one.
  package var reason: String {
    VerifierLog(log).reason ?? Errno(rawValue: errno).description
  }
}

/// One eBPF object with its one program, from the compiled file to the kernel.
struct BpfObject: ~Copyable {
  private let handle: OpaquePointer
  private let program: OpaquePointer

  /// - Parameters:
  ///   - bytes: the ELF file.
  ///   - name: the program's.
  init(_ bytes: [UInt8], program name: String = "nc_probe") throws(LoadFailure) {
    LoadLog.collect()
    guard
      let handle = bytes.withUnsafeBytes({ nc_object_open($0.baseAddress, $0.count, "netcap") })
    else { throw LoadLog.failure("open") }
    guard let program = bpf_object__find_program_by_name(handle, name) else {
      bpf_object__close(handle)
      throw LoadLog.failure("open")
    }
    self.handle = handle
    self.program = program
  }

  deinit { bpf_object__close(handle) }

  /// Sets the program's constants.
  borrowing func configure(_ config: nc_config) throws(LoadFailure) {
    var config = config
    let map = bpf_object__find_map_by_name(handle, ".rodata.config")
    if bpf_map__set_initial_value(map, &config, MemoryLayout<nc_config>.size) != 0 {
      throw LoadLog.failure("open")
    }
  }

  /// Uses a map that exists already, if the object has one of this name.
  borrowing func share(_ name: String, descriptor: Int32) throws(LoadFailure) {
    guard let map = bpf_object__find_map_by_name(handle, name) else { return }
    if bpf_map__reuse_fd(map, descriptor) != 0 { throw LoadLog.failure("open") }
  }

  /// Names the function or tracepoint that an fentry or tp_btf program is for.
  borrowing func setTarget(_ name: String) throws(LoadFailure) {
    if bpf_program__set_attach_target(program, 0, name) != 0 { throw LoadLog.failure("attach") }
  }

  borrowing func load() throws(LoadFailure) {
    if bpf_object__load(handle) != 0 { throw LoadLog.failure("load") }
  }

  /// The one value of an array map, in this process's memory.
  borrowing func memory(ofMap name: String) throws(LoadFailure) -> UnsafeMutableRawBufferPointer {
    guard let map = bpf_object__find_map_by_name(handle, name) else {
      throw LoadLog.failure("open")
    }
    let size = Int(bpf_map__value_size(map))
    let memory = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(map), 0)
    guard let memory, memory != MAP_FAILED else { throw LoadLog.failure("map memory") }
    return UnsafeMutableRawBufferPointer(start: memory, count: size)
  }

  var programDescriptor: Int32 { bpf_program__fd(program) }

  /// Attaches an fentry or tp_btf program to its target.
  borrowing func attach() throws(LoadFailure) -> BpfLink {
    guard let link = bpf_program__attach_trace(program) else { throw LoadLog.failure("attach") }
    return BpfLink(link)
  }

  /// Attaches a program to a tracepoint, whose record it is given.
  borrowing func attachTracepoint(
    _ category: String, _ name: String
  ) throws(LoadFailure) -> BpfLink {
    guard let link = bpf_program__attach_tracepoint(program, category, name) else {
      throw LoadLog.failure("attach")
    }
    return BpfLink(link)
  }

  /// Attaches a kprobe program to a function's entry.
  borrowing func attachKprobe(_ function: String, cookie: UInt64?) throws(LoadFailure) -> BpfLink {
    guard let link = nc_attach_kprobe(program, function, cookie != nil, cookie ?? 0) else {
      throw LoadLog.failure("attach")
    }
    return BpfLink(link)
  }

  /// How often the kernel skipped the program because it was running already; 0 where a kernel does
  /// not count.
  borrowing func misses() -> UInt64 {
    var misses: UInt64 = 0
    return nc_program_misses(bpf_program__fd(program), &misses) == 0 ? misses : 0
  }

  /// Instructions of the program as it was loaded.
  var instructionCount: Int { Int(bpf_program__insn_cnt(program)) }
}

/// An attached program; detached when it is let go of, or when the process ends in whatever way.
struct BpfLink: ~Copyable {
  private let handle: OpaquePointer

  fileprivate init(_ handle: OpaquePointer) {
    self.handle = handle
  }

  deinit { bpf_link__destroy(handle) }

  /// How often a kprobe was hit but skipped; nil where the kernel does not tell.
  borrowing func kprobeMisses() -> UInt64? {
    var misses: UInt64 = 0
    return nc_kprobe_misses(handle, &misses) == 0 ? misses : nil
  }
}

/// What libbpf says while it works. One log for the process: objects are loaded from one thread.
enum LoadLog {
  /// Starts anew.
  static func collect() {
    nc_log_collect()
    _ = take()
  }

  static func take() -> String {
    var size = 0
    guard let text = nc_log_take(&size), size > 0 else { return "" }
    return String(decoding: UnsafeRawBufferPointer(start: text, count: size), as: UTF8.self)
  }

  /// A failure with the current `errno` and all that was said since ``collect()``.
  static func failure(_ step: String) -> LoadFailure {
    let number = errno
    return LoadFailure(step: step, errno: number, log: take())
  }
}
