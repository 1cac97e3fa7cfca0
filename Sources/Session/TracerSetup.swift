internal import Kernel
internal import Language
internal import Output
internal import Syntax
internal import SystemPackage

/// What `skb` and scripts ask of the kernel alike before anything is attached.
struct TracerSetup {
  let facts: KernelFacts
  let streams: Streams

  /// Signals, from here on, end the session in order.
  static func installSignals() throws(SessionError) -> FileDescriptor {
    do {
      return try Signals.install()
    } catch {
      throw .cannotRun([Diagnostic(.error, "cannot handle signals: \(error)")])
    }
  }

  func tracer(
    points: Int, captureLength: Int, interface: Interface? = nil, script: KernelStore? = nil,
    process: Int32? = nil
  ) throws(SessionError) -> Tracer {
    do {
      return try Tracer(
        points: points,
        configuration: Tracer.Configuration(
          captureLength: captureLength, interface: interface, pages: pages(), process: process),
        ring: EventRing(
          bytes: Self.ringBytes(captureLength: captureLength), captureLength: captureLength),
        script: script, stacks: script == nil ? nil : StackMap())
    } catch {
      throw Self.cannotSetUp(error)
    }
  }

  static func cannotSetUp(_ failure: LoadFailure) -> SessionError {
    .cannotRun([
      Diagnostic(.error, "cannot set up tracing: \(failure.step): \(failure.reason)")
    ])
  }

  /// Where the kernel's pages are; nil, which is said, where that cannot be found out.
  func pages() -> Tracer.PageAddresses? {
    do {
      let types = facts.types?.kernel
      let size = types?.find("page", [.structure]).first.flatMap { types?.size($0) }
      return try Tracer.PageAddresses.ofRunningKernel(pageSize: UInt64(size ?? 64))
    } catch {
      streams.say(
        Diagnostic(.warning, "bytes in page fragments cannot be read: /proc/kcore: \(error)"))
      return nil
    }
  }

  /// 8 MiB, or room for some hundred packets of the largest size.
  private static func ringBytes(captureLength: Int) -> Int {
    var bytes = 8 << 20
    while bytes < captureLength * 512 { bytes *= 2 }
    return bytes
  }

  /// What a session says when all is attached.
  static func ready(_ labels: [PointLabel]) -> Diagnostic {
    let shown = labels.prefix(20).map { "\($0.name) (\($0.mechanism))" }
    let more = labels.count > shown.count ? ["\(labels.count - shown.count) more"] : []
    let points = labels.isEmpty ? "nothing" : (shown + more).joined(separator: ", ")
    return Diagnostic(.note, "tracing \(points); ^C ends it")
  }
}
