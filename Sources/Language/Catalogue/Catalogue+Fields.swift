internal import Packets

extension Catalogue {
  /// A field of the event's surroundings.
  package struct ContextRow: Sendable {
    package let field: ContextField
    package let type: ValueType
    /// Every event has it; else `emit` has to send it.
    package let isCarried: Bool
    /// It is the packet's.
    let needsPacket: Bool
    package let row: Row

    package var name: String { row.name }

    init(
      _ name: String, _ field: ContextField, _ type: ValueType, isCarried: Bool = true,
      needsPacket: Bool = false, signature: String, _ documentation: String, _ example: String
    ) {
      self.field = field
      self.type = type
      self.isCarried = isCarried
      self.needsPacket = needsPacket
      row = Row(name, signature, documentation, example)
    }
  }

  package static let contextFields: [ContextRow] = [
    ContextRow(
      "time", .time, .integer(.time), signature: "time",
      "when it happened; differences are durations", #"print "{time:clock}""#),
    ContextRow(
      "func", .function, .text, signature: "text",
      "the point's name: the function, or category:name of a tracepoint", #"print "{func}""#),
    ContextRow(
      "cpu", .cpu, .integer(.decimal), signature: "number", "the CPU that it happened on",
      "where cpu == 0"),
    ContextRow(
      "pid", .pid, .integer(.decimal), signature: "number",
      "the process that the kernel was running, 0 if none", "where pid == 4711"),
    ContextRow(
      "tid", .tid, .integer(.decimal), signature: "number", "its thread", "where tid == 4712"),
    ContextRow(
      "comm", .comm, .text, signature: "text", "the thread's name, 15 bytes at most",
      #"where comm == "curl""#),
    ContextRow(
      "dev.name", .interfaceName, .text, needsPacket: true, signature: "text",
      "the packet's device, absent if it has none", #"where dev.name == "eth0""#),
    ContextRow(
      "dev.index", .interfaceIndex, .integer(.decimal), needsPacket: true, signature: "number",
      "the index of the packet's device", "where dev.index == 2"),
    ContextRow(
      "netns", .namespace, .integer(.decimal), needsPacket: true, signature: "number",
      "the inode number of the device's network namespace", "where netns == 4026531840"),
    ContextRow(
      "cgroup", .cgroup, .integer(.decimal), isCarried: false, signature: "number",
      "the identifier of the current process's cgroup", "emit cgroup"),
    ContextRow(
      "stack", .stack, .stack, isCarried: false, signature: "stack",
      "the kernel's call chain", "emit stack"),
  ]

  /// What probes read of the kernel's memory.
  package static let kernelFields: [Row] = [
    Row(
      "skb", "struct sk_buff", "the packet's buffer, with all members that this kernel has",
      "emit skb.mark"),
    Row(
      "dev", "struct net_device", "skb.dev, with all members that this kernel has", "emit dev.mtu"),
    Row(
      "args", "args.NAME, args[N]",
      "the function's or tracepoint's arguments, by name or counted from 1",
      "where args.protocol == IPPROTO_TCP"),
    Row(
      "retval", "the function's type", "what the function returned, at return: and fexit:",
      "where retval < 0"),
    Row(
      "sock", "struct sock", "the socket: an argument, else skb.sk",
      "emit sock.__sk_common.skc_family"),
    Row(
      "sock.flow", "flow", "both ends of a socket, the local one first", "emit sock.flow"),
    Row(
      "sock.state", "number with names", "the socket's TCP state", "where sock.state == ESTABLISHED"
    ),
  ]

  /// Parts of a packet that are no layers.
  package static let packetMembers: [Row] = [
    Row(
      "len", "number", "bytes from where the packet starts, captured or not", "where pkt.len > 1500"
    ),
    Row("caplen", "number", "bytes of it that are at hand", "print pkt.caplen"),
    Row(
      "flow", "flow", "src, sport, dst, dport and proto, of either IP version; .reverse turns it",
      "table t[flow]: count"),
    Row(
      "inner", "packet", "what a tunnel carries: with layers, len and flow of its own",
      "where pkt.inner.tcp.dport == 80"),
    Row(
      "summary", "text", "what tcpdump says of the packet; in netcap only",
      #"print "{pkt.summary}""#),
    Row("rebuilt", "truth value", "some of its headers were made by rebuild", "where !pkt.rebuilt"),
  ]

  /// Every field of every layer.
  package static var layerRows: [Row] {
    Layer.allCases.flatMap { layer in
      [
        Row(
          layer.name, "layer", "\(layer.definition.title), \(layer.definition.source)",
          "where has \(layer.name)")
      ]
        + layer.fields.map { field in
          Row(
            "\(layer.name).\(field.name)", field.type.described.droppingArticle,
            field.documentation, "emit \(layer.name).\(field.name)")
        }
        + (layer.definition.payload == nil
          ? []
          : [
            Row(
              "\(layer.name).payload", "bytes",
              "what follows the header: [offset], [offset:bytes], .len; as text in netcap",
              "where \(layer.name).payload[0:2] == 0x1603")
          ])
    }
  }

  /// What `on` sees beside the event.
  package static let handlerFields: [Row] = [
    Row(
      "number", "number",
      "which event it is, from 0, of those that reach netcap; of a path, which journey",
      #"print "No {number}""#)
  ]

  /// What `on` of a path sees beside the packet.
  package static let journeyFields: [Row] = [
    Row(
      "hops", "hops", "the journey's hops: printed, or looped over",
      "for hop in hops { print hop.name }"),
    Row("complete", "truth value", "all hops were seen", "if !complete { print pkt.summary }"),
    Row(
      "total", "duration", "from the first hop to the last that was seen", #"print "{total:us}""#),
    Row("missing", "number", "hops that were not seen", "if missing > 0 { show pkt }"),
    Row("repeated", "number", "hops that were seen again", "print repeated"),
    Row("late", "number", "hops that were seen after the end", "print late"),
    Row("hop.name", "text", "the hop's function or tracepoint", "print hop.name"),
    Row(
      "hop.ns", "duration", "since the hop before; absent if it was not reached",
      "latency[hop.name] += hop.ns"),
    Row("hop.at", "duration", "since the first hop", #"print "{hop.at:us}""#),
    Row("hop.index", "number", "the hop's place, from 0", "print hop.index"),
  ]
}

extension String {
  fileprivate var droppingArticle: String {
    for article in ["a ", "an "] where hasPrefix(article) {
      return String(dropFirst(article.count))
    }
    return self
  }
}
