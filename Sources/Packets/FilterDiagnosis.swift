internal import Syntax

/// Finds the place in a filter that libpcap's message, which names none, is about, and what may
/// have been meant.
struct FilterDiagnosis {
  private let source: SourceText
  private let link: LinkType
  private let scanned: FilterTokens

  init(source: SourceText, link: LinkType) {
    self.source = source
    self.link = link
    scanned = FilterTokens(source.text)
  }

  func explain(_ refusal: Libpcap.Refusal) -> Diagnostic {
    if refusal.isSyntaxError { return syntaxError() }
    if refusal.message == "expression rejects all packets" {
      return Diagnostic(.error, "no packet can match this filter", at: source.place)
    }
    // Trying again may mean to ask name servers again: not where the place is plain.
    if let name = refusal.quoted.first {
      let places = scanned.places(of: name, inFirst: scanned.tokens.count)
      if places.count == 1 { return diagnostic(refusal, places[0]) }
    }
    let count = shortestPrefix(refusedWith: refusal)
    if refusal.message == "syntax error in filter expression", count > 0 {
      return syntaxError(at: scanned.tokens[count - 1])
    }
    return diagnostic(refusal, place(of: refusal, inFirst: count))
  }

  private func diagnostic(_ refusal: Libpcap.Refusal, _ span: Syntax.Span) -> Diagnostic {
    Diagnostic(
      .error, refusal.message, at: Diagnostic.Place(source, span), hints: hints(refusal))
  }

  /// Of an expression that libpcap compiles into loads from a packet's socket buffer (`inbound`):
  /// in a file, and at a probe, there is none.
  func socketPrimitive(_ program: FilterProgram) -> Diagnostic? {
    let ancillary: UInt32 = 0xffff_f000  // SKF_AD_OFF
    let asks = program.operations.contains { operation in
      if case .loadAbsolute(_, let offset) = operation { offset >= ancillary } else { false }
    }
    let words: Set = ["inbound", "outbound", "ifindex"]
    guard asks, let token = scanned.tokens.first(where: { words.contains($0.text) }) else {
      return nil
    }
    return Diagnostic(
      .error, "'\(token.text)' asks a capture socket, not the packet",
      at: Diagnostic.Place(source, token.span))
  }

  // MARK: Errors of meaning

  /// How many tokens it takes until libpcap says the same.
  private func shortestPrefix(refusedWith refusal: Libpcap.Refusal) -> Int {
    let count = scanned.tokens.count
    return (0...count).first { attempt(scanned.prefix($0))?.message == refusal.message } ?? count
  }

  private func place(of refusal: Libpcap.Refusal, inFirst count: Int) -> Syntax.Span {
    for name in refusal.quoted + refusal.numbers {
      if let span = scanned.places(of: name, inFirst: count).last { return span }
    }
    // A number may be one end of a range.
    for number in refusal.numbers {
      let token = scanned.tokens.prefix(count).last {
        $0.text.split(separator: "-").contains(Substring(number))
      }
      if let token { return token.span }
    }
    guard count > 0 else { return source.span }
    return Syntax.Span(
      scanned.tokens[primitive(before: count)].span.start..<scanned.tokens[count - 1].span.end)
  }

  /// Where the primitive begins that ends before the token at `count`.
  private func primitive(before count: Int) -> Int {
    let separators: Set = ["and", "or", "not", "&&", "||", "!"]
    let before = scanned.tokens[..<(count - 1)].lastIndex { separators.contains($0.text) }
    var start = before.map { $0 + 1 } ?? 0
    while start < count - 1, scanned.tokens[start].text == "(" { start += 1 }
    return start
  }

  private func hints(_ refusal: Libpcap.Refusal) -> [String] {
    switch refusal.message {
    case "illegal link layer address":
      ["an Ethernet address is written 02:00:00:00:00:01; ip host takes an IP address"]
    case _ where refusal.message.hasPrefix("netmask not known"):
      ["write the network's broadcast address: dst host 192.0.2.255"]
    case _ where refusal.message.hasPrefix("non-network bits set"):
      ["a network's address has no bits behind the mask; for one address write host"]
    case _ where refusal.message.hasPrefix("unknown host"):
      // A keyword that is none is taken for a name.
      refusal.quoted.first.map(suggestions) ?? []
    default: []
    }
  }

  // MARK: Errors of form

  private func syntaxError() -> Diagnostic {
    let tokens = scanned.tokens
    // What follows from a prefix that can be gone on with holds for all shorter ones.
    var (sound, unsound) = (0, tokens.count + 1)
    while unsound - sound > 1 {
      let middle = (sound + unsound) / 2
      if canBeContinued(middle) { sound = middle } else { unsound = middle }
    }
    guard sound < tokens.count else {
      let end = source.text.utf8.count
      return Diagnostic(
        .error, "syntax error: the filter is not complete",
        at: Diagnostic.Place(source, Syntax.Span(end..<end)), hints: unclosed)
    }
    return syntaxError(at: tokens[sound])
  }

