import ArgumentParser
import Session

/// `netcap version`: the same as `netcap --version`.
struct VersionCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "version", abstract: "Show the version.")

  func run() { print(Version.number) }
}
