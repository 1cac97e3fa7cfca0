internal import Language
internal import Packets

extension UnsafeMutablePointer<MachineState> {
  /// Where the packet inside of a tunnel begins.
  var innerStart: Int? {
    if !pointee.areLayersParsed { pointee.parseLayers() }
    return pointee.layers.innerStart
  }
}

/// Code that looks into the packet.
extension Compiler {
  func packetInteger(_ layer: Layer, _ field: PacketField, _ depth: Int) -> IntegerCode {
    let byte = field.bitOffset / 8
    switch (field.bitOffset % 8, field.bitCount) {
    case (0, 8):
      return { machine in
        machine.place(of: layer, depth).map {
          Int64($0.load(fromByteOffset: byte, as: UInt8.self))
        }
      }
    case (0, 16):
      return { machine in
        guard let place = machine.place(of: layer, depth) else { return nil }
        return Int64(
          UInt16(bigEndian: place.loadUnaligned(fromByteOffset: byte, as: UInt16.self)))
      }
    case (0, 32):
      return { machine in
        guard let place = machine.place(of: layer, depth) else { return nil }
        return Int64(
          UInt32(bigEndian: place.loadUnaligned(fromByteOffset: byte, as: UInt32.self)))
      }
    case (let bit, let count) where bit + count <= 8:
      let shift = UInt8(8 - bit - count)
      let mask = UInt8(truncatingIfNeeded: 1 << count - 1)
      return { machine in
        guard let place = machine.place(of: layer, depth) else { return nil }
        return Int64(place.load(fromByteOffset: byte, as: UInt8.self) &>> shift & mask)
      }
    default:
      return { machine in
        machine.place(of: layer, depth).map { Int64(bitPattern: field.number(at: $0)) }
      }
    }
  }

  func packetAddress(_ layer: Layer, _ field: PacketField, _ depth: Int) -> AddressCode {
    let byte = field.bitOffset / 8
    if field.kind == .address4 {
      return { machine in
        guard let place = machine.place(of: layer, depth) else { return nil }
        return AddressValue(ipv4: PacketAddress.v4(at: place + byte))
      }
    }
    return { machine in
      guard let place = machine.place(of: layer, depth) else { return nil }
      let (high, low) = PacketAddress.v6(at: place + byte)
      return AddressValue(high: high, low: low)
    }
  }

  /// `tcp[13]`, `udp.payload[0:2]`: absent beyond what was captured.
  func packetBytes(
    _ layer: Layer, _ depth: Int, _ fromPayload: Bool, _ offset: TypedExpression, _ count: Int
  ) -> IntegerCode {
    let offset = integer(offset)
    return { machine in
      guard let offset = offset(machine), offset >= 0 else { return nil }
      let start: Int
      if fromPayload {
        guard let found = machine.payloadStart(of: layer, depth) else { return nil }
        start = found
      } else {
        guard let found = machine.offset(of: layer, depth) else { return nil }
        start = found
      }
      let end = machine.pointee.bytes.count
      guard start + count <= end, offset <= Int64(end - start - count) else { return nil }
      let place = machine.pointee.bytes.baseAddress.unsafelyUnwrapped + start + Int(offset)
      switch count {
      case 1: return Int64(place.load(as: UInt8.self))
      case 2: return Int64(UInt16(bigEndian: place.loadUnaligned(as: UInt16.self)))
      default: return Int64(UInt32(bigEndian: place.loadUnaligned(as: UInt32.self)))
      }
    }
  }

  /// The captured bytes of a layer's payload.
  func payloadText(_ layer: Layer, _ depth: Int) -> TextCode {
    { machine in
      guard let payload = machine.payload(of: layer, depth) else { return nil }
      let captured = payload.clamped(to: 0..<machine.pointee.bytes.count)
      return Text(Array(machine.pointee.bytes[captured]))
    }
  }

  func packetFlow(_ depth: Int) -> FlowCode {
    { machine in machine.flow(depth) }
  }

  /// A pcap filter as a test of the packet or of what is inside its tunnel.
  func filter(_ index: Int, _ depth: Int) -> TestCode {
    let matcher = FilterMatcher(script.filters[index])
    if depth == 0 {
      return { machine in
        matcher.matches(
          machine.pointee.bytes, length: machine.pointee.packetLength, link: machine.pointee.link)
      }
    }
    return { machine in
      guard let start = machine.innerStart, start <= machine.pointee.packetLength else {
        return false
      }
      let bytes = UnsafeRawBufferPointer(rebasing: machine.pointee.bytes.dropFirst(start))
      return matcher.matches(
        bytes, length: machine.pointee.packetLength - start,
        link: machine.pointee.layers.innerLink)
    }
  }

  /// What a recording has of the kernel's memory, under the name that the script gives it.
  func recordedInteger(_ read: KernelRead) -> IntegerCode {
    let name = read.recordedName
    if read.isMissing { return { _ in nil } }
    return { machine in machine.pointee.recorded[name].flatMap { RecordedValue.integer($0) } }
  }

  func contextInteger(_ field: ContextField) -> IntegerCode {
    switch field {
    case .time: { machine in machine.pointee.context.time.map { Int64(bitPattern: $0) } }
    case .cpu: { machine in machine.pointee.context.cpu.map { Int64($0) } }
    case .pid: { machine in machine.pointee.context.processID.map { Int64($0) } }
    case .tid: { machine in machine.pointee.context.threadID.map { Int64($0) } }
    case .interfaceIndex: { machine in machine.pointee.context.interfaceIndex.map { Int64($0) } }
    case .namespace: { machine in machine.pointee.context.namespace.map { Int64($0) } }
    case .cgroup: { machine in machine.pointee.context.cgroup.map { Int64(bitPattern: $0) } }
    case .stack: { machine in machine.pointee.context.stack.map { Int64(bitPattern: $0) } }
    case .skb: { machine in machine.pointee.context.skb.map { Int64(bitPattern: $0) } }
    case .function, .comm, .interfaceName: { _ in nil }
    }
  }

