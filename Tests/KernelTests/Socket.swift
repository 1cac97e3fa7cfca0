import Foundation
import SystemPackage

/// A socket in a namespace. Whatever may wait does so for 20 seconds at most.
final class Socket {
  enum Kind {
    case udp, tcp

    fileprivate var type: Int32 {
      switch self {
      case .udp: Int32(SOCK_DGRAM.rawValue)
      case .tcp: Int32(SOCK_STREAM.rawValue)
      }
    }
  }

  private let descriptor: Int32

  init(_ kind: Kind, family: Int32 = AF_INET, in namespace: Namespace) throws {
    descriptor = try namespace.within { try check(socket(family, kind.type | 0o2000000, 0)) }
    var limit = timeval(tv_sec: 20, tv_usec: 0)
    for option in [SO_RCVTIMEO, SO_SNDTIMEO] { try set(option, &limit) }
    var yes: Int32 = 1
    try set(SO_REUSEADDR, &yes)
  }

  private init(_ descriptor: Int32) { self.descriptor = descriptor }

  deinit { close(descriptor) }

  private func set<Value: BitwiseCopyable>(_ option: Int32, _ value: inout Value) throws {
    try check(
      setsockopt(descriptor, SOL_SOCKET, option, &value, socklen_t(MemoryLayout<Value>.size)))
  }

  private func withAddress(
    _ address: String, _ port: UInt16,
    _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
  ) throws {
    if address.contains(":") { return try withAddress6(address, port, body) }
    var place = sockaddr_in()
    place.sin_family = sa_family_t(AF_INET)
    place.sin_port = port.bigEndian
    guard inet_pton(AF_INET, address, &place.sin_addr) == 1 else { throw Errno.invalidArgument }
    try pass(&place, to: body)
  }

  private func withAddress6(
    _ address: String, _ port: UInt16,
    _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
  ) throws {
    var place = sockaddr_in6()
    place.sin6_family = sa_family_t(AF_INET6)
    place.sin6_port = port.bigEndian
    guard inet_pton(AF_INET6, address, &place.sin6_addr) == 1 else { throw Errno.invalidArgument }
    try pass(&place, to: body)
  }

  /// Hands over an address of either family as the calls take one.
  private func pass<Address>(
    _ place: inout Address, to body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
  ) throws {
    try check(
      withUnsafePointer(to: &place) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          body($0, socklen_t(MemoryLayout<Address>.size))
        }
      })
  }

  func bind(_ address: String, _ port: UInt16) throws {
    try withAddress(address, port) { Glibc.bind(descriptor, $0, $1) }
  }

  func connect(_ address: String, _ port: UInt16) throws {
    try withAddress(address, port) { Glibc.connect(descriptor, $0, $1) }
  }

  func listen() throws { try check(Glibc.listen(descriptor, 8)) }

  func accept() throws -> Socket { Socket(try check(Glibc.accept(descriptor, nil, nil))) }

  func send(_ bytes: [UInt8]) throws {
    let sent = bytes.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress!, $0.count, 0) }
    guard sent == bytes.count else { throw Errno(rawValue: errno) }
  }

  /// Sends a datagram to an address, without being connected.
  func send(_ bytes: [UInt8], to address: String, _ port: UInt16) throws {
    try withAddress(address, port) { place, size in
      Int32(
        bytes.withUnsafeBytes { sendto(descriptor, $0.baseAddress!, $0.count, 0, place, size) })
    }
  }

  /// Sends what there is room for, by sendfile(2); how much that was.
  func sendFile(_ file: FileDescriptor, from offset: Int, count: Int) throws -> Int {
    var offset = off_t(offset)
    let flags = fcntl(descriptor, F_GETFL)
    try check(fcntl(descriptor, F_SETFL, flags | O_NONBLOCK))
    defer { _ = fcntl(descriptor, F_SETFL, flags) }
    let sent = sendfile(descriptor, file.rawValue, &offset, count)
    if sent < 0 {
      if errno == EAGAIN { return 0 }
      throw Errno(rawValue: errno)
    }
    return sent
  }

  /// The next bytes; none where the other side has ended.
  func receive(limit: Int = 1 << 20) throws -> [UInt8] {
    let bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
      count = recv(descriptor, buffer.baseAddress!, buffer.count, 0)
      if count < 0 { count = 0 }
    }
    return bytes
  }

  /// Ends the sending side.
  func finish() throws { try check(shutdown(descriptor, Int32(SHUT_WR))) }
}

@discardableResult
private func check(_ result: Int32) throws -> Int32 {
  guard result >= 0 else { throw Errno(rawValue: errno) }
  return result
}

extension Network {
  /// Sends the file's bytes from the client to the server over TCP; what the server received.
  func transfer(_ content: [UInt8], port: UInt16) throws -> [UInt8] {
    let scratch = try Scratch()
    try Data(content).write(to: URL(fileURLWithPath: scratch.file("sent")))
    let file = try FileDescriptor.open(
      FilePath(scratch.file("sent")), .readOnly, options: .closeOnExec)
    let listener = try Socket(.tcp, in: server)
    try listener.bind(Network.serverAddress, port)
    try listener.listen()
    let sender = try Socket(.tcp, in: client)
    try sender.connect(Network.serverAddress, port)
    let receiver = try listener.accept()
    var sent = 0
    var received: [UInt8] = []
    while received.count < content.count {
      if sent < content.count {
        sent += try sender.sendFile(file, from: sent, count: content.count - sent)
        if sent == content.count { try sender.finish() }
      }
      let more = try receiver.receive()
      if more.isEmpty { break }
      received += more
    }
    try file.close()
    return received
  }

  /// Sends datagrams from the client to the server; the last one has arrived when this returns.
  func datagrams(_ payloads: [[UInt8]], port: UInt16) throws {
    let receiver = try Socket(.udp, in: server)
    try receiver.bind(Network.serverAddress, port)
    let sender = try Socket(.udp, in: client)
    try sender.connect(Network.serverAddress, port)
    for payload in payloads {
      try sender.send(payload)
      guard try receiver.receive().count == payload.count else {
        throw Failed("a datagram of \(payload.count) bytes did not arrive")
      }
    }
  }
}
