import Packets

/// `docs/examples/web.pcap`: a client, 10.9.0.1, asks a name server and two web servers for things.
///
/// A name is looked up; a page of 3000 bytes is read from 10.9.0.2 port 80, whose answer takes 40 ms;
/// port 8080 there refuses; 10.9.0.3 port 9000 does not answer, and is asked again after one,
/// three and seven seconds; two echo requests, the second of which has no reply.
package enum WebCapture {
  private static let client: UInt32 = 0x0a09_0001
  private static let server: UInt32 = 0x0a09_0002
  private static let silent: UInt32 = 0x0a09_0003

  private struct Packet {
    let microseconds: UInt64
    let frame: Octets
  }

  /// The file: pcap with nanoseconds, Ethernet.
  package static func file() -> [UInt8] {
    let writer = PcapWriter()
    var buffer = ByteBuffer()
    writer.appendHeader(to: &buffer)
    for packet in packets().sorted(by: { $0.microseconds < $1.microseconds }) {
      packet.frame.bytes.withUnsafeBytes {
        writer.append(
          PacketRecord(
            // 2026-01-05 10:00:00 UTC
            timeNanoseconds: (1_767_607_200_000_000 + packet.microseconds) * 1000,
            originalLength: packet.frame.count, bytes: $0), to: &buffer)
      }
    }
    return buffer.withUnsafeBytes { Array($0) }
  }

  private static func packets() -> [Packet] {
    lookUp(at: 0) + page(at: 10_000) + refusal(at: 200_000) + silence(at: 500_000)
      + echoes(at: 1_000_000)
  }

  private static func packet(
    _ time: UInt64, _ proto: UInt8, _ from: UInt32, _ to: UInt32, _ payload: Octets,
    ttl: UInt8 = 64
  ) -> Packet {
    let macs: [UInt32: Octets] = [
      client: [2, 0, 0, 0, 0, 1], server: [2, 0, 0, 0, 0, 2], silent: [2, 0, 0, 0, 0, 3],
    ]
    return Packet(
      microseconds: time,
      frame: Header.ethernet(macs[to]!, macs[from]!, 0x0800)
        + Header.ipv4(proto, from, to, payload, ttl: ttl))
  }

  private static func lookUp(at time: UInt64) -> [Packet] {
    let question =
      Octets([3]) + Octets(Array("web".utf8)) + [7] + Octets(Array("example".utf8))
      + [0] + .u16(1, 1)
    let ask = Octets.u16(0x1234, 0x0100, 1, 0, 0, 0) + question
    let answer =
      Octets.u16(0x1234, 0x8180, 1, 1, 0, 0) + question
      + .u16(0xc00c, 1, 1) + .u32(60) + .u16(4) + .u32(server)
    return [
      packet(time, 17, client, server, Header.udp(40001, 53, ask)),
      packet(time + 3_200, 17, server, client, Header.udp(53, 40001, answer)),
    ]
  }

  private static let fin: UInt8 = 0x01
  private static let syn: UInt8 = 0x02
  private static let rst: UInt8 = 0x04
  private static let push: UInt8 = 0x08
  private static let ack: UInt8 = 0x10

  private static func segment(
    _ ports: (UInt16, UInt16), _ sequence: UInt32, _ acknowledged: UInt32, _ flags: UInt8,
    _ payload: Octets = []
  ) -> Octets {
    .u16(ports.0, ports.1) + .u32(sequence, acknowledged) + [0x50, flags]
      + .u16(64240, 0, 0) + payload
  }

  private static func page(at time: UInt64) -> [Packet] {
    let there: (UInt16, UInt16) = (40002, 80)
    let back: (UInt16, UInt16) = (80, 40002)
    let request = Octets(Array("GET / HTTP/1.1\r\nHost: web.example\r\n\r\n".utf8))
    let head = Octets(Array("HTTP/1.1 200 OK\r\nContent-Length: 3000\r\n\r\n".utf8))
    let body = Octets(Array(repeating: UInt8(ascii: "x"), count: 3000))
    let all = head + body
    let asked = 1001 + UInt32(request.count)
    let pieces = stride(from: 0, to: all.count, by: 1400).map { start in
      (start, Octets(Array(all.bytes[start..<min(start + 1400, all.count)])))
    }
    let answered = 5001 + UInt32(all.count)
    var packets = [
      packet(time, 6, client, server, segment(there, 1000, 0, syn)),
      packet(time + 200, 6, server, client, segment(back, 5000, 1001, syn | ack)),
      packet(time + 350, 6, client, server, segment(there, 1001, 5001, ack)),
      packet(time + 400, 6, client, server, segment(there, 1001, 5001, push | ack, request)),
      packet(time + 600, 6, server, client, segment(back, 5001, asked, ack)),
    ]
    for (index, (start, piece)) in pieces.enumerated() {
      packets.append(
        packet(
          time + 40_400 + UInt64(index) * 100, 6, server, client,
          segment(back, 5001 + UInt32(start), asked, push | ack, piece)))
    }
    return packets + [
      packet(time + 41_000, 6, client, server, segment(there, asked, answered, ack)),
      packet(time + 42_000, 6, client, server, segment(there, asked, answered, fin | ack)),
      packet(time + 42_200, 6, server, client, segment(back, answered, asked + 1, fin | ack)),
      packet(time + 42_300, 6, client, server, segment(there, asked + 1, answered + 1, ack)),
    ]
  }

  private static func refusal(at time: UInt64) -> [Packet] {
    [
      packet(time, 6, client, server, segment((40003, 8080), 7000, 0, syn)),
      packet(time + 150, 6, server, client, segment((8080, 40003), 0, 7001, rst | ack)),
    ]
  }

  private static func silence(at time: UInt64) -> [Packet] {
    [0, 1_000_000, 3_000_000, 7_000_000].map {
      packet(time + $0, 6, client, silent, segment((40004, 9000), 9000, 0, syn))
    }
  }

  private static func echoes(at time: UInt64) -> [Packet] {
    let content = Octets((0..<56).map { UInt8($0) })
    func echo(_ type: UInt8, _ sequence: UInt16) -> Octets {
      [type, 0] + .u16(0, 77, sequence) + content
    }
    return [
      packet(time, 1, client, server, echo(8, 1)),
      packet(time + 900, 1, server, client, echo(0, 1), ttl: 63),
      packet(time + 1_000_000, 1, client, server, echo(8, 2)),
    ]
  }
}
