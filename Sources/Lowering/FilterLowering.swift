package import Packets

/// Turns a packet filter into C: the two functions that `bpf/filter.h` describes.
package struct FilterLowering {
  /// Part of the C names; a C identifier.
  let name: String
  let program: FilterProgram
  /// What the packets start with: decides where in the window numbers are aligned.
  let link: LinkType

  package init(name: String, program: FilterProgram, link: LinkType) {
    self.name = name
    self.program = program
    self.link = link
  }

  package func lower() -> LoweredFilter {
    let alignment = FilterWindow.alignment(link)
    var fast = FilterWindowForm(program, alignment: alignment)
    let fastBody = fast.body()
    var slow = FilterLoadForm(program)
    let slowBody = slow.body()
    let macro = "NC_FILTER_" + name.uppercased()
    let c = """
      #define \(macro)_WINDOW \(fast.window)
      #define \(macro)_ALIGN \(alignment)

      static __always_inline int nc_filter_\(name)_window(const nc_u8 *window, nc_u32 packet_len,
      \t\t\t\t\t\t    int is_short)
      {
      \(fastBody)
      }

      static __always_inline int nc_filter_\(name)_fast(const nc_u8 *window, nc_u32 packet_len,
      \t\t\t\t\t\t  const struct nc_packet *packet)
      {
      \treturn packet_len >= \(macro)_WINDOW ?
      \t\t       nc_filter_\(name)_window(window, packet_len, 0) :
      \t\t       nc_filter_\(name)_window(window, packet_len, 1);
      }

      static __noinline int nc_filter_\(name)_slow(const struct nc_packet *packet,
      \t\t\t\t\t\t nc_u32 packet_len)
      {
      \(slowBody)
      }

      """
    return LoweredFilter(
      c: c, looksAt: fast.looksAt.ranges, retries: fast.retries, alignment: alignment)
  }
}

/// A packet filter as C.
package struct LoweredFilter: Sendable, Equatable {
  /// `NC_FILTER_NAME_WINDOW`, `NC_FILTER_NAME_ALIGN`, `nc_filter_NAME_fast`, `nc_filter_NAME_slow`.
  package let c: String
  /// The bytes of a packet that the fast form may look at, in order, not touching each other.
  package let looksAt: [Range<Int>]
  /// The fast form leaves some packets to the slow one.
  package let retries: Bool
  /// How many bytes from the packet's start the fast form needs, 0 … ``FilterWindow/limit``.
  package var window: Int { looksAt.last?.upperBound ?? 0 }
  /// How far after a multiple of 8 the window has to begin.
  package let alignment: Int
}

/// The first bytes of a packet, as the fast form has them on the stack.
package enum FilterWindow {
  /// The most bytes that a fast form may look at: the stack of an eBPF program has 512.
  package static let limit = 128

  /// How far after a multiple of 8 the window has to begin, so that the fields of IP are aligned.
  static func alignment(_ link: LinkType) -> Int {
    switch link {
    case .ethernet: 2
    case .rawIP: 0
    }
  }
}
