import Glibc
import Kernel
import Language
import Lowering
import Testing

/// What a run of the tests is asked to do, by environment.
struct Amount {
  /// NETCAP_AGREEMENT_PROGRAMS
  let programs: Int
  /// NETCAP_AGREEMENT_SEED: that of the first program; each next one has the next.
  let seed: UInt64
  static let packets = 50
  /// So many are run where nothing else is said: they have to be quick.
  static let standard = 60
  /// So many programs use everything.
  static let isTelling = 1000

  static let asked = Amount(
    programs: number("NETCAP_AGREEMENT_PROGRAMS").map(Int.init) ?? standard,
    seed: number("NETCAP_AGREEMENT_SEED") ?? 1)

  private static func number(_ name: String) -> UInt64? {
    getenv(name).flatMap { UInt64(String(cString: $0)) }
  }
}

/// Every generated text is a script; together they use everything.
@Suite struct GeneratorTests {
  @Test func everyProgramChecks() throws {
    var used: [String: Int] = [:]
    for seed in 0..<Amount.isTelling {
      var generator = ScriptGenerator(seed: 1_000_000 + UInt64(seed))
      let text = generator.script().text
      used.merge(generator.used, uniquingKeysWith: +)
      do throws(Comparison.Failure) {
        _ = try Comparison.script(text)
      } catch {
        Issue.record("\(error)\n\(text)")
        return
      }
    }
    let missing = ScriptGenerator.everything.subtracting(used.keys).sorted()
    #expect(missing.isEmpty)
  }
}

extension InKernel {
  /// Generated programs over generated packets: the kernel's half as eBPF and interpreted.
  @Suite struct AgreementTests {
    @Test func programsAgree() throws {
      let amount = Amount.asked
      let clang = try #require(Clang.find())
      var used: [String: Int] = [:]
      var (present, absent, tooLarge) = (0, 0, 0)
      print("\(amount.programs) programs over \(Amount.packets) packets, seeds from \(amount.seed)")
      for index in 0..<amount.programs {
        let seed = amount.seed &+ UInt64(index)
        var generator = ScriptGenerator(seed: seed)
        let generated = generator.script()
        used.merge(generator.used, uniquingKeysWith: +)
        let trials = Trial.some(Amount.packets, &generator.random)
        let comparison = Comparison(
          clang: clang, window: generator.random.pick([256, 256, 16]),
          hasCompareExchange: generator.random.chance(70))
        do {
          let script = try Comparison.script(generated.text)
          let (difference, behaviour) = try comparison.difference(script, trials)
          if difference != nil {
            report(generated, seed, comparison, trials)
            return
          }
          let fields = behaviour.presence(fields: script.probes[0].fields.count)
          present += fields.present
          absent += fields.absent
        } catch Comparison.Failure.tooLarge {
          tooLarge += 1
          print("seed \(seed): \(Comparison.Failure.tooLarge)")
        } catch {
          Issue.record("seed \(seed): \(error)\n\(generated.text)")
          return
        }
      }
      let names = Set(used.keys).union(ScriptGenerator.everything).sorted()
      print("used: " + names.map { "\($0) \(used[$0] ?? 0)" }.joined(separator: ", "))
      print("\(tooLarge) programs were too large for the verifier")
      print("fields of events: \(present) present, \(absent) absent")
      if amount.programs >= Amount.isTelling {
        #expect(names.filter { used[$0] == nil } == [])
        #expect(present > 0 && absent > 0)
        #expect(tooLarge * 20 < amount.programs)
      }
    }

    /// Says what differs, of the smallest program that differs.
    private func report(
      _ generated: GeneratedScript, _ seed: UInt64, _ comparison: Comparison, _ trials: [Trial]
    ) {
      let smallest = generated.shrunk(attempts: 400) {
        comparison.differs($0.text, trials)
      }
      let alone = trials.map { [$0] }.first { comparison.differs(smallest.text, $0) } ?? trials
      do {
        let (difference, _) = try comparison.difference(try Comparison.script(smallest.text), alone)
        Issue.record(
          """
          NETCAP_AGREEMENT_SEED=\(seed) NETCAP_AGREEMENT_PROGRAMS=1, window \(comparison.window), \
          compare and exchange: \(comparison.hasCompareExchange)
          \(difference ?? "no difference when run again")
          \(smallest.text)
          """)
      } catch {
        Issue.record("seed \(seed): \(error)\n\(smallest.text)")
      }
    }
  }
}

extension Comparison {
  /// Whether a text is a script of which something differs. What cannot run does not.
  ///
  /// - Parameter altered: what the interpreter is given in its place.
  func differs(
    _ text: String, _ trials: [Trial], altered: (String) -> String = { $0 }
  ) -> Bool {
    do {
      let script = try Self.script(text)
      return try difference(script, interpreted: try Self.script(altered(text)), trials).0 != nil
    } catch {
      return false
    }
  }
}
