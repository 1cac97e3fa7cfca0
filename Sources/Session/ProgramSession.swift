internal import Kernel
internal import Language
internal import Output
internal import Syntax
package import SystemPackage

/// `netcap mbuf` and `netcap raw` as they were typed.
package struct ProgramRequest: Sendable {
  package var packets: ProgramPackets
  /// `-p`: the traced process.
  package var process: Int32
  /// `--mbuf-offsets`
  package var mbufOffsets: String?
  /// What they have in common with `netcap skb`.
  package var common: SkbRequest

  package init(
    _ packets: ProgramPackets, process: Int32, mbufOffsets: String? = nil, common: SkbRequest
  ) {
    self.packets = packets
    self.process = process
    self.mbufOffsets = mbufOffsets
    self.common = common
  }
}

/// `netcap mbuf` or `netcap raw`, from its command line to its end: a script, whose points are in a
/// process.
package final class ProgramSession {
  private let request: ProgramRequest
  private let streams: Streams

  package init(
    _ request: ProgramRequest, standardOutput: FileDescriptor, standardError: FileDescriptor
  ) {
    self.request = request
    streams = Streams(standardOutput: standardOutput, standardError: standardError)
  }

  /// - Throws: the first error; packets that had been seen by then have been delivered.
  package func run() throws(SessionError) {
    let common = request.common
    let points: [ProgramPoint]
    let probe: Probe
    let extras: SkbExtras
    do throws(Diagnostic) {
      _ = try common.displayFlags()
      points = try PointList(SourceText(name: "-f", text: common.functions)).parsePrograms()
      // Their names and places are all that is asked of them.
      let named = points.map { Point(kind: .function, name: $0.name, place: $0.place) }
      probe = try common.probe(named)
      extras = try SkbExtras(common, points: named)
      if let offsets = request.mbufOffsets { _ = try MbufOffsets.parse(offsets) }
    } catch {
      throw SkbSession.isOfTheWorld(error) ? .cannotRun([error]) : .usage(error)
    }
    let process = try TracedProcess.find(request.process)
    let spelled = try spell(points, in: process)
    let text = try SkbScript(common, probe, extras).text(
      points: spelled, process: request.process, mbufOffsets: request.mbufOffsets)
    if common.isScript {
      streams.output.append(text)
      return try streams.drain(streams.output)
    }
    var script = common.script(text)
    script.process = request.process
    script.mbufOffsets = request.mbufOffsets
    _ = try ScriptSession(script, streams: streams, facts: KernelFacts(), process: process).run()
  }

  private func spell(
    _ points: [ProgramPoint], in process: TracedProcess
  ) throws(SessionError) -> [String] {
    let search = ProgramSearch(process)
    do throws(Diagnostic) {
      var spelled: [String] = []
      for point in points { spelled.append(try search.spelled(point, request.packets)) }
      return spelled
    } catch {
      throw .cannotRun([error])
    }
  }
}

extension TracedProcess {
  /// The process with this number.
  ///
  /// - Throws: that there is none, or what keeps it from being looked at.
  static func find(_ number: Int32) throws(SessionError) -> TracedProcess {
    let place = Diagnostic.Place(argument: "-p", String(number))
    guard number > 0 else {
      throw .usage(Diagnostic(.error, "a process has a number above 0", at: place))
    }
    do throws(Errno) {
      return try TracedProcess(number)
    } catch {
      if error == .noSuchProcess || error == .invalidArgument {
        throw .cannotRun([Diagnostic(.error, "there is no process \(number)", at: place)])
      }
      throw .cannotRun([
        Diagnostic(
          .error, "process \(number) cannot be looked at: \(error)", at: place,
          hints: ["run it as root: sudo netcap …"])
      ])
    }
  }
}
