internal import Syntax

/// `path name = a -> b by content within 2s { … }`
extension Check {
  static let standardWithin: Int64 = 1_000_000_000
  static let standardJourneys = 1024

  func checkPath(_ path: PathSyntax, span: Span) {
    if isTaken(path.name.text, at: path.name.span) { return }
    let key = PathDefinition.Key(rawValue: path.key.text)
    if key == nil {
      let names = PathDefinition.Key.allCases.map(\.rawValue)
      report(
        "packets of a path are not known by '\(path.key.text)'", at: path.key.span,
        hints: suggestion(for: path.key.text, among: names).orElse(
          "there are: \(names.joined(separator: ", "))"))
    }
    let within =
      path.within.flatMap { duration(of: $0, what: "how long a journey may take") }
      ?? Self.standardWithin
    var maximum = Self.standardJourneys
    if let limit = path.max, let number = constantInteger(limit, what: "max") {
      if (1...1 << 20).contains(number) {
        maximum = Int(number)
      } else {
        report("max is 1 … \(1 << 20) journeys", at: limit.span)
      }
    }
    if path.hops.count > Self.hopLimit {
      report("a path has at most \(Self.hopLimit) points", at: path.name.span)
    }
    let index = script.paths.count
    let found = path.hops.map { points($0) }
    var names: [String] = []
    for (hop, points) in found.enumerated() {
      names.append(hopName(points, path.hops[hop], among: names))
      refuseWithoutPacket(points ?? [], at: path.hops[hop].span)
    }
    script.paths.append(
      PathDefinition(
        name: path.name.text, hopNames: names, key: key ?? .skb, within: within, maximum: maximum))
    pathIndexes[path.name.text] = index
    // Later points only see whether a packet is one that the first has let through: with its headers.
    let rebuilds = path.body?.statements.filter { $0.kind == .rebuild } ?? []
    let later = Block(rebuilds, span: Span(path.name.span.end..<path.name.span.end))
    var probes: [Int] = []
    for (hop, points) in found.enumerated() {
      let block = hop == 0 ? path.body ?? later : later
      let made = definitions(
        name: path.name.text, points, block, span: span, at: path.hops[hop].span,
        path: ProbeDefinition.PathRole(path: index, hop: hop))
      let indexes = define(made)
      if hop == 0 { pathProbes[path.name.text] = indexes }
      probes += indexes
    }
    // Content is compared by what was captured: that has to be as much at every point.
    let length = (pathProbes[path.name.text] ?? []).map { script.probes[$0].captureLength }.max()
    for probe in probes {
      script.probes[probe].captureLength = length ?? Checker.standardCaptureLength
    }
  }

  static let hopLimit = 32

  /// Two hops at the same function are told apart by their numbers.
  private func hopName(
    _ points: [FoundPoint]?, _ syntax: PointSyntax, among names: [String]
  ) -> String {
    let name: String
    if let points, points.count == 1 {
      name = points[0].point.displayName
    } else if case .single(let single) = syntax {
      name = single.name.text
    } else {
      name = written(syntax.span)
    }
    let same = names.count { $0 == name || $0.hasPrefix(name + "#") }
    return same == 0 ? name : "\(name)#\(same + 1)"
  }

  private func refuseWithoutPacket(_ points: [FoundPoint], at span: Span) {
    for item in points where item.point.packet == .none {
      report(
        "a path follows a packet, and \(item.point.displayName) takes no skb", at: span,
        hints: ["say where one is: \(item.point.displayName)(skb: args.x)"])
    }
  }
}
