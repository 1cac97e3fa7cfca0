internal import CBpf
internal import CLibbpf
internal import SystemPackage

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// The maps that every object of a tracer uses: the ring buffer, the counters, the switch; for scripts
/// the names of points.
final class SharedMaps {
  private let ring: EventRing
  let counters: Int32
  let enabled: Int32
  /// Addresses of kprobed functions, for kernels without attach cookies.
  let points: Int32
  /// 64 bytes for each point.
  let names: Int32

  private static let nameBytes = 64

  /// - Parameters:
  ///   - points: how many; a script may do with none, a map may not.
  init(points: Int, ring: EventRing) throws(LoadFailure) {
    let count = max(1, points)
    self.ring = ring
    LoadLog.collect()
    counters = bpf_map_create(
      BPF_MAP_TYPE_ARRAY, "nc_counters", 4, UInt32(MemoryLayout<nc_point_counters>.size),
      UInt32(count), nil)
    enabled = bpf_map_create(BPF_MAP_TYPE_ARRAY, "nc_enabled", 4, 4, 1, nil)
    self.points = bpf_map_create(BPF_MAP_TYPE_HASH, "nc_points", 8, 4, UInt32(count), nil)
    names = bpf_map_create(
      BPF_MAP_TYPE_ARRAY, "nc_names", 4, UInt32(Self.nameBytes), UInt32(count), nil)
    if min(counters, enabled, self.points, names) < 0 {
      throw LoadLog.failure("create maps")
    }
  }

  deinit {
    for descriptor in [counters, enabled, points, names] where descriptor >= 0 {
      close(descriptor)
    }
  }

  /// Lets an object use these maps.
  func share(with object: BpfObject) throws(LoadFailure) {
    try object.share("nc_ring", descriptor: ring.descriptor)
    try object.share("nc_counters", descriptor: counters)
    // A global variable of the programs: the one value of an array.
    try object.share(".data.enabled", descriptor: enabled)
    try object.share("nc_points", descriptor: points)
    try object.share("nc_names", descriptor: names)
  }

  /// Lets the programs begin, or has them do nothing from now on.
  func setEnabled(_ on: Bool) throws(LoadFailure) {
    var key: UInt32 = 0
    var value = (on ? NC_TRACING : NC_IDLE).rawValue
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
  ///
  /// - Parameter own: the counters of an object that serves this point alone, and counts there; nil:
  ///   those that objects share.
  func outcomes(ofPoint point: Int, own: Int32?) throws(LoadFailure) -> [UInt64] {
    let kinds = MemoryLayout<nc_counters>.size / 8
    let lines = MemoryLayout<nc_point_counters>.size / MemoryLayout<nc_counters>.size
    var sums = [UInt64](repeating: 0, count: kinds)
    var values = [UInt64](repeating: 0, count: lines * kinds)
    var key = own == nil ? UInt32(point) : 0
    if bpf_map_lookup_elem(own ?? counters, &key, &values) != 0 {
      throw LoadLog.failure("read counters")
    }
    for (index, value) in values.enumerated() { sums[index % kinds] += value }
    return sums
  }
}
