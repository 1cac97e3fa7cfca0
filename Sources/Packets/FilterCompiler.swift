package import Syntax

extension FilterProgram {
  /// Compiles a pcap-filter(7) expression with libpcap, for packets that start as `link` says.
  ///
  /// The empty expression matches everything. Host and service names are resolved now.
  ///
  /// - Throws: what is wrong with the expression, and where in it.
  package static func compile(
    _ source: SourceText, link: LinkType
  ) throws(Diagnostic) -> FilterProgram {
    if let zero = source.text.utf8.firstOffset(of: 0) {
      throw Diagnostic(
        .error, "the filter has a NUL in it",
        at: Diagnostic.Place(source, Syntax.Span(zero..<zero + 1)))
    }
    let diagnosis = FilterDiagnosis(source: source, link: link)
    let instructions: [Instruction]
    do {
      instructions = try Libpcap.compile(source.text, link: link)
    } catch {
      throw diagnosis.explain(error)
    }
    guard let program = FilterProgram(instructions: instructions) else {
      throw Diagnostic(.error, "libpcap made an invalid program of the filter", at: source.place)
    }
    if let refusal = diagnosis.socketPrimitive(program) { throw refusal }
    return program
  }

  /// One line an instruction, as `tcpdump -d` prints them.
  package func disassembled() -> [String] {
    Libpcap.disassemble(self)
  }
}

extension SourceText {
  /// All of it.
  var place: Diagnostic.Place { Diagnostic.Place(self, span) }
}

extension String.UTF8View {
  fileprivate func firstOffset(of byte: UInt8) -> Int? {
    firstIndex(of: byte).map { distance(from: startIndex, to: $0) }
  }
}
