package import Language

/// Where a script's output goes, statement by statement, in the order of execution.
///
/// What goes wrong is kept by the output until it is asked: a script goes on until then.
package protocol ScriptOutput: AnyObject {
  /// Packets and tables are wanted as values, not as text.
  var wantsValues: Bool { get }
  /// A line, or several, with its end; `packet` is the one that its summaries are of.
  func print(_ line: Line, of packet: ShownPacket?)
  func print(_ table: PrintedTable)
  /// `show pkt`
  func show(_ packet: ShownPacket)
  /// `save pkt to "file"`
  func save(_ packet: ShownPacket, to path: String)
  /// `run "cmd", args`: without a shell.
  func run(_ command: [String])
  /// Emitted events are recorded: ``record(_:)`` is wanted.
  var isRecording: Bool { get }
  /// An event that was emitted, before what the script does about it.
  func record(_ packet: ShownPacket)
}

/// A text that is being put together, with the places where a packet's summary belongs.
package struct Line: Sendable {
  package var bytes: [UInt8] = []
  /// Offsets into `bytes`.
  package private(set) var summaries: [Int] = []

  package init() {}

  package init(_ text: String) { bytes = Array(text.utf8) }

  mutating func begin() {
    bytes.removeAll(keepingCapacity: true)
    summaries.removeAll(keepingCapacity: true)
  }

  /// Here stands what tcpdump shows of the packet.
  package mutating func appendSummary() { summaries.append(bytes.count) }
}

/// A packet to be shown. Its bytes are lent.
package struct ShownPacket {
  package var event: Event
  /// What the script's `emit` noted, to be shown behind it.
  package var fields: [ShownField]
  /// Where it was seen is known: it comes from the kernel, or from a recording of netcap's.
  package var isPlaced: Bool
  /// What a recording keeps beside: `name=value`, each with a blank before it.
  package var values = ""

  package init(event: Event, fields: [ShownField] = [], isPlaced: Bool = true) {
    self.event = event
    self.fields = fields
    self.isPlaced = isPlaced
  }
}

package struct ShownField: Sendable, Equatable {
  package var name: String
  /// As it is printed, harmless on a terminal; several lines for stacks.
  package var text: String
  package var value: PrintedValue

  package init(name: String, text: String, value: PrintedValue) {
    self.name = name
    self.text = text
    self.value = value
  }
}

/// A value for output that wants no text.
package enum PrintedValue: Sendable, Equatable {
  case absent
  case integer(Int64)
  case unsigned(UInt64)
  case boolean(Bool)
  case text(String)
  case list([PrintedValue])
  case members([Member])

  package struct Member: Sendable, Equatable {
    package var name: String
    package var value: PrintedValue

    package init(_ name: String, _ value: PrintedValue) {
      self.name = name
      self.value = value
    }
  }
}
