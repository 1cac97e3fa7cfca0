import CLibbpf
import Kernel
import Testing

/// Type information made in memory by libbpf, as pahole(1) would make it of C.
final class MadeTypes {
  let btf: OpaquePointer
  let base: MadeTypes?

  init(base: MadeTypes? = nil) {
    btf = base.map { btf__new_empty_split($0.btf) } ?? btf__new_empty()
    self.base = base
  }

  deinit { btf__free(btf) }

  func structure(_ name: String, size: UInt32 = 8) -> Int32 { btf__add_struct(btf, name, size) }
  func field(_ name: String, _ type: Int32, bit: UInt32, bits: UInt32 = 0) {
    #expect(btf__add_field(btf, name, type, bit, bits) == 0)
  }
  func pointer(_ type: Int32) -> Int32 { btf__add_ptr(btf, type) }
  func const(_ type: Int32) -> Int32 { btf__add_const(btf, type) }
  func volatile(_ type: Int32) -> Int32 { btf__add_volatile(btf, type) }
  func typedef(_ name: String, _ type: Int32) -> Int32 { btf__add_typedef(btf, name, type) }
  /// Signed, unless the encoding (`BTF_INT_*`) says otherwise.
  func integer(_ name: String, size: Int = 4, encoding: Int32 = 1) -> Int32 {
    btf__add_int(btf, name, size, encoding)
  }
  func array(_ type: Int32, _ count: UInt32) -> Int32 { btf__add_array(btf, 1, type, count) }

  func prototype(_ parameters: [(String, Int32)], returns: Int32 = 0) -> Int32 {
    let id = btf__add_func_proto(btf, returns)
    for (name, type) in parameters { #expect(btf__add_func_param(btf, name, type) == 0) }
    return id
  }

  @discardableResult
  func function(_ name: String, _ parameters: [(String, Int32)], returns: Int32 = 0) -> Int32 {
    btf__add_func(btf, name, BTF_FUNC_STATIC, prototype(parameters, returns: returns))
  }

  /// A tracepoint's typedef; its arguments follow the kernel's `void *`.
  @discardableResult
  func tracepoint(_ name: String, _ parameters: [(String, Int32)]) -> Int32 {
    let prototype = prototype([("__data", pointer(0))] + parameters)
    return typedef("btf_trace_\(name)", pointer(prototype))
  }

  func enumeration(_ name: String, _ values: [(String, Int64)], signed: Bool = false) -> Int32 {
    let id = btf__add_enum(btf, name, 4)
    for (name, value) in values { #expect(btf__add_enum_value(btf, name, value) == 0) }
    return id
  }

  func enumeration64(_ name: String, _ values: [(String, UInt64)]) -> Int32 {
    let id = btf__add_enum64(btf, name, 8, false)
    for (name, value) in values { #expect(btf__add_enum64_value(btf, name, value) == 0) }
    return id
  }

  func union(_ name: String, size: UInt32 = 8) -> Int32 { btf__add_union(btf, name, size) }

  /// `struct bpf_link_info` as far as the count of missed kprobes is in it.
  func linkInfo(_ number: Int32) {
    let kprobe = structure("", size: 24)
    field("addr", number, bit: 0)
    field("missed", number, bit: 128)
    let kinds = union("", size: 24)
    field("uprobe", number, bit: 0)
    field("kprobe", kprobe, bit: 0)
    let event = structure("", size: 32)
    field("type", number, bit: 0)
    field("", kinds, bit: 64)
    let outer = union("", size: 32)
    field("perf_event", event, bit: 0)
    _ = structure("bpf_link_info", size: 48)
    field("type", number, bit: 0)
    field("", outer, bit: 128)
  }

  /// The types as libbpf writes them into a file.
  var bytes: [UInt8] {
    var size: UInt32 = 0
    let raw = btf__raw_data(btf, &size)
    return Array(UnsafeRawBufferPointer(start: raw, count: Int(size)))
  }

  func done(module: String? = nil, base: TypeInformation? = nil) throws -> TypeInformation {
    try TypeInformation(bytes: bytes, module: module, base: base)
  }
}

/// The parameters, `count` times over.
func * (parameters: [(String, Int32)], count: Int) -> [(String, Int32)] {
  (0..<count).flatMap { _ in parameters }
}
