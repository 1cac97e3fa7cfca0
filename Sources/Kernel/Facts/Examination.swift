internal import Glibc
internal import Processes
internal import SystemPackage

extension KernelFacts {
  /// Looks at everything that tracing packets needs. Attaches nothing.
  package func examine() -> Checkup {
    Checkup(
      [privilegesFinding, lockdownFinding, typesFinding]
        + programFindings + mechanismFindings + countFindings + listFindings + settingFindings
        + [Tools.clang(), Tools.tcpdump()])
  }

  // MARK: The user

  private var privilegesFinding: Checkup.Finding {
    let missing = privileges.missing
    let isRoot = privileges.user == 0
    if missing.isEmpty, !privileges.isInInitialUserNamespace {
      return Checkup.Finding(
        "privileges", .no, "capabilities count only in this container's user namespace",
        remedy: "run netcap on the host, or in a container without a user namespace",
        isRequired: true)
    }
    if missing.isEmpty {
      return Checkup.Finding(
        "privileges", .yes,
        isRoot ? "root" : "user \(privileges.user) with CAP_BPF and CAP_PERFMON",
        isRequired: true)
    }
    let names = missing.map(\.name).joined(separator: " and ")
    return Checkup.Finding(
      "privileges", .no,
      isRoot ? "root, but without \(names)" : "user \(privileges.user) without \(names)",
      remedy: isRoot ? "give the container these capabilities" : "run as root: sudo netcap …",
      isRequired: true)
  }

  private var lockdownFinding: Checkup.Finding {
    switch features.lockdown {
    case "none": Checkup.Finding("no lockdown", .yes, "/sys/kernel/security/lockdown says none")
    case "integrity":
      Checkup.Finding(
        "no lockdown", .no, "integrity: kprobes and fentry may be refused",
        remedy: "turn Secure Boot off, or boot with lockdown=none")
    case let mode?:
      Checkup.Finding(
        "no lockdown", .no, "\(mode): programs may not read kernel memory",
        remedy: "turn Secure Boot off, or boot with lockdown=none")
    case nil:
      Checkup.Finding(
        "no lockdown", .unknown,
        "/sys/kernel/security/lockdown cannot be read; securityfs, mounted there, shows it")
    }
  }

  // MARK: Types and programs

  private var typesFinding: Checkup.Finding {
    switch btf {
    case .failure(let error):
      return Checkup.Finding(
        "BTF", .no, "/sys/kernel/btf/vmlinux: \(error)",
        remedy: "the distributions' kernels have it (CONFIG_DEBUG_INFO_BTF)", isRequired: true)
    case .success(let types):
      let functions = types.allSkbFunctions().count
      let tracepoints = types.allTracepoints().count { !$0.skbArguments.isEmpty }
      let reasons = dropReasons.map { "\($0.count)" } ?? "no"
      let modules = types.modules.count
      return Checkup.Finding(
        "BTF", .yes,
        "\(functions) functions and \(tracepoints) tracepoints with an skb, \(reasons) drop reasons"
          + ", types of \(modules) modules", isRequired: true)
    }
  }

  private var programFindings: [Checkup.Finding] {
    [
      Checkup.Finding(
        "kernel memory", features.kernelReads, "programs may read it",
        remedy: "turn Secure Boot off, or boot with lockdown=none", isRequired: true),
      Checkup.Finding(
        "reads in place", features.readsInPlace, "programs look at packets where they are",
        remedy: "not needed: what is looked at is copied"),
      Checkup.Finding(
        "ring buffer", features.ringBuffer, "events come through one",
        remedy: "a kernel with BPF_MAP_TYPE_RINGBUF", isRequired: true),
    ]
  }

  private var mechanismFindings: [Checkup.Finding] {
    let names = "functions are told apart"
    return [
      Checkup.Finding(
        "fentry", features.fentry, "trampolines at functions, the cheapest way",
        remedy: features.kprobe.isAvailable
          ? "kprobes do as well, and cost more" : "a kernel with BPF trampolines has it"),
      Checkup.Finding(
        "kprobe", features.kprobe, "breakpoints at functions",
        remedy: "the distributions' kernels have them"),
      Checkup.Finding(
        "tracepoint", features.typedTracepoint, "the kernel's own points",
        remedy: "the distributions' kernels have them (CONFIG_BPF_EVENTS)"),
      Checkup.Finding(
        "kprobe cookie", features.kprobeCookie,
        "\(names) by number", remedy: "not needed: \(names) by address"),
      Checkup.Finding(
        "kprobe.multi", features.kprobeMulti, "many functions at once",
        remedy: "not needed: functions are attached to one by one"),
      Checkup.Finding(
        "uprobe", features.uprobe, "breakpoints in programs",
        remedy: "the distributions' kernels have them; only scripts need it"),
      Checkup.Finding(
        "marks", features.uprobe.isAvailable ? features.kprobeCookie : features.uprobe,
        "those of programs (USDT) are told apart by number",
        remedy: "only in programs that are loaded where they were linked"),
      Checkup.Finding(
        "stacks", features.stacks, "the kernel keeps call chains",
        remedy: "a kernel with BPF_MAP_TYPE_STACK_TRACE; only scripts need it"),
      Checkup.Finding(
        "perf link", features.perfLink, "probes are detached with their descriptor",
        remedy: "not needed: closing the perf event detaches as well"),
    ]
  }

