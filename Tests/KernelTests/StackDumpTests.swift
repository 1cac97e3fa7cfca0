import Foundation
import Packets
import SystemPackage
import Testing

extension InGuest {
  /// `-S`: the kernel's call chain with each packet.
  @Suite struct StackDumpTests {
    static let heads = ["--> No 0's packet's kstack: ", "--> No 1's packet's kstack: "]

    /// A packet's line, and the lines behind it.
    private func blocks(_ outcome: Netcap.Outcome, _ point: String) -> [[String]] {
      var blocks: [[String]] = []
      for line in outcome.lines.map(String.init) {
        if line.hasPrefix("\(point): ") { blocks.append([]) }
        if !blocks.isEmpty { blocks[blocks.count - 1].append(line) }
      }
      return blocks
    }

    @Test(arguments: ["icmp_rcv", "kprobe:icmp_rcv", "tracepoint:net:netif_receive_skb"])
    func eachPacketHasItsStack(_ point: String) throws {
      let network = try Network()
      let netcap = try Netcap(
        skb: "-f", point, "-e", "icmp and dst host 10.9.0.2", "-S", "-t", "-nnv", "-c", "2",
        "--stats")
      try network.ping()
      let outcome = try netcap.wait()
      #expect(outcome.status == 0, "\(outcome.errors)")
      let name = point.split(separator: ":").suffix(point.hasPrefix("k") ? 1 : 2)
        .joined(separator: ":")
      let blocks = blocks(outcome, name)
      #expect(blocks.count == 2, "\(outcome.text)")
      for (block, head) in zip(blocks, Self.heads) {
        #expect(block[0].hasPrefix("\(name): ping-"))
        #expect(block[1].contains("ICMP echo request"))
        #expect(block[2] == head)
        let frames = block[3...]
        #expect(frames.count > 3)
        for frame in frames {
          #expect(
            frame.wholeMatch(of: /\ {4}[A-Za-z0-9_.]+\+0x[0-9a-f]+(\ {4}\[[a-z0-9_]+\])?/) != nil,
            "\(frame)")
        }
        #expect(frames.contains { $0.contains("__netif_receive_skb") }, "\(frames)")
      }
      #expect(!outcome.text.contains("\u{1b}"), "no terminal, no colours")
      #expect(outcome.errors.contains("packets: 2 received, 2 displayed"), "\(outcome.errors)")
    }

    /// Functions of modules are shown with these.
    @Test func modulesAreNamed() throws {
      let network = try Network()
      // 5.10 has no types of modules, whose functions it cannot be asked for: what they call will do.
      let isOld = ProcessInfo.processInfo.operatingSystemVersion.majorVersion <= 5
      let netcap = try Netcap(
        skb: "-f", isOld ? "netif_rx" : "veth_xmit", "-e", "icmp", "-S", "-c", "1")
      try network.ping(count: 1)
      let outcome = try netcap.wait()
      #expect(
        outcome.lines.contains {
          $0.wholeMatch(of: /\ {4}veth_xmit\+0x[0-9a-f]+\ {4}\[veth\]/) != nil
        }, "\(outcome.text)\(outcome.errors)")
    }

    @Test func pcapngHasThemInComments() throws {
      let network = try Network()
      let scratch = try Scratch()
      let file = scratch.file("s.pcapng")
      let netcap = try Netcap(
        skb: "-f", "icmp_rcv", "-e", "icmp and dst host 10.9.0.2", "-S", "-w", file, "--stats")
      try network.ping()
      let outcome = try netcap.end()
      #expect(outcome.status == 0 && outcome.text.isEmpty, "\(outcome.text)\(outcome.errors)")
      #expect(outcome.errors.contains("packets: 2 received, 2 written"), "\(outcome.errors)")
      let written = try packets(in: CaptureReader(FilePath(file)))
      #expect(written.count == 2)
      for packet in written {
        let comment = packet.comments.joined()
        #expect(comment.contains(" stack=") && comment.contains("ip_local_deliver"), "\(comment)")
      }
      let refused = try Netcap.run("skb", "-f", "icmp_rcv", "-S", "-w", scratch.file("s.pcap"))
      #expect(refused.status == 2 && refused.errors.contains("cannot hold stacks"))
    }

    @Test func objectsHaveThem() throws {
      let network = try Network()
      let netcap = try Netcap(
        skb: "-f", "icmp_rcv", "-e", "icmp and dst host 10.9.0.2", "-S", "--json", "-c", "1")
      try network.ping(count: 1)
      let outcome = try netcap.wait()
      let line = try #require(outcome.lines.first)
      let object =
        try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] ?? [:]
      let fields = object["fields"] as? [String: Any]
      let stack = fields?["stack"] as? [String] ?? []
      #expect(stack.count > 3, "\(line)")
      #expect(outcome.text.contains("\"stacks\":{\"collisions\":0,\"unreadable\":0}"))
    }

    /// The script that is printed says the same.
    @Test func theScriptDoesTheSame() throws {
      let network = try Network()
      let arguments = ["-f", "icmp_rcv@1", "-e", "icmp and dst host 10.9.0.2", "-S", "-c", "1"]
      let printed = try Netcap(starting: ["skb"] + arguments + ["--script"]).wait()
      let scratch = try Scratch()
      let file = scratch.file("s.ncs")
      try printed.text.write(toFile: file, atomically: true, encoding: .utf8)
      chmod(file, 0o755)
      let netcap = try Netcap(starting: ["-c", "1", "-s", file])
      try netcap.process.waitForErrors(containing: "; ^C ends it", within: Netcap.readyTime)
      try network.ping(count: 1)
      let outcome = try netcap.wait()
      #expect(
        outcome.lines.count > 4 && String(outcome.lines[1]) == Self.heads[0], "\(outcome.text)")
      let dry = try Netcap(starting: ["skb"] + arguments + ["--dry-run"]).wait()
      #expect(dry.status == 0 && dry.text.contains("nc_stack("), "\(dry.errors)")
    }

    /// On a terminal there are colours, unless its user does not want any.
    @Test(arguments: [false, true]) func terminals(isPlain: Bool) throws {
      let network = try Network()
      let command =
        "NO_COLOR=\(isPlain ? "1" : "") \(Netcap.binary) skb -f icmp_rcv "
        + "-e 'icmp and dst host 10.9.0.2' -S --stack-dump-color purple -c 1"
      let terminal = try Running(
        "script", ["-qec", command, "/dev/null"], environment: ["TERM": "xterm"])
      let appeared = try eventually(within: Netcap.readyTime) {
        String(decoding: try terminal.output, as: UTF8.self).contains("; ^C ends it")
      }
      #expect(appeared)
      try network.ping(count: 1)
      #expect(try terminal.wait(within: Netcap.endTime) == 0)
      let shown = String(decoding: try terminal.output, as: UTF8.self)
      #expect(shown.contains("\u{1b}[0;35m--> No 0's packet's kstack: ") == !isPlain, "\(shown)")
      #expect(shown.contains("--> No 0's packet's kstack: "))
    }
  }
}
