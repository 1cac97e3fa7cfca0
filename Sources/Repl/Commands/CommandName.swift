/// The commands of the prompt, `:name`.
package enum CommandName: String, Sendable, CaseIterable {
  case help, probes, detach, attach, edit, undo, why, tables, list, type, c, pause, resume, rate
  case record, load, save, clear, set, wait, quit

  /// What a place behind a command's name takes, for completion and for reading it.
  package enum Argument: Sendable, Equatable {
    /// A command, or what `netcap doc` knows.
    case topic
    /// A probe or path of the session.
    case probe
    /// The same, or `*`.
    case probeOrAll
    /// Whatever has a name in the session.
    case name
    case table
    case tableOrAll
    /// A kind of list, or a glob for functions.
    case list
    case glob
    case typeKind
    case typeName
    case file
    /// The same, or `off`.
    case fileOrOff
    /// A script's path or name.
    case script
    case rate
    case flags
    /// A time, or a probe's name.
    case timeOrProbe
    case count
  }

  /// What there is to know of a command.
  package struct Row: Sendable {
    /// As help writes them: `NAME|*`, `[GLOB]`.
    package let arguments: String
    /// One line.
    package let summary: String
    /// More lines.
    package let help: String
    /// What stands at each place, at most.
    package let places: [Argument]

    init(_ arguments: String, _ summary: String, _ places: [Argument] = [], help: String) {
      self.arguments = arguments
      self.summary = summary
      self.help = help
      self.places = places
    }
  }

  /// `:detach NAME|*`
  package var usage: String { ":\(rawValue)" + (row.arguments.isEmpty ? "" : " \(row.arguments)") }

  package var row: Row {
    switch self {
    case .help:
      Row(
        "[TOPIC]", "the commands; what a command or a name of the language is", [.topic],
        help: """
          TOPIC is a command, or what netcap doc knows: a field (tcp.dport), a layer, a builtin
          (take), an aggregation (hist), a kind of point (kprobe), a declaration, a statement, a
          format, a script.
          """)
    case .probes:
      Row(
        "", "what is attached, and how often it was hit",
        help: """
          A line for each probe and path of the session, detached ones too: hits, events that were
          sent, and what was lost.
          """)
    case .detach:
      Row(
        "NAME|*", "take a probe out of the kernel, and keep its text", [.probeOrAll],
        help: "* detaches all. Tables and states keep what they have. :attach puts it back.")
    case .attach:
      Row(
        "NAME|*", "put a detached probe back", [.probeOrAll],
        help: "* attaches all that are detached.")
    case .edit:
      Row(
        "NAME", "change a declaration in $EDITOR", [.name],
        help: """
          A probe together with its on. The new text is checked and, of a probe, loaded first and
          swapped then. Where it cannot be, the old one stays, and the next :edit goes on with the
          text. An empty one removes the declaration. VISUAL is taken before EDITOR.
          """)
    case .undo:
      Row(
        "", "take the last change of the session back",
        help: """
          A declaration, an edit, :load, :attach or :detach; again, the one before. What tables have
          counted meanwhile stays.
          """)
    case .why:
      Row(
        "NAME", "why a probe says nothing: hits, filtered, emitted, lost", [.probe],
        help: """
          What became of the packets that a probe or path was hit with since it was attached, and
          how large its program is. What a hit costs is counted from the first :why on.
          """)
    case .tables:
      Row(
        "[NAME]", "the tables and states, or what is in one", [.table],
        help: "It reads and empties nothing; print take(t) and :clear do.")
    case .list:
      Row(
        "[KIND] [GLOB]",
        "where packets can be seen in this kernel; what there is to name", [.list, .glob],
        help: """
          KIND is functions, tracepoints, fields, builtins or scripts; functions if it is left out,
          as in :list tcp_*. They and tracepoints are listed if they take an skb, with the number of
          the argument that is one, the module, the mechanisms that this kernel has for them, and a
          remark. GLOB has *, ? and [...] as in a shell.
          """)
    case .type:
      Row(
        "struct|enum|function NAME", "a type of this kernel, or of a module",
        [.typeKind, .typeName],
        help: """
          A struct or union as C, with the offset of each member; an enum with its values; a
          function's prototype, which argument is the skb, and what can be attached there.
          """)
    case .c:
      Row(
        "NAME", "the C that a probe became", [.probe],
        help: "As netcap check and --dry-run show it of a script.")
    case .pause:
      Row(
        "", "show nothing until :resume",
        help: """
          Probes, tables, recordings and on { } go on; what they say is counted, not shown. What is
          asked for at the prompt is answered.
          """)
    case .resume:
      Row(
        "", "show what is said again",
        help: "How much was not shown meanwhile is said.")
    case .rate:
      Row(
        "N/s|off", "show so many lines and packets a second at most", [.rate],
        help: """
          As in :rate 10/s. What is not shown is counted, and said once a second; tables, recordings
          and on { } have all events.
          """)
    case .record:
      Row(
        "FILE|off", "write all packets of events into a file, until :record off", [.fileOrOff],
        help: """
          From the next packet on. pcapng if the name ends so, with points and values, for netcap
          -r; else pcap. A full disk ends it, and nothing else.
          """)
    case .load:
      Row(
        "FILE", "take a script's declarations into the session", [.script],
        help: "FILE is a path, or the name of a script of a collection: all of it, or nothing.")
    case .save:
      Row(
        "FILE", "write the session's declarations as a script", [.file],
        help: """
          netcap -s FILE does the same as the session then, and has attached what is detached here.
          A file that the session has not written or loaded itself is not written over.
          """)
    case .clear:
      Row(
        "TABLE|*", "empty a table or a state", [.tableOrAll],
        help: "* empties all. What is added meanwhile is counted to the next.")
    case .set:
      Row(
        "FLAGS", "how packets are shown: display flags of tcpdump, as -t", [.flags],
        help: """
          As in :set -nnv. Time: none of -t, or up to five. -n numbers for names, -e Ethernet, -v
          more, -x and -X bytes, -A text, -# numbers them. :set without FLAGS is -nn.
          """)
    case .wait:
      Row(
        "TIME | NAME N", "wait, for input that is no terminal", [.timeOrProbe, .count],
        help: """
          As in :wait 500ms; or until a probe has had N events since it was attached, or a path N
          journeys.
          """)
    case .quit: Row("", "end the session", help: "As the end of input, Ctrl-D, does.")
    }
  }
}
