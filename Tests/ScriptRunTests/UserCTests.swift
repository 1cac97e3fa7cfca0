import Kernel
import Language
import Lowering
import Packets
import Syntax
import Testing

extension InKernel {
  /// C blocks, run: what they decide, and what they fill in. They look at nothing of the kernel here.
  @Suite struct UserCTests {
    private func load(_ text: String, options: [String: String] = [:]) throws -> ScriptRun {
      let source = SourceText(name: "made.ncs", text: "ncs 1\n" + text)
      let parsed = Parser(source).parse()
      let outcome = Checker(tree: parsed.tree, types: NoKernelTypes(), options: options).check()
      let script = try #require(
        outcome.script, "\((parsed.diagnostics + outcome.diagnostics).map { $0.rendered() })")
      return try ScriptRun(script, clang: Clang.find()!)
    }

    private func words(_ run: ScriptRun, _ skb: UInt64 = 0) throws -> [[UInt64]] {
      var input = ScriptRun.Input([UInt8](repeating: 1, count: 60))
      input.skb = skb
      return try run.run(on: input).emissions
    }

    @Test func fieldsAreFilledIn() throws {
      let run = try load(
        """
        probe icmp_rcv {
            emit a: s8, b: s16, size = pkt.len, c: s32, d: s64, e: u8, f: u16, g: u32, h: u64, i: s64 from c {
                user->a = -1; user->b = -2; user->c = -3; user->d = -4;
                user->e = 255; user->f = 65535; user->g = ~0; user->h = ~0ULL; user->i = -5;
                return user->e > 254;
            }
        }
        """)
      func number(_ value: Int64) -> UInt64 { UInt64(bitPattern: value) }
      #expect(
        try words(run) == [
          [
            0x3ff, number(-1), number(-2), 60, number(-3), number(-4), 255, 65535, 0xffff_ffff,
            .max, number(-5),
          ]
        ])
    }

    @Test func fieldsAreZeroAtFirst() throws {
      let run = try load("probe icmp_rcv { emit a: u8, b: u64 from c { return 1; } }")
      #expect(try words(run) == [[3, 0, 0]])
      #expect(try words(run) == [[3, 0, 0]])
    }

    @Test func whatTheyReturnDecides() throws {
      let run = try load(
        """
        probe icmp_rcv {
            where c { return (u64)skb != 1; }
            c { if ((u64)skb == 2) return 0; }
            emit from c { return (u64)skb != 3; }
            emit a: u8 from c { user->a = (u64)skb; return (u64)skb > 3; }
        }
        """)
      #expect(try words(run, 1) == [])
      #expect(try words(run, 2) == [[0, 0]])
      #expect(try words(run, 3) == [])
      #expect(try words(run, 4) == [[0, 0], [1, 4]])
    }

    @Test func optionsAreThere() throws {
      let text = """
        option limit: int = -3
        option wait: duration = 2s
        option name: text = "a\\"b"
        option peer: addr = "10.1.2.3"
        option all: bool = true
        probe icmp_rcv {
            emit a: s64, b: u8, c: u8, d: u64, e: u8, f: u8 from c {
                user->a = limit; user->b = name[1]; user->c = peer[15] + peer[10];
                user->d = wait; user->e = all; user->f = sizeof(name);
                return 1;
            }
        }
        """
      #expect(
        try words(try load(text))
          == [[0x3f, UInt64(bitPattern: -3), 34, 2, 2_000_000_000, 1, 4]])
      #expect(try words(try load(text, options: ["limit": "7"]))[0][1] == 7)
    }

    @Test func theVerifierIsAboutTheLine() throws {
      let text = """
        probe icmp_rcv {
            emit a: u64 from c {
                u64 *p = &user->a;
                p += user->a;
                p[4096] = 1;
                return 1;
            }
        }
        """
      let failure = #expect(throws: ScriptRun.Failure.self) { try load(text) }
      guard case .load(let refusal)? = failure else {
        Issue.record("\(String(describing: failure))")
        return
      }
      #expect(VerifierLog(refusal.log).reason != nil, "\(refusal.log)")
    }
  }
}
