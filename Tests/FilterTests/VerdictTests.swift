import Corpus
import Kernel
import Language
import Lowering
import MadePackets
import Packets
import Processes
import Syntax
import SystemPackage
import Testing

private let corpus = Corpus()

extension InKernel {
  /// Every filter of `corpus/filters.txt` over every test packet: what both forms of the C made of it
  /// say in this machine's kernel is what libpcap says.
  @Suite struct VerdictTests {
    /// Compilers that the generated C has to go through.
    private static let compilers = ["clang", "clang-14"]

    private static let filters: [String] = {
      do {
        return try corpus.text("filters.txt").split(separator: "\n").map(String.init)
          .filter { !$0.hasPrefix("#") }
      } catch {
        return []
      }
    }()

    @Test func thereIsEnoughToTry() {
      #expect(Self.filters.count >= 150)
      #expect(Set(Self.filters).count == Self.filters.count)
      #expect(TestPackets.all.count >= 1000)
    }

    @Test(
      .enabled(if: BpfHere.obstacle == nil, "eBPF cannot be run here: \(BpfHere.obstacle ?? "")"),
      arguments: compilers)
    func verdictsAreLibpcaps(compiler: String) throws {
      let filters = try Self.filters.map {
        try PacketFilter(compiling: SourceText(name: "filter", text: $0))
      }
      var tally = Tally()
      for (link, form) in [(LinkType.ethernet, \PacketFilter.ethernet), (.rawIP, \.rawIP)] {
        let programs = filters.map { ($0.source.text, $0[keyPath: form]) }
        try tally.compare(programs, link, compiler)
      }
      #expect(tally.differing == 0, "\(tally.examples.joined(separator: "\n"))")
      #expect(tally.matches > 10_000)
      // Most packets have to be judged by the fast form, or it is none.
      #expect(tally.fast * 10 > tally.asked * 9, "\(tally.fast) of \(tally.asked)")
      print(compiler, tally.runs, "runs,", tally.matches, "matches,", tally.fast, "fast")
    }

    /// Classic BPF beyond what libpcap's compiler makes, as its interpreter runs it.
    @Test(
      .enabled(if: BpfHere.obstacle == nil, "eBPF cannot be run here: \(BpfHere.obstacle ?? "")"),
      arguments: compilers)
    func randomPrograms(compiler: String) throws {
      let programs = RandomPrograms.make(128).map { program in
        (program.disassembled().joined(separator: "\n"), program)
      }
      #expect(programs.count == 128)
      var tally = Tally()
      try tally.compare(programs, .ethernet, compiler)
      #expect(tally.differing == 0, "\(tally.examples.joined(separator: "\n"))")
      #expect(tally.matches > tally.runs / 20 && tally.matches < tally.runs)
      #expect(tally.fast > tally.runs / 10)
    }

    private final class Libpcap {
      let interpreter: FilterInterpreter

      init(_ program: FilterProgram) { interpreter = FilterInterpreter(program) }
    }

    private struct Tally {
      var runs = 0
      var matches = 0
      /// Whole packets, and those of them that the fast form judged.
      var asked = 0
      var fast = 0
      var differing = 0
      var examples: [String] = []

      /// Runs programs over all test packets of a kind.
      mutating func compare(
        _ programs: [(name: String, program: FilterProgram)], _ link: LinkType, _ compiler: String
      ) throws {
        guard let executable = findExecutable(compiler) else {
          throw Corpus.Failure(description: "no \(compiler) on PATH")
        }
        let clang = Clang(executable: executable)
        let batch = 32
        for start in stride(from: 0, to: programs.count, by: batch) {
          let members = Array(programs[start..<min(start + batch, programs.count)])
          let unit = FilterRunUnit(members.map { .init(program: $0.program, link: link) })
          var run = try load(unit, clang)
          let libpcaps = members.map { Libpcap($0.program) }
          for packet in TestPackets.all where packet.link == link {
            try packet.bytes.withUnsafeBytes { bytes in
              for (index, libpcap) in libpcaps.enumerated() {
                let verdicts = try run.run(index, on: bytes, packetLength: packet.length)
                // Where ours gives up on a chain of headers libpcap may follow it for ever.
                let expected =
                  verdicts.slow != .fault
                  && libpcap.interpreter.matches(bytes, packetLength: packet.length)
                note(verdicts, expected) {
                  "\(members[index].name): \(packet.description), \(packet.link)"
                }
              }
            }
          }
        }
      }

      /// Fails with the verifier's reason rather than with its log.
      private func load(_ unit: FilterRunUnit, _ clang: Clang) throws -> FilterRun {
        do {
          return try FilterRun(unit, clang: clang)
        } catch .load(let failure) {
          throw Corpus.Failure(
            description: "\(failure.step): \(failure.reason); \(failure.log.prefix(120))")
        }
      }

      private mutating func note(
        _ verdicts: FilterRun.Verdicts, _ expected: Bool, _ description: () -> String
      ) {
        let right: FilterRun.Verdict = expected ? .match : .noMatch
        runs += 1
        if expected { matches += 1 }
        if verdicts.fast != .notAsked { asked += 1 }
        if verdicts.fast == right { fast += 1 }
        if !verdicts.agree(with: expected) {
          differing += 1
          if examples.count < 20 {
            examples.append("\(description()): \(verdicts), libpcap \(expected)")
          }
        }
      }
    }
  }
}
