import Kernel
import Output
import Repl
import Session
import Syntax
import Testing

@Suite struct ReplCommandTests {
  private func read(_ line: String) throws -> ReplCommand {
    guard case .command(let name, let arguments) = ReplLine(line) else {
      throw Diagnostic(.error, "no command")
    }
    return try ReplCommand(name: name, arguments: arguments)
  }

  private func problem(_ line: String) -> Diagnostic? {
    do {
      _ = try read(line)
      return nil
    } catch {
      return error as? Diagnostic
    }
  }

  @Test(arguments: [
    (":help", ReplCommand.help(topic: nil)), (":help :why", .help(topic: ":why")),
    (":help tcp.flags", .help(topic: "tcp.flags")), (":probes", .probes),
    (":detach *", .detach(.all)), (":attach icmp_rcv", .attach(.one("icmp_rcv"))),
    (":edit x", .edit("x")), (":undo", .undo), (":why x", .why("x")), (":tables", .tables(nil)),
    (":tables t", .tables("t")), (":list", .list(NameList(.functions))),
    (":list tcp_*", .list(NameList(.functions, matching: "tcp_*"))),
    (":list tracepoints  skb:*", .list(NameList(.tracepoints, matching: "skb:*"))),
    (":list scripts", .list(NameList(.scripts))),
    (":type struct sk_buff", .type(.structure("sk_buff"))),
    (":type enum e", .type(.enumeration("e"))), (":type function f", .type(.function("f"))),
    (":c x", .c("x")), (":pause", .pause), (":resume", .resume), (":rate 10/s", .rate(10)),
    (":rate 7", .rate(7)), (":rate off", .rate(nil)), (":record a b.pcapng", .record("a b.pcapng")),
    (":record off", .record(nil)), (":load drops", .load("drops")), (":save x.ncs", .save("x.ncs")),
    (":clear *", .clear(.all)), (":clear t", .clear(.one("t"))),
    (":wait 500ms", .wait(.nanoseconds(500_000_000))),
    (":wait drop 10", .wait(.events(of: "drop", count: 10))), (":quit", .quit),
  ])
  func commands(line: String, expected: ReplCommand) throws {
    #expect(try read(line) == expected)
  }

  @Test func displayFlagsAreRead() throws {
    let flags = try DisplayFlags(parsing: SourceText(name: "t", text: "-nnv -T vxlan"))
    #expect(try read(":set -nnv -T vxlan") == .set(flags))
    #expect(
      try read(":set") == .set(DisplayFlags(parsing: SourceText(name: "t", text: "-nn"))))
  }

  @Test(arguments: [
    (":hlep", "there is no command ':hlep'", "did you mean :help?"),
    (":q", "there is no command ':q'", "did you mean :quit?"),
    (":xyzzy", "there is no command ':xyzzy'", ":help shows them all"),
    (":", "a command's name follows ':'", ":help shows them all"),
    (":undo 2", ":undo takes nothing", "it is :undo"),
    (":why", "a name is missing", "it is :why NAME"),
    (":why a b", ":why takes no more than that", "it is :why NAME"),
    (":list function tcp_*", ":list knows no 'function'", "did you mean functions?"),
    (":type strct x", ":type knows no 'strct'", "did you mean struct?"),
    (":type struct", "a name is missing", "it is :type struct|enum|function NAME"),
    (":rate fast", "'fast' is no rate", "as in :rate 10/s, or off"),
    (":wait 5", "'5' is no time", "as in :wait 500ms, or :wait NAME N for N events of a probe"),
    (":wait x y", "'y' is no number of events", "as in :wait x 10"),
    (":load", "a file is missing", "it is :load FILE"),
  ])
  func mistakes(line: String, message: String, hint: String) throws {
    let found = try #require(problem(line))
    #expect(found.message == message)
    #expect(found.hints == [hint])
  }

  @Test func aMistakeHasItsPlace() throws {
    let rendered = try #require(problem(":list functons tcp_*")).rendered()
    #expect(
      rendered == """
        error: :list knows no 'functons'
         --> prompt:1:7
          | :list functons tcp_*
          |       ^^^^^^^^
          = did you mean functions?
        """)
    #expect(try #require(problem(":set -w x")).place != nil)
  }

  // MARK: Help

  @Test func allCommandsAreListed() {
    for command in CommandName.allCases {
      #expect(ReplHelp.overview.contains("\n" + command.usage) || command == .help)
      #expect(!command.row.summary.isEmpty && !command.row.help.isEmpty)
    }
    let long = ReplHelp.overview.split(separator: "\n").filter { $0.count > 100 }
    #expect(long.isEmpty)
  }

  @Test func helpOfACommandAndOfANameOfTheLanguage() throws {
    #expect(try ReplHelp.text(of: ":clear").hasPrefix(":clear TABLE|*: empty"))
    #expect(try !ReplHelp.text(of: ":clear").contains("clear t"))
    #expect(try ReplHelp.text(of: "why").hasPrefix(":why NAME: why a probe says nothing"))
    #expect(try ReplHelp.text(of: "tcp.flags.syn").contains("synchronize"))
    #expect(try ReplHelp.text(of: "tcp").contains("Transmission Control Protocol"))
    #expect(try ReplHelp.text(of: "emit").contains("sends an event"))
    let clear = try ReplHelp.text(of: "clear")
    #expect(clear.contains(":clear TABLE|*") && clear.contains("clear t"))
    #expect(throws: Diagnostic.self) { try ReplHelp.text(of: "hlp") }
    do {
      _ = try ReplHelp.text(of: ":detahc")
    } catch {
      #expect(error.hints == ["did you mean :detach?"])
    }
  }
}

@Suite(.enabled(if: hasTypes, "this kernel has no BTF")) struct KernelAnswerTests {
  private let facts = KernelFacts()

  @Test func functionsThatMatch() throws {
    let text = try KernelAnswer.text(of: NameList(.functions, matching: "icmp_r*"), facts)
    #expect(text.split(separator: "\n").contains { $0.hasPrefix("icmp_rcv ") })
    #expect(text.contains("functions matching 'icmp_r*' with an skb"))
  }

  @Test func nothingThatMatches() throws {
    do {
      _ = try KernelAnswer.text(of: NameList(.functions, matching: "icmp_rvc"), facts)
      Issue.record("there is no icmp_rvc")
    } catch {
      #expect(error.message == "no functions matching 'icmp_rvc' with an skb")
      #expect(error.hints.first?.contains("icmp_rcv") == true)
    }
    #expect(throws: Diagnostic.self) {
      try KernelAnswer.text(of: NameList(.fields, matching: "nonesuch"), facts)
    }
  }

  @Test func aStructureAsThisKernelHasIt() throws {
    let text = try facts.text(of: .structure("sk_buff"))
    #expect(text.hasPrefix("struct sk_buff {"))
    #expect(text.contains("unsigned int len;"))
    let types = try #require(facts.types)
    let id = try #require(types.kernel.find("sk_buff", [.structure]).first)
    #expect(text.contains("/* \(try #require(types.kernel.size(id))) bytes */"))
  }

  @Test func aFunctionAsThisKernelHasIt() throws {
    let text = try facts.text(of: .function("tcp_v4_rcv"))
    #expect(text.hasPrefix("int tcp_v4_rcv(struct sk_buff *skb);\n  the skb is argument 1\n"))
    #expect(try facts.text(of: .enumeration("skb_drop_reason")).contains("SKB_CONSUMED"))
  }
}
