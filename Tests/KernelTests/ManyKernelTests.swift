import Foundation
import Kernel
import Language
import Testing

extension InGuest {
  /// One program at many functions.
  @Suite struct ManyKernelTests {
    private static let counting = """
      SEC("kprobe") int on_entry(const struct pt_regs *ctx)
      {
      	u32 point;

      	if (nc_point_of(ctx, &point))
      		add(point);
      	return 0;
      }
      """

    /// Functions of one pattern that can be traced, and one that no kernel lets be stopped in.
    private func members(_ pattern: String, most: Int) throws -> [BpfObject.Member] {
      let facts = KernelFacts()
      let names = facts.scriptTypes.functions(matching: pattern).map(\.name)
      let symbols = try facts.symbols.lookUp(Set(names))
      let traceable = try #require(facts.tracefs.traceable(among: Set(names)))
      let usable = names.filter { traceable[$0] != nil && symbols[$0]?.places.count == 1 }
      return usable.prefix(most).enumerated().map {
        BpfObject.Member(name: $1, cookie: UInt64($0))
      }
    }

    /// Of what a pattern matches, what cannot be traced is left out: a function that is known to BTF may
    /// have no code of its own. What is named has to be there.
    @Test func patternsLeaveOut() throws {
      let inlined = "ip_multipath_l3_keys"
      let facts = KernelFacts()
      let matched = facts.scriptTypes.functions(matching: "ip_m*").filter {
        $0.arguments.contains { $0.type == .pointer(.structure("sk_buff")) }
      }.map(\.name)
      let traceable = try #require(facts.tracefs.traceable(among: Set(matched)))
      let netcap = try Netcap(starting: ["-x", "probe m = ip_m* { filter \"icmp\" }"])
      try netcap.process.waitForErrors(containing: "; ^C ends it", within: Netcap.readyTime)
      let outcome = try netcap.end()
      #expect(outcome.status == 0)
      let lacking = matched.filter { traceable[$0] == nil }
      for name in lacking {
        #expect(outcome.errors.contains("= \(name): "), "\(outcome.errors)")
      }
      #expect(outcome.errors.contains("left out") == !lacking.isEmpty, "\(outcome.errors)")
      if matched.contains(inlined), traceable[inlined] == nil {
        let named = try Netcap.run("-x", "probe m = \(inlined) { }")
        #expect(named.status == 1 && named.errors.hasPrefix("error: "), "\(named.errors)")
      }
    }

    @Test(arguments: [false, true]) func functions(multi: Bool) throws {
      let hasMulti = KernelFacts().features.kprobeMulti.isAvailable
      if multi, !hasMulti { return print("SKIPPED: this kernel has no kprobe.multi") }
      // One by one each takes a tenth of a second to take away again.
      var members = try members("ip_*", most: multi ? 300 : 12)
      let receive = "ip_rcv"
      members.removeAll { $0.name == receive }
      members.append(BpfObject.Member(name: receive, cookie: 1000))
      // Asked for with others: the others are attached all the same.
      members.append(BpfObject.Member(name: "no_such_function_at_all", cookie: 1001))
      let network = try Network()
      let test = try TestObject(Self.counting) { if multi { try $0.setMulti("on_entry") } }
      for member in members where member.cookie != 1001 {
        try test.register(member.name, point: UInt32(member.cookie))
      }
      let clock = ContinuousClock()
      var many = BpfObject.ManyLinks()
      let attaching = try clock.measure {
        many = try test.object.attachMany(
          "on_entry", to: members, hasCookies: TestObject.hasCookies)
      }
      let attached = many.links.reduce(0) { $0 + $1.members.count }
      #expect(attached == members.count - many.refused.count)
      #expect(many.refused.contains { $0.member.cookie == 1001 })
      #expect(many.refused.count < 5, "\(many.refused.map(\.member.name))")
      #expect(!many.isInterrupted)
      try network.ping(count: 2)
      #expect(test[1000] == 4, "two requests, two replies")
      let links = many.links.count
      let detaching = clock.measure { many = BpfObject.ManyLinks() }
      print("many: \(attached) functions by \(links) links: \(attaching), away \(detaching)")
      try network.ping(count: 1)
      #expect(test[1000] == 4)
    }

    @Test func attachingCanBeStopped() throws {
      let members = try members("ip_*", most: 5)
      let test = try TestObject(Self.counting)
      for member in members { try test.register(member.name, point: UInt32(member.cookie)) }
      var left = 3
      let many = try test.object.attachMany(
        "on_entry", to: members, hasCookies: TestObject.hasCookies
      ) {
        left -= 1
        return left < 0
      }
      #expect(many.isInterrupted && many.links.count == 3)
    }

    /// `netcap skb` with a few hundred kprobes.
    @Test func netcapAttachesManyKprobes() throws {
      let facts = KernelFacts()
      let hasMulti = facts.features.kprobeMulti.isAvailable
      let all = try #require(facts.types).allSkbFunctions().filter {
        $0.skbArguments.first == 1 && $0.module == nil && $0.slot(ofArgument: 1) == 1
      }
      let usable = zip(all, facts.mechanisms(for: all)).filter { $1.kprobe.isAvailable }
      var seen: Set<String> = ["icmp_rcv"]
      var names = usable.map { $0.0.name }.filter { seen.insert($0).inserted }
      names = Array(names.prefix(hasMulti ? 300 : 5)) + ["icmp_rcv"]
      let points = names.map { "kprobe:\($0)" }.joined(separator: ",")
      let network = try Network()
      let clock = ContinuousClock()
      let start = clock.now
      let netcap = try Netcap(
        skb: "-f", points, "-e", "icmp[icmptype] = icmp-echo", "--json", "--verbose")
      print("netcap: \(names.count) kprobes ready after \(clock.now - start)")
      try network.ping(count: 2)
      let ending = clock.now
      let outcome = try netcap.end()
      print("netcap: ended after \(clock.now - ending)")
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(try outcome.packets.count { $0.point == "icmp_rcv" } == 2)
      #expect(try outcome.ledger.isBalanced)
      if hasMulti {
        #expect(
          outcome.errors.contains("\(names.count) kprobes attached in one step (kprobe.multi"),
          "\(outcome.errors)")
      }
    }
  }
}
