import Corpus
import Documents
import Kernel
import Language
import Library
import MadeScripts
import Repl
import Syntax
import SystemPackage
import Testing

@Suite struct CompletionTests {
  @Test(arguments: try CompletionCorpus.corpus.names(in: "complete", suffix: ".txt"))
  func cases(_ name: String) throws {
    let file = "complete/\(name).txt"
    let completer = Completer(try CompletionCorpus.sources())
    let cases = CompletionCorpus.cases(in: try CompletionCorpus.corpus.text(file))
    let text = cases.map { CompletionCorpus.answered($0, completer) + "\n" }
      .joined(separator: "\n")
    try CompletionCorpus.corpus.expect(text, in: file)
  }

  // MARK: Whatever is typed

  /// Scripts of the collection and of the documents.
  static func scripts() throws -> [String] {
    let collection = ScriptLibrary(folders: []).entries().scripts.map(\.source.text)
    let documents = try Documents.names().flatMap { name in
      try Documents.text(name).split(separator: "```ncs\n", omittingEmptySubsequences: false)
        .dropFirst().map { block in
          String(block.prefix(upTo: block.firstRange(of: "```")?.lowerBound ?? block.endIndex))
        }
    }
    return collection + documents
  }

  /// A declaration with the lines before it in it, cut at every place; how long the slowest took.
  private func tryBeginnings(of text: String, _ completer: Completer) -> Duration {
    var slowest = Duration.zero
    var earlier: [Substring] = []
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if let first = line.first, !" \t}/".contains(first) { earlier = [] }
      let before = earlier.joined(separator: "\n")
      for cursor in 0...line.utf8.count {
        var found: Completion?
        let time = processorTime {
          found = completer.complete(String(line), cursor: cursor, earlier: before)
        }
        slowest = max(slowest, time)
        if let found {
          #expect((0...cursor).contains(found.start))
          #expect(found.candidates == Set(found.candidates).sorted())
          #expect(found.suffix.isEmpty || found.candidates.count == 1)
        }
      }
      earlier.append(line)
    }
    return slowest
  }

  @Test func everyBeginningOfEveryScript() throws {
    let completer = Completer(try CompletionCorpus.sources())
    let scripts = try Self.scripts()
    #expect(scripts.count > 30)
    for script in scripts {
      // Without optimization.
      #expect(tryBeginnings(of: script, completer) < .milliseconds(200))
    }
  }

  @Test func beginningsWithSomethingWrong() throws {
    let completer = Completer(try CompletionCorpus.sources())
    var random = FuzzSetting.random
    let scripts = try Self.scripts()
    let marks = Array("{}()[]\"\\.,:;=|?/*'\n\u{e9} ".utf8)
    for _ in 0..<FuzzSetting.rounds(1500) {
      var bytes = Array((scripts.randomElement(using: &random) ?? "").utf8.prefix(600))
      for _ in 0..<Int.random(in: 1...6, using: &random) where !bytes.isEmpty {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        let mark = marks.randomElement(using: &random) ?? 0
        switch Int.random(in: 0..<3, using: &random) {
        case 0: bytes[place] = mark
        case 1: bytes.insert(mark, at: place)
        default: bytes.remove(at: place)
        }
      }
      let text = String(decoding: bytes, as: UTF8.self)
      let cursor = Int.random(in: 0...text.utf8.count, using: &random)
      let found = completer.complete(text, cursor: cursor)
      #expect((0...cursor).contains(found.start))
      let lines = text.split(separator: "\n", maxSplits: 3, omittingEmptySubsequences: false)
      let line = String(lines.last ?? "")
      _ = completer.complete(
        line, cursor: line.utf8.count, earlier: lines.dropLast().joined(separator: "\n"))
    }
  }

  @Test(arguments: [-1, 0, 3, 99])
  func aCursorMayBeAnywhere(_ cursor: Int) throws {
    let completer = Completer(try CompletionCorpus.sources())
    let found = completer.complete("é:help", cursor: cursor)
    #expect((0..."é:help".utf8.count).contains(found.start))
  }

  @Test func deepNestingIsNoProblem() throws {
    let completer = Completer(try CompletionCorpus.sources())
    for text in ["(", "[", "{", "if x { ", "a.", "f(", "\"{", "print \"{", "!", "probe {"] {
      let line = String(repeating: text, count: 3000)
      _ = completer.complete(line, cursor: line.utf8.count)
      _ = completer.complete("probe icmp_rcv { " + line, cursor: line.utf8.count + 17)
    }
  }
}

