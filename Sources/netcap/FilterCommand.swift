import ArgumentParser
import Session
import Syntax
import SystemPackage

/// `netcap filter`: what becomes of a packet filter.
struct FilterCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "filter",
    abstract: "Show what becomes of a packet filter, and try it on the packets of a file.",
    discussion: """
      Prints the classic BPF that libpcap makes of the filter, the bytes of a packet that it looks
      at, and the C that runs in the kernel, for packets with and without an Ethernet header.

      With a file, that C is run in this machine's kernel over each of its packets, and libpcap's
      own interpreter too. The last line counts the packets, those that match, and those that the
      two do not agree about; if there are any, the exit status is 1.
      """)

  @Argument(help: ArgumentHelp("A pcap-filter(7) expression.", valueName: "filter"))
  var expression: String

  @Option(
    name: [.customShort("r"), .long], parsing: .unconditional,
    help: ArgumentHelp("A pcap or pcapng file of Ethernet or raw IP.", valueName: "file"))
  var readFile: String?

  func run() throws {
    let inspection: FilterInspection
    do {
      inspection = try FilterInspection(expression)
    } catch {
      throw Failure(.usage(error), isJSON: false)
    }
    try TextOutput.write(inspection.description(), to: .standardOutput)
    guard let readFile else { return }
    let comparison: FilterInspection.Comparison
    do {
      comparison = try inspection.compare(with: FilePath(readFile))
    } catch {
      throw Failure(.cannotRun([error]), isJSON: false)
    }
    let lines = comparison.examples + [comparison.summary]
    try TextOutput.write("\n" + lines.map { $0 + "\n" }.joined(), to: .standardOutput)
    if let interruption = comparison.interruption {
      throw Failure(.cannotRun([interruption]), isJSON: false)
    }
    if comparison.differing > 0 { throw ExitCode(1) }
  }
}
