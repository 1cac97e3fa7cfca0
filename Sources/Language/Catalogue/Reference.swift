extension Catalogue {
  /// Pages of the reference, `docs/reference/NAME.md`: generated, and never edited.
  package static func referencePages() -> [(name: String, text: String)] {
    let pages = sections.map { ($0.name, page($0)) }
    return [("README", index)] + pages + [("constants", constants)]
  }

  private static let notice =
    "<!-- Generated from the catalogue (Sources/Language/Catalogue): UPDATE=1 swift test --filter "
    + "CatalogueTests -->"

  private static var index: String {
    var lines = [notice, "", "# Reference of the script language", ""]
    lines.append(
      "`netcap doc NAME` shows a row of it; `netcap list fields` and `netcap list builtins` all.")
    lines.append("")
    for section in sections {
      lines.append("- [\(section.title)](\(section.name).md): \(section.introduction)")
    }
    lines.append("- [Constants](constants.md): Numbers with names that are built in.")
    return lines.map { $0 + "\n" }.joined()
  }

  private static func page(_ section: Section) -> String {
    var lines = [notice, "", "# \(section.title)", "", section.introduction, ""]
    lines += ["| name | form or type | | example |", "|---|---|---|---|"]
    for row in section.rows {
      let cells = [code(row.name), cell(row.signature), cell(row.documentation), code(row.example)]
      lines.append("| \(cells.joined(separator: " | ")) |")
    }
    return lines.map { $0 + "\n" }.joined()
  }

  private static var constants: String {
    var lines = [notice, "", "# Constants", ""]
    lines += [
      "Numbers with names that the kernel's types lack, or may lack: where a kernel has a name itself, its",
      "number is taken. The prefix that most names of an enumeration share may be left out beside a value",
      "of that enumeration.", "",
    ]
    for enumeration in enumerations {
      lines += ["## \(enumeration.name)", ""]
      let names = enumeration.cases.map { "`\($0.name)` \($0.value)" }
      lines += [names.joined(separator: " · "), ""]
    }
    lines.removeLast()
    return lines.map { $0 + "\n" }.joined()
  }

  private static func code(_ text: String) -> String { "`\(cell(text))`" }

  /// A bar would end the cell.
  private static func cell(_ text: String) -> String {
    text.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
  }
}
