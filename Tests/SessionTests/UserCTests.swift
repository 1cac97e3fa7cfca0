import Foundation
import Kernel
import Session
import Syntax
import SystemPackage
import Testing

/// C blocks as `netcap check` and `-r` see them.
@Suite struct UserCTests {
  private static let kernel: Bool = {
    do throws(Errno) { _ = try BTF() } catch { return false }
    return Clang.find() != nil
  }()

  /// What is done with a script in a file.
  private func with<Result>(_ text: String, _ body: (String) throws -> Result) throws -> Result {
    let file = FileManager.default.temporaryDirectory
      .appendingPathComponent("netcap-c-\(UUID().uuidString).ncs")
    try Data(("ncs 1\n" + text).utf8).write(to: file)
    defer { unlink(file.path) }
    return try body(file.path)
  }

  private func checked(
    _ text: String, usesKernel: Bool = false
  ) throws -> (said: String, mistakes: String) {
    try with(text) { path in
      let outcome = try ScriptCheck(usesKernel: usesKernel, explains: true, reserved: [])
        .check(path, arguments: [])
      func short(_ text: String) -> String { text.replacingOccurrences(of: path, with: "f.ncs") }
      return (
        short(outcome.text),
        short(outcome.diagnostics.map { $0.rendered() + "\n" }.joined())
      )
    }
  }

  @Test func withoutAKernelItIsUnchecked() throws {
    let (said, mistakes) = try checked("probe icmp_rcv { where c { return no such thing; } }")
    #expect(mistakes.isEmpty)
    #expect(
      said.hasPrefix("f.ncs: sound, but for 1 name of the kernel and what is in C, unchecked\n"))
    #expect(said.contains("  C of its own, left out on recordings if --skip-c permits it\n"))
  }

  @Test func whereItEndsIsKnown() throws {
    let (_, mistakes) = try checked("probe icmp_rcv { where c { return '}'; ")
    #expect(mistakes.contains("error: "))
  }

  @Test(.enabled(if: kernel, "there is no clang, or no BTF")) func withAKernelItIsCompiled() throws
  {
    let sound = try checked(
      "probe kprobe:icmp_rcv { where c { return skb->dev->ifindex; } }", usesKernel: true)
    #expect(sound.mistakes.isEmpty)
    #expect(sound.said.hasPrefix("f.ncs: sound\n"))
    let wrong = try checked(
      "probe kprobe:icmp_rcv { where c { return skb->dev->no_such_member; } }", usesKernel: true)
    #expect(
      wrong.mistakes == """
        error: no member named 'no_such_member' in 'struct net_device'
         --> f.ncs:2:52
          | probe kprobe:icmp_rcv { where c { return skb->dev->no_such_member; } }
          |                                                    ^^^^^^^^^^^^^^

        """)
  }

  @Test func aRecordingHasNoC() throws {
    func fails(_ file: String?, skipsC: Bool) throws -> String {
      try with("probe icmp_rcv { where c { return 1; } }") { path in
        var request = ScriptRequest(text: .named(path), readFile: file, tcpdumpFlags: "-nn")
        request.skipsC = skipsC
        let failure = #expect(throws: SessionError.self) {
          try ScriptSession(
            request, standardOutput: .standardOutput, standardError: .standardError
          ).run()
        }
        #expect(failure?.exitStatus == 2)
        return failure?.diagnostics.map { $0.rendered() }.joined(separator: "\n") ?? ""
      }
    }
    #expect(try fails("/nonexistent", skipsC: false).contains("--skip-c leaves it out"))
    #expect(try fails(nil, skipsC: true).contains("--skip-c is about recordings"))
  }
}
