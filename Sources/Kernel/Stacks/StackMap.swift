internal import CBpf
internal import CLibbpf

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Call chains that programs keep by `nc_stack` (bpf/stacks.h): each has a number, which events and
/// keys carry.
///
/// The number is a hash of the chain: another chain with the same one is not kept, but counted.
package final class StackMap {
  private let stacks: Int32
  private let losses: Int32
  package let entries: Int

  /// - Parameter entries: how many chains there is room for, at 1 KiB each; rounded up to a power of
  ///   two.
  package init(entries: Int = 8192) throws(LoadFailure) {
    LoadLog.collect()
    var size = 1
    while size < entries { size *= 2 }
    self.entries = size
    stacks = bpf_map_create(
      BPF_MAP_TYPE_STACK_TRACE, "nc_stacks", 4,
      UInt32(NC_STACK_FRAMES) * UInt32(MemoryLayout<UInt64>.size), UInt32(size), nil)
    losses = bpf_map_create(
      BPF_MAP_TYPE_ARRAY, "nc_stack_losses", 4, 8, NC_STACK_LOSSES.rawValue, nil)
    if min(stacks, losses) < 0 { throw LoadLog.failure("create maps") }
  }

  deinit {
    for descriptor in [stacks, losses] where descriptor >= 0 { close(descriptor) }
  }

  /// Lets an object keep its chains here.
  package func share(with object: BpfObject) throws(LoadFailure) {
    try object.share("nc_stacks", descriptor: stacks)
    try object.share("nc_stack_losses", descriptor: losses)
  }

  /// The return addresses of a chain, the innermost first; empty where there is none of this number.
  package func frames(of id: UInt64) -> [UInt64] {
    guard var key = UInt32(exactly: id) else { return [] }
    var frames = [UInt64](repeating: 0, count: Int(NC_STACK_FRAMES))
    guard bpf_map_lookup_elem(stacks, &key, &frames) == 0 else { return [] }
    return Array(frames.prefix { $0 != 0 })
  }

  /// Chains that were not kept, so far.
  package struct Losses: Sendable, Equatable {
    /// Another chain has their number.
    package let collisions: UInt64
    /// There is none, or it cannot be read: a process that has gone.
    package let unreadable: UInt64
  }

  package func lost() throws(LoadFailure) -> Losses {
    LoadLog.collect()
    func count(_ reason: nc_stack_loss) throws(LoadFailure) -> UInt64 {
      var key = reason.rawValue
      var value: UInt64 = 0
      if bpf_map_lookup_elem(losses, &key, &value) != 0 { throw LoadLog.failure("read counters") }
      return value
    }
    return Losses(
      collisions: try count(NC_STACK_COLLISION), unreadable: try count(NC_STACK_UNREADABLE))
  }

  /// Forgets all chains: their numbers can then stand for others.
  package func clear() {
    var key: UInt32 = 0
    var next: UInt32 = 0
    var found = bpf_map_get_next_key(stacks, nil, &next) == 0
    while found {
      key = next
      found = bpf_map_get_next_key(stacks, &key, &next) == 0
      bpf_map_delete_elem(stacks, &key)
    }
  }
}
