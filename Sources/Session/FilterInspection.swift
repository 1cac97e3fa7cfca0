internal import Glibc
internal import Kernel
internal import Language
internal import Lowering
internal import Packets
package import Syntax
package import SystemPackage

/// `netcap filter`: what becomes of a pcap-filter(7) expression, and whether it says the same as
/// libpcap.
package struct FilterInspection {
  private let filter: PacketFilter

  /// - Throws: what is wrong with the expression, and where.
  package init(_ expression: String) throws(Diagnostic) {
    filter = try PacketFilter(compiling: SourceText(name: "filter", text: expression))
  }

  /// The classic BPF programs, the bytes that they look at, and the C, for people to read.
  package func description() -> String {
    let forms: [(String, String, FilterProgram, LinkType)] = [
      ("Packets with an Ethernet header", "ethernet", filter.ethernet, .ethernet),
      ("Packets that begin with an IP header", "raw_ip", filter.rawIP, .rawIP),
    ]
    return forms.map { title, name, program, link in
      let lowered = FilterLowering(name: name, program: program, link: link).lower()
      return """
        \(title)

        Classic BPF:
        \(program.disassembled().joined(separator: "\n"))

        \(Self.reads(lowered))

        C:
        \(lowered.c)
        """
    }.joined(separator: "\n")
  }

  private static func reads(_ filter: LoweredFilter) -> String {
    let ranges = filter.looksAt.map {
      $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound - 1)"
    }
    let first =
      ranges.isEmpty
      ? "Reads no bytes at once."
      : "Reads the first \(filter.window) bytes at once, and looks at bytes \(list(ranges))."
    let then = "Packets that these do not decide it reads field by field."
    return filter.retries ? first + "\n" + then : first
  }

  private static func list(_ texts: [String]) -> String {
    texts.count < 2
      ? texts.joined() : texts.dropLast().joined(separator: ", ") + " and " + texts.last!
  }

  /// What both say to the packets of a file.
  package struct Comparison {
    package var packets = 0
    package var libpcapMatches = 0
    package var bpfMatches = 0
    package var differing = 0
    /// The first packets that they do not agree about.
    package var examples: [String] = []
    /// Why not all of the file was read.
    package var interruption: Diagnostic?

    package var summary: String {
      "packets \(packets), libpcap \(libpcapMatches), eBPF \(bpfMatches), differing \(differing)"
    }
  }

  /// Runs the eBPF form in this machine's kernel, and libpcap's interpreter, over each packet.
  package func compare(with file: FilePath) throws(Diagnostic) -> Comparison {
    var reader: CaptureReader
    do {
      reader = try CaptureReader(file)
    } catch {
      throw Diagnostic(.error, "\(file): \(error)")
    }
    var run = try load()
    let ethernet = FilterInterpreter(filter.ethernet)
    let rawIP = FilterInterpreter(filter.rawIP)
    var comparison = Comparison()
    while true {
      do throws(CaptureError) {
        guard try reader.advance() else { return comparison }
      } catch {
        comparison.interruption = Diagnostic(.error, "\(file): \(error)")
        return comparison
      }
      let interfaces = reader.interfaces
      try reader.withPacket { packet throws(Diagnostic) in
        switch interfaces[packet.interface].link {
        case .ethernet: try compare(packet, member: 0, ethernet, &run, &comparison)
        case .rawIP: try compare(packet, member: 1, rawIP, &run, &comparison)
        case nil:
          throw Diagnostic(
            .error,
            "\(file): packets of link type \(interfaces[packet.interface].linkNumber)",
            hints: ["Ethernet (1) and raw IP (101) can be filtered"])
        }
      }
    }
  }

  private func compare(
    _ packet: CapturedPacket, member: Int, _ interpreter: borrowing FilterInterpreter,
    _ run: inout FilterRun, _ comparison: inout Comparison
  ) throws(Diagnostic) {
    let verdicts: FilterRun.Verdicts
    do {
      verdicts = try run.run(member, on: packet.bytes, packetLength: packet.originalLength)
    } catch {
      throw Self.diagnostic(error)
    }
    // Where ours gives up on a chain of headers, libpcap may follow it for ever.
    let matches =
      verdicts.slow != .fault
      && interpreter.matches(packet.bytes, packetLength: packet.originalLength)
    comparison.packets += 1
    if matches { comparison.libpcapMatches += 1 }
    if verdicts.final == .match { comparison.bpfMatches += 1 }
    if verdicts.agree(with: matches) { return }
    comparison.differing += 1
    guard comparison.examples.count < 10 else { return }
    comparison.examples.append(
      "packet \(comparison.packets): libpcap \(matches ? "match" : "no match"), "
        + "eBPF \(verdicts.fast) at once, \(verdicts.slow) field by field")
  }

  private func load() throws(Diagnostic) -> FilterRun {
    guard let clang = Clang.find() else {
      throw Diagnostic(
        .error, "no clang was found, which compiles the filter",
        hints: ["install clang 14 or newer: apt-get install clang", "or name one: NETCAP_CLANG"])
    }
    let unit = FilterRunUnit([
      .init(program: filter.ethernet, link: .ethernet),
      .init(program: filter.rawIP, link: .rawIP),
    ])
    do {
      return try FilterRun(unit, clang: clang)
    } catch {
      throw Self.diagnostic(error)
    }
  }

  private static func diagnostic(_ failure: FilterRun.Failure) -> Diagnostic {
    switch failure {
    case .compile(.system(let what, let error)):
      Diagnostic(.error, "cannot compile the filter: \(what): \(error)")
    case .compile(.refused(let log)):
      Diagnostic(
        .error, "clang refuses the filter's C",
        hints: log.split(separator: "\n").prefix(8).map(String.init))
    case .load(let failure):
      Diagnostic(
        .error, "cannot run the filter in this kernel: \(failure.reason)",
        hints: failure.errno == EPERM ? ["run as root: loading eBPF programs is root's"] : [])
    }
  }
}
