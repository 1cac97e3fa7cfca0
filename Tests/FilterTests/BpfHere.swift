import Kernel
import Lowering
import Packets
import Testing

/// Whether this machine and this user can run eBPF programs.
enum BpfHere {
  /// Why not, if so.
  static let obstacle: String? = {
    guard let clang = Clang.find() else { return "no clang" }
    do throws(FilterRun.Failure) {
      let unit = FilterRunUnit([.init(program: .acceptAll, link: .ethernet)])
      let run = try FilterRun(unit, clang: clang)
      _ = consume run
      return nil
    } catch .load(let failure) {
      return "\(failure.step): \(failure.reason)"
    } catch {
      return "\(error)"
    }
  }()
}

/// One after the other: what libbpf says while it loads is kept in one place for the process.
@Suite(.serialized) enum InKernel {}
