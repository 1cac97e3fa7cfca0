internal import CLibbpf

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

extension BpfObject {
  /// Attaches a program of the loaded object.
  ///
  /// - Parameters:
  ///   - place: one that fits the program's kind.
  ///   - cookie: what the program gets to know the place by; nil where the kernel knows no cookies.
  ///     Kinds that take none (see ``ProgramKind/takesCookie``) ignore it.
  ///   - process: where in programs: the only process that is traced; nil: all that use the file.
  package func attach(
    _ program: String = BpfObject.probe, to place: AttachPlace, cookie: UInt64? = nil,
    process: Int32? = nil
  ) throws(LoadFailure) -> BpfLink {
    LoadLog.collect()
    let handle = try find(program)
    let kind = kind(of: handle)
    let has = cookie != nil
    let number = cookie ?? 0
    let link: OpaquePointer?
    switch (place, kind) {
    case (.prepared, .fentry), (.prepared, .fexit), (.prepared, .typedTracepoint):
      link = bpf_program__attach_trace(handle)
    case (.function(let name, nil), .kprobe), (.function(let name, nil), .kretprobe):
      link = nc_attach_kprobe(handle, name, kind == .kretprobe, has, number)
    case (.function(_, let address?), .kprobe), (.function(_, let address?), .kretprobe):
      link = nc_attach_kprobe_address(handle, address, kind == .kretprobe, has, number)
    case (.function(let name, _), .kprobeMulti), (.function(let name, _), .kretprobeMulti):
      return try attachMulti(handle, [(name, number)], atReturn: kind == .kretprobeMulti)
    case (.tracepoint(let category, let name), .tracepoint):
      link = nc_attach_tracepoint(handle, category, name, has, number)
    case (.rawTracepoint(let name), .rawTracepoint):
      link = bpf_program__attach_raw_tracepoint(handle, name)
    case (.userFunction(let path, let name), .uprobe),
      (.userFunction(let path, let name), .uretprobe):
      link = nc_attach_uprobe(handle, process ?? -1, path, name, 0, kind == .uretprobe, has, number)
    case (.userOffset(let path, let offset), .uprobe),
      (.userOffset(let path, let offset), .uretprobe):
      link = nc_attach_uprobe(
        handle, process ?? -1, path, nil, offset, kind == .uretprobe, has, number)
    case (.userMark(let path, let provider, let name), .usdt):
      link = nc_attach_usdt(handle, process ?? -1, path, provider, name, number)
    default:
      throw LoadFailure(
        step: "attach", errno: EINVAL,
        log: "a program of kind \(kind.map(\.rawValue) ?? "unknown") does not fit \(place)")
    }
    guard let link else { throw LoadLog.failure("attach") }
    return BpfLink(link)
  }

  // MARK: Many functions

  /// A function among many, and what the program gets to know it by.
  package struct Member: Sendable, Equatable {
    package let name: String
    package let address: UInt64?
    package let cookie: UInt64

    package init(name: String, address: UInt64? = nil, cookie: UInt64) {
      self.name = name
      self.address = address
      self.cookie = cookie
    }
  }

  /// What came of attaching to many functions.
  package struct ManyLinks {
    /// Each with the members that it is for.
    package var links: [(link: BpfLink, members: [Member])] = []
    /// Those that the kernel does not let be probed.
    package var refused: [(member: Member, failure: LoadFailure)] = []
    /// The rest was not tried: it was told to stop.
    package var isInterrupted = false

    package init() {}
  }

  /// Attaches a kprobe or kretprobe program to many functions: in one step if it was prepared for that
  /// (``setMulti(_:)``), else one by one.
  ///
  /// What the kernel refuses is left out and told. One step is all or nothing: when it is refused, it
  /// is tried with either half, so that a few bad ones cost a few steps.
  ///
  /// - Parameters:
  ///   - hasCookies: this kernel knows them; members have to be known by their addresses if not.
  ///   - shouldStop: asked before each step.
  /// - Throws: what refuses every member alike.
  package func attachMany(
    _ program: String = BpfObject.probe, to members: [Member], hasCookies: Bool = true,
    shouldStop: () -> Bool = { false }
  ) throws(LoadFailure) -> ManyLinks {
    LoadLog.collect()
    let handle = try find(program)
    var result = ManyLinks()
    switch kind(of: handle) {
    case .kprobeMulti?, .kretprobeMulti?:
      let atReturn = kind(of: handle) == .kretprobeMulti
      var groups = members.isEmpty ? [] : [members[...]]
      while let group = groups.popLast() {
        if shouldStop() {
          result.isInterrupted = true
          return result
        }
        do throws(LoadFailure) {
          let link = try attachMulti(handle, group.map { ($0.name, $0.cookie) }, atReturn: atReturn)
          result.links.append((link, Array(group)))
        } catch {
          guard error.concernsFunctions else { throw error }
          if group.count == 1 {
            result.refused.append((group[group.startIndex], error))
          } else {
            let middle = group.startIndex + group.count / 2
            groups += [group[middle...], group[..<middle]]
          }
        }
      }
    default:
      for member in members {
        if shouldStop() {
          result.isInterrupted = true
          return result
        }
        do throws(LoadFailure) {
          let link = try attach(
            program, to: .function(member.name, address: member.address),
            cookie: hasCookies ? member.cookie : nil)
          result.links.append((link, [member]))
        } catch {
          guard error.concernsFunctions else { throw error }
          result.refused.append((member, error))
        }
      }
    }
    return result
  }

  private func attachMulti(
    _ program: OpaquePointer, _ members: [(name: String, cookie: UInt64)], atReturn: Bool
  ) throws(LoadFailure) -> BpfLink {
    LoadLog.collect()
    // All names in one buffer: where each begins is known before anything is pointed at.
    var text: [CChar] = []
    var starts: [Int] = []
    for member in members {
      starts.append(text.count)
      text += member.name.utf8CString
    }
    let cookies = members.map(\.cookie)
    let link = text.withUnsafeBufferPointer { text in
      let names = starts.map { start in text.baseAddress.map { $0 + start } }
      return names.withUnsafeBufferPointer { names in
        nc_attach_kprobe_multi(program, names.baseAddress, cookies, cookies.count, atReturn)
      }
    }
    guard let link else { throw LoadLog.failure("attach") }
    return BpfLink(link)
  }
}

extension LoadFailure {
  /// Whether it is said of certain functions, and others may do.
  fileprivate var concernsFunctions: Bool { cause == .notFound || cause == .notTraceable }
}
