/// Every flag of tcpdump 4.99, and whether it is one for display: tcpdump(1).
enum FlagTable {
  /// What netcap does with a flag.
  enum Use: Equatable {
    /// Given to tcpdump.
    case passed
    /// Given to tcpdump with any value.
    case passedWithSecret
    /// Given to tcpdump with one of ``packetTypes``.
    case passedWithType
    /// Netcap prints the time, and numbers the packets.
    case timeStyle, micro, nano, precision, number
    /// Accepted, but what it asks for is done anyway.
    case needless
    /// Not for display: why, and what to do instead.
    case refused(String, String?)
  }

  struct Row {
    let letter: Character?
    let names: [String]
    let takesValue: Bool
    let use: Use

    init(_ letter: Character?, _ names: [String], value: Bool = false, _ use: Use) {
      self.letter = letter
      self.names = names
      takesValue = value
      self.use = use
    }

    var isRefused: Bool {
      if case .refused = use { true } else { false }
    }
  }

  static let overview =
    "display flags: -A -b -e -H -K -M SECRET -n -N -q -S -t… -T TYPE -u -v -x -X -# --micro --nano"

  private static let writes = "it writes files"
  private static let reads = "it reads a file"
  private static let captures = "netcap captures the packets itself"
  private static let prints = "it prints something else than packets, and exits"
  private static let count = "netcap's own -c COUNT stops after so many packets"
  private static let file = "netcap's own -w FILE writes the packets to a file"

  static let rows: [Row] = [
    Row("A", [], .passed),
    Row("b", [], .passed),
    Row("e", [], .passed),
    Row("H", [], .passed),
    Row("K", ["dont-verify-checksums"], .passed),
    Row("n", [], .passed),
    Row("N", [], .passed),
    Row("q", [], .passed),
    Row("S", ["absolute-tcp-sequence-numbers"], .passed),
    Row("u", [], .passed),
    Row("v", [], .passed),
    Row("x", [], .passed),
    Row("X", [], .passed),
    Row("M", [], value: true, .passedWithSecret),
    Row("T", [], value: true, .passedWithType),
    Row("t", [], .timeStyle),
    Row(nil, ["micro"], .micro),
    Row(nil, ["nano"], .nano),
    Row(nil, ["time-stamp-precision"], value: true, .precision),
    Row("#", ["number"], .number),
    Row("l", [], .needless),
    Row("U", ["packet-buffered"], .needless),
    Row("O", ["no-optimize"], .needless),

    Row("B", ["buffer-size"], value: true, .refused(captures, nil)),
    Row("c", [], value: true, .refused("it ends tcpdump, not netcap", count)),
    Row(nil, ["count"], .refused("it counts packets and shows none", count)),
    Row("C", [], value: true, .refused(writes, file)),
    Row("d", [], .refused(prints, "netcap filter 'EXPRESSION' shows a filter's code")),
    Row("D", ["list-interfaces"], .refused(prints, nil)),
    Row("E", [], value: true, .refused("it can read files", nil)),
    Row(
      "f", [], .refused("it works only where tcpdump captures", "-n prints addresses as numbers")),
    Row("F", [], value: true, .refused(reads, "netcap's own -e 'EXPRESSION' selects packets")),
    Row("G", [], value: true, .refused(writes, file)),
    Row("h", ["help"], .refused(prints, nil)),
    Row("i", ["interface"], value: true, .refused(captures, "netcap's own -i INTERFACE")),
    Row("I", ["monitor-mode"], .refused(captures, nil)),
    Row(nil, ["immediate-mode"], .refused(captures, nil)),
    Row("j", ["time-stamp-type"], value: true, .refused(captures, nil)),
    Row("J", ["list-time-stamp-types"], .refused(prints, nil)),
    Row("L", ["list-data-link-types"], .refused(prints, nil)),
    Row("m", [], value: true, .refused(reads, nil)),
    Row("p", ["no-promiscuous-mode"], .refused(captures, nil)),
    Row(nil, ["print"], .refused("it belongs to -w", file)),
    Row("Q", ["direction"], value: true, .refused(captures, "choose points on the way in or out")),
    Row("r", [], value: true, .refused(reads, nil)),
    Row(
      "s", ["snapshot-length"], value: true,
      .refused(captures, "netcap's own --capture-max-size BYTES sets how much is kept")),
    Row("V", [], value: true, .refused(reads, nil)),
    Row(nil, ["version"], .refused(prints, nil)),
    Row("w", [], value: true, .refused(writes, file)),
    Row("W", [], value: true, .refused(writes, file)),
    Row("y", ["linktype"], value: true, .refused(captures, nil)),
    Row("Y", [], .refused("it is for debugging tcpdump", nil)),
    Row("z", [], value: true, .refused("it runs programs", nil)),
    Row("Z", ["relinquish-privileges"], value: true, .refused("it changes the user", nil)),
  ]

  /// Values of `-T`.
  static let packetTypes = [
    "aodv", "carp", "cnfp", "domain", "lmp", "pgm", "pgm_zmtp1", "ptp", "radius", "resp",
    "rpc", "rtcp", "rtp", "snmp", "someip", "tftp", "vat", "vxlan", "wb", "zmtp1",
  ]
}
