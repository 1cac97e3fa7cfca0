import Language
import Runtime
import Testing

@testable import Output

@Suite struct LedgerTests {
  static let ledger = Ledger(
    rows: [
      Ledger.Row(
        point: labels[0],
        counters: PointCounters(
          hits: 115, emitted: 90, filtered: 3, otherInterface: 4, noInterface: 5, noPacket: 6,
          ringFull: 7, unreadable: 0, missed: 8)),
      Ledger.Row(point: labels[1], counters: PointCounters(hits: 2, unreadable: 2)),
    ], received: 89, sinks: [SinkTally(verb: "displayed", consumed: 89, delivered: 79)])

  @Test func `losses are told one by one`() {
    #expect(
      Self.ledger.losses() == [
        "icmp_rcv: 7 packets lost: the ring buffer was full",
        "icmp_rcv: 8 packets missed: the kernel did not run the probe",
        "icmp_rcv: 5 packets not matched by -i: no interface is set there",
        "skb:kfree_skb: 2 packets not judged: bytes that the filter looks at could not be read",
        "1 packet left in the ring buffer at the end",
        "10 packets received but not displayed",
      ])
    #expect(Self.ledger.lost == 7 + 8 + 2 + 1 + 10)
  }

  @Test func `journeys and stacks have their lines`() {
    var ledger = Ledger(rows: [], received: 0, sinks: [])
    var counters = PathCounters()
    counters.complete = 3
    ledger.paths = [Ledger.PathRow(name: "rx", counters: counters)]
    ledger.stackLosses = Ledger.StackLosses(collisions: 0, unreadable: 0)
    #expect(ledger.losses() == [])
    #expect(ledger.statistics().contains("path rx: 3 complete"))
    counters.cut = 1
    ledger.paths[0].counters = counters
    #expect(ledger.losses() == ["path rx: 3 complete, 1 under way at the end"])
    ledger.isLimitReached = true
    #expect(ledger.losses() == [])
    ledger.isLimitReached = false
    counters.timedOut = 2
    counters.cut = 1
    counters.late = 4
    counters.repeated = 5
    counters.replaced = 6
    ledger.paths[0].counters = counters
    ledger.stackLosses = Ledger.StackLosses(collisions: 1, unreadable: 2)
    #expect(
      ledger.losses() == [
        "path rx: 3 complete, 2 timed out, 6 cut off as their packet began again, "
          + "1 under way at the end, 4 hops late, 5 hops repeated",
        "1 stack not kept: others have their numbers", "2 stacks could not be read",
      ])
    #expect(ledger.lost == 0)
  }

  @Test func `nothing is said where nothing is lost`() {
    let ledger = Ledger(
      rows: [
        Ledger.Row(
          point: labels[0],
          counters: PointCounters(
            hits: 100, emitted: 9, filtered: 80, otherInterface: 10, noPacket: 1, missed: 0))
      ], received: 9, sinks: [SinkTally(verb: "written", consumed: 9, delivered: 9)])
    #expect(ledger.losses() == [])
    #expect(ledger.lost == 0)
  }

  @Test func `statistics are a table with totals`() {
    #expect(
      Self.ledger.statistics().prefix(6).joined(separator: "\n") == """
        point          by          hits  emitted  filtered  other if  no if  no packet  ring full  unreadable  missed
        icmp_rcv       fentry       115       90         3         4      5          6          7           0       8
        skb:kfree_skb  tracepoint     2        0         0         0      0          0          0           2       -
        total                       117       90         3         4      5          6          7           2       -
        missed: - is not counted by this kernel for this kind of probe
        packets: 89 received, 79 displayed
        """)
    #expect(Array(Self.ledger.statistics().dropFirst(6)) == Self.ledger.losses())
  }

  @Test func `a single point needs no total`() {
    let ledger = Ledger(
      rows: [Ledger.Row(point: labels[0], counters: PointCounters(hits: 1, emitted: 1, missed: 0))],
      received: 1, sinks: [])
    #expect(
      ledger.statistics() == [
        "point     by      hits  emitted  filtered  other if  no if  no packet  ring full  unreadable  missed",
        "icmp_rcv  fentry     1        1         0         0      0          0          0           0       0",
        "packets: 1 received",
      ])
  }
}
