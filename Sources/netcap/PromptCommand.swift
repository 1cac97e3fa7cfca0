import ArgumentParser
import Output
import Repl
import Session
import Syntax

/// `netcap repl`: the prompt.
struct PromptCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "repl",
    abstract: "Declare probes at a prompt, while others go on.",
    discussion: """
      Declarations of the language take effect at once: a probe is attached, another one of its name \
      takes its place, and nothing else misses an event. :help shows the commands.

        sudo netcap repl
        netcap> probe icmp_rcv { filter "icmp" }
        netcap> :why icmp_rcv

      SCRIPT is what the session starts with. Input that is no terminal is executed line by line; the \
      exit status is 1 if any of it failed.
      """)

  @Argument(help: ArgumentHelp("A script's path or name.", valueName: "script"))
  var script: String?

  @Option(
    name: [.customShort("r"), .long], parsing: .unconditional,
    help: ArgumentHelp(
      "Run on a recording, from its beginning with each change, instead of on this kernel.",
      valueName: "file"))
  var readFile: String?

  @Option(
    name: [.customShort("t"), .long], parsing: .unconditional,
    help: ArgumentHelp("How packets are shown: display flags of tcpdump.", valueName: "flags"))
  var tcpdumpFlags: String = DisplayFlags.standard

  @Option(
    name: .shortAndLong, parsing: .unconditional,
    help: ArgumentHelp(
      "Points in programs: only in this process.", valueName: "number"))
  var pid: Int32?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Where members of DPDK's struct rte_mbuf are: data_off=16,pkt_len=36.", valueName: "offsets"))
  var mbufOffsets: String?

  @Flag(help: "Let scripts run commands.")
  var allowRun = false

  @Flag(help: "On a recording, leave C blocks out: where c lets all through.")
  var skipC = false

  @Argument(
    parsing: .allUnrecognized,
    help: ArgumentHelp("Options of the script.", visibility: .hidden))
  var rest: [String] = []

  func run() throws {
    let status: Int32
    do throws(SessionError) {
      status = try Repl.run(try request())
    } catch {
      throw Failure(error, isJSON: false)
    }
    if status != 0 { throw ExitCode(status) }
  }

  private func request() throws(SessionError) -> Repl.Request {
    let flags: DisplayFlags
    do throws(Diagnostic) {
      flags = try DisplayFlags(parsing: SourceText(name: "-t", text: tcpdumpFlags))
    } catch {
      throw .usage(error)
    }
    var session = LiveSession.Request(flags: flags)
    session.readFile = readFile
    session.allowsRun = allowRun
    session.skipsC = skipC
    session.process = pid
    session.mbufOffsets = mbufOffsets
    session.arguments = rest
    return Repl.Request(script: script, session: session)
  }
}