  private var countFindings: [Checkup.Finding] {
    let remedy = "not needed: what was missed is then not known"
    return [
      Checkup.Finding(
        "missed by programs", features.programMisses, "the kernel counts what it skipped",
        remedy: remedy),
      Checkup.Finding(
        "missed by kprobes", features.kprobeMisses, "the kernel counts what it skipped",
        remedy: remedy),
    ]
  }

  // MARK: What the kernel shows

  private var listFindings: [Checkup.Finding] {
    let forLists =
      "for netcap list, for why a function cannot be traced, and for the records of tracepoints"
    let tracefsFinding =
      switch tracefs.state {
      case .readable(let root): Checkup.Finding("tracefs", .yes, "\(root)")
      case .notPermitted, .notMounted, .absent:
        Checkup.Finding(
          "tracefs", .no, tracefs.problem?.reason ?? "",
          remedy: tracefs.problem.map { "\($0.remedy): \(forLists)" })
      }
    return [tracefsFinding, addressesFinding, fragmentsFinding]
  }

  private var addressesFinding: Checkup.Finding {
    let probe = "ip_rcv"
    var reason: String
    do throws(Errno) {
      // Not from the cache: what was visible to an earlier run may be hidden from this one.
      let symbol = try KernelSymbols().lookUp([probe])[probe]
      if symbol?.places.contains(where: { $0.address != nil }) == true {
        return Checkup.Finding("symbols", .yes, "/proc/kallsyms shows addresses")
      }
      reason = symbol == nil ? "/proc/kallsyms has no \(probe)" : "addresses are hidden"
    } catch {
      reason = "/proc/kallsyms: \(error)"
    }
    let setting = features.setting("kptr_restrict").map { " (kernel.kptr_restrict = \($0))" } ?? ""
    return Checkup.Finding(
      "symbols", .no, reason + setting,
      remedy: "run as root, with kernel.kptr_restrict below 2; only kprobes without cookies need it"
    )
  }

  private var fragmentsFinding: Checkup.Finding {
    let name = "page fragments"
    let remedy = "packets are read as far as their linear part reaches"
    do throws(Errno) {
      guard try Tracer.PageAddresses.ofRunningKernel() != nil else {
        return Checkup.Finding(
          name, .no, "/proc/kcore does not tell where memory is", remedy: remedy)
      }
      return Checkup.Finding(name, .yes, "/proc/kcore tells where memory is")
    } catch .permissionDenied {
      return Checkup.Finding(name, .unknown, "only root can read /proc/kcore")
    } catch {
      return Checkup.Finding(name, .no, "/proc/kcore: \(error)", remedy: remedy)
    }
  }

  private var settingFindings: [Checkup.Finding] {
    // With the privileges that tracing needs neither setting matters.
    if privileges.missing.isEmpty { return [] }
    return ["unprivileged_bpf_disabled", "perf_event_paranoid"].compactMap { name in
      features.setting(name).map {
        Checkup.Finding(
          "kernel.\(name)", .no, "\($0)",
          remedy: "leave it so: tracing packets needs root whatever it is")
      }
    }
  }
}

/// Programs of this system that netcap runs.
private enum Tools {
  static func clang() -> Checkup.Finding {
    let remedy = "apt install clang (14 or later)"
    guard let clang = Clang.find() else {
      return Checkup.Finding(
        "clang", .no, "there is none on PATH", remedy: remedy, isRequired: true)
    }
    do throws(Clang.Failure) {
      _ = try clang.object(for: "int netcap_doctor;\n")
    } catch {
      let reason =
        switch error {
        case .system(let what, let errno): "\(what): \(errno)"
        case .refused(let log): log.split(separator: "\n").first.map(String.init) ?? "it failed"
        }
      return Checkup.Finding(
        "clang", .no, "\(clang.executable) cannot compile for the kernel: \(reason)",
        remedy: remedy, isRequired: true)
    }
    return Checkup.Finding("clang", .yes, "\(clang.executable)", isRequired: true)
  }

  static func tcpdump() -> Checkup.Finding {
    guard let path = findExecutable("tcpdump") else {
      return Checkup.Finding(
        "tcpdump", .no, "there is none on PATH",
        remedy: "apt install tcpdump; without it packets can be written (-w), not shown")
    }
    return Checkup.Finding("tcpdump", .yes, "\(path)")
  }
}
