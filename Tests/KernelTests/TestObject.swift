import CBpf
import CLibbpf
import Foundation
import Kernel
import SystemPackage

/// Programs of these tests in the kernel: what they find goes to one array of numbers.
final class TestObject {
  let object: BpfObject

  /// Numbers that programs count or leave in the map `results`.
  static let resultCount = 1024

  static let prologue = """
    #include "maps.h"

    struct nc_call {
    	u64 argument;
    	u8 much[600];
    };
    #include "calls.h"
    #include "stacks.h"
    #include "usdt.h"

    struct {
    	__uint(type, BPF_MAP_TYPE_ARRAY);
    	__uint(max_entries, \(resultCount));
    	__type(key, u32);
    	__type(value, u64);
    } results SEC(".maps");

    static __always_inline void put(u32 index, u64 value)
    {
    	u64 *result = bpf_map_lookup_elem(&results, &index);

    	if (result)
    		*result = value;
    }

    static __always_inline void add(u32 index)
    {
    	u64 *result = bpf_map_lookup_elem(&results, &index);

    	if (result)
    		asm volatile("lock *(u64 *)(%0 + 0) += %1" : : "r"(result), "r"(1ULL) : "memory");
    }

    char nc_license[] SEC("license") = "GPL";

    """

  /// Whether this kernel knows attach cookies.
  static let hasCookies = KernelFacts().features.kprobeCookie.isAvailable

  /// Opens the object of a text behind the prologue; `prepare` comes before it is loaded.
  init(
    _ text: String, point: UInt32 = 0, programs: Set<String>? = nil,
    prepare: (BpfObject) throws -> Void = { _ in }
  ) throws {
    guard let clang = Clang.find() else { throw Failed("there is no clang") }
    let source = EmbeddedSources.amalgamate(Self.prologue + text)
    do {
      object = try BpfObject(try clang.object(for: source))
    } catch Clang.Failure.refused(let log) {
      throw Failed(log)
    }
    var config = nc_config()
    config.cookies = Self.hasCookies ? 1 : 0
    config.point = point
    try withUnsafeBytes(of: config) { try object.setConstants(".rodata.config", $0) }
    if let programs {
      for (name, _) in object.programs where !programs.contains(name) {
        try object.leaveOut(name)
      }
    }
    try object.setSize("nc_points", entries: 1024)
    try prepare(object)
    do {
      try object.load()
    } catch {
      throw Failed("\(error.reason)\n\(error.log)")
    }
  }

  subscript(index: Int) -> UInt64 {
    var key = UInt32(index)
    var value: UInt64 = 0
    guard let map = object.map("results"), bpf_map_lookup_elem(map, &key, &value) == 0 else {
      return .max
    }
    return value
  }

  /// Has hits at an address told by it, where there are no cookies.
  func register(_ name: String, point: UInt32) throws {
    if Self.hasCookies { return }
    guard var address = try KernelSymbols().addresses(of: [name])[name],
      let map = object.map("nc_points")
    else { throw Failed("no address of \(name)") }
    var point = point
    if bpf_map_update_elem(map, &address, &point, 0) != 0 { throw Failed("nc_points is full") }
  }
}

/// This program's file.
let testExecutable = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().path
