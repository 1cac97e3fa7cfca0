import Language
import Packets
import Runtime
import Testing

@Suite struct OperatorTests {
  private let unsigned = Presentation.unsigned

  @Test(arguments: [
    (ArithmeticOperator.add, 7, 5, "12"), (.add, Int64.max, 1, "-9223372036854775808"),
    (.subtract, 3, 5, "-2"), (.subtract, Int64.min, 1, "9223372036854775807"),
    (.multiply, -3, 4, "-12"), (.multiply, Int64.max, 2, "-2"),
    (.divide, 7, 2, "3"), (.divide, -7, 2, "-3"), (.divide, 7, -2, "-3"), (.divide, 7, 0, "-"),
    (.divide, Int64.min, -1, "-9223372036854775808"),
    (.remainder, 7, 3, "1"), (.remainder, -7, 3, "-1"), (.remainder, 7, 0, "-"),
    (.remainder, Int64.min, -1, "0"),
    (.and, 12, 10, "8"), (.or, 12, 10, "14"), (.exclusiveOr, 12, 10, "6"),
    (.shiftLeft, 1, 63, "-9223372036854775808"), (.shiftLeft, 1, 64, "1"),
    (.shiftLeft, 1, 65, "2"), (.shiftLeft, 1, -1, "-9223372036854775808"),
    (.shiftRight, -8, 1, "-4"), (.shiftRight, -8, 65, "-4"), (.shiftRight, 8, 67, "1"),
  ])
  func `signed arithmetic`(
    operation: ArithmeticOperator, a: Int64, b: Int64, result: String
  ) throws {
    #expect(try printed(.calculate(operation, .int(a), .int(b))) == result)
    // The same where an operand is not known before.
    let known = TypedExpression.make(.coalesce(.absent(), .int(a)))
    #expect(try printed(.calculate(operation, known, .int(b))) == result)
    #expect(try printed(.calculate(operation, .absent(), .int(b))) == "-")
    #expect(try printed(.calculate(operation, .int(a), .absent())) == "-")
  }

