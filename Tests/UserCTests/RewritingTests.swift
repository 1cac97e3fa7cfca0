import Corpus
import Kernel
import Language
@testable import Lowering
import Processes
import Syntax
import SystemPackage
import Testing

/// C of scripts, and what becomes of it: `rewrite/*.ncs` with the C that is compiled, `errors/*.ncs`
/// with what is said of them. `types.h` stands for the kernel's types. Only clang is needed.
@Suite(.enabled(if: Clang.find() != nil, "there is no clang")) struct RewritingTests {
  static let corpus = Corpus()

  /// The clang on PATH, and others beside.
  static let compilers: [String] = ["clang", "clang-14", "/opt/swift/usr/bin/clang"].filter {
    findExecutable($0) != nil
  }

  static func names(_ folder: String) throws -> [String] {
    try corpus.names(in: folder, suffix: ".ncs")
  }

  /// What a kernel with the types of `types.h` would have.
  static func types() throws -> KernelTypeText {
    KernelTypeText(
      c: try corpus.text("types.h"),
      bitFields: ["ihl", "version", "pkt_type", "cloned", "delta", "skc_reuse", "skc_reuseport"])
  }

  static func unit(_ file: String, name: String) throws -> ScriptUnit {
    let source = SourceText(name: name, text: try corpus.text(file))
    let parsed = Parser(source).parse()
    let outcome = Checker(
      tree: parsed.tree, types: NoKernelTypes(),
      files: { path, _ in
        do {
          return .success(SourceText(name: path, text: try corpus.text("files/\(path)")))
        } catch {
          return .failure(Diagnostic(.error, "there is no \(path)"))
        }
      }
    ).check()
    let script = try #require(
      outcome.script, "\((parsed.diagnostics + outcome.diagnostics).map { $0.rendered() })")
    let point = script.probes[0].points[0]
    let isReturn = point.kind == .functionReturn
    return ScriptUnit(
      script: script, probe: 0, mechanism: isReturn ? .kretprobe : .kprobe, point: point,
      hasCompareExchange: true)
  }

  /// The functions that were made of the blocks.
  static func functions(_ text: String) -> String {
    let start = text.firstRange(of: "#pragma clang attribute pop\n")
    let end = text.firstRange(of: "#include \"c_rest.h\"")
    guard let start, let end else { return text }
    return String(text[start.upperBound..<end.lowerBound])
  }

  @Test(arguments: try names("rewrite"), compilers)
  func rewriting(_ name: String, _ compiler: String) throws {
    let clang = Clang(executable: try #require(findExecutable(compiler)))
    let unit = try Self.unit("rewrite/\(name).ncs", name: "\(name).ncs")
    let lowered = try unit.lower()
    let types = try Self.types()
    let text = try clang.rewrite(try #require(lowered.userC)) { _ in types }
    try Self.corpus.expect(Self.functions(text), in: "rewrite/\(name).c")
    // All of it compiles: with kernel.h's view of the same types beside it.
    _ = try clang.object(
      for: lowered, userC: text)
  }

  @Test(arguments: try names("errors")) func errors(_ name: String) throws {
    let unit = try Self.unit("errors/\(name).ncs", name: "\(name).ncs")
    let types = try Self.types()
    var said: [Diagnostic] = []
    do {
      let user = try #require(try unit.lower().userC)
      _ = try Self.oldest.rewrite(user) { _ in types }
    } catch Clang.UserFailure.mistakes(let mistakes) {
      said = mistakes.diagnostics
    } catch let mistake as Diagnostic {
      said = [mistake]
    }
    #expect(!said.isEmpty)
    try Self.corpus.expect(
      said.map { $0.rendered() + "\n" }.joined(separator: "\n"), in: "errors/\(name).txt")
  }

  /// clang's own words differ between versions: those of the oldest one are expected.
  private static var oldest: Clang {
    Clang(executable: findExecutable(compilers.contains("clang-14") ? "clang-14" : "clang")!)
  }
}

/// What a text defines outside of functions.
@Suite struct OutlineTests {
  @Test func functionsAndTags() {
    let outline = COutline(
      """
      #define f(x) { x }
      struct a { int (*call)(int); struct inner { int y; } z; };
      typedef struct { int x; } anonymous;
      enum e { ONE, TWO };
      static struct a value = { call(1) };
      struct a *find(struct a *a, int n);
      __attribute__((unused)) static inline int g(int (*f)(int)) __attribute__((pure)) {
        if (n) { h(n); }
        return f(1);
      }
      int i(void)
      { return 0; }
      int table[sizeof(struct a)] = { 1 };
      _Static_assert(sizeof(int) == 4, "");
      """.utf8)
    #expect(outline.functions == ["find", "g", "i"])
    #expect(outline.definitions == ["g", "i"])
    #expect(outline.tags == ["a", "e"])
  }
}