  private func syntaxError(at token: FilterTokens.Token) -> Diagnostic {
    Diagnostic(
      .error, "syntax error at '\(token.text)'", at: Diagnostic.Place(source, token.span),
      hints: suggestions(token.text))
  }

  private var unclosed: [String] {
    openBrackets(scanned.tokens.count).last.map { ["a '\($0)' is missing"] } ?? []
  }

  private func suggestions(_ text: String) -> [String] {
    let names = nearestNames(to: text, among: Self.keywords)
    guard !names.contains(text), !names.isEmpty else { return [] }
    return ["did you mean \(names.joined(separator: ", "))?"]
  }

  /// Whether something can follow the first `count` tokens so that libpcap's parser is content.
  private func canBeContinued(_ count: Int) -> Bool {
    let prefix = scanned.prefix(count, replacingHostNames: "localhost")
    let closing = openBrackets(count).reversed()
    for next in Self.continuations {
      // All brackets are closed, and somewhere between them a number is compared with another.
      for split in 0...closing.count + 1 {
        let inner = closing.prefix(split).joined(separator: " ")
        let outer = closing.dropFirst(split).joined(separator: " ")
        let comparison = split > closing.count ? "" : "= 1"
        let whole = [prefix, next, inner, comparison, outer].joined(separator: " ")
        if attempt(whole)?.isSyntaxError != true { return true }
      }
    }
    return false
  }

  /// What can follow a keyword or an operator.
  private static let continuations = [
    "", "1", "tcp", "host 1.2.3.4", "dst host 1.2.3.4", "1.2.3.4", "tcp[0]", "02:00:00:00:00:01",
    "1-2", "mgt", "beacon", "nods", "pass", "match",
  ]

  /// The closing brackets that the first `count` tokens lack, the outermost first.
  private func openBrackets(_ count: Int) -> [String] {
    var missing: [String] = []
    for token in scanned.tokens.prefix(count) {
      switch token.text {
      case "(": missing.append(")")
      case "[": missing.append("]")
      case ")", "]": if missing.last == token.text { missing.removeLast() }
      default: break
      }
    }
    return missing
  }

  /// What libpcap says to a text; nil if it compiles.
  private func attempt(_ text: String) -> Libpcap.Refusal? {
    do {
      _ = try Libpcap.compile(text, link: link)
      return nil
    } catch {
      return error
    }
  }

  /// The words of pcap-filter(7).
  private static let keywords = [
    "aarp", "action", "ah", "and", "arp", "atalk", "broadcast", "byte", "carp", "clnp", "csnp",
    "decnet", "dir", "dst", "es-is", "esis", "esp", "ether", "fddi", "gateway", "geneve", "greater",
    "host", "icmp", "icmp6", "icmp6code", "icmp6type", "icmpcode", "icmptype", "igmp", "igrp",
    "ip", "ip6", "ipx", "is-is", "isis", "iso", "lat", "len", "less", "link", "llc", "lsp", "mask",
    "mopdl", "moprc", "mpls", "multicast", "net", "netbeui", "not", "or", "pim", "port",
    "portrange", "ppp", "pppoed", "pppoes", "proto", "protochain", "psnp", "radio", "rarp", "sca",
    "sctp", "snp", "src", "stp", "subtype", "tcp", "tcp-ack", "tcp-cwr", "tcp-ece", "tcp-fin",
    "tcp-push", "tcp-rst", "tcp-syn", "tcp-urg", "tcpflags", "tr", "type", "udp", "vlan", "vrrp",
    "wlan",
  ]
}

extension Libpcap.Refusal {
  var isSyntaxError: Bool { message.hasSuffix("syntax error") }

  /// The names between quotation marks.
  fileprivate var quoted: [String] {
    var found: [String] = []
    for mark in ["'", "\""] {
      let parts = message.split(separator: mark, omittingEmptySubsequences: false)
      for index in stride(from: 1, to: parts.count - 1, by: 2) {
        found.append(String(parts[index]))
      }
    }
    return found
  }

  /// The numbers that the message says something of: `port number 99999`, `VLAN tag 5000`.
  fileprivate var numbers: [String] {
    let words = message.split(separator: " ")
    let kinds: Set<Substring> = ["number", "tag", "label", "session", "ID"]
    return zip(words, words.dropFirst()).filter { kinds.contains($0.0) }.map { String($0.1) }
  }
}
