import ArgumentParser
import Session
import SystemPackage

/// What `netcap mbuf` and `netcap raw` have in common beside ``PacketOptions``.
struct ProgramOptions: ParsableArguments {
  @Option(
    name: .shortAndLong, parsing: .unconditional,
    help: ArgumentHelp("Points in the program, parted by commas.", valueName: "points"))
  var function: String

  @Option(
    name: .shortAndLong, parsing: .unconditional,
    help: ArgumentHelp("The process that is traced.", valueName: "number"))
  var pid: Int32

  func run(
    _ packets: ProgramPackets, _ options: PacketOptions, mbufOffsets: String? = nil
  ) throws {
    do throws(SessionError) {
      let request = ProgramRequest(
        packets, process: pid, mbufOffsets: mbufOffsets, common: try options.request(function))
      try ProgramSession(
        request, standardOutput: .standardOutput, standardError: .standardError
      ).run()
    } catch {
      throw Failure(error, isJSON: options.json)
    }
  }
}

/// `netcap mbuf`: packets of DPDK in a program.
struct MbufCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mbuf",
    abstract: "Show the packets of a DPDK program, at its functions and marks.",
    discussion: """
      A point is FUNCTION[@MBUF[@COUNT]] or usdt:[PROVIDER:]MARK[@MBUF[@COUNT]], in the executable of \
      the process or in one of its libraries. MBUF is the number of the argument that is the mbuf, \
      counted from 1, which is the default; with COUNT, the number of the argument that says how many \
      there are, it is an array of mbufs, of which 512 are looked at.

        netcap mbuf -p 812 -f l2fwd_simple_forward@1 -e 'icmp'
        netcap mbuf -p 812 -f rte_pktmbuf_free_bulk@1@2,usdt:received@1@2 -c 10
      """)

  @OptionGroup var program: ProgramOptions

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Where members of struct rte_mbuf are, if not where the program's debug information or DPDK "
        + "says: data_off=16,pkt_len=36.",
      valueName: "offsets"))
  var mbufOffsets: String?

  @OptionGroup var options: PacketOptions

  func run() throws { try program.run(.mbuf, options, mbufOffsets: mbufOffsets) }
}

/// `netcap raw`: packets in a program, as bytes and their number.
struct RawCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "raw",
    abstract:
      "Show the packets of a program that hands them on as bytes, at its functions and marks.",
    discussion: """
      A point is FUNCTION[@DATA[@LENGTH]] or usdt:[PROVIDER:]MARK[@DATA[@LENGTH]], in the executable of \
      the process or in one of its libraries. DATA and LENGTH are numbers of arguments, counted from \
      1: where the bytes are, Ethernet first, and how many; by default the first and the one behind \
      DATA.

        netcap raw -p 812 -f handle_frame@2@3 -e 'udp port 53'
      """)

  @OptionGroup var program: ProgramOptions
  @OptionGroup var options: PacketOptions

  func run() throws { try program.run(.raw, options) }
}
