import Corpus
import Glibc
import Packets
import SystemPackage
import Testing

private let corpus = Corpus()

@Suite struct ReaderTests {
  private let data: [UInt8] = [1, 2, 3, 4, 5]

  @Test(arguments: [false, true])
  func pcapMicroseconds(isBigEndian: Bool) {
    var file = MadeCapture(isBigEndian: isBigEndian)
    file.pcapHeader(0xa1b2_c3d4, link: 1)
    file.pcapRecord(1_700_000_000, 123_456, length: 60, data)
    file.pcapRecord(1_700_000_001, 0, length: 0, [])
    let read = readAll(file.bytes)
    #expect(read.error == nil)
    #expect(
      read.packets == [
        ReadPacket(time: 1_700_000_000_123_456_000, length: 60, bytes: data),
        ReadPacket(time: 1_700_000_001_000_000_000, length: 0, bytes: []),
      ])
  }

  @Test(arguments: [false, true])
  func pcapNanoseconds(isBigEndian: Bool) {
    var file = MadeCapture(isBigEndian: isBigEndian)
    file.pcapHeader(0xa1b2_3c4d, link: 101)
    file.pcapRecord(.max, 999_999_999, length: .max, data)
    let time = UInt64(UInt32.max) * 1_000_000_000 + 999_999_999
    let read = readAll(file.bytes)
    #expect(read.error == nil)
    #expect(
      read.packets == [
        ReadPacket(time: time, link: .rawIP, length: Int(UInt32.max), bytes: data)
      ])
  }

  /// Two interfaces with clocks of their own, comments, a block of an unknown kind.
  @Test(arguments: [false, true])
  func pcapng(isBigEndian: Bool) {
    var file = MadeCapture(isBigEndian: isBigEndian)
    file.section()
    file.interface(1)  // microseconds, as none are named
    file.interface(101, snapLength: 96) {
      $0.option(2, "eth0")
      $0.option(3, "the first")
      $0.option(9, [9])
      $0.option(14, isBigEndian ? [0, 0, 0, 0, 0, 0, 0, 1] : [1, 0, 0, 0, 0, 0, 0, 0])
    }
    file.packet(interface: 0, time: 5_000_000_000, length: 60, data) {
      $0.option(1, "one")
      $0.option(2, [0, 0, 0, 0])
      $0.option(1, "two")
      $0.u32(0)
    }
    file.block(0x0000_0bad) { $0.u32(1, 2, 3) }
    file.packet(interface: 1, time: 7, length: 5, data)
    let read = readAll(file.bytes)
    #expect(read.error == nil)
    #expect(
      read.packets == [
        ReadPacket(
          time: 5_000_000_000_000, length: 60, bytes: data, comments: ["one", "two"]),
        ReadPacket(time: 1_000_000_007, interface: 1, link: .rawIP, length: 5, bytes: data),
      ])
  }

  /// Each section has its own byte order and interfaces.
  @Test func sections() throws {
    var file = MadeCapture()
    file.section()
    file.interface(1)
    file.packet(interface: 0, time: 1, length: 5, data)
    var second = MadeCapture(isBigEndian: true)
    second.section()
    second.interface(101) { $0.option(2, "b") }
    second.packet(interface: 0, time: 2, length: 5, data)
    let read = readAll(file.bytes + second.bytes)
    #expect(read.error == nil)
    #expect(
      read.packets == [
        ReadPacket(time: 1000, length: 5, bytes: data),
        ReadPacket(time: 2000, link: .rawIP, length: 5, bytes: data),
      ])
    var reader = try CaptureReader(file.bytes + second.bytes)
    while try reader.advance() {}
    #expect(reader.interfaces.map(\.name) == ["b"])
  }

  @Test func simpleAndObsoletePackets() {
    var file = MadeCapture()
    file.section()
    file.interface(1, snapLength: 3)
    file.block(3) {
      $0.u32(9)
      $0.bytes += [1, 2, 3]
    }
    file.block(2) {
      $0.u16(0, 77)
      $0.u32(0, 4, 5, 60)
      $0.bytes += data
    }
    let read = readAll(file.bytes)
    #expect(read.error == nil)
    #expect(
      read.packets == [
        ReadPacket(time: nil, length: 9, bytes: [1, 2, 3]),
        ReadPacket(time: 4000, length: 60, bytes: data),
      ])
  }

  @Test(arguments: [
    (UInt8(0), UInt64(3), UInt64(3_000_000_000) as UInt64?),
    (6, 3, 3000), (9, 3, 3), (10, 39, 3), (29, .max, 0), (127, .max, 0),
    (0x80 | 1, 3, 1_500_000_000), (0x80 | 30, 1 << 30, 1_000_000_000), (0x80 | 127, .max, 0),
    (0, .max, nil), (6, .max, nil),
  ])
  func clocks(resolution: UInt8, units: UInt64, expected: UInt64?) {
    var file = MadeCapture()
    file.section()
    file.interface(1) { $0.option(9, [resolution]) }
    file.packet(interface: 0, time: units, length: 5, data)
    let read = readAll(file.bytes)
    #expect(read.error == nil)
    #expect(read.packets.map(\.time) == [expected])
  }

  @Test func timeBefore1970() {
    var file = MadeCapture()
    file.section()
    file.interface(1) { $0.option(14, [UInt8](repeating: 0xff, count: 8)) }
    file.packet(interface: 0, time: 999_999, length: 5, data)
    #expect(readAll(file.bytes).packets.map(\.time) == [nil])
  }

  @Test func notACapture() {
    for bytes in [[], [1], Array("hello, world".utf8), [0x1f, 0x8b, 8, 0]] as [[UInt8]] {
      #expect(readAll(bytes).error == .notACapture)
    }
  }

  @Test func unsupportedVersions() {
    var old = MadeCapture()
    old.u32(0xa1b2_c3d4)
    old.u16(1, 0)
    old.u32(0, 0, 65535, 1)
    #expect(readAll(old.bytes).error == .unsupported("version 1.0 of the pcap format"))
    var new = MadeCapture()
    new.block(0x0a0d_0d0a) {
      $0.u32(0x1a2b_3c4d)
      $0.u16(2, 1)
      $0.u64(.max)
    }
    #expect(readAll(new.bytes).error == .unsupported("version 2.1 of the pcapng format"))
  }

  @Test func damagedPcapng() {
    func error(_ body: (inout MadeCapture) -> Void) -> CaptureError? {
      var file = MadeCapture()
      file.section()
      file.interface(1)
      body(&file)
      return readAll(file.bytes).error
    }
    let at = 60
    #expect(
      error { $0.packet(interface: 1, time: 0, length: 0, []) }
        == .corrupt("a packet of interface 1, which there is not", offset: at))
    #expect(
      error { file in
        file.block(6) { $0.u32(0, 0, 0, 5, 5, 0) }
      } == .corrupt("a packet of 5 bytes in a smaller block", offset: at))
    #expect(
      error { $0.packet(interface: 0, time: 0, length: 0, []) { $0.u16(1, 9) } }
        == .corrupt("an option beyond its block", offset: at))
    #expect(error { $0.u32(6, 7, 7) } == .corrupt("a block of 7 bytes", offset: at))
    #expect(
      error { $0.u32(6, 0xffff_fff0, 0) } == .corrupt("a block of 4294967280 bytes", offset: at))
    #expect(
      error { $0.u32(5, 16, 0, 20) } == .corrupt("a block has two lengths", offset: at))
    #expect(error { $0.u32(5, 16, 0) } == .truncated(offset: at))
    #expect(error { $0.block(6) { $0.u32(0) } } == .corrupt("a packet of 4 bytes", offset: at))
  }

  @Test func hugePcapRecord() {
    var file = MadeCapture()
    file.pcapHeader(0xa1b2_c3d4, link: 1)
    file.u32(0, 0, 262_145, 262_145)
    #expect(readAll(file.bytes).error == .corrupt("a packet of 262145 bytes", offset: 24))
  }

  /// A file that does not fit the reader's buffer, read from a descriptor.
  @Test func largeFile() throws {
    var file = MadeCapture()
    file.pcapHeader(0xa1b2_c3d4, link: 1)
    let lengths = [262_144, 1, 100_000, 262_144, 200_000, 0, 262_144, 7]
    for (index, length) in lengths.enumerated() {
      file.pcapRecord(
        0, 0, length: 0, [UInt8](repeating: UInt8(index), count: length))
    }
    let path = FilePath("/tmp/netcap-reader-\(getpid()).pcap")
    defer { unlink(path.string) }
    let descriptor = try FileDescriptor.open(
      path, .writeOnly, options: [.create, .truncate], permissions: .ownerReadWrite)
    _ = try descriptor.closeAfter { try descriptor.writeAll(file.bytes) }
    var reader = try CaptureReader(path)
    for (index, length) in lengths.enumerated() {
      #expect(try reader.advance())
      reader.withPacket { packet in
        #expect(packet.bytes.count == length)
        #expect(packet.bytes.allSatisfy { $0 == UInt8(index) })
      }
    }
    #expect(try !reader.advance())
  }

  /// The writers' files, as the readers see them.
  @Test func writtenFiles() throws {
    let comments = [["cpu 10 skb 0xffff888012345600"], []]
    for (name, comments) in [("two.pcap", [[], []]), ("two.pcapng", comments)] {
      let digits = try corpus.text("written/\(name).hex").split(whereSeparator: \.isWhitespace)
      let read = readAll(try digits.map { try #require(UInt8($0, radix: 16)) })
      #expect(read.error == nil)
      #expect(read.packets.map(\.time) == [1_700_000_000_123_456_789, 1_700_000_001_000_000_001])
      #expect(read.packets.map(\.length) == [42, 98])
      #expect(read.packets.map(\.bytes.count) == [42, 37])
      #expect(read.packets.map(\.link) == [.ethernet, .ethernet])
      #expect(read.packets.map(\.comments) == comments)
    }
  }
}
