/// The verifier's log of a rejected program, as libbpf passes it on.
package struct VerifierLog: Sendable {
  package let text: String

  package init(_ text: String) {
    self.text = text
  }

  /// The one line that says why: that the program is too large, if it says so; else the last that is
  /// not a dump of state, of instructions or of totals. nil if the log holds no rejection by the verifier.
  package var reason: String? {
    guard let begin = text.firstRange(of: "BEGIN PROG LOAD LOG"),
      let end = text.firstRange(of: "END PROG LOAD LOG")
    else { return nil }
    let lines = text[begin.upperBound..<end.lowerBound].split(separator: "\n")
    if let size = lines.last(where: { $0.hasPrefix("BPF program is too large") }) {
      return String(size)
    }
    return lines.last(where: Self.isReason).map(String.init)
  }

  private static func isReason(_ line: Substring) -> Bool {
    guard let first = line.first else { return false }
    if first.isNumber || first == ";" || first == "-" || first == " " { return false }
    let dumps = [
      "processed ", "verification time", "stack depth", "from ", "R0", "R1=", "func#",
      "max_states", "Func#", "Validating ",
    ]
    return !dumps.contains { line.hasPrefix($0) }
  }
}
