/// What is known of some kernel: as much of its types as a script asked for.
///
/// As text it is one word after the other, a line for each thing:
///
///     enum skb_drop_reason 2:SKB_DROP_REASON_NOT_SPECIFIED …
///     struct sk_buff
///     member sk_buff mark mark i4ul
///     function icmp_rcv - 1 i4sl skb@0@*s:sk_buff
///     lacks function icmp_receive
///     tracepoint skb kfree_skb - 3 known skbaddr@8@*v … / skb@0@*s:sk_buff …
struct KernelAnswers {
  private(set) var enumerations: [Enumeration] = []
  private(set) var structures: Set<String> = []
  private(set) var members: [String: [String: KernelMember]] = [:]
  private(set) var functions: [KernelSignature] = []
  private(set) var tracepoints: [KernelSignature] = []
  /// What was asked for and is not there.
  private(set) var lacking: Set<KernelThing> = []
  private var known: Set<String> = []

  mutating func add(_ enumeration: Enumeration) {
    if known.insert(enumeration.line).inserted { enumerations.append(enumeration) }
  }

  mutating func add(lacking what: KernelThing) { lacking.insert(what) }

  mutating func add(structure name: String) { structures.insert(name) }

  mutating func add(_ member: KernelMember, _ name: String, of structure: String) {
    structures.insert(structure)
    members[structure, default: [:]][name] = member
  }

  mutating func add(function: KernelSignature) {
    if known.insert(function.functionLine).inserted { functions.append(function) }
  }

  mutating func add(tracepoint: KernelSignature) {
    if known.insert(tracepoint.tracepointLine).inserted { tracepoints.append(tracepoint) }
  }

  // MARK: Text

  var lines: [String] {
    enumerations.map(\.line) + structures.sorted().map { "struct \($0)" }
      + members.sorted { $0.key < $1.key }.flatMap { structure, members in
        members.sorted { $0.key < $1.key }.map {
          "member \(structure) \($0.key) \($0.value.path) \($0.value.type.word)"
        }
      } + functions.map(\.functionLine) + tracepoints.map(\.tracepointLine)
      + lacking.map(\.line).sorted()
  }

  /// A line that means nothing is passed over.
  mutating func read(_ line: Substring) {
    let words = line.split(separator: " " as Character).map(String.init)
    switch (words.first, words.count) {
    case ("enum", 2...): if let item = Enumeration(words: words[1...]) { add(item) }
    case ("struct", 2): add(structure: words[1])
    case ("member", 5):
      guard let type = KernelType(word: words[4][...]) else { return }
      add(KernelMember(path: words[3], type: type), words[2], of: words[1])
    case ("function", 5...):
      if let item = KernelSignature(function: words[1...]) { add(function: item) }
    case ("tracepoint", 6...):
      if let item = KernelSignature(tracepoint: words[1...]) { add(tracepoint: item) }
    case ("lacks", 3...): if let item = KernelThing(words: words[1...]) { add(lacking: item) }
    default: return
    }
  }
}

extension KernelThing {
  fileprivate var line: String {
    switch self {
    case .function(let name): "lacks function \(name)"
    case .tracepoint(let category, let name): "lacks tracepoint \(category) \(name)"
    case .member(let name, let structure): "lacks member \(structure) \(name)"
    }
  }

  fileprivate init?(words: ArraySlice<String>) {
    let words = Array(words)
    switch (words[0], words.count) {
    case ("function", 2): self = .function(words[1])
    case ("tracepoint", 3): self = .tracepoint(category: words[1], words[2])
    case ("member", 3): self = .member(words[2], of: words[1])
    default: return nil
    }
  }
}

extension Enumeration {
  fileprivate var line: String {
    (["enum", name.orDash] + cases.map { "\($0.value):\($0.name)" }).joined(separator: " ")
  }

  fileprivate init?(words: ArraySlice<String>) {
    var cases: [Case] = []
    for word in words.dropFirst() {
      let parts = word.split(separator: ":", maxSplits: 1)
      guard parts.count == 2, let value = Int64(parts[0]) else { return nil }
      cases.append(Case(name: String(parts[1]), value: value))
    }
    self.init(name: words.first?.unlessDash ?? "", cases: cases)
  }
}

extension KernelSignature {
  fileprivate var functionLine: String {
    ([
      "function", name, (module ?? "").orDash, String(slotCount), returned?.word ?? "-",
    ] + arguments.map(\.word)).joined(separator: " ")
  }

