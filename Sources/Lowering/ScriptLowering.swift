internal import Language
internal import Packets
internal import Syntax

/// Puts a unit's C text together.
struct ScriptLowering {
  let unit: ScriptUnit
  let shared: ScriptShared
  private let probe: ProbeDefinition
  let walk: ScriptWalk
  /// The body's first statement is a filter that is judged before anything else is done.
  private let firstFilter: Int?
  private let usual: UsualForm?

  init(_ unit: ScriptUnit) {
    self.unit = unit
    shared = ScriptShared(unit)
    probe = unit.script.probes[unit.probe]
    walk = ScriptWalk(unit.script, probe.body)
    shared.needsInner = walk.usesInner
    if unit.mechanism != .run, !unit.rebuilds, !unit.isOfProgram,
      !unit.isAtReturn || shared.keepsCall,
      unit.point?.packet != ScriptPoint.PacketSource.none,
      case .filter(let index)? = probe.body.statements.first?.kind
    {
      firstFilter = index
    } else {
      firstFilter = nil
    }
    usual =
      unit.triesUsualForm && !unit.isAtReturn && !unit.rebuilds && !unit.isOfProgram
      ? UsualForm(unit.script, probe, probe.body.statements.dropFirst(firstFilter == nil ? 0 : 1))
      : nil
  }

  func lower() throws(Diagnostic) -> LoweredScript {
    try check()
    var functions: [String] = []
    for index in walk.functions { functions.append(try function(index)) }
    let body = try self.body()
    let usualBody = try usual.map(self.usualBody) ?? ""
    let atCall = shared.keepsCall ? try callValues() : ""
    let skb = try packetSource()
    let filters = walk.filters.sorted().map(filter)
    let sections = [
      head(skb.macros), constants(), maps(),
      shared.flavours.isEmpty
        ? ""
        : "#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)\n\n"
          + shared.flavours.joined(separator: "\n") + "\n#pragma clang attribute pop\n",
      filters.joined(separator: "\n"), functions.joined(separator: "\n"), body,
      usualBody, atCall, skb.function,
      foot(),
    ]
    return LoweredScript(
      c: sections.filter { !$0.isEmpty }.joined(separator: "\n"), reads: shared.reads,
      userC: try UserC(unit, walk))
  }

  private func check() throws(Diagnostic) {
    for table in unit.script.tables where ScriptMaps.keyWords(table.keys) > ScriptMaps.keyLimit {
      throw Diagnostic(
        .error, "the key of '\(table.name)' is too long: the kernel takes 512 bytes",
        at: Diagnostic.Place(unit.script.source, probe.span))
    }
    for state in unit.script.states where ScriptMaps.keyWords(state.keys) > ScriptMaps.keyLimit {
      throw Diagnostic(
        .error, "the key of '\(state.name)' is too long: the kernel takes 512 bytes",
        at: Diagnostic.Place(unit.script.source, probe.span))
    }
    if probe.fields.count > 64 {
      throw Diagnostic(
        .error, "an event has 64 fields at most",
        at: Diagnostic.Place(unit.script.source, probe.span))
    }
  }

  /// Words of an event's fields; 0 for none.
  private var fieldWords: Int {
    probe.fields.isEmpty ? 0 : 1 + probe.fields.reduce(0) { $0 + $1.type.wordCount }
  }

  // MARK: Text

