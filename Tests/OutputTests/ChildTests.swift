import Foundation
import Processes
import SystemPackage
import Testing

@Suite struct ChildTests {
  /// Runs a shell command with a pipe as its standard output.
  private func run(
    _ script: String, identity: Child.Identity = .inherited,
    environment: [String] = ["PATH=/usr/bin:/bin"]
  ) throws -> (text: String, status: Child.ExitStatus) {
    var pipe = try Processes.Pipe()
    let null = try FileDescriptor.open("/dev/null", .readWrite, options: .closeOnExec)
    defer { #expect(throws: Never.self) { try null.close() } }
    var child = try Child(
      executable: "/bin/sh", arguments: ["-c", script], environment: environment,
      standardInput: null, standardOutput: pipe.writeEnd!, standardError: pipe.writeEnd!,
      identity: identity)
    pipe.closeWriteEnd()
    var text: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while case let count = read(pipe.readEnd!.rawValue, &buffer, buffer.count), count > 0 {
      text += buffer[..<count]
    }
    return (String(decoding: text, as: UTF8.self), child.wait())
  }

  @Test func `a child has three descriptors, whatever the parent has open`() throws {
    // Open in the parent, and not to be closed on exec.
    let open = (0..<5).map { _ in dup(0) }
    let far = fcntl(0, F_DUPFD, 400)
    defer { for number in open + [far] { close(number) } }
    let (text, status) = try run("ls /proc/$$/fd")
    #expect(text.split(separator: "\n").sorted() == ["0", "1", "2"])
    #expect(status == .exited(0))
  }

  @Test func `descriptors below three can be given in any order`() throws {
    var pipe = try Processes.Pipe()
    let null = try FileDescriptor.open("/dev/null", .readWrite)
    defer { #expect(throws: Never.self) { try null.close() } }
    // Standard output becomes descriptor 2, and the pipe 1, though they may be each other's number.
    var child = try Child(
      executable: "/bin/sh", arguments: ["-c", "echo out; echo err >&2"], environment: [],
      standardInput: FileDescriptor(rawValue: 2), standardOutput: pipe.writeEnd!,
      standardError: null)
    pipe.closeWriteEnd()
    var buffer = [UInt8](repeating: 0, count: 64)
    let count = read(pipe.readEnd!.rawValue, &buffer, buffer.count)
    #expect(String(decoding: buffer[..<count], as: UTF8.self) == "out\n")
    let status = child.wait()
    #expect(status == .exited(0))
  }

  @Test(.enabled(if: geteuid() == 0, "only root has privileges to drop"))
  func `an unprivileged child is nobody and can become no one else`() throws {
    let (text, _) = try run(
      "id -u; id -g; id -G; grep -E '^(Uid|Gid|Groups|CapPrm|CapEff|CapAmb|NoNewPrivs):' /proc/self/status",
      identity: .unprivileged)
    #expect(
      text == """
        65534
        65534
        65534
        Uid:\t65534\t65534\t65534\t65534
        Gid:\t65534\t65534\t65534\t65534
        Groups:\t\(" ")
        CapPrm:\t0000000000000000
        CapEff:\t0000000000000000
        CapAmb:\t0000000000000000
        NoNewPrivs:\t1

        """)
  }

  @Test func `a child can gain no privileges, and has a process group of its own`() throws {
    let (text, _) = try run("grep NoNewPrivs /proc/self/status; ps -o pgid= -p $$; echo $$")
    let lines = text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
    #expect(lines[0] == "NoNewPrivs:\t1")
    #expect(lines[1] == lines[2])
  }

  @Test func `signals are as they are by default`() throws {
    _ = signal(SIGPIPE, SIG_IGN)
    let (text, _) = try run("grep -E '^Sig(Blk|Ign)' /proc/self/status")
    let masks = text.split(separator: "\n").map { UInt64($0.suffix(16), radix: 16)! }
    // 32 and 33 are the C library's own, and cannot be changed through it.
    #expect(masks.map { $0 & 0x7fff_ffff } == [0, 0])
  }

  @Test func `the environment is what is given`() throws {
    let (text, _) = try run("/usr/bin/env", environment: ["A=1", "B=x y"])
    #expect(Set(text.split(separator: "\n")).isSuperset(of: ["A=1", "B=x y"]))
    #expect(!text.contains("PATH=") && !text.contains("HOME="))
  }

  @Test(arguments: [
    ("/no/such/program", Errno.noSuchFileOrDirectory), ("/etc/passwd", Errno.permissionDenied),
    ("/tmp", Errno.permissionDenied),
  ])
  func `what cannot be executed is an error of the caller's`(path: String, expected: Errno) throws {
    let null = try FileDescriptor.open("/dev/null", .readWrite)
    defer { #expect(throws: Never.self) { try null.close() } }
    do {
      let child = try Child(
        executable: FilePath(path), arguments: [], environment: [], standardInput: null,
        standardOutput: null, standardError: null)
      Issue.record("\(path) runs as \(child.processID)")
    } catch {
      #expect(error == expected)
    }
  }

  @Test func `how a child ended is told`() throws {
    #expect(try run("exit 3").status == .exited(3))
    #expect(try run("kill -TERM $$").status == .signalled(SIGTERM))
  }

  @Test func `a child that is let go is killed`() throws {
    let null = try FileDescriptor.open("/dev/null", .readWrite)
    defer { #expect(throws: Never.self) { try null.close() } }
    func start() throws -> Int32 {
      var child = try Child(
        executable: "/bin/sleep", arguments: ["1000"], environment: [], standardInput: null,
        standardOutput: null, standardError: null)
      let status = child.poll()
      #expect(status == nil)
      #expect(kill(child.processID, 0) == 0)
      return child.processID
    }
    let processID = try start()
    #expect(kill(processID, 0) == -1)
  }

  @Test func `executables are found on the path given, and nowhere else`() {
    #expect(findExecutable("sh", path: "/nowhere:/bin") == "/bin/sh")
    #expect(findExecutable("sh", path: "/nowhere:.:") == nil)
    #expect(findExecutable("tmp", path: "/") == nil, "a folder is none")
    #expect(findExecutable("passwd", path: "/etc") == nil, "a file that cannot be executed is none")
    #expect(findExecutable("/bin/sh") == "/bin/sh")
    #expect(findExecutable("/bin/no-such-program") == nil)
  }
}
