import CNamespace
import Foundation
import SystemPackage

/// A network namespace of its own name.
struct Namespace {
  let name: String

  /// Runs `body` on this thread, in the namespace. Sockets and processes that it makes stay there.
  func within<Result: ~Copyable>(_ body: () throws -> Result) throws -> Result {
    let own = try FileDescriptor.open("/proc/thread-self/ns/net", .readOnly, options: .closeOnExec)
    let other = try FileDescriptor.open(
      FilePath("/run/netns/\(name)"), .readOnly, options: .closeOnExec)
    defer {
      precondition(nc_enter_network(own.rawValue) == 0, "there is no way back")
      for file in [own, other] { do { try file.close() } catch {} }
    }
    let result = nc_enter_network(other.rawValue)
    guard result == 0 else { throw Errno(rawValue: -result) }
    return try body()
  }

  /// Inode number, by which the kernel's structures name it.
  var inode: UInt32 {
    var info = stat()
    return stat("/run/netns/\(name)", &info) == 0 ? UInt32(truncatingIfNeeded: info.st_ino) : 0
  }
}

/// Two namespaces with a cable between them: `veth0` of the client, 10.9.0.1 and fd00:9::1, and
/// `veth0` of the server, 10.9.0.2 and fd00:9::2. Gone with this value.
final class Network {
  static let clientAddress = "10.9.0.1"
  static let serverAddress = "10.9.0.2"

  let client: Namespace
  let server: Namespace

  init() throws {
    let tag = UUID().uuidString.prefix(8)
    client = Namespace(name: "netcap-client-\(tag)")
    server = Namespace(name: "netcap-server-\(tag)")
    for end in [client, server] { try run("ip", "netns", "add", end.name) }
    try run(
      "ip", "link", "add", "veth0", "netns", client.name, "type", "veth", "peer", "name", "veth0",
      "netns", server.name)
    for (end, last) in [(client, 1), (server, 2)] {
      let settings = [
        "link set lo up", "address add 10.9.0.\(last)/24 dev veth0",
        "address add fd00:9::\(last)/64 dev veth0 nodad", "link set veth0 up",
      ]
      for setting in settings { try run("ip", ["-n", end.name] + setting.words) }
    }
  }

  deinit {
    for end in [client, server] {
      do { try run("ip", "netns", "delete", end.name) } catch { print(error) }
    }
  }

  /// Has the two ends send frames as a cable would carry them: whole, with checksums.
  func withoutOffloads() throws {
    for end in [client, server] {
      try run("ethtool", "-K veth0 tx off gso off tso off gro off".words, in: end)
    }
  }

  /// Echo requests from the client, all of which have to be answered.
  func ping(_ address: String = serverAddress, count: Int = 2) throws {
    try run("ping", "-c", "\(count)", "-i", "0.2", "-W", "10", "-n", address, in: client)
  }
}

extension String {
  var words: [String] { split(separator: " ").map(String.init) }
}
