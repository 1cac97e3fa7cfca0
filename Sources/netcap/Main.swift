import ArgumentParser
import Output
import Session
import Syntax
import SystemPackage

@main
struct Netcap: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "netcap",
    abstract: "A programmable packet tracer for the Linux kernel.",
    discussion: """
      tcpdump sees a packet at two fixed places; netcap sees it at nearly every kernel function \
      that takes an skb.

        netcap skb -f icmp_rcv -e 'host 10.9.0.2'
        netcap skb -f tracepoint:skb:kfree_skb -e 'tcp port 9000' -t -nnv
        netcap -s drops --port 9000
        netcap -x 'probe icmp_rcv { filter "host 10.9.0.2" }'
      """,
    version: Version.number,
    subcommands: [
      SkbCommand.self, MbufCommand.self, RawCommand.self, RunCommand.self, PromptCommand.self,
      CheckCommand.self,
      FmtCommand.self, DocCommand.self,
      TestCommand.self, ListCommand.self,
      FilterCommand.self, DoctorCommand.self, VersionCommand.self,
    ])

  /// Parses and runs; the exit status is 2 for a command line that makes no sense.
  static func main() {
    do {
      var arguments = Array(CommandLine.arguments.dropFirst())
      // A script needs no command before it.
      if RunCommand.takes(arguments) { arguments.insert("run", at: 0) }
      try refuseUnknownCommand(arguments.first)
      if arguments.first == "run", let help = try RunCommand.helpOfScript(arguments.dropFirst()) {
        return write(help, to: .standardOutput)
      }
      var command = try parseAsRoot(arguments)
      try command.run()
    } catch let failure as Failure {
      exit(failure)
    } catch {
      let status = exitCode(for: error)
      guard status == .validationFailure else { exit(withError: error) }
      let message = fullMessage(for: error)
      let prefix = "Error: "
      let text = message.hasPrefix(prefix) ? "error: " + message.dropFirst(prefix.count) : message
      write(text + "\n", to: .standardError)
      exit(withError: ExitCode(2))
    }
  }

  /// A mistyped command gets the nearest ones; the parser alone would call it an argument.
  private static func refuseUnknownCommand(_ word: String?) throws {
    guard let word, !word.hasPrefix("-") else { return }
    let names = configuration.subcommands.compactMap { $0.configuration.commandName } + ["help"]
    if names.contains(word) { return }
    let near = nearestNames(to: word, among: names)
    throw Failure(
      .usage(
        Diagnostic(
          .error, "netcap has no command '\(word)'",
          hints: [
            near.isEmpty
              ? "there is: \(names.joined(separator: ", "))"
              : "did you mean \(near.joined(separator: ", "))?"
          ])), isJSON: false)
  }

  private static func exit(_ failure: Failure) -> Never {
    if failure.isJSON {
      let output = Writer(.standardOutput, name: "standard output")
      for diagnostic in failure.diagnostics { output.append(json: diagnostic) }
      do { try output.flush() } catch {}
    } else {
      for diagnostic in failure.diagnostics {
        write(diagnostic.rendered() + "\n", to: .standardError)
      }
    }
    exit(withError: ExitCode(failure.exitStatus))
  }

  private static func write(_ text: String, to descriptor: FileDescriptor) {
    // There is nowhere left to say that this failed.
    do { try descriptor.writeAll(text.utf8) } catch {}
  }
}
