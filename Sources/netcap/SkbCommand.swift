import ArgumentParser
import Session
import Syntax
import SystemPackage

/// `netcap skb`: packets at functions and tracepoints of the kernel.
struct SkbCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "skb",
    abstract: "Show the packets that pass through functions and tracepoints of the kernel.",
    discussion: """
      A point is [PREFIX:]FUNCTION[@SKB[@EXTRA]] or [tracepoint:]CATEGORY:NAME. SKB is the number \
      of the argument that is the packet, counted from 1; where it is left out, the kernel's type \
      information tells. PREFIX is kprobe or fentry; without one the better of them is taken.

      Each packet is shown as tcpdump shows it, after the point, the process and CPU that the \
      kernel was running, and the interface:

        icmp_rcv: ping-812 [001] veth0  12:00:01.123456 IP 10.9.0.1 > 10.9.0.2: …

      The exit status is 0 at the end of a session, 1 if it could not run or not to its end, 2 if \
      the command line makes no sense.
      """)

  @Option(
    name: .shortAndLong, parsing: .unconditional,
    help: ArgumentHelp("Points, parted by commas.", valueName: "points"))
  var function: String

  @Option(
    name: .shortAndLong, parsing: .unconditional,
    help: ArgumentHelp("Only packets whose skb->dev is this interface.", valueName: "name"))
  var interface: String = "any"

  @Flag(
    help: "Make the headers that packets on their way out do not have yet, of their sockets.")
  var fakeHdr = false

  @Flag(help: "Packets start at skb->data, wherever headers are.")
  var skbData = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("So far from there, with --skb-data. (default: 0)", valueName: "bytes"))
  var skbDataOffset: Int?

  @Flag(
    name: [.customShort("S"), .long],
    help: "Show the kernel's call chain with each packet; with -w, pcapng has it in a comment.")
  var stackDump = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The colour of -S on a terminal. (default: green)", valueName: "colour"))
  var stackDumpColor: String?

  @OptionGroup var options: PacketOptions

  func run() throws {
    do throws(SessionError) {
      var request = try options.request(function, interface: interface)
      request.makesHeaders = fakeHdr
      request.startsAtData = skbData
      request.dataOffset = skbDataOffset
      request.dumpsStack = stackDump
      request.stackColour = stackDumpColor
      try SkbSession(request, standardOutput: .standardOutput, standardError: .standardError).run()
    } catch {
      throw Failure(error, isJSON: options.json)
    }
  }
}
