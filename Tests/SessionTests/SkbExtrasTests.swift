import Language
import Output
import Session
import Syntax
import Testing

/// Options that go together, and those that do not.
@Suite struct SkbExtrasTests {
  private func refusal(
    _ functions: String = "a,b", _ change: (inout SkbRequest) -> Void
  ) throws -> Diagnostic {
    var request = SkbRequest(functions: functions)
    change(&request)
    let points = try request.program().probes[0].points
    return try #require(throws: Diagnostic.self) { try SkbExtras(request, points: points) }
  }

  @Test func whatIsAboutSomethingElseNeedsThat() throws {
    #expect(try refusal { $0.stackColour = "red" }.message.contains("-S"))
    let gathering: [(inout SkbRequest) -> Void] = [
      { $0.gatherTimeout = "2" }, { $0.gatherBufferSize = 64 }, { $0.gathersByPointer = true },
      { $0.gatherColour = "red" }, { $0.gatherHistogram = true },
    ]
    for change in gathering { #expect(try refusal(change: change).message.contains("without -G")) }
  }

  private func refusal(change: (inout SkbRequest) -> Void) throws -> Diagnostic {
    try refusal("a,b", change)
  }

  @Test func stacksNeedPcapng() throws {
    let diagnostic = try refusal {
      $0.dumpsStack = true
      $0.writeFile = "x.pcap"
    }
    #expect(diagnostic.hints == ["write -w x.pcapng"])
    for file in ["x.pcapng", "-"] {
      var request = SkbRequest(functions: "a", writeFile: file)
      request.dumpsStack = true
      #expect(try SkbExtras(request, points: []).stack == .green)
    }
  }

  @Test func gatheringNeedsTwoPoints() throws {
    let diagnostic = try refusal("a") { $0.gathers = true }
    #expect(diagnostic.place?.source.name == "-f")
  }

  @Test(arguments: ["", "0", "0s", "-1", "x", "2 s", "1e3"])
  func timesThatAreNone(_ text: String) throws {
    let diagnostic = try refusal {
      $0.gathers = true
      $0.gatherTimeout = text
    }
    #expect(diagnostic.place?.source == SourceText(name: "--gather-timeout", text: text))
  }

  @Test(arguments: [15, 2049, 0, -1])
  func buffersOutOfRange(_ size: Int) throws {
    let diagnostic = try refusal {
      $0.gathers = true
      $0.gatherBufferSize = size
    }
    #expect(diagnostic.message.contains("16 … 2048"))
  }

  @Test func unknownColours() throws {
    let near = try refusal {
      $0.dumpsStack = true
      $0.stackColour = "gren"
    }
    #expect(
      near.hints == [
        "did you mean green?", "there are: red, green, yellow, blue, purple, cyan",
      ])
    let plain = try refusal {
      $0.gathers = true
      $0.gatherColour = "plain"
    }
    #expect(plain.hints.last == "there are: red, green, yellow, blue, purple, cyan")
  }
}

@Suite struct RotationRequestTests {
  private func refusal(_ request: RotationRequest, of file: String? = "x.pcap") throws -> Diagnostic
  {
    try #require(throws: Diagnostic.self) { try request.rotation(of: file) }
  }

  @Test func whatIsAskedForIsUnderstood() throws {
    #expect(try RotationRequest().rotation(of: nil) == .none)
    #expect(try RotationRequest(packets: 0).rotation(of: nil) == .none)
    #expect(try RotationRequest(packets: 3).rotation(of: "x") == .last(3))
    #expect(
      try RotationRequest(size: "64k", time: "1.5", files: 2).rotation(of: "x")
        == .pieces(.init(bytes: 65536, interval: 1_500_000_000, files: 2)))
    #expect(
      try RotationRequest(time: "500ms").rotation(of: "x")
        == .pieces(.init(bytes: nil, interval: 500_000_000, files: nil)))
  }

  @Test func whatMakesNoSenseIsRefused() throws {
    #expect(try refusal(RotationRequest(packets: 3), of: nil).hints == ["-w FILE names one"])
    #expect(try refusal(RotationRequest(size: "1k"), of: "-").message.contains("standard output"))
    #expect(try refusal(RotationRequest(packets: -1)).place?.source.name == "--write-file-rotate")
    #expect(try refusal(RotationRequest(packets: 3, size: "1k")).message.contains("--rotate-size"))
    #expect(try refusal(RotationRequest(packets: 3, files: 2)).message.contains("--rotate-files"))
    #expect(try refusal(RotationRequest(files: 2)).hints.first?.contains("--rotate-time") == true)
    #expect(try refusal(RotationRequest(size: "1k", files: 0)).message.contains("at least one"))
    for size in ["", "0", "x", "-1", "1kk"] {
      #expect(try refusal(RotationRequest(size: size)).place?.source.name == "--rotate-size")
    }
    #expect(try refusal(RotationRequest(time: "soon")).place?.source.name == "--rotate-time")
  }
}
