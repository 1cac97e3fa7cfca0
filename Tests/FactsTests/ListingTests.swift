import Kernel
import Testing

/// Listings and the doctor's verdict.
@Suite struct ListingTests {
  @Test func tracepointsHaveTheirCategories() throws {
    let listing = try MadeKernel().facts.listTracepoints(nil)
    #expect(listing.points.map(\.name) == ["net:net_dev_xmit", "nft_trace", "skb:kfree_skb"])
    #expect(listing.points.map(\.skbArguments) == [[2], [1], [1]])
    #expect(listing.points[1].remark == "tracefs has no such event")
    #expect(listing.points[0].possibleMechanisms == ["tracepoint"])
    #expect(listing.points[1].possibleMechanisms.isEmpty)
    #expect(listing.points[1].module == "nf_tables")
  }

  @Test(arguments: [("kfree*", ["skb:kfree_skb"]), ("net:*", ["net:net_dev_xmit"]), ("absent", [])])
  func tracepointsByPattern(pattern: String, names: [String]) throws {
    #expect(try MadeKernel().facts.listTracepoints(Glob(pattern)).points.map(\.name) == names)
  }

  @Test func whatTakesNoSkbIsCounted() throws {
    let facts = try MadeKernel().facts
    #expect(facts.listTracepoints(Glob("sched*")).withoutSkb == 1)
    #expect(facts.listFunctions(Glob("no_skb")).withoutSkb == 1)
    #expect(facts.listFunctions(Glob("no_skb")).points.isEmpty)
  }

  @Test func withoutTracefsItIsSaidOnce() throws {
    let listing = try MadeKernel(tracefs: false).facts.listTracepoints(nil)
    #expect(listing.points.map(\.name) == ["kfree_skb", "net_dev_xmit", "nft_trace"])
    #expect(listing.remarks.contains("categories are not shown: this kernel has no tracefs"))
  }

  @Test func functionsOfOneNameAreListedOnceForEachModule() throws {
    let listing = try MadeKernel().facts.listFunctions(Glob("icmp_rcv"))
    #expect(listing.points.map(\.module) == [nil, "nf_tables"])
  }

  @Test func withoutTypesNothingIsKnown() throws {
    let facts = try MadeKernel(btf: false).facts
    #expect(facts.listFunctions(nil).remarks == ["this kernel has no BTF: nothing is known"])
    #expect(facts.listTracepoints(nil).points.isEmpty)
  }

  // MARK: The verdict

  private func checkup(
    privileges: Checkup.Verdict = .yes, fentry: Checkup.Verdict = .no,
    kprobe: Checkup.Verdict = .no, tracepoint: Checkup.Verdict = .yes
  ) -> Checkup {
    Checkup([
      Checkup.Finding("privileges", privileges, "", isRequired: true),
      Checkup.Finding("tcpdump", .no, ""),
      Checkup.Finding("fentry", fentry, ""), Checkup.Finding("kprobe", kprobe, ""),
      Checkup.Finding("tracepoint", tracepoint, ""),
    ])
  }

  @Test func oneWayIsEnough() {
    #expect(checkup().canTrace)
    #expect(checkup().obstacles.isEmpty)
    #expect(checkup(kprobe: .yes, tracepoint: .no).canTrace)
  }

  @Test func whatIsRequiredIsNamed() {
    #expect(!checkup(privileges: .no).canTrace)
    #expect(checkup(privileges: .no).obstacles == ["privileges"])
    #expect(checkup(privileges: .no, tracepoint: .unknown).obstacles == ["privileges"])
    #expect(checkup(tracepoint: .no).obstacles == ["fentry/kprobe/tracepoint"])
    #expect(!checkup(tracepoint: .unknown).canTrace)
    #expect(checkup(tracepoint: .unknown).obstacles == ["fentry/kprobe/tracepoint"])
    #expect(checkup(privileges: .unknown).obstacles == ["privileges"])
  }

  @Test func aRemedyIsForANo() {
    #expect(Checkup.Finding("x", .yes, "", remedy: "r").remedy == nil)
    #expect(Checkup.Finding("x", .unknown, "", remedy: "r").remedy == nil)
    #expect(Checkup.Finding("x", .no, "", remedy: "r").remedy == "r")
    let unavailable = Availability.unavailable(reason: "because")
    #expect(Checkup.Finding("x", unavailable, "d").detail == "because")
    #expect(Checkup.Finding("x", unavailable, "d").verdict == .no)
    #expect(Checkup.Finding("x", .unknown(reason: "u"), "d").verdict == .unknown)
    #expect(Checkup.Finding("x", Availability.available, "d").detail == "d")
  }
}
