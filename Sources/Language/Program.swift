package import Packets
package import Syntax

/// What is to be traced: the declarations that a command line, a script or a prompt is turned into.
///
/// Everything here was said by the user and checked for sense, but nothing of it has been looked up
/// in a kernel yet: that is ``/Kernel``'s part.
package struct Program: Sendable, Equatable {
  package var probes: [Probe]

  package init(probes: [Probe]) {
    self.probes = probes
  }
}

/// Packets at one or more points of the kernel, and what to note of them.
package struct Probe: Sendable, Equatable {
  package var points: [Point]
  /// Goes on only for packets that match.
  package var filter: PacketFilter?
  /// Goes on only for packets whose `skb->dev` is this one.
  package var interface: Interface?
  /// Bytes kept of a packet, 1 … ``Probe/captureLimit``.
  package var captureLength: Int

  /// The most bytes of a packet that can be kept: what fits pcap's customary snapshot length.
  package static let captureLimit = 65535

  package init(
    points: [Point], filter: PacketFilter? = nil, interface: Interface? = nil, captureLength: Int
  ) {
    self.points = points
    self.filter = filter
    self.interface = interface
    self.captureLength = captureLength
  }
}

/// A pcap-filter(7) expression, compiled for both ways a packet can start.
package struct PacketFilter: Sendable, Equatable, Hashable {
  package let source: SourceText
  package let ethernet: FilterProgram
  /// For packets without a link header. Rejects everything where the expression needs one.
  package let rawIP: FilterProgram

  package init(source: SourceText, ethernet: FilterProgram, rawIP: FilterProgram) {
    self.source = source
    self.ethernet = ethernet
    self.rawIP = rawIP
  }
}

/// A network interface of the network namespace that netcap runs in.
package struct Interface: Sendable, Equatable {
  package let name: String
  package let index: UInt32
  /// Inode number of the network namespace (`/proc/self/ns/net`).
  package let namespace: UInt32

  package init(name: String, index: UInt32, namespace: UInt32) {
    self.name = name
    self.index = index
    self.namespace = namespace
  }
}
