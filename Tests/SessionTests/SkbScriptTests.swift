import Language
import Library
import Packets
import Session
import Syntax
import Testing

/// `netcap skb … --script`: what is printed is sound, laid out, and says the same.
@Suite struct SkbScriptTests {
  private static let points = [
    "icmp_rcv", "ip_rcv@1", "kprobe:__dev_queue_xmit@1", "fentry:tcp_v4_rcv", "ip_rcv@1@2",
    "tracepoint:skb:kfree_skb", "tp:net:net_dev_queue", "skb:consume_skb",
    "ip_rcv,kprobe:icmp_rcv@1,skb:kfree_skb", "a_2,filter,on,probe,where,emit",
  ]
  private static let filters: [String?] = [
    nil, "", "icmp", "host 10.9.0.2 and (tcp port 80 or udp port 53)", "tcp[13] & 2 != 0",
    "ether proto \\ip", "ip6\n\tand not\tport 22", "tcp[tcpflags] & (tcp-syn|tcp-fin) != 0",
    "ether host 02:00:00:00:00:01", "vlan 7 and len <= 128",
  ]

  private func script(
    _ request: SkbRequest
  ) throws -> (text: String, probe: Probe) {
    let probe = try #require(try request.program().probes.first)
    return (try SkbScript(request, probe).text(), probe)
  }

  private func load(_ text: String) throws -> Script {
    let outcome = ScriptLoader(library: ScriptLibrary(folders: []), reserved: []).load(
      ScriptFile(source: SourceText(name: "s.ncs", text: text), origin: .stdlib),
      types: NoKernelTypes(), arguments: [])
    let said = outcome.diagnostics.map { $0.rendered() }.joined(separator: "\n")
    #expect(outcome.diagnostics.isEmpty, "\(said)")
    return try #require(outcome.script)
  }

  @Test(arguments: points)
  func pointsAndFilters(points: String) throws {
    for filter in Self.filters {
      for capture in [256, 1, 65535] {
        let (text, probe) = try script(
          SkbRequest(functions: points, expression: filter, captureMaxSize: capture))
        #expect(Formatter.format(SourceText(name: "s.ncs", text: text)).text == text)
        let script = try load(text)
        let made = try #require(script.probes.first)
        #expect(script.probes.count == 1 && script.handlers.isEmpty)
        #expect(made.points.map(\.displayName) == probe.points.map(\.displayName), "\(text)")
        for (point, asked) in zip(made.points, probe.points) {
          let kind: ScriptPoint.Kind =
            switch asked.kind {
            case .function: .function
            case .kprobe: .kprobe
            case .fentry: .fentry
            case .tracepoint(let category), .perhapsTracepoint(let category):
              .tracepoint(category: category)
            }
          #expect(point.kind == kind)
          if let argument = asked.skbArgument {
            #expect(point.packet == .argument(argument - 1), "\(text)")
          }
        }
        #expect(made.captureLength == capture)
        #expect(made.emitsAtEnd)
        let asked = filter?.allSatisfy(\.isWhitespace) == false ? probe.filter : nil
        #expect(script.filters.count == (asked == nil ? 0 : 1))
        for (filter, asked) in zip(script.filters, [asked].compactMap { $0 }) {
          #expect(filter.ethernet == asked.ethernet && filter.rawIP == asked.rawIP, "\(text)")
        }
      }
    }
  }

  @Test func anInterfaceIsToldByItsNumberInItsNamespace() throws {
    let (text, probe) = try script(SkbRequest(functions: "ip_rcv", interface: "lo"))
    let interface = try #require(probe.interface)
    #expect(
      text.contains("where dev.ifindex == 1 && netns == \(interface.namespace)  // lo here"))
    _ = try load(text)
  }

  @Test(arguments: [
    (SkbRequest(functions: "a"), "netcap -s"),
    (
      SkbRequest(functions: "a", tcpdumpFlags: "-nnv -tttt", count: 3),
      "netcap -t \"-nnv -tttt\" -c 3 -s"
    ),
    (
      SkbRequest(
        functions: "a", tcpdumpFlags: "-M '$x\"`'", isJSON: true, showsStatistics: true,
        isVerbose: true), "netcap -t \"-M '\\$x\\\"\\`'\" --json --stats -v -s"
    ),
  ])
  func optionsStandInTheFirstLine(request: SkbRequest, command: String) throws {
    let text = try script(request).text
    #expect(text.hasPrefix("#!/usr/bin/env -S \(command)\nncs 1\n"), "\(text)")
    _ = try load(text)
  }

  @Test func aLongFirstLineIsCutByNobody() throws {
    let flags = "-M " + String(repeating: "x", count: 300)
    let text = try script(SkbRequest(functions: "a", tcpdumpFlags: flags)).text
    #expect(text.hasPrefix("#!/usr/bin/env -S netcap -s\n// run it by: netcap -t \"\(flags)\" -s"))
    _ = try load(text)
  }

  @Test(arguments: [
    ("a.pcap", "on seen { save pkt to \"a.pcap\" }"),
    ("a \"b\\{c}\n.pcapng", "on seen { save pkt to \"a \\\"b\\\\\\{c\\}\\n.pcapng\" }"),
  ])
  func filesAreWritten(path: String, handler: String) throws {
    let text = try script(SkbRequest(functions: "a", writeFile: path)).text
    #expect(text.hasSuffix("\n\(handler)\n"), "\(text)")
    let script = try load(text)
    #expect(script.handlers.count == 1)
    let both = try self.script(SkbRequest(functions: "a", writeFile: "x", isJSON: true)).text
    #expect(both.hasSuffix("\non seen { show pkt; save pkt to \"x\" }\n"))
  }

  @Test(arguments: [
    (SkbRequest(functions: "a.isra.0"), "-f"), (SkbRequest(functions: "9a"), "-f"),
    (SkbRequest(functions: "x.y:a"), "-f"), (SkbRequest(functions: "a", writeFile: "-"), "-w"),
  ])
  func whatNoScriptCanSay(request: SkbRequest, place: String) throws {
    let error = try #require(throws: SessionError.self) { try script(request) }
    #expect(error.exitStatus == 2)
    #expect(error.diagnostics.first?.place?.source.name == place)
  }
}
