import Kernel
import Testing

@Suite struct EmbeddedSourcesTests {
  @Test func eachFileIsPutInOnce() {
    let text = EmbeddedSources.amalgamate("#include \"probe.h\"\n#include \"event.h\"\nint x;\n")
    #expect(text.hasSuffix("int x;\n"))
    #expect(text.split(separator: "/* bpf/event.h */").count == 2)
    #expect(!text.contains("#include \""))
  }

  @Test func otherIncludesStay() {
    #expect(EmbeddedSources.amalgamate("#include \"none.h\"\n") == "#include \"none.h\"\n")
    #expect(EmbeddedSources.amalgamate("#include <a.h>") == "#include <a.h>")
  }
}
