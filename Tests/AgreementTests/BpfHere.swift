import Kernel
import Testing

/// Whether this machine and this user can run eBPF programs.
enum BpfHere {
  /// Why not, if so.
  static let obstacle: String? = {
    guard let clang = Clang.find() else { return "no clang" }
    do {
      let script = try Comparison.script("ncs 1\nprobe p = icmp_rcv { where pkt.len > 0 }\n")
      _ = try Comparison(clang: clang).difference(script, [])
      return nil
    } catch {
      return "\(error)"
    }
  }()
}

/// One after the other: what libbpf says while it loads is kept in one place for the process.
@Suite(
  .serialized,
  .enabled(if: BpfHere.obstacle == nil, "eBPF cannot be run here: \(BpfHere.obstacle ?? "")"))
enum InKernel {}
