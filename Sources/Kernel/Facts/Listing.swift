internal import SystemPackage

/// What `netcap list` shows of one function or tracepoint.
package struct ListedPoint: Sendable, Equatable {
  /// As a point is named: a tracepoint with its category, where that is known.
  package let name: String
  package let module: String?
  /// Which arguments are skbs, counted from 1; the first is the one that is traced.
  package let skbArguments: [Int]
  package let prototype: String
  /// What can be used for it, best first.
  package let mechanisms: [String]
  /// What may be usable, as far as this user can see.
  package let possibleMechanisms: [String]
  /// Why nothing can be used, or what is to be known.
  package let remark: String?
}

/// A listing, and what the reader of it has to know.
package struct Listing: Sendable, Equatable {
  package var points: [ListedPoint] = []
  /// What holds for all of it, each said once.
  package var remarks: [String] = []
  /// How many there are that match and take no skb.
  package var withoutSkb = 0

  package init(points: [ListedPoint] = [], remarks: [String] = []) {
    self.points = points
    self.remarks = remarks
  }
}

extension KernelFacts {
  /// The functions that take an skb and whose names match.
  package func listFunctions(_ glob: Glob?) -> Listing {
    guard let types else { return Listing(remarks: ["this kernel has no BTF: nothing is known"]) }
    var seen: Set<String> = []
    let functions = types.allSkbFunctions().filter {
      // Types that were made from several functions of one name list it as often.
      (glob?.matches($0.name) ?? true) && seen.insert("\($0.name) \($0.module ?? "")").inserted
    }
    var listing = Listing()
    let global = [("fentry", features.fentry), ("kprobe", features.kprobe)]
    // Reasons that many functions have in common.
    let common = Set(
      [Survey.untold(tracefs)] + global.compactMap { $1.isRuledOut ? nil : $1.reason })
    var open: Set<String> = []
    for (function, ways) in zip(functions, mechanisms(for: functions)) {
      let both = [("fentry", ways.fentry), ("kprobe", ways.kprobe)]
      let available = both.filter { $0.1.isAvailable }.map(\.0)
      let possible = both.filter { !$0.1.isAvailable && !$0.1.isRuledOut }
      var remark: String?
      if available.isEmpty, possible.isEmpty {
        // What holds for every function is said once, below.
        let own = zip(both, global).filter { !$1.1.isRuledOut }.compactMap(\.0.1.reason)
        remark =
          own.isEmpty
          ? "this kernel has neither fentry nor kprobes for netcap"
          : Set(own).sorted().joined(separator: "; ")
      } else {
        let skbs = function.skbArguments.count
        let doubts = Set(possible.compactMap(\.1.reason))
        open.formUnion(doubts.intersection(common))
        let own =
          (skbs > 1 ? ["takes \(skbs) skbs: the first is traced"] : [])
          + doubts.subtracting(common).sorted()
        remark = own.isEmpty ? nil : own.joined(separator: "; ")
      }
      listing.points.append(
        ListedPoint(
          name: function.name, module: function.module, skbArguments: function.skbArguments,
          prototype: function.prototype, mechanisms: available,
          possibleMechanisms: possible.map(\.0), remark: remark))
    }
    listing.remarks = global.compactMap { name, way in
      way.isRuledOut ? way.reason.map { "\(name) is not to be had: \($0)" } : nil
    }
    listing.remarks += open.sorted() + modulesWithoutTypes()
    if functions.isEmpty {
      listing.withoutSkb = Set(types.functionNames()).count { glob?.matches($0) ?? true }
    }
    return listing
  }

  /// The tracepoints that have an skb among their arguments and whose names match, with or without
  /// their category.
  package func listTracepoints(_ glob: Glob?) -> Listing {
    guard let types else { return Listing(remarks: ["this kernel has no BTF: nothing is known"]) }
    let categories = tracefs.root == nil ? nil : tracefs.categories()
    let way = features.typedTracepoint
    var listing = Listing()
    for tracepoint in types.allTracepoints() {
      let category = categories?[tracepoint.name]?.first
      let name = category.map { "\($0):\(tracepoint.name)" } ?? tracepoint.name
      guard glob.map({ $0.matches(name) || $0.matches(tracepoint.name) }) ?? true else { continue }
      if tracepoint.skbArguments.isEmpty {
        listing.withoutSkb += 1
        continue
      }
      let isEvent = categories == nil || category != nil
      listing.points.append(
        ListedPoint(
          name: name, module: tracepoint.module, skbArguments: tracepoint.skbArguments,
          prototype: tracepoint.prototype,
          mechanisms: isEvent && way.isAvailable ? ["tracepoint"] : [],
          possibleMechanisms: isEvent && !way.isAvailable && !way.isRuledOut ? ["tracepoint"] : [],
          remark: isEvent ? (way.isRuledOut ? way.reason : nil) : "tracefs has no such event"))
    }
    listing.points.sort { $0.name < $1.name }
    if let problem = tracefs.problem {
      listing.remarks.append("categories are not shown: \(problem.reason)")
    }
    if let reason = way.reason, !way.isRuledOut { listing.remarks.append(reason) }
    listing.remarks += modulesWithoutTypes()
    return listing
  }

  /// Says whose functions and tracepoints are missing from every listing.
  private func modulesWithoutTypes() -> [String] {
    guard let types, case .success(let text) = KernelFile.text("/proc/modules") else { return [] }
    let loaded = text.split(separator: "\n").compactMap { $0.split(separator: " ").first }
    let typed = Set(types.modules.compactMap(\.module))
    let missing = loaded.map(String.init).filter { !typed.contains($0) }
    if missing.isEmpty { return [] }
    let names = missing.sorted().prefix(6).joined(separator: ", ")
    return [
      "\(missing.count) loaded modules have no BTF, so their functions are not shown: \(names)"
        + (missing.count > 6 ? ", …" : "")
    ]
  }
}
