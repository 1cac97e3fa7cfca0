internal import CBpf
internal import CLibbpf
package import Lowering
internal import SystemPackage

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Packet filters in this machine's kernel, run over packets one at a time (BPF_PROG_TEST_RUN): the
/// same C that judges packets at a probe.
package struct FilterRun: ~Copyable {
  package enum Failure: Error {
    case compile(Clang.Failure)
    case load(LoadFailure)
  }

  /// What one form of a filter said.
  package enum Verdict: Equatable, Sendable {
    case match
    case noMatch
    /// The fast form cannot tell: ask the slow one.
    case retry
    /// The slow form: bytes could not be read, or too many headers are chained.
    case fault
    /// The fast form was not run: fewer bytes were captured than it looks at.
    case notAsked
    /// A number that no form may return.
    case unknown(UInt32)

    fileprivate init(_ number: UInt32) {
      switch number {
      case 0: self = .noMatch
      case 1: self = .match
      case 2: self = .retry
      case 3: self = .fault
      case 255: self = .notAsked
      default: self = .unknown(number)
      }
    }
  }

  package struct Verdicts: Equatable, Sendable {
    package let fast: Verdict
    package let slow: Verdict

    /// What a probe would make of them.
    package var final: Verdict { fast == .retry || fast == .notAsked ? slow : fast }

    /// Both forms say so, the fast one if it says anything.
    package func agree(with matches: Bool) -> Bool {
      let right: Verdict = matches ? .match : .noMatch
      return slow == right && [right, .retry, .notAsked].contains(fast)
    }
  }

  /// The longest captured packet that can be run: pcap's limit.
  package static let packetLimit = Int(NC_RUN_PACKET_MAX)

  private let object: OpaquePointer
  private let programs: [Int32]
  private let alignments: [Int]
  private let input: UnsafeMutableRawBufferPointer

  /// Compiles and loads the unit's programs.
  package init(_ unit: FilterRunUnit, clang: Clang) throws(Failure) {
    let (c, filters) = unit.lower()
    let elf: [UInt8]
    do {
      elf = try clang.object(for: EmbeddedSources.amalgamate(c))
    } catch {
      throw .compile(error)
    }
    LoadLog.collect()
    guard
      let object = elf.withUnsafeBytes({ nc_object_open($0.baseAddress, $0.count, "netcap") })
    else { throw .load(LoadLog.failure("open")) }
    let programs: [Int32]
    let input: UnsafeMutableRawBufferPointer
    do throws(LoadFailure) {
      if bpf_object__load(object) != 0 { throw LoadLog.failure("load") }
      programs = try unit.members.indices.map { index throws(LoadFailure) in
        let name = FilterRunUnit.programName(index)
        guard let program = bpf_object__find_program_by_name(object, name) else {
          throw LoadLog.failure("open")
        }
        return bpf_program__fd(program)
      }
      input = try Self.mapInput(of: object)
    } catch {
      bpf_object__close(object)
      throw .load(error)
    }
    self.object = object
    self.programs = programs
    self.input = input
    alignments = filters.map(\.alignment)
  }

  deinit {
    munmap(input.baseAddress, input.count)
    bpf_object__close(object)
  }

  /// Runs both forms of a member over a packet.
  ///
  /// - Parameters:
  ///   - bytes: what was captured of the packet, at most ``packetLimit``.
  ///   - packetLength: how long it was.
  package mutating func run(
    _ member: Int, on bytes: UnsafeRawBufferPointer, packetLength: Int
  ) throws(Failure) -> Verdicts {
    precondition(bytes.count <= Self.packetLimit)
    var header = nc_run_packet()
    header.captured_len = UInt32(bytes.count)
    header.packet_len = UInt32(clamping: packetLength)
    input.storeBytes(of: header, as: nc_run_packet.self)
    let start = input.baseAddress! + MemoryLayout<nc_run_packet>.size + alignments[member]
    if let source = bytes.baseAddress { start.copyMemory(from: source, byteCount: bytes.count) }
    // What follows a short packet in the window must not decide anything.
    memset(start + bytes.count, 0xa5, FilterWindow.limit)
    // Test-run wants an Ethernet frame; nothing looks at it.
    let frame: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    var result: UInt32 = 0
    let error = withUnsafeBytes(of: frame) {
      nc_test_run(programs[member], $0.baseAddress, UInt32($0.count), &result)
    }
    guard error == 0 else {
      errno = -error
      throw .load(LoadLog.failure("test run"))
    }
    return Verdicts(fast: Verdict(result & 0xff), slow: Verdict(result >> 8))
  }

  /// The map's one value, in this process's memory.
  private static func mapInput(
    of object: OpaquePointer
  ) throws(LoadFailure) -> UnsafeMutableRawBufferPointer {
    guard let map = bpf_object__find_map_by_name(object, "nc_run_input") else {
      throw LoadLog.failure("open")
    }
    let size = Int(bpf_map__value_size(map))
    let memory = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(map), 0)
    guard let memory, memory != MAP_FAILED else { throw LoadLog.failure("map memory") }
    return UnsafeMutableRawBufferPointer(start: memory, count: size)
  }
}
