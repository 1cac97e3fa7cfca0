internal import CBpf
internal import CLibbpf
package import Language
package import Lowering
package import Packets
package import Syntax

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// A script's probe in this machine's kernel, run over packets one at a time (BPF_PROG_TEST_RUN): the
/// same C that runs at a point, but for where packets and the kernel's values come from.
package final class ScriptRun {
  package enum Failure: Error {
    case lower(Diagnostic)
    /// A C block of the script is wrong.
    case userC(CMistakes)
    case compile(Clang.Failure, c: String)
    case load(LoadFailure)
  }

  /// What a body is run on.
  package struct Input {
    /// What was captured of the packet; nil: there is none.
    package var packet: (bytes: [UInt8], length: Int, link: LinkType)?
    package var time: UInt64 = 0
    package var skb: UInt64 = 0
    package var cgroup: UInt64 = 0
    package var cpu: UInt32 = 0
    package var processID: UInt32 = 0
    package var threadID: UInt32 = 0
    package var command = ""
    package var function = ""
    /// 0: there is no interface, and no namespace.
    package var interfaceIndex: UInt32 = 0
    package var interfaceName = ""
    package var namespace: UInt32 = 0
    /// What the kernel would be read for, by ``KernelRead/text``; others are absent.
    package var reads: [String: [UInt64]] = [:]

    package init() {}

    package init(_ bytes: [UInt8], length: Int? = nil, link: LinkType = .ethernet) {
      packet = (bytes, length ?? bytes.count, link)
    }
  }

  /// What became of it.
  package struct Outcome: Equatable, Sendable {
    /// Every `filter` and `where` that was come to let it through.
    package let accepted: Bool
    /// A filter could not read what it looks at.
    package let isUnreadable: Bool
    /// The field words of each event: the presence word, then the fields'. Empty without fields.
    package let emissions: [[UInt64]]
    /// Bytes kept of the packet, for each event.
    package let captures: [Int]
  }

  private final class Loaded {
    let object: BpfObject
    init(_ object: consuming BpfObject) { self.object = object }
  }

  /// What `lower()` made.
  package let lowered: LoweredScript
  /// The script's tables and states.
  package let store: KernelStore
  private let object: Loaded
  private let program: Int32
  private let input: UnsafeMutableRawBufferPointer
  private let result: UnsafeMutableRawBufferPointer
  private let fieldWords: Int

  /// Compiles and loads a probe.
  ///
  /// - Parameters:
  ///   - window: bytes that are read at once; a small one has the others read one by one, and no
  ///     packet is the usual one.
  ///   - types: the kernel's, which C blocks name.
  package init(
    _ script: Script, probe: Int = 0, clang: Clang, window: Int = ScriptUnit.standardWindow,
    hasCompareExchange: Bool = true, types: TypeInformation? = nil
  ) throws(Failure) {
    let lowered: LoweredScript
    do {
      lowered = try ScriptUnit(
        script: script, probe: probe, mechanism: .run, point: nil,
        hasCompareExchange: hasCompareExchange,
        triesUsualForm: window == ScriptUnit.standardWindow, window: window
      ).lower()
    } catch {
      throw .lower(error)
    }
    let elf: [UInt8]
    do throws(Clang.UserFailure) {
      let user = try lowered.userC.map { user throws(Clang.UserFailure) in
        try clang.userText(for: user, types: types)
      }
      elf = try Self.compile(lowered, clang, userC: user ?? "")
    } catch {
      switch error {
      case .clang(let failure): throw .compile(failure, c: lowered.c)
      case .mistakes(let mistakes): throw .userC(mistakes)
      case .types(let error): throw .compile(.system("the kernel's types", error), c: lowered.c)
      }
    }
    self.lowered = lowered
    do throws(LoadFailure) {
      store = try KernelStore(script, hasCompareExchange: hasCompareExchange) { 0 }
      LoadLog.collect()
      let one = try BpfObject(elf)
      try store.share(with: one)
      try one.load()
      input = try one.memory(ofMap: "nc_run_input")
      result = try one.memory(ofMap: "nc_run_result")
      program = try one.descriptor(of: "nc_run_script")
      object = Loaded(one)
    } catch {
      throw .load(error)
    }
    let fields = script.probes[probe].fields
    fieldWords = fields.isEmpty ? 0 : ScriptMaps.keyWords(fields.map(\.type))
  }

  private static func compile(
    _ lowered: LoweredScript, _ clang: Clang, userC: String
  ) throws(Clang.UserFailure) -> [UInt8] {
    do {
      return try clang.object(for: lowered, userC: userC)
    } catch {
      throw .clang(error)
    }
  }

  deinit {
    munmap(input.baseAddress, input.count)
    munmap(result.baseAddress, result.count)
  }

  /// Runs the body once.
  package func run(on given: Input) throws(Failure) -> Outcome {
    var around = nc_run_surroundings()
    let bytes = given.packet?.bytes ?? []
    precondition(bytes.count <= Int(NC_RUN_PACKET_MAX))
    around.packet.captured_len = UInt32(bytes.count)
    around.packet.packet_len = UInt32(clamping: given.packet?.length ?? 0)
    switch given.packet?.link {
    case .ethernet?: around.link = NC_LINK_ETHERNET.rawValue
    case .rawIP?: around.link = NC_LINK_NONE.rawValue
    case nil: break
    }
    around.cpu = given.cpu
    around.time_ns = given.time
    around.skb = given.skb
    around.cgroup = given.cgroup
    around.tgid = given.processID
    around.tid = given.threadID
    around.ifindex = given.interfaceIndex
    around.netns = given.namespace
    withUnsafeMutableBytes(of: &around.comm) { $0.copyBytes(from: given.command.utf8.prefix(15)) }
    withUnsafeMutableBytes(of: &around.ifname) {
      $0.copyBytes(from: given.interfaceName.utf8.prefix(15))
    }
    withUnsafeMutableBytes(of: &around.function) {
      $0.copyBytes(from: given.function.utf8.prefix(64))
    }
    for (index, read) in lowered.reads.enumerated() {
      guard let words = given.reads[read.read.text] else { continue }
      around.reads_present |= 1 << UInt64(index)
      withUnsafeMutableBytes(of: &around.reads) { memory in
        for (at, word) in words.prefix(read.words).enumerated() {
          memory.storeBytes(of: word, toByteOffset: 8 * (read.first + at), as: UInt64.self)
        }
      }
    }
    input.storeBytes(of: around, as: nc_run_surroundings.self)
    let start = input.baseAddress! + MemoryLayout<nc_run_surroundings>.size
    bytes.withUnsafeBytes { source in
      if let base = source.baseAddress { start.copyMemory(from: base, byteCount: source.count) }
    }
    // What follows a short packet in the window must not decide anything.
    memset(start + bytes.count, 0xa5, min(256, Int(NC_RUN_PACKET_MAX) - bytes.count))
    let frame: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    var value: UInt32 = 0
    let error = withUnsafeBytes(of: frame) {
      nc_test_run(program, $0.baseAddress, UInt32($0.count), &value)
    }
    guard error == 0, value == 0 else {
      errno = error == 0 ? EIO : -error
      throw .load(LoadLog.failure("test run"))
    }
    return outcome()
  }

  private func outcome() -> Outcome {
    func u32(_ offset: Int) -> UInt32 {
      result.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
    }
    let outcome = u32(0)
    let count = Int(u32(4))
    let fieldsAt = 8 + 4 * Int(NC_RUN_EMISSIONS)
    return Outcome(
      accepted: outcome == NC_HANDLED.rawValue,
      isUnreadable: outcome == NC_UNREADABLE.rawValue,
      emissions: (0..<count).map { emission in
        (0..<fieldWords).map {
          result.loadUnaligned(
            fromByteOffset: fieldsAt + 8 * (emission * Int(NC_RUN_FIELD_WORDS) + $0),
            as: UInt64.self)
        }
      },
      captures: (0..<count).map { Int(u32(8 + 4 * $0)) })
  }
}
