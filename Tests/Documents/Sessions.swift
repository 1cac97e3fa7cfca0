package import Foundation

/// Sessions of the prompt: what a document shows is typed line by line, and each answer is awaited.
extension Documents {
  private static let prompts = ["netcap> ", "   ...> "]

  static func steps(_ lines: ArraySlice<String>, of example: Example) throws -> [Example.Step] {
    var steps: [(typed: String, shown: [String])] = []
    for line in lines {
      if let prompt = prompts.first(where: { line.hasPrefix($0) }) {
        steps.append((String(line.dropFirst(prompt.count)), []))
      } else if steps.isEmpty {
        throw Problem(description: "\(example): expected 'netcap> '")
      } else {
        steps[steps.count - 1].shown.append(line)
      }
    }
    return try steps.map {
      let step = Example.Step(typed: $0.typed, shown: $0.shown.joined(separator: "\n"))
      let isChecked = example.isExact || example.phrases.contains { step.shown.contains($0) }
      if !step.shown.isEmpty, !isChecked {
        throw Problem(description: "\(example): no phrase is in the answer to '\(step.typed)'")
      }
      return step
    }
  }
}

extension Example {
  /// Runs it.
  ///
  /// - Parameter patience: for each answer of a session.
  /// - Returns: what is not as the document says; nil: nothing.
  package func problem(in folder: URL, patience: Duration = .seconds(240)) throws -> String? {
    if steps.isEmpty { return problem(with: try Documents.run(command, in: folder)) }
    let file = folder.appendingPathComponent(".output-\(UUID().uuidString)")
    defer { unlink(file.path) }
    guard FileManager.default.createFile(atPath: file.path, contents: nil) else {
      throw Documents.Problem(description: "cannot make \(file.path)")
    }
    // Who has ended reads no more.
    signal(SIGPIPE, SIG_IGN)
    let output = try FileHandle(forWritingTo: file)
    let input = Pipe()
    let process = Documents.process(command, in: folder, seconds: 900)
    process.standardInput = input
    process.standardOutput = output
    process.standardError = output
    try process.run()
    // Children of a test's thread have SIGTERM blocked; timeout(1) leads a group of its own.
    defer { if process.isRunning { kill(-process.processIdentifier, SIGKILL) } }
    for step in steps {
      let before = try Data(contentsOf: file).count
      do {
        try input.fileHandleForWriting.write(contentsOf: Data((step.typed + "\n").utf8))
      } catch {
        return "\(self): ended before '\(step.typed)'\n\(try text(file))"
      }
      if isExact { continue }
      if let missing = try missing(step, in: file, from: before, process, patience) {
        return "\(self): '\(missing)' is not said to '\(step.typed)'\n\(try text(file))"
      }
    }
    try input.fileHandleForWriting.close()
    process.waitUntilExit()
    try output.close()
    let run = (status: process.terminationStatus, output: try text(file))
    if !isExact, run.status == status { return nil }
    if run.status != status { return "\(self): status \(run.status)\n\(run.output)" }
    let all = steps.map { $0.shown.isEmpty ? "" : $0.shown + "\n" }.joined()
    return run.output == all ? nil : "\(self): not as shown:\n\(run.output)"
  }

  /// The first of the phrases in an answer that is not said in time.
  private func missing(
    _ step: Step, in file: URL, from start: Int, _ process: Process, _ patience: Duration
  ) throws -> String? {
    var awaited = phrases.filter { step.shown.contains($0) }
    let deadline = ContinuousClock.now + patience
    while true {
      let isOver = !process.isRunning || .now > deadline
      let said = String(decoding: try Data(contentsOf: file).dropFirst(start), as: UTF8.self)
      awaited.removeAll { said.contains($0) }
      if awaited.isEmpty || isOver { return awaited.first }
      usleep(30_000)
    }
  }

  private func text(_ file: URL) throws -> String {
    String(decoding: try Data(contentsOf: file), as: UTF8.self)
  }
}
