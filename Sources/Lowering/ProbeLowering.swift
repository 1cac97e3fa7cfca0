internal import Language
internal import Packets
internal import Syntax

/// Turns what an object is to do into its C text, which includes files of `bpf/`.
package struct ProbeLowering {
  private let unit: ProbeUnit

  package init(_ unit: ProbeUnit) {
    self.unit = unit
  }

  package func lower() -> String {
    let everything = FilterProgram.acceptAll
    let ethernet = FilterLowering(
      name: "ethernet", program: unit.filter?.ethernet ?? everything, link: .ethernet)
    let rawIP = FilterLowering(
      name: "raw_ip", program: unit.filter?.rawIP ?? everything, link: .rawIP)
    return """
      /* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
      /* \(unit.mechanism.rawValue), the skb is argument \(unit.skbArgument + 1) */
      \(macros)#define NC_SKB_ARGUMENT \(unit.skbArgument)

      #include "probe.h"
      #include "filter.h"

      /* Packets that match: \(filterText) */

      \(ethernet.lower().c)
      NC_VERDICT(ethernet, ETHERNET)

      \(rawIP.lower().c)
      NC_VERDICT(raw_ip, RAW_IP)

      #include "\(unit.mechanism.rawValue).h"

      """
  }

  private var macros: String {
    let inPlace = unit.readsInPlace ? "#define NC_IN_PLACE 1\n" : ""
    switch unit.mechanism {
    case .fentry, .tracepoint: return inPlace + "#define NC_TYPED_ARGUMENTS 1\n"
    case .kprobe: return inPlace + "#define NC_KPROBE 1\n"
    }
  }

  /// The filter as a C comment can hold it.
  private var filterText: String {
    guard let text = unit.filter?.source.text, text.contains(where: { !$0.isWhitespace }) else {
      return "all"
    }
    let oneLine = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    return oneLine.split(separator: "*/", omittingEmptySubsequences: false).joined(separator: "* /")
  }
}
