import Foundation

/// Packets that are numbered, one after the other, in a thread of their own.
// What that thread writes is read when it has ended.
final class Numbers: @unchecked Sendable {
  private let receiver: Socket
  private let sender: Socket
  private let lock = NSLock()
  private var isEnding = false
  private var sent = 0
  private var problem: (any Error)?
  private let done = DispatchSemaphore(value: 0)

  /// - Parameter pause: microseconds between two packets.
  init(in network: Network, port: UInt16, pause: UInt32 = 5_000) throws {
    receiver = try Socket(.udp, in: network.server)
    try receiver.bind(Network.serverAddress, port)
    sender = try Socket(.udp, in: network.client)
    try sender.connect(Network.serverAddress, port)
    let thread = Thread { [self] in
      do {
        while !lock.withLock({ isEnding }) {
          try sender.send(withUnsafeBytes(of: UInt32(sent).bigEndian) { Array($0) })
          sent += 1
          if pause > 0 { usleep(pause) }
        }
      } catch {
        problem = error
      }
      done.signal()
    }
    thread.start()
  }

  /// - Returns: how many were sent.
  func end() throws -> Int {
    lock.withLock { isEnding = true }
    done.wait()
    if let problem { throw problem }
    return sent
  }
}