  @Test(arguments: [
    (ArithmeticOperator.divide, -2, 2, "9223372036854775807"), (.divide, 5, 0, "-"),
    (.remainder, -1, 10, "5"), (.shiftRight, -1, 60, "15"), (.shiftRight, -1, 124, "15"),
    (.add, -1, 0, "18446744073709551615"),
  ])
  func `unsigned arithmetic`(
    operation: ArithmeticOperator, a: Int64, b: Int64, result: String
  ) throws {
    #expect(
      try printed(.calculate(operation, .int(a, .unsigned), .int(b, .unsigned))) == result)
  }

  @Test(arguments: [
    (ComparisonOperator.equal, [false, true, false]), (.notEqual, [true, false, true]),
    (.less, [true, false, false]), (.lessOrEqual, [true, true, false]),
    (.greater, [false, false, true]), (.greaterOrEqual, [false, true, true]),
  ])
  func `comparisons`(operation: ComparisonOperator, results: [Bool]) throws {
    for (a, result) in zip([-5, 3, 7] as [Int64], results) {
      #expect(try printed(.compare(operation, .int(a), .int(3))) == "\(result)")
      let other = TypedExpression.make(.coalesce(.int(3), .int(0)))
      #expect(try printed(.compare(operation, .int(a), other)) == "\(result)")
    }
    // -5 as an unsigned number is larger than 3.
    let isLess = operation == .less || operation == .lessOrEqual
    let isMore = operation == .greater || operation == .greaterOrEqual
    let big = TypedExpression.int(-5, .hex)
    #expect(
      try printed(.compare(operation, big, .int(3)))
        == "\(isMore || operation == .notEqual)")
    #expect(
      try printed(.compare(operation, .int(3), big))
        == "\(isLess || operation == .notEqual)")
    #expect(try printed(.compare(operation, .absent(), .int(3))) == "false")
    #expect(try printed(.compare(operation, .int(3), .absent())) == "false")
    #expect(try printed(.compare(operation, .absent(), .absent())) == "false")
  }

  @Test func `comparisons of other types`() throws {
    let a = TypedExpression.address(AddressValue(ipv4: 0x0a00_0001))
    let b = TypedExpression.address(AddressValue(ipv4: 0x0a00_0002))
    #expect(try printed(.compare(.equal, .field(.ip, "src"), a)) == "true")
    #expect(try printed(.compare(.equal, .field(.ip, "src"), b)) == "false")
    #expect(try printed(.compare(.less, a, b)) == "true")
    #expect(try printed(.compare(.equal, .text("a"), .text("a"))) == "true")
    #expect(try printed(.compare(.notEqual, .text("a"), .text("ab"))) == "true")
    #expect(try printed(.compare(.less, .text("a"), .text("ab"))) == "true")
    let flow = TypedExpression.make(.packetFlow(depth: 0), .flow)
    let back = TypedExpression.make(.reversed(flow), .flow)
    #expect(try printed(.compare(.equal, flow, flow)) == "true")
    #expect(try printed(.compare(.equal, flow, back)) == "false")
    #expect(try printed(.compare(.equal, flow, .make(.reversed(back), .flow))) == "true")
    #expect(try printed(.compare(.equal, .absent(.flow), flow)) == "false")
  }

  @Test func `a name is compared whole`() throws {
    var packet = MadePacket(bytes: Frames.tcp())
    packet.probes = [0]
    packet.context.command = KernelName("curl")
    let comm = TypedExpression.context(.comm, .text)
    for (text, isEqual) in [("curl", true), ("cur", false), ("curlx", false), ("", false)] {
      #expect(try printed(.compare(.equal, comm, .text(text)), packet) == "\(isEqual)")
      #expect(try printed(.compare(.notEqual, comm, .text(text)), packet) == "\(!isEqual)")
    }
    #expect(try printed(.compare(.notEqual, comm, .text("more than 15 bytes")), packet) == "true")
    packet.context.command = nil
    #expect(try printed(.compare(.notEqual, comm, .text("curl")), packet) == "false")
  }

  @Test(arguments: [
    ("10.0.0.0", 8, true), ("10.0.0.1", 32, true), ("10.0.0.0", 32, false), ("11.0.0.0", 8, false),
    ("0.0.0.0", 0, true),
  ])
  func `prefixes`(network: String, bits: Int, isIn: Bool) throws {
    let address = try #require(AddressValue(network))
    let test = TypedExpression.make(
      .isInPrefix(.field(.ip, "src"), address, bits: 96 + bits), .boolean)
    #expect(try printed(test) == "\(isIn)")
    let absent = TypedExpression.make(
      .isInPrefix(.field(.ip6, "src"), address, bits: 96 + bits), .boolean)
    #expect(try printed(absent) == "false")
  }

  @Test func `an IPv4 address is in no IPv6 network`() throws {
    for (text, bits, isIn) in [("fd00::", 16, true), ("fe80::", 10, false), ("::", 0, true)] {
      let address = try #require(AddressValue(text))
      let packet = MadePacket(bytes: Frames.ethernet(0x86dd, Frames.ipv6(59, [])))
      let test = TypedExpression.make(
        .isInPrefix(.field(.ip6, "src"), address, bits: bits), .boolean)
      #expect(try printed(test, packet) == "\(isIn)")
    }
    let mapped = TypedExpression.make(
      .isInPrefix(.field(.ip, "src"), try #require(AddressValue("fd00::")), bits: 16), .boolean)
    #expect(try printed(mapped) == "false")
  }

  @Test func `booleans`() throws {
    let absent = TypedExpression.absent(.boolean)
    for (a, b) in [(true, true), (true, false), (false, true), (false, false)] {
      #expect(try printed(.make(.and(.bool(a), .bool(b)), .boolean)) == "\(a && b)")
      #expect(try printed(.make(.or(.bool(a), .bool(b)), .boolean)) == "\(a || b)")
    }
    // An absent one is false.
    #expect(try printed(.make(.and(absent, .bool(true)), .boolean)) == "false")
    #expect(try printed(.make(.or(absent, .bool(true)), .boolean)) == "true")
    #expect(try printed(.not(absent)) == "true")
    #expect(try printed(.not(.bool(true))) == "false")
    #expect(try printed(absent) == "-")
    // `!(tcp.dport == 80)` is true of UDP.
    let udp = MadePacket(bytes: Frames.udp())
    let test = TypedExpression.compare(.equal, .field(.tcp, "dport"), .int(80))
    #expect(try printed(test, udp) == "false")
    #expect(try printed(.not(test), udp) == "true")
    #expect(try printed(.field(.tcp, "flags.syn"), udp) == "-")
    #expect(try printed(.not(.field(.tcp, "flags.syn")), udp) == "true")
  }

  @Test func `absent values`() throws {
    let dport = TypedExpression.field(.udp, "dport")
    #expect(try printed(dport) == "-")
    #expect(try printed(.make(.coalesce(dport, .int(9)))) == "9")
    #expect(try printed(.make(.coalesce(.int(1), .int(9)))) == "1")
    #expect(try printed(.make(.isPresent(dport), .boolean)) == "false")
    #expect(try printed(.make(.isPresent(.field(.tcp, "dport")), .boolean)) == "true")
    #expect(try printed(.make(.negate(dport))) == "-")
    #expect(try printed(.make(.complement(dport))) == "-")
    #expect(try printed(.make(.negate(.int(5)))) == "-5")
    #expect(try printed(.make(.negate(.int(.min)))) == "-9223372036854775808")
    #expect(try printed(.make(.complement(.int(5)))) == "-6")
    for type: ValueType in [.address, .mac, .text, .flow, .stack] {
      #expect(try printed(.absent(type)) == "-")
      #expect(try printed(.make(.isPresent(.absent(type)), .boolean)) == "false")
    }
    let address = TypedExpression.make(
      .coalesce(.field(.ip6, "src"), .field(.ip, "src")), .address)
    #expect(try printed(address) == "10.0.0.1")
    #expect(
      try printed(.make(.coalesce(.absent(.text), .text("none")), .text)) == "none")
  }

  @Test func `layers and their bytes`() throws {
    let packet = MadePacket(bytes: Frames.udp(Array("hello".utf8)))
    #expect(try printed(.has(.udp), packet) == "true")
    #expect(try printed(.has(.tcp), packet) == "false")
    func bytes(_ offset: TypedExpression, _ count: Int, payload: Bool = false) throws -> String {
      try printed(
        .make(
          .packetBytes(.udp, depth: 0, fromPayload: payload, offset: offset, count: count),
          .integer(.decimal)), packet)
    }
    #expect(try bytes(.int(2), 2) == "53")
    #expect(try bytes(.int(8), 1) == "104")
    #expect(try bytes(.int(0), 4) == "\(40000 << 16 | 53)")
    #expect(try bytes(.int(12), 1) == "111")
    #expect(try bytes(.int(13), 1) == "-")
    #expect(try bytes(.int(12), 2) == "-")
    #expect(try bytes(.int(-1), 1) == "-")
    #expect(try bytes(.int(.max), 4) == "-")
    #expect(try bytes(.int(.min), 4) == "-")
    #expect(try bytes(.absent(), 4) == "-")
    #expect(try bytes(.int(1), 4, payload: true) == "\(0x656c_6c6f)")
    #expect(try bytes(.int(2), 4, payload: true) == "-")
    #expect(try printed(.make(.payloadLength(.udp, depth: 0)), packet) == "5")
    #expect(try printed(.make(.payloadLength(.tcp, depth: 0)), packet) == "-")
    #expect(try printed(.make(.payloadText(.udp, depth: 0), .text), packet) == "hello")
    #expect(try printed(.make(.packetLength(depth: 0)), packet) == "47")
    #expect(try printed(.make(.packetLength(depth: 1)), packet) == "-")
    #expect(try printed(.make(.capturedLength), packet) == "47")
  }
}
