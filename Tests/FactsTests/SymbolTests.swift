import Kernel
import SystemPackage
import Testing

/// Symbols, from a text as the kernel has it.
@Suite struct SymbolTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private func symbols(_ text: String = MadeKernel.symbols, cached: Bool = false) throws
    -> KernelSymbols
  {
    let path = try folder.write("kallsyms", text)
    return KernelSymbols(path: path, cacheFolder: cached ? folder.path : nil)
  }

  @Test func addresses() throws {
    let found = try symbols().addresses(of: [
      "icmp_rcv", "page_offset_base", "twice", "absent", "nft_do_chain",
    ])
    // icmp_rcv is a module's too, twice is there twice.
    #expect(
      found == ["page_offset_base": 0xffff_ffff_8241_3d60, "nft_do_chain": 0xffff_ffff_c000_0000])
  }

  @Test func placesNameTheirModule() throws {
    let found = try symbols().lookUp(["icmp_rcv", "odd_rcv"])
    let symbol = try #require(found["icmp_rcv"])
    #expect(symbol.address(in: nil) == 0xffff_ffff_8100_0000)
    #expect(symbol.address(in: "nf_tables") == 0xffff_ffff_c000_0010)
    #expect(symbol.address(in: "other") == nil)
    #expect(symbol.places.count == 2)
    #expect(found["odd_rcv"]?.count(in: "without_btf") == 1)
  }

  @Test func severalOfOneName() throws {
    let symbol = try #require(try symbols().lookUp(["twice"])["twice"])
    #expect(symbol.count(in: nil) == 2)
    #expect(symbol.address(in: nil) == nil)
  }

  @Test func partsOfAFunction() throws {
    let symbol = try #require(try symbols().lookUp(["only_parts"])["only_parts"])
    #expect(symbol.places.isEmpty)
    #expect(symbol.variants == ["only_parts.isra.0", "only_parts.isra.0.cold"])
    let exact = try symbols().lookUp(["only_parts.isra.0"])
    #expect(exact["only_parts.isra.0"]?.count(in: nil) == 1)
  }

  @Test func hiddenAddressesAreNone() throws {
    let symbol = try #require(
      try symbols("0000000000000000 T icmp_rcv\n").lookUp(["icmp_rcv"])["icmp_rcv"])
    #expect(symbol.count(in: nil) == 1)
    #expect(symbol.address(in: nil) == nil)
  }

  @Test func aTextOfManyBuffers() throws {
    var text = ""
    for number in 0..<40_000 { text += "ffffffff81000000 t some_function_\(number)\n" }
    text += "ffffffff82000000 t last_without_newline"
    let found = try symbols(text).addresses(of: ["some_function_39999", "last_without_newline"])
    #expect(
      found == [
        "some_function_39999": 0xffff_ffff_8100_0000, "last_without_newline": 0xffff_ffff_8200_0000,
      ])
  }

  @Test(arguments: ["", "\n\n", "short\n", "ffffffff81000000 T \n", "\u{0}\u{1}\n"])
  func oddTexts(text: String) throws {
    #expect(try symbols(text).lookUp(["icmp_rcv"]).isEmpty)
  }

  @Test func aMissingTextIsAnError() throws {
    #expect(throws: Errno.noSuchFileOrDirectory) {
      try KernelSymbols(path: folder.path.appending("absent")).lookUp(["icmp_rcv"])
    }
  }

  // MARK: What is kept

  @Test func whatWasFoundIsKept() throws {
    let first = try symbols(cached: true).lookUp(["twice", "no_skb", "nft_do_chain", "absent"])
    #expect(first.count == 3)
    try folder.write("kallsyms", "ffffffff99999999 T no_skb\n")
    let second = KernelSymbols(
      path: folder.path.appending("kallsyms"), cacheFolder: folder.path)
    // A module's function may move: it is looked up again.
    let found = try second.lookUp(["twice", "no_skb", "nft_do_chain"])
    #expect(found["twice"]?.count(in: nil) == 2)
    #expect(found["no_skb"]?.address(in: nil) == 0xffff_ffff_8100_0040)
    #expect(found["nft_do_chain"] == nil)
  }

  @Test func whatIsAddedLaterJoinsTheRest() throws {
    _ = try symbols(cached: true).lookUp(["no_skb"])
    _ = try symbols(cached: true).lookUp(["skb_peek"])
    try folder.write("kallsyms", "")
    let found = try KernelSymbols(
      path: folder.path.appending("kallsyms"), cacheFolder: folder.path
    ).addresses(of: ["no_skb", "skb_peek"])
    #expect(found.count == 2)
  }

  @Test func hiddenAddressesAreNotKept() throws {
    _ = try symbols("0000000000000000 T icmp_rcv\n", cached: true).lookUp(["icmp_rcv"])
    let found = try symbols("ffffffff81000000 T icmp_rcv\n", cached: true).addresses(of: [
      "icmp_rcv"
    ])
    #expect(found == ["icmp_rcv": 0xffff_ffff_8100_0000])
  }

  /// What a file of the cache must not be taken for.
  enum Damage: CaseIterable {
    case cutShort, anotherBoot, anotherVersion, empty, noLineEnd

    func done(to text: String) -> String {
      switch self {
      case .cutShort: String(text.dropLast(2))
      case .anotherBoot: text.replacing("symbols 2 ", with: "symbols 2 0")
      case .anotherVersion: text.replacing("symbols 2", with: "symbols 1")
      case .empty: ""
      case .noLineEnd: text.replacing("no_skb\n", with: "no_skb")
      }
    }
  }

  @Test(arguments: Damage.allCases) func damagedFilesCountAsNothing(damage: Damage) throws {
    _ = try symbols(cached: true).lookUp(["no_skb"])
    let whole = try folder.read("symbols")
    try folder.write("symbols", damage.done(to: whole))
    let found = try symbols("ffffffff99999999 T no_skb\n", cached: true).addresses(of: ["no_skb"])
    #expect(found == ["no_skb": 0xffff_ffff_9999_9999])
    // And is replaced by a whole one.
    #expect(try folder.read("symbols").hasSuffix("ffffffff99999999 t no_skb\nend\n"))
  }

  @Test func aSymbolThatTwoRunsAddedIsOne() throws {
    _ = try symbols(cached: true).lookUp(["no_skb"])
    let whole = try folder.read("symbols")
    let line = "ffffffff81000040 t no_skb\n"
    try folder.write("symbols", whole.replacing(line, with: line + line))
    #expect(try symbols(cached: true).lookUp(["no_skb"])["no_skb"]?.count(in: nil) == 1)
  }

  @Test func aFolderThatCannotBeWrittenIsNoError() throws {
    let path = try folder.write("kallsyms", MadeKernel.symbols)
    let symbols = KernelSymbols(path: path, cacheFolder: folder.path.appending("absent"))
    #expect(try symbols.addresses(of: ["no_skb"]).count == 1)
  }
}
