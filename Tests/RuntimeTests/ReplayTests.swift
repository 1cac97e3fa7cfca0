import Foundation
import Language
import Output
import Packets
import Runtime
import Session
import Syntax
import Testing

@Suite struct ReplayTests {
  private func script(_ text: String) throws -> Script {
    try CorpusTests.script("ncs 1\n" + text, "test.ncs")
  }

  @Test func `a count is enough`() throws {
    let replay = try Replay(try CorpusTests.capture())
    let script = try script("probe all { filter \"tcp\" }\non all { print pkt.len }")
    #expect(try replay.said(script) { $0.count = 2 } == "54\n54\n")
  }

  @Test func `recorded time is a limit`() throws {
    let replay = try Replay(try CorpusTests.capture())
    let script = try script("probe all { }\non all { print pkt.len }")
    let all = try replay.said(script)
    #expect(try replay.said(script) { $0.duration = .seconds(1_000_000) } == all)
    let some = try replay.said(script) {
      $0.duration = .nanoseconds(1)
      $0.showsStatistics = true
    }
    #expect(some == "42\nnote: '…/in.pcap': 1 packets read, 0 skipped, 1 events\n")
  }

  @Test func `a table has lines of its own`() throws {
    let replay = try Replay(try CorpusTests.capture())
    let script = try script(
      """
      table t[src]: count
      probe all { filter "icmp"; t[ip.src] += 1 }
      end { print "before", t, "behind", 2; print t, t; print "last", t }
      """)
    let table = "src       count\n10.0.0.1      1\n10.0.0.2      1\n"
    #expect(
      try replay.said(script) { $0.count = 0 }
        == "before\n\(table)behind 2\n\(table)\(table)last\n\(table)")
  }

  @Test func `files that are none are told of`() throws {
    let script = try script("probe all { }\non all { print 1 }\nend { print \"end\" }")
    let replay = try Replay(Array("no capture at all".utf8))
    #expect(
      try replay.said(script) == """
        end
        error: cannot read '…/in.pcap': neither a pcap nor a pcapng file
         --> -r:1:1
          | …/in.pcap
          | \(String(repeating: "^", count: replay.path.count))

        """)
    #expect(
      try replay.said(script, path: "/nonexistent").contains("No such file or directory"))
    let cut = try Replay(Array(try CorpusTests.capture().prefix(150)))
    let said = try cut.said(script)
    #expect(said.hasPrefix("1\nend\nerror: cannot read"))
    #expect(said.contains("cut short"))
  }

  @Test func `an empty capture has a begin and an end`() throws {
    let replay = try Replay(Array(try CorpusTests.capture().prefix(24)))
    let script = try script("probe all { }\nbegin { print \"begin\" }\nend { print \"end\" }")
    #expect(try replay.said(script) == "begin\nend\n")
  }

  @Test func `what a file lacks is said`() throws {
    let replay = try Replay(try CorpusTests.capture())
    let script = try script(
      "probe icmp_rcv { where icmp.type == 8; emit m = skb.mark, comm, pid }\n"
        + "on icmp_rcv { print \"{m} {comm} {pid}\" }")
    #expect(
      try replay.said(script) == """
        - - -
        note: '…/in.pcap' does not have skb.mark: absent there
        note: '…/in.pcap' does not have comm and pid: absent there

        """)
  }

  @Test func `packets of unknown link types are counted`() throws {
    var bytes = try CorpusTests.capture()
    bytes[20] = 147
    let script = try script("probe all { }\non all { print 1 }")
    #expect(
      try Replay(bytes).said(script)
        == "warning: 17 packets of link type 147 skipped: netcap does not know it\n")
  }

  /// A recording is written with `-w` by a script, and by a session of another kind.
  @Test func `a recording has points`() throws {
    let recorded = try recording()
    let replay = try Replay(recorded, name: "in.pcapng")
    let script = try script(
      """
      probe one = icmp_rcv { where skb.mark == 0x11; emit reason = args.reason?, tid, skb.hash }
      probe two = udp_rcv { }
      on one { print "one {func} {cpu} {pid} {comm} {dev.name} {pkt.len} {reason} {tid} {hash}" }
      on two { print "two {func} {cpu} {pid} {comm} {dev.name} {pkt.len} {ip.src}"; show pkt }
      """)
    #expect(
      try replay.said(script) == """
        one icmp_rcv 1 812 ping veth0 42 2 813 -
        two udp_rcv 3 7 a b dev=x - 31 10.0.0.1
        udp_rcv: a b dev=x-7 [003] - (no link header)  22:13:20.000000 IP 10.0.0.1.40000 > \
        10.0.0.2.9: UDP, length 3
        note: '…/in.pcapng' does not have skb.hash: absent there

        """)
    // What was emitted is recorded again, and says the same.
    let again = replay.file("again.pcapng")
    let first = try replay.said(script) {
      $0.writeFile = again
    }
    #expect(
      try replay.said(script, path: again)
        == first.replacingOccurrences(of: "in.pcapng", with: "again.pcapng"))
  }

  @Test func `stacks are those of the recording`() throws {
    let replay = try Replay(try recording(), name: "in.pcapng")
    let script = try script(
      """
      table chains[stack]: count
      probe icmp_rcv { chains[stack] += 1; emit stack, cgroup }
      on icmp_rcv { print stack; print cgroup }
      end { print chains }
      """)
    let frames = "        icmp_rcv+0x1 [a b]\n        ip_rcv+0x2\n"
    #expect(try replay.said(script) == "\(frames)4026\ncount\n    1\n\(frames)")
    let other = try Replay(try CorpusTests.capture())
    let lacking = try self.script(
      "probe icmp_rcv { filter \"icmp\"; emit stack }\non icmp_rcv { print stack }")
    #expect(
      try other.said(lacking) == "-\n-\nnote: '…/in.pcap' does not have stack: absent there\n")
  }

  @Test func `C is left out, and what it filled in is as recorded`() throws {
    let replay = try Replay(try recording(), name: "in.pcapng")
    let script = try script(
      """
      probe icmp_rcv {
          where c { return 0; }
          c { return 1; }
          emit a: s32, b: u8, mark = skb.mark, x: u64 from c { return 1; }
      }
      on icmp_rcv { print "{a} {b} {mark} {x}" }
      """)
    let skipped =
      "warning: C blocks were skipped: 'where c' lets all through, and what C fills is as it was "
      + "recorded, or absent\n"
    #expect(try replay.said(script) == "-7 200 17 -\n" + skipped)
    // What was recorded is recorded again.
    let again = replay.file("again.pcapng")
    _ = try replay.said(script) { $0.writeFile = again }
    #expect(try replay.said(script, path: again) == "-7 200 17 -\n" + skipped)
    let other = try Replay(try CorpusTests.capture())
    let lacking = try self.script(
      "probe icmp_rcv { filter \"icmp\"; emit a: s32 from c { return 1; } }\n"
        + "on icmp_rcv { print a }")
    #expect(try other.said(lacking) == "-\n-\n" + skipped)
  }

  /// Bodies that change tables and states without an event, that send several, and that end early.
  @Test(arguments: [
    "t[icmp.seq] += 1",
    "s[tid] = (mark = skb.mark, at = time)\n where skb.mark == 0x11\n emit x = 1",
    "emit x = 1\n t[1] += skb.mark\n emit x = 2",
    "for i in 0..<3 { emit x = i\n t[i] += 1 }",
    "t[1] += 1\n if has icmp { return }\n emit x = skb.mark",
    "s[tid] = (mark = skb.mark, at = time)\n delete s[tid]\n filter \"udp\"\n emit x = 5",
    "if has s[7] { emit x = s[7].mark + 1 }\n s[7] = (mark = skb.mark ?? 3, at = time)",
  ])
  func `a recording gives the same again`(body: String) throws {
    let shown = body.contains("emit x") ? "{x} {func}" : "{func}"
    let script = try script(
      """
      table t[k]: count
      state s[k]
      probe p = {icmp_rcv, udp_rcv} {
      \(body)
      }
      on p { print "\(shown)"; t[1000] += 1 }
      end { print t }
      """)
    let first = try Replay(try recording(), name: "in.pcapng")
    let said = try first.said(script)
    let path = first.file("again.pcapng")
    #expect(
      try first.said(script.recordingKernelValues()) { $0.writeFile = path } == said)
    let again = try first.said(script, path: path)
    #expect(again == said.replacingOccurrences(of: "in.pcapng", with: "again.pcapng"))
  }

  /// Two packets as netcap writes them.
  private func recording() throws -> [UInt8] {
    var buffer = ByteBuffer()
    var writer = PcapngWriter()
    writer.appendSection(
      hardware: "h", operatingSystem: "o", application: "netcap", to: &buffer)
    for name in ["icmp_rcv", "udp_rcv"] {
      _ = writer.appendInterface(name: name, description: "fentry \(name)", to: &buffer)
    }
    let ping = Frames.ethernet(0x0800, Frames.ipv4(1, [8, 0, 0, 0, 0, 7, 0, 1]))
    let datagram = Frames.ipv4(17, Frames.udpDatagram(40000, 9, [1, 2, 3]))
    ping.withUnsafeBytes { bytes in
      writer.append(
        PacketRecord(
          timeNanoseconds: 1_700_000_000_000_000_000, originalLength: bytes.count, bytes: bytes),
        interface: 0, to: &buffer
      ) {
        $0.append(
          "point=icmp_rcv cpu=1 process=ping-812 dev=veth0 skb=0xffff888001234500 tid=813 "
            + "skb.mark=0x11 emit.a=-7 emit.b=200 args.reason=2 cgroup=4026 stack=icmp_rcv+0x1%20[a%20b];ip_rcv+0x2"
        )
      }
    }
    datagram.withUnsafeBytes { bytes in
      writer.append(
        PacketRecord(
          timeNanoseconds: 1_700_000_000_000_000_000, originalLength: bytes.count,
          framing: EthernetFraming(etherType: 0x0800, packet: bytes), bytes: bytes),
        interface: 1, to: &buffer
      ) {
        $0.append(
          "point=udp_rcv cpu=3 process=a b dev=x-7 (no link header: zero Ethernet addresses "
            + "added) skb=0xffff888001234500")
      }
    }
    return buffer.withUnsafeBytes { Array($0) }
  }

  @Test func `objects one a line`() throws {
    let replay = try Replay(try CorpusTests.capture())
    let script = try script(
      """
      table t[src]: count
      probe all { filter "icmp"; t[ip.src] += 1; emit id = icmp.id }
      end { print t; print "done" }
      """)
    let lines = try replay.said(script) { $0.isJSON = true }.split(separator: "\n")
    let objects = try lines.map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
    #expect(objects.map { $0["type"] as? String } == ["packet", "packet", "table", "print"])
    #expect((objects[0]["fields"] as? [String: Any])?["id"] as? Int == 7)
    #expect(
      lines[2] == #"{"type":"table","name":"t","rows":[{"src":"10.0.0.1","count":1},"#
        + #"{"src":"10.0.0.2","count":1}]}"#)
  }
}
