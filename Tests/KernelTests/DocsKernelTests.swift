import Documents
import Foundation
import Testing

extension InGuest {
  /// The examples of README.md and `docs/`, with the traffic that `docs/cli.md` makes.
  @Suite struct DocsKernelTests {
    @Test func examples() throws {
      let all = try Documents.examples()
      let lab = all.filter(\.isLab).map(\.command)
        .map { $0.hasSuffix("&") ? $0 : $0 + " || exit" }.joined(separator: "\n")
      try Documents.inExamples { folder in
        let up = try Documents.run(lab, in: folder)
        #expect(up.status == 0, "\(up.output)")
        let only = ProcessInfo.processInfo.environment["NETCAP_EXAMPLES"] ?? ""
        for example in all
        where example.place == .guest && !example.isLab
          && (only.isEmpty || example.command.contains(only))
        {
          let start = ContinuousClock.now
          let problem = try example.problem(in: folder)
          print("\(ContinuousClock.now - start): \(example)")
          #expect(problem == nil, "\(problem ?? "")")
        }
        let down = try Documents.run(
          """
          ip netns pids client | xargs -r kill
          ip netns del client
          ip netns del server
          """, in: folder)
        #expect(down.status == 0, "\(down.output)")
      }
    }
  }
}