  // MARK: Addresses and flows

  func address(_ expression: TypedExpression) -> AddressCode {
    switch expression.kind {
    case .address(let value): return { _ in value }
    case .option(let index):
      guard case .address(let value)? = script.options[index].value else { return { _ in nil } }
      return { _ in value }
    case .packetField(let layer, let field, let depth): return packetAddress(layer, field, depth)
    case .flowMember(let base, .src):
      let code = flow(base)
      return { machine in code(machine)?.source }
    case .flowMember(let base, .dst):
      let code = flow(base)
      return { machine in code(machine)?.destination }
    case .coalesce(let a, let b):
      let (a, b) = (address(a), address(b))
      return { machine in a(machine) ?? b(machine) }
    case .call(let index, let arguments): return call(index, arguments).address
    case .kernel(let read):
      let name = read.recordedName
      if read.isMissing { return { _ in nil } }
      return { machine in machine.pointee.recorded[name].flatMap { AddressValue($0) } }
    default:
      guard let code = placed(expression) else { return { _ in nil } }
      let scratch = reserve(2)
      return { machine in
        let place = machine.pointee.words + scratch
        return code(machine, place) ? AddressValue(high: place[0], low: place[1]) : nil
      }
    }
  }

  func flow(_ expression: TypedExpression) -> FlowCode {
    switch expression.kind {
    case .packetFlow(let depth): return packetFlow(depth)
    case .reversed(let base):
      let code = flow(base)
      return { machine in code(machine)?.reversed }
    case .coalesce(let a, let b):
      let (a, b) = (flow(a), flow(b))
      return { machine in a(machine) ?? b(machine) }
    case .call(let index, let arguments): return call(index, arguments).flow
    case .kernel(let read):
      let name = read.recordedName
      if read.isMissing { return { _ in nil } }
      return { machine in machine.pointee.recorded[name].flatMap { RecordedValue.flow($0) } }
    default:
      guard let code = placed(expression) else { return { _ in nil } }
      let scratch = reserve(5)
      return { machine in
        let place = machine.pointee.words + scratch
        return code(machine, place) ? FlowValue(words: place) : nil
      }
    }
  }

  func flowInteger(_ base: TypedExpression, _ member: FlowMember) -> IntegerCode {
    let code = flow(base)
    switch member {
    case .sport: return { machine in code(machine).map { Int64($0.sourcePort) } }
    case .dport: return { machine in code(machine).map { Int64($0.destinationPort) } }
    case .proto: return { machine in code(machine).map { Int64($0.proto) } }
    case .src, .dst: return { _ in nil }
    }
  }

  /// A value that stands somewhere as words; nil for other expressions.
  func placed(_ expression: TypedExpression) -> WordsCode? {
    switch expression.kind {
    case .local(let index): expression.type == .text ? nil : localWords(locals[index])
    case .eventField(let index): eventWords(index)
    case .member(let base, let member): memberWords(base, member)
    case .state(let index, let keys, let member): stateMember(index, keys, member ?? 0)
    case .rowKey(let index): rowKeyWords(index)
    default: nil
    }
  }
}

extension UnsafeMutablePointer<MachineState> {
  /// Both ends of the packet's conversation; absent without IP, ports are 0 where there are none.
  func flow(_ depth: Int) -> FlowValue? {
    var flow: FlowValue
    if let ip = place(of: .ip, depth) {
      flow = FlowValue(
        source: AddressValue(ipv4: PacketAddress.v4(at: ip + 12)),
        destination: AddressValue(ipv4: PacketAddress.v4(at: ip + 16)), sourcePort: 0,
        destinationPort: 0, proto: pointee.layers.upperProtocol(depth: depth))
    } else if let ip = place(of: .ip6, depth) {
      let (source, destination) = (PacketAddress.v6(at: ip + 8), PacketAddress.v6(at: ip + 24))
      flow = FlowValue(
        source: AddressValue(high: source.high, low: source.low),
        destination: AddressValue(high: destination.high, low: destination.low), sourcePort: 0,
        destinationPort: 0, proto: pointee.layers.upperProtocol(depth: depth))
    } else {
      return nil
    }
    // The ports of all three stand in the same place.
    let upper = place(of: .tcp, depth) ?? place(of: .udp, depth) ?? place(of: .sctp, depth)
    guard let upper else { return flow }
    flow.sourcePort = UInt16(bigEndian: upper.loadUnaligned(as: UInt16.self))
    flow.destinationPort = UInt16(
      bigEndian: upper.loadUnaligned(fromByteOffset: 2, as: UInt16.self))
    return flow
  }
}

/// A pcap filter's two programs, ready to run.
final class FilterMatcher {
  private let ethernet: FilterInterpreter
  private let rawIP: FilterInterpreter

  init(_ filter: PacketFilter) {
    ethernet = FilterInterpreter(filter.ethernet)
    rawIP = FilterInterpreter(filter.rawIP)
  }

  func matches(_ bytes: UnsafeRawBufferPointer, length: Int, link: LinkType) -> Bool {
    switch link {
    case .ethernet: ethernet.matches(bytes, packetLength: length)
    case .rawIP: rawIP.matches(bytes, packetLength: length)
    }
  }
}
