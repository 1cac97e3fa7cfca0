import Language
import Packets
import Testing

@testable import Output

@Suite struct PlaceCacheTests {
  /// Differences in one thing each, chosen so that both share a slot.
  static let others: [(name: String, packet: Packet)] = {
    let base = Packet(bytes: [1, 2, 3])
    func changed(_ change: (inout Packet) -> Void) -> Packet {
      var packet = base
      change(&packet)
      return packet
    }
    return [
      ("point", changed { $0.point = 64 }), ("cpu", changed { $0.cpu += 64 }),
      ("process", changed { $0.processID += 64 }),
      ("command", changed { $0.command = KernelName("pong") }),
      ("end of command", changed { $0.command = KernelName("ping\0\0\0\0\0x") }),
      ("interface", changed { $0.interface = KernelName("veth1") }),
      ("end of interface", changed { $0.interface = KernelName("veth0\0\0\0\0x") }),
      ("link", changed { $0.link = .rawIP }), ("cut", changed { $0.isCut = true }),
    ]
  }()

  @Test func `a text is that of its place`() {
    for (name, packet) in Self.others + [("shorter cut", Packet(isCut: true, bytes: [1, 2]))] {
      var cache = PlaceCache()
      var text = ByteQueue()
      text.append("here")
      Packet(isCut: name == "shorter cut", bytes: [1, 2, 3]).with { event in
        #expect(cache.text(event) == nil)
        cache.remember(event, text, from: 1)
        #expect(cache.text(event).map { String(decoding: $0, as: UTF8.self) } == "ere")
      }
      packet.with { #expect(cache.text($0) == nil, "\(name)") }
      Packet(time: 1, isCut: name == "shorter cut", bytes: [3, 2, 1]).with {
        #expect(cache.text($0) != nil, "neither time nor bytes matter")
      }
      packet.with { event in
        cache.remember(event, text, from: 0)
        #expect(cache.text(event).map { String(decoding: $0, as: UTF8.self) } == "here")
      }
      Packet(isCut: name == "shorter cut", bytes: [1, 2, 3]).with {
        #expect(cache.text($0) == nil, "\(name): they share a slot, or this test tests nothing")
      }
    }
  }

  @Test func `a text that is too long is not remembered`() {
    var cache = PlaceCache()
    var text = ByteQueue()
    text.append(text: String(repeating: "x", count: 257))
    Packet(bytes: []).with { event in
      cache.remember(event, text, from: 0)
      #expect(cache.text(event) == nil)
      cache.remember(event, text, from: 1)
      #expect(cache.text(event)?.count == 256)
    }
  }
}
