import Documents
import Foundation
import Language
import Syntax
import Testing

/// What is built in, and the documents made of it.
@Suite struct CatalogueTests {
  /// `docs/reference` is what the catalogue says: UPDATE=1 rewrites it, and fails.
  @Test func referenceIsGenerated() throws {
    let folder = Documents.root.appendingPathComponent("docs/reference")
    let pages = Catalogue.referencePages()
    for (name, text) in pages {
      let file = folder.appendingPathComponent("\(name).md")
      let isThere = FileManager.default.fileExists(atPath: file.path)
      if isThere, try String(contentsOf: file, encoding: .utf8) == text { continue }
      if ProcessInfo.processInfo.environment["UPDATE"] == "1" {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try text.write(to: file, atomically: true, encoding: .utf8)
      }
      Issue.record("docs/reference/\(name).md differs from the catalogue; UPDATE=1 writes it")
    }
    let expected = pages.map { "docs/reference/\($0.name).md" }.sorted()
    #expect(try Documents.files(below: "docs/reference") == expected)
  }

  @Test func rowsAreWhole() {
    for section in Catalogue.sections {
      var names: Set<String> = []
      for row in section.rows {
        #expect(names.insert(row.name).inserted, "\(section.name) has two rows \(row.name)")
        #expect(!row.documentation.isEmpty && !row.example.isEmpty && !row.signature.isEmpty)
        #expect(!row.documentation.contains("\n"), "\(row.name)")
      }
    }
  }

  /// Options and formats are enumerations elsewhere: the catalogue has a row for each.
  @Test func closedSetsAreCovered() {
    #expect(Catalogue.optionTypes.map(\.name) == ScriptOption.Kind.allCases.map(\.rawValue))
    let styles = ValueFormat.Style.allCases.map(\.rawValue).filter { !$0.isEmpty }
    #expect(Set(Catalogue.formats.map(\.name)) == Set(styles))
    let fields = Set(Catalogue.contextFields.map(\.field))
    #expect(fields.union([.skb]) == Set(ContextField.allCases))
    let journey = Catalogue.journeyFields.map(\.name)
    for field in JourneyField.allCases { #expect(journey.contains(field.rawValue)) }
    for field in HopField.allCases { #expect(journey.contains("hop.\(field.rawValue)")) }
  }

  /// Examples of declarations and of probes' statements parse.
  @Test func examplesParse() {
    for row in Catalogue.declarations + Catalogue.pointKinds + Catalogue.optionTypes
      + Catalogue.aggregations
    {
      expectSound(row.example, row)
    }
    for row in Catalogue.statements {
      let place = row.documentation.hasPrefix("netcap") ? "begin" : "probe x = icmp_rcv"
      let isFunction = row.name == "return"
      expectSound(isFunction ? "func f(p) { \(row.example) }" : "\(place) { \(row.example) }", row)
    }
    for row in Catalogue.formats {
      expectSound("begin { print \"\(row.example)\" }", row)
    }
  }

  private func expectSound(_ text: String, _ row: Catalogue.Row) {
    let parsed = Parser(SourceText(name: row.name, text: text + "\n")).parse()
    let said = parsed.diagnostics.map { $0.rendered() }
    #expect(said.isEmpty, "\(row.name): \(said.joined(separator: "\n"))")
  }
}

/// Texts that become numbers.
@Suite struct LiteralTests {
  @Test(arguments: [
    ("10.0.0.1", "0:ffff0a000001"), ("::1", "0:1"), ("::", "0:0"),
    ("2001:db8::1", "20010db800000000:1"), ("::ffff:10.0.0.1", "0:ffff0a000001"),
    ("1:2:3:4:5:6:7:8", "1000200030004:5000600070008"), ("fe80::1:2", "fe80000000000000:10002"),
  ]) func addresses(_ text: String, _ words: String) throws {
    let address = try #require(AddressValue(text))
    let shown = String(address.high, radix: 16) + ":" + String(address.low, radix: 16)
    #expect(shown == words)
  }

  @Test(arguments: [
    "", "10.0.0", "10.0.0.256", "10.0.0.1.2", "1::2::3", "1:2:3:4:5:6:7", "12345::", ":1", "1:",
    "g::", "+1::", "1:2:3:4:5:6:7:8:9", "10.0.0.-1", "::10.0.0",
  ]) func noAddresses(_ text: String) {
    #expect(AddressValue(text) == nil)
  }

  @Test func prefixes() throws {
    let ipv4 = try #require(AddressValue.prefix("10.0.0.0/8"))
    #expect(ipv4.bits == 104 && ipv4.address.masked(to: ipv4.bits) == ipv4.address)
    #expect(AddressValue.prefix("10.0.0.1")?.bits == 128)
    #expect(AddressValue.prefix("10.0.0.0/33") == nil && AddressValue.prefix("10.0.0.0/") == nil)
    #expect(AddressValue.prefix("::/0")?.address.masked(to: 0) == AddressValue(high: 0, low: 0))
    #expect(macAddress("02:00:00:00:00:01") == 0x0200_0000_0001)
    #expect(macAddress("02:00:00:00:00") == nil && macAddress("02:00:00:00:00:g1") == nil)
  }

  @Test func formats() throws {
    let format = try #require(ValueFormat("-#08.3ms"))
    #expect(format.isLeft && format.isAlternate && format.isZeroPadded)
    #expect(format.width == 8 && format.digits == 3 && format.style == .ms)
    #expect(ValueFormat("x")?.style == .hex && ValueFormat("16")?.width == 16)
    for text in ["q", "5000", ".x1", "x5", "--1", ".99"] {
      #expect(ValueFormat(text) == nil, "\(text)")
    }
  }

  @Test func folding() {
    #expect(ArithmeticOperator.divide.folded(.min, -1, isUnsigned: false) == .min)
    #expect(ArithmeticOperator.remainder.folded(.min, -1, isUnsigned: false) == 0)
    #expect(ArithmeticOperator.divide.folded(-7, 2, isUnsigned: false) == -3)
    #expect(ArithmeticOperator.divide.folded(-1, 2, isUnsigned: true) == .max)
    #expect(ArithmeticOperator.shiftLeft.folded(1, 65, isUnsigned: false) == 2)
    #expect(ArithmeticOperator.shiftRight.folded(-8, 1, isUnsigned: false) == -4)
    #expect(ArithmeticOperator.divide.folded(1, 0, isUnsigned: false) == nil)
  }
}