  fileprivate var tracepointLine: String {
    ([
      "tracepoint", (category ?? "").orDash, name, (module ?? "").orDash, String(slotCount),
      isRecordKnown ? "known" : "unknown",
    ] + arguments.map(\.word) + ["/"] + typedArguments.map(\.word)).joined(separator: " ")
  }

  fileprivate init?(function words: ArraySlice<String>) {
    let words = Array(words)
    let arguments = words[4...].map { Argument(word: $0) }
    guard let slots = Int(words[2]), (0...256).contains(slots), !arguments.contains(nil) else {
      return nil
    }
    self.init(
      name: words[0], module: words[1].unlessDash, arguments: arguments.compactMap { $0 },
      returned: words[3].unlessDash.flatMap { KernelType(word: $0[...]) }, slotCount: slots)
  }

  fileprivate init?(tracepoint words: ArraySlice<String>) {
    let words = Array(words)
    guard let slash = words.firstIndex(of: "/"), slash >= 5, let slots = Int(words[3]) else {
      return nil
    }
    let record = words[5..<slash].map { Argument(word: $0) }
    let typed = words[(slash + 1)...].map { Argument(word: $0) }
    guard !record.contains(nil), !typed.contains(nil) else { return nil }
    self.init(
      name: words[1], category: words[0].unlessDash, module: words[2].unlessDash,
      arguments: record.compactMap { $0 }, typedArguments: typed.compactMap { $0 },
      isRecordKnown: words[4] == "known", slotCount: slots)
  }
}

extension KernelSignature.Argument {
  fileprivate var word: String { "\(name)@\(place)@\(type.word)" }

  fileprivate init?(word: String) {
    let parts = word.split(separator: "@", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, let place = Int(parts[1]), (0...65535).contains(place),
      let type = KernelType(word: parts[2])
    else { return nil }
    self.init(name: String(parts[0]), type: type, place: place)
  }
}

extension KernelType {
  /// In front what it is, behind a colon a name or the type that it is made of.
  fileprivate var word: String {
    switch self {
    case .integer(let bytes, let isSigned, let isBigEndian):
      "i\(bytes)\(isSigned ? "s" : "u")\(isBigEndian ? "b" : "l")"
    case .bitField(let isSigned): isSigned ? "fs" : "fu"
    case .enumeration(let name, let bytes): "e\(bytes):\(name)"
    case .boolean: "b"
    case .pointer(let target): "*\(target.word)"
    case .structure(let name): "s:\(name)"
    case .array(let element, let count): "a\(count):\(element.word)"
    case .characters(let count): "c\(count)"
    case .locatedText: "t"
    case .void: "v"
    case .other: "?"
    }
  }

  fileprivate init?(word: Substring, depth: Int = 0) {
    let rest = word.dropFirst()
    func number(_ text: Substring) -> Int? {
      Int(text).flatMap { (0...65535).contains($0) ? $0 : nil }
    }
    func parts() -> (count: Int, of: Substring)? {
      let parts = rest.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, let count = number(parts[0]) else { return nil }
      return (count, parts[1])
    }
    switch word.first {
    case "i":
      guard let bytes = rest.first.flatMap({ Int(String($0)) }), [1, 2, 4, 8].contains(bytes),
        ["sl", "sb", "ul", "ub"].contains(rest.dropFirst())
      else { return nil }
      self = .integer(
        bytes: bytes, isSigned: rest.dropFirst().first == "s", isBigEndian: rest.last == "b")
    case "f": self = .bitField(isSigned: rest == "s")
    case "e":
      guard let (bytes, name) = parts(), [1, 2, 4, 8].contains(bytes) else { return nil }
      self = .enumeration(name: String(name), bytes: bytes)
    case "b": self = .boolean
    case "*":
      guard depth < 8, let target = KernelType(word: rest, depth: depth + 1) else { return nil }
      self = .pointer(target)
    case "s": self = .structure(String(rest.dropFirst()))
    case "a":
      guard depth < 8, let (count, element) = parts(),
        let type = KernelType(word: element, depth: depth + 1)
      else { return nil }
      self = .array(type, count: count)
    case "c":
      guard let count = number(rest) else { return nil }
      self = .characters(count)
    case "t": self = .locatedText
    case "v": self = .void
    case "?": self = .other("something else")
    default: return nil
    }
  }
}

extension String {
  fileprivate var orDash: String { isEmpty ? "-" : self }
  fileprivate var unlessDash: String? { self == "-" ? nil : self }
}
