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

  package init(step: String, errno: Int32, log: String) {
    self.step = step
    self.errno = errno
    self.log = log
  }

  /// The reason in one line: the verifier's if it is one; what libbpf says where the number says less.
  package var reason: String {
    if let reason = VerifierLog(log).reason { return reason }
    if cause == .notSupported, let line = log.split(separator: "\n").last {
      return String(line.hasPrefix("libbpf: ") ? line.dropFirst(8) : line)
    }
    return Errno(rawValue: self.errno).description
  }

  /// What kind of reason it is, for what to do about it.
  package enum Cause: Sendable, Equatable {
    /// The verifier refused the program.
    case verifier
    /// There is no such function, tracepoint, file, symbol or mark.
    case notFound
    /// It is there, but cannot be probed, or not in this way.
    case notTraceable
    /// This kernel, or this libbpf, does not know how.
    case notSupported
    case notPermitted
    /// No memory, descriptors or other room is left.
    case exhausted
    case other
  }

  package var cause: Cause {
    if VerifierLog(log).reason != nil { return .verifier }
    switch Errno(rawValue: self.errno) {
    case .noSuchFileOrDirectory, .noSuchProcess: return .notFound
    case .addressNotAvailable, .invalidArgument, .resourceBusy, .badAddress: return .notTraceable
    case .notSupported, .notSupportedOnSocket, .noFunction: return .notSupported
    case .notPermitted, .permissionDenied: return .notPermitted
    case .noMemory, .tooManyOpenFiles, .tooManyOpenFilesInSystem, .noSpace, .argListTooLong:
      return .exhausted
    default: return .other
    }
  }
}

/// What libbpf says while it works: one log for each thread.
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
