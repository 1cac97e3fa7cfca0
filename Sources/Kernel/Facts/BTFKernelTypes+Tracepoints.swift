package import Language

/// Where a kernel or module keeps what it says of its tracepoints.
struct TracepointIndex {
  let types: TypeInformation
  /// The typedef with a tracepoint's typed arguments, by the tracepoint's name.
  private(set) var arguments: [String: UInt32] = [:]
  /// The record, by its class: mostly the tracepoint's name, but some share one.
  private(set) var records: [String: UInt32] = [:]

  private static let recordPrefix = "trace_event_raw_"

  init(_ types: TypeInformation) {
    self.types = types
    types.forEachTypedef(prefix: TracepointSignature.prefix) {
      arguments[String(types.name($0).dropFirst(TracepointSignature.prefix.utf8.count))] = $0
    }
    types.forEach(.structure, prefix: Self.recordPrefix) {
      records[String(types.name($0).dropFirst(Self.recordPrefix.utf8.count))] = $0
    }
  }

  /// A tracepoint's own arguments, without the `void *` that the kernel puts before them.
  func typedArguments(of name: String) -> [KernelSignature.Argument]? {
    guard let typedef = arguments[name] else { return nil }
    let pointer = types.target(typedef)
    guard types.kind(pointer) == .pointer else { return nil }
    let all = types.arguments(ofPrototype: types.target(pointer))
    guard !all.isEmpty else { return nil }
    return all.dropFirst().map {
      KernelSignature.Argument(name: $0.name, type: $0.type, place: $0.place - 1)
    }
  }

  /// The fields of the record of a class, by BTF.
  func fields(of name: String) -> [KernelSignature.Argument]? {
    guard let record = records[name] else { return nil }
    let located = "__data_loc_"
    return types.members(of: record).compactMap { member in
      if ["ent", "__data"].contains(member.name) || member.bitOffset % 8 != 0 { return nil }
      if member.name.hasPrefix(located) {
        return KernelSignature.Argument(
          name: String(member.name.dropFirst(located.count)), type: .locatedText,
          place: member.bitOffset / 8)
      }
      let field = Field(
        bitOffset: member.bitOffset, bitFieldSize: member.bitFieldSize, type: member.type)
      return KernelSignature.Argument(
        name: member.name,
        type: types.kernelType(of: field, place: "\(types.name(record)).\(member.name)"),
        place: member.bitOffset / 8)
    }
  }
}

extension BTFKernelTypes {
  package func tracepoints(
    category: String, matching pattern: String
  ) -> [KernelSignature] {
    let isPattern = Glob(category).isPattern || Glob(pattern).isPattern
    if !isPattern {
      let isThere = tracefs.hasEvent(category: category, name: pattern)
      // Categories are written in tracefs and nowhere else: without it BTF has to do.
      guard isThere ?? (index(of: pattern) != nil) else { return [] }
      return [tracepoint(category, pattern)]
    }
    let (categoryGlob, glob) = (Glob(category), Glob(pattern))
    guard tracefs.root != nil else {
      let known = Glob(category).isPattern ? nil : category
      return tracepointNames().filter { glob.matches($0) }.sorted().map { tracepoint(known, $0) }
    }
    let found = categories.filter { glob.matches($0.key) }.flatMap { name, categories in
      categories.filter { categoryGlob.matches($0) }.map { (category: $0, name: name) }
    }.sorted { ($0.category, $0.name) < ($1.category, $1.name) }
    // Some have no event, only programs (rawtp) can be attached to them.
    if found.isEmpty, category == "*", !glob.isPattern, index(of: pattern) != nil {
      return [tracepoint(nil, pattern)]
    }
    return found.map { tracepoint($0.category, $0.name) }
  }

  /// With their categories where those can be read: `skb:kfree_skb`, else `kfree_skb`.
  package func tracepointNames() -> [String] {
    if tracefs.root != nil {
      return categories.flatMap { name, categories in categories.map { "\($0):\(name)" } }
    }
    let all = [kernelTracepoints] + moduleTracepoints
    return Array(Set(all.flatMap(\.arguments.keys)))
  }

