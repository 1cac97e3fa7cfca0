internal import Glibc
package import SystemPackage

/// What this process is allowed to do.
package struct Privileges: Sendable, Equatable {
  /// A capability that tracing has to do with: its number in linux/capability.h.
  package enum Capability: Int, Sendable, CaseIterable {
    case netAdmin = 12
    case sysAdmin = 21
    case perfmon = 38
    case bpf = 39

    package var name: String {
      switch self {
      case .netAdmin: "CAP_NET_ADMIN"
      case .sysAdmin: "CAP_SYS_ADMIN"
      case .perfmon: "CAP_PERFMON"
      case .bpf: "CAP_BPF"
      }
    }
  }

  package let user: UInt32
  /// Bit n is capability n.
  package let effective: UInt64
  /// False in a container that has users of its own: capabilities count for nothing outside it.
  package let isInInitialUserNamespace: Bool

  package init(user: UInt32, effective: UInt64, isInInitialUserNamespace: Bool) {
    self.user = user
    self.effective = effective
    self.isInInitialUserNamespace = isInInitialUserNamespace
  }

  /// Those of this process, as /proc tells them; none where it does not.
  package static func ofThisProcess(process: FilePath = "/proc/self") -> Privileges {
    var effective: UInt64 = 0
    if case .success(let status) = KernelFile.text(process.appending("status")) {
      effective = capabilities(inStatus: status) ?? 0
    }
    let map = KernelFile.line(process.appending("uid_map"))
    return Privileges(
      user: geteuid(), effective: effective,
      isInInitialUserNamespace: map.map { isWholeRange($0) } ?? true)
  }

  package func has(_ capability: Capability) -> Bool {
    effective >> UInt64(capability.rawValue) & 1 == 1
  }

  /// What is missing for loading and attaching probes, empty if nothing is.
  package var missing: [Capability] {
    has(.sysAdmin) ? [] : [.bpf, .perfmon].filter { !has($0) }
  }

  /// Parses the line `CapEff:` of `/proc/PID/status`.
  static func capabilities(inStatus text: String) -> UInt64? {
    for line in text.split(separator: "\n") where line.hasPrefix("CapEff:") {
      return line.split(whereSeparator: { $0 == "\t" || $0 == " " }).last.flatMap {
        UInt64($0, radix: 16)
      }
    }
    return nil
  }

  /// Whether `/proc/PID/uid_map` maps every user to itself, as only the first namespace does.
  static func isWholeRange(_ map: String) -> Bool {
    map.split(separator: " ").map { String($0) } == ["0", "0", "4294967295"]
  }
}
