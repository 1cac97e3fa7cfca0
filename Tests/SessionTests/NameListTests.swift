import Kernel
import Output
import Session
import Testing

/// What `netcap list` shows without looking at a kernel.
@Suite struct NameListTests {
  private let facts = KernelFacts()

  @Test func fieldsThatMatch() {
    let answer = NameList(.fields, matching: "tcp.flags.s?n").answer(facts)
    #expect(answer.text.hasPrefix("tcp.flags.syn  truth value  synchronize"))
    #expect(!answer.isEmpty && answer.remarks.isEmpty)
  }

  @Test func anObjectOnEachLine() {
    let answer = NameList(.builtins, matching: "take").answer(facts, isJSON: true)
    #expect(answer.text.hasPrefix(#"{"name":"take","signature":"take(table)""#))
    #expect(answer.text.hasSuffix("}\n"))
  }

  @Test func nothingIsSaidToBeNothing() {
    let answer = NameList(.scripts, matching: "no*such").answer(facts)
    #expect(answer.isEmpty && answer.text.isEmpty)
    #expect(answer.remarks == ["no scripts matching 'no*such'"])
  }

  @Test func noPointsAreCountedWithoutAnSkb() {
    var listing = Listing()
    listing.withoutSkb = 3
    listing.remarks = ["a remark"]
    let answer = NameList(.functions, matching: "x*").points(listing)
    #expect(answer.isEmpty)
    #expect(
      answer.remarks == ["no functions matching 'x*' with an skb; 3 without one match", "a remark"])
  }

  @Test func columnsAreAsWideAsTheirCells() {
    #expect(Columns.text([["a", "bb", ""], ["ccc", "d", "e"]]) == "a    bb\nccc  d   e\n")
  }
}
