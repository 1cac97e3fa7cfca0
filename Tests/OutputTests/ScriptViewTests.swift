import Foundation
import Language
import Packets
import Processes
import Runtime
import Syntax
import Testing

@testable import Output

@Suite struct ScriptViewTests {
  /// What a view writes of what `body` does with it.
  private func said(
    _ style: ScriptView.Style = .text, _ flagText: String = "-nnt", allowsRun: Bool = false,
    _ body: (ScriptView) throws -> Void
  ) throws -> (text: String, messages: String, view: ScriptView) {
    let scratch = try Scratch()
    let view = ScriptView(
      style, flags: try flags(flagText), writer: try scratch.writer("out"),
      messages: try scratch.writer("err"), application: "test", allowsRun: allowsRun)
    try view.begin(points: labels)
    try body(view)
    try finish([view], by: .now + .seconds(20))
    return (try scratch.text("out"), try scratch.text("err"), view)
  }

  private func show(
    _ view: ScriptView, _ packet: Packet, _ fields: [ShownField] = [], isPlaced: Bool = true
  ) {
    packet.with { view.show(ShownPacket(event: $0, fields: fields, isPlaced: isPlaced)) }
  }

  private func field(_ name: String, _ text: String, _ value: PrintedValue = .absent) -> ShownField
  {
    ShownField(name: name, text: text, value: value)
  }

  /// A line with the packet's summary where `*` stands.
  private func line(_ text: String) -> Line {
    var line = Line()
    for part in text.split(separator: "*", omittingEmptySubsequences: false).enumerated() {
      if part.offset > 0 { line.appendSummary() }
      line.bytes += part.element.utf8
    }
    line.bytes.append(0x0A)
    return line
  }