  /// Where BTF describes the arguments or the record of this tracepoint.
  private func index(of name: String) -> TracepointIndex? {
    let has = { (index: TracepointIndex) in
      index.arguments[name] != nil || index.records[name] != nil
    }
    return has(kernelTracepoints) ? kernelTracepoints : moduleTracepoints.first(where: has)
  }

  private func tracepoint(_ category: String?, _ name: String) -> KernelSignature {
    let index = index(of: name)
    let described = index?.fields(of: name)
    var fields = described
    if let category, let format = tracefs.format(category: category, name: name) {
      fields = format.fields.map { field(of: $0, described: described) }
    }
    return KernelSignature(
      name: name, category: category, module: index?.types.module, arguments: fields ?? [],
      typedArguments: index?.typedArguments(of: name) ?? [], isRecordKnown: fields != nil)
  }

  /// A field as tracefs describes it, with BTF's type for it where there is one of the same place:
  /// tracefs tells less of types, but of every tracepoint, and is right about the place.
  private func field(
    of field: TracepointFormat.Field, described: [KernelSignature.Argument]?
  ) -> KernelSignature.Argument {
    if let known = described?.first(where: { $0.name == field.name && $0.place == field.offset }),
      known.type != .locatedText
    {
      return known
    }
    return KernelSignature.Argument(
      name: field.name, type: type(of: field), place: field.offset)
  }

  private func type(of field: TracepointFormat.Field) -> KernelType {
    let located = "__data_loc "
    if field.type.hasPrefix(located) {
      let element = field.type.dropFirst(located.count)
      return element == "char" ? .locatedText : .other("\(field.type)[]")
    }
    if field.type.hasPrefix("__rel_loc ") { return .other("\(field.type)[]") }
    var words = field.type.split(separator: " ").filter {
      !["const", "volatile", "*", "__user"].contains($0)
    }
    let name = words.last.map { String($0.prefix { $0 != "*" }) } ?? ""
    words.removeAll { $0.hasPrefix("*") }
    if field.type.contains("*") {
      let isStructure = words.first == "struct" && words.count == 2
      let pointee: KernelType =
        name == "char"
        ? .integer(bytes: 1, isSigned: true, isBigEndian: false)
        : isStructure ? .structure(name) : .void
      return field.isArray ? .other(field.type) : .pointer(pointee)
    }
    let element = element(words.joined(separator: " "), name: name, of: field)
    guard field.isArray else { return element }
    if name == "char", words.count == 1 { return .characters(field.size) }
    // The length may be written as a macro: it follows from the size.
    return size(of: element).map { .array(element, count: field.size / $0) } ?? .other(field.type)
  }

  /// The type of a field that is no pointer, or of an array's elements.
  private func element(_ text: String, name: String, of field: TracepointFormat.Field) -> KernelType
  {
    if text == "char" { return .integer(bytes: 1, isSigned: true, isBigEndian: false) }
    if text.hasPrefix("struct ") || text.hasPrefix("union ") { return .structure(name) }
    if let type = type(named: text), field.isArray || size(of: type) == field.size { return type }
    let bytes = field.isArray ? 0 : field.size
    return [1, 2, 4, 8].contains(bytes)
      ? .integer(bytes: bytes, isSigned: field.isSigned, isBigEndian: false) : .other(field.type)
  }

  /// A typedef, `enum x`, or a name of C's own such as `unsigned long`.
  private func type(named text: String) -> KernelType? {
    if let known = namedTypes[text] { return known }
    let isEnumeration = text.hasPrefix("enum ")
    let kinds: Set<TypeInformation.Kind> =
      isEnumeration ? [.enumeration, .enumeration64] : [.typedef, .integer]
    let name = isEnumeration ? String(text.dropFirst(5)) : text
    let found = first { $0.find(name, kinds) }.map { $0.types.kernelType($0.id) }
    namedTypes[text] = found
    return found
  }

  private func size(of type: KernelType) -> Int? {
    switch type {
    case .integer(let bytes, _, _), .enumeration(_, let bytes): bytes
    case .boolean: 1
    case .pointer: 8
    case .bitField, .structure, .array, .characters, .locatedText, .void, .other: nil
    }
  }
}
