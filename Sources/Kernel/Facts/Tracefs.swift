internal import Glibc
package import SystemPackage

/// tracefs: which events there are, and which functions can be traced. Only root can read it.
package struct Tracefs: Sendable {
  /// Where it is, or why it is of no use.
  package enum State: Sendable, Equatable {
    case readable(FilePath)
    case notPermitted
    case notMounted
    /// The kernel has none.
    case absent
  }

  package let state: State

  /// Looks at its own place, then at where it used to be below debugfs.
  package init(
    places: [FilePath] = ["/sys/kernel/tracing", "/sys/kernel/debug/tracing"]
  ) {
    var state = State.absent
    for place in places {
      let events = place.appending("events")
      if access(events.string, R_OK | X_OK) == 0 {
        self.state = .readable(place)
        return
      }
      switch errno {
      case EACCES, EPERM: state = .notPermitted
      // The empty folder is there for tracefs to be mounted on.
      default: if state == .absent, KernelFile.exists(place) { state = .notMounted }
      }
    }
    self.state = state
  }

  package var root: FilePath? {
    if case .readable(let root) = state { return root }
    return nil
  }

  /// Why nothing can be read from it, and how to change that. Nil where it can.
  package var problem: (reason: String, remedy: String)? {
    switch state {
    case .readable: nil
    case .notPermitted: ("only root may read tracefs", "run as root")
    case .notMounted:
      ("tracefs is not mounted", "mount -t tracefs tracefs /sys/kernel/tracing, as root")
    case .absent: ("this kernel has no tracefs", "a kernel with CONFIG_FTRACE has it")
    }
  }

  /// Whether there is such an event; nil where that cannot be read.
  package func hasEvent(category: String, name: String) -> Bool? {
    guard let root else { return nil }
    // Names come from the user: neither may lead to another folder.
    guard FilePath.Component(category)?.kind == .regular,
      FilePath.Component(name)?.kind == .regular
    else { return false }
    return KernelFile.exists(
      root.appending("events").appending(category).appending(name).appending("format"))
  }

  /// The categories of each event by its name, empty where they cannot be read.
  package func categories() -> [String: [String]] {
    guard let root, case .success(let text) = KernelFile.text(root.appending("available_events"))
    else { return [:] }
    return Self.categories(inEvents: text)
  }

  /// Parses `available_events`: `category:name` on each line.
  static func categories(inEvents text: String) -> [String: [String]] {
    var result: [String: [String]] = [:]
    for line in text.split(separator: "\n") {
      guard let colon = line.firstIndex(of: ":") else { continue }
      result[String(line[line.index(after: colon)...]), default: []].append(String(line[..<colon]))
    }
    return result
  }

  /// Where functions are that ftrace can trace, among those wanted: one element, nil or a module,
  /// for each place with such a name.
  ///
  /// - Returns: nil where that cannot be read.
  package func traceable(among names: Set<String>) -> [String: [String?]]? {
    guard let root else { return nil }
    let wanted = Array(names)
    var result: [String: [String?]] = [:]
    let path = root.appending("available_filter_functions")
    let descriptor = open(path.string, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    do throws(Errno) {
      try NameScan(wanted).scan(descriptor, column: 0) {
        .goOn
      } _: { hit in
        if hit.variant == nil { result[wanted[hit.name], default: []].append(hit.module) }
        return .goOn
      }
    } catch {
      return nil
    }
    return result
  }
}

/// Functions that the kernel refuses to put a kprobe on, by name.
package enum KprobeBlacklist {
  /// Reads it from debugfs; nil where it cannot be read.
  package static func read(
    path: FilePath = "/sys/kernel/debug/kprobes/blacklist"
  ) -> Set<String>? {
    guard case .success(let text) = KernelFile.text(path) else { return nil }
    return names(in: text)
  }

  /// Parses `0xffffffff81a00930-0xffffffff81a00950<TAB>asm_exc_divide_error` on each line.
  static func names(in text: String) -> Set<String> {
    Set(
      text.split(separator: "\n").compactMap { line in
        line.split(separator: "\t").dropFirst().first.flatMap {
          $0.split(separator: " ").first.map(String.init)
        }
      })
  }
}
