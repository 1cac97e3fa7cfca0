internal import Packets
internal import Syntax

/// `option name: type = default`, and what the command line says of them.
extension Check {
  func checkOptions() {
    var known: Set<String> = []
    for index in modules.indices {
      inModule(index) {
        for declaration in modules[index].tree.declarations {
          guard case .option(let option) = declaration.kind else { continue }
          checkOption(option, documentation: declaration.documentation, &known)
        }
      }
    }
    for name in givenOptions.keys.sorted() where !known.contains(name) {
      report(
        Diagnostic(
          .error, "the script has no option '\(name)'",
          hints: known.isEmpty
            ? ["it has none at all"]
            : suggestion(for: name, among: known).orElse(
              "it has: \(known.sorted().joined(separator: ", "))")))
    }
  }

  private func checkOption(
    _ option: OptionSyntax, documentation: String, _ known: inout Set<String>
  ) {
    let name = option.name.text
    guard let kind = ScriptOption.Kind(rawValue: option.type.text) else {
      known.insert(name)
      let all = ScriptOption.Kind.allCases.map(\.rawValue)
      report(
        "an option cannot be of type '\(option.type.text)'", at: option.type.span,
        hints: suggestion(for: option.type.text, among: all).orElse(
          "there are: \(all.joined(separator: ", "))"))
      return
    }
    if !known.insert(name).inserted, modules[module].options[name] == nil {
      report("another script that takes part has an option '\(name)' too", at: option.name.span)
      return
    }
    if modules[module].names[name]?.name.span != option.name.span { return }
    var value = option.value.flatMap { defaultValue($0, kind) }
    if let text = givenOptions[name] {
      value = OptionText.value(of: text, kind)
      if value == nil {
        report(
          Diagnostic(
            .error, "'\(text)' is not \(OptionText.expectation(kind))",
            at: Diagnostic.Place(argument: "--\(name)", text), hints: OptionText.hints(kind)))
      }
    }
    modules[module].options[name] = script.options.count
    script.options.append(
      ScriptOption(name: name, kind: kind, value: value, documentation: documentation))
  }

  private func defaultValue(
    _ expression: Expression, _ kind: ScriptOption.Kind
  ) -> ScriptOption.Value? {
    body = BodyState(place: .constant)
    guard let value = value(of: expression) else { return nil }
    func refuse() -> ScriptOption.Value? {
      report(
        "the default is not \(OptionText.expectation(kind))", at: expression.span,
        hints: OptionText.hints(kind))
      return nil
    }
    switch (kind, value.kind, value.type) {
    case (.bool, .constant(let number), .boolean): return .integer(number)
    case (.text, .text(let text), _): return .text(text)
    case (.addr, .text(let text), _):
      guard let address = AddressValue(text) else { return refuse() }
      return .address(address)
    case (.port, .constant(let number), .integer):
      return (0...65535).contains(number) ? .integer(number) : refuse()
    case (.duration, .constant(let number), .integer(.duration)): return .integer(number)
    case (.duration, .constant(0), .integer): return .integer(0)
    case (.int, .constant(let number), .integer), (.bytes, .constant(let number), .integer):
      return .integer(number)
    case (_, .text(let text), _):
      // `option size: bytes = "64k"`, as it is given on the command line.
      return OptionText.value(of: text, kind) ?? refuse()
    default: return refuse()
    }
  }
}

extension [String] {
  /// This, unless it is empty.
  func orElse(_ hint: String) -> [String] { isEmpty ? [hint] : self }
}

extension ScriptOption.Kind {
  /// What a text on a command line says; nil if it is nothing of this kind.
  package func value(of text: String) -> ScriptOption.Value? { OptionText.value(of: text, self) }
}

/// Values of options as they are typed on a command line.
enum OptionText {
  static func value(of text: String, _ kind: ScriptOption.Kind) -> ScriptOption.Value? {
    switch kind {
    case .int: integer(text).map { .integer($0) }
    case .port:
      integer(text).flatMap { (0...65535).contains($0) ? .integer($0) : nil }
    case .duration: duration(text).map { .integer($0) }
    case .bytes: bytes(text).map { .integer($0) }
    case .bool:
      switch text {
      case "true", "yes", "on", "1": .integer(1)
      case "false", "no", "off", "0": .integer(0)
      default: nil
      }
    case .text: .text(text)
    case .addr: AddressValue(text).map { .address($0) }
    }
  }

  static func expectation(_ kind: ScriptOption.Kind) -> String {
    switch kind {
    case .int: "a whole number"
    case .port: "a port, 0 … 65535"
    case .duration: "a duration"
    case .bytes: "a number of bytes"
    case .bool: "true or false"
    case .text: "a text"
    case .addr: "an IP address"
    }
  }

  static func hints(_ kind: ScriptOption.Kind) -> [String] {
    switch kind {
    case .int: ["for example 10, or 0xff"]
    case .duration: ["for example 500ms, 5s, 2m"]
    case .bytes: ["for example 1500, 64k, 16M"]
    case .addr: ["for example 192.0.2.1, or 2001:db8::1"]
    case .port, .bool, .text: []
    }
  }

  static func integer(_ text: String) -> Int64? {
    var digits = Substring(text)
    let isNegative = digits.hasPrefix("-")
    if isNegative { digits = digits.dropFirst() }
    let number: UInt64?
    if digits.hasPrefix("0x") || digits.hasPrefix("0X") {
      number = UInt64(digits.dropFirst(2), radix: 16)
    } else if digits.first?.isASCII == true, digits.first?.isNumber == true {
      number = UInt64(digits)
    } else {
      number = nil
    }
    guard let number else { return nil }
    if isNegative { return number <= 1 << 63 ? 0 &- Int64(bitPattern: number) : nil }
    return Int64(bitPattern: number)
  }

  private static func scaled(_ text: String, _ units: [(String, Int64)]) -> Int64? {
    let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    let unit = String(text.dropFirst(digits.count))
    guard let scale = units.first(where: { $0.0 == unit })?.1 else { return nil }
    let parts = digits.split(separator: ".", omittingEmptySubsequences: false)
    guard let first = parts.first, let whole = Int64(first), parts.count <= 2 else { return nil }
    var (result, overflow) = whole.multipliedReportingOverflow(by: scale)
    if parts.count == 2 {
      guard let fraction = Int64(parts[1]), parts[1].count <= 9 else { return nil }
      let power = (0..<parts[1].count).reduce(Int64(1)) { power, _ in power * 10 }
      let (high, low) = scale.multipliedFullWidth(by: fraction)
      let (sum, more) = result.addingReportingOverflow(
        power.dividingFullWidth((high, low)).quotient)
      (result, overflow) = (sum, overflow || more)
    }
    return overflow ? nil : result
  }

  static func duration(_ text: String) -> Int64? {
    if text == "0" { return 0 }
    return scaled(
      text,
      [
        ("ns", 1), ("us", 1000), ("ms", 1_000_000), ("s", 1_000_000_000),
        ("m", 60_000_000_000), ("min", 60_000_000_000), ("h", 3_600_000_000_000),
      ])
  }

  static func bytes(_ text: String) -> Int64? {
    scaled(
      text,
      [
        ("", 1), ("k", 1 << 10), ("K", 1 << 10), ("M", 1 << 20), ("G", 1 << 30), ("KiB", 1 << 10),
        ("MiB", 1 << 20), ("GiB", 1 << 30),
      ])
  }
}
