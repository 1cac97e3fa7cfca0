extension Catalogue {
  package static let functions: [Row] = [
    Row(
      "take", "take(table)",
      "a table's rows; it is empty afterwards, and no update is lost in between",
      "print take(drops).top(10)"),
    Row(
      "top", "table.top(n)", "the n rows with the largest values, largest first",
      "print drops.top(3)"),
    Row(
      "by", "table.by(key) or table.by(value)",
      "rows in the order of their keys, or of their values",
      "print drops.by(value)"),
    Row(
      "addr", "addr(x)", "bytes of the kernel, or a text, as an IP address",
      "emit saddr = addr(args.saddr)"),
    Row(
      "mac", "mac(x)", "six bytes of the kernel, or a text, as a MAC address",
      "emit mac(dev.dev_addr)"),
    Row(
      "text", "text(x)", "a char array or char pointer of the kernel as a text",
      "emit name = text(args.name)"),
    Row(
      "T", "T(x)",
      "a number as one of an enum's, or a pointer as one to a struct: any name that BTF has",
      "emit tcp_sock(sock).bytes_acked"),
    Row(
      "has", "has x", "whether a layer, a value or what a state keeps for a key is there",
      "where has tcp"),
    Row("??", "x ?? y", "x, or y where x is absent", "emit port = tcp.dport ?? udp.dport"),
    Row(
      "in", "x in y", "an address in a network, a number in a range or among several",
      #"where ip.src in "10.0.0.0/8" && tcp.dport in (80, 443)"#),
  ]

  package static let aggregations: [Row] = [
    Row("count", "count", "the sum of what is added", "table drops[reason]: count"),
    Row("avg", "avg", "the average, and how many there were", "table size[comm]: avg"),
    Row("min", "min", "the smallest", "table fastest: min"),
    Row("max", "max", "the largest", "table slowest[flow]: max"),
    Row("stats", "stats", "count, sum, average, minimum and maximum", "table length: stats"),
    Row("hist", "hist", "how often each power of two was reached", "table latency[hop]: hist"),
    Row(
      "lhist", "lhist(low, high, step)", "how often each step between two bounds was reached",
      "table ttl: lhist(0, 256, 16)"),
    Row(
      "quantiles", "quantiles", "p50, p90, p99 and p99.9, to about 6 %",
      "table rtt[comm]: quantiles"),
  ]

  package static let pointKinds: [Row] = [
    Row(
      "function", "f", "a function, by the best mechanism that the kernel has: fentry, else kprobe",
      "probe icmp_rcv { }"),
    Row("kprobe", "kprobe:f", "a function, by a kprobe", "probe kprobe:icmp_rcv { }"),
    Row(
      "fentry", "fentry:f", "a function, by a BPF trampoline at its entry",
      "probe fentry:icmp_rcv { }"),
    Row(
      "return", "return:f",
      "a function's return, with retval; args and pkt as they were at the call",
      "probe return:tcp_v4_connect { emit retval }"),
    Row(
      "fexit", "fexit:f", "a function's return, by a BPF trampoline",
      "probe fexit:tcp_v4_connect { emit retval }"),
    Row(
      "tracepoint", "tracepoint:category:name", "a tracepoint; tracepoint: may be left out",
      "probe tracepoint:skb:kfree_skb { }"),
    Row(
      "rawtp", "rawtp:name", "a tracepoint with the kernel's own arguments",
      "probe rawtp:kfree_skb { emit args[1] }"),
    Row(
      "uprobe", #"uprobe:"/path":f"#, "a function of a program or library",
      #"probe uprobe:"/usr/bin/bash":readline { emit pid }"#),
    Row(
      "usdt", #"usdt:"/path":provider:name"#, "a mark that a program was built with",
      #"probe usdt:"/usr/bin/x":app:request { emit args[1] }"#),
    Row("glob", "tcp_*", "every function that matches and takes an skb", "probe tcp = tcp_* { }"),
    Row("set", "{a, b}", "all of them", "probe ip = {ip_rcv, ip6_rcv?} { }"),
    Row(
      "alternatives", "a | b", "the first that this kernel has",
      "probe rcv = __netif_receive_skb | netif_receive_skb { }"),
    Row("optional", "f?", "this kernel may lack it", "probe mptcp_incoming_options? { }"),
    Row(
      "arguments", "f(skb: 2), f(skb: args.x.skb), f(start: data, offset: -14), f(ext: 1)",
      "where the packet is, and where it starts; which argument C is handed as ext",
      "probe ip_output(skb: 3) { }"),
  ]

  package static let declarations: [Row] = [
    Row("ncs", "ncs 1", "the language's version; the first line of a file", "ncs 1"),
    Row(
      "option", "option name: type = default", "a value that the command line can give: --name",
      "option port: port = 9000"),
    Row(
      "import", #"import "path" as name"#, "another script's names, as name.x",
      #"import "net/flows""#),
    Row("const", "const name = value", "a value that never changes", "const LIMIT = 64"),
    Row(
      "func", "func name(a, b) = value", "a value worked out of others, in either half",
      "func is_reset(p) = p.tcp.flags.rst && !p.tcp.flags.syn"),
    Row(
      "c", #"c "file.c", c { }"#,
      "structures, functions and macros of C for c { } in probes; a file is looked for beside the script",
      #"c "helpers.c""#),
    Row(
      "table", "table name[keys]: aggregation, max n", "what is added to it in either half, by key",
      "table drops[reason, stack]: count"),
    Row(
      "state", "state name[keys], max n, for time",
      "the last value for each key, or several values",
      "state conn[sock], max 65536, for 30s"),
    Row(
      "probe", "probe name = points { }", "what to do in the kernel at some points",
      "probe drop = tracepoint:skb:kfree_skb { emit args.reason? }"),
    Row(
      "path", "path name = a -> b by skb/content/flow within time, max n { }",
      "a packet's way over several points; 1 s and 1024 journeys if nothing is said",
      "path rx = netif_receive_skb -> icmp_rcv by skb within 2s"),
    Row(
      "on", "on name { }", "what to do in netcap with a probe's events or a path's journeys",
      "on drop { show pkt }"),
    Row(
      "every", "every time { }", "what to do in netcap again and again",
      "every 5s { print take(drops) }"),
    Row("begin", "begin { }", "what to do in netcap first", #"begin { print "go" }"#),
    Row("end", "end { }", "what to do in netcap last", "end { print drops }"),
  ]

  package static let statements: [Row] = [
    Row(
      "let", "let x = value", "both halves: a name for a value", "let life = time - conn[sock].born"
    ),
    Row("var", "var x = value", "both halves: a value that changes", "var n = 0"),
    Row("if", "if x { } else { }", "both halves: a choice", "if tcp.flags.rst { resets += 1 }"),
    Row(
      "for", "for i in a..<b { }",
      "both halves: at most 1024 rounds in the kernel; in netcap also over hops and rows",
      "for i in 0..<8 { sum += udp[i] }"),
    Row("+=", "table[keys] += n", "both halves: adds to a table", "drops[reason] += 1"),
    Row(
      "=", "state[keys] = value", "both halves: keeps a value", "conn[sock] = (born = time, pid)"),
    Row("delete", "delete state[keys]", "both halves: forgets a value", "delete conn[sock]"),
    Row(
      "return", "return x", "both halves: ends a function with a value, or a body",
      "return p.len > 1500"),
    Row(
      "filter", #"filter "pcap text""#,
      "kernel: goes on only with packets that match pcap-filter(7); {option} is put in; at the top level, filter name = … names one",
      #"filter "tcp port {port}""#),
    Row("where", "where x", "kernel: goes on only if x is true", "where tcp.flags.rst"),
    Row(
      "capture", "capture n", "kernel: keeps n bytes of the packet, 256 if nothing is said",
      "capture 1500"),
    Row(
      "rebuild", "rebuild",
      "kernel: makes the headers that a packet on its way out does not have yet, of its socket; for all of the body",
      "rebuild"),
    Row(
      "emit", "emit a, b = x, c: u32 = y", "kernel: sends an event with these values",
      "emit args.reason?, m = skb.mark"),
    Row(
      "c", "c { }", "kernel: C code, after where or from, or alone",
      "where c { return skb->mark == 0x10; }"),
    Row(
      "print", "print a, b", "netcap: a line of values, or a table", #"print "{comm:-16} {flow}""#),
    Row("show", "show pkt", "netcap: the packet as tcpdump shows it", "show pkt"),
    Row(
      "save", #"save pkt to "f.pcapng""#, "netcap: the packet into a file",
      #"save pkt to "drops.pcapng""#),
    Row("clear", "clear t", "netcap: empties a table or a state", "clear drops"),
    Row("exit", "exit n", "netcap: ends, with this exit status", "exit 1"),
    Row(
      "run", #"run "command", a, b"#,
      "netcap: runs a command, without a shell; only under --allow-run",
      #"run "logger", "dropped {pkt.flow}""#),
  ]

  package static let formats: [Row] = [
    Row("x", "number, mac", "hex; # puts 0x before it", "{skb:#x}"),
    Row("X", "number", "hex with capital letters", "{mark:08X}"),
    Row("o", "number", "octal", "{mode:o}"),
    Row("b", "number", "binary", "{flags:08b}"),
    Row("c", "number", "the character of this code", "{x1:c}"),
    Row("bytes", "number", "with KiB, MiB, GiB", "{tx:bytes}"),
    Row("us", "duration", "in microseconds", "{life:us}"),
    Row("ms", "duration", "in milliseconds", "{life:.1ms}"),
    Row("s", "duration", "in seconds", "{life:.3s}"),
    Row("clock", "time", "time of the day", "{time:clock}"),
    Row("date", "time", "date and time of the day", "{time:date}"),
    Row("text", "text", "as it is, but for what a terminal would obey", "{udp.payload:text}"),
    Row("hex", "text", "its bytes in hex", "{udp.payload:hex}"),
    Row("errno", "number", "the name of an error number", "{retval:errno}"),
    Row("d", "number", "as it is: the nanoseconds of a duration", "{hop.at:d}"),
    Row(
      "kstack", "stack", "a function a line, four blanks before it and before its module",
      "{stack:kstack}"),
  ]

  /// What sets the colour of a terminal.
  package static let colours: [Row] = TextColour.allCases.map { colour in
    Row(
      colour.rawValue, "text",
      colour == .plain
        ? "from here on the terminal's own colour"
        : "from here on this colour; nothing where output is no terminal, or NO_COLOR is set",
      colour == .plain
        ? #"print "{red}reset{plain} by {ip.src}""# : #"print "{\#(colour)}{flow}{plain}""#)
  }

  package static let optionTypes: [Row] = [
    Row("int", "-1, 42, 0xff", "a whole number", "option limit: int = 100"),
    Row("port", "0 … 65535", "a port", "option port: port = 9000"),
    Row("duration", "500ms, 5s, 2m", "a duration", "option interval: duration = 5s"),
    Row("bytes", "1500, 64k, 16M", "a number of bytes", #"option size: bytes = "64k""#),
    Row("bool", "true, false", "a truth value", "option all: bool = false"),
    Row("text", "any text", "a text", #"option dev: text = "eth0""#),
    Row("addr", "192.0.2.1, 2001:db8::1", "an IP address", #"option peer: addr = "192.0.2.1""#),
  ]
}
