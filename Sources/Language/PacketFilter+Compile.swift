internal import Packets
package import Syntax

extension PacketFilter {
  /// Compiles a pcap-filter(7) expression for both ways a packet can start.
  ///
  /// An expression that has no meaning without a link header (`vlan`, `ether host …`, `arp`)
  /// matches no packet that has none.
  package init(compiling source: SourceText) throws(Diagnostic) {
    let ethernet = try FilterProgram.compile(source, link: .ethernet)
    let rawIP: FilterProgram
    do {
      rawIP = try FilterProgram.compile(source, link: .rawIP)
    } catch {
      // A name that could be looked up a moment ago.
      if error.message.hasPrefix("unknown ") { throw error }
      // The expression is sound, or the Ethernet form would have been refused as well.
      rawIP = .rejectAll
    }
    self.init(source: source, ethernet: ethernet, rawIP: rawIP)
  }
}
