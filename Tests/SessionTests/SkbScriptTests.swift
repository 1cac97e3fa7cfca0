import Foundation
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
    "a.constprop.0@1,b.isra.0.part.1",
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
    let extras = try SkbExtras(request, points: probe.points)
    return (try SkbScript(request, probe, extras).text(), probe)
  }

  private func load(_ text: String) throws -> Script {
    let outcome = ScriptLoader(library: ScriptLibrary(folders: []), reserved: []).load(
      ScriptFile(source: SourceText(name: "s.ncs", text: text), origin: .text),
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

  @Test func packetsOnTheirWayOut() throws {
    var request = SkbRequest(functions: "__ip_queue_xmit@2", expression: "tcp port 443")
    request.makesHeaders = true
    let made = try script(request).text
    #expect(
      made.hasSuffix(
        """
        probe seen = __ip_queue_xmit(skb: 2) {
            rebuild
            filter "tcp port 443"
        }

        """), "\(made)")
    #expect(try load(made).probes[0].rebuilds)
  }

  @Test(arguments: [(nil, 0), (-14, -14), (4, 4)] as [(Int?, Int)])
  func packetsThatStartAtData(offset: Int?, expected: Int) throws {
    var request = SkbRequest(functions: "tp:net:net_dev_xmit,kprobe:ip_rcv@1")
    request.startsAtData = true
    request.dataOffset = offset
    let points = try load(try script(request).text).probes[0].points
    #expect(points.map(\.start) == [.data(offset: expected), .data(offset: expected)])
  }

  @Test func aLongFirstLineIsCutByNobody() throws {
    let flags = "-M " + String(repeating: "x", count: 300)
    let text = try script(SkbRequest(functions: "a", tcpdumpFlags: flags)).text
    #expect(text.hasPrefix("#!/usr/bin/env -S netcap -s\n// run it by: netcap -t \"\(flags)\" -s"))
    _ = try load(text)
  }

  @Test(arguments: [
    ("a.pcap", "-w a.pcap"), ("-", "-w -"),
    ("a \"b\\{c}.pcapng", "-w \"a \\\"b\\\\{c}.pcapng\""),
  ])
  func filesAreWritten(path: String, words: String) throws {
    let text = try script(SkbRequest(functions: "a", writeFile: path)).text
    #expect(text.hasPrefix("#!/usr/bin/env -S netcap \(words) -s\n"), "\(text)")
    #expect(text.hasSuffix("\non seen {}\n"), "\(text)")
    #expect(try load(text).handlers.count == 1)
    let both = try self.script(SkbRequest(functions: "a", writeFile: "x", isJSON: true)).text
    #expect(!both.contains("on seen"), "as an object it is shown, too: \(both)")
  }

  @Test func filesRotate() throws {
    var request = SkbRequest(functions: "a", writeFile: "a.pcap")
    request.rotation = RotationRequest(size: "4k", time: "60s", files: 3)
    #expect(
      try script(request).text.contains(
        "-w a.pcap --rotate-size 4k --rotate-time 60s --rotate-files 3 -s\n"))
    request.rotation = RotationRequest(packets: 7)
    #expect(try script(request).text.contains("-w a.pcap --write-file-rotate 7 -s\n"))
  }

  private func request(
    _ functions: String = "a,b", _ change: (inout SkbRequest) -> Void
  ) -> SkbRequest {
    var request = SkbRequest(functions: functions, expression: "icmp")
    change(&request)
    return request
  }

  @Test func stacks() throws {
    let text = try script(request("a") { $0.dumpsStack = true }).text
    #expect(
      text.hasSuffix(
        """
        probe seen = a {
            filter "icmp"
            emit stack
        }

        on seen {
            show pkt
            print "{green}--> No {number}'s packet's kstack: \\n{stack:kstack}{plain}"
        }

        """), "\(text)")
    _ = try load(text)
    let file = try script(
      request("a") {
        $0.dumpsStack = true
        $0.writeFile = "a.pcapng"
      }
    ).text
    #expect(file.contains("    emit stack\n") && file.hasSuffix("on seen {}\n"))
  }

  @Test func gathering() throws {
    let text = try script(
      request("tracepoint:net:netif_receive_skb,b@2") {
        $0.gathers = true
        $0.dumpsStack = true
        $0.stackColour = "red"
        $0.gatherColour = "cyan"
        $0.gatherTimeout = "1.5"
        $0.gatherBufferSize = 2048
        $0.gathersByPointer = true
        $0.gatherHistogram = true
      }
    ).text
    #expect(
      text.hasSuffix(
        """
        path seen = tracepoint:net:netif_receive_skb -> b(skb: 2)
            by skb within 1500ms, max 2048 {
            filter "icmp"
            emit stack
        }

        table latency[hop]: hist

        on seen {
            show pkt
            print "{red}--> No {number}'s packet's kstack: \\n{stack:kstack}{plain}"
            print "{cyan}+-- No'{number} packet received in {func}{plain}"
            for hop in hops {
                if hop.index > 0 {
                    if has hop.at {
                        print "{cyan}|   * {hop.at:d} (ns) later received in {hop.name}{plain}"
                    } else {
                        print "{cyan}|   * NOT received at {hop.name}{plain}"
                    }
                }
            }
            for hop in hops { latency[hop.name] += hop.ns }
        }

        end { print latency }

        """), "\(text)")
    let path = try #require(try load(text).paths.first)
    #expect(path.key == .skb && path.within == 1_500_000_000 && path.maximum == 2048)
    let plain = try script(request { $0.gathers = true }).text
    let standard = try #require(try load(plain).paths.first)
    #expect(
      standard.key == .content && standard.within == 2_000_000_000 && standard.maximum == 64)
    // What was captured is compared: it is as much at every point.
    let short = try script(
      request {
        $0.gathers = true
        $0.captureMaxSize = 128
      }
    ).text
    #expect(try load(short).probes.map(\.captureLength) == [128, 128])
    let objects = try script(
      request {
        $0.gathers = true
        $0.isJSON = true
      }
    ).text
    #expect(try load(objects).handlers.isEmpty, "\(objects)")
  }

  @Test func userC() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { do { try FileManager.default.removeItem(at: folder) } catch {} }
    let file = folder.appendingPathComponent("a.c").path
    try """
    struct xcap_user_extend { int mark; // format: 0x%x
      u8 number; };
    int xcap_ext_filter(void *ext, void *pkt, u16 trace_index) { return 1; }
    int xcap_ext_action(void *ext, void *pkt, u32 pkt_len, struct xcap_user_extend *user,
                        u16 trace_index) { user->mark = 1; return 1; }
    """.write(toFile: file, atomically: true, encoding: .utf8)
    func text(_ functions: String, _ change: (inout SkbRequest) -> Void = { _ in }) throws -> String
    {
      let text = try script(
        request(functions) {
          $0.userFilter = file
          $0.userAction = file
          $0.userColour = "yellow"
          change(&$0)
        }
      ).text
      let script = try load(text)
      #expect(script.cDeclarations.count == 1 && script.cBlocks.count == 2)
      return text
    }
    let plain = try text("a")
    #expect(plain.contains("\nc \"\(file)\"\n"))
    #expect(plain.contains("    where c { return xcap_ext_filter(NULL, skb, trace_index); }\n"))
    #expect(plain.contains("    emit mark: u32, number_: u8, shown: u8 from c {\n"))
    #expect(
      plain.contains(
        "user->shown = xcap_ext_action(NULL, skb, pkt_len, &extend, trace_index) != 0;"))
    #expect(plain.contains("        user->number_ = extend.number;\n"))
    #expect(
      plain.hasSuffix(
        """
        on seen {
            show pkt
            if shown != 0 {
                print "{yellow}--> No {number}'s pkt User Action >> \\{mark: 0x{mark:x}; \
        number: {number_}; \\}{plain}"
            }
        }

        """), "\(plain)")
    let extra = try text("a@2@1,b@1") { $0.dumpsStack = true }
    #expect(extra.contains("{a(skb: 2, ext: 1), b(skb: 1)}"), "\(extra)")
    #expect(extra.contains("xcap_ext_filter(ext, skb, trace_index)"))
    #expect(extra.contains("emit stack, mark: u32,"))
    // What a file holds is not shown, but for what the action says.
    let written = try text("a") { $0.writeFile = "x.pcap" }
    #expect(written.contains("on seen {\n    if shown != 0 {"), "\(written)")
    #expect(try !text("a") { $0.isJSON = true }.contains("on seen"))
  }

  @Test func userCThatIsNotThere() throws {
    let error = try #require(throws: Diagnostic.self) {
      try script(request { $0.userFilter = "/nonexistent/f.c" })
    }
    #expect(error.place?.source.name == "--user-filter")
    let colour = try #require(throws: Diagnostic.self) {
      try script(request { $0.userColour = "red" })
    }
    #expect(colour.message.contains("--user-action"))
  }

  @Test(arguments: [
    (SkbRequest(functions: "a..b"), "-f"), (SkbRequest(functions: "9a"), "-f"),
    (SkbRequest(functions: "x.:a"), "-f"), (SkbRequest(functions: "a", writeFile: "a\nb"), "-w"),
  ])
  func whatNoScriptCanSay(request: SkbRequest, place: String) throws {
    let error = try #require(throws: SessionError.self) { try script(request) }
    #expect(error.exitStatus == 2)
    #expect(error.diagnostics.first?.place?.source.name == place)
  }
}
