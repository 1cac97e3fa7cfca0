package import Packets

/// A translation unit whose programs run packet filters over packets from a map: see
/// `bpf/filter_run.h`.
package struct FilterRunUnit: Sendable {
  /// A filter of the unit.
  package struct Member: Sendable, Hashable {
    package let program: FilterProgram
    package let link: LinkType

    package init(program: FilterProgram, link: LinkType) {
      self.program = program
      self.link = link
    }
  }

  package let members: [Member]

  package init(_ members: [Member]) {
    self.members = members
  }

  /// The C name of a member's program.
  package static func programName(_ index: Int) -> String { "nc_run_\(filterName(index))" }

  private static func filterName(_ index: Int) -> String { "f\(index)" }

  /// The C text, which includes files of `bpf/`, and what became of each member.
  package func lower() -> (c: String, filters: [LoweredFilter]) {
    let filters = members.enumerated().map { index, member in
      FilterLowering(
        name: Self.filterName(index), program: member.program, link: member.link
      ).lower()
    }
    var c = """
      /* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
      #include "filter_run.h"

      """
    for (index, filter) in filters.enumerated() {
      let name = Self.filterName(index)
      c += "\n\(filter.c)\nNC_FILTER_RUN(\(name), \(name.uppercased()))\n"
    }
    c += "\nchar nc_license[] SEC(\"license\") = \"GPL\";\n"
    return (c, filters)
  }
}
