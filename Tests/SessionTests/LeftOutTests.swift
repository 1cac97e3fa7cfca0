import Language
import Syntax
import Testing

@testable import Session

/// What is said of points that a pattern matches and that cannot be attached.
@Suite struct LeftOutTests {
  private let script = SourceText(name: "made.ncs", text: "probe a = ip_*\nprobe b = tcp_*")

  private func point(_ name: String, _ span: Range<Int>) -> ScriptPoint {
    var point = ScriptPoint(
      kind: .function, name: name, place: Diagnostic.Place(script, Span(span)))
    point.isMatched = true
    return point
  }

  private func problem(_ text: String) -> SessionError {
    .cannotRun([Diagnostic(.error, text, hints: ["one hint", "another"])])
  }

  @Test func eachPatternIsSaid() {
    var leftOut = LeftOut()
    leftOut.noteAttached(point("tcp_ack", 25..<30))
    for number in 0..<10 { leftOut.note(point("ip_\(number)", 10..<14), problem("no address")) }
    leftOut.noteAttached(point("ip_rcv", 10..<14))
    let patterns = leftOut.patterns
    #expect(patterns.count == 1 && patterns[0].attachedCount == 1)
    #expect(
      patterns[0].warning.rendered() == """
        warning: 10 of the 11 that match cannot be traced and are left out
         --> made.ncs:1:11
          | probe a = ip_*
          |           ^^^^
          = ip_0: no address: one hint
          = ip_1: no address: one hint
          = ip_2: no address: one hint
          = ip_3: no address: one hint
          = ip_4: no address: one hint
          = ip_5: no address: one hint
          = ip_6: no address: one hint
          = ip_7: no address: one hint
          = and 2 more
        """)
  }

  @Test func whatIsNamedIsNotLeftOut() {
    var leftOut = LeftOut()
    var named = point("ip_rcv", 10..<14)
    named.isMatched = false
    leftOut.noteAttached(named)
    #expect(leftOut.patterns.isEmpty)
  }
}
