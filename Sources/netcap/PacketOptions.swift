import ArgumentParser
import Session
import Syntax

/// What `netcap skb`, `mbuf` and `raw` have in common.
struct PacketOptions: ParsableArguments {
  @Option(
    name: [.customShort("e"), .long], parsing: .unconditional,
    help: ArgumentHelp("Only packets that match: pcap-filter(7).", valueName: "filter"))
  var expression: String?

  @Option(
    name: [.customShort("t"), .long], parsing: .unconditional,
    help: ArgumentHelp("How packets are shown: display flags of tcpdump.", valueName: "flags"))
  var tcpdumpFlags: String = "-nn"

  @Option(
    name: [.customShort("w"), .long], parsing: .unconditional,
    help: ArgumentHelp(
      "Write packets to a file instead of showing them: pcap, pcapng if its name ends so, "
        + "or - for pcapng to standard output.",
      valueName: "file"))
  var writeFile: String?

  @OptionGroup var rotation: RotationOptions

  @Option(
    name: .shortAndLong, parsing: .unconditional,
    help: ArgumentHelp("End after so many packets; 0: no limit.", valueName: "packets"))
  var count: Int = 0

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Bytes kept of a packet, up to 65535.", valueName: "bytes"))
  var captureMaxSize: Int = SkbRequest.standardCapture

  @Flag(
    name: [.customShort("G"), .long],
    help: "Follow each packet from the first point over the others, and show when it was where.")
  var gather = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "How long -G waits for a packet: seconds, or 500ms, 2m. (default: 2s)", valueName: "time"))
  var gatherTimeout: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "How many packets -G waits for at once, 16 to 2048. (default: 64)", valueName: "packets"))
  var gatherBufferSize: Int?

  @Flag(help: "-G knows a packet by its address instead of by its content.")
  var gatherDistinguishByPointer = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The colour of -G on a terminal. (default: green)", valueName: "colour"))
  var gatherOutputColor: String?

  @Flag(help: "At the end, -G shows how long packets took to each point.")
  var gatherHistogram = false

  @Option(
    name: [.long, .customLong("ext-filter")], parsing: .unconditional,
    help: ArgumentHelp(
      "A file of C with xcap_user_filter(), which lets a packet through if it is not 0.",
      valueName: "file"))
  var userFilter: String?

  @Option(
    name: [.long, .customLong("ext-action")], parsing: .unconditional,
    help: ArgumentHelp(
      "A file of C with struct xcap_user_extend and xcap_user_action(), which fills it in.",
      valueName: "file"))
  var userAction: String?

  @Option(
    name: [.long, .customLong("ext-output-color")], parsing: .unconditional,
    help: ArgumentHelp(
      "The colour of what --user-action says, on a terminal. (default: green)", valueName: "colour")
  )
  var userOutputColor: String?

  @Flag(help: "Print the C of the eBPF programs and end; nothing is attached.")
  var dryRun = false

  @Flag(help: "Print the script that does what this command line does, and end.")
  var script = false

  @Flag(help: "Print one JSON object a line: packets, errors, and at the end the ledger.")
  var json = false

  @Flag(help: "At the end, print what became of every packet, also if none was lost.")
  var stats = false

  @Flag(name: .shortAndLong, help: "Say how points are attached; show the verifier's log.")
  var verbose = false

  /// What was asked for, of points that `-f` names.
  func request(
    _ functions: String, interface: String? = nil
  ) throws(SessionError) -> SkbRequest {
    if script, dryRun {
      throw .usage(
        Diagnostic(.error, "--script and --dry-run: which of them is to be printed?"))
    }
    var request = SkbRequest(
      functions: functions, expression: expression, interface: interface,
      tcpdumpFlags: tcpdumpFlags, writeFile: writeFile, count: count,
      captureMaxSize: captureMaxSize, isDryRun: dryRun, isJSON: json, showsStatistics: stats,
      isVerbose: verbose)
    request.isScript = script
    request.rotation = rotation.request
    request.userFilter = userFilter
    request.userAction = userAction
    request.userColour = userOutputColor
    request.gathers = gather
    request.gatherTimeout = gatherTimeout
    request.gatherBufferSize = gatherBufferSize
    request.gathersByPointer = gatherDistinguishByPointer
    request.gatherColour = gatherOutputColor
    request.gatherHistogram = gatherHistogram
    return request
  }
}
