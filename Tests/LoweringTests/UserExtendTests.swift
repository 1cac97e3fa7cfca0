import Language
@testable import Lowering
import Syntax
import Testing

/// The structure that a user action fills in, as ByteDance's netcap reads it.
@Suite struct UserExtendTests {
  private func fields(_ body: String) throws -> [String] {
    let file = SourceText(name: "a.c", text: "struct xcap_user_extend {\(body)\n};\n")
    return try UserExtend(file).fields.map {
      "\($0.name) \($0.width.isSigned ? "s" : "u")\($0.width.bits) \($0.format.piece($0.name))"
    }
  }

  @Test func theArticlesExample() throws {
    let found = try fields(
      """

          int         a; // format: 0x%x
          uint32_t    b; //

          int64_t     c;
          uint8_t       x1; // format: %c
          uint8_t       x2; // format: 0x%x
          uint16_t      x3; // format: 0x%x
      """)
    #expect(
      found == [
        "a u32 0x{a:x}", "b u32 {b}", "c s64 {c}", "x1 u8 {x1:c}", "x2 u8 0x{x2:x}",
        "x3 u16 0x{x3:x}",
      ])
  }

  @Test(arguments: [
    ("int8", "s8"), ("int8_t", "s8"), ("char", "s8"), ("uint8", "u8"), ("uchar", "u8"),
    ("int16", "s16"), ("uint16_t", "u16"), ("int", "s32"), ("int32_t", "s32"), ("uint32", "u32"),
    ("int64", "s64"), ("uint64_t", "u64"), ("unsigned long long int", "u64"),
    ("long unsigned", "u64"), ("unsigned", "u32"), ("const u16", "u16"), ("__be32", "u32"),
    ("signed char", "s8"), ("bool", "u8"), ("short", "s16"),
  ])
  func types(type: String, width: String) throws {
    #expect(try fields(" \(type) x; ") == ["x \(width) {x}"])
  }

  @Test func severalOnALine() throws {
    #expect(
      try fields(" u8 a, b : 4; /* format: %02x */ u16 c; u32 d;\n// format: %x\n") == [
        "a u8 {a:02x}", "b u8 {b:02x}", "c u16 {c}", "d u32 {d}",
      ])
    #expect(try fields("") == [])
  }

  @Test(arguments: [
    ("%d", "{x}"), ("%5d", "{x:5}"), ("%-8d|", "{x:-8}|"), ("%08llx", "{x:08x}"),
    ("%#x", "{x:#x}"), ("%X", "{x:X}"), ("%o", "{x:o}"), ("%b", "{x:b}"), ("%u", "{x:u}"),
    ("100%%:%c", "100%:{x:c}"), ("{%d}", "\\{{x}\\}"), ("\"%v\\", "\\\"{x}\\\\"),
  ])
  func formats(written: String, piece: String) throws {
    let format = try #require(PrintFormat(written))
    #expect(format.piece("x") == (written == "%u" ? "{x}" : piece))
  }

  @Test(arguments: ["%s", "%p", "%f", "x", "%", "%d%d", "%5000d"])
  func formatsThatAreNone(_ written: String) { #expect(PrintFormat(written) == nil) }

  private func refusal(_ body: String) throws -> (text: String, message: String) {
    let file = SourceText(name: "a.c", text: "struct xcap_user_extend {\(body)};\n")
    let diagnostic = try #require(throws: Diagnostic.self) { try UserExtend(file) }
    let place = try #require(diagnostic.place)
    #expect(place.source == file)
    let bytes = Array(file.text.utf8)[place.span.start..<place.span.end]
    return (String(decoding: bytes, as: UTF8.self), diagnostic.message)
  }

  @Test func whatCannotBePrinted() throws {
    #expect(try refusal(" char *name; ") == ("*", "a pointer cannot be printed"))
    #expect(try refusal(" u8 mac[6]; ") == ("[", "an array cannot be printed"))
    #expect(try refusal(" struct in6_addr a; ") == ("struct", "only numbers can be printed"))
    #expect(
      try refusal(" double x; ") == ("double", "fields of the type 'double' cannot be printed"))
    #expect(try refusal(" int x; u8 x; ") == ("x", "two fields are called 'x'"))
    #expect(try refusal(" x; ") == ("x", "this field has no type"))
    #expect(
      try refusal(" int x; // format: %s\n") == ("%s", "'%s' is no format for a number"))
    let many = (0..<63).map { " int x\($0);" }.joined()
    #expect(try refusal(many).message == "at most 62 fields can be printed")
  }

  @Test func filesWithoutIt() throws {
    let file = SourceText(
      name: "a.c",
      text: """
        // struct xcap_user_extend { int x; };
        struct xcap_user_extend;
        int xcap_usr_action(void) { return 0; }
        """)
    let diagnostic = try #require(throws: Diagnostic.self) { try UserExtend(file) }
    #expect(diagnostic.message == "a.c has no struct xcap_user_extend")
    let function = try #require(throws: Diagnostic.self) {
      try UserExtend.function("action", in: file)
    }
    #expect(function.message == "a.c has no function xcap_user_action")
    #expect(function.hints.first == "it has xcap_usr_action")
  }

  /// Any beginning of a file, and any file with a piece left out, is read or refused.
  @Test func anyText() {
    let text = Array(
      """
      struct xcap_user_extend { int a; // format: 0x%x
        unsigned long b, c : 3; /* format: '%-8d' */ char *d; u8 e[2]; };
      static int xcap_ext_action(void *e, "x{" '}', struct xcap_user_extend *u) { return 1; }
      """.utf8)
    func read(_ bytes: some Sequence<UInt8>) -> Int {
      let file = SourceText(name: "a.c", text: String(decoding: Array(bytes), as: UTF8.self))
      var count = COutline(file.text.utf8).functions.count
      do throws(Diagnostic) {
        count += try UserExtend(file).fields.count
      } catch {
        #expect(error.place.map { $0.span.end <= file.text.utf8.count } ?? true)
      }
      return count
    }
    for end in text.indices {
      _ = read(text[..<end])
      for length in [1, 7] {
        _ = read(text[..<end] + text[min(end + length, text.count)...])
      }
    }
    #expect(read(text) == 1)
  }

  @Test func functionsOfAllFamilies() throws {
    for family in ["user", "ext", "skb"] {
      let name = "xcap_\(family)_filter"
      let text = "int \(name)(void *a, void *b, u16 c)\n{ return 1; }"
      let file = SourceText(name: "f.c", text: text)
      #expect(try UserExtend.function("filter", in: file) == name)
      #expect(UserExtend.isExtFamily(name) == (family != "user"))
    }
  }
}
