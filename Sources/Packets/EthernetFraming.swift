/// The Ethernet header that a packet without one gets in files and on the display: addresses that
/// are all zero, and an EtherType.
public struct EthernetFraming: Sendable, Equatable {
  package static let length = 14

  package let etherType: UInt16

  /// - Parameters:
  ///   - etherType: `skb->protocol`, in host order. Not every number there is an EtherType.
  ///   - packet: the packet's bytes, whose first four bits tell IPv4 from IPv6 where the number is
  ///     none.
  package init(etherType: UInt16, packet: UnsafeRawBufferPointer) {
    let smallestEtherType: UInt16 = 0x0600
    if etherType >= smallestEtherType {
      self.etherType = etherType
      return
    }
    switch packet.first.map({ $0 >> 4 }) {
    case 4: self.etherType = 0x0800
    case 6: self.etherType = 0x86dd
    default: self.etherType = 0xffff  // reserved: taken for no protocol by anyone
    }
  }

  package func append(to buffer: inout ByteBuffer) {
    buffer.append(zeros: EthernetFraming.length - 2)
    buffer.append(number: etherType.bigEndian)
  }
}
