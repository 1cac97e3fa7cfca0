internal import Processes
package import SystemPackage

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// The C compiler, and the objects it has already made.
package struct Clang: Sendable {
  package let executable: FilePath

  /// Why no object came about.
  package enum Failure: Error {
    /// clang could not be started, or its files not be written.
    case system(String, Errno)
    /// clang refused the text; what it said.
    case refused(log: String)
  }

  static let flags = [
    "-target", "bpf", "-mcpu=v3", "-O2", "-g", "-mllvm", "-hot-cold-split=false", "-Wall",
    "-Wno-unused-function", "-fno-ident",
    architectureFlag,
  ]

  private static var architectureFlag: String {
    #if arch(arm64)
      "-D__TARGET_ARCH_arm64"
    #else
      "-D__TARGET_ARCH_x86"
    #endif
  }

  package init(executable: FilePath) {
    self.executable = executable
  }

  /// `$NETCAP_CLANG`, or `clang` on PATH, or the newest `clang-N` there.
  package static func find() -> Clang? {
    if let name = getenv("NETCAP_CLANG").map({ String(cString: $0) }), !name.isEmpty {
      return findExecutable(name).map(Clang.init)
    }
    let names = ["clang"] + (14...30).reversed().map { "clang-\($0)" }
    for name in names {
      if let path = findExecutable(name) { return Clang(executable: path) }
    }
    return nil
  }

  /// Compiles a translation unit for the kernel, or takes the object from the cache.
  ///
  /// - Parameter options: more of clang's.
  package func object(for source: String, options: [String] = []) throws(Failure) -> [UInt8] {
    let flags = Self.flags + options
    return try cached(flags.joined(separator: " ") + "\n" + source) { () throws(Failure) in
      try run(flags + ["-c"], on: Array(source.utf8), named: "probe.c", output: "probe.o")
    }
  }

  /// What this compiler makes of something, or what it has made of the same before.
  func cached(
    _ what: String, _ make: () throws(Failure) -> [UInt8]
  ) throws(Failure) -> [UInt8] {
    let key = identity() + "\n" + what
    let cache = ObjectCache.open()
    if let object = cache?.object(for: key) { return object }
    let object = try make()
    cache?.store(object, for: key)
    return object
  }

  /// What tells this compiler from another one, without running it.
  private func identity() -> String { Self.identity(of: executable) }

  /// The same for this program: what it makes of what clang says is its own affair.
  static var ownIdentity: String { identity(of: "/proc/self/exe") }

  private static func identity(of executable: FilePath) -> String {
    var info = stat()
    guard stat(executable.string, &info) == 0 else { return executable.string }
    let time = info.st_mtim
    // Not the device and inode: the same file has others where it is seen from a virtual machine.
    return "\(executable) \(info.st_size) \(time.tv_sec).\(time.tv_nsec)"
  }

  /// Runs clang in a folder of its own, which is gone afterwards.
  ///
  /// - Parameters:
  ///   - name: of the file that the text is in.
  ///   - output: of the file that it is to write; nil: standard output.
  /// - Returns: what it has written.
  func run(
    _ arguments: [String], on text: [UInt8], named name: String, output: String? = nil
  ) throws(Failure) -> [UInt8] {
    let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = Array("\(parent)/netcap-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw .system("a temporary folder in \(parent)", Errno(rawValue: errno))
    }
    let length = template.count - 1
    let folder = FilePath(
      String(decoding: template[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self))
    let input = folder.appending(name)
    let result = folder.appending(output ?? "out")
    let log = folder.appending("log")
    defer {
      for file in [input, result, log] { unlink(file.string) }
      rmdir(folder.string)
    }
    do {
      try writeFile(input, text)
      let null = try FileDescriptor.open("/dev/null", .readOnly)
      defer { close(null.rawValue) }
      let messages = try FileDescriptor.open(
        log, .writeOnly, options: [.create, .truncate], permissions: .ownerReadWrite)
      defer { close(messages.rawValue) }
      let printed = try FileDescriptor.open(
        result, .writeOnly, options: [.create, .truncate], permissions: .ownerReadWrite)
      defer { close(printed.rawValue) }
      var child = try Child(
        executable: executable,
        arguments: arguments + [input.string] + (output == nil ? [] : ["-o", result.string]),
        environment: currentEnvironment(), standardInput: null, standardOutput: printed,
        standardError: messages)
      let status = child.wait()
      let text = String(decoding: try readFile(log), as: UTF8.self)
      guard status == .exited(0) else { throw Failure.refused(log: text) }
      return try readFile(result)
    } catch let error as Errno {
      throw .system(executable.string, error)
    } catch let error as Failure {
      throw error
    } catch {
      throw .system(executable.string, .ioError)
    }
  }
}

/// The whole content of a file.
func readFile(_ path: FilePath) throws(Errno) -> [UInt8] {
  let descriptor = open(path.string, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { throw Errno(rawValue: errno) }
  defer { close(descriptor) }
  var bytes: [UInt8] = []
  var info = stat()
  if fstat(descriptor, &info) == 0 { bytes.reserveCapacity(Int(info.st_size)) }
  while true {
    var failure: Errno?
    let got = withUnsafeTemporaryAllocation(byteCount: 64 << 10, alignment: 16) { buffer in
      let got = read(descriptor, buffer.baseAddress, buffer.count)
      if got > 0 { bytes.append(contentsOf: buffer[..<got]) }
      if got < 0 { failure = Errno(rawValue: errno) }
      return got
    }
    if let failure, failure != .interrupted { throw failure }
    if got == 0 { return bytes }
  }
}

/// Makes or replaces a file of the user's own, mode 0600.
func writeFile(_ path: FilePath, _ bytes: [UInt8]) throws(Errno) {
  let descriptor = open(path.string, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
  guard descriptor >= 0 else { throw Errno(rawValue: errno) }
  defer { close(descriptor) }
  var done = 0
  while done < bytes.count {
    let wrote = bytes[done...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    if wrote < 0 {
      if errno == EINTR { continue }
      throw Errno(rawValue: errno)
    }
    done += wrote
  }
}