  private func head(_ packetMacros: String) -> String {
    let title = unit.mechanism == .run ? "run over packets" : unit.mechanism.rawValue
    var text = """
      /* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
      /* probe \(probe.name): \(title) */
      #define NC_WINDOW \(unit.window)
      #define NC_FIELD_WORDS \(fieldWords)
      #define NC_KEY_WORDS \(shared.keyWords)
      #define NC_VALUE_WORDS \(shared.valueWords)
      #define NC_SLOTS \(shared.slotCount)
      #define NC_SLOT_WORDS \(shared.slotWords)
      #define NC_CAPTURE \(probe.captureLength)

      """
    if shared.needsInner { text += "#define NC_NEEDS_INNER 1\n" }
    if unit.hasCompareExchange { text += "#define NC_COMPARE_EXCHANGE 1\n" }
    if unit.readsInPlace { text += "#define NC_IN_PLACE 1\n" }
    if unit.rebuilds {
      text += "#define NC_REBUILDS 1\n#define NC_FLOW_FAMILY \(unit.point?.flow?.family ?? 0)\n"
    }
    if usual != nil { text += "#define NC_USUAL_FORM 1\n" }
    switch unit.mechanism {
    case .fentry: text += "#define NC_FENTRY 1\n"
    case .kprobe: text += "#define NC_KPROBE 1\n"
    case .tracepoint: text += "#define NC_TRACEPOINT 1\n"
    case .record: text += "#define NC_RECORD 1\n"
    case .rawTracepoint: text += "#define NC_RAW_TRACEPOINT 1\n"
    case .kretprobe: text += "#define NC_KRETPROBE 1\n"
    case .fexit:
      text += "#define NC_FEXIT 1\n"
      text += "#define nc_returned(ctx) nc_argument(ctx, \(unit.point?.returnSlot ?? 0))\n"
    case .usdt: text += "#define NC_USDT 1\n"
    case .uprobe: text += "#define NC_UPROBE 1\n"
    case .uretprobe: text += "#define NC_URETPROBE 1\n"
    case .run: break
    }
    text += packetMacros
    if shared.keepsCall { text += callMacros() }
    if unit.mechanism == .run {
      text += "\n#include \"script_run.h\"\n#include \"filter.h\"\n"
    } else {
      if unit.isOfProgram {
        text += "\n#include \"\(unit.mechanism == .usdt ? "usdt.h" : "registers.h")\"\n"
      }
      text += "\n#include \"\(shared.keepsCall ? "call_packet.h" : "skb_packet.h")\"\n"
      if firstFilter != nil { text += "#include \"probe.h\"\n" }
      text += "#include \"filter.h\"\n#include \"reads.h\"\n"
    }
    text += "#include \"layers.h\"\n#include \"tables.h\"\n"
    if unit.rebuilds { text += "#include \"rebuild.h\"\n" }
    return usual == nil ? text : text + "#include \"usual.h\"\n"
  }

