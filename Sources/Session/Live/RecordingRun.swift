internal import Kernel
internal import Language
internal import Output
internal import Runtime
internal import Syntax
internal import SystemPackage

/// A live session on a recording: with each change the script is run on all of it once more, with tables
/// that are empty.
final class RecordingRun {
  private let request: ReplayRequest
  private let streams: Streams
  private let stop: FileDescriptor
  /// Of the last run.
  private var store: MemoryStore
  private(set) var script: Script
  private(set) var exitStatus: Int32?
  var flags: DisplayFlags

  init(_ request: ReplayRequest, streams: Streams, stop: FileDescriptor) {
    self.request = request
    self.streams = streams
    self.stop = stop
    flags = request.flags
    script = Script(source: SourceText(name: "session", text: ""))
    store = MemoryStore(script)
  }

  /// The script is this one from here on.
  ///
  /// - Parameter runs: whether it is run.
  func change(to script: Script, runs: Bool) throws(SessionError) {
    guard runs else {
      store = MemoryStore(script, continuing: store)
      self.script = script
      return
    }
    var request = request
    request.flags = flags
    let session = try ReplaySession(script, request, streams: streams, stop: stop)
    exitStatus = nil
    let status = try session.run()
    if session.hasExited { exitStatus = status }
    store = session.store
    self.script = script
  }

  /// Runs `begin` of a script that has the session's tables and states.
  func ask(_ asked: Script) throws(SessionError) {
    let view = ScriptView(
      .text, flags: flags, writer: streams.output, messages: streams.messages,
      application: Version.application, allowsRun: request.allowsRun)
    var environment = PrintingEnvironment.system
    environment.usesColour = streams.wantsColour
    let runtime = ScriptRuntime(
      asked, store: MemoryStore(asked, continuing: store), output: view, points: [],
      environment: environment)
    do throws(StoreError) { try runtime.begin() } catch {
      throw .cannotRun([Diagnostic(.error, error.message)])
    }
    exitStatus = runtime.exitStatus ?? exitStatus
  }

  func rows(ofTable name: String) -> (rows: Int, refused: UInt64)? {
    script.tables.firstIndex { $0.name == name }.map {
      (store.rows(ofTable: $0).count, store.refused(table: $0))
    }
  }
}