let hasTypes: Bool = {
  do {
    try FileDescriptor.open("/sys/kernel/btf/vmlinux", .readOnly).close()
    return true
  } catch {
    print("SKIPPED: this kernel has no /sys/kernel/btf/vmlinux; its own names are not completed")
    return false
  }
}()

/// On the kernel that the tests run on.
@Suite(.enabled(if: hasTypes, "this kernel has no BTF")) struct HostCompletionTests {
  private func completer() throws -> Completer {
    let types = BTFKernelTypes(btf: try BTF(), tracefs: Tracefs(places: []))
    return Completer(try CompletionCorpus.sources(types))
  }

  private func candidates(_ line: String) throws -> [String] {
    try completer().complete(line, cursor: line.utf8.count).candidates
  }

  @Test func functions() throws {
    #expect(try candidates("probe ").count > 1000)
    #expect(try candidates("probe tcp_v4_r").contains("tcp_v4_rcv"))
    #expect(try candidates("probe tcp_v4_connec") == ["tcp_v4_connect"])
    #expect(try candidates(":list icmp_rc") == ["icmp_rcv"])
  }

  @Test func chains() throws {
    #expect(try candidates("probe icmp_rcv { emit skb.dev.mt") == ["mtu"])
    #expect(
      try candidates("probe tcp_v4_rcv { emit tcp_sock(sock).bytes_ack").contains("bytes_acked"))
    #expect(try candidates("probe ip_rcv { where args.skb.pkt_t") == ["pkt_type"])
    #expect(try candidates("probe icmp_rcv { emit tcp_soc").contains("tcp_sock("))
    #expect(try candidates("probe icmp_rcv { where 1 == IPPROTO_TC") == ["IPPROTO_TCP"])
    #expect(try candidates(":type struct sk_buf").contains("sk_buff"))
    #expect(try candidates(":type enum skb_drop_r").contains("skb_drop_reason"))
  }

  @Test func sourcesOfThisMachine() throws {
    let library = ScriptLibrary(folders: [])
    let completer = Completer(
      .ofThisMachine(KernelFacts(), library: library) {
        Parser(SourceText(name: "session", text: "import \"net/flows\"\n")).parse().tree
          .declarations
      })
    func candidates(_ line: String) -> [String] {
      completer.complete(line, cursor: line.utf8.count).candidates
    }
    #expect(candidates("import \"net/f") == ["net/flows"])
    #expect(candidates("probe icmp_rcv { where flows.is_lo") == ["is_local("])
    #expect(candidates("probe icmp_rcv { where dev.name == \"l").contains("lo"))
    #expect(candidates("c \"/proc/sel") == ["/proc/self/"])
    #expect(candidates(":load /proc/self/tas") == ["/proc/self/task/"])
    #expect(candidates(":record /proc/self/cmdl") == ["/proc/self/cmdline"])
  }

  @Test func itIsQuick() throws {
    let completer = try completer()
    let lines = [
      "probe ", "probe tcp_", "probe {", "probe tcp = tcp_* { emit args.",
      "probe ip_rcv { emit skb.",
      "probe icmp_rcv { where x == A", "probe icmp_rcv { emit aa", "probe rawtp:", ":type struct ",
      ":type function ", ":list functions ", ":help ",
    ]
    for line in lines { _ = completer.complete(line, cursor: line.utf8.count) }
    for line in lines {
      // Without optimization.
      let time = processorTime { _ = completer.complete(line, cursor: line.utf8.count) }
      #expect(time < .milliseconds(400), "\(line)")
    }
  }
}
