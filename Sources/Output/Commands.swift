internal import Glibc
internal import Processes
internal import Syntax
internal import SystemPackage

/// Runs the commands of a script, without a shell. What they print goes to standard error: standard
/// output has one writer.
final class Commands {
  /// A process that runs.
  private final class Running {
    var child: Child

    init(_ child: consuming Child) { self.child = child }
  }

  private let messages: Writer
  private var running: [Running] = []
  private var waiting: [[String]] = []

  private static let limit = 16
  /// A script that starts commands faster than they end loses some, and is told of it.
  private static let queueLimit = 4096
  private(set) var refused: UInt64 = 0

  init(messages: Writer) {
    self.messages = messages
  }

  func run(_ command: [String]) {
    reap()
    if running.count < Commands.limit {
      start(command)
    } else if waiting.count < Commands.queueLimit {
      waiting.append(command)
    } else {
      refused += 1
    }
  }

  var isIdle: Bool { running.isEmpty && waiting.isEmpty }

  /// Takes note of commands that have ended, and starts those that wait.
  func reap() {
    if running.isEmpty, waiting.isEmpty { return }
    running.removeAll { $0.child.poll() != nil }
    while running.count < Commands.limit, !waiting.isEmpty { start(waiting.removeFirst()) }
  }

  private func start(_ command: [String]) {
    guard let name = command.first else { return }
    guard let executable = findExecutable(name) else {
      return say("there is no command '\(name)'")
    }
    do {
      let nothing = try FileDescriptor.open("/dev/null", .readOnly, options: .closeOnExec)
      defer { Glibc.close(nothing.rawValue) }
      let child = try Child(
        executable: executable, arguments: Array(command.dropFirst()),
        environment: currentEnvironment(), standardInput: nothing, standardOutput: .standardError,
        standardError: .standardError)
      running.append(Running(child))
    } catch {
      say("cannot run '\(name)': \(error)")
    }
  }

  private func say(_ text: String) {
    messages.append(Diagnostic(.warning, text).rendered() + "\n")
  }

  /// Ends those that still run.
  func abandon() {
    waiting = []
    running = []
  }
}