  @Test func `statements keep their order`() throws {
    let (text, messages, _) = try said { view in
      view.print(Line("first\n"), of: nil)
      show(view, Packet(bytes: Frames.udpFrame("a")))
      view.print(Line("second\n"), of: nil)
      view.print(Line("third\n"), of: nil)
      show(view, Packet(point: 1, bytes: Frames.udpFrame("bb")))
      Packet(bytes: Frames.udpFrame("ccc")).with { event in
        view.print(line("<*> and <*>"), of: ShownPacket(event: event))
      }
      view.print(Line("last\n"), of: nil)
    }
    let udp = "IP 10.9.0.1.40000 > 10.9.0.2.9999: UDP, length"
    #expect(
      text == """
        first
        icmp_rcv: ping-812 [001] veth0  \(udp) 1
        second
        third
        skb:kfree_skb: ping-812 [001] veth0  \(udp) 2
        <\(udp) 3> and <\(udp) 3>
        last

        """)
    #expect(messages == "")
  }

  @Test func `order is kept among thousands`() throws {
    let (text, _, view) = try said { view in
      var set = PollSet()
      for number in 0..<5000 {
        while !view.wantsMore { try turn(view, &set, within: .milliseconds(50)) }
        switch number % 3 {
        case 0: view.print(Line("\(number)\n"), of: nil)
        case 1:
          Packet(bytes: Frames.udpFrame("x")).with {
            view.print(line("\(number) *"), of: ShownPacket(event: $0))
          }
        default:
          show(
            view, Packet(bytes: Frames.udpFrame("x")), [field("n", "\(number)")], isPlaced: false)
        }
        if number % 100 == 0 { try view.idle(now: .now) }
        if number % 7 == 0 { try turn(view, &set, within: .zero) }
      }
    }
    let numbers = text.split(separator: "\n").enumerated().map { index, line in
      index % 3 == 2
        ? line.components(separatedBy: " n=").last! : line.components(separatedBy: " ")[0]
    }
    #expect(numbers == (0..<5000).map { "\($0)" })
    #expect(view.tally.delivered == 1666)
  }

  @Test func `without a packet there is no tcpdump`() throws {
    let (text, _, view) = try said(.text, "-nn") { view in
      for number in 0..<1000 { view.print(Line("\(number)\n"), of: nil) }
      #expect(view.wakeTime == nil)
      #expect(view.wantsMore)
    }
    #expect(text.split(separator: "\n").count == 1000)
    #expect(view.tallies.isEmpty)
  }

  @Test func `fields stand behind the packet`() throws {
    let (text, _, _) = try said(.text, "-nntX") { view in
      show(
        view, Packet(bytes: Frames.udpFrame("a")),
        [
          field("reason", "NOT_SPECIFIED"), field("mark", "0x10"),
          field("stack", "        one\n        two"),
        ], isPlaced: false)
    }
    let lines = text.split(separator: "\n")
    #expect(lines[0].hasSuffix("UDP, length 1 reason=NOT_SPECIFIED mark=0x10"))
    #expect(lines[1] == "        one")
    #expect(lines[2] == "        two")
    #expect(lines[3].contains("0x0000:"))
  }

  @Test func `an event without a packet is shown by its fields`() throws {
    let (text, _, _) = try said { view in
      var packet = Packet(packetLength: 0, bytes: [])
      packet.skb = 0
      show(view, packet, [field("pid", "7")])
    }
    #expect(text == "icmp_rcv: ping-812 [001] veth0   pid=7\n")
  }

  @Test func `no payload can give a line that the script did not print`() throws {
    let forged = "\n\u{1b}[2Jforged\n23:00:01.123456 IP 1.2.3.4\n"
    let (text, _, _) = try said(.text, "-nnA") { view in
      Packet(bytes: Frames.udpFrame(forged)).with {
        view.print(line("summary *"), of: ShownPacket(event: $0))
      }
      view.print(Line("end\n"), of: nil)
    }
    #expect(text.hasPrefix("summary "))
    #expect(text.hasSuffix("\nend\n"))
    #expect(!text.contains("\u{1b}"))
  }

  @Test func `one object a line`() throws {
    var script = Script(source: SourceText(name: "x", text: ""))
    script.enumerations = [
      Enumeration(
        name: "e", cases: [.init(name: "A_ONE", value: 1), .init(name: "A_TWO", value: 2)])
    ]
    let table = TableDefinition(
      name: "t", keyNames: ["reason"], keys: [.integer(.enumeration(0))], aggregation: .count,
      presentation: .decimal, maximum: 10)
    let printed = PrintedTable(
      table, rows: [TableRow(key: [1, 2], value: AggregateValue(count: 1, sum: 5))],
      printer: ValuePrinter(script, PrintingEnvironment()))
    let (text, _, _) = try said(.json) { view in
      view.print(Line("a \"b\"\u{1b}\n"), of: nil)
      show(
        view, Packet(bytes: Frames.udpFrame("a")),
        [field("mark", "", .unsigned(16)), field("none", ""), field("name", "", .text("x\"y"))])
      view.print(printed)
      Packet(bytes: Frames.udpFrame("b")).with {
        view.print(line("<*>"), of: ShownPacket(event: $0))
      }
      show(view, Packet(bytes: Frames.udpFrame("a")), isPlaced: false)
    }
    let lines = text.split(separator: "\n")
    let objects = try lines.map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
    #expect(
      objects.map { $0["type"] as? String } == ["print", "packet", "table", "print", "packet"])
    #expect(objects[0]["text"] as? String == "a \"b\"\u{1b}")
    let fields = try #require(objects[1]["fields"] as? [String: Any])
    #expect(fields["mark"] as? Int == 16)
    #expect(fields["none"] is NSNull)
    #expect(fields["name"] as? String == "x\"y")
    #expect(objects[1]["point"] as? String == "icmp_rcv")
    #expect(objects[1]["text"] as? String == "IP 10.9.0.1.40000 > 10.9.0.2.9999: UDP, length 1")
    #expect(lines[2] == #"{"type":"table","name":"t","rows":[{"reason":"TWO","count":5}]}"#)
    #expect(objects[3]["text"] as? String == "<IP 10.9.0.1.40000 > 10.9.0.2.9999: UDP, length 1>")
    #expect(objects[4]["point"] == nil)
    #expect(objects[4]["pid"] == nil)
  }

  @Test func `packets are saved to files`() throws {
    let scratch = try Scratch()
    let path = scratch.path("saved.pcapng")
    let (_, _, view) = try said { view in
      for text in ["one", "two"] {
        Packet(point: 1, bytes: Frames.udpFrame(text)).with {
          view.save(ShownPacket(event: $0), to: path)
        }
      }
    }
    let (text, status) = try output("tcpdump", ["-nn", "-t", "-r", path])
    #expect(status == 0)
    #expect(text.split(separator: "\n").count == 2)
    #expect(view.tallies.map(\.delivered) == [2])
  }

  @Test func `a file that cannot be written ends the session`() throws {
    #expect(throws: OutputError.self) {
      try said { view in
        view.print(Line("before\n"), of: nil)
        Packet(bytes: Frames.arp()).with {
          view.save(ShownPacket(event: $0), to: "/nonexistent/x.pcapng")
        }
      }
    }
  }

  @Test func `commands run only where they may`() throws {
    let scratch = try Scratch()
    let path = scratch.path("made")
    _ = try said(.text, "-nn", allowsRun: true) { view in
      view.run(["touch", path])
      view.run(["no-such-command-anywhere"])
    }
    #expect(FileManager.default.fileExists(atPath: path))
    #expect(throws: OutputError.self) { try said { $0.run(["touch", path]) } }
  }
}
