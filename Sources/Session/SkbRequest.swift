package import Language
package import Output
package import Syntax

/// `netcap skb …` as it was typed, before anything of it has been understood.
package struct SkbRequest: Sendable {
  /// `-f`: points, see ``PointList``.
  package var functions: String
  /// `-e`: a pcap-filter(7) expression.
  package var expression: String?
  /// `-i`: an interface of this network namespace, or `any`.
  package var interface: String?
  /// `-t`: display flags of tcpdump.
  package var tcpdumpFlags: String
  /// `-w`: a file, or `-`.
  package var writeFile: String?
  /// `-c`: packets, 0 for no limit.
  package var count: Int
  /// `--capture-max-size`: bytes kept of a packet.
  package var captureMaxSize: Int
  package var isDryRun: Bool
  /// `--script`: print the script that does the same.
  package var isScript = false
  /// `--fake-hdr`
  package var makesHeaders = false
  /// `--skb-data`, `--skb-data-offset`
  package var startsAtData = false
  package var dataOffset: Int?
  /// `-S`, `--stack-dump-color`
  package var dumpsStack = false
  package var stackColour: String?
  /// `-G` and what belongs to it.
  package var gathers = false
  package var gatherTimeout: String?
  package var gatherBufferSize: Int?
  package var gathersByPointer = false
  package var gatherColour: String?
  package var gatherHistogram = false
  package var rotation = RotationRequest()
  /// `--user-filter`, `--user-action`: files of C; `--user-output-color`.
  package var userFilter: String?
  package var userAction: String?
  package var userColour: String?
  package var isJSON: Bool
  package var showsStatistics: Bool
  package var isVerbose: Bool

  /// Bytes kept of a packet unless said, of scripts as well.
  package static let standardCapture = Checker.standardCaptureLength

  package init(
    functions: String, expression: String? = nil, interface: String? = nil,
    tcpdumpFlags: String = DisplayFlags.standard, writeFile: String? = nil, count: Int = 0,
    captureMaxSize: Int = standardCapture, isDryRun: Bool = false, isJSON: Bool = false,
    showsStatistics: Bool = false, isVerbose: Bool = false
  ) {
    self.functions = functions
    self.expression = expression
    self.interface = interface
    self.tcpdumpFlags = tcpdumpFlags
    self.writeFile = writeFile
    self.count = count
    self.captureMaxSize = captureMaxSize
    self.isDryRun = isDryRun
    self.isJSON = isJSON
    self.showsStatistics = showsStatistics
    self.isVerbose = isVerbose
  }

  /// The declarations that the command line stands for.
  ///
  /// - Throws: a diagnostic with the place in the argument that is wrong.
  package func program() throws(Diagnostic) -> Program {
    let points = try PointList(SourceText(name: "-f", text: functions)).parse()
    return Program(probes: [try probe(points)])
  }

  /// The probe at these points.
  ///
  /// - Throws: a diagnostic with the place in the argument that is wrong.
  func probe(_ points: [Point]) throws(Diagnostic) -> Probe {
    guard (1...Probe.captureLimit).contains(captureMaxSize) else {
      throw Diagnostic(
        .error, "a packet is captured up to 1 … \(Probe.captureLimit) bytes",
        at: Diagnostic.Place(argument: "--capture-max-size", String(captureMaxSize)))
    }
    guard count >= 0 else {
      throw Diagnostic(
        .error, "a number of packets cannot be negative",
        at: Diagnostic.Place(argument: "-c", String(count)),
        hints: ["0 means no limit"])
    }
    let filter = try expression.map { text throws(Diagnostic) in
      try PacketFilter(compiling: SourceText(name: "-e", text: text))
    }
    return Probe(
      points: points, filter: filter, interface: try namedInterface(),
      captureLength: captureMaxSize)
  }

  /// The request to run the script that does the same.
  func script(_ text: String) -> ScriptRequest {
    var script = ScriptRequest(
      text: .made(text), writeFile: writeFile, tcpdumpFlags: tcpdumpFlags, count: count)
    script.rotation = rotation
    script.isDryRun = isDryRun
    script.isJSON = isJSON
    script.showsStatistics = showsStatistics
    script.isVerbose = isVerbose
    return script
  }

  package func displayFlags() throws(Diagnostic) -> DisplayFlags {
    try DisplayFlags(parsing: SourceText(name: "-t", text: tcpdumpFlags))
  }

  private func namedInterface() throws(Diagnostic) -> Interface? {
    guard let interface, interface != "any" else { return nil }
    return try Interfaces.find(SourceText(name: "-i", text: interface))
  }
}
