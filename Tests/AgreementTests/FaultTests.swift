import Kernel
import Testing

extension InKernel {
  /// The comparison finds faults: one backend is given another text than the other.
  @Suite struct FaultTests {
    /// What a fault turns into what.
    struct Fault: CustomTestStringConvertible {
      let right: String
      let wrong: String

      var testDescription: String { "\(right) as \(wrong)" }
    }

    private static let body: [Fault] = [
      Fault(right: "emit e = pkt.len < 60", wrong: "emit e = pkt.len <= 60"),
      Fault(right: "emit e = -pkt.len / 7", wrong: "emit e = -((pkt.len + 6) / 7)"),
      Fault(right: "emit e = tcp.seq", wrong: "emit e = tcp.seq ?? 0"),
      Fault(right: "emit e = !(tcp.dport == 80)", wrong: "emit e = tcp.dport != 80"),
      Fault(right: "emit e: s8 = ip.len", wrong: "emit e: u8 = ip.len"),
      Fault(right: "emit e = eth.src ?? eth.dst", wrong: "emit e = eth.dst ?? eth.src"),
      Fault(right: "emit e = pkt.flow", wrong: "emit e = pkt.flow.reverse"),
      Fault(right: "where has tcp; emit e = 1", wrong: "where has udp; emit e = 1"),
      Fault(right: "t[ip.proto] += 1", wrong: "t[ip.ttl] += 1"),
      Fault(right: "t[ip.proto] += pkt.len", wrong: "t[ip.proto] += pkt.caplen"),
      Fault(right: "t[udp.dport] += 1", wrong: "if has udp { t[udp.dport] += 1 }"),
      Fault(
        right: "keys_of_s[ip.proto] += 1; s[ip.proto] = ip.ttl",
        wrong: "keys_of_s[ip.proto] += 1; s[ip.proto] = ip.ttl + 1"),
      Fault(
        right: "keys_of_s[ip.proto] += 1; s[ip.proto] = 1; delete s[ip.proto]",
        wrong: "keys_of_s[ip.proto] += 1; s[ip.proto] = 1"),
    ]

    private func text(_ body: String) -> String {
      """
      ncs 1
      table t[k]: stats, max 512
      state s[k], max 512
      table keys_of_s[k]: count, max 512
      probe p = icmp_rcv {
          t[0] += 0; keys_of_s[0] += 0; s[0] = 0
          \(body)
      }

      """
    }

    @Test(arguments: body)
    func inEither(fault: Fault) throws {
      let comparison = Comparison(clang: try #require(Clang.find()))
      var random = Random(state: 7)
      let trials = Trial.some(200, &random)
      let right = try Comparison.script(text(fault.right))
      let wrong = try Comparison.script(text(fault.wrong))
      #expect(try comparison.difference(right, trials).0 == nil)
      #expect(try comparison.difference(right, interpreted: wrong, trials).0 != nil)
      #expect(try comparison.difference(wrong, interpreted: right, trials).0 != nil)
    }

    /// A program with a fault in it becomes a small one that still shows it.
    @Test func shrinking() throws {
      let comparison = Comparison(clang: try #require(Clang.find()))
      var random = Random(state: 8)
      let trials = Trial.some(50, &random)
      let altered = { (text: String) in text.replacing(" ^ ", with: " | ") }
      for seed in 0... as PartialRangeFrom<UInt64> {
        var generator = ScriptGenerator(seed: seed)
        let program = generator.script()
        guard program.text.contains(" ^ "), program.body.count > 3,
          comparison.differs(program.text, trials, altered: altered)
        else { continue }
        let smallest = program.shrunk(attempts: 120) {
          $0.text.contains(" ^ ") && comparison.differs($0.text, trials, altered: altered)
        }
        let body = smallest.body.map { $0.lines("") }.joined()
        #expect(comparison.differs(smallest.text, trials, altered: altered))
        #expect(body.count < 120, "\(body)")
        return
      }
    }
  }
}
