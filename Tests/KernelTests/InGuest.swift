import Foundation
import Testing

/// What follows acts on the running kernel, as root. `scripts/test` runs it in a guest; the tests
/// come one after the other, because each looks at what the whole kernel does.
@Suite(
  .serialized,
  .enabled(
    if: ProcessInfo.processInfo.environment["NETCAP_KERNEL_TESTS"] != nil,
    "these tests act on the kernel: scripts/test runs them in a guest"))
enum InGuest {}

/// Something that did not come about in time, or not at all.
struct Failed: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// Asks again and again until the answer is yes; false when the time is over.
func eventually(within limit: Duration, _ answer: () throws -> Bool) rethrows -> Bool {
  let deadline = ContinuousClock.now + limit
  while true {
    if try answer() { return true }
    if ContinuousClock.now > deadline { return false }
    usleep(20_000)
  }
}
