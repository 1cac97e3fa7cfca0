package import Language

/// What a program is attached to, and what it is given there: its section in the object says so.
package enum ProgramKind: String, Sendable, Equatable, Hashable, CaseIterable {
  /// At a function's entry, by a trampoline: the arguments, typed.
  case fentry
  /// At its return, by a trampoline: the arguments as they were passed, then the result.
  case fexit
  /// At a function's entry: the registers.
  case kprobe
  /// At its return: the registers, the result among them.
  case kretprobe
  /// The same two at many functions in one step.
  case kprobeMulti = "kprobe.multi"
  case kretprobeMulti = "kretprobe.multi"
  /// At a tracepoint: its arguments, typed.
  case typedTracepoint = "tp_btf"
  /// At a tracepoint: its arguments as numbers.
  case rawTracepoint = "raw_tp"
  /// At an event of tracefs: its record.
  case tracepoint = "tp"
  /// In a program: the registers.
  case uprobe
  case uretprobe
  /// At a mark of a program: the registers; libbpf tells where the arguments are.
  case usdt

  /// Of a program's section: `fentry`, `fentry/icmp_rcv`, `kretprobe`.
  package init?(section: String) {
    switch section.prefix(while: { $0 != "/" }) {
    case "tracepoint": self = .tracepoint
    case "raw_tracepoint": self = .rawTracepoint
    case let name: self.init(rawValue: String(name))
    }
  }

  /// The verifier wants to know the function or tracepoint, so that each needs a program of its own,
  /// prepared before it is loaded; the others can be attached to several points.
  package var isForOneTarget: Bool {
    switch self {
    case .fentry, .fexit, .typedTracepoint: true
    case .kprobe, .kretprobe, .kprobeMulti, .kretprobeMulti, .rawTracepoint, .tracepoint, .uprobe,
      .uretprobe, .usdt:
      false
    }
  }

  /// The kernel hands the program the number that was given when it was attached, if it knows such
  /// cookies at all.
  package var takesCookie: Bool {
    switch self {
    case .kprobe, .kretprobe, .kprobeMulti, .kretprobeMulti, .tracepoint, .uprobe, .uretprobe:
      true
    // A mark's is kept with its description: see bpf/usdt.h.
    case .usdt: true
    case .fentry, .fexit, .typedTracepoint, .rawTracepoint: false
    }
  }

  /// What a program at this kind of point may be, the best first.
  ///
  /// - Parameters:
  ///   - usesRecord: the body reads a tracepoint's record, not its arguments.
  ///   - isMany: there are several points of the kind, for one program.
  package static func candidates(
    for kind: ScriptPoint.Kind, usesRecord: Bool = false, isMany: Bool = false
  ) -> [ProgramKind] {
    switch kind {
    case .function: isMany ? [.kprobeMulti, .kprobe] : [.fentry, .kprobe]
    case .kprobe: isMany ? [.kprobeMulti, .kprobe] : [.kprobe]
    case .fentry: [.fentry]
    case .functionReturn: isMany ? [.kretprobeMulti, .kretprobe] : [.fexit, .kretprobe]
    case .fexit: [.fexit]
    case .tracepoint: usesRecord ? [.tracepoint] : [.typedTracepoint, .tracepoint]
    case .rawTracepoint: [.rawTracepoint]
    case .userFunction: [.uprobe]
    case .userReturn: [.uretprobe]
    case .userMark: [.usdt]
    }
  }
}

/// Where a program is attached.
package enum AttachPlace: Sendable, Equatable, Hashable {
  /// Where it was prepared for: fentry, fexit, tp_btf.
  case prepared
  /// A kernel function; by its address where several have the name.
  case function(String, address: UInt64? = nil)
  case tracepoint(category: String, name: String)
  case rawTracepoint(String)
  case userFunction(path: String, name: String)
  /// Bytes from the start of the file.
  case userOffset(path: String, offset: Int)
  case userMark(path: String, provider: String, name: String)

  /// The place of a script's point, for a program of a kind that is one of its candidates.
  package init(_ point: ScriptPoint, by kind: ProgramKind, address: UInt64? = nil) {
    switch point.kind {
    case .function, .kprobe, .fentry, .functionReturn, .fexit:
      self = kind.isForOneTarget ? .prepared : .function(point.name, address: address)
    case .tracepoint(let category):
      self =
        kind.isForOneTarget ? .prepared : .tracepoint(category: category, name: point.name)
    case .rawTracepoint: self = .rawTracepoint(point.name)
    case .userFunction(let path), .userReturn(let path):
      if point.name.hasPrefix("0x"), let offset = Int(point.name.dropFirst(2), radix: 16) {
        self = .userOffset(path: path, offset: offset)
      } else {
        self = .userFunction(path: path, name: point.name)
      }
    case .userMark(let path, let provider):
      self = .userMark(path: path, provider: provider, name: point.name)
    }
  }
}
