import Packets

/// Bytes of a capture file of either byte order.
struct MadeCapture {
  var bytes: [UInt8] = []
  var isBigEndian = false

  mutating func u16(_ numbers: UInt16...) { for number in numbers { append(number) } }
  mutating func u32(_ numbers: UInt32...) { for number in numbers { append(number) } }
  mutating func u64(_ numbers: UInt64...) { for number in numbers { append(number) } }

  private mutating func append(_ number: some FixedWidthInteger) {
    withUnsafeBytes(of: isBigEndian ? number.bigEndian : number.littleEndian) { bytes += $0 }
  }

  mutating func pad() {
    while bytes.count % 4 != 0 { bytes.append(0) }
  }

  mutating func option(_ code: UInt16, _ value: [UInt8]) {
    u16(code, UInt16(value.count))
    bytes += value
    pad()
  }

  mutating func option(_ code: UInt16, _ text: String) { option(code, Array(text.utf8)) }

  mutating func block(_ kind: UInt32, _ body: (inout MadeCapture) -> Void) {
    var content = MadeCapture(isBigEndian: isBigEndian)
    body(&content)
    content.pad()
    let length = UInt32(content.bytes.count + 12)
    u32(kind, length)
    bytes += content.bytes
    u32(length)
  }

  mutating func section() {
    block(0x0a0d_0d0a) {
      $0.u32(0x1a2b_3c4d)
      $0.u16(1, 0)
      $0.u64(.max)
      $0.option(4, "test")
    }
  }

  mutating func interface(
    _ link: UInt16, snapLength: UInt32 = 0, _ options: (inout MadeCapture) -> Void = { _ in }
  ) {
    block(1) {
      $0.u16(link, 0)
      $0.u32(snapLength)
      options(&$0)
      $0.u32(0)
    }
  }

  mutating func packet(
    interface: UInt32, time: UInt64, length: UInt32, _ data: [UInt8],
    _ options: (inout MadeCapture) -> Void = { _ in }
  ) {
    block(6) {
      $0.u32(interface, UInt32(time >> 32), UInt32(truncatingIfNeeded: time))
      $0.u32(UInt32(data.count), length)
      $0.bytes += data
      $0.pad()
      options(&$0)
    }
  }

  mutating func pcapHeader(_ magic: UInt32, link: UInt32) {
    u32(magic)
    u16(2, 4)
    u32(0, 0, 65535, link)
  }

  mutating func pcapRecord(_ seconds: UInt32, _ fraction: UInt32, length: UInt32, _ data: [UInt8]) {
    u32(seconds, fraction, UInt32(data.count), length)
    bytes += data
  }
}

/// What of a read packet is compared.
struct ReadPacket: Equatable {
  var time: UInt64?
  var interface = 0
  var link: LinkType? = .ethernet
  var length: Int
  var bytes: [UInt8]
  var comments: [String] = []
}

/// All packets of a file, and the error that it ends with.
func readAll(_ bytes: [UInt8]) -> (packets: [ReadPacket], error: CaptureError?) {
  var packets: [ReadPacket] = []
  do throws(CaptureError) {
    var reader = try CaptureReader(bytes)
    while try reader.advance() {
      let interfaces = reader.interfaces
      reader.withPacket { packet in
        packets.append(
          ReadPacket(
            time: packet.timeNanoseconds, interface: packet.interface,
            link: interfaces[packet.interface].link, length: packet.originalLength,
            bytes: Array(packet.bytes), comments: packet.comments))
      }
    }
    return (packets, nil)
  } catch {
    return (packets, error)
  }
}
