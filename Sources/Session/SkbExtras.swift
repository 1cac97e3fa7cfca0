package import Language
internal import Library
package import Lowering
package import Output
package import Syntax

/// What `netcap skb` is to do beside showing or writing packets, understood.
package struct SkbExtras: Sendable, Equatable {
  /// `-S`: in this colour.
  package var stack: TextColour?
  /// `-G`
  package var gather: Gather?
  package var user: User?
  /// `--fake-hdr`: headers that a packet does not have yet are made.
  package var makesHeaders = false
  /// `--skb-data`: packets start so far from `skb->data`; nil: where they are found.
  package var dataOffset: Int?
  package var rotation = Rotation.none

  /// C of the user's.
  package struct User: Sendable, Equatable {
    /// Files, each once, as they were named.
    package var files: [String] = []
    /// `xcap_user_filter`
    package var filter: String?
    /// `xcap_user_action`, and what it fills in.
    package var action: String?
    package var fields: [UserExtend.Field] = []
    package var colour = TextColour.green
  }

  package struct Gather: Sendable, Equatable {
    /// Nanoseconds after which a packet is no longer waited for.
    package var within: Int64 = 2_000_000_000
    /// Packets that are waited for at once.
    package var maximum = 64
    package var isByPointer = false
    package var colour = TextColour.green
    package var hasHistogram = false
  }

  /// Only a script can say them.
  package var needScript: Bool {
    stack != nil || gather != nil || user != nil || makesHeaders || dataOffset != nil
  }

  package static let bufferSizes = 16...2048

  /// - Throws: what makes no sense, alone or together, with the place in the argument.
  package init(_ request: SkbRequest, points: [Point]) throws(Diagnostic) {
    rotation = try request.rotation.rotation(of: request.writeFile)
    if request.dumpsStack {
      stack = try Self.colour(request.stackColour, of: "--stack-dump-color")
      try refusePcap(request.writeFile)
    } else if request.stackColour != nil {
      throw Self.alone("--stack-dump-color", without: "-S, which shows stacks")
    }
    gather = try Self.gather(request, points)
    user = try Self.user(request)
    makesHeaders = request.makesHeaders
    dataOffset = try Self.start(request)
  }

  private static func start(_ request: SkbRequest) throws(Diagnostic) -> Int? {
    guard request.startsAtData else {
      if request.dataOffset == nil { return nil }
      throw alone("--skb-data-offset", without: "--skb-data, where packets start then")
    }
    if request.makesHeaders {
      throw Diagnostic(
        .error, "--skb-data says where packets start, so there is nothing for --fake-hdr to make",
        hints: ["leave one of them out"])
    }
    let offset = request.dataOffset ?? 0
    let offsets = ScriptPoint.Start.offsets
    guard offsets.contains(offset) else {
      throw Diagnostic(
        .error, "an offset is \(offsets.lowerBound) … \(offsets.upperBound)",
        at: Diagnostic.Place(argument: "--skb-data-offset", String(offset)))
    }
    return offset
  }

  private static func user(_ request: SkbRequest) throws(Diagnostic) -> User? {
    var user = User()
    if request.userAction == nil, request.userColour != nil {
      throw alone("--user-output-color", without: "--user-action, whose output it is")
    }
    if let path = request.userFilter {
      let file = try read(path, of: "--user-filter")
      user.filter = try UserExtend.function("filter", in: file)
      user.files.append(path)
    }
    if let path = request.userAction {
      let file = try read(path, of: "--user-action")
      user.action = try UserExtend.function("action", in: file)
      user.fields = try UserExtend(file).fields
      user.colour = try colour(request.userColour, of: "--user-output-color")
      if !user.files.contains(path) { user.files.append(path) }
    }
    return user.files.isEmpty ? nil : user
  }

  private static func read(_ path: String, of option: String) throws(Diagnostic) -> SourceText {
    let script = ScriptFile(source: SourceText(name: "", text: ""), origin: .text)
    do throws(Diagnostic) {
      return try ScriptLibrary(folders: []).c(path, for: script)
    } catch {
      throw Diagnostic(
        .error, error.message, at: Diagnostic.Place(argument: option, path), hints: error.hints)
    }
  }

  /// Stacks go into the comments of pcapng.
  private func refusePcap(_ file: String?) throws(Diagnostic) {
    guard let file, !file.isPcapngName else { return }
    let name = file.hasSuffix(".pcap") ? String(file.dropLast(5)) : file
    throw Diagnostic(
      .error, "-S: a pcap file cannot hold stacks, a pcapng file can",
      at: Diagnostic.Place(argument: "-w", file), hints: ["write -w \(name).pcapng"])
  }

  private static func gather(
    _ request: SkbRequest, _ points: [Point]
  ) throws(Diagnostic) -> Gather? {
    guard request.gathers else {
      let given = [
        (request.gatherTimeout != nil, "--gather-timeout"),
        (request.gatherBufferSize != nil, "--gather-buffer-size"),
        (request.gathersByPointer, "--gather-distinguish-by-pointer"),
        (request.gatherColour != nil, "--gather-output-color"),
        (request.gatherHistogram, "--gather-histogram"),
      ]
      if let name = given.first(where: { $0.0 })?.1 {
        throw alone(name, without: "-G, which gathers")
      }
      return nil
    }
    guard points.count > 1 else {
      throw Diagnostic(
        .error, "-G follows packets over two points or more, and this is one",
        at: points[0].place, hints: ["name others behind a comma: -f ip_rcv,ip_local_deliver"])
    }
    var gather = Gather()
    if let text = request.gatherTimeout {
      gather.within = try RotationRequest.duration(text, of: "--gather-timeout")
    }
    if let size = request.gatherBufferSize {
      guard bufferSizes.contains(size) else {
        throw Diagnostic(
          .error,
          "\(bufferSizes.lowerBound) … \(bufferSizes.upperBound) packets can be waited for at once",
          at: Diagnostic.Place(argument: "--gather-buffer-size", String(size)))
      }
      gather.maximum = size
    }
    gather.isByPointer = request.gathersByPointer
    gather.colour = try colour(request.gatherColour, of: "--gather-output-color")
    gather.hasHistogram = request.gatherHistogram
    return gather
  }

  private static func alone(_ name: String, without other: String) -> Diagnostic {
    Diagnostic(.error, "\(name) has no use without \(other)")
  }

  /// Green unless said.
  static func colour(_ text: String?, of option: String) throws(Diagnostic) -> TextColour {
    guard let text else { return .green }
    let colours = TextColour.allCases.filter { $0 != .plain }
    if let colour = colours.first(where: { $0.rawValue == text }) { return colour }
    let near = nearestNames(to: text, among: colours.map(\.rawValue))
    throw Diagnostic(
      .error, "there is no colour '\(text)'", at: Diagnostic.Place(argument: option, text),
      hints: near.isEmpty
        ? ["there are: \(colours.map(\.rawValue).joined(separator: ", "))"]
        : [
          "did you mean \(near.joined(separator: ", "))?",
          "there are: \(colours.map(\.rawValue).joined(separator: ", "))",
        ])
  }
}
