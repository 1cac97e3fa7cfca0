internal import CProcess
package import SystemPackage

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// A child process, started without a shell. It does not outlive this value.
package struct Child: ~Copyable {
  package let processID: Int32
  private var status: ExitStatus?

  /// How a process ended.
  package enum ExitStatus: Equatable, Sendable {
    case exited(Int32)
    case signalled(Int32)
  }

  /// The user that a child runs as.
  package enum Identity: Sendable {
    /// The same as the caller.
    case inherited
    /// `nobody:nogroup` (65534) without supplementary groups where the caller is root.
    case unprivileged
  }

  /// Whose signals a terminal's keys are.
  package enum Group: Sendable {
    /// Not this process's: ^C is for the caller, and the terminal cannot be read.
    case own
    /// The caller's: for programs that use the terminal.
    case inherited
  }

  /// Starts `executable` with `arguments` (without the name) and exactly three descriptors.
  ///
  /// - Throws: `Errno` of the step that failed, execve(2) included.
  package init(
    executable: FilePath, arguments: [String], environment: [String], standardInput: FileDescriptor,
    standardOutput: FileDescriptor, standardError: FileDescriptor, identity: Identity = .inherited,
    group: Group = .own
  ) throws(Errno) {
    let nobody: UInt32 = 65534
    var drop: Int32 = 0
    if case .unprivileged = identity { drop = 1 }
    var keep: Int32 = 0
    if case .inherited = group { keep = 1 }
    let descriptors = [standardInput.rawValue, standardOutput.rawValue, standardError.rawValue]
    let result = withCStrings([executable.string] + arguments) { argv in
      withCStrings(environment) { envp in
        nc_spawn(argv, envp, descriptors, drop, nobody, nobody, keep)
      }
    }
    if result < 0 { throw Errno(rawValue: -result) }
    processID = result
  }

  /// A process that nobody waited for is killed.
  deinit {
    if status != nil { return }
    kill(processID, SIGKILL)
    while waitpid(processID, nil, 0) < 0, errno == EINTR {}
  }

  /// The exit status if the process has ended; reaps it.
  package mutating func poll() -> ExitStatus? { reap(options: WNOHANG) }

  /// Waits for the process to end.
  package mutating func wait() -> ExitStatus {
    reap(options: 0) ?? .exited(-1)
  }

  /// Sends a signal, unless the process has already been reaped.
  package func signal(_ number: Int32) {
    if status == nil { kill(processID, number) }
  }

  private mutating func reap(options: Int32) -> ExitStatus? {
    if let status { return status }
    var raw: Int32 = 0
    var result: Int32
    repeat { result = waitpid(processID, &raw, options) } while result < 0 && errno == EINTR
    guard result == processID else { return nil }
    let signal = raw & 0x7f
    status = signal == 0 ? .exited((raw >> 8) & 0xff) : .signalled(signal)
    return status
  }
}

/// Calls `body` with a NULL-terminated array of C strings.
private func withCStrings<R>(
  _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> R
) -> R {
  var pointers: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) }
  pointers.append(nil)
  defer { for pointer in pointers { free(pointer) } }
  return pointers.withUnsafeBufferPointer { body($0.baseAddress!) }
}

/// Where `name` is found on `PATH` (or the name itself, if it contains a slash), if executable.
package func findExecutable(_ name: String, path: String? = nil) -> FilePath? {
  if name.contains("/") { return access(name, X_OK) == 0 ? FilePath(name) : nil }
  let path = path ?? getenv("PATH").map { String(cString: $0) } ?? "/usr/sbin:/usr/bin:/sbin:/bin"
  for folder in path.split(separator: ":") where folder.hasPrefix("/") {
    let candidate = "\(folder)/\(name)"
    var info = stat()
    if access(candidate, X_OK) == 0, stat(candidate, &info) == 0, info.st_mode & S_IFMT == S_IFREG {
      return FilePath(candidate)
    }
  }
  return nil
}

/// This process's environment as `NAME=value`.
package func currentEnvironment() -> [String] {
  var result: [String] = []
  var entry = environ
  while let pointer = entry.pointee {
    result.append(String(cString: pointer))
    entry = entry.successor()
  }
  return result
}