  /// Texts of the script, and zeros.
  private func constants() -> String {
    let rows = shared.tables.map { ScriptMaps.rowWords(unit.script.tables[$0].aggregation) }
    let zeros = max(ValueType.textLimit / 8, rows.max() ?? 0)
    var text = "static const u64 nc_zeros[\(zeros)] = {};\n"
    for (index, constant) in shared.texts.enumerated() {
      var bytes = Array(constant.utf8.prefix(ValueType.textLimit))
      bytes += Array(repeating: 0, count: ValueType.textLimit - bytes.count)
      var words: [String] = []
      for start in stride(from: 0, to: bytes.count, by: 8) {
        let word = bytes[start..<start + 8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        words.append(word == 0 ? "0" : hexadecimal(word))
      }
      while words.last == "0", words.count > 1 { words.removeLast() }
      let shown = commentSafe(constant)
      text += "static const u64 nc_text_\(index)[8] = {\(words.joined(separator: ", "))};"
      text += " /* \"\(shown)\" */\n"
    }
    return text
  }

  private func commentSafe(_ text: String) -> String {
    text.terminalSafe.map { $0 == "*" || $0 == "/" || $0 == "\\" ? "." : "\($0)" }.joined()
  }

  private func maps() -> String {
    var parts: [String] = []
    for index in shared.tables.sorted() {
      let table = unit.script.tables[index]
      let isPerCPU = ScriptMaps.isPerCPU(
        table.aggregation, hasCompareExchange: unit.hasCompareExchange)
      parts.append(
        """
        /* table \(table.name)[\(table.keyNames.joined(separator: ", ").split(separator: "*/").joined())] */
        struct {
        \t__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
        \t__uint(max_entries, 1);
        \t__uint(key_size, 4);
        \t__uint(value_size, 4);
        \t__array(values, struct {
        \t\t__uint(type, BPF_MAP_TYPE_\(isPerCPU ? "PERCPU_HASH" : "HASH"));
        \t\t__uint(max_entries, \(table.maximum));
        \t\t__uint(key_size, \(8 * ScriptMaps.keyWords(table.keys)));
        \t\t__uint(value_size, \(8 * ScriptMaps.rowWords(table.aggregation)));
        \t});
        } \(shared.table(index)) SEC(".maps");
        NC_REFUSED(\(shared.table(index)));

        """)
    }
    for index in shared.states.sorted() {
      let state = unit.script.states[index]
      parts.append(
        """
        /* state \(state.name) */
        struct {
        \t__uint(type, BPF_MAP_TYPE_HASH);
        \t__uint(max_entries, \(state.maximum));
        \t__uint(key_size, \(8 * ScriptMaps.keyWords(state.keys)));
        \t__uint(value_size, \(8 * ScriptMaps.rowWords(state)));
        } \(shared.state(index)) SEC(".maps");
        NC_REFUSED(\(shared.state(index)));

        """)
    }
    return parts.joined(separator: "\n")
  }

  // MARK: Filters

  /// A filter over a script's packet: its fast form over the window that has been read, else the slow
  /// one.
  private func filter(_ index: Int) -> String {
    let filter = unit.script.filters[index]
    let name = shared.filter(index)
    let number = shared.filterNumber(index)
    var text = """
      /* filter \(commentSafe(filter.source.text)) */
      #define nc_packet nc_view
      #define nc_packet_load nc_view_load
      #define nc_filter_load_indirect nc_view_load_indirect

      """
    for (link, program, suffix) in [
      (LinkType.ethernet, filter.ethernet, "ethernet"), (.rawIP, filter.rawIP, "raw_ip"),
    ] {
      let lowered = FilterLowering(name: "\(number)_\(suffix)", program: program, link: link)
        .lower()
      text += lowered.c + "\n"
    }
    return text + """
      #undef nc_packet
      #undef nc_packet_load
      #undef nc_filter_load_indirect

      NC_SCRIPT_FILTER(\(name), \(number)_ethernet, \(number)_ETHERNET, \(number)_raw_ip, \(number)_RAW_IP)

      """
  }

  // MARK: Functions

  private func function(_ index: Int) throws(Diagnostic) -> String {
    let function = unit.script.functions[index]
    let body = ScriptBody(shared, function.body, probe: nil, source: function.source)
    body.declareLocals(parameters: function.parameterCount)
    try body.lower(function.body.statements)
    body.finish()
    let parameters =
      ["struct nc_run *run"] + body.parameterList(function.parameterCount) + ["u64 *result"]
    return """
      static __always_inline bool \(shared.function(index))(\(parameters.joined(separator: ", ")))
      {
      \(body.lines.joined(separator: "\n"))
      }

      """
  }

  private func body() throws(Diagnostic) -> String {
    let body = ScriptBody(shared, probe.body, probe: probe)
    body.declareLocals()
    var statements = probe.body.statements
    if firstFilter != nil {
      body.line("/* The first filter has let the packet through: see below. */")
      statements.removeFirst()
    }
    var hasLayers = false
    for statement in statements {
      // The packet is parsed when it is first looked into.
      if !hasLayers, unit.rebuilds || ScriptWalk(unit.script, statement).usesLayers {
        body.line("run->layers = nc_layers(run);")
        hasLayers = true
      }
      try body.lower(statement)
    }
    body.finish()
    return """
      static __always_inline enum nc_outcome nc_body(struct nc_run *run)
      {
      \(body.lines.joined(separator: "\n"))
      }

      """
  }

  private func usualBody(_ form: UsualForm) throws(Diagnostic) -> String {
    let body = ScriptBody(shared, probe.body, probe: probe, isUsual: true)
    if form.keyWords > 0 { body.line("u64 key[\(form.keyWords)];") }
    if let reach = form.reach {
      body.line("struct nc_usual here, *usual = &here;")
      body.line("")
      body.line("if (!nc_usual_find(packet, \(reach), usual))")
      body.line("\treturn NC_UNDECIDED;")
    }
    body.declareLocals()
    try body.lower(form.statements)
    body.line("return \(form.isWhole ? "NC_HANDLED" : "NC_UNDECIDED");")
    return """
      static __always_inline enum nc_outcome nc_body_usual(const struct nc_run *run,
      							   const struct nc_packet *packet)
      {
      \(body.lines.joined(separator: "\n"))
      }

      """
  }

  // MARK: Where packet and socket come from

  private func packetSource() throws(Diagnostic) -> (macros: String, function: String) {
    guard let point = unit.point else { return ("", "") }
    switch unit.mechanism {
    case .run, .uretprobe: return ("", "")
    case .uprobe, .usdt: return (programPacket(point), "")
    case .kretprobe, .fexit: if !shared.keepsCall { return ("", "") }
    case .fentry, .kprobe, .tracepoint, .record, .rawTracepoint: break
    }
    var macros = ""
    var function = ""
    let isTyped = [.fentry, .fexit, .tracepoint].contains(unit.mechanism)
    switch point.packet {
    case .none:
      macros += "#define NC_SKB(ctx) 0\n#define NC_SKB_SLOT(ctx) NULL\n"
    case .argument(let slot):
      if hasRegisters, slot > 5 {
        throw Diagnostic(
          .error,
          "a probe here sees the first six arguments only, and the packet of "
            + "\(point.displayName) is argument \(slot + 1)", at: point.place)
      }
      macros += "#define NC_HAS_PACKET 1\n"
      if isTyped { macros += "#define NC_TYPED_ARGUMENTS 1\n" }
      macros += "#define NC_SKB(ctx) \(argument(slot))\n"
      macros += "#define NC_SKB_SLOT(ctx) (&(ctx)[\(slot)])\n"
    case .record(let offset):
      macros += "#define NC_HAS_PACKET 1\n"
      macros += "#define NC_SKB(ctx) (*(const u64 *)((const u8 *)(ctx) + \(offset)))\n"
    case .mbuf, .mbufs, .bytes: break  // of programs
    case .read(let read):
      macros += "#define NC_HAS_PACKET 1\n#define NC_SKB(ctx) nc_skb_of(ctx)\n"
      macros += "#define NC_SKB_SLOT(ctx) NULL\n"
      let reading = ScriptBody(shared, Body(), probe: nil, isAtCall: true)
      let value = try reading.kernelValue(
        read, TypedExpression(.kernel(read), .integer(.pointer), span: probe.span))
      reading.line("return \(value.orZero(0));")
      function = """
        static __always_inline u64 nc_skb_of(const void *ctx)
        {
        \tstruct nc_run here = {.ctx = ctx}, *run = &here;
        \(reading.lines.joined(separator: "\n"))
        }

        """
    }
    if case .data(let offset) = point.start {
      macros += "#define NC_DATA_OFFSET (\(offset))\n"
    }
    if firstFilter != nil { macros += "#define NC_FILTER_FIRST 1\n" }
    let sock =
      if unit.mechanism != .record, let slot = point.sockArgument {
        number(ofArgument: slot)
      } else if unit.mechanism == .record, let offset = point.sockRecordOffset {
        "(*(const u64 *)((const u8 *)(ctx) + \(offset)))"
      } else {
        "0"
      }
    macros += "#define NC_SOCK(ctx) \(sock)\n"
    if unit.rebuilds {
      let registers = hasRegisters ? "(const struct pt_regs *)" : ""
      let flow = point.flow.map { number(ofArgument: $0.slot, of: "(\(registers)(ctx))") } ?? "0"
      macros += "#define NC_FLOW(ctx) \(flow)\n"
    }
    return (macros, function)
  }

  /// Where the packet is that a program has.
  private func programPacket(_ point: ScriptPoint) -> String {
    func argument(_ slot: Int) -> String {
      unit.mechanism == .usdt
        ? "nc_mark_number(ctx, \(slot))" : "(ctx)->NC_ARGUMENT(\(slot))"
    }
    var macros = "#define NC_USER_PACKET 1\n"
    switch point.packet {
    case .none, .argument, .record, .read: return ""
    case .bytes(let slot, let length):
      macros += "#define NC_PACKET(ctx) \(argument(slot))\n"
      return macros + "#define NC_PACKET_LEN(ctx) \(argument(length))\n"
    case .mbuf(let slot):
      macros += "#define NC_PACKET(ctx) \(argument(slot))\n#define NC_PACKET_LEN(ctx) 0\n"
    case .mbufs(let slot, let count):
      macros += "#define NC_PACKET(ctx) \(argument(slot))\n"
      macros += "#define NC_PACKET_COUNT(ctx) \(argument(count))\n"
    }
    for (name, place) in ScriptPoint.MbufLayout.members {
      macros += "#define NC_MBUF_\(name.uppercased()) \(point.mbufLayout[keyPath: place])\n"
    }
    return macros
  }

  /// An argument that is a pointer, as a number to the verifier.
  private func number(ofArgument slot: Int, of context: String = "(ctx)") -> String {
    hasRegisters
      ? "\(context)->NC_ARGUMENT(\(slot))" : "nc_argument((const u64 *)\(context), \(slot))"
  }

  private func argument(_ slot: Int) -> String {
    hasRegisters ? "(ctx)->NC_ARGUMENT(\(slot))" : "(ctx)[\(slot)]"
  }

  private var hasRegisters: Bool { [.kprobe, .kretprobe].contains(unit.mechanism) }

  private func foot() -> String {
    if unit.mechanism == .run {
      return "NC_SCRIPT_RUN()\n\nchar nc_license[] SEC(\"license\") = \"GPL\";\n"
    }
    var text = ""
    if let firstFilter {
      let filter = unit.script.filters[firstFilter]
      text += "/* filter \(commentSafe(filter.source.text)) */\n"
      text += FilterLowering(name: "ethernet", program: filter.ethernet, link: .ethernet).lower().c
      text += "\nNC_VERDICT(ethernet, ETHERNET)\n\n"
      text += FilterLowering(name: "raw_ip", program: filter.rawIP, link: .rawIP).lower().c
      text += "\nNC_VERDICT(raw_ip, RAW_IP)\n\n"
    }
    if unit.isOfProgram {
      return text + "#include \"script_handle.h\"\n#include \"user_handle.h\"\n"
    }
    return text + "#include \"\(shared.keepsCall ? "script_return.h" : "script_probe.h")\"\n"
  }
}
