internal import Packets

/// What the language has built in, declared once: the checker, completion, `netcap doc`, `netcap
/// list` and the reference read these rows.
package enum Catalogue {
  /// One thing that scripts can name, for people to read.
  package struct Row: Sendable, Equatable {
    package let name: String
    /// How it is written, or its type.
    package let signature: String
    /// One line.
    package let documentation: String
    package let example: String

    package init(_ name: String, _ signature: String, _ documentation: String, _ example: String) {
      self.name = name
      self.signature = signature
      self.documentation = documentation
      self.example = example
    }
  }

  /// A part of the catalogue: a page of the reference.
  package struct Section: Sendable {
    package let name: String
    package let title: String
    package let introduction: String
    package let rows: [Row]
  }

  /// Everything, in the order of the reference.
  package static var sections: [Section] {
    [
      Section(
        name: "fields", title: "Fields",
        introduction: "What an expression can name of a packet, of an event, and of the kernel.",
        rows: contextFields.map(\.row) + kernelFields + packetMembers + layerRows + journeyFields
          + handlerFields),
      Section(
        name: "builtins", title: "Builtins",
        introduction: "Functions, what tables can do, and colours of printed text.",
        rows: functions + colours),
      Section(
        name: "aggregations", title: "Aggregations",
        introduction: "What a table makes of what is added to it.", rows: aggregations),
      Section(
        name: "points", title: "Points", introduction: "Where a probe can be.", rows: pointKinds),
      Section(
        name: "declarations", title: "Declarations",
        introduction: "What a script is made of.", rows: declarations),
      Section(
        name: "statements", title: "Statements",
        introduction:
          "What stands in a block: in both halves, in the kernel (`probe`, `path`), or in netcap "
          + "(`on`, `every`, `begin`, `end`).", rows: statements),
      Section(
        name: "formats", title: "Formats",
        introduction:
          "Behind the colon of `{x:…}`: `[-][#][0][width][.digits]`, then one of these.",
        rows: formats),
      Section(
        name: "options", title: "Option types",
        introduction: "What an `option` of a script can be.", rows: optionTypes),
    ]
  }

  /// Rows called so: `time`, `tcp.dport`, `hist`, `kprobe`.
  package static func rows(named name: String) -> [(section: Section, row: Row)] {
    sections.flatMap { section in
      section.rows.filter { $0.name == name || $0.name == "pkt.\(name)" }.map { (section, $0) }
    }
  }

  package static func function(_ name: String) -> Row? { functions.first { $0.name == name } }

  static func isFunction(_ name: String) -> Bool { function(name) != nil }

  /// Names of what only probes can read.
  package static let kernelNames = ["skb", "sock", "args", "retval", "dev"]

  /// Names that a script cannot give to something else.
  static func isReserved(_ name: String) -> Bool {
    kernelNames.contains(name) || name == "pkt" || name == "hops" || isFunction(name)
      || contextFields.contains { $0.name == name }
      || Layer.allCases.contains { $0.name == name }
  }
}
