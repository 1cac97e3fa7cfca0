import ArgumentParser
import Session
import SystemPackage

/// `netcap doc`: what a name of the language is, or what a script is for.
struct DocCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doc",
    abstract: "Explain a name of the script language, or a script.",
    discussion: """
      A name is a field (tcp.dport, time), a builtin (take), an aggregation (hist), a kind of point \
      (kprobe), a statement, a format. Of a script its documentation is shown, and that of what it \
      declares.
      """)

  @Argument(help: ArgumentHelp("A name, a script's path, or a script of a collection."))
  var name: String

  func run() throws {
    let text: String
    do {
      text = try Manual.text(of: name)
    } catch {
      throw Failure(error, isJSON: false)
    }
    try TextOutput.write(text, to: .standardOutput)
  }
}
