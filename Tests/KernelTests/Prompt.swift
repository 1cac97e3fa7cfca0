import Foundation
import Processes
import SystemPackage

/// `netcap repl` with lines that are written to it one by one, and what it says so far.
final class Prompt {
  private static let limit = Duration.seconds(120)
  let process: Running
  private var input: Processes.Pipe
  private var seen = 0

  init(_ arguments: String..., environment: [String: String] = [:]) throws {
    input = try Processes.Pipe()
    process = try Running(
      Netcap.binary, ["repl"] + arguments, environment: environment,
      standardInput: input.readEnd)
    input.closeReadEnd()
  }

  /// Types a line.
  func enter(_ line: String) throws { try input.writeEnd!.writeAll((line + "\n").utf8) }

  var text: String { get throws { String(decoding: try process.output, as: UTF8.self) } }

  /// Types a line and waits until something appears in what is said from then on.
  ///
  /// - Returns: what was said until then.
  @discardableResult
  func enter(_ line: String, until answer: String) throws -> String {
    seen = try process.output.count
    try enter(line)
    return try wait(for: answer)
  }

  /// Waits until something appears behind what was said when the last line was typed.
  @discardableResult
  func wait(for answer: String) throws -> String {
    var text = ""
    let appeared = try eventually(within: Self.limit) {
      text = String(decoding: try process.output.dropFirst(seen), as: UTF8.self)
      return text.contains(answer)
    }
    if !appeared {
      throw Failed("'\(answer)' was not said: \(try self.text)\n\(try process.errors)")
    }
    return text
  }

  /// What `:probes` says of a probe, column by column.
  func probe(_ name: String) throws -> [String] {
    let mark = "mark \(UUID().uuidString)"
    try enter(":probes")
    let text = try enter("print \"\(mark)\"", until: mark)
    let lines = (try self.text).components(separatedBy: "\n")
    guard let line = lines.last(where: { $0.hasPrefix("\(name) ") }) else {
      throw Failed("no row of '\(name)': \(text)")
    }
    return line.split(separator: " ").map(String.init)
  }

  /// No more lines: the session ends.
  func end() throws -> Netcap.Outcome {
    input.closeWriteEnd()
    let status = try process.wait(within: .seconds(120))
    return Netcap.Outcome(
      status: status, output: try process.output, errors: try process.errors)
  }
}
