internal import CLibbpf

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Has the kernel count how long every eBPF program runs, as long as this lives: some tens of nanoseconds
/// a run. From 5.8 on (`BPF_ENABLE_STATS`).
package final class RunTimeStatistics {
  private let descriptor: Int32

  package init() throws(LoadFailure) {
    descriptor = bpf_enable_stats(BPF_STATS_RUN_TIME)
    if descriptor < 0 {
      throw LoadFailure(step: "count run times", errno: errno, log: "")
    }
  }

  deinit { close(descriptor) }
}
