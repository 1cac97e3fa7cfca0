import Foundation
import Kernel
import Language
import Library
import Lowering
import Session
import Syntax
import Testing

extension InGuest {
  /// Scripts of the collection that ships, as far as their probes can be lowered: this kernel takes them.
  @Suite struct CollectionTests {
    /// All of them take long in an emulated machine: `NETCAP_TEST_ALL` has them all tried.
    private static let names =
      ProcessInfo.processInfo.environment["NETCAP_TEST_ALL"] != nil
      ? Stdlib.names : ["dnslat", "drops", "tcplife", "tcp-trace"]

    @Test(arguments: names)
    func probesAreTaken(name: String) throws {
      let source = try #require(Stdlib.script(named: name))
      let facts = KernelFacts()
      let outcome = ScriptLoader(library: ScriptLibrary(folders: []), reserved: []).load(
        ScriptFile(source: source, origin: .stdlib), types: facts.scriptTypes, arguments: [])
      let script = try #require(
        outcome.script, "\(outcome.diagnostics.map { $0.rendered() }.joined(separator: "\n"))")
      let hasExchange = facts.features.compareExchange.isAvailable
      let store = try KernelStore(script, hasCompareExchange: hasExchange)
      let points = script.probes.enumerated().flatMap { index, probe in
        probe.points.map { (index, $0) }
      }
      let tracer = try Tracer(
        points: max(1, points.count),
        configuration: .init(captureLength: 65535, interface: nil, pages: nil),
        ring: EventRing(bytes: 1 << 20, captureLength: 65535), script: store, stacks: StackMap())
      let clang = try #require(Clang.find())
      for (number, (probe, point)) in points.enumerated() {
        for mechanism in ScriptUnit.mechanisms(for: point, in: script, probe: probe) {
          let unit = ScriptUnit(
            script: script, probe: probe, mechanism: mechanism, point: point,
            hasCompareExchange: hasExchange)
          let object: ScriptObject
          do {
            object = try ScriptObject(try unit.lower(), of: unit, clang: clang, types: nil)
          } catch {
            Issue.record("\(name) by \(mechanism): \(error)")
            continue
          }
          let cookies = facts.features.kprobeCookie.isAvailable
          do throws(LoadFailure) {
            try tracer.attach(
              object.object,
              to: Tracer.Target(
                point, by: mechanism,
                address: mechanism == .kprobe && !cookies ? UInt64(number + 1) : nil),
              point: number)
          } catch {
            Issue.record(
              """
              \(name) by \(mechanism): \(object.diagnostic(error, unit: unit).rendered())
              \(error.log.suffix(1500))
              """)
          }
        }
      }
    }
  }
}
