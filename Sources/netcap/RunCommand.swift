import ArgumentParser
import Output
import Session
import Syntax
import SystemPackage

/// `netcap -s FILE`, `netcap FILE.ncs`, `netcap -x TEXT`: runs a script.
struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Run a script: on this kernel, or on a recording.",
    usage: """
      netcap [OPTION…] -s SCRIPT [SCRIPT'S OPTION…]
      netcap [OPTION…] SCRIPT.ncs [SCRIPT'S OPTION…]
      netcap [OPTION…] -x TEXT
      """,
    discussion: """
      SCRIPT is a path if it contains / or ends in .ncs, - for standard input, else the name of a \
      script in $NETCAP_PATH, in the user's collection or among those that come with netcap \
      (netcap list scripts). --help behind a script shows the script's options.
      """)

  @Option(
    name: [.customShort("s"), .long], parsing: .unconditional,
    help: ArgumentHelp("The script.", valueName: "script"))
  var script: String?

  @Option(
    name: [.customShort("x"), .customLong("execute")], parsing: .unconditional,
    help: ArgumentHelp("A script's text.", valueName: "text"))
  var text: String?

  @Option(
    name: [.customShort("r"), .long], parsing: .unconditional,
    help: ArgumentHelp(
      "Run it on the packets of a pcap or pcapng file instead of this kernel.", valueName: "file"))
  var readFile: String?

  @Option(
    name: [.customShort("w"), .long], parsing: .unconditional,
    help: ArgumentHelp(
      "Also write every packet of an event: pcap, pcapng if the name ends so.", valueName: "file"))
  var writeFile: String?

  @OptionGroup var rotation: RotationOptions

  @Option(
    name: [.customShort("t"), .long], parsing: .unconditional,
    help: ArgumentHelp("How packets are shown: display flags of tcpdump.", valueName: "flags"))
  var tcpdumpFlags: String = "-nn"

  @Option(
    name: .shortAndLong, parsing: .unconditional,
    help: ArgumentHelp("End after so many events; 0: no limit.", valueName: "events"))
  var count: Int = 0

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "End after this time, from when all is attached: 20s, 500ms.", valueName: "time"))
  var duration: String?

  @Option(
    name: .shortAndLong, parsing: .unconditional,
    help: ArgumentHelp(
      "Points in programs: only in this process, whose end ends the session.", valueName: "number"))
  var pid: Int32?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Where members of DPDK's struct rte_mbuf are: data_off=16,pkt_len=36.", valueName: "offsets"))
  var mbufOffsets: String?

  @Flag(help: "Print the C of the eBPF programs and end; nothing is attached.")
  var dryRun = false

  @Flag(help: "Print one JSON object a line: what is printed, packets, tables, errors, the ledger.")
  var json = false

  @Flag(help: "At the end, print what became of every packet, also if none was lost.")
  var stats = false

  @Flag(help: "Let the script run commands.")
  var allowRun = false

  @Flag(help: "On a recording, leave C blocks out: where c lets all through.")
  var skipC = false

  @Flag(name: .shortAndLong, help: "Say how points are attached; show the verifier's log.")
  var verbose = false

  @Argument(
    parsing: .allUnrecognized, help: ArgumentHelp("The script's options.", visibility: .hidden))
  var rest: [String] = []

  /// Whether these are arguments of this command, which needs no name: they begin with one of its
  /// options, or with a script.
  static func takes(_ arguments: some Collection<String>) -> Bool {
    guard let first = arguments.first else { return false }
    if first.hasSuffix(".ncs") { return true }
    let name = first.split(separator: "=", maxSplits: 1).first.map(String.init) ?? first
    return names.contains(name)
      || first.count > 2 && !first.hasPrefix("--") && names.contains(String(first.prefix(2)))
  }

  private static let names: Set<String> = [
    "-s", "--script", "-x", "--execute", "-r", "--read-file", "-w", "--write-file", "-t",
    "--tcpdump-flags", "-c", "--count", "--duration", "--dry-run", "--json", "--stats",
    "--write-file-rotate", "--rotate-size", "--rotate-time", "--rotate-files", "--allow-run",
    "--skip-c", "-v", "--verbose", "-p", "--pid", "--mbuf-offsets",
  ]

  /// Names that a script's options must not have.
  static let reserved = Set(
    names.filter { $0.hasPrefix("--") }.map { String($0.dropFirst(2)) } + ["help", "version"])

  /// The help that `--help` behind a script asks for; nil where it does not, or names no script.
  static func helpOfScript(_ arguments: some Collection<String>) throws -> String? {
    let asks: Set = ["--help", "-h"]
    guard arguments.contains(where: asks.contains) else { return nil }
    let rest = arguments.filter { !asks.contains($0) }
    guard !rest.isEmpty else { return nil }
    let command = try RunCommand.parse(Array(rest))
    do throws(SessionError) {
      return try command.request().help() + "\n" + Netcap.helpMessage(for: RunCommand.self)
    } catch {
      throw Failure(error, isJSON: false)
    }
  }

  func run() throws {
    let status: Int32
    do throws(SessionError) {
      status = try ScriptSession(
        try request(), standardOutput: .standardOutput, standardError: .standardError
      ).run()
    } catch {
      throw Failure(error, isJSON: json)
    }
    if status != 0 { throw ExitCode(status) }
  }

  /// What the command line asks for.
  func request() throws(SessionError) -> ScriptRequest {
    var arguments = rest
    let given: ScriptRequest.Text
    switch (script, text) {
    case (let name?, nil): given = .named(name)
    case (nil, let text?): given = .given(text)
    case (nil, nil):
      guard let first = arguments.first, !first.hasPrefix("--") else {
        throw .usage(
          Diagnostic(
            .error, "there is no script to run", hints: ["netcap -s SCRIPT, or netcap -x TEXT"]))
      }
      given = .named(arguments.removeFirst())
    case (_?, _?):
      throw .usage(
        Diagnostic(.error, "a script by -s and a text by -x: which of them is meant?"))
    }
    var request = ScriptRequest(
      text: given, arguments: arguments, reserved: Self.reserved, readFile: readFile,
      writeFile: writeFile, tcpdumpFlags: tcpdumpFlags, count: count, duration: duration)
    request.rotation = rotation.request
    request.isDryRun = dryRun
    request.isJSON = json
    request.showsStatistics = stats
    request.allowsRun = allowRun
    request.skipsC = skipC
    request.isVerbose = verbose
    request.process = pid
    request.mbufOffsets = mbufOffsets
    return request
  }
}
