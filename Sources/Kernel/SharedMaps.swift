internal import CBpf
internal import CLibbpf
internal import SystemPackage

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// The maps that every object of a session uses: the ring buffer, the counters, the switch; for scripts
/// the names of points.
final class SharedMaps {
  let ring: Int32
  let counters: Int32
  let enabled: Int32
  /// Addresses of kprobed functions, for kernels without attach cookies.
  let points: Int32
  /// 64 bytes for each point.
  let names: Int32
  let cpuCount: Int

  private static let nameBytes = 64

  /// - Parameters:
  ///   - points: how many; a script may do with none, a map may not.
  ///   - ringBytes: a power of two, a multiple of the page size.
  init(points: Int, ringBytes: Int) throws(LoadFailure) {
    let count = max(1, points)
    LoadLog.collect()
    let cpus = libbpf_num_possible_cpus()
    guard cpus > 0 else { throw LoadLog.failure("create maps") }
    cpuCount = Int(cpus)
    ring = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "nc_ring", 0, 0, UInt32(ringBytes), nil)
    counters = bpf_map_create(
      BPF_MAP_TYPE_ARRAY, "nc_counters", 4, UInt32(MemoryLayout<nc_counters>.size),
      UInt32(count * Int(cpus)), nil)
    enabled = bpf_map_create(BPF_MAP_TYPE_ARRAY, "nc_enabled", 4, 4, 1, nil)
    self.points = bpf_map_create(BPF_MAP_TYPE_HASH, "nc_points", 8, 4, UInt32(count), nil)
    names = bpf_map_create(
      BPF_MAP_TYPE_ARRAY, "nc_names", 4, UInt32(Self.nameBytes), UInt32(count), nil)
    if min(ring, counters, enabled, self.points, names) < 0 {
      throw LoadLog.failure("create maps")
    }
  }

  deinit {
    for descriptor in [ring, counters, enabled, points, names] where descriptor >= 0 {
      close(descriptor)
    }
  }

  /// Lets an object use these maps.
  func share(with object: BpfObject) throws(LoadFailure) {
    try object.share("nc_ring", descriptor: ring)
    try object.share("nc_counters", descriptor: counters)
    try object.share("nc_enabled", descriptor: enabled)
    try object.share("nc_points", descriptor: points)
    try object.share("nc_names", descriptor: names)
  }

  /// Lets the programs begin, or has them do nothing from now on.
  func setEnabled(_ on: Bool) throws(LoadFailure) {
    var key: UInt32 = 0
    var value: UInt32 = on ? 1 : 0
    if bpf_map_update_elem(enabled, &key, &value, 0) != 0 { throw LoadLog.failure("switch") }
  }

  /// Has hits at this address counted for this point.
  func register(address: UInt64, point: Int) throws(LoadFailure) {
    var key = address
    var value = UInt32(point)
    if bpf_map_update_elem(points, &key, &value, 0) != 0 { throw LoadLog.failure("attach") }
  }

  /// What programs call this point.
  func setName(_ name: String, ofPoint point: Int) throws(LoadFailure) {
    var key = UInt32(point)
    var bytes = Array(name.utf8.prefix(Self.nameBytes))
    bytes += Array(repeating: 0, count: Self.nameBytes - bytes.count)
    if bpf_map_update_elem(names, &key, &bytes, 0) != 0 { throw LoadLog.failure("name a point") }
  }

  /// A point's counters, summed over the CPUs: those of `enum nc_outcome`, then those of
  /// `enum nc_script_count`.
  func outcomes(ofPoint point: Int) throws(LoadFailure) -> [UInt64] {
    let kinds = MemoryLayout<nc_counters>.size / 8
    var sums = [UInt64](repeating: 0, count: kinds)
    var value = [UInt64](repeating: 0, count: kinds)
    for cpu in 0..<cpuCount {
      var key = UInt32(point * cpuCount + cpu)
      if bpf_map_lookup_elem(counters, &key, &value) != 0 { throw LoadLog.failure("read counters") }
      for kind in 0..<kinds { sums[kind] += value[kind] }
    }
    return sums
  }
}
