import Kernel
import Language
import Lowering
import MadePackets
import MadeScripts
import Packets
import Testing

extension InKernel {
  /// Fields of every layer, over all test packets.
  @Suite struct FieldTests {
    private static let everything: [TypedExpression] = Layer.allCases.flatMap { layer in
      layer.fields.map { TypedExpression.field(layer, $0.name) }
    }

    /// The words of a field that is at this offset of the packet.
    private static func words(_ field: PacketField, _ bytes: ArraySlice<UInt8>) -> [UInt64] {
      var number: (high: UInt64, low: UInt64) = (0, 0)
      for bit in field.bitOffset..<field.bitOffset + field.bitCount {
        let value = UInt64(bytes[bytes.startIndex + bit / 8] >> UInt8(7 - bit % 8) & 1)
        number = (number.high << 1 | number.low >> 63, number.low << 1 | value)
      }
      switch field.kind {
      case .number, .hex, .flag, .mac: return [number.low]
      case .address4: return [0, 0xffff_0000_0000 | number.low]
      case .address6: return [number.high, number.low]
      }
    }

    @Test(arguments: [256, 16])
    func everyFieldOfEveryLayer(window: Int) throws {
      var seen: Set<Layer> = []
      for chunk in stride(from: 0, to: Self.everything.count, by: 40) {
        let expressions = Array(Self.everything[chunk..<min(chunk + 40, Self.everything.count)])
        let run = try load(.of([], emit: expressions), window: window)
        for packet in TestPackets.all {
          let values = try run.values(on: packet.input, expressions)
          let layout = Expectation(packet.bytes, packet.link)
          for (expression, value) in zip(expressions, values) {
            guard case .packetField(let layer, let field, _) = expression.kind else { continue }
            let expected = layout.layers[layer].map { Self.words(field, packet.bytes[$0...]) }
            if expected != nil { seen.insert(layer) }
            if value != expected {
              Issue.record(
                "\(packet.description): \(layer).\(field.name) is \(value ?? []), not \(expected ?? [])"
              )
            }
          }
        }
      }
      #expect(seen == Set(Layer.allCases))
    }
  }
}

extension TestPacket {
  var input: ScriptRun.Input { ScriptRun.Input(bytes, length: length, link: link) }
}

/// With the verifier's reason, and the C that was refused, in what a test reports.
func load(
  _ script: Script, window: Int = ScriptUnit.standardWindow, hasCompareExchange: Bool = true,
  compiler: String? = nil
) throws -> ScriptRun {
  do throws(ScriptRun.Failure) {
    return try BpfHere.run(
      script, window: window, hasCompareExchange: hasCompareExchange, compiler: compiler)
  } catch .load(let failure) {
    throw Refused("\(failure.step): \(failure.reason)\n\(failure.log.suffix(3000))")
  } catch .compile(.refused(let log), let c) {
    throw Refused("\(log)\n\(c.suffix(6000))")
  }
}

struct Refused: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// Where layers are, by a plain reading of the rules of `Layer`.
struct Expectation {
  private(set) var layers: [Layer: Int] = [:]
  private(set) var inner: [Layer: Int] = [:]
  private(set) var end = 0
  private(set) var proto: UInt8 = 0
  private(set) var innerStart: Int?
  private let bytes: [UInt8]

  init(_ bytes: [UInt8], _ link: LinkType) {
    self.bytes = bytes
    var tunnel: (type: Int, at: Int)?
    layers = parse(link == .ethernet ? 0x6558 : 0, 0, &tunnel)
    if let tunnel {
      var deeper: (type: Int, at: Int)?
      let (end, proto) = (end, proto)
      innerStart = tunnel.at
      inner = parse(tunnel.type, tunnel.at, &deeper)
      self.end = end
      self.proto = proto
    }
  }

  private func u16(_ at: Int) -> Int { Int(bytes[at]) << 8 | Int(bytes[at + 1]) }

  private mutating func parse(
    _ type: Int, _ start: Int, _ tunnel: inout (type: Int, at: Int)?
  ) -> [Layer: Int] {
    var (found, at, type) = ([Layer: Int](), start, type)
    func has(_ count: Int) -> Bool { at + count <= bytes.count }
    if type == 0x6558 {
      guard has(14) else { return found }
      found[.eth] = at
      type = u16(at + 12)
      at += 14
      for tag in 0..<2 where type == 0x8100 || type == 0x88a8 {
        guard has(4) else { return found }
        if tag == 0 { found[.vlan] = at }
        type = u16(at + 2)
        at += 4
      }
    } else if type == 0 {
      guard has(1) else { return found }
      type = bytes[at] >> 4 == 4 ? 0x0800 : bytes[at] >> 4 == 6 ? 0x86dd : 0
    }
    var next: UInt8
    var isSix = false
    switch type {
    case 0x0806:
      if has(28) { found[.arp] = at }
      return found
    case 0x0800:
      guard has(20), bytes[at] >> 4 == 4, bytes[at] & 15 >= 5 else { return found }
      found[.ip] = at
      end = at + u16(at + 2)
      next = bytes[at + 9]
      proto = next
      if u16(at + 6) & 0x1fff != 0 { return found }
      at += 4 * Int(bytes[at] & 15)
    case 0x86dd:
      guard has(40), bytes[at] >> 4 == 6 else { return found }
      isSix = true
      found[.ip6] = at
      end = at + 40 + u16(at + 4)
      next = bytes[at + 6]
      at += 40
      for _ in 0..<8 {
        guard [0, 43, 44, 51, 60].contains(next), has(8) else { break }
        let (kind, length) = (next, Int(bytes[at + 1]))
        next = bytes[at]
        if kind == 44, u16(at + 2) & 0xfff8 != 0 {
          proto = next
          return found
        }
        at += kind == 44 ? 8 : kind == 51 ? 4 * (length + 2) : 8 * (length + 1)
      }
      proto = next
    default: return found
    }
    switch next {
    case 6: if has(20) { found[.tcp] = at }
    case 17: if has(8) { found[.udp] = at }
    case 1: if !isSix, has(8) { found[.icmp] = at }
    case 58: if isSix, has(8) { found[.icmp6] = at }
    case 132: if has(12) { found[.sctp] = at }
    case 4: tunnel = (0x0800, at)
    case 41: tunnel = (0x86dd, at)
    case 47 where has(4):
      let flags = u16(at)
      let inside = u16(at + 2)
      if flags & 0x4007 == 0, [0x0800, 0x86dd, 0x6558].contains(inside) {
        tunnel = (
          inside, at + 4 + 4 * (flags >> 15 & 1) + 4 * (flags >> 13 & 1) + 4 * (flags >> 12 & 1)
        )
      }
    default: break
    }
    if next == 17, has(16) {
      let flags = Int(bytes[at + 8])
      if u16(at + 2) == 4789, flags & 8 != 0 { tunnel = (0x6558, at + 16) }
      let inside = u16(at + 10)
      if u16(at + 2) == 6081, flags >> 6 == 0, [0x0800, 0x86dd, 0x6558].contains(inside) {
        tunnel = (inside, at + 16 + 4 * (flags & 63))
      }
    }
    return found
  }
}
