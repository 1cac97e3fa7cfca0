import Glibc
import Kernel
import SystemPackage
import Testing

/// Type information that is damaged, or not what it seems.
@Suite struct TypeDataTests {
  private static func made() -> [UInt8] {
    let types = MadeTypes()
    types.function("icmp_rcv", [("skb", types.pointer(types.structure("sk_buff")))])
    return types.bytes
  }

  /// The 32-bit word of the header, which is 24 bytes long.
  private static func word(_ number: Int, _ bytes: [UInt8]) -> UInt32 {
    bytes[(4 * number)..<(4 * number + 4)].reversed().reduce(0) { $0 << 8 | UInt32($1) }
  }

  private static func setting(_ number: Int, _ value: UInt32, _ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    for index in 0..<4 { bytes[4 * number + index] = UInt8(value >> UInt32(8 * index) & 0xff) }
    return bytes
  }

  private static func types(_ bytes: [UInt8]) -> TypeInformation? {
    do throws(Errno) { return try TypeInformation(bytes: bytes) } catch { return nil }
  }

  /// Why the bytes are no type information, nil if they are.
  private static func refusal(_ bytes: [UInt8]) -> Errno? {
    do throws(Errno) { _ = try TypeInformation(bytes: bytes) } catch { return error }
    return nil
  }

  /// Many searches go through an index, and find the same.
  @Test func manySearches() throws {
    let made = MadeTypes()
    for number in 0..<40 { made.function("f\(number % 30)", []) }
    _ = made.structure("f1")
    let types = try made.done()
    for _ in 0..<3 {
      for number in 0..<30 {
        let found = types.find("f\(number)", [.function])
        #expect(found.count == (number < 10 ? 2 : 1) && found == found.sorted())
        #expect(found.allSatisfy { types.name($0) == "f\(number)" })
      }
      #expect(types.find("f30", [.function]).isEmpty)
      #expect(types.find("", [.function, .functionPrototype]).isEmpty)
      #expect(types.find("f1", [.function, .structure]).count == 3)
    }
  }

  @Test func wholeOnesAreRead() throws {
    let types = try TypeInformation(bytes: Self.made())
    #expect(types.find("icmp_rcv", [.function]).count == 1)
    #expect(types.find("icmp_rcv", [.structure, .typedef]).isEmpty)
  }

  @Test func anEmptyOneHasNoTypes() throws {
    #expect(try TypeInformation(bytes: MadeTypes().bytes).identifiers.isEmpty)
  }

  @Test func everyCutIsNoticed() {
    let bytes = Self.made()
    for count in 0..<bytes.count {
      #expect(Self.refusal(Array(bytes[..<count])) == .badMessage, "\(count) bytes")
    }
  }

  /// Words of the header: types begin at 2 and take 3; names begin at 4 and take 5.
  @Test(arguments: [0, 1, 2, 3, 4, 5]) func headersThatLeadElsewhere(word: Int) {
    let bytes = Self.made()
    for value: UInt32 in [.max, .max - 3, 0x8000_0000, UInt32(bytes.count) + 4] {
      #expect(Self.refusal(Self.setting(word, value, bytes)) == .badMessage)
    }
  }

  @Test func namesMustEnd() {
    var bytes = Self.made()
    bytes[bytes.count - 1] = UInt8(ascii: "x")
    #expect(Self.refusal(bytes) == .badMessage)
  }

  @Test func kindsThatAreNewerAreRefused() {
    let bytes = Self.made()
    // The second word of the first type.
    let first = Int(Self.word(1, bytes)) / 4 + 1
    #expect(Self.refusal(Self.setting(first, 31 << 24, bytes)) == .badMessage)
  }

  /// Whatever is changed in it, reading ends, and never beyond the bytes.
  @Test func damageIsSurvived() {
    let bytes = Self.made()
    for position in 24..<bytes.count {
      for value: UInt8 in [0, 1, 0x7f, 0x80, 0xff] {
        var damaged = bytes
        damaged[position] = value
        guard let types = Self.types(damaged) else { continue }
        _ = BTF(kernel: types, modules: []).allSkbFunctions()
        for id in types.identifiers {
          _ = types.text(id)
          _ = types.size(id)
          _ = types.members(of: id)
          _ = types.enumerators(of: id)
        }
      }
    }
  }

  @Test func aFileIsReadAsItIs() throws {
    let folder = try TemporaryFolder()
    let path = folder.path.appending("vmlinux")
    let file = try FileDescriptor.open(
      path, .writeOnly, options: .create, permissions: .ownerReadWrite)
    try file.closeAfter { _ = try file.writeAll(Self.made()) }
    let btf = try BTF(folder: folder.path)
    #expect(btf.skbFunction(named: "icmp_rcv")?.skbArguments == [1])
    #expect(btf.modules.isEmpty)
  }

  @Test func modulesThatCannotBeReadAreNamed() throws {
    let folder = try TemporaryFolder()
    let path = folder.path.appending("vmlinux")
    let file = try FileDescriptor.open(
      path, .writeOnly, options: .create, permissions: .ownerReadWrite)
    try file.closeAfter { _ = try file.writeAll(Self.made()) }
    try folder.write("broken", "nothing of the kind")
    let btf = try BTF(folder: folder.path)
    #expect(btf.modules.isEmpty)
    #expect(btf.unreadableModules.map(\.name) == ["broken"])
    #expect(btf.unreadableModules.map(\.error) == [.badMessage])
  }
}
