import Kernel
import Language
import MadePackets
import Packets
import Runtime

/// A packet with the moment at which it is seen, as both backends are given it.
struct Trial {
  var packet: TestPacket
  var time: UInt64 = 0
  var cpu: UInt32 = 0
  var processID: UInt32 = 0
  var threadID: UInt32 = 0
  var command = ""
  var function = ""
  /// 0 and empty: there is no interface.
  var interfaceIndex: UInt32 = 0
  var interfaceName = ""
  var namespace: UInt32 = 0
  var cgroup: UInt64 = 1

  /// Packets of every kind, at times that states can outlive or not.
  static func some(_ count: Int, _ random: inout Random) -> [Trial] {
    var time: UInt64 = 1_000_000
    return (0..<count).map { _ in
      var trial = Trial(packet: random.pick(TestPackets.all))
      time += UInt64(random.below(1000))
      trial.time = time
      trial.cpu = UInt32(random.below(4))
      trial.processID = UInt32(random.below(3)) * 100
      trial.threadID = trial.processID + UInt32(random.below(2))
      trial.command = random.pick(["curl", "nc", "", "a name of 15 by"])
      trial.function = random.pick(["icmp_rcv", "tcp_v4_rcv"])
      trial.cgroup = UInt64(1 + random.below(3))
      if random.chance(60) {
        trial.interfaceIndex = UInt32(1 + random.below(3))
        trial.interfaceName = random.pick(["eth0", "lo"])
        trial.namespace = 4_026_531_840
      }
      return trial
    }
  }

  var input: ScriptRun.Input {
    var input = ScriptRun.Input(packet.bytes, length: packet.length, link: packet.link)
    input.time = time
    input.cpu = cpu
    input.processID = processID
    input.threadID = threadID
    input.command = command
    input.function = function
    input.interfaceIndex = interfaceIndex
    input.interfaceName = interfaceName
    input.namespace = namespace
    input.cgroup = cgroup
    return input
  }

  /// The same for the interpreter; the packet is lent.
  func replayed(_ body: (borrowing ReplayPacket) throws -> Void) rethrows {
    try packet.bytes.withUnsafeBytes { bytes in
      let event = Event(
        timeNanoseconds: time, point: 0, cpu: cpu, processID: processID, threadID: threadID,
        command: KernelName(command), interfaceIndex: interfaceIndex,
        interfaceName: KernelName(interfaceName), namespace: namespace, skb: 0, etherType: 0,
        link: packet.link, packetLength: packet.length, isCutByFault: false, bytes: bytes)
      var context = EventContext(event, function: Text(function))
      context.cgroup = cgroup
      try body(ReplayPacket(event: event, context: context, probes: [0]))
    }
  }
}
